"""Logging in: /api/v3/token. A form goes in, and neither its answer nor its errors wear the envelope."""

from __future__ import annotations

from typing import Any, NoReturn

from ..credentials import password_matches
from ..routing import Call, Refusal, Reply
from ..store import Doc
from . import knobs
from .server import Server

MFA_CODE = "000000"  # what every second factor takes here
_MFA_LIFE = 300  # assumed


def log_in(server: Server, call: Call) -> Reply:
    form = call.form()
    grants = {"password": _by_password, "refresh_token": _by_refresh, "mfa": _by_mfa}
    grant = form.get("grant_type", "")
    if not grant:
        _refuse("invalid_request", "The parameter grant_type is required.")
    if grant not in grants:
        _refuse("unsupported_grant_type", f"The grant type '{grant}' is not supported.")
    return grants[grant](server, form)


def _by_password(server: Server, form: dict[str, str]) -> Reply:
    password = form.get("password", "")
    found = [user for user in server.named(form.get("username", "")) if _right(server, user, password)]
    if not found:
        _deny()
    if server.settings.on("maintenance"):
        _refuse("unauthorized_client", "The portal is in maintenance mode.")  # assumed: which error it is
    user, choice = found[0], server.settings.text("mfa")
    if choice == "pending":
        ticket = server.tokens.ticket(f"mfa:{user['instanceUid']}", _MFA_LIFE)
        return Reply(200, {**_answer(), "mfa_token": ticket})
    if choice == "refused" or user["mfaPolicyConfigurationStatus"] == "Configured":
        _deny()  # documented: who has set up a second factor can no longer use a password here
    return _issue(server, user, _reach(server, form))


def _by_refresh(server: Server, form: dict[str, str]) -> Reply:
    """Both tokens are new. assumed: the old access token lives on, and read-only stays read-only."""
    uid, _, reach = (server.tokens.redeem(form.get("refresh_token", "")) or "  ").split(" ")
    user = server.users.get(uid)
    if user is None or user["status"] != "Enabled":
        _refuse("invalid_grant", "The refresh token is not valid.")  # assumed: which error it is
    return _issue(server, user, "readonly" if reach == "readonly" else _reach(server, form))


def _by_mfa(server: Server, form: dict[str, str]) -> Reply:
    ticket = form.get("mfa_token", "")
    user = server.users.get((server.tokens.peek(ticket) or "").removeprefix("mfa:"))
    if user is None or form.get("mfa_code") != MFA_CODE:
        _deny()
    server.tokens.spend(ticket)
    return _issue(server, user, _reach(server, form))


def _right(server: Server, user: Doc, password: str) -> bool:
    right = password_matches(password, user["credentials"]["password"])
    return right and user["status"] == "Enabled" and server.may_use_rest(user)


def _reach(server: Server, form: dict[str, str]) -> str:
    """Read-only tokens came with REST 3.6; assumed: before, the parameter is ignored."""
    wanted = form.get("readOnly", "").lower() == "true"
    return "readonly" if wanted and knobs.at_least(server.settings.release.rest, "3.6") else "full"


def _issue(server: Server, user: Doc, reach: str) -> Reply:
    login = server.logins_of(user["instanceUid"])[0]
    life = server.settings.number("token_life")
    account = f"{user['instanceUid']} {login['id']} {reach}"
    access, refresh = server.tokens.issue(account, life, server.settings.number("refresh_life"))
    pair = {"access_token": access, "token_type": "bearer", "refresh_token": refresh, "expires_in": life}
    return Reply(200, {**_answer(), **pair})


def _answer() -> dict[str, Any]:
    names = ("access_token", "token_type", "refresh_token", "mfa_token", "encrypted_code", "expires_in")
    return dict.fromkeys(names)


def _deny() -> NoReturn:
    # One answer for a wrong password, an unknown or disabled user, a second factor, a company without REST access.
    _refuse("invalid_request", "Incorrect user name or password, or no sufficient rights.")


def _refuse(error: str, description: str) -> NoReturn:
    """A bad password is 400 and not 401."""
    raise Refusal(Reply(400, {"error": error, "error_description": description, "error_uri": None}))
