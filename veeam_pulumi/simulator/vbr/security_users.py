"""Users in the security dialect: /api/v1/security/users, since 1.3-rev1 (13.0.1.180). There is no PUT on a user."""

from __future__ import annotations

import uuid
from typing import Any

from ..routing import Call, Reply
from ..store import Doc
from . import bodies, lists, revisions, user_changes
from .errors import refusal
from .server import Server

_TYPES = ("InternalUser", "InternalGroup", "ExternalUser", "ExternalGroup")


def list_users(server: Server, call: Call) -> Reply:
    types, role_id = call.every("typeFilter"), call.first("roleIdFilter")
    role_name, service = call.first("roleNameFilter"), lists.flag(call, "isServiceAccountFilter")
    found = [
        user
        for user in (server.in_security(user, call.revision) for user in server.users.all())
        if lists.name_matches(call.first("nameFilter"), user["name"])
        and (not types or user["type"] in types)
        and (role_id is None or role_id.lower() in [role["id"] for role in user["roles"]])
        and (role_name is None or any(lists.name_matches(role_name, role["name"]) for role in user["roles"]))
        and service in (None, user["isServiceAccount"])
    ]
    columns = {column: _column(column) for column in ("Name", "Type", "IsServiceAccount")}
    if revisions.at_least(call.revision, "1.3-rev2"):
        columns["MfaEnabled"] = _column("MfaEnabled")
    rows, pagination = lists.page(call, lists.ordered(call, found, columns, "Name"), *server.settings.page(False))
    return Reply(200, {"data": rows, "pagination": pagination})


def create(server: Server, call: Call) -> Reply:
    """All four fields are required, and of every role both id and name."""
    spec = bodies.read(call)
    name, type_, service = spec.get("name"), spec.get("type"), spec.get("isServiceAccount")
    if not isinstance(name, str) or not name:
        raise refusal(400, "The field 'name' is required.")
    if type_ not in _TYPES:
        raise refusal(400, f"The field 'type' must be one of {', '.join(_TYPES)}.")
    if not isinstance(service, bool):
        raise refusal(400, "The field 'isServiceAccount' is required.")
    role_ids = _role_ids(server, spec)
    user_changes.check_new(server, name, type_)
    waits = user_changes.four_eyes(server)
    user_changes.added(server, call, name, role_ids)
    if waits:
        ghost = {"id": str(uuid.uuid4()), "name": name, "type": type_, "roles": role_ids, "isServiceAccount": service}
        return Reply(201, server.in_security(ghost, call.revision))
    return Reply(201, server.in_security(server.add(name, type_, role_ids, service), call.revision))


def read(server: Server, call: Call) -> Reply:
    return Reply(200, server.in_security(user_changes.user_of(server, call), call.revision))


def delete(server: Server, call: Call) -> Reply:
    user = user_changes.user_of(server, call)
    user_changes.delete(server, call, user)
    return Reply(204)


def read_roles(server: Server, call: Call) -> Reply:
    return Reply(200, {"roles": server.in_security(user_changes.user_of(server, call), call.revision)["roles"]})


def replace_roles(server: Server, call: Call) -> Reply:
    """The body is the whole new set."""
    user = user_changes.user_of(server, call)
    changed = {**user, "roles": _role_ids(server, bodies.read(call))}
    user_changes.save(server, call, user, changed)
    return Reply(200, {"roles": server.in_security(changed, call.revision)["roles"]})


def change_service_account_mode(server: Server, call: Call) -> Reply:
    """The key is isServiceAccountEnable here, not isServiceAccount."""
    user, spec = user_changes.user_of(server, call), bodies.read(call)
    on = spec.get("isServiceAccountEnable")
    if not isinstance(on, bool):
        raise refusal(400, "The field 'isServiceAccountEnable' is required.")
    changed = {**user, "isServiceAccount": on}
    user_changes.save(server, call, user, changed)
    return Reply(200, server.in_security(changed, call.revision))


def reset_mfa(server: Server, call: Call) -> Reply:
    user_changes.user_of(server, call)
    user_changes.four_eyes(server)
    return Reply(204)


def _role_ids(server: Server, spec: Doc) -> list[str]:
    given = spec.get("roles")
    if not isinstance(given, list) or not given:
        raise refusal(400, "The field 'roles' must contain at least one role.")
    found: list[str] = []
    for item in given:
        if not isinstance(item, dict) or not item.get("id") or not item.get("name"):
            raise refusal(400, "A role needs both 'id' and 'name'.")
        if not all(isinstance(item.get(key, ""), str) for key in ("id", "name", "description")):
            raise refusal(400, "A role needs an id and a name, which are texts.")
        if not isinstance(item.get("isBuiltIn", True), bool):
            raise refusal(400, "The field 'isBuiltIn' is of the wrong type.")
        role = server.roles.get(str(item["id"]).lower())
        if role is None:
            raise refusal(400, f"Role '{item['id']}' does not exist.")
        if role["id"] not in found:  # assumed: the id counts, and a name that belongs to another role is not noticed
            found.append(role["id"])
    if len({bool((server.roles.get(id_) or {})["isBuiltIn"]) for id_ in found}) > 1:
        # Mixing built-in and custom roles is documented as unsupported; assumed: that it is refused with 400.
        raise refusal(400, "Built-in and custom roles cannot be assigned together.")
    return found


def _column(column: str) -> Any:
    return lambda user: user[column[0].lower() + column[1:]]
