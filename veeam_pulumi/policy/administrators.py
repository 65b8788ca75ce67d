"""Who can change who has access, or delete backups: only with an approval, and only a few."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from ..resource.grant import LATER, WORDS, Grant
from .resources import HIDDEN
from .rule import Case, Configuration, Rule, Violation

RULE = "no-unapproved-administrators"
DEFAULT_TYPE = "InternalUser"


class Approval(BaseModel):
    """Somebody's word that an account may be administrator. Names are as the program writes them, case apart."""

    model_config = ConfigDict(extra="forbid")

    account: str = Field(min_length=1)
    connection: str = Field(min_length=1)
    type: str = DEFAULT_TYPE
    """On Backup & Replication, the account's type: an approval of a user is none of a group of that name."""
    company: str | None = None
    """On a Service Provider Console, the organization's UID; without it the account of that name in any company."""
    by: str = Field(min_length=1)
    until: date | None = None
    """The last day."""


class Approved(Configuration):
    approvals: tuple[Approval, ...] = ()
    """Who can be administrator where, and who said so."""
    roles: tuple[str, ...] = ()
    """Roles that need no approval, as programs write them: those of customers, and custom ones that are harmless."""

    def of(self, found: Grant) -> tuple[Approval, ...]:
        """The approvals of this very account, those that have ended too. What cannot be read belongs to no account."""
        if HIDDEN & {found.account, found.connection, found.type, found.organization}:
            return ()
        return tuple(
            one
            for one in self.approvals
            if found.account.lower() == one.account.lower()
            and found.connection == one.connection
            and (found.type or DEFAULT_TYPE) == one.type
            and (one.company or found.organization).lower() == found.organization.lower()
        )

    def clears(self, found: Grant, today: date) -> str:
        """Why the account may be what it is: who approved it, or that it needs no approval. Empty: nobody said so."""
        if not found.privileged_by(self.roles):
            return "its roles need no approval"
        by = [one.by for one in self.of(found) if one.until is None or one.until >= today]
        return f"approved by {by[0]}" if by else ""


class Few(Configuration):
    limit: int = Field(5, ge=0)
    """How many administrators a server may have; on a Service Provider Console, each company."""
    limits: dict[str, int] = Field(default_factory=dict)
    """Other limits, by connection."""


def _unapproved(case: Case, configuration: Approved) -> Iterator[Violation]:
    for resource in case.resources:
        found = resource.grant
        if found is None or not found.enabled or configuration.clears(found, case.today):
            continue
        if case.comes_again(resource) and LATER in {found.account, found.connection, *found.roles}:
            continue
        last = max(configuration.of(found), key=lambda one: str(one.until), default=None)
        cause = f"the approval by {last.by} ended on {last.until}" if last else "nobody has approved that"
        kind = f", type {found.type}" if found.type not in ("", DEFAULT_TYPE) else ""
        yield Violation(
            f"{resource.name}: {found.account} on connection {found.connection}{kind} {_what(found)} "
            f"({', '.join(found.roles) or resource.kind}), and {cause}: give another role, or have it approved and add "
            f"account, connection{', type' if kind else ''} and by to the approvals of no-unapproved-administrators in "
            "the policy configuration",
            resource.urn,
        )


def _what(found: Grant) -> str:
    if found.unknown:
        return "may be administrator"
    return "is administrator" if found.is_administrator else WORDS["destroy"]


def _too_many(case: Case, configuration: Few) -> Iterator[Violation]:
    servers: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for resource in case.resources:
        found = resource.grant
        if found is None or not found.enabled or not found.is_privileged:
            continue
        if case.comes_again(resource) and LATER in {found.account, found.connection, *found.roles}:
            continue
        account = f"{found.account} {resource.name}" if found.account in HIDDEN else found.account
        servers.setdefault((found.connection, found.organization.lower()), set()).add((account.lower(), found.type))
    for (connection, company), there in sorted(servers.items()):
        limit = configuration.limits.get(connection, configuration.limit)
        if len(there) > limit:
            where = f"connection {connection}" + (f", company {company}" if company else "")
            yield Violation(
                f"{where}: {len(there)} administrators, at most {limit} are allowed "
                f"({', '.join(sorted(name for name, _ in there))}): give some of them another role, or raise the "
                "limit of few-administrators in the policy configuration"
            )


RULES = [
    Rule(
        RULE,
        "An account that may change who has access, or delete backups, needs an approval that has not ended.",
        Approved,
        _unapproved,
    ),
    Rule(
        "few-administrators",
        "A server has few administrators.",
        Few,
        _too_many,
        whole_stack=True,
    ),
]
