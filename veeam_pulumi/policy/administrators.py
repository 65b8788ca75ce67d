"""Who can change who has access, or delete backups: only with an approval, and only a few."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from ..resource.grant import LATER, WORDS, Grant, compared
from ..resource.identity import normal_id
from ..resource.types import Name
from .resources import HIDDEN
from .rule import Case, Configuration, Count, Day, Rule, Violation

RULE = "no-unapproved-administrators"
DEFAULT_TYPE = "InternalUser"


class Approval(BaseModel):
    """Somebody's word that an account may be administrator. Names are as the program writes them, case apart."""

    model_config = ConfigDict(extra="forbid")

    account: Name
    connection: Name
    type: Name = DEFAULT_TYPE
    """On Backup & Replication, the account's type: an approval of a user is none of a group of that name."""
    company: Name | None = None
    """On a Service Provider Console, the organization's UID; without it the account of that name in any company."""
    by: Name
    until: Day | None = None
    """The last day."""


class Approved(Configuration):
    approvals: tuple[Approval, ...] = ()
    """Who can be administrator where, and who said so."""
    roles: tuple[str, ...] = ()
    """Roles that need no approval, as programs write them: those of customers, and custom ones that are harmless."""
    review_days: Count = Field(365, ge=1)
    """For `veeam-pulumi who`: how long a review of somebody who needs an approval counts."""

    def of(self, found: Grant) -> tuple[Approval, ...]:
        """The approvals of this very account, those that have ended too. What cannot be read belongs to no account."""
        if HIDDEN & {found.account, found.connection, found.type, found.organization}:
            return ()
        return tuple(
            one
            for one in self.approvals
            if compared(found.account) == compared(one.account)
            and found.connection == one.connection
            and (found.type or DEFAULT_TYPE) == one.type
            and (one.company is None or compared(normal_id(one.company)) == compared(found.organization))
        )

    def approved_by(self, found: Grant, today: date) -> str:
        """Who approved the account; empty where nobody did, or where it has ended."""
        return next((one.by for one in self.of(found) if one.until is None or one.until >= today), "")

    def clears(self, found: Grant, today: date) -> str:
        """Why the account may be what it is: who approved it, or that it needs no approval. Empty: nobody said so."""
        if not found.privileged_by(role for role in self.roles if role not in HIDDEN):
            return "its roles need no approval"
        by = self.approved_by(found, today)
        return f"approved by {by}" if by else ""


@dataclass(frozen=True)
class Crowd:
    """Too many administrators in one place."""

    connection: str
    company: str
    accounts: tuple[str, ...]
    limit: int

    @property
    def where(self) -> str:
        return f"connection {self.connection}" + (f", company {self.company}" if self.company else "")


class Few(Configuration):
    limit: Count = Field(5, ge=0)
    """How many administrators a server may have; on a Service Provider Console, each company."""
    limits: dict[str, Count] = Field(default_factory=dict)
    """Other limits, by connection."""

    def crowds(self, grants: Iterable[tuple[str, Grant]]) -> Iterator[Crowd]:
        """Where too many accounts that can log in may change who has access, or delete backups.

        `grants`: each with what it is told apart by where its name cannot be read.
        """
        servers: dict[tuple[str, str], set[tuple[str, str]]] = {}
        for label, found in grants:
            if found.is_account and found.enabled and found.is_privileged:
                account = f"{found.account} {label}" if found.account in HIDDEN else found.account
                there = servers.setdefault((found.connection, compared(found.organization)), set())
                there.add((compared(account), found.type))
        for (connection, company), there in sorted(servers.items()):
            limit = self.limits.get(connection, self.limit)
            if len(there) > limit:
                yield Crowd(connection, company, tuple(sorted(name for name, _ in there)), limit)


def _unapproved(case: Case, configuration: Approved) -> Iterator[Violation]:
    for resource in case.resources:
        found = resource.grant
        if found is None or found.principal == "role" or not found.enabled:
            continue
        if configuration.clears(found, case.today):
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
    seen = []
    for resource in case.resources:
        found = resource.grant
        if found is None or (case.comes_again(resource) and LATER in {found.account, found.connection, *found.roles}):
            continue
        seen.append((resource.name, found))
    for one in configuration.crowds(seen):
        yield Violation(
            f"{one.where}: {len(one.accounts)} administrators, at most {one.limit} are allowed "
            f"({', '.join(one.accounts)}): give some of them another role, or raise the limit of few-administrators "
            "in the policy configuration"
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
