"""What the control plane does with the server: install it, look at it, change it behind everyone's back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..credentials import password_matches
from ..store import Doc
from . import principals, roles, seeds
from .server import Server

_VALUES = {"name", "type", "roles", "roleId", "isServiceAccount", "description", "accountType", "isEnabled", "password"}


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
    }


def lookup(server: Server, name: str) -> dict[str, Any] | None:
    user = server.find(name)
    return _shown(server, user) if user else None


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
    """Values: those of both dialects; roles by name or id; password is the directory's, not the product's."""
    unknown = set(values) - _VALUES
    if unknown:
        raise ValueError(f"vbr users have no {', '.join(sorted(unknown))}")
    user = server.find(name)
    if (user is None) != (action == "add"):
        raise ValueError(f"there is {'already' if user else 'no'} user {name} on vbr")
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


def _role_id(server: Server, wanted: Any) -> str:
    role = server.find_role(str(wanted["id"] if isinstance(wanted, dict) else wanted))
    if role is None:
        raise ValueError(f"vbr has no role {wanted}: {', '.join(str(r['name']) for r in server.roles.all())}")
    return str(role["id"])


def _shown(server: Server, user: Doc) -> dict[str, Any]:
    if server.settings.text("dialect") == "users":
        return server.in_users(user, every_field=True)
    return server.in_security(user, server.settings.revisions[-1])
