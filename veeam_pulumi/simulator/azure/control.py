"""What the control plane does with the appliance: install it, look at it, change it behind everyone's back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..credentials import hash_password, password_matches
from . import seeds, views
from .server import ADMIN_ROLE, Server
from .users import ROLES

_VALUES = {"description", "role", "type", "identityProviderEntityId", "mfaEnabled", "isDefault", "password", "name"}


def seed(server: Server) -> None:
    server.clear()
    server.add(seeds.ADMIN, ADMIN_ROLE, seeds.ADMIN_PASSWORD, description="Default Admin", isDefault=True)
    if server.settings.on("preset_users"):
        for name, role in seeds.OF_OTHER_PRODUCTS:
            server.add(name, role)


def objects(server: Server) -> dict[str, list[dict[str, Any]]]:
    return {"users": [views.user(user) for user in server.users.all()]}


def lookup(server: Server, name: str) -> dict[str, Any] | None:
    user = server.find(name)
    return views.user(user) if user else None


def can_login(server: Server, username: str, password: str) -> bool:
    user = server.find(username)
    return user is not None and user["type"] == "Internal" and password_matches(password, user["password"])


def drift(server: Server, action: str, name: str, values: Mapping[str, Any]) -> None:
    """Values: those of a user, and its password. Rules are not applied: it happened elsewhere."""
    unknown = set(values) - _VALUES
    if unknown:
        raise ValueError(f"azure users have no {', '.join(sorted(unknown))}")
    if values.get("role", ADMIN_ROLE) not in ROLES:
        raise ValueError(f"azure has no role {values['role']}: {', '.join(ROLES)}")
    user = server.find(name)
    if (user is None) != (action == "add"):
        raise ValueError(f"there is {'already' if user else 'no'} user {name} on azure")
    if action == "delete" and user:
        server.forget(user)
        return
    user = user or server.add(name, "ReadOnlyUser")
    changes = dict(values)
    if "password" in changes:
        changes["password"] = hash_password(str(changes["password"]))
    server.save({**user, **changes})
