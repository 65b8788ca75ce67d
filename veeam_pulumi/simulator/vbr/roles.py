"""Roles: the built-in ones, and the custom ones that 1.3-rev2 (13.1) can keep."""

from __future__ import annotations

from typing import Any

from ..store import Doc
from . import revisions

ADMIN_ROLE = "5ff0e0eb-45cf-48cc-9677-7613fc79bc11"

SECURITY_ROLE = "3835e9df-cf3e-43e9-8e82-817798b1aee0"

# Documented ids: the first three. assumed: the fourth is the Incident API Operator's (an id without a name in the
# documents), and the last three, whose ids no document shows.
BUILT_IN: tuple[tuple[str, str, str], ...] = (
    (ADMIN_ROLE, "Backup Administrator", "Full access to all operations."),
    (SECURITY_ROLE, "Security Administrator", "Manages security settings and approvals."),
    ("b167c3af-2262-4b6c-9861-0606fc0cb6b1", "Restore Operator", "Restores from existing backups."),
    ("e71bb27e-bd16-47b6-8b1c-98ef2d7a996e", "Incident API Operator", "Reports malware incidents."),
    ("0d1c2a54-6e0f-4b52-9f4e-6a0b5a0c7b11", "Backup Operator", "Starts and stops existing jobs."),
    ("4f7a9d36-5b7e-47a4-8c0d-2d9b1f3e8c22", "Backup Viewer", "Read-only access."),
    ("8b2e6c18-93d4-4f1a-b6a7-7c5d4e2f9a33", "Tape Operator", "Manages tapes."),
)


_RESTORE_OPERATOR, _BACKUP_OPERATOR, _TAPE_OPERATOR = BUILT_IN[2][0], BUILT_IN[4][0], BUILT_IN[6][0]


def admitted(access: str, revision: str) -> set[str] | None:
    """The ids of the roles that a route of this access lets in; None: every one. Of revisions the contract's words."""
    if access == "store":
        more = {"1.3-rev0": {_BACKUP_OPERATOR, _TAPE_OPERATOR}, "1.3-rev1": {_TAPE_OPERATOR}}.get(revision, set())
        operators = {_RESTORE_OPERATOR, *more} if revisions.at_least(revision, "1.3-rev0") else set()
        return {ADMIN_ROLE, SECURITY_ROLE, *operators}
    return {"admin": {ADMIN_ROLE}, "security": {ADMIN_ROLE, SECURITY_ROLE}}.get(access)


def seeds() -> list[Doc]:
    # The Incident API Operator never had the prefix; assumed for the rest of the table: all others lose it with rev2.
    return [
        {"id": id_, "name": name, "description": text, "isBuiltIn": True, "prefix": name != "Incident API Operator"}
        for id_, name, text in BUILT_IN
    ]


def name(role: Doc, revision: str) -> str:
    """`Veeam Backup Administrator` up to 1.3-rev1, `Backup Administrator` from 1.3-rev2 on: same id."""
    prefixed = role.get("prefix") and not revisions.at_least(revision, "1.3-rev2")
    return f"Veeam {role['name']}" if prefixed else str(role["name"])


def wire(role: Doc, revision: str) -> dict[str, Any]:
    """A role in the security dialect; isBuiltIn came with 1.3-rev2."""
    shown = {"id": role["id"], "name": name(role, revision), "description": role["description"]}
    if revisions.at_least(revision, "1.3-rev2"):
        shown["isBuiltIn"] = role["isBuiltIn"]
    return shown


def same_name(role: Doc, wanted: str) -> bool:
    return str(role["name"]).lower() == wanted.lower().removeprefix("veeam ")


def details(role: Doc) -> dict[str, Any]:
    """The model of a custom role, scopes and all; assumed: of a built-in one, where it has details, everything."""
    if not role["isBuiltIn"]:
        return {key: value for key, value in role.items() if key != "isBuiltIn"}
    shown = {key: role[key] for key in ("id", "name", "description")}
    return {**shown, "manageBackups": role["id"] == ADMIN_ROLE, "manageRestores": role["id"] == ADMIN_ROLE}
