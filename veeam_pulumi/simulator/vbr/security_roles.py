"""Roles in the security dialect. Reading since 1.3-rev1; custom roles since 1.3-rev2 (13.1)."""

from __future__ import annotations

import uuid
from typing import Any

from ..exchange import Call, Reply
from ..store import Doc
from . import changes, paging, roles
from .errors import refusal
from .room import Server

_REQUIRED = {"name": str, "manageBackups": bool, "manageRestores": bool}
_SCOPES = ("inventoryScope", "repositoryScope", "restorePermissionsScope", "restoreTargetScope")


def list_roles(room: Server, call: Call) -> Reply:
    built_in = paging.flag(call, "isBuiltInFilter")
    found = [
        roles.wire(role, call.revision)
        for role in room.roles.all()
        if paging.name_matches(call.first("nameFilter"), roles.name(role, call.revision))
        and built_in in (None, role["isBuiltIn"])
    ]
    columns = {"Name": lambda role: role["name"], "Description": lambda role: role["description"]}
    rows, pagination = paging.page(call, paging.ordered(call, found, columns, "Name"), *room.settings.page(False))
    return Reply(200, {"data": rows, "pagination": pagination})


def read(room: Server, call: Call) -> Reply:
    return Reply(200, roles.wire(_role_of(room, call), call.revision))


def permissions(room: Server, call: Call) -> Reply:
    role = _role_of(room, call)
    return Reply(200, {"roleId": role["id"], "permissions": roles.PERMISSIONS.get(role["id"], [])})


def create(room: Server, call: Call) -> Reply:
    role = {"id": str(uuid.uuid4()), "isBuiltIn": False, **_spec(room, call, None)}
    room.roles.put(role["id"], role)
    return Reply(201, _details(role))


def update(room: Server, call: Call) -> Reply:
    """The body is the full model, with the id."""
    role = _custom_role_of(room, call)
    changed = {"id": role["id"], "isBuiltIn": False, **_spec(room, call, role["id"])}
    room.roles.put(role["id"], changed)
    return Reply(200, _details(changed))


def delete(room: Server, call: Call) -> Reply:
    role = _custom_role_of(room, call)
    if any(role["id"] in user["roles"] for user in room.users.all()):
        raise refusal(400, "The role is in use.")  # assumed
    room.roles.remove(role["id"])
    return Reply(204)


def details(room: Server, call: Call) -> Reply:
    return Reply(200, _details(_custom_role_of(room, call)))


def clone(room: Server, call: Call) -> Reply:
    # assumed: only custom roles have the details that a clone needs.
    role = _custom_role_of(room, call)
    copy = {**role, "id": str(uuid.uuid4()), "name": f"{role['name']}_Clone"}
    room.roles.put(copy["id"], copy)
    return Reply(201, _details(copy))


def _role_of(room: Server, call: Call) -> Doc:
    role = room.roles.get(call.params["id"].lower())
    if role is None:
        raise refusal(404)
    return role


def _custom_role_of(room: Server, call: Call) -> Doc:
    role = _role_of(room, call)
    if role["isBuiltIn"]:
        raise refusal(400, "The role is built in.")  # assumed
    return role


def _spec(room: Server, call: Call, own: str | None) -> dict[str, Any]:
    body = changes.body_of(call)
    for key, kind in _REQUIRED.items():
        if not isinstance(body.get(key), kind) or body[key] == "":
            raise refusal(400, f"The field '{key}' is required.")
    taken = room.find_role(body["name"])
    if taken and taken["id"] != own:
        raise refusal(400, f"Role '{body['name']}' already exists.")  # assumed
    kept = {key: body[key] for key in (*_REQUIRED, *_SCOPES) if key in body}
    return {**kept, "description": body.get("description") or ""}


def _details(role: Doc) -> dict[str, Any]:
    return {key: value for key, value in role.items() if key != "isBuiltIn"}
