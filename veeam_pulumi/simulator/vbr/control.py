"""What the control plane does with the server: install it, look at it, change it behind everyone's back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from ..credentials import password_matches
from ..store import Doc
from . import credentials, events, hosts, managed_servers, principals, role_scopes, roles, seeds
from .server import Server

_VALUES = {"name", "type", "roles", "roleId", "isServiceAccount", "description", "accountType", "isEnabled", "password"}

_NOTHING = {"manageBackups": False, "manageRestores": False}
_HOST_VALUES = {
    "type",
    "description",
    "status",
    *(key for _, members, _ in hosts.TYPES.values() for key in members),
}
_ROLE_VALUES = {"name", "description", *_NOTHING, *role_scopes.SCOPES}
_CREDENTIAL_VALUES = {
    "type", "username", "description", "uniqueId", "authenticationType", "usedBy", *credentials.LINUX,
    *credentials.SECRETS,
}  # fmt: skip


def seed(server: Server) -> None:
    """A Windows installation: the local administrators, and the account that the caller uses."""
    server.clear()
    for role in roles.seeds():
        server.roles.put(role["id"], role)
    server.add(seeds.ADMINISTRATORS[server.settings.text("administrators")], "InternalGroup", [roles.ADMIN_ROLE])
    server.add(seeds.ADMIN, "InternalUser", [roles.ADMIN_ROLE])
    server.set_password(seeds.ADMIN, seeds.ADMIN_PASSWORD)
    credentials.add(server, {**seeds.APPLIANCE, "isDefaultAppliance": True})
    if server.settings.text("own_server") == "listed":
        for spec in seeds.LISTED:
            host = managed_servers.add(server, dict(spec))
            server.managed.put(host["id"], host)


def objects(server: Server) -> dict[str, list[dict[str, Any]]]:
    newest = server.settings.revisions[-1]
    return {
        "users": [_shown(server, user) for user in server.users.all()],
        "roles": [roles.wire(role, newest) for role in server.roles.all()],
        "managedServers": [managed_servers.view(host) for host in managed_servers.every(server)],
        "customRoles": [roles.details(role) for role in server.roles.all() if not role["isBuiltIn"]],
        "credentials": [
            credentials.shown(server, one, newest) for one in server.credentials.all() if not one["isDefaultAppliance"]
        ],
    }


def lookup(server: Server, name: str) -> dict[str, Any] | None:
    """A user or group by name, else credentials by user name or id, else a custom role by name or id, else a managed
    server by name."""
    if user := server.find(name):
        return _shown(server, user)
    if credential := _credential(server, name):
        return credentials.shown(server, credential, server.settings.revisions[-1])
    role, host = _custom_role(server, name), managed_servers.find(server, None, name)
    return roles.details(role) if role else managed_servers.view(host) if host else None


def can_login(server: Server, username: str, password: str) -> bool:
    """A directory account with this password, a role here, not disabled, and no second factor to ask for.

    Also the user name and the password of credentials: so that a new password can be seen to arrive.
    """
    if any(
        one["username"] == username and password_matches(password, one["secrets"].get("password"))
        for one in server.credentials.all()
    ):
        return True
    account, user = server.directory.get(principals.key(username)), server.find(username)
    return (
        account is not None
        and password_matches(password, account["password"])
        and user is not None
        and user["isEnabled"] is not False
        and not server.has_mfa(user)
    )


def drift(server: Server, action: str, name: str, values: Mapping[str, Any]) -> None:
    """Of a user. Values: those of both dialects; roles by name or id; password is the directory's, not the product's.

    `by`: who did it in the console, and `approvedBy`: the second administrator, as the authorization events say.
    Of a custom role, by its name or with `manageBackups` or `manageRestores` among the values. Of credentials, by their
    user name or id, or with a `type` of credentials among the values. Of a managed server, by its name or with its type
    among the values.
    """
    values = dict(values)
    by, second = str(values.pop("by", seeds.CONSOLE)), str(values.pop("approvedBy", ""))
    if values.get("type") in credentials.TYPES or (not server.find(name) and _credential(server, name)):
        _drift_of_credential(server, action, name, values)
        return
    if values.get("type") in hosts.TYPES or (not server.find(name) and managed_servers.find(server, None, name)):
        _drift_of_host(server, action, name, values)
        return
    if set(values) & {"manageBackups", "manageRestores"} or (not server.find(name) and _custom_role(server, name)):
        _drift_of_role(server, action, name, values)
        events.record(server, by, "Role changed in the console", f"{name}: {action}", second)
        return
    unknown = set(values) - _VALUES
    if unknown:
        raise ValueError(f"vbr users have no {', '.join(sorted(unknown))}")
    user = server.find(name)
    if (user is None) != (action == "add"):
        raise ValueError(f"there is {'already' if user else 'no'} user {name} on vbr")
    events.record(server, by, "User or group changed in the console", f"{name}: {action}", second)
    if action == "delete" and user:
        server.users.remove(user["id"])
        server.tokens.end_account(principals.key(user["name"]))
        return
    changes = dict(values)
    if "password" in changes:
        server.set_password(str(changes.get("name", name)), str(changes.pop("password")))
    wanted = changes.pop("roles", None) or ([changes.pop("roleId")] if "roleId" in changes else None)
    if wanted is not None:
        changes["roles"] = [_role_id(server, item) for item in wanted]
    if user is None:
        user = server.add(name, "InternalUser", [_role_id(server, "Backup Viewer")])
    server.users.put(user["id"], {**user, **changes})


def _drift_of_role(server: Server, action: str, name: str, values: Mapping[str, Any]) -> None:
    unknown = set(values) - _ROLE_VALUES
    if unknown:
        raise ValueError(f"vbr roles have no {', '.join(sorted(unknown))}")
    role = _custom_role(server, name)
    if (role is None) != (action == "add"):
        raise ValueError(f"there is {'already' if role else 'no'} custom role {name} on vbr")
    if action == "delete" and role:
        server.roles.remove(role["id"])
        return
    new = {"id": str(uuid.uuid4()), "isBuiltIn": False, "name": name, "description": "", **_NOTHING}
    changed = {**(role or new), **values}
    server.roles.put(changed["id"], changed)


def _drift_of_credential(server: Server, action: str, name: str, values: Mapping[str, Any]) -> None:
    """`usedBy`: names of what uses them. A second one of a user name is added like the first."""
    unknown = set(values) - _CREDENTIAL_VALUES
    if unknown:
        raise ValueError(f"vbr credentials have no {', '.join(sorted(unknown))}")
    known = None if action == "add" else _credential(server, name)
    if known is None and action != "add":
        raise ValueError(f"there are no credentials {name} on vbr")
    if action == "delete" and known:
        server.credentials.remove(known["id"])
        return
    said = {key: value for key, value in values.items() if key not in credentials.SECRETS}
    secrets = credentials.hashed({key: str(value) for key, value in values.items() if key in credentials.SECRETS})
    if known is None:
        credentials.add(server, {"username": name, **said, "secrets": secrets})
        return
    changed = credentials.freed(server, known) if said.get("usedBy") == [] else known
    server.credentials.put(known["id"], {**changed, **said, "secrets": {**known["secrets"], **secrets}})


def _credential(server: Server, name_or_id: str) -> Doc | None:
    own = (one for one in server.credentials.all() if not one["isDefaultAppliance"])
    return next((one for one in own if name_or_id in (one["id"], one["username"])), None)


def _drift_of_host(server: Server, action: str, name: str, values: Mapping[str, Any]) -> None:
    unknown = set(values) - _HOST_VALUES
    if unknown:
        raise ValueError(f"managed servers of vbr have no {', '.join(sorted(unknown))}")
    host = managed_servers.find(server, None, name)
    if (host is None) != (action == "add"):
        raise ValueError(f"there is {'already a' if host else 'no'} managed server {name} on vbr")
    if action == "delete" and host:
        server.managed.remove(host["id"])
        return
    read = {"childServers" if key == "hvServers" else key: value for key, value in values.items()}
    changed = {**host, **read} if host else managed_servers.add(server, {"name": name, **values})
    server.managed.put(changed["id"], changed)


def _custom_role(server: Server, name_or_id: str) -> Doc | None:
    own = (role for role in server.roles.all() if not role["isBuiltIn"])
    return next((one for one in own if name_or_id.lower() in (one["id"], one["name"].lower())), None)


def _role_id(server: Server, wanted: Any) -> str:
    role = server.find_role(str(wanted["id"] if isinstance(wanted, dict) else wanted))
    if role is None:
        raise ValueError(f"vbr has no role {wanted}: {', '.join(str(r['name']) for r in server.roles.all())}")
    return str(role["id"])


def _shown(server: Server, user: Doc) -> dict[str, Any]:
    if server.settings.text("dialect") == "users":
        return server.in_users(user, every_field=True)
    return server.in_security(user, server.settings.revisions[-1])
