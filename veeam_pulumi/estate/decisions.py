"""estate.yaml: which object on a server is which entry and resource. Written once, edited by people, never overwritten.

    objects:
      vbr/6f0e…: {kind: vbr.User, account: 'LAB\\jdoe', entry: jdoe, name: jdoe}
      aws/jdoe: {kind: aws.User, account: jdoe, entry: jdoe-aws, name: jdoe-aws}  # perhaps jdoe: …

`entry` is the key in roster.yaml; objects with the same entry are one person's. `name` is what the resource is called
in a program or in Terraform. `skip: true`: not taken over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..access.located import Book, Place, load
from ..access.roster import KEY
from .census import Item
from .sections import entry, flow, insert

FILE = "estate.yaml"
HEAD = """\
# Which object on a server is which entry of the roster. `veeam-pulumi discover` adds lines and changes none, but for
# the id of an object that was deleted and made again.
# entry: the key in roster.yaml; give two objects one entry where they are one person's.
# name: what the resource is called in a program or in Terraform. skip: true: not taken over.
# A note behind a line says what was guessed, and why.
"""
FIELDS = ("kind", "account", "entry", "name", "skip")
Key = tuple[str, str]
"""Connection and id."""


@dataclass(frozen=True)
class Line:
    """What is decided about an object."""

    kind: str
    account: str
    entry: str
    name: str
    skip: bool = False
    note: str = ""


@dataclass
class Decisions:
    """The file."""

    objects: dict[Key, Line] = field(default_factory=dict)
    companies: dict[str, str] = field(default_factory=dict)
    """Name -> UUID."""


def key_of(item: Item) -> Key:
    return item.connection, item.id


def read(folder: Path) -> Decisions:
    """What is decided so far; nothing where there is no file. Raises Mistaken with every mistake."""
    file = folder / FILE
    if not file.exists():
        return Decisions()
    book = Book(file.name)
    top = book.fields(load(file, book), ("objects", "companies"))
    found, names = Decisions(), dict[str, str]()
    for key, place in book.map(top["objects"], "objects").items() if "objects" in top else ():
        connection, _, id = key.partition("/")
        if not id:
            book.note(place, "must be called CONNECTION/ID")
        said = book.fields(place, FIELDS)
        texts = {name: book.text(one) for name, one in said.items() if name != "skip"}
        skip = book.switch(said["skip"]) if "skip" in said else False
        line = Line(
            texts.get("kind", ""), texts.get("account", ""), texts.get("entry", ""), texts.get("name", ""), skip
        )
        if not skip:
            _check(line, place, book, names)
        found.objects[connection, id] = line
    for name, place in book.map(top["companies"], "UUIDs by company").items() if "companies" in top else ():
        found.companies[name] = book.text(place)
    book.close()
    return found


def moved(text: str, ids: Mapping[Key, Key]) -> str:
    """The file's text with the lines of objects that have a new id."""
    keys = {flow("/".join(old)): flow("/".join(new)) for old, new in ids.items()}
    for old_key, new_key in keys.items():
        text = "\n".join(
            f"  {new_key}:{line.removeprefix(f'  {old_key}:')}" if line.startswith(f"  {old_key}:") else line
            for line in text.split("\n")
        )
    return text


def _check(line: Line, place: Place, book: Book, names: dict[str, str]) -> None:
    if not re.fullmatch(KEY, line.entry):
        book.note(place, f"the entry {line.entry!r} must be of Latin letters, digits, ., _ and -")
    if not re.fullmatch(KEY, line.name):
        book.note(place, f"the name {line.name!r} must be of Latin letters, digits, ., _ and -")
    other = names.setdefault(f"{line.kind} {line.name}", place.path)
    if other != place.path:
        book.note(place, f"the name {line.name!r} is that of {other} already")


def added(text: str, objects: Mapping[Key, Line], companies: Mapping[str, str]) -> str:
    """The file's text with these lines added; the text may be empty."""
    text = text or HEAD
    rows: Iterable[str] = (
        entry(
            "/".join(key),
            {
                "kind": line.kind,
                "account": line.account,
                **({"skip": True} if line.skip else {"entry": line.entry, "name": line.name}),
            },
            line.note,
        )
        for key, line in objects.items()
    )
    text = insert(text, "companies", [f"  {name}: {uid}" for name, uid in companies.items()])
    return insert(text, "objects", rows)
