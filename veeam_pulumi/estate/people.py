r"""Whose accounts are whose: joined by the roster and by state, then by login, and a join that was guessed says so.

A login is the part of a name that stays when the domain goes: `LAB\jdoe`, `jdoe@lab.local`, `.\jdoe` and `jdoe` are one
login. Two people may share it on two servers, so such a join is a guess until a roster says it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from ..access.entries import Entry
from ..products import resources
from ..resource.fields import Marker, State
from ..server.names import fold, same_name
from .census import Item


@dataclass
class Person:
    """Somebody, or something, with the accounts that are theirs."""

    key: str
    """The key of the roster's entry; the login where no roster has it."""
    name: str
    entry: Entry | None = None
    items: list[Item] = field(default_factory=list)
    guesses: dict[tuple[str, str, str], str] = field(default_factory=dict)
    """(connection, kind, id) of a guessed account -> why it is thought to be theirs."""

    @property
    def until(self) -> date | None:
        return self.entry.until if self.entry else None

    def guessed(self, item: Item) -> str:
        return self.guesses.get((item.connection, item.kind, item.id), "")


def login(account: str) -> str:
    r"""A name without its domain, in one form: `LAB\JDoe` -> `jdoe`."""
    name = account.rpartition("\\")[2].partition("@")[0]
    return fold(unicodedata.normalize("NFC", name.strip()))


def join(items: Sequence[Item], entries: Sequence[Entry]) -> list[Person]:
    """The people behind accounts, in the order of their names.

    Objects that are not accounts belong to nobody; whom they name holds what they give.
    """
    people = {one.key: Person(one.key, one.name, one) for one in entries}
    declared = _declared(entries)
    rest = []
    by_email = {fold(one.email): one.key for one in entries if one.email}
    for item in (*items, *(held for one in items for held in one.held_by)):
        if not item.grant.is_account:
            continue
        key = item.managed.entry if item.managed and item.managed.entry in people else _owner(item, declared)
        if not key and not item.grant.group:
            key = by_email.get(fold(item.grant.account), "")
        if key:
            people[key].items.append(item)
        else:
            rest.append(item)
    known = _logins(people.values())
    strangers: dict[str, Person] = {}
    for item in rest:
        name = login(item.grant.account)
        owners = known.get(name, set())
        if item.grant.group or len(owners) > 1:  # a group is nobody, and of two people neither is likelier
            name = item.grant.account
        elif owners:
            owner = people[next(iter(owners))]
            owner.items.append(item)
            owner.guesses[item.connection, item.kind, item.id] = (
                f"the login {name!r} is that of an account in the roster"
            )
            continue
        stranger = strangers.setdefault(name, Person(name, item.grant.account))
        if stranger.items and not _same_account(stranger.items[0], item):
            stranger.guesses[item.connection, item.kind, item.id] = f"the login {name!r} is the same on two servers"
            stranger.name = name
        stranger.items.append(item)
    found = [one for one in (*people.values(), *strangers.values()) if one.items or one.entry]
    return sorted(found, key=lambda one: (one.name.lower(), one.key))


Declared = Mapping[tuple[str, str], Sequence[tuple[str, State]]]


def _declared(entries: Sequence[Entry]) -> Declared:
    """(connection, kind) -> (entry, arguments) of everything that a roster asks for."""
    found: dict[tuple[str, str], list[tuple[str, State]]] = {}
    for entry in entries:
        for account in entry.accounts:
            found.setdefault((account.connection, account.kind), []).append((entry.key, account.arguments))
    return found


def _owner(item: Item, declared: Declared) -> str:
    """The entry that asks for this very object; empty if none does."""
    resource = resources()[item.kind]
    key = resource.marked(Marker.identity)
    for owner, arguments in declared.get((item.connection, item.kind), ()):
        if all(resource.fields[name].same(item.values.get(name), arguments.get(name)) for name in key):
            return owner
    return ""


def _logins(people: Iterable[Person]) -> dict[str, set[str]]:
    """Login -> the entries that have an account of it."""
    found: dict[str, set[str]] = {}
    for person in people:
        names = [item.grant.account for item in person.items]
        names += [account.name for account in person.entry.accounts] if person.entry else []
        for name in names:
            found.setdefault(login(name), set()).add(person.key)
    return found


def _same_account(one: Item, other: Item) -> bool:
    """Whether two accounts are written alike, domain and all."""
    return same_name(one.grant.account, other.grant.account)
