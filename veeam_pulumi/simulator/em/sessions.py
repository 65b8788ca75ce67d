"""Logging on and off: /api/sessionMngr and /api/logonSessions."""

from __future__ import annotations

import base64

from ..routing import Call, Refusal, Reply
from ..store import Doc
from . import bodies
from .formats import Node
from .logons import Logon
from .server import HEADER, Server
from .views import link

# Of a logon session: those of recorded answers that have to do with servers and accounts.
_LINKS = (
    ("Down", "backupServers", "BackupServerReferenceList"),
    ("Down", "backupServers?format=Entity", "BackupServerList"),
    ("Create", "backupServers?action=create", None),
    ("Down", "security", "EnterpriseSecuritySettings"),
    ("Down", "tasks", "TaskList"),
    ("Down", "querySvc", "QueryService"),
)


def log_on(server: Server, call: Call) -> Reply:
    """HTTP Basic and no body: a form's content type, which many clients send by themselves, is refused with 415."""
    media = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in ("", bodies.JSON, *bodies.XML):
        raise Refusal(Reply(415))  # without a body (seen)
    version = (call.first("v") or "latest").lower()
    if version not in ("latest", *server.settings.release.versions):
        raise server.refusal(call, 400, f"The API version '{version}' is not supported.")  # assumed: status and text
    account = _checked(server, call)
    if account is None:
        raise server.refusal(call, 401, "Unauthorized")
    token, logon = server.logons.open(account["name"].lower())
    headers = {HEADER: token}
    if server.settings.text("cookie") != "off":
        headers["Set-Cookie"] = f"{HEADER}={token}; Path=/api;"
    return server.answer(call, 201, _node(server, call, logon), headers)


def list_sessions(server: Server, call: Call) -> Reply:
    sessions = [_node(server, call, logon) for logon in server.alive()]
    return server.answer(call, 200, Node("LogonSessions", {}, {"LogonSessions": sessions}))


def read(server: Server, call: Call) -> Reply:
    return server.answer(call, 200, _node(server, call, _logon_of(server, call)))


def log_off(server: Server, call: Call) -> Reply:
    server.logons.end(_logon_of(server, call).id)
    return Reply(204)


def _logon_of(server: Server, call: Call) -> Logon:
    for logon in server.alive():
        # assumed: of somebody else's session, only a Portal Administrator is told.
        if logon.id == call.params["id"].lower() and (
            logon.account == call.account or server.directory.is_admin(call.account)
        ):
            return logon
    raise server.refusal(call, 500, "Object reference not set to an instance of an object.")  # seen, for GET


def _checked(server: Server, call: Call) -> Doc | None:
    """The account of the Authorization header; user name and password are UTF-8."""
    scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return None
    return server.directory.checked(user, password) if scheme.lower() == "basic" else None


def _node(server: Server, call: Call, logon: Logon) -> Node:
    base, account = server.base(call), server.directory.find(logon.account) or {"name": logon.account}
    href = f"{base}/api/logonSessions/{logon.id}"
    links = [link(rel, f"{base}/api/{path}", type_) for rel, path, type_ in _LINKS]
    return Node(
        "LogonSession",
        {"Type": "LogonSession", "Href": href},
        {"Links": [*links, link("Delete", href)], "UserName": account["name"], "SessionId": logon.id},
    )
