"""The backup servers that an Enterprise Manager collects data from, by environment, from a YAML file.

prod:
  vbr01:
    address: vbr01.example.com
    connection: vbr01          # whose certificate is read; default: the server's name
    description: Columbus
    port: 9392                 # 443 for an appliance
    wcf_port: 9405             # left out: the server chooses
    adopt: true                # it is there already: it is taken over as it is, and never removed
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..products import resources
from ..resource.fields import UNKNOWN
from ..server.names import fold
from .located import Book, Place, load

KEYS = ("address", "connection", "description", "port", "wcf_port", "adopt")
_PROPERTIES = {"address": "dns_name_or_ip_address"}
_NAMES = {name: key for key, name in _PROPERTIES.items()}


@dataclass(frozen=True)
class Server:
    """One entry."""

    name: str
    address: str
    connection: str
    """The one of the backup server itself, not of Enterprise Manager."""
    description: str = ""
    port: int | None = None
    wcf_port: int | None = None
    adopt: bool = False
    """Whether it is there already, and stays as it is: what the file leaves out is the server's."""

    @property
    def said(self) -> dict[str, Any]:
        """What the file says of it, as arguments of its resource."""
        said = {"description": self.description or None, "port": self.port, "wcf_port": self.wcf_port}
        said |= {"dns_name_or_ip_address": self.address, "adopt": self.adopt or None}
        return {name: value for name, value in said.items() if value is not None}


def read(file: Path, environment: str) -> tuple[Server, ...]:
    """The servers of an environment, in the order of the file. Raises Mistaken with all that is wrong in the file."""
    book = Book(file.name)
    root = load(file, book)
    environments = book.map(root, "environments, each a map of servers by name")
    found = {name: _environment(place, book) for name, place in environments.items()}
    book.close()
    if environment not in found:
        book.note(root, f"there is no environment {environment!r}; environments are {', '.join(found) or 'none'}")
        book.close()
    return found[environment]


def _environment(environment: Place, book: Book) -> tuple[Server, ...]:
    servers = []
    taken: dict[tuple[str, str], str] = {}
    for name, entry in book.map(environment, "servers by name").items():
        places = book.fields(entry, KEYS)
        given = {key: place.plain() for key, place in places.items() if place.value is not None}
        given.setdefault("connection", name)
        if not _fits(entry, places, given, book):
            continue
        servers.append(Server(name=name, **given))
        # Two entries of one address are one server, and so are two that show the certificate of one connection.
        for key, value in {"address": fold(given["address"]), "connection": given["connection"]}.items():
            first = taken.setdefault((key, value), entry.path)
            if first != entry.path:
                book.note(_at(key, entry, places), f"{value!r} is {first}'s already")
    return tuple(servers)


def _fits(entry: Place, places: dict[str, Place], given: dict[str, Any], book: Book) -> bool:
    """Whether an entry can be a server of Enterprise Manager."""
    inputs = {_PROPERTIES.get(key, key): value for key, value in given.items()}
    if missing := "address" not in given:
        book.note(_at("address", entry, places), "is missing")
        inputs[_PROPERTIES["address"]] = UNKNOWN
    problems = resources()["em.BackupServer"].check({"username": UNKNOWN, "password": UNKNOWN, **inputs})[1]
    for one in problems:
        book.note(_at(_NAMES.get(one.property, one.property), entry, places), one.reason)
    return not missing and not problems


def _at(key: str, entry: Place, places: dict[str, Place]) -> Place:
    """Where a key of an entry stands; the entry itself where it is not there."""
    return places.get(key) or Place(None, entry.line, f"{entry.path}.{key}")
