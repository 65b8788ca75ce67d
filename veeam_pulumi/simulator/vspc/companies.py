"""Companies: list, create, read, change, delete; what their users may do with jobs (claims).

The name, and who they are, belongs to the organization behind a company: PATCH /organizations/{uid}. An owner is made
with a company from REST 3.6 on, and goes with it. Deletes answer 200, and want to be told what goes with the company.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from ..routing import Call, Refusal, Reply
from ..store import Doc
from . import answers, bodies, knobs, rules, views
from .server import Server

_HOSTED = {"isVbPublicCloudManagementEnabled": False}
_REMOTE = {
    "isBackupResourcesEnabled": True,
    "backupAgentsManagement": None,
    "backupServersManagement": None,
    "vb365ServersManagement": None,
    "isVbPublicCloudManagementEnabled": False,
}
_SERVERS = {"backupServerQuota": rules.nullable(rules.whole(1))}
_FLAT: dict[str, Any] = {  # REST 3.5.1
    "isBackupAgentManagementEnabled": True,
    "isBackupServerManagementEnabled": True,
    "isVBPublicCloudManagementEnabled": True,
    "backupAgentServerQuota": None,
    "backupAgentWorkstationQuota": None,
    "storageQuota": None,
}


def list_all(server: Server, call: Call) -> Reply:
    return answers.listing(server, call, [view(server, one, call) for one in _seen(server, call).values()])


def read(server: Server, call: Call) -> Reply:
    return answers.data(server, call, view(server, company_of(server, call)))


def create(server: Server, call: Call) -> Reply:
    """assumed: names are unique among companies whatever their case; a reseller's company is its own."""
    checks: dict[str, rules.Check] = {
        "organizationInput": rules.anything,
        "resellerUid": rules.nullable(rules.uid),
        "subscriptionPlanUid": rules.nullable(rules.uid),
        "isAlarmDetectEnabled": rules.flag,
        "companyServices": rules.anything,
    }
    if modern(server):
        checks |= {"ownerCredentials": rules.anything, "isRestAccessEnabled": rules.flag}
    else:
        checks["permissions"] = _rest_only
    spec = bodies.members(server, bodies.read(server, call), checks)
    bodies.require(server, spec, "organizationInput", *(["ownerCredentials"] if modern(server) else []))
    about = bodies.members(server, spec["organizationInput"], details(server), "organizationInput")
    bodies.require(server, about, "name", where="organizationInput.")
    owner: dict[str, Any] = {}
    if modern(server):
        login = {"userName": rules.owner_name, "password": rules.password}
        owner = bodies.members(server, spec["ownerCredentials"], login, "ownerCredentials")
        bodies.require(server, owner, "userName", where="ownerCredentials.")
    home = server.reach(call)[server.caller(call)["organizationUid"]]
    reseller = spec.get("resellerUid") or (home["instanceUid"] if home["type"] == "Reseller" else None)
    if reseller is not None and server.reach(call).get(reseller, home)["type"] != "Reseller":
        server.fail(404, f"Reseller '{reseller}' does not exist.")
    _check_free(server, about["name"])
    one = add(
        server,
        {key: value for key, value in about.items() if value is not None},
        resellerUid=reseller,
        subscriptionPlanUid=spec.get("subscriptionPlanUid"),
        isAlarmDetectEnabled=spec.get("isAlarmDetectEnabled", False),
        isRestAccessEnabled=spec.get("isRestAccessEnabled", "REST" in spec.get("permissions", ())),
        companyServices=_services(server, spec.get("companyServices") or {}),
    )
    if owner:
        server.add(one["instanceUid"], owner["userName"], "CompanyOwner", owner.get("password"))
    return answers.data(server, call, view(server, one))


def update(server: Server, call: Call) -> Reply:
    """The name is the organization's; assumed: the owner's name and the reseller cannot change here."""
    one = company_of(server, call)
    fields: dict[str, rules.Check] = {
        "status": rules.choice("Active", "Disabled"),
        "subscriptionPlanUid": rules.nullable(rules.uid),
        "isAlarmDetectEnabled": rules.flag,
    }
    held = {**one, "companyServices": one["companyServices"] or _services(server, {})}
    if modern(server):
        fields |= {"isRestAccessEnabled": rules.flag, **_service_paths(server)}
        if server.settings.text("owner_password") != "1001":
            fields["ownerCredentials.password"] = rules.password
        held["ownerCredentials"] = {"password": None}
        held["isRestAccessEnabled"] = server.has_rest_access(one)
    changed = bodies.patched(server, call, held, fields)
    password = changed.pop("ownerCredentials", {}).get("password")
    owner = owner_of(server, one)
    if password is not None and owner is not None and server.settings.text("rotation") != "ignored":
        owner["credentials"] = {"password": password}
        server.save(owner)
    if changed["status"] == "Disabled" != one["status"]:
        server.shut_out(one)
    server.organizations.put(one["instanceUid"], changed)
    return answers.data(server, call, view(server, changed))


