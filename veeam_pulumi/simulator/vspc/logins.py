"""A user's ways in: the password, API keys; and the sessions that came of them."""

from __future__ import annotations

import json
import re
import secrets
from typing import Any

from ..exchange import Call, Reply
from ..store import Doc
from . import answers, rules, users, views
from .room import Console

_DESCRIPTION = re.compile(r"[^<>=]{1,128}")
_SCOPES = ("integration", "rest", "ui", "unknown")


def list_all(room: Console, call: Call) -> Reply:
    rows = [_wire(room, login, user) for user in users.visible(room, call) for login in _held(room, user)]
    return answers.listing(room, call, rows)


def of_user(room: Console, call: Call) -> Reply:
    user = _own_or_managed(room, call)
    return answers.listing(room, call, [_wire(room, login, user) for login in _held(room, user)])


def create_key(room: Console, call: Call) -> Reply:
    """A simple API key. Everything is in the query; the key is in `parameters` of this answer and never again."""
    user = _own_or_managed(room, call)
    description = call.first("description") or ""
    if not _DESCRIPTION.fullmatch(description):
        room.fail(400, "The parameter 'description' needs 1 to 128 characters.", parameterName="description")
    scopes = _scopes(call)
    if not scopes or not set(scopes) <= set(_SCOPES):
        allowed = ", ".join(_SCOPES)
        room.fail(400, f"The parameter 'scopes' needs one or more of {allowed}.", parameterName="scopes")
    key = secrets.token_urlsafe(32)
    read_only = (call.first("isReadAccessOnly") or "").lower() == "true"
    login = room.add_login(user, "AK", description, key=key, read_only=read_only, scopes=scopes)
    return answers.data(room, call, _wire(room, login, user, key))


def end_sessions(room: Console, call: Call) -> Reply:
    """The nearest thing to a logout. Without userLoginId every session of the user ends."""
    user = _own_or_managed(room, call)
    wanted = call.first("userLoginId")
    found = [login for login in room.logins_of(user["instanceUid"]) if wanted in (None, str(login["id"]))]
    if not found:
        room.fail(404, f"Login '{wanted}' does not exist.")
    for login in found:
        room.end_sessions(login)
    return answers.data(room, call, True)


def _own_or_managed(room: Console, call: Call) -> Doc:
    """Everybody has a say in their own logins; of others only those who manage users."""
    user = users.user_of(room, call)
    caller = room.caller(call)
    if user["instanceUid"] != caller["instanceUid"] and caller["role"] not in rules.MANAGERS:
        room.fail(403)
    return user


def _held(room: Console, user: Doc) -> list[Doc]:
    return room.logins_of(user["instanceUid"])


def _scopes(call: Call) -> list[str]:
    """`scopes=rest&scopes=ui` says the specification, `scopes=["rest","ui"]` an example: both are taken."""
    found: list[str] = []
    for text in call.every("scopes"):
        try:
            parts = json.loads(text) if text.startswith("[") else [text]
        except ValueError:
            parts = [text]
        found += [str(part) for part in parts]
    return found


def _wire(room: Console, login: Doc, user: Doc, key: str = "") -> dict[str, Any]:
    return views.login(login, user, room.organizations.get(user["organizationUid"]) or {}, key)
