"""Managed servers: /api/v1/backupInfrastructure/managedServers. Every write is answered with a session."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

from ..routing import Call, Reply
from ..store import Doc
from . import bodies, hosts, job_sessions, lists
from .errors import refusal
from .server import Server

_HIDDEN = ("trusted", "gone", "sshFingerprint", "certificateThumbprint", "singleUseCredentials", "handshakeCode")
"""What no answer shows: what the server trusts, and secrets, of which it keeps none."""
_SAVE, _DELETE = "Infrastructure", "InfrastructureItemDeletion"


def add(server: Server, spec: Doc) -> Doc:
    """A managed server, as an answer shows it; the contract's defaults for what the request leaves out."""
    kind, found = spec["type"], {key: value for key, value in spec.items() if key not in _HIDDEN}
    found = {"id": str(uuid.uuid4()), "status": "Available", "description": "", **found}
    if kind == "ViHost":
        found = {"port": 443, "viHostType": "VC" if found["name"].lower().startswith("vc") else "ESXi", **found}
    if kind in ("WindowsHost", "LinuxHost", "HvServer"):
        found = {"updatesState": "NotAvailable", "credentialsStorageType": "Permanent", **found}
    if kind in ("WindowsHost", "LinuxHost"):
        found["isBackupServer"] = bool(found.get("isBackupServer"))
    if kind == "LinuxHost":
        found["sshSettings"] = {"sshTimeOutMs": 20000, **_RANGE, **(found.get("sshSettings") or {})}
    elif kind in hosts.TYPES and kind != "ViHost":
        found["networkSettings"] = {**_RANGE, **(found.get("networkSettings") or {})}
    if kind == "HvServer":
        found.setdefault("maxTaskCount", 4)
    if kind == "HvCluster":
        named = found.pop("hvServers", None)
        found["childServers"] = named or [{"hvServerName": f"hv{n}.lab.local"} for n in (1, 2)]
    if kind == "SCVMM":
        found.setdefault("addAllServers", False)
    found["trusted"] = spec.get("sshFingerprint") or spec.get("certificateThumbprint") or presented(server, found)
    return found


_RANGE = {"portRangeStart": 2500, "portRangeEnd": 3300, "serverSide": False}


def presented(server: Server, host: Doc) -> str:
    return hosts.fingerprint(host["type"], host["name"], server.settings.number("host_keys"))


def view(host: Doc) -> dict[str, Any]:
    return {key: value for key, value in host.items() if key not in _HIDDEN}


def every(server: Server) -> list[Doc]:
    """All that are there at this moment."""
    job_sessions.settle(server)
    for host in server.managed.all():
        if host.get("gone", server.clock.now() + 1) <= server.clock.now():
            server.managed.remove(host["id"])
    return server.managed.all()


def list_all(server: Server, call: Call) -> Reply:
    types, state = call.every("typeFilter"), call.first("serverStateFilter")
    found = [
        view(host)
        for host in every(server)
        if (not types or host["type"] in types)
        and state in (None, "Any", host["status"])
        and lists.name_matches(call.first("nameFilter"), host["name"])
        and (not host.get("parentHostId") or lists.flag(call, "includeNestedHosts"))
    ]
    columns: dict[str, Callable[[dict[str, Any]], Any]] = {
        "Name": lambda host: host["name"],
        "Type": lambda host: host["type"],
        "Description": lambda host: host["description"],
        "Status": lambda host: host["status"],
    }
    rows, pagination = lists.page(call, lists.ordered(call, found, columns, "Name"), *server.settings.page(False))
    return Reply(200, {"data": rows, "pagination": pagination})


def read(server: Server, call: Call) -> Reply:
    return Reply(200, view(_of(server, call)))


def create(server: Server, call: Call) -> Reply:
    try:
        spec = hosts.of_spec(bodies.read(call), call.revision)
    except hosts.HostError as error:
        raise refusal(400, f"The request is not valid: {error}.") from None
    _require_credentials(spec)
    if find(server, spec["type"], spec["name"]) is not None:
        # assumed: status and text; no revision has a 409.
        raise refusal(400, f"Server '{spec['name']}' already exists.")
    host = add(server, spec)
    work = {"do": "create", "id": host["id"], "host": host}
    one = job_sessions.start(server, spec["name"], _SAVE, work, _why_not(server, host))
    return Reply(201, job_sessions.view(server, one, call.revision))


