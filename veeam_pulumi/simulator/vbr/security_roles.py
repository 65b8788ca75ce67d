"""Roles in the security dialect. Reading since 1.3-rev1; custom roles since 1.3-rev2 (13.1)."""

from __future__ import annotations

import uuid
from typing import Any

from ..routing import Call, Reply
from ..store import Doc
from . import bodies, lists, roles
from .errors import refusal
from .server import Server

_REQUIRED = {"name": str, "manageBackups": bool, "manageRestores": bool}
_SCOPES = ("inventoryScope", "repositoryScope", "restorePermissionsScope", "restoreTargetScope")


def list_roles(server: Server, call: Call) -> Reply:
    built_in = lists.flag(call, "isBuiltInFilter")
    found = [
        roles.wire(role, call.revision)
        for role in server.roles.all()
        if lists.name_matches(call.first("nameFilter"), roles.name(role, call.revision))
        and built_in in (None, role["isBuiltIn"])
    ]
    columns = {"Name": lambda role: role["name"], "Description": lambda role: role["description"]}
    rows, pagination = lists.page(call, lists.ordered(call, found, columns, "Name"), *server.settings.page(False))
    return Reply(200, {"data": rows, "pagination": pagination})


def read(server: Server, call: Call) -> Reply:
    return Reply(200, roles.wire(_role_of(server, call), call.revision))


def permissions(server: Server, call: Call) -> Reply:
    role = _role_of(server, call)
    return Reply(200, {"roleId": role["id"], "permissions": roles.PERMISSIONS.get(role["id"], [])})


def create(server: Server, call: Call) -> Reply:
    role = {"id": str(uuid.uuid4()), "isBuiltIn": False, **_spec(server, call, None)}
    server.roles.put(role["id"], role)
    return Reply(201, _details(role))


def update(server: Server, call: Call) -> Reply:
    """The body is the full model, with the id."""
    role = _custom_role_of(server, call)
    changed = {"id": role["id"], "isBuiltIn": False, **_spec(server, call, role["id"])}
    server.roles.put(role["id"], changed)
    return Reply(200, _details(changed))


def delete(server: Server, call: Call) -> Reply:
    role = _custom_role_of(server, call)
    if any(role["id"] in user["roles"] for user in server.users.all()):
        raise refusal(400, "The role is in use.")  # assumed
    server.roles.remove(role["id"])
    return Reply(204)


def details(server: Server, call: Call) -> Reply:
    return Reply(200, _details(_custom_role_of(server, call)))


def clone(server: Server, call: Call) -> Reply:
    # assumed: only custom roles have the details that a clone needs.
    role = _custom_role_of(server, call)
    copy = {**role, "id": str(uuid.uuid4()), "name": f"{role['name']}_Clone"}
    server.roles.put(copy["id"], copy)
    return Reply(201, _details(copy))


def _role_of(server: Server, call: Call) -> Doc:
    role = server.roles.get(call.params["id"].lower())
    if role is None:
        raise refusal(404)
    return role


def _custom_role_of(server: Server, call: Call) -> Doc:
    role = _role_of(server, call)
    if role["isBuiltIn"]:
        raise refusal(400, "The role is built in.")  # assumed
    return role


def _spec(server: Server, call: Call, own: str | None) -> dict[str, Any]:
    body = bodies.read(call)
    for key, kind in _REQUIRED.items():
        if not isinstance(body.get(key), kind) or body[key] == "":
            raise refusal(400, f"The field '{key}' is required.")
    taken = server.find_role(body["name"])
    if taken and taken["id"] != own:
        raise refusal(400, f"Role '{body['name']}' already exists.")  # assumed
    kept = {key: body[key] for key in (*_REQUIRED, *_SCOPES) if key in body}
    return {**kept, "description": body.get("description") or ""}


def _details(role: Doc) -> dict[str, Any]:
    return {key: value for key, value in role.items() if key != "isBuiltIn"}