def delete(server: Server, call: Call) -> Reply:
    """Whatever the company holds leaves with it; in REST 3.5.1 its backups too, where `removeBackups` says so."""
    one = company_of(server, call)
    for name in ["removeAllAgents", *([] if modern(server) else ["removeBackups"])]:
        if (call.first(name) or "").lower() not in ("true", "false"):
            server.fail(400, f"The parameter '{name}' is required.", parameterName=name)
    forget(server, one)
    return answers.empty(server)


def read_permissions(server: Server, call: Call) -> Reply:
    return answers.data(server, call, {"claims": _claims_of(server, call)["claims"]})


def update_permissions(server: Server, call: Call) -> Reply:
    """An operation on /claims replaces the array, or with `add` and one claim adds that one (documented example)."""
    one = _claims_of(server, call)
    known = knobs.claims(server.settings.release.rest)

    def claims(value: Any) -> list[str]:
        found = value if isinstance(value, list) else [*one["claims"], value]
        if strangers := [claim for claim in found if claim not in known]:
            raise ValueError(f"has a value that is not known: {strangers[0]}")
        return list(dict.fromkeys(found))

    changed = bodies.patched(server, call, one, {"claims": claims})
    server.organizations.put(one["instanceUid"], changed)
    return answers.data(server, call, {"claims": changed["claims"]})


def read_rest_permission(server: Server, call: Call) -> Reply:
    return answers.data(server, call, ["REST"] if server.has_rest_access(_old(server, call)) else [])


def update_rest_permission(server: Server, call: Call) -> Reply:
    """REST 3.5.1 alone. assumed: the path of the patch."""
    one = _old(server, call)
    changed = bodies.patched(server, call, {"permissions": []}, {"permissions": _rest_only})
    server.organizations.put(one["instanceUid"], {**one, "isRestAccessEnabled": "REST" in changed["permissions"]})
    return answers.data(server, call, changed["permissions"])


def assign(server: Server, call: Call) -> Reply:
    _move(server, call, call.params["uid"].lower())
    return answers.empty(server)


def take_away(server: Server, call: Call) -> Reply:
    _move(server, call, None)
    return answers.empty(server)


# -- what others use


def view(server: Server, one: Doc, call: Call | None = None) -> dict[str, Any]:
    owner = owner_of(server, one)
    expanded = call is not None and call.first("expand") == "Organization"
    embedded = views.organization(one) if expanded and server.settings.text("expand") == "honoured" else None
    return views.company(
        {**one, "companyServices": one["companyServices"] or _services(server, {})},
        owner["userName"] if owner else "",
        server.has_rest_access(one),
        embedded,
        modern(server),
    )


def add(server: Server, about: dict[str, Any], uid: str = "", **more: Any) -> Doc:
    one = {"instanceUid": uid or str(uuid.uuid4()), "alias": None, "type": "Company", **about, **_NEW, **more}
    server.organizations.put(one["instanceUid"], one)
    return one


def forget(server: Server, one: Doc) -> None:
    uid = one["instanceUid"]
    for user in server.users.all():
        if user["organizationUid"] == uid:
            server.forget(user)
    for shelf in (server.locations, server.tenants):
        for held in shelf.all():
            if held["organizationUid"] == uid:
                shelf.remove(held["instanceUid"])
    server.organizations.remove(uid)


def find(server: Server, name: str) -> Doc | None:
    """By name or UID."""
    wanted = name.lower()
    return next(
        (one for one in _companies(server).values() if wanted in (one["name"].lower(), one["instanceUid"])), None
    )


def owner_of(server: Server, one: Doc) -> Doc | None:
    owned = (user for user in server.users.all() if user["organizationUid"] == one["instanceUid"])
    return next((user for user in owned if user["role"] == "CompanyOwner"), None)


def modern(server: Server) -> bool:
    """Whether companies have owners, claims, and services that are hosted and remote: REST 3.6 and later."""
    return knobs.at_least(server.settings.release.rest, "3.6")


def details(server: Server) -> Mapping[str, rules.Check]:
    """Who an organization is; the last two came with REST 3.7."""
    newest = knobs.at_least(server.settings.release.rest, "3.7")
    return rules.ORGANIZATION if newest else {k: v for k, v in rules.ORGANIZATION.items() if k not in rules.NEWEST}


def company_of(server: Server, call: Call) -> Doc:
    one = _seen(server, call).get(call.params["uid"].lower())
    if one is None:
        server.fail(server.settings.number("unknown_user"), f"Company '{call.params['uid']}' does not exist.")
    return one


