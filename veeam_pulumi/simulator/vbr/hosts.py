"""The hosts behind a backup server's managed servers: what their types need, and what they present when asked.

Requests are checked as the contract describes them (1.3-rev2), type by type.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from typing import Any

from . import revisions

_PORTS: dict[str, Any] = {
    "components": [{"componentName": str, "port": int}], "portRangeStart": int, "portRangeEnd": int,
    "serverSide": bool,
}  # fmt: skip
_LINUX_CREDENTIALS = {
    "type": {"Linux"}, "username": str, "authenticationType": {"Password", "SshKey"}, "description": str,
    "uniqueId": str, "password": str, "privateKey": str, "passphrase": str, "rootPassword": str, "SSHPort": int,
    "elevateToRoot": bool, "addToSudoers": bool, "useSu": bool,
}  # fmt: skip
_UPDATES = {
    "CheckInProgress", "Installing", "LastInstallFailed", "Available", "NotAvailable", "CheckUpdatesFailed",
    "OutOfDate",
}  # fmt: skip
_STORAGE = {"Permanent", "SingleUse", "Certificate"}
_STORED = {"credentialsStorageType": _STORAGE, "credentialsId": uuid.UUID}
_HYPER_V = {"credentialsId": uuid.UUID, "networkSettings": _PORTS}
_RANGE = {name: kind for name, kind in _PORTS.items() if name != "components"}
_COMPONENTS = {"optionalComponents": [{"displayName": str, "optionalComponent": str}]}
TYPES: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "WindowsHost": ("1.1-rev0", {**_STORED, "networkSettings": _PORTS}, ("credentialsStorageType",)),
    "LinuxHost": (
        "1.1-rev0",
        {
            **_STORED,
            "singleUseCredentials": _LINUX_CREDENTIALS,
            "sshSettings": {**_PORTS, "sshTimeOutMs": int},
            "sshFingerprint": str,
            "handshakeCode": str,
            "optionalComponents": _COMPONENTS,
        },
        ("credentialsStorageType", "sshFingerprint"),
    ),
    "ViHost": (
        "1.1-rev0",
        {"credentialsId": uuid.UUID, "port": int, "certificateThumbprint": str},
        ("credentialsId",),
    ),
    "HvServer": (
        "1.3-rev0",
        {**_STORED, "networkSettings": _PORTS, "maxTaskCount": int},
        ("credentialsStorageType",),
    ),
    "HvCluster": (
        "1.3-rev0",
        {"credentialsId": uuid.UUID, "networkSettings": _RANGE, "hvServers": [{"hvServerName": str}]},
        ("credentialsId",),
    ),
    "SCVMM": ("1.3-rev0", {**_HYPER_V, "addAllServers": bool}, ("credentialsId",)),
    "SmbV3Cluster": ("1.3-rev0", _HYPER_V, ("credentialsId",)),
    "SmbV3StandaloneHost": ("1.3-rev0", _HYPER_V, ("credentialsId",)),
}
"""Type -> the revision that brought it, what its model has beside name, type and description, and what it needs.

Cloud Director is left out, and so are the types that 1.3-rev2 only lists."""
LINUX_NEEDS = ("type", "username", "authenticationType")
_PRESENTS_KEY, _PRESENTS_CERTIFICATE = ("LinuxHost",), ("ViHost", "SCVMM")


class HostError(ValueError):
    """What is wrong with a request, by the property's path."""


def of_spec(body: dict[str, Any], revision: str) -> dict[str, Any]:
    """The known members of a create's body. Raises HostError."""
    kind = _kind(body, revision)
    _, members, needs = TYPES[kind]
    _check(body, {"name": str, "type": str, "description": str, **members}, ("name", "description", *needs), "")
    if not body["name"]:
        raise HostError("name is required")
    if "singleUseCredentials" in body:
        linux_credentials(body["singleUseCredentials"], "singleUseCredentials.")
    return {key: body[key] for key in ("name", "type", "description", *members) if key in body}


