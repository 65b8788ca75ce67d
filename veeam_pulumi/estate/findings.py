"""What somebody should look at: findings over a census, each with a rule, a severity and what it is about.

The rules answer what auditors ask for (NIS2 annex 11.2, DORA RTS art. 21, SOC 2 CC6, ISO 27001 A.5.18, NIST CP-9(7)).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from .census import Census, Item
from .people import Person

Severity = Literal["high", "medium", "low"]
GENERIC = re.compile(
    r"(?i)^(admin\w*|root|test\w*|temp\w*|user\d*|backup\w*|veeam\w*|operator|service|svc|shared|guest|support)$"
)
"""Logins that name nobody."""


@dataclass(frozen=True)
class Settings:
    """What the rules can be told."""

    administrators: int = 5
    """How many accounts of a server may be able to delete backups."""
    key_days: int = 365
    """How old an API key may be."""
    review_days: int = 365
    """How long a review counts."""
    shared: frozenset[str] = frozenset()
    """Logins that are shared with approval."""


@dataclass(frozen=True)
class Finding:
    """Something to look at. `about`: whom or what, `message`: what is wrong and what to do, in one line."""

    rule: str
    severity: Severity
    connection: str
    about: str
    message: str


@dataclass(frozen=True)
class Case:
    """What the rules look at."""

    census: Census
    people: Sequence[Person]
    today: date
    settings: Settings = field(default_factory=Settings)

    @property
    def accounts(self) -> Iterator[tuple[Person, Item]]:
        for person in self.people:
            for item in person.items:
                yield person, item

    @property
    def deleters(self) -> Iterator[tuple[Person, Item]]:
        """Accounts that one can log in with and that can delete backups."""
        for person, item in self.accounts:
            if item.grant.enabled and (item.grant.may("destroy") or item.grant.may("destroy_maybe")):
                yield person, item


def _unmanaged(case: Case) -> Iterator[Finding]:
    for item in case.census.items:
        if item.standing == "unmanaged" and (item.grant.is_account or item.grant.rights):
            severity: Severity = "high" if item.grant.is_privileged else "medium"
            yield _of(item, "ORP-1", severity, "nobody declared it: declare or adopt it, or remove it on the server")


def _without_mfa(case: Case) -> Iterator[Finding]:
    for _, item in case.deleters:
        grant = item.grant
        if grant.mfa is False and not grant.group and not grant.service_account:
            yield _of(item, "DEL-3", "high", "can delete backups and has no second factor: set up MFA for it")


def _groups(case: Case) -> Iterator[Finding]:
    for _, item in case.deleters:
        if item.grant.group:
            yield _of(
                item,
                "DEL-3",
                "medium",
                "a group can delete backups: its members are decided in the directory, look there",
            )


def _generic(case: Case) -> Iterator[Finding]:
    from .people import login

    for _, item in case.accounts:
        name = login(item.grant.account)
        exempt = item.standing in ("built in", "break-glass") or item.grant.service_account or item.grant.group
        if GENERIC.match(name) and not exempt and name not in case.settings.shared:
            yield _of(
                item,
                "GEN-1",
                "low",
                "its name is not tied to a person: give each person an account, or list it as shared",
            )


def _how_many(case: Case) -> Iterator[Finding]:
    by_server: dict[str, list[Item]] = {}
    for _, item in case.deleters:
        by_server.setdefault(item.connection, []).append(item)
    for connection, items in sorted(by_server.items()):
        people = [item for item in items if not item.grant.built_in]
        if len(people) > case.settings.administrators:
            message = f"{len(people)} accounts can delete backups, at most {case.settings.administrators} are allowed"
            yield Finding("DEL-2", "medium", connection, connection, f"{message}: give some of them another role")
        elif len(items) == 1 and not items[0].grant.group:
            yield _of(items[0], "DEL-2", "medium", "is the last account that can delete backups: have a second one")


def _expired(case: Case) -> Iterator[Finding]:
    for person, item in case.accounts:
        if person.until and person.until < case.today:
            yield _of(
                item, "EXP-1", "high", f"its last day was {person.until}: remove the entry, or give it a later date"
            )


def _disabled(case: Case) -> Iterator[Finding]:
    for _, item in case.accounts:
        if not item.grant.enabled and item.grant.is_privileged:
            yield _of(
                item, "DIS-1", "low", "is disabled, and keeps its rights for whoever enables it: take the role away"
            )


def _missing(case: Case) -> Iterator[Finding]:
    for one in case.census.missing:
        message = "is in state and not on the server: refresh, or create it again"
        yield Finding("GHO-1", "medium", one.connection, one.address.rpartition("::")[2], message)


def _both_sides(case: Case) -> Iterator[Finding]:
    for person in case.people:
        roles = {
            (item.connection, role.lower().removeprefix("veeam ")) for item in person.items for role in item.grant.roles
        }
        for connection in sorted({where for where, _ in roles}):
            held = {role for where, role in roles if where == connection}
            if {"backup administrator", "security administrator"} <= held:
                message = "is Backup Administrator and Security Administrator: can request and approve; separate them"
                yield Finding("SOD-1", "high", connection, person.name, message)


def _reviews(case: Case) -> Iterator[Finding]:
    oldest = case.today - timedelta(days=case.settings.review_days)
    for person in case.people:
        if person.entry and any(item.grant.is_privileged for item in person.items):
            review = person.entry.reviewed
            if review is None or review.on < oldest:
                last = f"was last reviewed on {review.on}" if review else "was never reviewed"
                message = f"{last}: confirm it with `veeam-pulumi who --review`, and set `reviewed` in the roster"
                yield Finding("REV-1", "low", "", person.name, message)


def _unknown(case: Case) -> Iterator[Finding]:
    for _, item in case.accounts:
        if item.grant.unknown and item.standing != "unmanaged":
            yield _of(item, "UNK-1", "low", f"{item.grant.unknown[0]}: it counts as able to do everything")


def _old_keys(case: Case) -> Iterator[Finding]:
    """Of keys that count: a key that somebody disabled lets nobody in."""
    for item in case.census.items:
        made = re.match(r"\d{4}-\d\d-\d\d", str(item.values.get("creation_date") or ""))
        if item.kind != "vspc.ApiKey" or made is None or not item.grant.enabled:
            continue
        try:
            days = (case.today - date.fromisoformat(made[0])).days
        except ValueError:  # no date of a calendar
            continue
        if days > case.settings.key_days:
            message = f"its API key {item.values.get('description')!r} is {days} days old, at most "
            message += f"{case.settings.key_days} are allowed: make a new one, then delete this one"
            yield _of(item, "KEY-1", "medium", message)


def _escalations(case: Case) -> Iterator[Finding]:
    below = sum(item.kind == "em.BackupServer" for item in case.census.items)
    for _, item in case.accounts:
        if item.kind == "em.Account" and "portal administrator" in [role.lower() for role in item.grant.roles]:
            message = f"is administrator of every backup server below this Enterprise Manager ({below} here)"
            yield _of(item, "ESC-1", "medium", message)


RULES: Mapping[str, Callable[[Case], Iterator[Finding]]] = {
    "unmanaged accounts": _unmanaged,
    "administrators without a second factor": _without_mfa,
    "groups that can delete backups": _groups,
    "names that name nobody": _generic,
    "too many, or one alone, who can delete backups": _how_many,
    "people whose last day is over": _expired,
    "disabled accounts with rights": _disabled,
    "objects in state that no server has": _missing,
    "one person on both sides of a separation": _both_sides,
    "access that nobody reviewed": _reviews,
    "rights that a server does not show": _unknown,
    "API keys that are too old": _old_keys,
    "administrators of one product by way of another": _escalations,
}
RULE_IDS = (
    "DEL-2", "DEL-3", "DIS-1", "ESC-1", "EXP-1", "GEN-1", "GHO-1", "KEY-1", "ORP-1", "REV-1", "SOD-1", "UNK-1",
)  # fmt: skip
_ORDER: Mapping[Severity, int] = {"high": 0, "medium": 1, "low": 2}


def fail_on(text: str) -> list[str]:
    """`high,ORP-1,changed` -> its parts. Raises ValueError for one that is neither a severity nor a rule."""
    known = (*_ORDER, *RULE_IDS, "changed")
    parts = [part.strip() for part in text.split(",") if part.strip()]
    for part in parts:
        if part not in known:
            raise ValueError(f"unknown severity or rule {part!r}; known: {', '.join(known)}")
    return parts


def examine(case: Case) -> list[Finding]:
    """All findings, the severe ones first."""
    found = [one for rule in RULES.values() for one in rule(case)]
    return sorted(found, key=lambda one: (_ORDER[one.severity], one.rule, one.connection, one.about))


def _of(item: Item, rule: str, severity: Severity, message: str) -> Finding:
    about = item.name if item.grant.is_account else f"{item.grant.principal} {item.name}"
    return Finding(rule, severity, item.connection, about, message)
