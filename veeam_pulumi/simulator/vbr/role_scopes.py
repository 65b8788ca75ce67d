"""What a custom role reaches: the four scopes of its body, checked as the contract (1.3-rev2) describes them."""

from __future__ import annotations

import uuid
from typing import Any

# workload -> its list, and what an element of it needs
_WORKLOADS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Backups": ("backups", ("backupId",)),
    "VSphere": ("inventoryObjects", ("platform", "hostName", "name", "type")),
    "HyperV": ("inventoryObjects", ("platform", "hostName", "name", "type", "objectId")),
    "Nutanix": ("inventoryObjects", ("platform", "name", "type", "objectId")),
    "Proxmox": ("inventoryObjects", ("platform", "name", "type", "objectId")),
    "Computers": ("computers", ("id", "name", "type", "protectionGroupId")),
    "UnstructuredData": ("fileShares", ("serverId", "folder")),
    "ObjectStorage": ("objectStorageServer", ("serverId", "folder")),
    "Jobs": ("jobs", ("jobId",)),
    "EntraIdTenant": ("inventoryObjects", ("id", "cacheRepositoryId")),
}
RESTORE_OPTIONS: list[dict[str, Any]] = [
    {"code": 0, "name": "FileLevelRestore", "group": "Restore", "description": "Guest files"},
    {"code": 1, "name": "VolumeRestore", "group": "Restore", "description": "Volumes"},
    {"code": 2, "name": "EntireVmRestore", "group": "Restore", "description": "Whole machines"},
    {"code": 3, "name": "InstantRecovery", "group": "Recovery", "description": "Machines run from the backup"},
]
"""GET /api/v1/security/restoreOptions. assumed: all but the first two."""
SCOPES = ("inventoryScope", "repositoryScope", "restorePermissionsScope", "restoreTargetScope")


class ScopeError(ValueError):
    """What is wrong with a scope, by the property's path."""


def check(body: dict[str, Any]) -> None:
    """Raises ScopeError. Scopes are optional; what is given must be whole."""
    for name in SCOPES:
        if name in body and not isinstance(body[name], dict):
            raise ScopeError(f"{name} must be an object")
    inventory, repositories = body.get("inventoryScope"), body.get("repositoryScope")
    if inventory and not _flag(inventory, "inventoryScope.entireInventory"):
        _workloads(inventory.get("workloads"), "inventoryScope.workloads", needed=True)
    if repositories and not _flag(repositories, "repositoryScope.allRepositories"):
        _rows(repositories.get("repositories"), "repositoryScope.repositories", ("repositoryId",), needed=True)
    if restore := body.get("restorePermissionsScope"):
        backups, options = (
            _object(restore, f"restorePermissionsScope.{key}") for key in ("restoreBackupScope", "restoreOptions")
        )
        if not _flag(backups, "restorePermissionsScope.restoreBackupScope.entireBackupScope"):
            _workloads(backups.get("backupSources"), "restorePermissionsScope.restoreBackupScope.backupSources")
        if not _flag(options, "restorePermissionsScope.restoreOptions.allOptions"):
            where = "restorePermissionsScope.restoreOptions.restoreOptions"
            _rows(options.get("restoreOptions"), where, ("code", "name"), needed=True)
    target = body.get("restoreTargetScope")
    if target and not _flag(target, "restoreTargetScope.entireBackupScope"):
        places = _object(target, "restoreTargetScope.restoreTargets")
        if places.get("originalLocation") is not True:
            _workloads(places.get("workloads"), "restoreTargetScope.restoreTargets.workloads", needed=True)


def _fits(name: str, value: Any) -> bool:
    """Of a row: its code is a number, what is called an id of repositories and the like a UUID, all else texts."""
    if name == "code":
        return isinstance(value, int) and not isinstance(value, bool)
    if name in ("repositoryId", "backupId", "serverId", "jobId", "cacheRepositoryId"):
        try:
            return isinstance(value, str) and bool(uuid.UUID(value))
        except ValueError:
            return False
    return isinstance(value, str) or (isinstance(value, (list, dict)) and name not in ("name", "type", "hostName"))


def _flag(holder: dict[str, Any], path: str) -> bool:
    value = holder.get(path.rpartition(".")[2])
    if not isinstance(value, bool):
        raise ScopeError(f"{path} must be true or false")
    return value


def _object(holder: dict[str, Any], path: str) -> dict[str, Any]:
    value = holder.get(path.rpartition(".")[2])
    if not isinstance(value, dict):
        raise ScopeError(f"{path} is required")
    return value


def _workloads(value: Any, path: str, needed: bool = False) -> None:
    for row in _rows(value, path, ("type",), needed):
        if row["type"] not in _WORKLOADS:
            raise ScopeError(f"{path}.type must be one of {', '.join(_WORKLOADS)}")
        name, members = _WORKLOADS[row["type"]]
        _rows(row.get(name), f"{path}.{name}", members)


def _rows(value: Any, path: str, members: tuple[str, ...], needed: bool = False) -> list[dict[str, Any]]:
    if value is None and not needed:
        return []
    if not isinstance(value, list) or (needed and not value) or not all(isinstance(row, dict) for row in value):
        raise ScopeError(f"{path} must be a list of objects, and not empty")
    for row in value:
        lacking = [name for name in members if row.get(name) in (None, "")]
        if lacking:
            raise ScopeError(f"{path}.{lacking[0]} is required")
        for name, member in row.items():
            if not _fits(name, member):
                raise ScopeError(f"{path}.{name} is of the wrong type")
    return value
