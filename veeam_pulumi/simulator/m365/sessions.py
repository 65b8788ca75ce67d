"""Logging in and out: /vN/token."""

from __future__ import annotations

import datetime
from typing import Any

from ..credentials import password_matches
from ..routing import Call, Reply
from .server import COOKIE, Server


def log_in(server: Server, call: Call) -> Reply:
    """A form, or JSON with the same names. assumed: 400 and an error for every refused login."""
    form = _form(call)
    guarded = call.revision != "v6" and str(form.get("disable_antiforgery_token", "")).lower() != "true"
    grant = form.get("grant_type") or ("password" if call.revision != "v8" else "")
    if grant == "password":
        admin = server.admins.get(str(form.get("username", "")).lower())
        if admin is None or not password_matches(str(form.get("password", "")), admin["password"]):
            server.fail(call, 400, "Failed to log in: the user name or password is incorrect.")
        return _issue(server, call, admin["name"], guarded)
    if grant == "refresh_token":
        account = server.tokens.redeem(str(form.get("refresh_token", "")))
        if not account:
            server.fail(call, 400, "The refresh token is not valid.")
        return _issue(server, call, account.partition("\n")[0], guarded)
    return server.fail(call, 400, "The grant type is missing or not supported.")


def log_out(server: Server, call: Call) -> Reply:
    """204 since v8, 200 before; v6 has no logout."""
    if call.revision == "v6":
        return Reply(404)
    server.tokens.end(call.bearer() or "")
    return Reply(204 if call.revision == "v8" else 200)


def _form(call: Call) -> dict[str, Any]:
    if "json" not in call.headers.get("content-type", ""):
        return dict(call.form())
    try:
        body = call.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _issue(server: Server, call: Call, name: str, guarded: bool) -> Reply:
    life = server.settings.number("token_life")
    account = f"{name.lower()}\n{'guarded' if guarded else ''}"
    access, refresh = server.tokens.issue(account, life, server.settings.number("refresh_life"))
    now = datetime.datetime.fromtimestamp(server.clock.now(), datetime.timezone.utc).replace(microsecond=0)
    body: dict[str, Any] = {
        "access_token": access,
        "token_type": "bearer",
        "refresh_token": refresh,
        "expires_in": str(life) if server.settings.text("expires_in") == "text" else life,
        ".issued": now.isoformat(),
        ".expires": (now + datetime.timedelta(seconds=life)).isoformat(),
        "userName": name,
    }
    return Reply(200, body, headers={"Set-Cookie": f"{COOKIE}=1; Path=/"} if guarded else {})
