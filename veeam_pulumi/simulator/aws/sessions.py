"""Logging in and out: /api/v1/token."""

from __future__ import annotations

import datetime
from typing import Any

from ..credentials import password_matches
from ..routing import Call, Reply
from ..store import Doc
from . import mfa
from .server import Server

_MFA_LIFE = 300  # assumed
_CODE_LIFE = 60  # documented


def log_in(server: Server, call: Call) -> Reply:
    """All four grants. Their names are lower-case; assumed: another spelling is refused, as for any unknown grant."""
    form = call.form()
    grants = {"password": _by_password, "refresh_token": _by_refresh, "authorization_code": _by_code, "mfa": _by_mfa}
    grant = grants.get(form.get("grant_type", ""))
    if grant is None:
        server.refuse(call, "validationError", f"grant_type must be one of {', '.join(grants)}.")
    return grant(server, call, form)


def log_out(server: Server, call: Call) -> Reply:
    server.tokens.end(call.bearer() or "")
    return Reply(204)


def authorization_code(server: Server, call: Call) -> Reply:
    return Reply(200, {"code": server.tokens.ticket(f"code:{call.account}", _CODE_LIFE)})


def _by_password(server: Server, call: Call, form: dict[str, str]) -> Reply:
    user = server.find(form.get("username", ""))
    if user is None or not password_matches(form.get("password", ""), user["password"]):
        # assumed: which problem a wrong password is; only the status is documented.
        server.refuse(call, "accessDenied", "Invalid user name or password.", 401)
    if user["mfaEnabled"] or server.settings.text("mfa") == "pending":
        # Step 1 of 2: 200 with an MFA token and nothing else, which careless clients take for a login.
        return Reply(200, {"mfa_token": server.tokens.ticket(f"mfa:{user['name'].lower()}", _MFA_LIFE)})
    return _issue(server, user)


def _by_mfa(server: Server, call: Call, form: dict[str, str]) -> Reply:
    token = form.get("mfa_token", "")
    user = _ticket_holder(server, server.tokens.peek(token), "mfa:")
    if user is None or not mfa.code_is_right(server, user, form.get("mfa_code", "")):
        server.refuse(call, "accessDenied", "Invalid MFA code.", 401)
    server.tokens.spend(token)
    return _issue(server, user)


def _by_refresh(server: Server, call: Call, form: dict[str, str]) -> Reply:
    # A refresh gives a new pair. assumed: the old refresh token is dead at once, the old access token when it expires.
    account = server.tokens.redeem(form.get("refresh_token", ""))
    user = server.users.get(account) if account else None
    if user is None:
        server.refuse(call, "invalidAccessToken", "Invalid refresh token.")
    return _issue(server, user)


def _by_code(server: Server, call: Call, form: dict[str, str]) -> Reply:
    user = _ticket_holder(server, server.tokens.spend(form.get("code", "")), "code:")
    if user is None:
        server.refuse(call, "accessDenied", "Invalid authorization code.", 401)
    return _issue(server, user)


def _ticket_holder(server: Server, ticket: str | None, prefix: str) -> Doc | None:
    return server.users.get(ticket[len(prefix) :]) if ticket and ticket.startswith(prefix) else None


def _issue(server: Server, user: Doc) -> Reply:
    life = server.settings.access_life
    access, refresh = server.tokens.issue(user["name"].lower(), life, server.settings.refresh_life)
    now = datetime.datetime.fromtimestamp(server.clock.now(), datetime.timezone.utc).replace(microsecond=0)
    body: dict[str, Any] = {
        "access_token": access,
        "token_type": "bearer",
        "refresh_token": refresh,
        "expires_in": life,
        ".issued": _stamp(server, now),
        ".expires": _stamp(server, now + datetime.timedelta(seconds=life)),
        "username": user["name"],
        "roleName": user["role"],
        "mfa_enabled": user["mfaEnabled"],
    }
    return Reply(200, body)


def _stamp(server: Server, moment: datetime.datetime) -> str:
    """2.0 and 3.0 write no zone (a client of the vendor's cannot read one), 10 an offset."""
    zone = {"plain": "", "z": "Z", "offset": "+00:00"}[server.settings.dates]
    return f"{moment:%Y-%m-%dT%H:%M:%S}{zone}"
