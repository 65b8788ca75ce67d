"""What the control plane does with the appliance: install it, look at it, change it behind everyone's back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..credentials import hash_password, password_matches
from . import seeds, views
from .server import Server

_VALUES = {"description", "password", "mfaEnabled", "isDefault", "role"}


def seed(server: Server) -> None:
    server.clear()
    server.add(seeds.ADMIN, "Default Admin", seeds.ADMIN_PASSWORD, default=True)


def objects(server: Server) -> dict[str, list[dict[str, Any]]]:
    return {"users": [views.user(user) for user in server.users.all()]}


def lookup(server: Server, name: str) -> dict[str, Any] | None:
    user = server.find(name)
    return views.user(user) if user else None


def can_login(server: Server, username: str, password: str) -> bool:
    user = server.find(username)
    return user is not None and password_matches(password, user["password"])


def drift(server: Server, action: str, name: str, values: Mapping[str, Any]) -> None:
    """Values: description, password, mfaEnabled, isDefault, role. Rules are not applied: it happened elsewhere."""
    unknown = set(values) - _VALUES
    if unknown:
        raise ValueError(f"aws users have no {', '.join(sorted(unknown))}")
    user = server.find(name)
    if (user is None) != (action == "add"):
        raise ValueError(f"there is {'already' if user else 'no'} user {name} on aws")
    if action == "delete":
        server.forget(name)
        return
    user = user or server.add(name, "", None)
    changes = dict(values)
    if "password" in changes:
        user["password"] = hash_password(str(changes.pop("password")))
    server.save({**user, **changes})
