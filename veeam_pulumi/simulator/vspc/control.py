"""What the control plane does with the console: install it, look at it, change it behind everyone's back."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from ..credentials import password_matches
from ..store import Doc
from . import actions, activity, companies, local_user_rules, rules, seeds, views
from .server import Server

_VALUES = {
    "organizationUid",
    "userName",
    "role",
    "status",
    "mfaPolicyStatus",
    "mfaPolicyConfigurationStatus",
    "inUse",
}

_RULE_VALUES = {
    *("sid", "name", "description", "enabled", "roleType", "contextType", "scope", "type"),
    *("mfaPolicyStatus", "hasAccessToProvider"),
}
_COMPANY_VALUES = {
    *("status", "resellerUid", "subscriptionPlanUid", "isRestAccessEnabled", "isAlarmDetectEnabled"),
    *("companyServices", "claims"),
}
_KEY_VALUES = {"userName", "description", "status", "scopes", "isReadAccessOnly", "creationDate"}


def seed(server: Server) -> None:
    server.clear()
    for uid, name, alias, kind, reseller in seeds.ORGANIZATIONS:
        about = {"name": name, "alias": alias, "type": kind}
        companies.add(server, about, uid=uid, resellerUid=reseller)
    for uid, organization in ((seeds.ALPHA_LOCATION, seeds.ALPHA), (seeds.BETA_LOCATION, seeds.BETA)):
        place = {"instanceUid": uid, "organizationUid": organization, "name": "Default location", "quotaGb": 0}
        server.locations.put(uid, {**place, "type": "Default"})
    # The share of a cloud tenant's repository that subtenants of Alpha can be given a part of.
    tenant = {"instanceUid": seeds.TENANT_RESOURCE, "siteUid": seeds.SITE, "organizationUid": seeds.ALPHA}
    server.tenants.put(seeds.TENANT_RESOURCE, tenant)
    admin = server.add(
        seeds.PROVIDER, seeds.ADMIN, "PortalAdministrator", rules.password(seeds.ADMIN_PASSWORD), uid=seeds.ADMIN_UID
    )
    server.add_login(admin, "AK", "full access", key=seeds.API_KEY)
    server.add_login(admin, "AK", "read-only access", key=seeds.READ_ONLY_API_KEY, read_only=True)
    for sid, name, role, scope in seeds.RULES:
        values = {"sid": sid, "name": name, "roleType": role, "type": "winNTGroup", "contextType": "machine"}
        local_user_rules.add(server, {**values, "scope": [scope]})
    password = rules.password(seeds.OWNER_PASSWORD)
    for uid, organization, name, role in seeds.OWNERS:
        server.add(organization, name, role, password, uid=uid)


def objects(server: Server) -> dict[str, list[dict[str, Any]]]:
    actions.go_on(server, look=False)
    rest = server.settings.release.rest
    return {
        "users": [server.wire(user) for user in server.users.all()],
        "organizations": [views.organization(one) for one in server.organizations.all()],
        "companies": [_company(server, one) for one in server.organizations.all() if one["type"] == "Company"],
        "rules": server.rules.all(),
        "keys": [_key(server, login) for login in server.logins.all() if login["digest"]],
        "backupResources": [views.backup_resource(user, rest) for user in server.users.all() if user["backupResource"]],
    }


def lookup(server: Server, name: str) -> dict[str, Any] | None:
    """A user by name or UID, else a rule by name, SID or UID, an API key by its description, a company by name."""
    user = server.one(name)
    if user is not None:
        return server.wire(user)
    key, company = _find_key(server, name), companies.find(server, name)
    found = local_user_rules.find(server, name) or (_key(server, key) if key else None)
    return found or (_company(server, company) if company else None)


def can_login(server: Server, username: str, password: str) -> bool:
    return any(
        password_matches(password, user["credentials"]["password"])
        and user["status"] == "Enabled"
        and server.may_use_rest(user)
        for user in server.named(username)
    )


def drift(server: Server, action: str, name: str, values: Mapping[str, Any]) -> None:
    """No rule is applied, but what nobody could have is refused. `by`: who did it, as the activity log says.

    Of a rule: with `sid` among the values, or by its name; of an API key: with `scopes`, or by its description; of a
    company: with `ownerCredentials`, or by its name; its agents are the names of their hosts.
    Values of a user: those of a user, its profile's by their own names, password, inUse. A new user is one of Alpha's.
    """
    values = dict(values)
    doer = server.one(str(values.pop("by", seeds.ADMIN)))
    _drift(server, action, name, values)
    done = {"add": "Created", "update": "Modified", "delete": "Removed"}[action]
    activity.record(server, doer["instanceUid"] if doer else "", f"UserRecord{done}", f"{name} was {done.lower()}.")


def _drift(server: Server, action: str, name: str, values: Mapping[str, Any]) -> None:
    is_user = server.one(name) is not None
    if "sid" in values or (not is_user and local_user_rules.find(server, name)):
        _drift_of_rule(server, action, name, values)
        return
    if "scopes" in values or (not is_user and _find_key(server, name)):
        _drift_of_key(server, action, name, values)
        return
    if "ownerCredentials" in values or (not is_user and companies.find(server, name)):
        _drift_of_company(server, action, name, values)
        return
    unknown = set(values) - _VALUES - set(rules.PROFILE) - {"password"}
    if unknown:
        raise ValueError(f"vspc users have no {', '.join(sorted(unknown))}")
    if "organizationUid" in values and server.organizations.get(str(values["organizationUid"])) is None:
        raise ValueError(f"vspc has no organization {values['organizationUid']}")
    if values.get("role", "CompanyOwner") not in rules.ROLES:
        raise ValueError(f"vspc has no role {values['role']}: {', '.join(rules.ROLES)}")
    user = server.one(name)
    if (user is None) != (action == "add"):
        raise ValueError(f"there is {'already' if user else 'no'} user {name} on vspc")
    if action == "delete" and user:
        server.forget(user)
        return
    user = user or server.add(seeds.ALPHA, name, "CompanyAdministrator", None)
    user.update({key: value for key, value in values.items() if key in _VALUES})
    user["profile"].update({key: value for key, value in values.items() if key in rules.PROFILE})
    if "password" in values:
        user["credentials"]["password"] = rules.password(values["password"])
    server.save(user)


def _drift_of_rule(server: Server, action: str, name: str, values: Mapping[str, Any]) -> None:
    rule = local_user_rules.find(server, name)
    _check("rule", action, name, set(values) - _RULE_VALUES, rule is not None)
    if rule is None:
        local_user_rules.add(server, {"name": name, **values})
    elif action == "delete":
        server.rules.remove(rule["instanceUid"])
    else:
        server.rules.put(rule["instanceUid"], {**rule, **values})


def _drift_of_key(server: Server, action: str, name: str, values: Mapping[str, Any]) -> None:
    """A new one belongs to the calling administrator, or to `userName`, and nobody knows it."""
    key = _find_key(server, name)
    _check("API key", action, name, set(values) - _KEY_VALUES, key is not None)
    if key is None:
        more = dict(values)
        holder = server.one(str(more.pop("userName", seeds.ADMIN)))
        if holder is None:
            raise ValueError(f"vspc has no user {values['userName']}")
        read_only = bool(more.pop("isReadAccessOnly", False))
        server.add_login(holder, "AK", name, key=secrets.token_urlsafe(32), read_only=read_only, **more)
    elif action == "delete":
        server.logins.remove(str(key["id"]))
    else:
        server.logins.put(str(key["id"]), {**key, **values})


def _drift_of_company(server: Server, action: str, name: str, values: Mapping[str, Any]) -> None:
    """Its owner is `ownerCredentials`, with `password` beside it; details are those of its organization, and
    `permissions` its claims."""
    one, values = companies.find(server, name), dict(values)
    if "permissions" in values:
        values["claims"] = values.pop("permissions")
    known = {*_COMPANY_VALUES, *rules.ORGANIZATION}
    _check("company", action, name, set(values) - known - {"ownerCredentials", "password", "agents"}, one is not None)
    if one is not None and action == "delete":
        companies.forget(server, one)
        return
    one = one or companies.add(server, {"name": name}, isRestAccessEnabled=True)
    server.organizations.put(
        one["instanceUid"], {**one, **{key: value for key, value in values.items() if key in known}}
    )
    owner = companies.owner_of(server, one)
    if owner is None and "ownerCredentials" in values:
        owner = server.add(one["instanceUid"], values["ownerCredentials"]["userName"], "CompanyOwner", None)
    if owner is not None and "password" in values:
        owner["credentials"]["password"] = rules.password(values["password"])
        server.save(owner)
    for host in values.get("agents", ()):
        uid = str(uuid.uuid4())
        server.agents.put(uid, {"instanceUid": uid, "organizationUid": one["instanceUid"], "hostName": host})


def _company(server: Server, one: Doc) -> dict[str, Any]:
    return {**companies.view(server, one), **views.organization(one), "claims": one["claims"]}


def _check(kind: str, action: str, name: str, unknown: set[str], exists: bool) -> None:
    if unknown:
        raise ValueError(f"vspc {kind}s have no {', '.join(sorted(unknown))}")
    if exists == (action == "add"):
        raise ValueError(f"there is {'already' if exists else 'no'} {kind} {name} on vspc")


def _find_key(server: Server, description: str) -> Doc | None:
    return next((one for one in server.logins.all() if one["digest"] and one["description"] == description), None)


def _key(server: Server, login: Doc) -> dict[str, Any]:
    holder = server.users.get(login["userUid"]) or {}
    return views.login(login, holder, server.organizations.get(holder["organizationUid"]) or {})
