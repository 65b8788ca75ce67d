"""Users in the security dialect: /api/v1/security/users, since 1.3-rev1 (13.0.1.180). There is no PUT on a user."""

from __future__ import annotations

import uuid
from typing import Any

from ..exchange import Call, Reply
from ..store import Doc
from . import changes, paging, revisions
from .errors import refusal
from .room import Server

_TYPES = ("InternalUser", "InternalGroup", "ExternalUser", "ExternalGroup")


def list_users(room: Server, call: Call) -> Reply:
    types, role_id = call.every("typeFilter"), call.first("roleIdFilter")
    role_name, service = call.first("roleNameFilter"), paging.flag(call, "isServiceAccountFilter")
    found = [
        user
        for user in (room.in_security(user, call.revision) for user in room.users.all())
        if paging.name_matches(call.first("nameFilter"), user["name"])
        and (not types or user["type"] in types)
        and (role_id is None or role_id.lower() in [role["id"] for role in user["roles"]])
        and (role_name is None or any(paging.name_matches(role_name, role["name"]) for role in user["roles"]))
        and service in (None, user["isServiceAccount"])
    ]
    columns = {column: _column(column) for column in ("Name", "Type", "IsServiceAccount")}
    if revisions.at_least(call.revision, "1.3-rev2"):
        columns["MfaEnabled"] = _column("MfaEnabled")
    rows, pagination = paging.page(call, paging.ordered(call, found, columns, "Name"), *room.settings.page(False))
    return Reply(200, {"data": rows, "pagination": pagination})


def create(room: Server, call: Call) -> Reply:
    """All four fields are required, and of every role both id and name."""
    spec = changes.body_of(call)
    name, type_, service = spec.get("name"), spec.get("type"), spec.get("isServiceAccount")
    if not isinstance(name, str) or not name:
        raise refusal(400, "The field 'name' is required.")
    if type_ not in _TYPES:
        raise refusal(400, f"The field 'type' must be one of {', '.join(_TYPES)}.")
    if not isinstance(service, bool):
        raise refusal(400, "The field 'isServiceAccount' is required.")
    role_ids = _role_ids(room, spec)
    changes.check_new(room, name, type_)
    if changes.four_eyes(room):
        ghost = {"id": str(uuid.uuid4()), "name": name, "type": type_, "roles": role_ids, "isServiceAccount": service}
        return Reply(201, room.in_security(ghost, call.revision))
    return Reply(201, room.in_security(room.add(name, type_, role_ids, service), call.revision))


def read(room: Server, call: Call) -> Reply:
    return Reply(200, room.in_security(changes.user_of(room, call), call.revision))


def delete(room: Server, call: Call) -> Reply:
    user = changes.user_of(room, call)
    changes.delete(room, user)
    return Reply(204)


def read_roles(room: Server, call: Call) -> Reply:
    return Reply(200, {"roles": room.in_security(changes.user_of(room, call), call.revision)["roles"]})


def replace_roles(room: Server, call: Call) -> Reply:
    """The body is the whole new set."""
    user = changes.user_of(room, call)
    changed = {**user, "roles": _role_ids(room, changes.body_of(call))}
    changes.save(room, user, changed)
    return Reply(200, {"roles": room.in_security(changed, call.revision)["roles"]})


def change_service_account_mode(room: Server, call: Call) -> Reply:
    """The key is isServiceAccountEnable here, not isServiceAccount."""
    user, spec = changes.user_of(room, call), changes.body_of(call)
    on = spec.get("isServiceAccountEnable")
    if not isinstance(on, bool):
        raise refusal(400, "The field 'isServiceAccountEnable' is required.")
    changed = {**user, "isServiceAccount": on}
    changes.save(room, user, changed)
    return Reply(200, room.in_security(changed, call.revision))


def reset_mfa(room: Server, call: Call) -> Reply:
    changes.user_of(room, call)
    changes.four_eyes(room)
    return Reply(204)


def _role_ids(room: Server, spec: Doc) -> list[str]:
    given = spec.get("roles")
    if not isinstance(given, list) or not given:
        raise refusal(400, "The field 'roles' must contain at least one role.")
    found: list[str] = []
    for item in given:
        if not isinstance(item, dict) or not item.get("id") or not item.get("name"):
            raise refusal(400, "A role needs both 'id' and 'name'.")
        role = room.roles.get(str(item["id"]).lower())
        if role is None:
            raise refusal(400, f"Role '{item['id']}' does not exist.")
        if role["id"] not in found:  # assumed: the id counts, and a name that belongs to another role is not noticed
            found.append(role["id"])
    if len({bool((room.roles.get(id_) or {})["isBuiltIn"]) for id_ in found}) > 1:
        # Mixing built-in and custom roles is documented as unsupported; assumed: that it is refused with 400.
        raise refusal(400, "Built-in and custom roles cannot be assigned together.")
    return found


def _column(column: str) -> Any:
    return lambda user: user[column[0].lower() + column[1:]]
