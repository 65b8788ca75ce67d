"""What the control plane does with the console: install it, look at it, change it behind everyone's back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..credentials import password_matches
from . import actions, rules, seeds, views
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


def seed(server: Server) -> None:
    server.clear()
    for uid, name, alias, kind, reseller in seeds.ORGANIZATIONS:
        doc = {"instanceUid": uid, "name": name, "alias": alias, "type": kind, "resellerUid": reseller}
        server.organizations.put(uid, doc)
    for uid, organization in ((seeds.ALPHA_LOCATION, seeds.ALPHA), (seeds.BETA_LOCATION, seeds.BETA)):
        place = {"instanceUid": uid, "organizationUid": organization, "name": "Default location"}
        server.locations.put(uid, place)
    # The share of a cloud tenant's repository that subtenants of Alpha can be given a part of.
    tenant = {"instanceUid": seeds.TENANT_RESOURCE, "siteUid": seeds.SITE, "organizationUid": seeds.ALPHA}
    server.tenants.put(seeds.TENANT_RESOURCE, tenant)
    admin = server.add(
        seeds.PROVIDER, seeds.ADMIN, "PortalAdministrator", rules.password(seeds.ADMIN_PASSWORD), uid=seeds.ADMIN_UID
    )
    server.add_login(admin, "AK", "full access", key=seeds.API_KEY)
    server.add_login(admin, "AK", "read-only access", key=seeds.READ_ONLY_API_KEY, read_only=True)
    password = rules.password(seeds.OWNER_PASSWORD)
    for uid, organization, name, role in seeds.OWNERS:
        server.add(organization, name, role, password, uid=uid)


def objects(server: Server) -> dict[str, list[dict[str, Any]]]:
    actions.go_on(server, look=False)
    rest = server.settings.release.rest
    return {
        "users": [server.wire(user) for user in server.users.all()],
        "organizations": [views.organization(one) for one in server.organizations.all()],
        "backupResources": [views.backup_resource(user, rest) for user in server.users.all() if user["backupResource"]],
    }


def lookup(server: Server, name: str) -> dict[str, Any] | None:
    user = server.one(name)
    return server.wire(user) if user else None


def can_login(server: Server, username: str, password: str) -> bool:
    return any(
        password_matches(password, user["credentials"]["password"])
        and user["status"] == "Enabled"
        and server.may_use_rest(user)
        for user in server.named(username)
    )


def drift(server: Server, action: str, name: str, values: Mapping[str, Any]) -> None:
    """No rule is applied, but what nobody could have is refused.

    Values: those of a user, its profile's by their own names, password, inUse. A new user is one of Alpha's.
    """
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
