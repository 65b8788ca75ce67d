"""Roles in the security dialect. Reading since 1.3-rev1; custom roles since 1.3-rev2 (13.1)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from ..routing import Call, Reply
from ..store import Doc
from . import bodies, events, lists, permissions, role_scopes, roles
from .errors import refusal
from .server import Server

_REQUIRED = {"name": str, "manageBackups": bool, "manageRestores": bool}


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


def read_permissions(server: Server, call: Call) -> Reply:
    role = _role_of(server, call)
    return Reply(200, {"roleId": role["id"], "permissions": permissions.of(role)})


def restore_options(server: Server, call: Call) -> Reply:
    rows = [
        row
        for row in role_scopes.RESTORE_OPTIONS
        if all(lists.name_matches(call.first(f"{key}Filter"), str(row[key])) for key in ("code", "name", "group"))
    ]
    columns: dict[str, Callable[[dict[str, Any]], Any]] = {
        "Code": lambda row: row["code"],
        "Name": lambda row: row["name"],
        "Group": lambda row: row["group"],
        "Description": lambda row: row["description"],
    }
    found, pagination = lists.page(call, lists.ordered(call, rows, columns, "Code"), *server.settings.page(False))
    return Reply(200, {"data": found, "pagination": pagination})


def create(server: Server, call: Call) -> Reply:
    role = {"id": str(uuid.uuid4()), "isBuiltIn": False, **_spec(server, bodies.read(call))}
    server.roles.put(role["id"], role)
    events.record(server, call.account, "Role added", f"{role['name']} was added.")
    return Reply(201, roles.details(role))


def update(server: Server, call: Call) -> Reply:
    """The body is the full model, with the id: what it leaves out is gone, or kept, which no document says."""
    role, body = _custom_role_of(server, call), bodies.read(call)
    if str(body.get("id") or "").lower() != role["id"]:
        raise refusal(400, "The field 'id' is required, and must be the role's.")
    spec = _spec(server, body, role)
    kept = role if server.settings.text("role_put") == "merges" else {}
    changed = {**kept, "id": role["id"], "isBuiltIn": False, **spec}
    server.roles.put(role["id"], changed)
    events.record(server, call.account, "Role changed", f"{changed['name']} was changed.")
    return Reply(200, roles.details(changed))


def delete(server: Server, call: Call) -> Reply:
    """No 400 is declared for this operation; what a role in use is answered with is not said."""
    role, how = _custom_role_of(server, call), server.settings.text("role_in_use")
    if how != "deleted" and any(role["id"] in user["roles"] for user in server.users.all()):
        raise refusal(int(how), "The role is in use.")
    server.roles.remove(role["id"])
    events.record(server, call.account, "Role deleted", f"{role['name']} was deleted.")
    return Reply(204)


def read_details(server: Server, call: Call) -> Reply:
    role = _role_of(server, call)
    if role["isBuiltIn"] and server.settings.text("built_in_details") == "404":
        raise refusal(404)
    return Reply(200, roles.details(role))


def clone(server: Server, call: Call) -> Reply:
    # assumed: only custom roles have the details that a clone needs.
    role = _custom_role_of(server, call)
    copy = {**role, "id": str(uuid.uuid4()), "name": f"{role['name']}_Clone"}
    server.roles.put(copy["id"], copy)
    events.record(server, call.account, "Role added", f"{copy['name']} was added.")
    return Reply(201, roles.details(copy))


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


def _spec(server: Server, body: dict[str, Any], own: Doc | None = None) -> dict[str, Any]:
    for key, kind in _REQUIRED.items():
        if not isinstance(body.get(key), kind) or body[key] == "":
            raise refusal(400, f"The field '{key}' is required.")
    description = body.get("description", "")
    if not isinstance(description, str):
        raise refusal(400, "The field 'description' is of the wrong type.")
    try:
        role_scopes.check(body)
    except role_scopes.ScopeError as error:
        raise refusal(400, f"The request is not valid: {error}.") from None
    _check_name(server, body["name"], own)
    return {key: body[key] for key in (*_REQUIRED, *role_scopes.SCOPES) if body.get(key) is not None} | {
        "description": description
    }


def _check_name(server: Server, name: str, own: Doc | None) -> None:
    """Whether a name must be unique is not said; the contract's own example takes a built-in role's."""
    taken = [role for role in server.roles.all() if roles.same_name(role, name) and role["id"] != (own or {}).get("id")]
    if taken and server.settings.text("role_names") == "unique":
        raise refusal(400, f"Role '{name}' already exists.")
