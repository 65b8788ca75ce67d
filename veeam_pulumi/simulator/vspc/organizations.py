"""Organizations, companies and backup servers: read only here."""

from __future__ import annotations

from typing import Any

from ..routing import Call, Reply
from ..store import Doc
from . import answers, seeds, views
from .server import Server


def list_all(server: Server, call: Call) -> Reply:
    return answers.listing(server, call, [views.organization(one) for one in server.reach(call).values()])


def read(server: Server, call: Call) -> Reply:
    return answers.data(server, call, views.organization(_organization(server, call, call.params["uid"])))


def provider(server: Server, call: Call) -> Reply:
    return answers.data(server, call, views.organization(_organization(server, call, seeds.PROVIDER)))


def companies(server: Server, call: Call) -> Reply:
    rows = [_company(server, one) for one in server.reach(call).values() if one["type"] == "Company"]
    return answers.listing(server, call, rows)


def company(server: Server, call: Call) -> Reply:
    one = _organization(server, call, call.params["uid"])
    if one["type"] != "Company":
        server.fail(404, f"Company '{call.params['uid']}' does not exist.")
    return answers.data(server, call, _company(server, one))


def backup_servers(server: Server, call: Call) -> Reply:
    """A server appears when its management agent is accepted; nothing about it can be written."""
    row = {
        "instanceUid": seeds.BACKUP_SERVER,
        "name": "vbr01.alpha.local",
        "organizationUid": seeds.ALPHA,
        "locationUid": seeds.ALPHA_LOCATION,
        "managementAgentUid": "d5420895-3c97-44d3-b767-24797d879c06",
        "version": "13.0.1.180",
        "displayVersion": "13.0.1",
        "installationUid": "63e660e3-1c14-462e-8c50-3c99ce2e82d9",
        "backupServerRoleType": "Client",
        "status": "Healthy",
        "inHighAvailabilityCluster": False,
    }
    return answers.listing(server, call, [row] if seeds.ALPHA in server.reach(call) else [])


def _organization(server: Server, call: Call, uid: str) -> Doc:
    found = server.reach(call).get(uid.lower())
    if found is None:
        server.fail(404, f"Organization '{uid}' does not exist.")
    return found


def _company(server: Server, one: Doc) -> dict[str, Any]:
    owned = (user for user in server.users.all() if user["organizationUid"] == one["instanceUid"])
    owner = next((user["userName"] for user in owned if user["role"] == "CompanyOwner"), "")
    return views.company(one, owner, server.settings.on("rest_access"))
