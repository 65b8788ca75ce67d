"""Organizations, which carry the names of companies; backup servers, agents and cloud tenants, read only here."""

from __future__ import annotations

from ..routing import Call, Reply
from ..store import Doc
from . import answers, bodies, companies, rules, seeds, views
from .server import Server


def list_all(server: Server, call: Call) -> Reply:
    return answers.listing(server, call, [views.organization(one) for one in server.reach(call).values()])


def read(server: Server, call: Call) -> Reply:
    return answers.data(server, call, views.organization(_organization(server, call, call.params["uid"])))


def provider(server: Server, call: Call) -> Reply:
    return answers.data(server, call, views.organization(_organization(server, call, seeds.PROVIDER)))


def update(server: Server, call: Call) -> Reply:
    """The one way to rename a company. assumed: neither provider nor resellers are renamed by somebody below them."""
    one = _organization(server, call, call.params["uid"])
    checks = {name: _emptied(check) for name, check in companies.details(server).items()}
    changed = bodies.patched(server, call, {**dict.fromkeys(checks), **one}, checks)
    if changed["name"].lower() != one["name"].lower():
        companies.check_name(server, one, changed["name"])
    server.organizations.put(one["instanceUid"], changed)
    return answers.data(server, call, views.organization(changed))


def _emptied(check: rules.Check) -> rules.Check:
    """assumed: an empty text empties a member, whatever its shortest length."""
    return lambda value: None if value == "" and check is not rules.ORGANIZATION["name"] else check(value)


def agents(server: Server, call: Call) -> Reply:
    """Management agents; a new company has none."""
    row = {
        "instanceUid": seeds.AGENT,
        "organizationUid": seeds.ALPHA,
        "locationUid": seeds.ALPHA_LOCATION,
        "hostName": "vbr01.alpha.local",
        "friendlyName": None,
        "role": "Client",
        "type": "Client",
        "status": "Healthy",
        "connectionStatus": "Online",
    }
    rows = [row, *server.agents.all()]
    return answers.listing(server, call, [one for one in rows if one["organizationUid"] in server.reach(call)])


def tenants(server: Server, call: Call) -> Reply:
    """Cloud tenants, from REST 3.6 on."""
    if not companies.modern(server):
        return server.no_such_path(404, call.origin)
    rows = [
        {
            "instanceUid": one["instanceUid"],
            "siteUid": one["siteUid"],
            "name": f"tenant-{one['instanceUid'][:8]}",
            "assignedForCompany": one["organizationUid"],
            "isEnabled": True,
            "credentials": {"userName": f"tenant-{one['instanceUid'][:8]}", "password": None},
        }
        for one in server.tenants.all()
        if one["organizationUid"] in server.reach(call)
    ]
    return answers.listing(server, call, rows)


def sites(server: Server, call: Call) -> Reply:
    """What a company had of a Cloud Connect site up to REST 3.5.1."""
    if companies.modern(server):
        return server.no_such_path(404, call.origin)
    home = companies.company_of(server, call)
    rows = [
        {"siteUid": one["siteUid"], "companyUid": home["instanceUid"]}
        for one in server.tenants.all()
        if one["organizationUid"] == home["instanceUid"]
    ]
    return answers.listing(server, call, rows)


def backup_servers(server: Server, call: Call) -> Reply:
    """A server appears when its management agent is accepted; nothing about it can be written."""
    row = {
        "instanceUid": seeds.BACKUP_SERVER,
        "name": "vbr01.alpha.local",
        "organizationUid": seeds.ALPHA,
        "locationUid": seeds.ALPHA_LOCATION,
        "managementAgentUid": seeds.AGENT,
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
