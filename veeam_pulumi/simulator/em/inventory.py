"""The backup servers that Enterprise Manager knows, and when its lists show them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from ..credentials import hash_password, password_matches
from ..store import Doc, Shelf
from . import hosts
from .knobs import Settings
from .tasks import Tasks


class Inventory:
    """`version`, `wcfPort` and `vbrCertificateThumbprint` are None where nobody has given them."""

    def __init__(self, shelf: Shelf, settings: Settings, tasks: Tasks) -> None:
        self._shelf, self._settings, self._tasks = shelf, settings, tasks
        self._hidden: dict[str, int] = {}  # new servers, and how many more lists do not show them

    def clear(self) -> None:
        self._shelf.clear()
        self._hidden.clear()

    def new(self, address: str, username: str, password: str | None) -> Doc:
        """A server with everything else at its default. Nobody knows it before `connect`."""
        return {
            "id": str(uuid.uuid4()),
            "name": self.name_for(address),
            "address": address,
            "description": "",
            "port": self._settings.default_port,
            "version": None,
            "wcfPort": None,
            "vbrCertificateThumbprint": None,
            "username": username,
            "password": None if password is None else hash_password(password),
        }

    def name_for(self, address: str) -> str:
        return hosts.full_name(address) if self._settings.text("name") == "fqdn" else address

    def is_known(self, address: str, other_than: str = "") -> bool:
        """Whether a server with this address, by any of its names, is connected or about to be."""
        wanted = hosts.full_name(address).lower()
        others = (known for known in self._shelf.all() if known["id"] != other_than)
        if any(hosts.full_name(known["address"]).lower() == wanted for known in others):
            return True
        return any(task.claims == wanted for task in self._tasks.unfinished() if task.failure is None)

    def connect(self, known: Doc) -> Doc:
        self._shelf.put(known["id"], known)
        self._hidden[known["id"]] = self._settings.number("lag")
        return known

    def put(self, known: Doc) -> None:
        self._shelf.put(known["id"], known)

    def get(self, id: str) -> Doc | None:
        return self._shelf.get(id)

    def find(self, name: str) -> Doc | None:
        """By name or address."""
        wanted = name.lower()
        return next((one for one in self.all() if wanted in (one["name"].lower(), one["address"].lower())), None)

    def all(self) -> list[Doc]:
        return self._shelf.all()

    def change(self, id: str, changes: Mapping[str, Any]) -> Doc | None:
        known = self._shelf.get(id)
        if known is not None:
            known.update(changes)
            self._shelf.put(id, known)
        return known

    def forget(self, id: str) -> None:
        self._shelf.remove(id)
        self._hidden.pop(id, None)

    def look(self) -> list[Doc]:
        """As a list or a query finds them. Every look lets tasks go on, and brings new servers nearer."""
        for task in self._tasks.unfinished():
            task.look()
        waiting = {id_: left for id_, left in self._hidden.items() if left}
        self._hidden = {id_: left - 1 for id_, left in waiting.items()}
        return [known for known in self._shelf.all() if known["id"] not in waiting]

    def shown(self, known: Doc) -> Doc:
        """What nobody has given is what the server says of itself: nothing, as long as it cannot be reached."""
        offline = known["address"].lower() in self._settings.offline
        found = {
            "version": "" if offline else self._settings.release.build,
            "wcfPort": 9405,
            "vbrCertificateThumbprint": "" if offline else hosts.thumbprint(self._settings.host(known["address"])),
        }
        kept = {key: found.get(key) if value is None else value for key, value in known.items() if key != "password"}
        return {**kept, "uid": f"urn:veeam:BackupServer:{known['id']}"}

    def keeps(self, username: str, password: str) -> bool:
        """Whether these are the credentials of one of the servers."""
        same = (one for one in self.all() if one["username"].lower() == username.lower())
        return any(password_matches(password, one["password"]) for one in same)
