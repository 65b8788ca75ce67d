"""Logging in and out: /api/oauth2."""

from __future__ import annotations

import datetime

from ..credentials import password_matches
from ..routing import Call, Reply
from ..store import Doc
from . import principals, revisions
from .errors import error, refusal
from .server import Server

_SHORT_EXTRA = 900  # use_short_term_refresh: the access token's life and 15 minutes


def log_in(server: Server, call: Call) -> Reply:
    """Grant names are `Password` in the 1.3-rev1 specification and `password` in its prose; both are taken."""
    form = call.form()
    grant = form.get("grant_type", "").lower()
    if grant == "password":
        user = _checked(server, form.get("username", ""), form.get("password", ""))
    elif grant == "refresh_token":
        account = server.tokens.redeem(form.get("refresh_token", ""))
        user = server.find(account) if account else None
    elif grant in ("authorization_code", "vbr_token"):
        raise refusal(400, f"The grant type '{form['grant_type']}' is not supported.", "NotImplemented")  # assumed
    else:
        raise refusal(400, "The field 'grant_type' is missing or unknown.")
    if user is None or not _may_log_in(server, user, call.revision):
        # One answer for a wrong password, an unknown account, and an account that would need a second factor.
        return error(401, "Authentication failed")
    return _issue(server, user, form.get("use_short_term_refresh", "").lower() == "true")


def log_out(server: Server, call: Call) -> Reply:
    server.tokens.end(call.bearer() or "")
    return Reply(200, {})  # the contract: 200 and an object


def _checked(server: Server, username: str, password: str) -> Doc | None:
    account = server.directory.get(principals.key(username))
    return server.find(username) if account and password_matches(password, account["password"]) else None


def _may_log_in(server: Server, user: Doc, revision: str) -> bool:
    if user["isEnabled"] is False or server.has_mfa(user):
        return False
    # Up to 1.3-rev1 only built-in roles may use the API.
    choice = server.settings.text("custom_login")
    if choice == "allowed" or (choice == "preset" and revisions.at_least(revision, "1.3-rev2")):
        return True
    return any((server.roles.get(id_) or {}).get("isBuiltIn") for id_ in user["roles"])


def _issue(server: Server, user: Doc, short: bool) -> Reply:
    life = server.settings.number("token_life")
    refresh_life = life + _SHORT_EXTRA if short else server.settings.number("refresh_life")
    access, refresh = server.tokens.issue(principals.key(user["name"]), life, refresh_life)
    now = datetime.datetime.fromtimestamp(server.clock.now(), datetime.timezone.utc).replace(microsecond=0)
    return Reply(
        200,
        {
            "access_token": access,
            "token_type": "Bearer" if server.settings.text("dialect") == "users" else "bearer",
            "refresh_token": refresh,
            "expires_in": life,
            # With an offset, as in every published example; clients parse them strictly.
            ".issued": now.isoformat(),
            ".expires": (now + datetime.timedelta(seconds=life)).isoformat(),
        },
    )
