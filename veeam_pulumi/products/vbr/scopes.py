"""What a custom role of Backup & Replication reaches: four scopes, in the contract's words (1.3-rev2) in snake case.

* A workload has a type and the list of that type; objects are told apart by ids, and names beside ids are for people.
* The `platform` of an object follows from the type of its workload. `aclInfo` is the server's, and an Entra ID tenant
  is named by two ids: the secrets that its model has are never sent, nor kept.
* Restore options are rows of GET /security/restoreOptions: named here, sent whole.
* No document says what a server does with a scope that is left out, so all four are always said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ...errors import InvalidInput
from ...resource.fields import Normal, nested, unordered
from ...resource.identity import normal_id
from ...resource.types import Guid, Name, Switch, Text
from ...server.names import fold

WorkloadType = Literal[
    "Backups", "VSphere", "HyperV", "Computers", "UnstructuredData", "ObjectStorage", "Jobs", "EntraIdTenant",
    "Nutanix", "Proxmox",
]  # fmt: skip
_NEEDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Backups": ("backups", ()),
    "VSphere": ("inventory_objects", ("host_name", "name", "type")),
    "HyperV": ("inventory_objects", ("host_name", "name", "type", "object_id")),
    "Nutanix": ("inventory_objects", ("name", "type", "object_id")),
    "Proxmox": ("inventory_objects", ("name", "type", "object_id")),
    "Computers": ("computers", ()),
    "UnstructuredData": ("file_shares", ()),
    "ObjectStorage": ("object_storage_server", ()),
    "Jobs": ("jobs", ()),
    "EntraIdTenant": ("inventory_objects", ("id", "cache_repository_id")),
}
"""Type of a workload -> its list, and what each object in it needs beside what its model says."""
_PLATFORMS = {**{name: name for name in ("VSphere", "HyperV", "Nutanix", "Proxmox")}, "Computers": "Agent"}
_WITHOUT_ID = ("vCenterServer", "Host")
"""Objects of VSphere that need no id: they are the host itself."""
_COMPUTED = ("aclInfo", "authentication")


_FOR_PEOPLE = "Its name, for people: not compared."


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Backup(_Part):
    backup_id: Guid = Field(description="UUID of the backup.")
    backup_name: Text | None = Field(None, description=_FOR_PEOPLE)


class Job(_Part):
    job_id: Guid = Field(description="UUID of the job.")
    job_name: Text | None = Field(None, description=_FOR_PEOPLE)


class Share(_Part):
    server_id: Guid = Field(description="UUID of the server.")
    folder: Annotated[Text, Field(min_length=1)] = Field(description="The folder, share or bucket.")
    server_name: Text | None = Field(None, description=_FOR_PEOPLE)


class Computer(_Part):
    id: Guid = Field(description="UUID of the computer, group or container.")
    name: Name = Field(description=_FOR_PEOPLE)
    type: Name = Field(description="What it is: `WindowsComputer`, `ProtectionGroup` and so on, as in the contract.")
    protection_group_id: Guid = Field(description="UUID of its protection group.")


class InventoryObject(_Part):
    name: Name | None = Field(None, description="The name in the inventory.")
    type: Name | None = Field(
        None, description="What it is: `VirtualMachine`, `Cluster` and so on, as in the contract."
    )
    host_name: Name | None = Field(None, description="The server that shows it, such as a vCenter.")
    object_id: Name | None = Field(None, description="Its id on that server; none of a host itself.")
    cluster_id: Name | None = Field(None, description="The cluster, of Nutanix and Proxmox.")
    node_id: Name | None = Field(None, description="The node, of Proxmox.")
    prism_central_id: Name | None = Field(None, description="The Prism Central, of Nutanix.")
    id: Guid | None = Field(None, description="UUID of an Entra ID tenant.")
    cache_repository_id: Guid | None = Field(None, description="Its cache repository, of an Entra ID tenant.")


class Workload(_Part):
    type: WorkloadType = Field(description="Which of the lists counts.")
    backups: list[Backup] | None = Field(None, description="Of the type `Backups`.")
    inventory_objects: list[InventoryObject] | None = Field(
        None, description="Of the types `VSphere`, `HyperV`, `Nutanix`, `Proxmox` and `EntraIdTenant`."
    )
    computers: list[Computer] | None = Field(None, description="Of the type `Computers`.")
    file_shares: list[Share] | None = Field(None, description="Of the type `UnstructuredData`.")
    object_storage_server: list[Share] | None = Field(None, description="Of the type `ObjectStorage`.")
    jobs: list[Job] | None = Field(None, description="Of the type `Jobs`.")

    @model_validator(mode="after")
    def _is_whole(self) -> Workload:
        own, needed = _NEEDS[self.type]
        for name in Workload.model_fields:
            if name not in ("type", own) and getattr(self, name):
                raise ValueError(f"a workload of the type {self.type} has {own}, not {name}")
        if not getattr(self, own):
            raise ValueError(f"a workload of the type {self.type} needs {own}")
        for one in getattr(self, own):
            missing = [name for name in needed if not getattr(one, name)]
            if self.type == "VSphere" and one.type not in _WITHOUT_ID and not one.object_id:
                missing.append("object_id")
            if missing:
                raise ValueError(f"an object in {own} of the type {self.type} needs {', '.join(missing)}")
        return self


def _objects(workloads: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Any, ...]]:
    """What tells each object of some workloads apart from all others."""
    for workload in workloads:
        kind = str(workload.get("type"))
        own, _ = _NEEDS.get(kind, ("", ()))
        if not own:
            yield (kind,)  # of a kind that came with a later version
        for one in workload.get(own) or ():
            yield (kind, *_identity(kind, one))


def _identity(kind: str, one: Mapping[str, Any]) -> tuple[Any, ...]:
    if kind == "VSphere":
        itself = one.get("type") in _WITHOUT_ID
        host = fold(str(one.get("host_name")))
        return (host, one.get("type"), fold(str(one.get("name")))) if itself else (host, one.get("object_id"))
    if kind in ("UnstructuredData", "ObjectStorage"):
        return (normal_id(str(one.get("server_id"))), one.get("folder"))
    ids = {"Backups": "backup_id", "Jobs": "job_id", "Computers": "id", "EntraIdTenant": "id"}
    return (normal_id(str(one.get(ids.get(kind, "object_id")))),)


def _alike(workloads: Iterable[Mapping[str, Any]]) -> frozenset[Any]:
    return frozenset(_objects(workloads))


Workloads = Annotated[list[Workload] | None, Normal(_alike)]


class Repository(_Part):
    repository_id: Guid = Field(description="UUID of the repository.")
    repository_name: Text | None = Field(None, description=_FOR_PEOPLE)


def _repository_ids(repositories: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    return frozenset(normal_id(str(one.get("repository_id"))) for one in repositories)


def _need(part: BaseModel, switch: str, rows: str, *, always: bool = True) -> None:
    """Raises ValueError unless a list is there exactly where its switch is off."""
    if getattr(part, switch) and getattr(part, rows):
        raise ValueError(f"{rows} has no effect while {switch} is True: set it to False, or leave {rows} out")
    if always and not getattr(part, switch) and not getattr(part, rows):
        raise ValueError(f"{rows} is needed where {switch} is False")


class InventoryScope(_Part):
    entire_inventory: Switch = Field(description="Everything in the inventory.")
    workloads: Workloads = Field(None, description="Needed where `entire_inventory` is False.")

    @model_validator(mode="after")
    def _is_whole(self) -> InventoryScope:
        _need(self, "entire_inventory", "workloads")
        return self


class RepositoryScope(_Part):
    all_repositories: Switch = Field(description="Every repository.")
    repositories: Annotated[list[Repository] | None, Normal(_repository_ids)] = Field(
        None, description="Needed where `all_repositories` is False."
    )

    @model_validator(mode="after")
    def _is_whole(self) -> RepositoryScope:
        _need(self, "all_repositories", "repositories")
        return self


class RestoreBackupScope(_Part):
    entire_backup_scope: Switch = Field(description="Every backup; else the role's own, and `backup_sources`.")
    backup_sources: Workloads = Field(None, description="What else may be restored.")

    @model_validator(mode="after")
    def _is_whole(self) -> RestoreBackupScope:
        _need(self, "entire_backup_scope", "backup_sources", always=False)  # the role's own backups then
        return self


class RestoreOptions(_Part):
    all_options: Switch = Field(description="Every way of restoring.")
    restore_options: Annotated[list[Name] | None, unordered, Normal(fold)] = Field(
        None,
        description="Needed where `all_options` is False: names that `GET /api/v1/security/restoreOptions` shows. Case "
        "does not matter.",
    )

    @model_validator(mode="after")
    def _is_whole(self) -> RestoreOptions:
        _need(self, "all_options", "restore_options")
        return self


class RestorePermissionsScope(_Part):
    restore_backup_scope: RestoreBackupScope = Field(description="Which backups.")
    restore_options: RestoreOptions = Field(description="How.")


class RestoreTargets(_Part):
    original_location: Switch = Field(description="Where it came from, and nowhere else.")
    workloads: Workloads = Field(None, description="Needed where `original_location` is False.")

    @model_validator(mode="after")
    def _is_whole(self) -> RestoreTargets:
        _need(self, "original_location", "workloads")
        return self


class RestoreTargetScope(_Part):
    entire_backup_scope: Switch = Field(description="Everywhere.")
    restore_targets: RestoreTargets | None = Field(None, description="Needed where `entire_backup_scope` is False.")

    @model_validator(mode="after")
    def _is_whole(self) -> RestoreTargetScope:
        _need(self, "entire_backup_scope", "restore_targets")
        return self


SCOPES: dict[str, type[BaseModel]] = {
    "inventory_scope": InventoryScope,
    "repository_scope": RepositoryScope,
    "restore_permissions_scope": RestorePermissionsScope,
    "restore_target_scope": RestoreTargetScope,
}
Option = dict[str, Any]
OPTION = {"code": int, "name": str, "group": str, "description": str}


def camel(name: str) -> str:
    """`restore_backup_scope` -> `restoreBackupScope`"""
    return re.sub("_(.)", lambda found: found[1].upper(), name)


def shape(model: type[BaseModel]) -> dict[str, Any]:
    """What an answer may hold in the place of a model, see `server.body`."""
    return {camel(name): _shape(model, name, info.annotation) for name, info in model.model_fields.items()}


def _shape(model: type[BaseModel], name: str, annotation: Any) -> Any:
    if (model, name) == (RestoreOptions, "restore_options"):
        return [OPTION]
    inner = nested(annotation)
    if inner:
        return [shape(inner)] if _is_list(annotation) else shape(inner)
    return bool if annotation is bool else str


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is list or any(map(_is_list, get_args(annotation)))


def said(model: type[BaseModel], row: Mapping[str, Any]) -> dict[str, Any]:
    """A part of a server's answer by field name; what the model does not know is left out, and so is what is null."""
    found: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        value, inner = row.get(camel(name)), nested(info.annotation)
        if value is None:
            continue
        if (model, name) == (RestoreOptions, "restore_options"):
            found[name] = [str(one.get("name")) for one in value]
        elif inner is None:
            found[name] = value
        else:
            found[name] = [said(inner, one) for one in value] if isinstance(value, list) else said(inner, value)
    return found


