"""The form of a deployment: which types its keys have. What has another one is refused in one line, wherever it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..pulumi_state import SECRET, SIGNATURE
from .values import EngineError

_URN = r"urn:pulumi:[^:]+::[^:]+::[^:]+(?::[^:]+)*::[\s\S]*"
_TEXTS = list[str]
_RESOURCE: dict[str, Any] = {
    **dict.fromkeys(("type", "id", "provider", "parent", "deletedWith", "created", "modified", "importID"), str),
    **dict.fromkeys(("custom", "delete", "external", "protect", "pendingReplacement", "retainOnDelete"), bool),
    **dict.fromkeys(("inputs", "outputs", "customTimeouts"), dict),
    **dict.fromkeys(("dependencies", "replaceWith", "additionalSecretOutputs", "ignoreChanges"), _TEXTS),
    **dict.fromkeys(("replaceOnChanges", "hideDiff", "aliases"), _TEXTS),
    "propertyDependencies": dict[str, _TEXTS],
}
_DEPLOYMENT: dict[str, Any] = {
    "manifest": dict,
    "secrets_providers": dict,
    "resources": list,
    "pending_operations": list,
    "metadata": dict,
}
_NAMES = {str: "a text", bool: "true or false", dict: "an object", list: "a list", _TEXTS: "a list of texts"}


def shaped(deployment: Any) -> dict[str, Any]:
    """The deployment without keys that hold nothing. Raises EngineError where something has the wrong form."""
    found = _object(deployment, "the deployment", _DEPLOYMENT)
    for key, names in {"manifest": ("version", "magic", "time"), "secrets_providers": ("type",)}.items():
        if key in found:
            found[key] = _object(found[key], key, dict.fromkeys(names, str))
    if "secrets_providers" in found:
        if "type" not in found["secrets_providers"]:
            raise _wrong("secrets_providers", "has no `type`")
        found["secrets_providers"] = _object(found["secrets_providers"], "secrets_providers", {"state": dict})
        if "state" in found["secrets_providers"]:
            state = _object(found["secrets_providers"]["state"], "secrets_providers.state", {"salt": str})
            found["secrets_providers"]["state"] = state
    for key in ("resources", "pending_operations"):
        found[key] = [_entry(key, number, one) for number, one in enumerate(found.get(key, []))]
    return found


def _entry(key: str, number: int, value: Any) -> dict[str, Any]:
    where = f"{key}[{number}]"
    if key == "resources":
        return _resource(value, where)
    found = _object(value, where, {"type": str, "resource": dict})
    if "type" not in found or "resource" not in found:
        raise _wrong(where, "has no `type` or no `resource`")
    return {**found, "resource": _resource(found["resource"], f"{where}.resource")}


def _resource(value: Any, where: str) -> dict[str, Any]:
    found = _object(value, where, _RESOURCE)
    urn = found.get("urn")
    if not isinstance(urn, str) or not re.fullmatch(_URN, urn):
        raise _wrong(f"{where}.urn", "is not a URN")
    if not found.get("type"):
        raise _wrong(where, "has no `type`")
    found["custom"] = found.get("custom", False)
    for part in ("inputs", "outputs"):
        _check_secrets(found.get(part), f"{where}.{part}")
    return found


def _object(value: Any, where: str, types: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(where, "is not an object")
    found = {key: item for key, item in value.items() if item is not None}
    for key, kind in types.items():
        if key in found and not _is(found[key], kind):
            raise _wrong(f"{where}.{key}", f"is not {_NAMES.get(kind, 'an object of lists of texts')}")
    return found


def _is(value: Any, kind: Any) -> bool:
    if kind is _TEXTS:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if kind == dict[str, _TEXTS]:
        return isinstance(value, dict) and all(item is None or _is(item, _TEXTS) for item in value.values())
    return isinstance(value, kind)


def _check_secrets(value: Any, where: str) -> None:
    parts = [(value, where)]
    while parts:
        value, where = parts.pop()
        if isinstance(value, list):
            parts += [(item, f"{where}[{number}]") for number, item in enumerate(value)]
        elif isinstance(value, dict):
            parts += [(item, f"{where}.{key}") for key, item in value.items()]
            if value.get(SIGNATURE) == SECRET and not isinstance(value.get("ciphertext", value.get("plaintext")), str):
                raise _wrong(where, "is a secret without `ciphertext` or `plaintext`")


def _wrong(where: str, what: str) -> EngineError:
    return EngineError(f"the state is malformed: {where} {what}")
