"""Nobody can pose as a server: the settings of the connections, as the providers get them.

* The engine hands the provider of dynamic resources the stack's whole config, structures as JSON text and secrets in
  clear: nothing of it may be shown but the names of connections.
* The provider of Pulumi's bridge gets its connections from the program, or as its default one from the stack's config;
  the bridge makes one JSON text of them, which is a secret as a whole if a part of it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ..pulumi_state import MASKED, opened
from ..resource.fields import UNKNOWN
from .files import config_of, projects
from .resources import Resource
from .rule import Case, Configuration, Rule, Violation

PROVIDER = "pulumi:providers:pulumi-python"
BRIDGED = "pulumi:providers:veeam"
CONNECTIONS = "veeam:connections"
KEYS = (CONNECTIONS, "veeam:defaults")
_Files = dict[str, list[dict[str, Any]]]
"""By stack: the config of each of its files that can be read."""


class Verified(Configuration):
    allowed: tuple[str, ...] = ()
    """Connections that may do without: a lab's."""


def _unverified(case: Case, configuration: Verified) -> Iterator[Violation]:
    files = _files(case)
    for resource in case.resources:
        if resource.type == PROVIDER:
            for key in KEYS:
                value = resource.values.get(key)
                if value is not None and not (value == MASKED and _is_in_files(files, key, resource.stack)):
                    yield from _judged(key, value, configuration, resource.urn)
        elif resource.type == BRIDGED and not case.comes_again(resource):
            yield from _of_bridge(files, configuration, resource)
    for stack, configs in files.items():
        yield from _in_files(case, configuration, stack, configs)


def _of_bridge(files: _Files, configuration: Verified, resource: Resource) -> Iterator[Violation]:
    value = resource.values.get("connections") or {}  # nothing comes as an empty text
    by_default = resource.name.partition("_")[0] == "default"
    if value == MASKED and by_default and _is_in_files(files, CONNECTIONS, resource.stack):
        return
    settings = _map(value)
    if settings is None:
        yield Violation(
            f"provider {resource.name}: its connections cannot be read here, so nobody can say whether servers are "
            "verified: leave passwords to the environment (VEEAM_VBR_PASSWORD), then the rest is not secret, or have "
            "it judged by the policy pack, which is told secrets",
            resource.urn,
        )
    elif by_default:
        yield from _judged(CONNECTIONS, settings, configuration, resource.urn)
    else:
        for name in _switched_off(settings):
            if name not in configuration.allowed:
                yield Violation(
                    f"connection {name} of provider {resource.name}: TLS verification is off (tls.insecure), anybody "
                    "can pose as this server and gets its password: take `insecure` out of the provider's connections, "
                    "and pin the server's certificate there: `tls: {thumbprint: FINGERPRINT}`",
                    resource.urn,
                )


def _in_files(case: Case, configuration: Verified, stack: str, configs: list[dict[str, Any]]) -> Iterator[Violation]:
    if not configs:
        yield Violation(
            f"there is no Pulumi.{stack}.yaml of project {case.project or '(any)'} that can be read, so nobody can say "
            "whether servers are verified: run it where the project is"
        )
    for config in configs:
        for key in KEYS:
            if key in config:
                yield from _judged(key, config[key], configuration, "")


def _is_in_files(files: _Files, key: str, stack: str) -> bool:
    """Whether a setting that a preview hides is judged where it comes from. It may come from an environment of ESC."""
    return stack in files and (not files[stack] or any(key in config for config in files[stack]))


def _files(case: Case) -> _Files:
    """What the files of each stack say, of every project that it can be; none when asked again, for then nothing is
    hidden. A preview hides the connections, because passwords are in them: their files do not."""
    ours = (
        []
        if case.asked_again
        else [one for one in case.resources if one.grant is not None or one.type in (PROVIDER, BRIDGED)]
    )
    if not ours:
        return {}
    folders = projects((case.folder / "..").resolve(), case.project)
    found = {stack: [config_of(folder, stack) for folder in folders] for stack in sorted({one.stack for one in ours})}
    return {stack: [config for config in configs if config is not None] for stack, configs in found.items()}


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
    for name in _switched_off(settings if key == CONNECTIONS else {"": settings}):
        if name not in (configuration.allowed if name else ()):
            path = f"{key}.{name}" if name else key
            yield Violation(
                f"{f'connection {name}' if name else 'all connections'}: TLS verification is off (tls.insecure), "
                "anybody can pose as this server and gets its password: "
                f"`pulumi config rm --path '{path}.tls.insecure'`, and pin its "
                f"certificate: `pulumi config set --path '{CONNECTIONS}.{name or 'vbr'}.tls.thumbprint' FINGERPRINT`",
                urn,
            )


def _switched_off(connections: Mapping[str, Any]) -> Iterator[str]:
    """The names of those that trust anybody; what cannot be read counts as that."""
    for name, one in connections.items():
        settings = _map(one)
        trust = one if settings is None else settings.get("tls")
        tls = _map(trust)
        if _on(trust if tls is None else tls.get("insecure")):
            yield name


def _map(value: Any) -> Mapping[str, Any] | None:
    """A map, or what a text holds of one; None for anything else, and for one that a file keeps encrypted."""
    if isinstance(value, str):
        try:
            value = opened(json.loads(value), UNKNOWN)  # some SDKs mark the secrets in the text
        except (RecursionError, ValueError):
            return None
    sealed = isinstance(value, Mapping) and value.keys() == {"secure"} and isinstance(value["secure"], str)
    return value if isinstance(value, Mapping) and not sealed else None


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
