"""Backup servers: list, read, connect, change, disconnect, collect their data."""

from __future__ import annotations

import re
from typing import Any

from ..credentials import hash_password
from ..exchange import Call, Reply
from ..store import Doc
from . import hosts, specs, views
from .formats import Node
from .hosts import Failure
from .room import Manager

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def list_servers(room: Manager, call: Call) -> Reply:
    """All of them at once: this list has no pages."""
    found = room.inventory.look()
    if room.wants_entity(call):
        body = Node("BackupServers", {}, {"BackupServers": [room.entity(call, server) for server in found]})
    else:
        body = Node("EntityReferences", {}, {"Refs": [room.reference(call, server) for server in found]})
    return room.answer(call, 200, body)


def read(room: Manager, call: Call) -> Reply:
    server = _server_of(room, call)
    shown = room.entity(call, server) if room.wants_entity(call) else room.reference(call, server, "EntityRef")
    return room.answer(call, 200, shown)


def create(room: Manager, call: Call) -> Reply:
    """The documents have 202 and 201 for this, and no body; other requests that take time answer 202 and a task."""
    spec = specs.for_create(room, call)
    address, password, expected = spec["DnsNameOrIpAddress"], spec["Password"], _thumbprint(spec)
    _refuse_wrong_thumbprint(room, call, address, expected)
    if room.inventory.is_known(address):
        _refuse_duplicate(room, call, address)
    server = {**room.inventory.new(address, spec["Username"], password), **_plain(spec)}
    failure = hosts.connect(room.settings, address, password, expected)
    return _reply_to_create(room, call, server, failure)


def _reply_to_create(room: Manager, call: Call, server: Doc, failure: Failure | None) -> Reply:
    status, _, what = room.settings.text("create_reply").partition("_")
    if what == "task":
        claims = hosts.full_name(server["address"]).casefold()
        # No document names the operation. assumed.
        task = room.start(call, "CreateBackupServer", lambda: room.inventory.connect(server), failure, claims)
        return room.answer(call, int(status), room.task_node(call, task))
    if failure is None:
        room.inventory.connect(server)
    elif status != "202":
        raise room.refusal(call, 400, failure.message)  # 202 promises nothing: there the server just never shows up
    if what == "entity":
        return room.answer(call, int(status), room.entity(call, server))
    return Reply(int(status), headers={"Location": room.base(call) + views.path(server)} if what == "location" else {})


def update(room: Manager, call: Call) -> Reply:
    """assumed: a changed address means another name as well; without credentials the kept ones go on counting."""
    server, spec = _server_of(room, call), specs.for_update(room, call)
    address, expected = spec["DnsNameOrIpAddress"], _thumbprint(spec)
    _refuse_wrong_thumbprint(room, call, address, expected)
    if room.inventory.is_known(address, other_than=server["id"]):
        _refuse_duplicate(room, call, address)
    defaults = {
        "description": "",
        "port": room.settings.default_port,
        "wcfPort": None,
        "vbrCertificateThumbprint": None,
    }
    changes: dict[str, Any] = {} if room.settings.on("put_merges") else defaults
    changes["address"] = address
    if address.casefold() != server["address"].casefold():
        changes["name"] = room.inventory.name_for(address)
    changes.update(_plain(spec))
    if "Username" in spec:
        changes["username"] = spec["Username"]
    if "Password" in spec:
        changes["password"] = hash_password(spec["Password"])
    failure = hosts.connect(room.settings, address, spec.get("Password"), expected)
    if room.settings.text("put_reply") == "202_task":
        task = room.start(call, "EditBackupServer", lambda: room.inventory.change(server["id"], changes), failure)
        return room.answer(call, 202, room.task_node(call, task))
    if failure is not None:
        raise room.refusal(call, 400, failure.message)
    changed = room.inventory.change(server["id"], changes)
    if changed is not None and room.settings.text("put_reply") == "200":
        return room.answer(call, 200, room.entity(call, changed))
    return Reply(204)


def delete(room: Manager, call: Call) -> Reply:
    room.inventory.forget(_server_of(room, call)["id"])
    return Reply(204)


def collect(room: Manager, call: Call) -> Reply:
    """Fetches the server's data. Nothing of it is simulated but the task."""
    server = _server_of(room, call)
    unreachable = server["address"].casefold() in room.settings.offline
    failure = Failure(f"Failed to connect to backup server {server['address']}.") if unreachable else None
    task = room.start(call, "CollectingBackupServer", lambda: None, failure)
    return room.answer(call, 202, room.task_node(call, task))


def _server_of(room: Manager, call: Call) -> Doc:
    id_ = call.params["id"].lower()
    server = room.inventory.get(id_) if _GUID.fullmatch(id_) else None
    if server is None:
        # Seen for other kinds of objects: 400 and 500.
        raise room.refusal(call, room.settings.number("unknown_id"), f"Backup server with ID {id_} does not exist.")
    return server


def _plain(spec: dict[str, Any]) -> dict[str, Any]:
    """What is kept as it was given."""
    names = {"Description": "description", "Port": "port", "WcfPort": "wcfPort"}
    given = {names[field]: value for field, value in spec.items() if field in names}
    return {**given, "vbrCertificateThumbprint": _thumbprint(spec)} if _thumbprint(spec) else given


def _thumbprint(spec: dict[str, Any]) -> str | None:
    """assumed: colons and spaces do not matter, nor does case; an empty one is none."""
    return re.sub(r"[:\s]", "", spec.get("VbrCertificateThumbprint", "")).upper() or None


def _refuse_wrong_thumbprint(room: Manager, call: Call, address: str, expected: str | None) -> None:
    if room.settings.text("thumbprint") == "400" and expected and expected != hosts.thumbprint(address):
        raise room.refusal(call, 400, f"The certificate of backup server {address} has another thumbprint.")


def _refuse_duplicate(room: Manager, call: Call, address: str) -> None:
    # Documented that it must not be done; status and text are assumed.
    raise room.refusal(call, room.settings.number("duplicate"), f"Backup server {address} has already been added.")
