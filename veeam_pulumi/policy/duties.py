"""Duties that nobody has both of, and keys that are made anew: in programs, and for `veeam-pulumi who` on servers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from ..pulumi_state import Urn
from ..resource.grant import LATER, Grant, compared, compared_role
from .resources import HIDDEN, Resource
from .rule import Case, Configuration, Count, Rule, Violation

PERSON = "veeam:access:Person"
"""The component of a roster's entry: what is below it is one person's."""


Pair = Annotated[str, Field(pattern=r"^[^+]*[^+\s][^+]* \+ [^+]*[^+\s][^+]*$")]
"""`Backup Administrator + Security Administrator`: roles as servers name them; case and `Veeam ` do not matter."""


class Separated(Configuration):
    pairs: tuple[Pair, ...] = ("Backup Administrator + Security Administrator",)
    """What one person must not have both of on a connection: who asks for a deletion, and who approves it."""
    across: tuple[Pair, ...] = ()
    """What one person must not have both of anywhere, such as on two products."""


class Renewed(Configuration):
    days: Count = Field(365, ge=1)
    """How old an API key may become."""


Held = tuple[str, str]
"""A connection, and a role that somebody has there."""


def roles_held(grant: Grant) -> list[Held]:
    """The roles of an account, by every name that they are known by."""
    return [(grant.connection, role) for role in (*grant.roles, *grant.role_names)]


def both(held: Iterable[Held], configuration: Separated) -> Iterator[tuple[str, str]]:
    """(connection, pair) of what somebody has both of. A role that is hidden, or not known, may be either."""
    roles = [(connection, compared_role(role)) for connection, role in held]

    def places(pair: str) -> list[set[str]]:
        return [{where for where, role in roles if role in {compared_role(name), *HIDDEN}} for name in pair.split("+")]

    for pair in configuration.pairs:
        yield from ((where, pair) for where in sorted(set.intersection(*places(pair))))
    for pair in configuration.across:
        if all(found := places(pair)):
            yield " and ".join(sorted(set.union(*found))), pair


def age(grant: Grant, values: Mapping[str, Any], today: date) -> int | None:
    """How many days old a key is that lets somebody in; None for what is not one, or where nobody knows."""
    made = re.match(r"\d{4}-\d\d-\d\d", str(values.get("creation_date") or ""))
    if grant.principal != "key" or made is None or not grant.enabled:
        return None
    try:
        return (today - date.fromisoformat(made[0])).days
    except ValueError:  # the calendar has no such day
        return None


def _both_sides(case: Case, configuration: Separated) -> Iterator[Violation]:
    people: dict[str, list[Held]] = {}
    for resource in case.resources:
        found = resource.grant
        if found is not None and found.is_account and found.enabled and not found.group:
            later = {LATER} if case.comes_again(resource) else set()
            roles = [(where, role) for where, role in roles_held(found) if role not in later]
            people.setdefault(_owner(resource, found), []).extend(roles)
    for owner, held in sorted(people.items()):
        certain = [*both([(where, role) for where, role in held if role not in HIDDEN], configuration)]
        for where, pair in both(held, configuration):
            named = pair.replace(" + ", " and ")
            what = f"is {named}" if (where, pair) in certain else f"may be {named}, as a role cannot be read,"
            yield Violation(
                f"{owner} {what} on connection {where}: give one of the roles to somebody "
                "else, or take the pair out of separated-duties in the policy configuration"
            )


def _owner(resource: Resource, found: Grant) -> str:
    parent = Urn.of(resource.parent)
    if parent.type == PERSON:
        return parent.name
    return resource.name if found.account in HIDDEN else compared(found.account)


def _old(case: Case, configuration: Renewed) -> Iterator[Violation]:
    for resource in case.resources:
        days = age(resource.grant, resource.values, case.today) if resource.grant else None
        if days is not None and days > configuration.days:
            yield Violation(
                f"{resource.name}: the API key is {days} days old, at most {configuration.days} are allowed: make a "
                "new one, bring it to whoever uses it, then delete this one",
                resource.urn,
            )


RULES = [
    Rule(
        "separated-duties",
        "Nobody has two roles that are to watch each other.",
        Separated,
        _both_sides,
        whole_stack=True,
    ),
    Rule(
        "keys-renewed",
        "API keys are made anew before they are too old.",
        Renewed,
        _old,
    ),
]
