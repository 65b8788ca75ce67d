"""What there is (/api), and logging on and off: /api/sessionMngr and /api/logonSessions."""

from __future__ import annotations

import base64

from ..exchange import Call, Reply
from ..store import Doc
from . import specs
from .formats import Node
from .logons import Logon
from .room import HEADER, Manager
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


def about(room: Manager, call: Call) -> Reply:
    base = room.base(call)

    def version(name: str) -> Node:
        way = link("Create", f"{base}/api/sessionMngr/?v={name}", "LogonSession")
        return Node("SupportedVersion", {"Name": name}, {"Links": [way]})

    versions = [version(name) for name in room.settings.release.versions]
    links = [
        link("Down", f"{base}/api/logonSessions", "LogonSessionList"),
        link("Create", f"{base}/api/sessionMngr/?v=latest", "LogonSession"),
    ]
    children = {"Links": links, "SupportedVersions": Node("SupportedVersions", {}, {"SupportedVersions": versions})}
    return room.answer(call, 200, Node("EnterpriseManager", {"Href": None, "Type": None}, children))


def log_on(room: Manager, call: Call) -> Reply:
    """HTTP Basic and no body: a form's content type, which many clients send by themselves, is refused with 415."""
    media = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in ("", specs.JSON, *specs.XML):
        raise room.refusal(call, 415, f"The media type '{media}' is not supported.")
    version = (call.first("v") or "latest").lower()
    if version not in ("latest", *room.settings.release.versions):
        raise room.refusal(call, 400, f"The API version '{version}' is not supported.")  # assumed: status and text
    account = _checked(room, call)
    if account is None:
        raise room.refusal(call, 401, "Unauthorized")
    token, logon = room.logons.open(account["name"].casefold())
    headers = {HEADER: token}
    if room.settings.text("cookie") != "off":
        headers["Set-Cookie"] = f"{HEADER}={token}; Path=/api;"
    return room.answer(call, 201, _node(room, call, logon), headers)


def list_sessions(room: Manager, call: Call) -> Reply:
    sessions = [_node(room, call, logon) for logon in room.alive()]
    return room.answer(call, 200, Node("LogonSessions", {}, {"LogonSessions": sessions}))


def read(room: Manager, call: Call) -> Reply:
    return room.answer(call, 200, _node(room, call, _logon_of(room, call)))


def log_off(room: Manager, call: Call) -> Reply:
    room.logons.end(_logon_of(room, call).id)
    return Reply(204)


def _logon_of(room: Manager, call: Call) -> Logon:
    for logon in room.alive():
        # assumed: of somebody else's session, only a Portal Administrator is told.
        if logon.id == call.params["id"].lower() and (
            logon.account == call.account or room.accounts.is_admin(call.account)
        ):
            return logon
    raise room.refusal(call, 500, "Object reference not set to an instance of an object.")  # seen, for GET


def _checked(room: Manager, call: Call) -> Doc | None:
    """The account of the Authorization header; user name and password are UTF-8."""
    scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return None
    return room.accounts.checked(user, password) if scheme.lower() == "basic" else None


def _node(room: Manager, call: Call, logon: Logon) -> Node:
    base, account = room.base(call), room.accounts.find(logon.account) or {"name": logon.account}
    href = f"{base}/api/logonSessions/{logon.id}"
    links = [link(rel, f"{base}/api/{path}", type_) for rel, path, type_ in _LINKS]
    return Node(
        "LogonSession",
        {"Type": "LogonSession", "Href": href},
        {"Links": [*links, link("Delete", href)], "UserName": account["name"], "SessionId": logon.id},
    )
