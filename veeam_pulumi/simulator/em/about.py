"""What there is, for everybody: /api."""

from __future__ import annotations

from ..routing import Call, Reply
from .formats import Node
from .server import Server
from .views import link


def about(server: Server, call: Call) -> Reply:
    base = server.base(call)

    def version(name: str) -> Node:
        way = link("Create", f"{base}/api/sessionMngr/?v={name}", "LogonSession")
        return Node("SupportedVersion", {"Name": name}, {"Links": [way]})

    versions = [version(name) for name in server.settings.release.versions]
    links = [
        link("Down", f"{base}/api/logonSessions", "LogonSessionList"),
        link("Create", f"{base}/api/sessionMngr/?v=latest", "LogonSession"),
    ]
    children = {"Links": links, "SupportedVersions": Node("SupportedVersions", {}, {"SupportedVersions": versions})}
    return server.answer(call, 200, Node("EnterpriseManager", {"Href": None, "Type": None}, children))
