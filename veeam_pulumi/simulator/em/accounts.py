"""The accounts of Enterprise Manager itself, with one role each."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from ..credentials import hash_password, password_matches
from ..store import Doc, Shelf

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


class Accounts:
    """Names are compared without regard to case; assumed: and otherwise letter by letter."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def clear(self) -> None:
        self._shelf.clear()

    def all(self) -> list[Doc]:
        return self._shelf.all()

    def find(self, name: str) -> Doc | None:
        return self._shelf.get(name.casefold())

    def checked(self, name: str, password: str) -> Doc | None:
        """The account, if this is its password."""
        account = self.find(name)
        return account if account and password_matches(password, account["password"]) else None

    def forget(self, name: str) -> None:
        self._shelf.remove(name.casefold())

    def is_admin(self, name: str) -> bool:
        return (self.find(name) or {}).get("role") == PORTAL_ADMIN

    def put(self, name: str, values: Mapping[str, Any]) -> None:
        account = self.find(name) or {"id": str(uuid.uuid4()), "name": name, "role": "Portal User", "password": None}
        changes = dict(values)
        if "password" in changes:
            changes["password"] = hash_password(str(changes["password"]))
        self._shelf.put(name.casefold(), {**account, **changes})
