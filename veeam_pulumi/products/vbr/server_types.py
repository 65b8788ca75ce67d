"""The types of servers that Backup & Replication manages: which arguments each has, and how a request writes them.

* Windows, Linux and vSphere since 1.1 (12.0); Hyper-V and its SMB shares since 1.3-rev0 (13.0.0). Cloud Director (1.2),
  Nutanix and Proxmox (1.3-rev2) may come back in lists; they are added in the console.
* POST takes another model than GET answers: of a Hyper-V cluster `hvServers` come back as `childServers`, and no GET
  shows `sshFingerprint` and `certificateThumbprint`.
* A Linux host's model has `singleUseCredentials` and `handshakeCode`: whatever a server shows there is not kept, and
  does not go back with a PUT.
* Ports of components are the server's: a PUT sends them back as they were.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ...errors import InvalidInput
from ...resource.fields import UNKNOWN, Problem, Row, State, computed, plain
from ...resource.types import Name, Number, Switch
from .scopes import camel
from .session import VbrSession

if TYPE_CHECKING:
    from .managed_server import ManagedServerInputs

Type = Literal[
    "WindowsHost", "LinuxHost", "ViHost", "HvServer", "HvCluster", "SCVMM", "SmbV3Cluster", "SmbV3StandaloneHost"
]
StorageType = Literal["Permanent", "SingleUse", "Certificate"]
SECRETS = ("single_use_password", "single_use_private_key", "single_use_passphrase", "single_use_root_password")
SINGLE_USE = frozenset({"single_use_credentials", *SECRETS})
FINGERPRINTS = {"LinuxHost": "ssh_fingerprint", "ViHost": "certificate_thumbprint"}
"""What tells that a host is the right one, of the types that have such an argument."""
_STORED = frozenset({"credentials_id", "credentials_storage_type"})
_WITH_PORTS = frozenset({"credentials_id", "network_settings"})
_OWN: dict[str, frozenset[str]] = {
    "WindowsHost": _STORED | {"network_settings"},
    "LinuxHost": _STORED | SINGLE_USE | {"handshake_code", "ssh_fingerprint", "ssh_settings"},
    "ViHost": frozenset({"credentials_id", "certificate_thumbprint", "port"}),
    "HvServer": _STORED | {"network_settings", "max_task_count"},
    "HvCluster": _WITH_PORTS | {"hv_servers"},
    "SCVMM": _WITH_PORTS | {"add_all_servers"},
    "SmbV3Cluster": _WITH_PORTS,
    "SmbV3StandaloneHost": _WITH_PORTS,
}
"""What a type has beside a name and a description."""
FOLLOWS = {"status": tuple(sorted(frozenset().union(*_OWN.values())))}
"""What a change of any of these may show at once."""
_SINCE = dict.fromkeys(("HvServer", "HvCluster", "SCVMM", "SmbV3Cluster", "SmbV3StandaloneHost"), "1.3-rev0")
_PLAIN = ("credentials_id", "credentials_storage_type", "port", "max_task_count", "add_all_servers")
_NESTED = ("network_settings", "ssh_settings")
_PORTS = {"portRangeStart": int, "portRangeEnd": int, "serverSide": bool}
_CHILDREN = [{"hvServerName": str}]
ROW = {
    **dict.fromkeys(("id", "name", "type", "description", "status"), str),
    **dict.fromkeys(("credentialsId", "credentialsStorageType", "viHostType"), str),
    **dict.fromkeys(("port", "maxTaskCount"), int),
    **dict.fromkeys(("addAllServers", "isBackupServer", "isVBRLinuxAppliance"), bool),
    "networkSettings": _PORTS,
    "sshSettings": {**_PORTS, "sshTimeOutMs": int},
    **dict.fromkeys(("childServers", "hvServers"), _CHILDREN),
}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


Port = Annotated[Number, Field(ge=0, le=65535)]
_FIRST, _LAST = "The first port for transferring data.", "The last port for transferring data."
_SIDE = "Whether the host, and not the backup server, waits for connections."


class NetworkSettings(_Part):
    port_range_start: Annotated[Port | None, computed] = Field(None, description=_FIRST)
    port_range_end: Annotated[Port | None, computed] = Field(None, description=_LAST)
    server_side: Annotated[Switch | None, computed] = Field(None, description=_SIDE)


class SshSettings(_Part):
    ssh_time_out_ms: Annotated[Annotated[Number, Field(ge=200, le=100_000)] | None, computed] = Field(
        None, description="How long an answer over SSH is waited for, in milliseconds: 200 to 100000."
    )
    port_range_start: Annotated[Port | None, computed] = Field(None, description=_FIRST)
    port_range_end: Annotated[Port | None, computed] = Field(None, description=_LAST)
    server_side: Annotated[Switch | None, computed] = Field(None, description=_SIDE)


class SingleUseCredentials(_Part):
    username: Name = Field(description="The account on the host.")
    ssh_port: Port | None = Field(None, description="The port of SSH; 22 where it is left out.")
    elevate_to_root: Switch = Field(False, description="Whether the account gets root's rights with sudo.")
    add_to_sudoers: Switch = Field(False, description="Whether the account is added to the sudoers file.")
    use_su: Switch = Field(False, description="Whether su is tried where sudo fails; needs `single_use_root_password`.")


def problems(inputs: State) -> Iterator[Problem]:
    """What does not go with the type; what a type needs and no adopted server has to say."""
    kind, storage = inputs.get("type"), inputs.get("credentials_storage_type")
    if not isinstance(kind, str) or kind not in _OWN:
        return
    for name in sorted(frozenset().union(*_OWN.values()) - _OWN[kind]):
        if inputs.get(name) not in (None, "Permanent" if name == "credentials_storage_type" else None):
            yield Problem(name, f"is not for the type {kind}", secret=name in SECRETS or name == "handshake_code")
    if storage is UNKNOWN or (storage is None and inputs.get("adopt")):  # then it is as the server has it
        return
    if storage == "SingleUse" and kind != "LinuxHost" and "credentials_storage_type" in _OWN[kind]:
        yield Problem("credentials_storage_type", "SingleUse is for the type LinuxHost")
    if storage in ("SingleUse", "Certificate") and inputs.get("credentials_id") is not None:
        yield Problem("credentials_id", f"is not for the storage type {storage}, which stores no credentials")
    if storage in (None, "Permanent") and inputs.get("credentials_id") is None and not inputs.get("adopt"):
        yield Problem(
            "credentials_id", "is needed: the id of credentials of the backup server, such as a vbr.Credential's"
        )
    if storage != "SingleUse":
        for name in sorted(SINGLE_USE):
            if inputs.get(name) is not None and kind == "LinuxHost":
                yield Problem(name, "is for the storage type SingleUse", secret=name in SECRETS)
    if storage != "Certificate" and inputs.get("handshake_code") is not None and kind == "LinuxHost":
        yield Problem("handshake_code", "is for the storage type Certificate", secret=True)


def needs(inputs: State) -> Iterator[Problem]:
    """What is missing for adding one, or for using other credentials once."""
    if inputs.get("credentials_storage_type") != "SingleUse":
        return
    if inputs.get("single_use_credentials") is None:
        yield Problem("single_use_credentials", "is required by the storage type SingleUse")
    if inputs.get("single_use_password") is None and inputs.get("single_use_private_key") is None:
        yield Problem("credentials_storage_type", "SingleUse needs single_use_password or single_use_private_key")


def require_complete(session: VbrSession, inputs: ManagedServerInputs) -> None:
    """Raises InvalidInput where a write needs a newer server, or what may be left out of a server that is there."""
    since = _SINCE.get(inputs.type)
    session.open()  # what is wrong with the login is said first
    if since and session.revision in session.revisions[session.revisions.index(since) + 1 :]:
        raise InvalidInput(
            f"the type {inputs.type} needs 13.0.0 (revision {since}); this connection speaks {session.revision}",
            "update the server, or add it in its console",
        )
    if missing := list(needs(plain(inputs))):
        raise InvalidInput(
            "; ".join(map(str, missing)), "declare them, or keep credentials on the server: credentials_id"
        )


def values(row: Row) -> State:
    """A server as it is answered, by field name."""
    found: State = {name: row.get(camel(name)) for name in ("name", "type", *_PLAIN, "status", "vi_host_type")}
    found["description"] = row.get("description") or ""
    found["is_backup_server"] = bool(row.get("isBackupServer") or row.get("isVBRLinuxAppliance"))
    for name, model in (("network_settings", NetworkSettings), ("ssh_settings", SshSettings)):
        settings = row.get(camel(name)) or {}
        parts = {part: settings.get(camel(part)) for part in model.model_fields}
        found[name] = {part: value for part, value in parts.items() if value is not None} or None
    children = row.get("childServers") if row.get("childServers") is not None else row.get("hvServers")
    if row.get("type") == "HvCluster" and children is not None:
        found["hv_servers"] = [str(one.get("hvServerName")) for one in children]
    return found


def new(inputs: ManagedServerInputs) -> dict[str, Any]:
    """The body of a create. A description has to be there, be it empty."""
    body: dict[str, Any] = {"type": inputs.type, "name": inputs.name, "description": inputs.description}
    body |= _written(inputs, _OWN[inputs.type])
    if inputs.ssh_fingerprint is not None:
        body["sshFingerprint"] = inputs.ssh_fingerprint
    if inputs.certificate_thumbprint is not None:
        body["certificateThumbprint"] = inputs.certificate_thumbprint
    if inputs.hv_servers is not None:
        body["hvServers"] = _children(inputs.hv_servers)
    if inputs.credentials_storage_type == "SingleUse":
        body["singleUseCredentials"] = single_use(inputs)
    return body


def changed_row(row: Row, inputs: ManagedServerInputs, changed: frozenset[str]) -> dict[str, Any]:
    """The body of a PUT: the whole model, with what changed over it."""
    body = {key: value for key, value in row.items() if key not in ("singleUseCredentials", "handshakeCode")}
    if "description" in changed:
        body["description"] = inputs.description
    for name, value in _written(inputs, changed).items():
        body[name] = {**(row.get(name) or {}), **value} if isinstance(value, dict) else value
    if "hv_servers" in changed and inputs.hv_servers is not None:
        body["childServers"] = _children(inputs.hv_servers)
    if inputs.credentials_storage_type != "Permanent":
        body.pop("credentialsId", None)
    return body


def single_use(inputs: ManagedServerInputs) -> dict[str, Any]:
    """Credentials that are used once and not kept. A key wins over a password."""
    said = inputs.single_use_credentials
    assert said is not None  # see require_complete
    key = inputs.single_use_private_key
    found = {
        "type": "Linux",
        "username": said.username,
        "authenticationType": "SshKey" if key else "Password",
        "SSHPort": said.ssh_port,
        "elevateToRoot": said.elevate_to_root,
        "addToSudoers": said.add_to_sudoers,
        "useSu": said.use_su,
        "password": inputs.single_use_password,
        "privateKey": key,
        "passphrase": inputs.single_use_passphrase,
        "rootPassword": inputs.single_use_root_password,
    }
    return {name: value for name, value in found.items() if value is not None}


def _written(inputs: ManagedServerInputs, names: frozenset[str]) -> dict[str, Any]:
    """What requests of both kinds write alike."""
    found = {camel(name): getattr(inputs, name) for name in (*_PLAIN, "handshake_code") if name in names}
    for name in _NESTED:
        if name in names and (said := getattr(inputs, name)) is not None:
            found[camel(name)] = {camel(part): value for part, value in said.model_dump(exclude_none=True).items()}
    return {name: value for name, value in found.items() if value is not None}


def _children(names: list[str]) -> list[dict[str, str]]:
    return [{"hvServerName": name} for name in names]
