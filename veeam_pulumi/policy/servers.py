"""Nobody can pose as a server: the settings of the connections, as the provider of dynamic resources gets them.

The engine hands that provider the stack's whole config, structures as JSON text and secrets in clear: nothing of it
may be shown but the names of connections.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ..pulumi_state import MASKED
from .files import config_of, projects
from .rule import Case, Configuration, Rule, Violation

PROVIDER = "pulumi:providers:pulumi-python"
CONNECTIONS = "veeam:connections"
KEYS = (CONNECTIONS, "veeam:defaults")


class Verified(Configuration):
    allowed: tuple[str, ...] = ()
    """Connections that may do without: a lab's."""


def _unverified(case: Case, configuration: Verified) -> Iterator[Violation]:
    for resource in case.resources:
        if resource.type == PROVIDER:
            for key in KEYS:
                if (value := resource.values.get(key)) is not None and not (value == MASKED and not case.asked_again):
                    yield from _judged(key, value, configuration, resource.urn)
    if not case.asked_again:  # a preview hides the connections, because passwords are in them: their files do not
        for stack in sorted({one.stack for one in case.resources if one.grant is not None or one.type == PROVIDER}):
            yield from _in_files(case, configuration, stack)


def _in_files(case: Case, configuration: Verified, stack: str) -> Iterator[Violation]:
    found = [config_of(folder, stack) for folder in projects((case.folder / "..").resolve(), case.project)]
    if not any(config is not None for config in found):
        yield Violation(
            f"there is no Pulumi.{stack}.yaml of project {case.project or '(any)'} that can be read, so nobody can say "
            "whether servers are verified: run it where the project is"
        )
    for config in found:
        for key in KEYS:
            if config and key in config:
                yield from _judged(key, config[key], configuration, "")


def _judged(key: str, value: Any, configuration: Verified, urn: str) -> Iterator[Violation]:
    """What is wrong with the connections, or their defaults, in a setting."""
    settings = _map(value)
    if settings is None:
        yield Violation(
            f"{key} is not a map, so nobody can say whether servers are verified: set each key by its path: "
            f"`pulumi config set --path '{CONNECTIONS}.vbr.url' https://HOST:9419`",
            urn,
        )
        return
    for name, one in settings.items() if key == CONNECTIONS else [("", settings)]:
        tls = _map(of := _map(one)) and (of or {}).get("tls")
        insecure = (_map(tls) or {}).get("insecure") if _map(tls) is not None else tls
        if _on(insecure) and name not in (configuration.allowed if name else ()):
            path = f"{key}.{name}" if name else key
            yield Violation(
                f"{f'connection {name}' if name else 'all connections'}: TLS verification is off (tls.insecure), "
                "anybody can pose as this server and gets its password: "
                f"`pulumi config rm --path '{path}.tls.insecure'`, and pin its "
                f"certificate: `pulumi config set --path '{CONNECTIONS}.{name or 'vbr'}.tls.thumbprint' FINGERPRINT`",
                urn,
            )


def _map(value: Any) -> Mapping[str, Any] | None:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (RecursionError, ValueError):
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
