"""What the control plane does with the server: install it, look at it, change it behind everyone's back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..credentials import hash_password
from . import seeds
from .accounts import PORTAL_ADMIN, ROLES
from .server import Server

_SERVER_VALUES = {
    *("description", "port", "wcfPort", "vbrCertificateThumbprint"),
    *("name", "address", "version", "username", "password"),
}
_ACCOUNT_VALUES = {"role", "password"}


def seed(server: Server) -> None:
    """No backup server, and the account that the caller uses."""
    server.clear()
    server.accounts.put(seeds.ADMIN, {"role": PORTAL_ADMIN, "password": seeds.ADMIN_PASSWORD})


def objects(server: Server) -> dict[str, list[dict[str, Any]]]:
    return {"servers": [server.inventory.shown(known) for known in server.inventory.all()]}


def lookup(server: Server, name: str) -> dict[str, Any] | None:
    found = server.inventory.find(name)
    return server.inventory.shown(found) if found else None


def can_login(server: Server, username: str, password: str) -> bool:
    """As an account of Enterprise Manager, or with the credentials that it keeps for one of its backup servers."""
    return server.accounts.checked(username, password) is not None or server.inventory.keeps(username, password)


def drift(server: Server, action: str, name: str, values: Mapping[str, Any]) -> None:
    """Of a backup server, by name or address; with `role` among the values, or by an account's name, of an account."""
    if "role" not in values and (server.inventory.find(name) or not server.accounts.find(name)):
        _drift_of_server(server, action, name, values)
    else:
        _drift_of_account(server, action, name, values)


def _drift_of_server(server: Server, action: str, name: str, values: Mapping[str, Any]) -> None:
    found = server.inventory.find(name)
    _check(action, "server", name, values, _SERVER_VALUES, found is not None)
    if action == "delete" and found:
        server.inventory.forget(found["id"])
        return
    found = found or {**server.inventory.new(name, "", None), "name": name}
    changes = dict(values)
    if "password" in changes:
        changes["password"] = hash_password(str(changes["password"]))
    server.inventory.put({**found, **changes})


def _drift_of_account(server: Server, action: str, name: str, values: Mapping[str, Any]) -> None:
    _check(action, "account", name, values, _ACCOUNT_VALUES, server.accounts.find(name) is not None)
    if action == "delete":
        server.accounts.forget(name)
        server.logons.end_account(name.casefold())
        return
    if values.get("role", PORTAL_ADMIN) not in ROLES:
        raise ValueError(f"em has no role {values['role']}: {', '.join(ROLES)}")
    server.accounts.put(name, values)


def _check(action: str, kind: str, name: str, values: Mapping[str, Any], known: set[str], exists: bool) -> None:
    unknown = set(values) - known
    if unknown:
        raise ValueError(f"em {kind}s have no {', '.join(sorted(unknown))}")
    if exists == (action == "add"):
        raise ValueError(f"there is {'already' if exists else 'no'} {kind} {name} on em")
