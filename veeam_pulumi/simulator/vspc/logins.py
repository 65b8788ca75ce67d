"""A user's ways in: the password, API keys; and the sessions that came of them."""

from __future__ import annotations

import json
import re
import secrets
from typing import Any

from ..routing import Call, Reply
from ..store import Doc
from . import activity, answers, bodies, rules, views
from .server import Server

_DESCRIPTION = re.compile(r"[^<>=]{1,128}")
_SCOPES = ("integration", "rest", "ui", "unknown")


def list_all(server: Server, call: Call) -> Reply:
    rows = [_wire(server, login, user) for user in server.visible_users(call) for login in _held(server, user)]
    return answers.listing(server, call, rows)


def of_user(server: Server, call: Call) -> Reply:
    user = _own_or_managed(server, call)
    return answers.listing(server, call, [_wire(server, login, user) for login in _held(server, user)])


def create_key(server: Server, call: Call) -> Reply:
    """A simple API key. Everything is in the query; the key is in `parameters` of this answer and never again."""
    user = _own_or_managed(server, call)
    description = call.first("description") or ""
    if not _DESCRIPTION.fullmatch(description):
        server.fail(400, "The parameter 'description' needs 1 to 128 characters.", parameterName="description")
    scopes = _scopes(call)
    if not scopes or not set(scopes) <= set(_SCOPES):
        allowed = ", ".join(_SCOPES)
        server.fail(400, f"The parameter 'scopes' needs one or more of {allowed}.", parameterName="scopes")
    key = secrets.token_urlsafe(32)
    read_only = (call.first("isReadAccessOnly") or "").lower() == "true"
    login = server.add_login(user, "AK", description, key=key, read_only=read_only, scopes=scopes)
    _log(server, call, user, login, "Created")
    return answers.data(server, call, _wire(server, login, user, key))


def read(server: Server, call: Call) -> Reply:
    user, login = _login_of(server, call)
    return answers.data(server, call, _wire(server, login, user))


def update(server: Server, call: Call) -> Reply:
    """The description and the status change: enabled, or disabled; what the server disabled stays so (assumed)."""
    user, login = _login_of(server, call)
    fields = {"description": _description, "status": rules.choice("enabled", "disabled")}
    changed = bodies.patched(server, call, login, fields)
    if changed["status"] == "disabled":
        server.end_sessions(login)
    server.logins.put(str(login["id"]), changed)
    return answers.data(server, call, _wire(server, changed, user))


def delete(server: Server, call: Call) -> Reply:
    """A key is revoked at once. assumed: the login by name cannot be deleted."""
    user, login = _login_of(server, call)
    if login["identityProviderName"] != "AK":
        server.fail(1000, "The login cannot be deleted.")
    server.end_sessions(login)
    server.logins.remove(str(login["id"]))
    _log(server, call, user, login, "Removed")
    return answers.data(server, call, True)


def of_organization(server: Server, call: Call) -> Reply:
    """The API keys of an organization's users. assumed: of its own users only."""
    home = call.params["uid"].lower()
    if home not in server.reach(call):
        server.fail(404, f"Organization '{home}' does not exist.")
    rows = [
        _wire(server, login, user)
        for user in server.users.all()
        if user["organizationUid"] == home
        for login in _held(server, user)
        if login["identityProviderName"] == "AK"
    ]
    return answers.listing(server, call, rows)


def end_sessions(server: Server, call: Call) -> Reply:
    """The nearest thing to a logout. Without userLoginId every session of the user ends."""
    user = _own_or_managed(server, call)
    wanted = call.first("userLoginId")
    found = [login for login in server.logins_of(user["instanceUid"]) if wanted in (None, str(login["id"]))]
    if not found:
        server.fail(404, f"Login '{wanted}' does not exist.")
    for login in found:
        server.end_sessions(login)
    return answers.data(server, call, True)


def _log(server: Server, call: Call, user: Doc, login: Doc, done: str) -> None:
    message = f"Login {login['description']} of user {user['userName']} was {done.lower()}."
    activity.record(server, call.account, f"UserLoginType{done}", message, user["organizationUid"])


def _login_of(server: Server, call: Call) -> tuple[Doc, Doc]:
    user, given = _own_or_managed(server, call), call.params["login"]
    login = server.logins.get(given) if given.isdecimal() else None
    if login is None or login["userUid"] != user["instanceUid"]:
        server.fail(server.settings.number("unknown_user"), f"Login '{given}' does not exist.")
    return user, login


def _description(value: Any) -> str:
    if not isinstance(value, str) or not _DESCRIPTION.fullmatch(value):
        raise ValueError("needs 1 to 128 characters without <, > and =")
    return value


def _own_or_managed(server: Server, call: Call) -> Doc:
    """Everybody has a say in their own logins; of others only those who manage users."""
    user = server.user_of(call)
    caller = server.caller(call)
    if user["instanceUid"] != caller["instanceUid"] and caller["role"] not in rules.MANAGERS:
        server.fail(403)
    return user


def _held(server: Server, user: Doc) -> list[Doc]:
    return server.logins_of(user["instanceUid"])


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


def _wire(server: Server, login: Doc, user: Doc, key: str = "") -> dict[str, Any]:
    return views.login(login, user, server.organizations.get(user["organizationUid"]) or {}, key)
