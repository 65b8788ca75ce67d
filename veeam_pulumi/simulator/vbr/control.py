"""What the control plane does with the server: install it, look at it, change it behind everyone's back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from ..credentials import password_matches
from ..store import Doc
from . import events, principals, role_scopes, roles, seeds
from .server import Server

_VALUES = {"name", "type", "roles", "roleId", "isServiceAccount", "description", "accountType", "isEnabled", "password"}

_NOTHING = {"manageBackups": False, "manageRestores": False}
_ROLE_VALUES = {"name", "description", *_NOTHING, *role_scopes.SCOPES}


def seed(server: Server) -> None:
    """A Windows installation: the local administrators, and the account that the caller uses."""
    server.clear()
    for role in roles.seeds():
        server.roles.put(role["id"], role)
    server.add(seeds.ADMINISTRATORS[server.settings.text("administrators")], "InternalGroup", [roles.ADMIN_ROLE])
    server.add(seeds.ADMIN, "InternalUser", [roles.ADMIN_ROLE])
    server.set_password(seeds.ADMIN, seeds.ADMIN_PASSWORD)


def objects(server: Server) -> dict[str, list[dict[str, Any]]]:
    newest = server.settings.revisions[-1]
    return {
        "users": [_shown(server, user) for user in server.users.all()],
        "roles": [roles.wire(role, newest) for role in server.roles.all()],
        "customRoles": [roles.details(role) for role in server.roles.all() if not role["isBuiltIn"]],
    }


def lookup(server: Server, name: str) -> dict[str, Any] | None:
    """A user or group by name, else a custom role by name or id."""
    user, role = server.find(name), _custom_role(server, name)
    return _shown(server, user) if user else roles.details(role) if role else None


def can_login(server: Server, username: str, password: str) -> bool:
    """A directory account with this password, a role here, not disabled, and no second factor to ask for."""
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
    Of a custom role, by its name or with `manageBackups` or `manageRestores` among the values.
    """
    values = dict(values)
    by, second = str(values.pop("by", seeds.CONSOLE)), str(values.pop("approvedBy", ""))
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