_NEW: dict[str, Any] = {
    "status": "Active",
    "resellerUid": None,
    "subscriptionPlanUid": None,
    "isRestAccessEnabled": None,
    "isAlarmDetectEnabled": False,
    "companyServices": None,
    "claims": [],
}
"""What a company has that nobody said more of; None for REST access is what the knob says."""


def _companies(server: Server) -> dict[str, Doc]:
    return {one["instanceUid"]: one for one in server.organizations.all() if one["type"] == "Company"}


def _seen(server: Server, call: Call) -> dict[str, Doc]:
    """The companies that the caller sees: `unseen` names those that only a portal administrator does."""
    hidden = () if server.caller(call)["role"] == "PortalAdministrator" else server.settings.names("unseen")
    reach = server.reach(call)
    return {uid: one for uid, one in _companies(server).items() if uid in reach and one["name"] not in hidden}


def _claims_of(server: Server, call: Call) -> Doc:
    if not modern(server):
        raise Refusal(server.no_such_path(404, call.origin))
    # The contracts of 3.6 and 3.6.1 have no such parameter.
    asks = server.settings.release.rest not in ("3.6", "3.6.1")
    if asks and str(call.first("entityType")).lower() != "company":
        server.fail(400, "The parameter 'entityType' is required.", parameterName="entityType")
    return company_of(server, call)


def _old(server: Server, call: Call) -> Doc:
    if modern(server):
        raise Refusal(server.no_such_path(404, call.origin))
    return company_of(server, call)


def _move(server: Server, call: Call, reseller: str | None) -> None:
    home = server.organizations.get(call.params["uid"].lower())
    one = _companies(server).get(str(call.first("companyUid")).lower())
    if home is None or home["type"] != "Reseller" or one is None:
        server.fail(404, "The reseller or the company does not exist.")
    server.organizations.put(one["instanceUid"], {**one, "resellerUid": reseller})


def _check_free(server: Server, name: str, own: str = "") -> None:
    found = find(server, name)
    if found is not None and found["instanceUid"] != own:
        server.fail(server.settings.number("duplicate_company"), f"Company '{name}' already exists.")


def check_name(server: Server, one: Doc, name: str) -> None:
    """assumed: a rename is refused as a create is."""
    if one["type"] == "Company":
        _check_free(server, name, one["instanceUid"])


def _rest_only(value: Any) -> list[str]:
    if not isinstance(value, list) or not set(value) <= {"REST"}:
        raise ValueError("must be an array of REST, or empty")
    return value


def _services(server: Server, spec: Any) -> dict[str, Any]:
    """What a company may use: in full, with the defaults of what is left out."""
    if not modern(server):
        checks = {
            name: rules.flag if value is True else rules.nullable(rules.whole(0)) for name, value in _FLAT.items()
        }
        return {**_FLAT, **bodies.members(server, spec, checks, "companyServices")}
    checks = {"hostedServices": _nested(server, _hosted()), "remoteServices": _nested(server, _remote(server))}
    said = bodies.members(server, spec, checks, "companyServices")
    return {
        "hostedServices": said.get("hostedServices", _HOSTED),
        "remoteServices": said.get("remoteServices", _REMOTE),
    }


def _hosted() -> tuple[dict[str, Any], dict[str, rules.Check]]:
    return _HOSTED, {"isVbPublicCloudManagementEnabled": rules.flag}


def _remote(server: Server) -> tuple[dict[str, Any], dict[str, rules.Check]]:
    agents = {name: rules.nullable(rules.whole(0, 99_999)) for name in ("workstationAgentsQuota", "serverAgentsQuota")}
    if knobs.at_least(server.settings.release.rest, "3.6.2"):
        agents["isHardQuotaEnabled"] = rules.flag
    whole = {name: False if name == "isHardQuotaEnabled" else None for name in agents}
    servers = ({"backupServerQuota": None}, _SERVERS)
    return _REMOTE, {
        "isBackupResourcesEnabled": rules.flag,
        "backupAgentsManagement": _nested(server, (whole, agents)),
        "backupServersManagement": _nested(server, servers),
        "vb365ServersManagement": _nested(server, servers),
        "isVbPublicCloudManagementEnabled": rules.flag,
    }


def _nested(server: Server, part: tuple[dict[str, Any], dict[str, rules.Check]]) -> rules.Check:
    defaults, checks = part

    def check(value: Any) -> Any:
        return None if value is None else {**defaults, **bodies.members(server, value, checks, "companyServices")}

    return check


def _service_paths(server: Server) -> dict[str, rules.Check]:
    """What of the services a patch may name: the two halves, and what is in them."""
    hosted, remote = _hosted()[1], _remote(server)[1]
    found = {f"hostedServices.{name}": check for name, check in hosted.items()}
    found |= {f"remoteServices.{name}": check for name, check in remote.items()}
    found |= {"hostedServices": _nested(server, _hosted()), "remoteServices": _nested(server, _remote(server))}
    return {f"companyServices.{name}": check for name, check in found.items()}
