"""What somebody should look at: findings over a census, each with a rule, a severity and what it is about.

Rules that the policy pack has too are the pack's own, with its configuration: `policy.json` says for programs and for
servers how many administrators there may be. The rules answer what auditors ask for (NIS2 annex 11.2, DORA RTS art. 21,
SOC 2 CC6, ISO 27001 A.5.18, NIST CP-9(7)).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal, TypeVar

from pydantic import ValidationError

from ..errors import InvalidInput
from ..policy.accounts import Generic
from ..policy.administrators import RULE, Approved, Few
from ..policy.duties import Renewed, Separated, age, both, roles_held
from ..policy.rule import Configuration, wrong
from ..policy.rules import levels
from ..pulumi_state import Urn
from .census import Census, Item
from .people import Person

T = TypeVar("T", bound=Configuration)
Severity = Literal["high", "medium", "low"]
OF_POLICY = {
    "APR-1": RULE,
    "DEL-2": "few-administrators",
    "GEN-1": "no-generic-names",
    "KEY-1": "keys-renewed",
    "REV-1": RULE,
    "SOD-1": "separated-duties",
}
"""Rules here that are rules of the policy pack: the same check, the same configuration, off together."""


@dataclass(frozen=True)
class Settings:
    """What the rules of the policy pack are told, for programs and for servers alike."""

    approved: Approved = field(default_factory=Approved)
    few: Few = field(default_factory=Few)
    generic: Generic = field(default_factory=Generic)
    separated: Separated = field(default_factory=Separated)
    renewed: Renewed = field(default_factory=Renewed)
    off: frozenset[str] = frozenset()
    """The names of rules of the pack that are disabled."""

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Settings:
        """From the file that `--policy-pack-config` names. Raises InvalidInput for what no rule understands."""
        try:
            given = levels(config)
        except ValueError as error:
            raise InvalidInput(f"the policy configuration is wrong: {error}", "correct policy.json") from None

        def told(name: str, model: type[T]) -> T:
            try:
                return model.model_validate(given[name][1])
            except ValidationError as error:
                raise InvalidInput(
                    f"the policy configuration of {name} is wrong: {wrong(error)}", "correct policy.json"
                ) from None

        return cls(
            told(RULE, Approved),
            told("few-administrators", Few),
            told("no-generic-names", Generic),
            told("separated-duties", Separated),
            told("keys-renewed", Renewed),
            frozenset(name for name, (level, _) in given.items() if level == "disabled"),
        )


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
    for _, item in case.accounts:
        exempt = item.standing in ("built in", "break-glass") or item.grant.service_account or item.grant.group
        if case.settings.generic.has(item.grant.account) and not exempt:
            message = "its name is not tied to a person: give each person an account, or allow it in no-generic-names"
            yield _of(item, "GEN-1", "low", message)


def _how_many(case: Case) -> Iterator[Finding]:
    seen = [(item.id, item.grant) for _, item in case.accounts if not item.grant.built_in]
    for one in case.settings.few.crowds(seen):
        place = f" in company {one.company}" if one.company else ""
        message = (
            f"{len(one.accounts)} accounts{place} can delete backups or change who has access, at most {one.limit} are "
        )
        message += "allowed: give some of them another role, or raise the limit of few-administrators in policy.json"
        yield Finding("DEL-2", "medium", one.connection, one.connection, message)


def _last_one(case: Case) -> Iterator[Finding]:
    by_server: dict[str, list[Item]] = {}
    for _, item in case.deleters:
        by_server.setdefault(item.connection, []).append(item)
    for _, items in sorted(by_server.items()):
        if len(items) == 1 and not items[0].grant.group:
            yield _of(items[0], "DEL-4", "medium", "is the last account that can delete backups: have a second one")


def _unapproved(case: Case) -> Iterator[Finding]:
    """Once somebody keeps approvals: else it would say what `ORP-1` says."""
    approved = case.settings.approved
    for _, item in case.accounts if approved.approvals else ():
        exempt = item.grant.built_in or item.standing == "own login" or not item.grant.enabled
        if not exempt and not approved.clears(item.grant, case.today):
            last = max(approved.of(item.grant), key=lambda one: str(one.until), default=None)
            cause = f"the approval by {last.by} ended on {last.until}" if last else "nobody approved it"
            message = f"is privileged, and {cause}: have it approved in policy.json, or take the role away"
            yield _of(item, "APR-1", "medium", message)


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
        yield Finding("GHO-1", "medium", one.connection, Urn.of(one.address).name or one.address, message)


def _both_sides(case: Case) -> Iterator[Finding]:
    for person in case.people:
        theirs = [item for item in person.items if item.grant.enabled and not item.grant.group]
        held = [role for item in theirs for role in roles_held(item.grant)]
        for where, pair in both(held, case.settings.separated):
            message = f"is {pair.replace(' + ', ' and ')}: can ask for what only another should approve; separate them"
            yield Finding("SOD-1", "high", where, person.name, message)


def _reviews(case: Case) -> Iterator[Finding]:
    oldest = case.today - timedelta(days=case.settings.approved.review_days)
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
    for item in case.census.items:
        days, most = age(item.grant, item.values, case.today), case.settings.renewed.days
        if days is not None and days > most:
            message = f"is {days} days old, at most {most} are allowed: make a new one, then delete this one"
            yield _of(item, "KEY-1", "medium", message)


def _escalations(case: Case) -> Iterator[Finding]:
    below = {server.connection: [*server.below] for server in case.census.servers}
    for item in case.census.items:
        if item.kind == "em.BackupServer":
            below.setdefault(item.connection, []).append(item.name)
    for _, item in case.accounts:
        for one in item.grant.beyond if item.grant.enabled else ():
            servers = below.get(item.connection, []) if one.servers else []
            named = f": {', '.join(sorted(servers)[:5])}{', …' if servers[5:] else ''}" if servers else ""
            counted = f" ({len(servers)} now{named})" if one.servers else ""
            yield _of(item, "ESC-1", "medium", f"{one.text}{counted}")


def _unseen(case: Case) -> Iterator[Finding]:
    for server in case.census.servers:
        if server.product == "m365":
            message = "its administrators are in no API: those of its console, of the host and of the domain can do all"
            yield Finding("UNK-1", "low", server.connection, server.connection, message)


RULES: Mapping[str, Callable[[Case], Iterator[Finding]]] = {
    "unmanaged accounts": _unmanaged,
    "administrators without a second factor": _without_mfa,
    "groups that can delete backups": _groups,
    "names that name nobody": _generic,
    "too many who can delete backups": _how_many,
    "one alone who can delete backups": _last_one,
    "privileged accounts that nobody approved": _unapproved,
    "people whose last day is over": _expired,
    "disabled accounts with rights": _disabled,
    "objects in state that no server has": _missing,
    "one person on both sides of a separation": _both_sides,
    "access that nobody reviewed": _reviews,
    "rights that a server does not show": _unknown,
    "API keys that are too old": _old_keys,
    "administrators of one product by way of another": _escalations,
    "administrators that no API shows": _unseen,
}
RULE_IDS = (
    "APR-1", "DEL-2", "DEL-3", "DEL-4", "DIS-1", "ESC-1", "EXP-1", "GEN-1", "GHO-1", "KEY-1", "ORP-1", "REV-1", "SOD-1",
    "UNK-1",
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
    found = [one for rule in RULES.values() for one in rule(case) if OF_POLICY.get(one.rule) not in case.settings.off]
    return sorted(found, key=lambda one: (_ORDER[one.severity], one.rule, one.connection, one.about))


def _of(item: Item, rule: str, severity: Severity, message: str) -> Finding:
    about = item.name if item.grant.is_account else f"{item.grant.principal} {item.name}"
    if item.grant.principal == "key":
        about = f"key {item.values.get('description')!r} of {item.name}"
    return Finding(rule, severity, item.connection, about, message)
