"""The users dialect: /api/v1/users and /api/v1/roles, as an integrator's write-up describes them."""

from __future__ import annotations

import uuid
from typing import Any

from ..exchange import Call, Reply
from ..store import Doc
from . import changes, paging, principals, roles
from .errors import refusal
from .room import Server

_ACCOUNTS = ("Local", "ActiveDirectory")


def list_users(room: Server, call: Call) -> Reply:
    default, most = room.settings.page(True)
    skip, limit = paging.number(call, "skip", 0, 0), min(paging.number(call, "limit", 1, default), most)
    everyone = room.users.all()
    rows = [_wire(room, user) for user in everyone[skip : skip + limit]]
    # `count` is the size of the page here, not the number of rows in it: 100 of a total of 42, in the example.
    return Reply(200, {"data": rows, "pagination": {"total": len(everyone), "count": limit, "skip": skip}})


def list_roles(room: Server, call: Call) -> Reply:
    """No pages: ids and names of the built-in roles, the only ones that there are."""
    rows = [{"id": role["id"], "name": roles.name(role, "1.3-rev1")} for role in room.roles.all() if role["isBuiltIn"]]
    return Reply(200, {"data": rows})


def create(room: Server, call: Call) -> Reply:
    spec = changes.body_of(call)
    name, account = spec.get("username"), spec.get("accountType")
    if not isinstance(name, str) or not name:
        raise refusal(400, "The field 'username' is required.")
    if account not in _ACCOUNTS:
        raise refusal(400, f"The field 'accountType' must be one of {', '.join(_ACCOUNTS)}.")
    if account != principals.account_type(name):
        raise refusal(400, f"'{name}' is not an account of type {account}.")  # assumed
    role_ids = [_role_id(room, spec)]
    optional = {"accountType": account, **_optional(spec)}
    changes.check_new(room, name, "InternalUser")
    if changes.four_eyes(room):
        ghost = {"id": str(uuid.uuid4()), "name": name, "roles": role_ids, "description": None, "isEnabled": None}
        return Reply(201, _wire(room, {**ghost, **optional}))
    return Reply(201, _wire(room, room.add(name, "InternalUser", role_ids, **optional)))


def read(room: Server, call: Call) -> Reply:
    return Reply(200, _wire(room, changes.user_of(room, call)))


def update(room: Server, call: Call) -> Reply:
    """The data model lets roleId, description and isEnabled change, the text below it roleId alone: a knob decides."""
    user, spec = changes.user_of(room, call), changes.body_of(call)
    for key, value in (("username", user["name"]), ("accountType", user["accountType"])):
        if key in spec and spec[key] != value:
            raise refusal(400, f"The field '{key}' cannot be changed.")
    optional = _optional(spec)
    if optional and room.settings.text("users_update") == "role":
        raise refusal(400, f"The field '{next(iter(optional))}' cannot be changed.")
    changed = {**user, **optional}
    if "roleId" in spec:
        changed["roles"] = [_role_id(room, spec)]
    changes.save(room, user, changed)
    shown = _wire(room, changed)
    if room.settings.text("users_shape") == "example":
        shown.pop("accountType")  # the example of this answer, and only of this one, has no accountType
    return Reply(200, shown)


def delete(room: Server, call: Call) -> Reply:
    changes.delete(room, changes.user_of(room, call))
    return Reply(204)


def _wire(room: Server, user: Doc) -> dict[str, Any]:
    return room.in_users(user, every_field=room.settings.text("users_shape") == "model")


def _role_id(room: Server, spec: Doc) -> str:
    role = room.roles.get(str(spec.get("roleId") or "").lower())
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
