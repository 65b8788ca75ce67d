"""Users: list, create, read, change, delete, validate. A user's id is its name."""

from __future__ import annotations

import fnmatch
import uuid
from collections.abc import Callable
from typing import Any

from ..credentials import hash_password, password_matches
from ..routing import Call, Reply
from ..store import Doc
from . import bodies, rules
from .server import Server

_SORTS = ("name", "description", "isDefault", "mfaEnabled")


def list_users(server: Server, call: Call) -> Reply:
    users = server.users.all()
    pattern = call.first("SearchPattern")
    if pattern:
        # assumed: part of the name or the description, case ignored; * and ? as usual.
        glob = f"*{pattern.lower()}*"
        users = [u for u in users if any(fnmatch.fnmatchcase(u[key].lower(), glob) for key in ("name", "description"))]
    for order in reversed([part for value in call.every("Sort") for part in value.split(",")] or ["nameAsc"]):
        column = order.removesuffix("Asc").removesuffix("Desc")
        if column not in _SORTS or column == order:
            server.refuse(call, "validationError", f"The value '{order}' is not valid for Sort.")
        users = sorted(users, key=_by(column), reverse=order.endswith("Desc"))
    offset, limit = _whole(server, call, "Offset", 0, 0), _whole(server, call, "Limit", -1, server.settings.page_size)
    if limit == -1 and server.settings.text("limit_all") == "all":
        page = users[offset:]  # assumed: -1 is allowed by the schema, what it means is not said
    else:
        page = users[offset : offset + min(limit % (1 << 31), server.settings.page_size)]
    rows = [server.shown(user, call) for user in page]
    if server.settings.text("list_key") == "data":
        return Reply(200, {"data": rows, "pagination": {"total": len(users), "count": len(rows)}})
    return Reply(200, {"totalCount": len(users), "results": rows})


def create(server: Server, call: Call) -> Reply:
    return Reply(201, server.shown(create_from(server, call, bodies.read(server, call)), call))


def create_from(server: Server, call: Call, spec: dict[str, Any], default: bool = False) -> Doc:
    """All three fields are required; the description may be empty. 400 is not in the specification, yet validated."""
    name, description, password = (bodies.text(server, call, spec, key) for key in ("name", "description", "password"))
    for key, value in (("name", name), ("description", description), ("password", password)):
        if value is None or (not value and key != "description"):
            server.refuse(call, "validationError", f"The field '{key}' is required.")
    assert name is not None and description is not None and password is not None
    _refuse_any(server, call, rules.name_errors(name, server.settings.admin_name_refused))
    if server.find(name):
        server.refuse(call, "validationError", _exists(name), int(server.settings.text("duplicate")))
    _refuse_any(server, call, rules.description_errors(description))
    _refuse_any(server, call, rules.password_errors(password, server.settings.password_rules))
    return server.add(name, description, password, default)


def read(server: Server, call: Call) -> Reply:
    return Reply(200, server.shown(user_of(server, call), call))


def update(server: Server, call: Call) -> Reply:
    """Description and password change; a name cannot (it is the id). assumed: other keys in the body are ignored."""
    user, spec = user_of(server, call), bodies.read(server, call)
    description, password, old = (
        bodies.text(server, call, spec, key) for key in ("description", "password", "oldPassword")
    )
    if old is None and server.settings.text("old_password") == "required":
        server.refuse(call, "validationError", "The field 'oldPassword' is required.")
    # assumed: an old password that is given is checked, also where it is optional and also when nothing else changes.
    if old is not None and not password_matches(old, user["password"]):
        server.refuse(call, "validationError", "The current password is incorrect.")
    if description is not None:
        _refuse_any(server, call, rules.description_errors(description))
        user["description"] = description
    if password is not None:
        _refuse_any(server, call, rules.password_errors(password, server.settings.password_rules))
        if server.settings.text("rotation") == "done":
            user["password"] = hash_password(password)  # assumed: sessions that exist go on
    server.save(user)
    return Reply(200, server.shown(user, call))


def delete(server: Server, call: Call) -> Reply:
    user = user_of(server, call)
    if user["isDefault"]:
        # Documented that it cannot be removed, not with which status.
        status = int(server.settings.text("delete_default"))
        kind = "accessDenied" if status == 403 else "validationError"
        server.refuse(call, kind, "The Default Admin cannot be removed.", status)
    server.forget(user["name"])
    return Reply(204)


def validate_name(server: Server, call: Call) -> Reply:
    name = bodies.required(server, call, "name")
    errors = rules.name_errors(name, server.settings.admin_name_refused)
    return _messages(errors + ([_exists(name)] if server.find(name) else []))


def validate_description(server: Server, call: Call) -> Reply:
    return _messages(rules.description_errors(bodies.required(server, call, "description")))


def validate_password(server: Server, call: Call) -> Reply:
    return _messages(rules.password_errors(bodies.required(server, call, "password"), server.settings.password_rules))


def user_of(server: Server, call: Call) -> Doc:
    name = call.params["userId"]
    user = server.find(name)
    if user is None:
        server.refuse(call, "resourceNotFound", f"User '{name}' does not exist.")
    return user


def _by(column: str) -> Callable[[Doc], str]:
    return lambda user: str(user[column]).lower()


def _whole(server: Server, call: Call, name: str, least: int, default: int) -> int:
    value = call.whole(name, least, default)
    if value is None:
        server.refuse(call, "validationError", f"The value '{call.first(name)}' is not valid for {name}.")
    return value


def _refuse_any(server: Server, call: Call, errors: list[str]) -> None:
    if errors:
        server.refuse(call, "validationError", " ".join(errors))


def _exists(name: str) -> str:
    return f"User '{name}' already exists."


def _messages(errors: list[str]) -> Reply:
    """Validation answers 200 either way: an empty list is what says yes."""
    return Reply(200, [{"severity": "Error", "message": text, "contextId": str(uuid.uuid4())} for text in errors])
