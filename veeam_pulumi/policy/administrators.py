"""Who may change who has access: only with an approval, and only a few."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from ..access.grants import Grant, grant
from ..products.vbr.accounts import same_account
from .resources import Resource
from .rule import Case, Configuration, Rule, Violation


class Approval(BaseModel):
    """Somebody's word that an account may be administrator."""

    model_config = ConfigDict(extra="forbid")

    account: str
    connection: str
    company: str | None = None
    """On a Service Provider Console, the organization's UID; without it the account of that name in any company."""
    by: str = Field(min_length=1)
    until: date | None = None
    """The last day."""


class Approved(Configuration):
    approvals: tuple[Approval, ...] = ()
    """Who may be administrator where, and who said so."""
    roles: tuple[str, ...] = ()
    """Administrator roles that need no approval, as programs write them."""


class Few(Configuration):
    limit: int = Field(5, ge=0)
    """How many administrators a server may have; on a Service Provider Console, each company."""
    limits: dict[str, int] = Field(default_factory=dict)
    """Other limits, by connection."""


def _unapproved(case: Case, configuration: Approved) -> Iterator[Violation]:
    free = {role.casefold() for role in configuration.roles}
    for resource in case.resources:
        found = resource.grant
        if found is None or not found.enabled or not _administers(resource, found, free):
            continue
        company = _company(resource)
        approvals = [
            one
            for one in configuration.approvals
            if _same(found, one.account, one.connection) and (one.company or company).casefold() == company
        ]
        if any(one.until is None or one.until >= case.today for one in approvals):
            continue
        last = max((one for one in approvals if one.until), key=lambda one: str(one.until), default=None)
        cause = f"the approval by {last.by} ended on {last.until}" if last else "nobody has approved that"
        yield Violation(
            f"{resource.name}: {found.account} on connection {found.connection} is administrator "
            f"({', '.join(found.roles)}), and {cause}: give another role, or have it approved and add account, "
            "connection and by to the approvals of no-unapproved-administrators in the policy configuration",
            resource.urn,
        )


def _administers(resource: Resource, found: Grant, free: set[str]) -> bool:
    """Whether it is administrator by a role that needs an approval."""
    roles = [role for role in found.roles if role.casefold() not in free]
    left = grant(resource.type, {**resource.values, "roles": roles, "role": roles[0]}) if roles else None
    return left is not None and left.administrator


def _company(resource: Resource) -> str:
    return str(resource.values.get("organization_uid") or "").casefold()


def _same(found: Grant, account: str, connection: str) -> bool:
    if found.connection != connection:
        return False
    if found.kind == "vbr.User":
        return same_account(found.account, account)
    return found.account.casefold() == account.casefold()


def _too_many(case: Case, configuration: Few) -> Iterator[Violation]:
    servers: dict[tuple[str, str], list[Grant]] = {}
    for resource in case.resources:
        found = resource.grant
        if found is not None and found.administrator and found.enabled:
            there = servers.setdefault((found.connection, _company(resource)), [])
            if not any(_same(found, one.account, one.connection) for one in there):
                there.append(found)
    for (connection, company), there in sorted(servers.items()):
        limit = configuration.limits.get(connection, configuration.limit)
        if len(there) > limit:
            where = f"connection {connection}" + (f", company {company}" if company else "")
            yield Violation(
                f"{where}: {len(there)} administrators, at most {limit} are allowed "
                f"({', '.join(sorted(one.account for one in there))}): give some of them another role, or raise the "
                "limit of few-administrators in the policy configuration"
            )


RULES = [
    Rule(
        "no-unapproved-administrators",
        "An account with an administrator role needs an approval that has not ended.",
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
