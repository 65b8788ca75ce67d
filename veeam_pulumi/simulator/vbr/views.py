"""A user as each of the two dialects shows it."""

from __future__ import annotations

from typing import Any

from ..store import Doc
from . import revisions, roles


def security(user: Doc, held: list[Doc], revision: str, mfa: bool) -> dict[str, Any]:
    """/api/v1/security/users; mfaEnabled came with 1.3-rev2."""
    shown: dict[str, Any] = {
        "id": user["id"],
        "name": user["name"],
        "type": user["type"],
        "roles": [roles.wire(role, revision) for role in held],
        "isServiceAccount": user["isServiceAccount"],
    }
    if revisions.at_least(revision, "1.3-rev2"):
        shown["mfaEnabled"] = mfa
    return shown


def users(user: Doc, held: list[Doc], every_field: bool) -> dict[str, Any]:
    """/api/v1/users: one role, its name always with the prefix. The examples show the optional fields nowhere.

    assumed: they come back when they were given, and are left out otherwise; `every_field` shows them always.
    """
    role = held[0] if held else None
    shown: dict[str, Any] = {
        "id": user["id"],
        "username": user["name"],
        "roleId": role["id"] if role else None,
        "roleName": roles.name(role, "1.3-rev1") if role else None,
        "accountType": user["accountType"],
    }
    if every_field or user["description"] is not None:
        shown["description"] = user["description"] or ""
    if every_field or user["isEnabled"] is not None:
        shown["isEnabled"] = user["isEnabled"] is not False
    return shown
