"""/api/query?type=BackupServer: filter, order and pages. Names, type and format are read in any case."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from ..routing import Call, Reply
from ..store import Doc
from . import filters
from .formats import Node
from .server import Server
from .views import link


def _text(value: Any) -> str:
    return str(value).lower()


def _number(value: Any) -> int:
    try:
        return int(value)
    except ValueError:
        raise filters.FilterError(f"'{value}' is not a number") from None


def _build(value: Any) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", str(value)))


# The documented properties. The address can be asked for, though no answer shows it.
_FIELDS: dict[str, Callable[[Any], Any]] = {
    "uid": _text,
    "name": _text,
    "description": _text,
    "ipordnsname": _text,
    "port": _number,
    "version": _build,
}
# The kinds of a recorded answer, in its order; those that were not asked for are nulls. The misspellings are the
# product's own.
# fmt: off
_KINDS = (
    "Jobs", "FailoverPlans", "Backups", "Replicas", "Repositories", "RestorePoints", "VmRestorePoints",
    "VAppRestorePoints", "VmReplicaPoints", "BackupJobSessions", "ReplicaJobSessions", "ReplicaTaskSessions",
    "RestoreSessions", "HierarchyRoots", "BackupTaskSessions", "BackupServers", "ManagedServers", "EnterpiseRoles",
    "EnterpiseAccounts", "WanAccelerators", "CloudGateways", "CloudTenants", "CloudReplicas",
    "VCloudOrganizationConfigs", "BackupFiles", "VSphereSelfServiceConfigs", "CloudPublicIps", "CloudHardwarePlans",
    "CloudVmReplicaPoints", "AgentRestorePoints", "AgentBackupJob", "CloudGatewayPools", "CloudFailoverPlans",
    "ExternalRepositories", "VlanConfigurations", "CloudFailoverSessions", "AgentProtectionGroups",
    "DiscoveredComputers", "FileServers", "NASJobs", "CdpReplicas", "CdpReplicaVms", "CdpPolicies",
    "CdpReplicaSessions", "CdpReplicaTaskSessions", "VAppReplicaPoints", "VmCdpReplicas", "VAppCdpReplicas",
    "VAppCdpReplicaVms", "SystemSessions",
)
# fmt: on


def query(server: Server, call: Call) -> Reply:
    if (call.first("type") or "").lower() != "backupserver":
        raise server.refusal(call, 400, f"The query type '{call.first('type') or ''}' is not supported.")
    try:
        rows = _ordered(call, _filtered(call, [_row(server, known) for known in server.inventory.look()]))
    except filters.FilterError as error:
        raise server.refusal(call, 400, f"The filter or the order is not valid: {error}.") from None
    number, size = (
        _whole(server, call, "page", 1),
        _whole(server, call, "pagesize", server.settings.number("page_size")),
    )
    servers = [row["server"] for row in rows[(number - 1) * size : number * size]]
    hide = not servers and server.settings.text("empty") == "null" and server.wants_json(call)
    body: dict[str, Any] = {"Refs": None, "Entities": None, "Resources": None, "Links": None}
    if (call.first("format") or "").lower() in ("entities", "entity"):
        found = Node("BackupServers", {}, {"BackupServers": [server.entity(call, known) for known in servers]})
        kinds = dict.fromkeys(_KINDS)
        body["Entities"] = Node("Entities", {}, {**kinds, "BackupServers": None if hide else found})
    elif not hide:
        body["Refs"] = Node("Refs", {}, {"Refs": [server.reference(call, known) for known in servers]})
    body["PagingInfo"] = _paging(call, server.base(call), number, size, max(1, -(-len(rows) // size)))
    return server.answer(call, 200, Node("QueryResult", {}, body))


def _row(server: Server, known: Doc) -> dict[str, Any]:
    return {**server.inventory.shown(known), "ipordnsname": known["address"], "server": known}


def _filtered(call: Call, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    text = call.first("filter")
    if not text:
        return rows
    test = filters.parse(text, _FIELDS)
    return [row for row in rows if test(row)]


def _ordered(call: Call, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for name in ("sortasc", "sortdesc"):
        field = (call.first(name) or "").lower()
        if field and field not in _FIELDS:
            raise filters.FilterError(f"unknown property '{field}'")
        if field:
            rows = sorted(rows, key=lambda row: _FIELDS[field](row[field]), reverse=name == "sortdesc")
    return rows


def _whole(server: Server, call: Call, name: str, default: int) -> int:
    value = call.whole(name, 1, default)
    if value is None:
        raise server.refusal(call, 400, f"The value '{call.first(name)}' is not valid for {name}.")
    return value


def _paging(call: Call, base: str, number: int, size: int, count: int) -> Node:
    """Page size and page are in the links also when nobody asked for them."""
    kept = "&".join(f"{name}={quote(value)}" for name, value in call.query if name not in ("page", "pagesize"))

    def to(rel: str, page: int) -> Node:
        return link(rel, f"{base}/api/query?{kept}&pageSize={size}&page={page}")

    links = [to("First", 1)]
    if number > 1:
        links.append(to("Previous", number - 1))
    if number < count:
        links.append(to("Next", number + 1))
    return Node(
        "PagingInfo", {"PageNum": number, "PageSize": size, "PagesCount": count}, {"Links": [*links, to("Last", count)]}
    )
