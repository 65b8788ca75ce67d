"""The accounts of Enterprise Manager itself: who can log on, with which roles and restore limits."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from ..credentials import hash_password, password_matches
from ..store import Doc, Shelf
from .knobs import Settings

PORTAL_ADMIN = "Portal Administrator"
# The same in documents that are years apart, and so apparently constants.
ROLES = {
    PORTAL_ADMIN: "5f37a46b-9ce2-40f4-8a62-b45b079257fc",
    "Portal User": "d19a3d33-cb77-4ffe-94e6-001432483a4e",
    "VM Restore Operator": "c11c0c38-ba8b-49c7-bf70-fc2058fff1e2",
    "File Restore Operator": "f84a8b62-49b8-4d0c-b25b-92321b52bab6",
    "Exchange Restore Operator": "f83e4c81-0815-452f-9377-9d573dd9d481",
    "Oracle Restore Operator": "e9d90e66-b6d4-49dc-8986-73cf33489623",
    "SQL Restore Operator": "f78a92b8-9f06-4f1e-b522-4f0927cabd0f",
}
TYPES = ("User", "Group", "ExternalUser", "ExternalGroup")
_NEW: Doc = {
    "type": "User",
    "roles": ["Portal User"],
    "allowRestoreAllVms": True,
    "flrInPlaceOnly": False,
    "flrExtensions": "",
    "sqlDenyInPlace": False,
    "scopes": [],
    "password": None,
}
VALUES = frozenset(_NEW)


class Directory:
    """Names are compared without regard to case; assumed: and otherwise letter by letter.

    A password is the directory's that stands behind, not Enterprise Manager's: no request sets one.
    """

    def __init__(self, shelf: Shelf, settings: Settings) -> None:
        self._shelf, self._settings = shelf, settings
        self._hidden: dict[str, int] = {}  # new accounts, and how many more lists do not show them

    def clear(self) -> None:
        self._shelf.clear()
        self._hidden.clear()

    def all(self) -> list[Doc]:
        return self._shelf.all()

    def look(self) -> list[Doc]:
        """As a list shows them: new ones not at once, where a knob says so."""
        waiting = {id_: left for id_, left in self._hidden.items() if left}
        self._hidden = {id_: left - 1 for id_, left in waiting.items()}
        return [account for account in self.all() if account["id"] not in waiting]

    def get(self, id: str) -> Doc | None:
        return self._shelf.get(id.lower())

    def find(self, name: str) -> Doc | None:
        return next((one for one in self.all() if one["name"].lower() == name.lower()), None)

    def checked(self, name: str, password: str) -> Doc | None:
        """The account, if this is its password."""
        account = self.find(name)
        return account if account and password_matches(password, account["password"]) else None

    def is_admin(self, name: str) -> bool:
        return PORTAL_ADMIN in (self.find(name) or {"roles": []})["roles"]

    def add(self, name: str, values: Mapping[str, Any], late: bool = False) -> Doc:
        account = {**_NEW, "id": str(uuid.uuid4()), "name": self._canonical(name), **values}
        if account["password"] is not None:
            account["password"] = hash_password(str(account["password"]))
        self.put(account)
        self._hidden[account["id"]] = self._settings.number("late_accounts") if late else 0
        return account

    def put(self, account: Doc) -> None:
        self._shelf.put(account["id"], account)

    def forget(self, id: str) -> None:
        self._shelf.remove(id)
        self._hidden.pop(id, None)

    def _canonical(self, name: str) -> str:
        """How a name comes back; no document says whether the server changes it."""
        form, (domain, _, plain) = self._settings.text("account_name"), name.rpartition("\\")
        if form == "as_sent" or not domain:
            return name
        return f"{domain.upper()}\\{plain}" if form == "netbios" else f"{plain}@{domain.lower()}.local"