def update(server: Server, call: Call) -> Reply:
    """The body is the whole model; what it leaves out of the optional members is kept (assumed)."""
    host = _of(server, call)
    try:
        body = hosts.of_model(bodies.read(call), call.revision)
    except hosts.HostError as error:
        raise refusal(400, f"The request is not valid: {error}.") from None
    _require_credentials({**host, **body} if "credentialsStorageType" in host else body, host["type"])
    changed = {**host, **{key: value for key, value in body.items() if key not in (*_HIDDEN, "id", "status")}}
    if body.get("credentialsStorageType", "Permanent") != "Permanent":
        changed.pop("credentialsId", None)
    why = ""
    if presented(server, host) != host["trusted"]:
        # No document says what an edit makes of a key that changed.
        if server.settings.text("changed_key") == "refused":
            why = "The key of the host has changed."
        changed["trusted"] = presented(server, host)
    one = job_sessions.start(server, host["name"], _SAVE, {"do": "update", "id": host["id"], "host": changed}, why)
    return Reply(201, job_sessions.view(server, one, call.revision))


def delete(server: Server, call: Call) -> Reply:
    host, why = _of(server, call), ""
    if host.get("isBackupServer"):
        raise refusal(400, "The backup server cannot be removed.")  # assumed
    if host["name"].lower() in server.settings.names("hosts_in_use"):
        why = f"Unable to delete {host['name']}: it is in use by the backup proxy {host['name']}"
        if server.settings.text("host_in_use") == "400":
            raise refusal(400, f"{why}.", "UnknownError")
    one = job_sessions.start(server, host["name"], _DELETE, {"do": "delete", "id": host["id"]}, why)
    return Reply(201, job_sessions.view(server, one, call.revision))


def update_single_use(server: Server, call: Call) -> Reply:
    """Also makes single-use credentials out of permanent ones. The secrets are used, and not kept."""
    host = _of(server, call)
    try:
        hosts.linux_credentials(bodies.read(call))
    except hosts.HostError as error:
        raise refusal(400, f"The request is not valid: {error}.") from None
    if host["type"] != "LinuxHost":
        raise refusal(400, "The server is not a Linux host.")  # assumed
    changed = {key: value for key, value in host.items() if key != "credentialsId"}
    changed["credentialsStorageType"] = "SingleUse"
    one = job_sessions.start(server, host["name"], _SAVE, {"do": "update", "id": host["id"], "host": changed})
    return Reply(201, job_sessions.view(server, one, call.revision))


def connection_certificate(server: Server, call: Call) -> Reply:
    """What a host presents, managed or not; it changes nothing, and is answered with 201."""
    body = bodies.read(call)
    try:
        hosts.connection(body)
    except hosts.HostError as error:
        raise refusal(400, f"The request is not valid: {error}.") from None
    if body["serverName"].lower() in server.settings.names("unreachable"):
        raise refusal(400, f"Failed to connect to {body['serverName']}.", "UnknownError")  # assumed
    return Reply(201, hosts.certificate(body["type"], body["serverName"], server.settings.number("host_keys")))


def find(server: Server, kind: str | None, name: str) -> Doc | None:
    """By name, and by type where there is one."""
    named = (host for host in every(server) if host["name"].lower() == name.lower())
    return next((host for host in named if kind in (None, host["type"])), None)


def _of(server: Server, call: Call) -> Doc:
    every(server)
    host = server.managed.get(call.params["id"].lower())
    if host is None:
        raise refusal(404)
    return host


def _require_credentials(spec: Doc, kind: str = "") -> None:
    storage = spec.get("credentialsStorageType")
    if storage == "Permanent" and not spec.get("credentialsId"):
        raise refusal(400, "The field 'credentialsId' is required.")
    if storage == "SingleUse" and not kind and not spec.get("singleUseCredentials"):
        raise refusal(400, "The field 'singleUseCredentials' is required.")


def _why_not(server: Server, host: Doc) -> str:
    """Why the session that adds a host fails; "" where it does not. assumed: the texts."""
    if host["name"].lower() in server.settings.names("unreachable"):
        return f"Failed to connect to {host['name']}"
    trusted, shown = str(host["trusted"]), presented(server, host)
    if host["type"] != "LinuxHost":  # any case, and colons
        trusted = re.sub(r"[^0-9A-F]", "", trusted.upper())
    return "" if trusted.split() == shown.split() else f"The fingerprint of {host['name']} does not match"
