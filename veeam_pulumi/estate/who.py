"""The question "who can …?" over a census: one line for each account that can, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ..policy.administrators import Approved
from ..resource.grant import RIGHTS, WORDS, Grant, Right
from ..server.names import fold
from .census import Census, Item
from .people import Person

NOBODY = Approved()
QUESTIONS: Mapping[str, tuple[Right, ...]] = {
    "delete-backups": ("destroy", "destroy_maybe"),
    "weaken": ("weaken",),
    "grant-access": ("grant",),
    "read-secrets": ("secrets",),
    "restore": ("restore",),
    "anything": RIGHTS,
}
"""What can be asked -> the rights that answer it, the surest first. `anything` shows accounts without rights too."""


@dataclass(frozen=True)
class Line:
    """An account of somebody that answers the question."""

    person: Person
    item: Item
    rights: tuple[Right, ...]
    """Those of the question that it has."""
    approved_by: str = ""

    @property
    def why(self) -> str:
        """The roles and operations that give the rights; first of all what is not known."""
        return reasons(self.item.grant, self.rights[:1])

    @property
    def can(self) -> str:
        """The rights in words."""
        return ", ".join(WORDS[right] for right in self.rights)

    @property
    def notes(self) -> list[str]:
        """What else has to be known to read the line right."""
        found = ["members are decided in the directory"] if self.item.grant.group else []
        guess = self.person.guessed(self.item)
        return found + ([f"a guess: {guess}"] if guess else [])


def reasons(grant: Grant, rights: Iterable[Right]) -> str:
    """The roles and operations that give rights; what is not known instead, where something is not."""
    if grant.unknown:
        return "; ".join(dict.fromkeys(grant.unknown)) + ": counts as able"
    sources = [source for right in rights for source in grant.rights.get(right, ())]
    return "; ".join(dict.fromkeys(f"{one.role}: {one.by}" if one.role else one.by for one in sources))


def objects(census: Census, *, can: str = "delete-backups", unmanaged: bool = False) -> list[Item]:
    """What lets nobody log in and gives the right that is asked for, or has to be known by whoever looks for strangers.

    `can`: `anything` shows those without rights too.
    """
    wanted = QUESTIONS[can]
    return [
        item
        for item in census.items
        if not item.grant.is_account
        and (can == "anything" or any(item.grant.may(right) for right in wanted))
        and (not unmanaged or item.standing == "unmanaged")
    ]


def answer(
    census: Census,
    people: Sequence[Person],
    *,
    can: str = "delete-backups",
    person: str = "",
    unmanaged: bool = False,
    approved: Approved = NOBODY,
    today: date | None = None,
) -> list[Line]:
    """The accounts that can, by person.

    `can`: a key of QUESTIONS. `person`: a part of a name, key or login. `unmanaged`: only what nobody declared.
    `approved`: what the policy configuration says of that.
    """
    wanted, part = QUESTIONS[can], fold(person)
    found = []
    for one in people:
        for item in one.items:
            rights = tuple(right for right in wanted if item.grant.may(right))
            if not rights and can != "anything":
                continue
            if unmanaged and item.standing != "unmanaged":
                continue
            if part and not any(part in fold(text) for text in (one.key, one.name, item.grant.account)):
                continue
            found.append(Line(one, item, rights, approved.approved_by(item.grant, today or date.today())))
    order = {one.connection: place for place, one in enumerate(census.servers)}
    return sorted(
        found, key=lambda line: (line.person.name.lower(), line.person.key, order[line.item.connection], line.item.id)
    )
