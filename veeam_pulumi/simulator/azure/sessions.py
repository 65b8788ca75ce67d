"""Logging in and out: /api/oauth2/token, without a version in its path."""

from __future__ import annotations

import datetime
import uuid

from ..credentials import password_matches
from ..routing import Call, Reply
from ..store import Doc
from .errors import problem, refused_login
from .server import Server

MFA_CODE = "000000"  # what every second factor takes here
_MFA_LIFE = 300  # assumed
_NEVER = "0001-01-01T00:00:00Z"


def log_in(server: Server, call: Call) -> Reply:
    """Grants are `Password`, `Refresh_token`, `Mfa` in the contract; assumed: in any case."""
    form = call.form()
    grants = {"password": _by_password, "refresh_token": _by_refresh, "mfa": _by_mfa}
    grant = grants.get(form.get("grant_type", "").lower())
    if grant is None:
        return problem(400, "", {"grant_type": ["The grant type is missing or not supported."]})
    return grant(server, form)


def log_out(server: Server, call: Call) -> Reply:
    server.tokens.end(call.bearer() or "")
    return Reply(204)


def _by_password(server: Server, form: dict[str, str]) -> Reply:
    # The guide's sample writes Username and Password, the contract username and password.
    user = server.find(form.get("username", form.get("Username", "")))
    given = form.get("password", form.get("Password", ""))
    if user is None or user["type"] != "Internal" or not password_matches(given, user["password"]):
        return refused_login(server.settings.number("bad_login"))
    if user["mfaEnabled"] or server.settings.text("mfa") == "pending":
        # 200, an MFA token, and dates of the year 1: neither an access token nor a refresh token.
        ticket = server.tokens.ticket(f"mfa:{user['id']}", _MFA_LIFE)
        pending = {"token_type": "bearer", "expires_in": 0, ".issued": _NEVER, ".expires": _NEVER}
        return Reply(200, {**pending, "mfa_enabled": True, "mfa_token": ticket})
    return _issue(server, user)


def _by_refresh(server: Server, form: dict[str, str]) -> Reply:
    account = server.tokens.redeem(form.get("refresh_token", ""))
    user = server.users.get(account) if account else None
    return _issue(server, user) if user else refused_login(server.settings.number("bad_login"))


def _by_mfa(server: Server, form: dict[str, str]) -> Reply:
    ticket = form.get("mfa_token", "")
    user = server.users.get((server.tokens.peek(ticket) or "").removeprefix("mfa:"))
    if user is None or form.get("mfa_code") != MFA_CODE:
        return refused_login(server.settings.number("bad_login"))
    server.tokens.spend(ticket)
    return _issue(server, user)


def _issue(server: Server, user: Doc) -> Reply:
    life = server.settings.number("token_life")
    access, refresh = server.tokens.issue(user["id"], life, server.settings.number("refresh_life"))
    now = datetime.datetime.fromtimestamp(server.clock.now(), datetime.timezone.utc)
    until = now + datetime.timedelta(seconds=life)
    return Reply(
        200,
        {
            "access_token": access,
            "token_type": "bearer",
            "refresh_token": refresh,
            "expires_in": life,
            # Seven digits of a second's fraction, which not every parser reads.
            ".issued": f"{now:%Y-%m-%dT%H:%M:%S.%f}0Z",
            ".expires": f"{until:%Y-%m-%dT%H:%M:%S.%f}0Z",
            "userId": str(uuid.uuid5(uuid.NAMESPACE_OID, user["id"])),  # not the id of /users
            "username": user["name"],
            "roleName": user["role"],
            "userType": user["type"],
            "latestNewsShown": True,
            "mfa_enabled": False,
            "mfa_token": None,
            "redirectTo": None,
            "shortLived": False,
        },
    )
