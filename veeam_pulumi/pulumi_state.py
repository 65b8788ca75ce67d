"""What Pulumi's JSON means, in states, previews and requests: secrets, what is not known yet, URNs, whose code runs.

Facts: sdk/python/lib/pulumi/runtime/rpc.py (signatures, the unknown value), sdk/go/common/resource/urn/urn.go; how this
package stores a provider: `dynamic.load`. Nothing here loads pulumi, unpickles, or knows a product.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Stands for a value that only `up` will tell."""
SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key of an object that is a special value; what it holds says which."""
SECRET = "1b47061264138c4ac30d75fd1eb44270"
ENGINE_COMMAND = "PULUMI_ENGINE_COMMAND"
"""The variable in which an engine that is not `pulumi` tells programs and providers its command."""
MASKED = "[secret]"
"""What previews show for a secret."""
PROVIDER = "__provider"
"""The property of a dynamic resource that holds its pickled provider."""
NOT_ON_A_SERVER = ("BreakGlass", "Password", "vbr.ServerCertificate")
"""Kinds of this package that are not objects on a server."""
_OWN = re.compile(r"pulumi-python:dynamic/veeam(?:/([^:]+))?:(.+)")
"""`pulumi-python:dynamic/veeam/vbr:User`, `pulumi-python:dynamic/veeam:Password`."""
_DYNAMIC = re.compile(r"pulumi-[a-z]+:", re.IGNORECASE)
"""Whatever follows: the engine takes the plugin of that package, and the plugin the code that it is given."""
_BRIDGED = re.compile(r"veeam:[^:/]*/([^:]*):(.*)", re.DOTALL)
"""`veeam:index/vbrUser:VbrUser`: a resource of our Terraform provider, by Pulumi's bridge."""
_BRIDGED_KIND = re.compile(r"([a-z0-9]+)([A-Z][A-Za-z0-9]*)")
_CAMEL = re.compile(r"[a-z][a-zA-Z0-9]*")
_LOAD = b"\x8c\x14veeam_pulumi.dynamic\x94\x8c\x04load\x94\x93\x94"
_KIND = re.compile(rb"[A-Za-z][A-Za-z0-9_.]{0,99}")


def contains(value: Any, test: Callable[[Any], bool]) -> bool:
    """Whether the test holds for the value or anything in it."""
    items = value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ()
    return test(value) or any(contains(item, test) for item in items)


def is_secret(value: Any) -> bool:
    return isinstance(value, Mapping) and value.get(SIGNATURE) == SECRET


def is_unknown(value: Any) -> bool:
    return isinstance(value, str) and value == UNKNOWN


def has_unknown(value: Any) -> bool:
    """Whether a value, or a part of it, is known only after `up`."""
    return contains(value, is_unknown)


@dataclass(frozen=True)
class Urn:
    """A resource's name in Pulumi, in parts: `urn:pulumi:STACK::PROJECT::PARENT-TYPES$TYPE::NAME`."""

    stack: str
    project: str
    types: str
    """Its type behind those of its parents, `$` between them."""
    name: str
    """May hold `::` itself."""

    @classmethod
    def of(cls, text: str) -> Urn:
        """The parts of a URN; empty where there are fewer."""
        head, project, types, name = (*text.split("::", 3), "", "", "")[:4]
        return cls(head.removeprefix("urn:pulumi:"), project, types, name)

    @property
    def type(self) -> str:
        return self.types.rpartition("$")[2]

    def __str__(self) -> str:
        return f"urn:pulumi:{self.stack}::{self.project}::{self.types}::{self.name}"


def is_dynamic(token: str) -> bool:
    """Whether resources of this type bring the code of their provider along, in Python or another language."""
    return _DYNAMIC.match(token) is not None


