"""Users: list, create, read, change, delete, validate. A user's id is its name."""

from __future__ import annotations

import fnmatch
import uuid
from collections.abc import Callable
from typing import Any

from ..credentials import hash_password, password_matches
from ..exchange import Call, Reply
from ..store import Doc
from . import rules
from .room import Appliance

_MEDIA = ("application/json", "text/json", "application/json-patch+json", "application/csp-report")
_SORTS = ("name", "description", "isDefault", "mfaEnabled")


def list_users(room: Appliance, call: Call) -> Reply:
    users = room.users.all()
    pattern = call.first("SearchPattern")
    if pattern:
        # assumed: part of the name or the description, case ignored; * and ? as usual.
        glob = f"*{pattern.lower()}*"
        users = [u for u in users if any(fnmatch.fnmatchcase(u[key].lower(), glob) for key in ("name", "description"))]
    for order in reversed([part for value in call.every("Sort") for part in value.split(",")] or ["nameAsc"]):
        column = order.removesuffix("Asc").removesuffix("Desc")
        if column not in _SORTS or column == order:
            room.refuse(call, "validationError", f"The value '{order}' is not valid for Sort.")
        users = sorted(users, key=_by(column), reverse=order.endswith("Desc"))
    offset, limit = _whole(room, call, "Offset", 0, 0), _whole(room, call, "Limit", -1, room.settings.page_size)
    if limit == -1 and room.settings.text("limit_all") == "all":
        page = users[offset:]  # assumed: -1 is allowed by the schema, what it means is not said
    else:
        page = users[offset : offset + min(limit % (1 << 31), room.settings.page_size)]
    return Reply(200, {"totalCount": len(users), "results": [room.wire(user, call.origin) for user in page]})


def create(room: Appliance, call: Call) -> Reply:
    return Reply(201, room.wire(create_from(room, call, body_of(room, call)), call.origin))


def create_from(room: Appliance, call: Call, spec: dict[str, Any], default: bool = False) -> Doc:
    """All three fields are required; the description may be empty. 400 is not in the specification, yet validated."""
    name, description, password = (_text(room, call, spec, key) for key in ("name", "description", "password"))
    for key, value in (("name", name), ("description", description), ("password", password)):
        if value is None or (not value and key != "description"):
            room.refuse(call, "validationError", f"The field '{key}' is required.")
    assert name is not None and description is not None and password is not None
    _refuse_any(room, call, rules.name_errors(name, room.settings.admin_name_refused))
    if room.find(name):
        room.refuse(call, "validationError", _exists(name), int(room.settings.text("duplicate")))
    _refuse_any(room, call, rules.description_errors(description))
    _refuse_any(room, call, rules.password_errors(password, room.settings.password_rules))
    return room.add(name, description, password, default)


def read(room: Appliance, call: Call) -> Reply:
    return Reply(200, room.wire(user_of(room, call), call.origin))


def update(room: Appliance, call: Call) -> Reply:
    """Description and password change; a name cannot (it is the id). assumed: other keys in the body are ignored."""
    user, spec = user_of(room, call), body_of(room, call)
    description, password, old = (_text(room, call, spec, key) for key in ("description", "password", "oldPassword"))
    if old is None and room.settings.text("old_password") == "required":
        room.refuse(call, "validationError", "The field 'oldPassword' is required.")
    # assumed: an old password that is given is checked, also where it is optional and also when nothing else changes.
    if old is not None and not password_matches(old, user["password"]):
        room.refuse(call, "validationError", "The current password is incorrect.")
    if description is not None:
        _refuse_any(room, call, rules.description_errors(description))
        user["description"] = description
    if password is not None:
        _refuse_any(room, call, rules.password_errors(password, room.settings.password_rules))
        user["password"] = hash_password(password)  # assumed: sessions that exist go on
    room.save(user)
    return Reply(200, room.wire(user, call.origin))


def delete(room: Appliance, call: Call) -> Reply:
    user = user_of(room, call)
    if user["isDefault"]:
        # Documented that it cannot be removed, not with which status.
        status = int(room.settings.text("delete_default"))
        kind = "accessDenied" if status == 403 else "validationError"
        room.refuse(call, kind, "The Default Admin cannot be removed.", status)
    room.forget(user["name"])
    return Reply(204)


def validate_name(room: Appliance, call: Call) -> Reply:
    name = _required(room, call, "name")
    errors = rules.name_errors(name, room.settings.admin_name_refused)
    return _messages(errors + ([_exists(name)] if room.find(name) else []))


def validate_description(room: Appliance, call: Call) -> Reply:
    return _messages(rules.description_errors(_required(room, call, "description")))


def validate_password(room: Appliance, call: Call) -> Reply:
    return _messages(rules.password_errors(_required(room, call, "password"), room.settings.password_rules))


def user_of(room: Appliance, call: Call) -> Doc:
    name = call.params["userId"]
    user = room.find(name)
    if user is None:
        room.refuse(call, "resourceNotFound", f"User '{name}' does not exist.")
    return user


def body_of(room: Appliance, call: Call) -> dict[str, Any]:
    media = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if call.raw and media not in _MEDIA and not (media.startswith("application/") and media.endswith("+json")):
        room.refuse(call, "validationError", f"The media type '{media}' is not supported.", 415)  # assumed
    try:
        body = call.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        room.refuse(call, "validationError", "The request body is not a JSON object.")
    return body


def _by(column: str) -> Callable[[Doc], str]:
    return lambda user: str(user[column]).lower()


def _text(room: Appliance, call: Call, spec: dict[str, Any], key: str) -> str | None:
    value = spec.get(key)
    if value is not None and not isinstance(value, str):
        room.refuse(call, "validationError", f"The field '{key}' must be a string.")
    return value


def _required(room: Appliance, call: Call, key: str) -> str:
    value = _text(room, call, body_of(room, call), key)
    if value is None:
        room.refuse(call, "validationError", f"The field '{key}' is required.")
    return value


def _whole(room: Appliance, call: Call, name: str, least: int, default: int) -> int:
    value = call.whole(name, least, default)
    if value is None:
        room.refuse(call, "validationError", f"The value '{call.first(name)}' is not valid for {name}.")
    return value


def _refuse_any(room: Appliance, call: Call, errors: list[str]) -> None:
    if errors:
        room.refuse(call, "validationError", " ".join(errors))


def _exists(name: str) -> str:
    return f"User '{name}' already exists."


def _messages(errors: list[str]) -> Reply:
    """Validation answers 200 either way: an empty list is what says yes."""
    return Reply(200, [{"severity": "Error", "message": text, "contextId": str(uuid.uuid4())} for text in errors])