def of_model(body: dict[str, Any], revision: str) -> dict[str, Any]:
    """The known members of a PUT's body, which is the model of an answer. Raises HostError."""
    kind = _kind(body, revision)
    members = {
        **TYPES[kind][1],
        "id": uuid.UUID,
        "status": {"Available", "Unavailable"},
        "viHostType": {"ESX", "ESXi", "VC"},
    }
    members |= {"childServers": [{"hvServerName": str}], "isBackupServer": bool, "updatesState": _UPDATES}
    needs = [name for name in TYPES[kind][2] if name != "sshFingerprint"] + ["port"] * (kind == "ViHost")
    required = ("id", "name", "description", "status", *needs)
    _check(body, {"name": str, "type": str, "description": str, **members}, required, "")
    return {key: body[key] for key in ("description", *members) if key in body}


def linux_credentials(body: Any, path: str = "") -> None:
    """Raises HostError where it is not a LinuxCredentialsSpec."""
    _check(body, _LINUX_CREDENTIALS, LINUX_NEEDS, path)


def connection(body: dict[str, Any]) -> None:
    """Raises HostError where it is not a HostConnectionSpec."""
    members = {**_STORED, "serverName": str, "type": str, "port": int, "singleUseCredentials": _LINUX_CREDENTIALS}
    _check(body, members, ("serverName", "type"), "")
    if body["type"] not in TYPES:
        raise HostError("type is not one of the known types")


def fingerprint(kind: str, name: str, key: int = 1) -> str:
    """What a host presents: an SSH key in the server's form, or a certificate's SHA-1; "" of other types.

    `key`: which one, where it was installed anew.
    """
    digest = hashlib.sha256(f"{kind} {name.lower()} {key}".encode()).digest()
    if kind in _PRESENTS_KEY:
        return f"ssh-rsa 3072 {base64.b64encode(digest).decode().rstrip('=')}"
    return digest[:20].hex().upper() if kind in _PRESENTS_CERTIFICATE else ""


def certificate(kind: str, name: str, key: int = 1) -> dict[str, Any]:
    """ConnectionCertificateModel; assumed: of Windows and Hyper-V there is nothing in it."""
    shown = fingerprint(kind, name, key)
    if kind in _PRESENTS_KEY:
        return {"fingerprint": shown}
    if not shown:
        return {}
    return {
        "certificate": {
            "thumbprint": shown,
            "serialNumber": shown[:16],
            "keyAlgorithm": "1.2.840.113549.1.1.1",
            "keySize": "2048",
            "subject": f"CN={name}",
            "issuedTo": name,
            "issuedBy": "CN=CA, DC=vsphere, DC=local",
            "validFrom": "2026-01-01T00:00:00+00:00",
            "validBy": "2036-01-01T00:00:00+00:00",
            "isTrusted": False,
        }
    }


def _kind(body: dict[str, Any], revision: str) -> str:
    kind = body.get("type")
    if kind not in TYPES or not revisions.at_least(revision, TYPES[kind][0]):
        raise HostError("type is not one of the known types")
    return str(kind)


def _check(body: Any, members: dict[str, Any], required: tuple[str, ...], path: str) -> None:
    if not isinstance(body, dict):
        raise HostError(f"{path.rstrip('.') or 'the body'} must be an object")
    for name in required:
        if name not in body:
            raise HostError(f"{path}{name} is required")
    for name, value in body.items():
        if name in members:
            _fits(value, members[name], f"{path}{name}")


def _fits(value: Any, kind: Any, path: str) -> None:
    if isinstance(kind, dict):
        _check(value, kind, (), f"{path}.")
    elif isinstance(kind, list):
        if not isinstance(value, list):
            raise HostError(f"{path} must be a list")
        for one in value:
            _check(one, kind[0], tuple(kind[0]), f"{path}.")
    elif isinstance(kind, set):
        if value not in kind:
            raise HostError(f"{path} must be one of {', '.join(sorted(kind))}")
    elif kind is uuid.UUID:
        try:
            uuid.UUID(value)
        except (ValueError, AttributeError, TypeError):
            raise HostError(f"{path} must be a UUID") from None
    elif not isinstance(value, kind) or isinstance(value, bool) != (kind is bool):
        raise HostError(f"{path} is of the wrong type")
