"""The users dialect: /api/v1/users and /api/v1/roles, as an integrator's write-up describes them."""

from __future__ import annotations

import uuid
from typing import Any

from ..routing import Call, Reply
from ..store import Doc
from . import bodies, lists, principals, roles, user_changes
from .errors import refusal
from .server import Server

_ACCOUNTS = ("Local", "ActiveDirectory")


def list_users(server: Server, call: Call) -> Reply:
    default, most = server.settings.page(True)
    skip, limit = lists.number(call, "skip", 0, 0), min(lists.number(call, "limit", 1, default), most)
    everyone = server.users.all()
    rows = [_wire(server, user) for user in everyone[skip : skip + limit]]
    # `count` is the size of the page here, not the number of rows in it: 100 of a total of 42, in the example.
    return Reply(200, {"data": rows, "pagination": {"total": len(everyone), "count": limit, "skip": skip}})


def list_roles(server: Server, call: Call) -> Reply:
    """No pages: ids and names of the built-in roles, the only ones that there are."""
    rows = [
        {"id": role["id"], "name": roles.name(role, "1.3-rev1")} for role in server.roles.all() if role["isBuiltIn"]
    ]
    return Reply(200, {"data": rows})


def create(server: Server, call: Call) -> Reply:
    spec = bodies.read(call)
    name, account = spec.get("username"), spec.get("accountType")
    if not isinstance(name, str) or not name:
        raise refusal(400, "The field 'username' is required.")
    if account not in _ACCOUNTS:
        raise refusal(400, f"The field 'accountType' must be one of {', '.join(_ACCOUNTS)}.")
    if account != principals.account_type(name):
        raise refusal(400, f"'{name}' is not an account of type {account}.")  # assumed
    role_ids = [_role_id(server, spec)]
    optional = {"accountType": account, **_optional(spec)}
    user_changes.check_new(server, name, "InternalUser")
    waits = user_changes.four_eyes(server)
    user_changes.added(server, call, name, role_ids)
    if waits:
        ghost = {"id": str(uuid.uuid4()), "name": name, "roles": role_ids, "description": None, "isEnabled": None}
        return Reply(201, _wire(server, {**ghost, **optional}))
    return Reply(201, _wire(server, server.add(name, "InternalUser", role_ids, **optional)))


def read(server: Server, call: Call) -> Reply:
    return Reply(200, _wire(server, user_changes.user_of(server, call)))


def update(server: Server, call: Call) -> Reply:
    """The data model lets roleId, description and isEnabled change, the text below it roleId alone: a knob decides."""
    user, spec = user_changes.user_of(server, call), bodies.read(call)
    for key, value in (("username", user["name"]), ("accountType", user["accountType"])):
        if key in spec and spec[key] != value:
            raise refusal(400, f"The field '{key}' cannot be changed.")
    optional = _optional(spec)
    if optional and server.settings.text("users_update") == "role":
        raise refusal(400, f"The field '{next(iter(optional))}' cannot be changed.")
    changed = {**user, **optional}
    if "roleId" in spec:
        changed["roles"] = [_role_id(server, spec)]
    user_changes.save(server, call, user, changed)
    shown = _wire(server, changed)
    if server.settings.text("users_shape") == "example":
        shown.pop("accountType")  # the example of this answer, and only of this one, has no accountType
    return Reply(200, shown)


def delete(server: Server, call: Call) -> Reply:
    user_changes.delete(server, call, user_changes.user_of(server, call))
    return Reply(204)


def _wire(server: Server, user: Doc) -> dict[str, Any]:
    return server.in_users(user, every_field=server.settings.text("users_shape") == "model")


def _role_id(server: Server, spec: Doc) -> str:
    role = server.roles.get(str(spec.get("roleId") or "").lower())
    if role is None:
        raise refusal(400, "The field 'roleId' is missing, or there is no such role.")
    return str(role["id"])


def _optional(spec: Doc) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, kind in (("description", str), ("isEnabled", bool)):
        if spec.get(key) is not None:
            if not isinstance(spec[key], kind):
                raise refusal(400, f"The field '{key}' is of the wrong type.")
            found[key] = spec[key]
    return found
