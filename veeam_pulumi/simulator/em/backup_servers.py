"""Backup servers: list, read, connect, change, disconnect, collect their data."""

from __future__ import annotations

import re
from typing import Any

from ..credentials import hash_password
from ..routing import Call, Reply
from ..store import Doc
from . import bodies, hosts, views
from .formats import Node
from .hosts import Failure
from .server import Server

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def list_servers(server: Server, call: Call) -> Reply:
    """All of them at once: this list has no pages."""
    found = server.inventory.look()
    if server.wants_entity(call):
        body = Node("BackupServers", {}, {"BackupServers": [server.entity(call, known) for known in found]})
    else:
        body = Node("EntityReferences", {}, {"Refs": [server.reference(call, known) for known in found]})
    return server.answer(call, 200, body)


def read(server: Server, call: Call) -> Reply:
    known = _server_of(server, call)
    shown = server.entity(call, known) if server.wants_entity(call) else server.reference(call, known, "EntityRef")
    return server.answer(call, 200, shown)


def create(server: Server, call: Call) -> Reply:
    """The documents have 202 and 201 for this, and no body; other requests that take time answer 202 and a task."""
    spec = bodies.for_create(server, call)
    address, password, expected = spec["DnsNameOrIpAddress"], spec["Password"], _thumbprint(spec)
    _refuse_wrong_thumbprint(server, call, address, expected)
    if server.inventory.is_known(address):
        _refuse_duplicate(server, call, address)
    known = {**server.inventory.new(address, spec["Username"], password), **_plain(server, spec)}
    failure = hosts.connect(server.settings, address, password, expected)
    return _reply_to_create(server, call, known, failure)


def _reply_to_create(server: Server, call: Call, known: Doc, failure: Failure | None) -> Reply:
    status, _, what = server.settings.text("create_reply").partition("_")
    if what == "task":
        claims = hosts.full_name(known["address"]).lower()
        # No document names the operation. assumed.
        task = server.start(call, "CreateBackupServer", lambda: server.inventory.connect(known), failure, claims)
        return server.answer(call, int(status), server.task_node(call, task))
    if failure is None:
        server.inventory.connect(known)
    elif status != "202":
        raise server.refusal(call, 400, failure.message)  # 202 promises nothing: there the server just never shows up
    if what == "entity":
        return server.answer(call, int(status), server.entity(call, known))
    return Reply(int(status), headers={"Location": server.base(call) + views.path(known)} if what == "location" else {})


def update(server: Server, call: Call) -> Reply:
    """assumed: a changed address means another name as well; without credentials the kept ones go on counting."""
    known, spec = _server_of(server, call), bodies.for_update(server, call)
    address, expected = spec["DnsNameOrIpAddress"], _thumbprint(spec)
    _refuse_wrong_thumbprint(server, call, address, expected)
    if server.inventory.is_known(address, other_than=known["id"]):
        _refuse_duplicate(server, call, address)
    defaults = {
        "description": "",
        "port": server.settings.default_port,
        "wcfPort": None,
        "vbrCertificateThumbprint": None,
    }
    changes: dict[str, Any] = {} if server.settings.on("put_merges") else defaults
    changes["address"] = address
    if address.lower() != known["address"].lower():
        changes["name"] = server.inventory.name_for(address)
    changes.update(_plain(server, spec))
    if "Username" in spec:
        changes["username"] = spec["Username"]
    if "Password" in spec:
        changes["password"] = hash_password(spec["Password"])
    elif server.settings.text("put_credentials") == "dropped":
        changes.update(username="", password=None)
    failure = hosts.connect(server.settings, address, spec.get("Password"), expected)
    if server.settings.text("put_reply") == "202_task":
        task = server.start(call, "EditBackupServer", lambda: server.inventory.change(known["id"], changes), failure)
        return server.answer(call, 202, server.task_node(call, task))
    if failure is not None:
        raise server.refusal(call, 400, failure.message)
    changed = server.inventory.change(known["id"], changes)
    if changed is not None and server.settings.text("put_reply") == "200":
        return server.answer(call, 200, server.entity(call, changed))
    return Reply(204)


def delete(server: Server, call: Call) -> Reply:
    server.inventory.forget(_server_of(server, call)["id"])
    return Reply(204)


def collect(server: Server, call: Call) -> Reply:
    """Fetches the server's data. Nothing of it is simulated but the task."""
    known = _server_of(server, call)
    unreachable = known["address"].lower() in server.settings.offline
    failure = Failure(f"Failed to connect to backup server {known['address']}.") if unreachable else None
    task = server.start(call, "CollectingBackupServer", lambda: None, failure)
    return server.answer(call, 202, server.task_node(call, task))


def _server_of(server: Server, call: Call) -> Doc:
    id_ = call.params["id"].lower()
    known = server.inventory.get(id_) if _GUID.fullmatch(id_) else None
    if known is None:
        # Seen for other kinds of objects: 400 and 500.
        raise server.refusal(call, server.settings.number("unknown_id"), f"Backup server with ID {id_} does not exist.")
    return known


def _plain(server: Server, spec: dict[str, Any]) -> dict[str, Any]:
    """What is kept as it was given."""
    names = {"Description": "description", "Port": "port", "WcfPort": "wcfPort"}
    given = {names[field]: value for field, value in spec.items() if field in names}
    if server.settings.text("stored_port") == "443":
        given["port"] = 443
    return {**given, "vbrCertificateThumbprint": _thumbprint(spec)} if _thumbprint(spec) else given


def _thumbprint(spec: dict[str, Any]) -> str | None:
    """assumed: colons and spaces do not matter, nor does case; an empty one is none."""
    return re.sub(r"[:\s]", "", spec.get("VbrCertificateThumbprint", "")).upper() or None


def _refuse_wrong_thumbprint(server: Server, call: Call, address: str, expected: str | None) -> None:
    if (
        server.settings.text("thumbprint") == "400"
        and expected
        and expected != hosts.thumbprint(server.settings.host(address))
    ):
        raise server.refusal(call, 400, f"The certificate of backup server {address} has another thumbprint.")


def _refuse_duplicate(server: Server, call: Call, address: str) -> None:
    # Documented that it must not be done; status and text are assumed.
    raise server.refusal(call, server.settings.number("duplicate"), f"Backup server {address} has already been added.")
