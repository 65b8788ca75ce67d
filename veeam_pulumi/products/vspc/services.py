"""What a company may use on a Service Provider Console, and how much of it (REST 3.6 and later).

* A service that is null is off; a quota that is null is unlimited. Halves that a create leaves out are made with the
  defaults of the contract.
* `isHardQuotaEnabled` came with REST 3.6.2 (console 9.2), so it is sent only where it is wanted.
* REST 3.5.1 (console 8.1) has services of another form, which are left alone.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from ...resource.fields import InputField, State, input_fields, present
from ...resource.types import Number, Switch
from . import members

_UNLIMITED = "Left out, there is no limit."
Quota = Annotated[Number | None, Field(ge=0, le=99_999)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AgentsManagement(_Part):
    """Backup agents that the company manages; `{}` is without limits."""

    is_hard_quota_enabled: Switch = Field(False, description="Whether a quota is a hard limit (console 9.2 and later).")
    workstation_agents_quota: Quota = Field(None, description=f"Of workstations. {_UNLIMITED}")
    server_agents_quota: Quota = Field(None, description=f"Of servers. {_UNLIMITED}")


class ServersManagement(_Part):
    """Servers that the company manages; `{}` is without a limit."""

    backup_server_quota: Annotated[Number | None, Field(ge=1)] = Field(None, description=_UNLIMITED)


class HostedServices(_Part):
    """What runs at the provider."""

    is_vb_public_cloud_management_enabled: Switch = Field(False, description="Backup of public clouds.")


class RemoteServices(_Part):
    """What runs at the company; a service that is left out is off."""

    is_backup_resources_enabled: Switch = Field(True, description="Cloud repositories.")
    backup_agents_management: Annotated[AgentsManagement | None, present] = Field(None, description="Backup agents.")
    backup_servers_management: Annotated[ServersManagement | None, present] = Field(None, description="Backup servers.")
    vb365_servers_management: Annotated[ServersManagement | None, present] = Field(
        None, description="Servers of Backup for Microsoft 365."
    )
    is_vb_public_cloud_management_enabled: Switch = Field(False, description="Backup of public clouds.")


class CompanyServices(_Part):
    """What a company may use. What is left out of a half is off, but cloud repositories."""

    hosted_services: HostedServices | None = Field(None, description="What runs at the provider.")
    remote_services: RemoteServices | None = Field(None, description="What runs at the company.")


_HALVES: dict[str, type[BaseModel]] = {"hosted_services": HostedServices, "remote_services": RemoteServices}


def body(said: State) -> dict[str, Any]:
    """Services as a create has them."""
    return members.wire({half: _without_defaults(value) for half, value in said.items()})


def read(row: Any) -> State | None:
    """Services as an answer has them; a half that is null is all off."""
    if row is None:
        return None
    found = members.read(CompanyServices, row)
    off = {
        half: {name: False for name in model.model_fields if name.startswith("is_")} for half, model in _HALVES.items()
    }
    return {**off, **found}


def changes(old: State, new: State) -> dict[str, Any]:
    """Path -> value of what differs: a switch, or a service whole. A half that was all off may be null: then whole."""
    found: dict[str, Any] = {}
    for half, model in _HALVES.items():
        had, wanted, fields = old.get(half) or {}, new.get(half) or {}, input_fields(model)
        path = f"/companyServices/{members.camel(half)}"
        differing = [name for name, declared in fields.items() if not declared.satisfied(had, wanted)]
        values = {members.camel(name): _wire(fields[name], wanted) for name in fields}
        if differing and had and not any(had.values()):
            found[path] = values
        else:
            found |= {f"{path}/{members.camel(name)}": values[members.camel(name)] for name in differing}
    return found


def _wire(declared: InputField, half: State) -> Any:
    """A switch or a service of a half, with its quotas: null where there is no limit."""
    value = half.get(declared.name, declared.default)
    if value is None or not declared.parts:
        return value
    said = _without_defaults({declared.name: value})[declared.name]
    quotas = [name for name in declared.parts if name.endswith("_quota")]
    return members.wire({**dict.fromkeys(quotas), **said})


def _without_defaults(half: State) -> State:
    agents = half.get("backup_agents_management")
    if not agents or agents.get("is_hard_quota_enabled"):
        return half
    return {**half, "backup_agents_management": {k: v for k, v in agents.items() if k != "is_hard_quota_enabled"}}
