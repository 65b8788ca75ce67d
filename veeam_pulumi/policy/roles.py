"""Custom roles: one that lets its holders delete backups, weaken protection or grant access needs an approval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ..resource.grant import LATER, WORDS, Grant, Right, compared
from ..resource.types import Name
from .resources import HIDDEN
from .rule import Case, Configuration, Day, Rule, Violation

RULE = "no-unapproved-roles"
Allowed = Literal["delete-backups", "weaken", "grant-access"]
RIGHTS: Mapping[Right, Allowed] = {
    "destroy": "delete-backups",
    "destroy_maybe": "delete-backups",
    "weaken": "weaken",
    "grant": "grant-access",
}
"""What of a role needs an approval, and how an approval calls it."""


class RoleApproval(BaseModel):
    """Somebody's word that a role may give these rights. Names are as the program writes them, case apart."""

    model_config = ConfigDict(extra="forbid")

    role: Name
    connection: Name
    rights: tuple[Allowed, ...] = Field(min_length=1)
    """What the role may let its holders do, and no more."""
    by: Name
    until: Day | None = None
    """The last day."""


class ApprovedRoles(Configuration):
    approvals: tuple[RoleApproval, ...] = ()
    """Which roles may give what, and who said so."""

    def clears(self, found: Grant, today: date) -> str:
        """Why a role may give what it gives: who approved all of it. Empty: nobody did."""
        if HIDDEN & {found.connection, *found.roles}:
            return ""
        needed = {allowed for right, allowed in RIGHTS.items() if found.may(right)}
        fitting = [
            one
            for one in self.approvals
            if [compared(one.role)] == [compared(role) for role in found.roles]
            and one.connection == found.connection
            and (one.until is None or one.until >= today)
            and needed <= {*one.rights}
        ]
        return f"approved by {fitting[0].by}" if fitting else ""


def _unapproved(case: Case, configuration: ApprovedRoles) -> Iterator[Violation]:
    for resource in case.resources:
        found = resource.grant
        if found is None or found.principal != "role":
            continue
        gives = [right for right in RIGHTS if found.may(right)]
        if not gives or configuration.clears(found, case.today):
            continue
        if case.comes_again(resource) and LATER in {found.connection, *found.roles}:
            continue
        needed = ", ".join(dict.fromkeys(RIGHTS[right] for right in gives))
        yield Violation(
            f"{resource.name}: who has the role {', '.join(found.roles)} on connection {found.connection} "
            f"{' and '.join(WORDS[right] for right in gives)}, and nobody has approved that: give it less, or have it "
            f"approved and add role, connection, rights ({needed}) and by to the approvals of {RULE} in the policy "
            "configuration",
            resource.urn,
        )


RULES = [
    Rule(
        RULE,
        "A role that lets its holders delete backups, weaken protection or grant access needs an approval.",
        ApprovedRoles,
        _unapproved,
    ),
]
