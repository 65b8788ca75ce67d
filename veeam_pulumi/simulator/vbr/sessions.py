"""Logging in and out: /api/oauth2."""

from __future__ import annotations

import datetime

from ..credentials import password_matches
from ..exchange import Call, Reply
from ..store import Doc
from . import principals, revisions
from .errors import error, refusal
from .room import Server

_SHORT_EXTRA = 900  # use_short_term_refresh: the access token's life and 15 minutes


def log_in(room: Server, call: Call) -> Reply:
    """Grant names are `Password` in the 1.3-rev1 specification and `password` in its prose; both are taken."""
    form = call.form()
    grant = form.get("grant_type", "").lower()
    if grant == "password":
        user = _checked(room, form.get("username", ""), form.get("password", ""))
    elif grant == "refresh_token":
        account = room.tokens.redeem(form.get("refresh_token", ""))
        user = room.find(account) if account else None
    elif grant in ("authorization_code", "vbr_token"):
        raise refusal(400, f"The grant type '{form['grant_type']}' is not supported.", "NotImplemented")  # assumed
    else:
        raise refusal(400, "The field 'grant_type' is missing or unknown.")
    if user is None or not _may_log_in(room, user, call.revision):
        # One answer for a wrong password, an unknown account, and an account that would need a second factor.
        return error(401, "Authentication failed")
    return _issue(room, user, form.get("use_short_term_refresh", "").lower() == "true")


def log_out(room: Server, call: Call) -> Reply:
    room.tokens.end(call.bearer() or "")
    return Reply(200)  # documented: 200 without a body


def _checked(room: Server, username: str, password: str) -> Doc | None:
    account = room.directory.get(principals.key(username))
    return room.find(username) if account and password_matches(password, account["password"]) else None


def _may_log_in(room: Server, user: Doc, revision: str) -> bool:
    if user["isEnabled"] is False or room.has_mfa(user):
        return False
    # Up to 1.3-rev1 only built-in roles may use the API.
    choice = room.settings.text("custom_login")
    if choice == "allowed" or (choice == "preset" and revisions.at_least(revision, "1.3-rev2")):
        return True
    return any((room.roles.get(id_) or {}).get("isBuiltIn") for id_ in user["roles"])


def _issue(room: Server, user: Doc, short: bool) -> Reply:
    life = room.settings.number("token_life")
    refresh_life = life + _SHORT_EXTRA if short else room.settings.number("refresh_life")
    access, refresh = room.tokens.issue(principals.key(user["name"]), life, refresh_life)
    now = datetime.datetime.fromtimestamp(room.clock.now(), datetime.timezone.utc).replace(microsecond=0)
    return Reply(
        200,
        {
            "access_token": access,
            "token_type": "Bearer" if room.settings.text("dialect") == "users" else "bearer",
            "refresh_token": refresh,
            "expires_in": life,
            # The examples carry no offset.
            ".issued": now.strftime("%Y-%m-%dT%H:%M:%S"),
            ".expires": (now + datetime.timedelta(seconds=life)).strftime("%Y-%m-%dT%H:%M:%S"),
        },
    )