def provider_kind(values: Mapping[str, Any]) -> str:
    """The kind (`vbr.User`, `Password`) that the provider of a dynamic resource serves; empty for other packages."""
    try:
        pickled = base64.b64decode(str(values.get(PROVIDER) or ""), validate=True)
    except (binascii.Error, ValueError):
        return ""
    kind = pickled.partition(_LOAD)[2][2:-6]
    ours = _KIND.fullmatch(kind) and pickled in [_reference(kind, protocol) for protocol in (4, 5)]
    return kind.decode() if ours else ""


def provider_of(token: str) -> str:
    """The provider of a resource that is what its type says, for whoever cannot see it: empty for types of others.

    The CLI hands a policy pack no property whose name begins with `__` (3.260).
    """
    named = _OWN.fullmatch(token)
    kind = ".".join(filter(None, named.groups())) if named else ""
    return base64.b64encode(_reference(kind.encode(), 4)).decode() if _KIND.fullmatch(kind.encode()) else ""


def _reference(kind: bytes, protocol: int) -> bytes:
    """The pickle of `dynamic.load(KIND)`, to the byte: anything else may run other code when it is loaded."""
    body = _LOAD + b"\x8c" + bytes([len(kind)]) + kind + b"\x94\x85\x94R\x94."
    return b"\x80" + bytes([protocol]) + b"\x95" + len(body).to_bytes(8, "little") + body


def kind_of(token: str, values: Mapping[str, Any]) -> str:
    """The kind of a dynamic resource, by what its provider says; empty for other packages.

    What only calls itself one of ours (`is_foreign` too) has the kind that its type names. A resource of Pulumi's
    bridge is what its type says: the bridge loads no code.
    """
    if bridged := _BRIDGED.fullmatch(token):
        named = _BRIDGED_KIND.fullmatch(bridged[1])
        return f"{named[1]}.{named[2]}" if named else f"veeam.{bridged[2]}"  # of the package, and nobody knows it
    if not is_dynamic(token):
        return ""
    named = _OWN.fullmatch(token)
    return provider_kind(values) or (f"{named[1]}.{named[2]}" if named and named[1] else "")


def own_names(token: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by the names that this package has for them: `connectionName` of the bridge is `connection`."""
    if not _BRIDGED.fullmatch(token):
        return dict(values)
    found: dict[str, Any] = _snake(values)
    if "connection_name" in found:
        found["connection"] = found.pop("connection_name")
    return found


def own_name(token: str, name: str) -> str:
    """The name of a property, or the path to one, as this package writes it."""
    return next(iter(own_names(token, {name: None})))


def _snake(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_snake_name(key): _snake(item) for key, item in value.items()}
    return [_snake(item) for item in value] if isinstance(value, list) else value


def _snake_name(name: str) -> str:
    head = _CAMEL.match(name)
    if head is None or name[head.end() : head.end() + 1] not in ("", ".", "["):
        return name
    return re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", head[0]) + name[head.end() :]


def is_foreign(token: str, values: Mapping[str, Any]) -> bool:
    """Whether a resource brings code along that is not of this package: what it does, no preview can tell."""
    return is_dynamic(token) and not provider_kind(values)


def config_map(text: str | None) -> dict[str, str] | None:
    """A map of a stack's config, which programs get as JSON: texts by name, none without one; None for no map."""
    try:
        found = json.loads(text or "{}")
    except (RecursionError, ValueError):  # which carries what it could not read
        return None
    if not isinstance(found, dict):
        return None
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in found.items()}


def opened(value: Any, unknown: Any = UNKNOWN) -> Any:
    """A value with secrets in clear where they are open, MASKED where not, and `unknown` for what is not known."""
    if isinstance(value, Mapping):
        if SIGNATURE not in value:
            return {key: opened(item, unknown) for key, item in value.items()}
        if value[SIGNATURE] != SECRET:  # an asset, an archive, a reference: no value that can be judged
            return unknown
        if "value" in value:
            return opened(value["value"], unknown)
        try:
            return opened(json.loads(value["plaintext"]), unknown)
        except (KeyError, RecursionError, TypeError, ValueError):
            return MASKED
    if isinstance(value, (list, tuple)):
        return [opened(item, unknown) for item in value]
    return unknown if value == UNKNOWN else value