def wire(scope: Mapping[str, Any], options: Callable[[], list[Option]]) -> dict[str, Any]:
    """A scope as a request has it. `options`: the server's restore options, asked for where some are named."""
    found: dict[str, Any] = {}
    for name, value in scope.items():
        if name == "restore_options" and isinstance(value, list):
            found[camel(name)] = _rows_of(value, options())
        elif isinstance(value, Mapping):
            found[camel(name)] = wire(value, options)
        elif isinstance(value, list):
            found[camel(name)] = [_workload(one, options) if "type" in one else wire(one, options) for one in value]
        else:
            found[camel(name)] = value
    return found


def _workload(workload: Mapping[str, Any], options: Callable[[], list[Option]]) -> dict[str, Any]:
    kind = str(workload["type"])
    own, _ = _NEEDS.get(kind, ("", ()))
    platform = {"platform": _PLATFORMS[kind]} if kind in _PLATFORMS else {}
    objects = [{**platform, **{camel(name): value for name, value in one.items()}} for one in workload.get(own) or ()]
    return {"type": kind, camel(own): objects} if own else wire(workload, options)


def _rows_of(names: list[str], known: list[Option]) -> list[Option]:
    """Restore options by name -> their rows, whole. Raises InvalidInput for one that the server does not have."""
    wanted = {fold(name) for name in names}
    by_name = {fold(str(one.get("name"))) for one in known}
    if missing := [name for name in names if fold(name) not in by_name]:
        listed = ", ".join(sorted(str(one.get("name")) for one in known))
        raise InvalidInput(f"the server has no restore option {missing[0]!r}", f"its restore options are: {listed}")
    return [one for one in known if fold(str(one.get("name"))) in wanted]


def without_computed(value: Any) -> Any:
    """What a server answered, without what only it may set and what is secret, so that it can be sent back."""
    if isinstance(value, Mapping):
        return {key: without_computed(one) for key, one in value.items() if key not in _COMPUTED}
    return [without_computed(one) for one in value] if isinstance(value, list) else value
