"""Organizations, companies and backup servers: read only here."""

from __future__ import annotations

from typing import Any

from ..exchange import Call, Reply
from ..store import Doc
from . import answers, seeds, views
from .room import Console


def list_all(room: Console, call: Call) -> Reply:
    return answers.listing(room, call, [views.organization(one) for one in room.reach(call).values()])


def read(room: Console, call: Call) -> Reply:
    return answers.data(room, call, views.organization(_organization(room, call, call.params["uid"])))


def provider(room: Console, call: Call) -> Reply:
    return answers.data(room, call, views.organization(_organization(room, call, seeds.PROVIDER)))


def companies(room: Console, call: Call) -> Reply:
    rows = [_company(room, one) for one in room.reach(call).values() if one["type"] == "Company"]
    return answers.listing(room, call, rows)


def company(room: Console, call: Call) -> Reply:
    one = _organization(room, call, call.params["uid"])
    if one["type"] != "Company":
        room.fail(404, f"Company '{call.params['uid']}' does not exist.")
    return answers.data(room, call, _company(room, one))


def backup_servers(room: Console, call: Call) -> Reply:
    """A server appears when its management agent is accepted; nothing about it can be written."""
    server = {
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
    return answers.listing(room, call, [server] if seeds.ALPHA in room.reach(call) else [])


def about(room: Console, call: Call) -> Reply:
    body = {
        "installationId": "57b3a6f8-64ee-495e-ad69-5aee5776f0f8",
        "installationDate": "2025-01-15T09:00:00.0000000+00:00",
        "actualVawVersion": None,
        "actualValVersion": None,
        "actualVamVersion": None,
        "serverVersion": room.settings.release.build,
    }
    agents = dict.fromkeys(f"{kind}ManagementAgentVersion" for kind in ("windows", "linux", "mac"))
    return answers.data(room, call, {**body, **dict.fromkeys(agents, room.settings.release.build)})


def _organization(room: Console, call: Call, uid: str) -> Doc:
    found = room.reach(call).get(uid.lower())
    if found is None:
        room.fail(404, f"Organization '{uid}' does not exist.")
    return found


def _company(room: Console, one: Doc) -> dict[str, Any]:
    owned = (user for user in room.users.all() if user["organizationUid"] == one["instanceUid"])
    owner = next((user["userName"] for user in owned if user["role"] == "CompanyOwner"), "")
    return views.company(one, owner, room.settings.on("rest_access"))
