"""What the control plane does with the server: install it, look at it, change it behind everyone's back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..credentials import hash_password
from ..store import Doc
from . import seeds
from .directory import PORTAL_ADMIN, ROLES, VALUES
from .server import Server

_SERVER_VALUES = {
    *("description", "port", "wcfPort", "vbrCertificateThumbprint"),
    *("name", "address", "version", "username", "password"),
}
_ACCOUNT_VALUES = VALUES | {"role"}
_ONLY_ACCOUNTS = _ACCOUNT_VALUES - _SERVER_VALUES


def seed(server: Server) -> None:
    """No backup server, the account that the caller uses, and those that the installation makes."""
    server.clear()
    server.directory.add(seeds.ADMIN, {"roles": [PORTAL_ADMIN], "password": seeds.ADMIN_PASSWORD})
    if server.settings.on("preset_accounts"):
        server.directory.add(seeds.ADMINISTRATORS, {"type": "Group", "roles": [PORTAL_ADMIN]})
    if server.settings.on("extra_account_type"):
        server.directory.add("vsphere-administrators", {"type": "VSphereRole", "roles": [PORTAL_ADMIN]})


def objects(server: Server) -> dict[str, list[dict[str, Any]]]:
    return {
        "servers": [server.inventory.shown(known) for known in server.inventory.all()],
        "accounts": [_shown(account) for account in server.directory.all()],
    }


def lookup(server: Server, name: str) -> dict[str, Any] | None:
    """A backup server by name or address, else an account by name."""
    found, account = server.inventory.find(name), server.directory.find(name)
    return server.inventory.shown(found) if found else _shown(account) if account else None


def can_login(server: Server, username: str, password: str) -> bool:
    """As an account of Enterprise Manager, or with the credentials that it keeps for one of its backup servers."""
    return server.directory.checked(username, password) is not None or server.inventory.keeps(username, password)


def drift(server: Server, action: str, name: str, values: Mapping[str, Any]) -> None:
    """Of a backup server, by name or address; of an account, by its name or with values that only accounts have."""
    if not set(values) & _ONLY_ACCOUNTS and (server.inventory.find(name) or not server.directory.find(name)):
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
    """`role` is one role, `roles` are several, by name; `password` is the directory's."""
    account = server.directory.find(name)
    _check(action, "account", name, values, _ACCOUNT_VALUES, account is not None)
    if action == "delete" and account:
        server.directory.forget(account["id"])
        server.logons.end_account(name.lower())
        return
    changes = dict(values)
    if "role" in changes:
        changes["roles"] = [changes.pop("role")]
    for role in changes.get("roles", ()):
        if role not in ROLES:
            raise ValueError(f"em has no role {role}: {', '.join(ROLES)}")
    if account is None:
        server.directory.add(name, changes)
        return
    if "password" in changes:
        changes["password"] = hash_password(str(changes["password"]))
    server.directory.put({**account, **changes})


def _shown(account: Doc) -> dict[str, Any]:
    return {name: value for name, value in account.items() if name != "password"}


def _check(
    action: str, kind: str, name: str, values: Mapping[str, Any], known: frozenset[str] | set[str], exists: bool
) -> None:
    unknown = set(values) - known
    if unknown:
        raise ValueError(f"em {kind}s have no {', '.join(sorted(unknown))}")
    if exists == (action == "add"):
        raise ValueError(f"there is {'already' if exists else 'no'} {kind} {name} on em")
