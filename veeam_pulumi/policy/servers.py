"""Nobody can pose as a server: the settings of the connections, as the provider of dynamic resources gets them.

The engine hands that provider the stack's whole config, structures as JSON text and secrets in clear: nothing of it
may be shown but the names of connections.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ..vocabulary import Words
from .rule import Case, Configuration, Rule, Violation

PROVIDER = "pulumi:providers:pulumi-python"
KEY = "veeam:connections"


class Verified(Configuration):
    allowed: tuple[str, ...] = ()
    """Connections that may do without: a lab's."""


def _unverified(case: Case, configuration: Verified) -> Iterator[Violation]:
    for resource in case.resources:
        if resource.type != PROVIDER or KEY not in resource.values:
            continue
        connections = _map(resource.values[KEY])
        if connections is None:
            yield Violation(
                f"{KEY} is not a map of connections, so nobody can say whether servers are verified: set each key by "
                f"its path: `pulumi config set --path '{KEY}.vbr.url' https://HOST:9419`",
                resource.urn,
            )
        for name, settings in (connections or {}).items():
            tls = _map((_map(settings) or {}).get("tls")) or {}
            if _on(tls.get("insecure")) and name not in configuration.allowed:
                yield Violation(
                    f"connection {name}: TLS verification is off (tls.insecure), anybody can pose as this server and "
                    f"gets its password: `pulumi config rm --path '{KEY}.{name}.tls.insecure'`, and pin its "
                    f"certificate: {Words().set(name, 'tls.thumbprint', 'FINGERPRINT')}",
                    resource.urn,
                )


def _map(value: Any) -> Mapping[str, Any] | None:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    return value if isinstance(value, Mapping) else None


def _on(value: Any) -> bool:
    """Whether a setting is on, as the product reads it; what it would refuse counts as on."""
    try:
        return value is not None and TypeAdapter(bool).validate_python(value)
    except ValidationError:
        return True


RULES = [
    Rule(
        "tls-verification",
        "Every server proves who it is before it gets a password.",
        Verified,
        _unverified,
    )
]
