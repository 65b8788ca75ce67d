"""Secrets are kept as secrets: the files of projects, because policies and programs see plain text either way.

`pulumi config set --secret` writes `{secure: CIPHERTEXT}`; without `--secret` the value is in the file, and stays
in the history of the repository after it was taken out.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from ..pulumi_yaml import load
from ..redaction import looks_secret
from .rule import Case, Configuration, Rule, Violation

_IN_URL = re.compile(r"://[^/\s:@]*:[^/\s@]+@")
_ARGUMENT = re.compile(r"[?&;]([^=&;#\s]+)=[^&;#\s]")
_SEALED = re.compile(r"v[0-9]+:[\w+/=-]+:[\w+/=-]+|[A-Za-z0-9+/]{24,}={0,2}")
"""What a secrets provider writes: `v1:NONCE:TEXT` (a passphrase, a key service), or base64 (Pulumi Cloud)."""
_SKIPPED = {"node_modules", "venv", "build", "dist", "site-packages"}


class Sealed(Configuration):
    folder: str = ".."
    """Where projects are looked for, with everything below; counts from the policy pack's folder."""
    allowed: tuple[str, ...] = ()
    """Keys that look like passwords and are none, as paths (`my:tokenLifetime`); `*` stands for anything."""


def plain_secrets(folder: Path, allowed: Sequence[str] = ()) -> list[Violation]:
    """What looks like a secret in clear in Pulumi.yaml and the Pulumi.<stack>.yaml files of the project in a folder.

    `allowed`: the paths of values that look like one and are none.
    """
    configs = folder / str((_read(folder / "Pulumi.yaml") or {}).get("stackConfigDir") or ".")
    files = [folder / "Pulumi.yaml", *sorted(configs.glob("Pulumi.*.yaml"))]
    return [found for file in files for found in _in_file(file, allowed)]


def _read(file: Path) -> dict[str, Any] | None:
    """A file of settings; None for one that is none. What a parser says of it quotes it, and is not passed on."""
    try:
        found = load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return None
    return found if isinstance(found, dict) else None if found else {}


def _in_file(file: Path, allowed: Sequence[str]) -> Iterator[Violation]:
    text, stack = _read(file), file.name[7:-5]
    if text is None:
        yield Violation(f"{file}: it cannot be read as YAML settings, so nobody can say what is in it: correct it")
        return
    config = text.get("config") or {}
    if not stack and isinstance(config, dict):  # Pulumi.yaml declares: {type: string, secret: true, default: VALUE}
        config = {
            key: entry.get("value", entry.get("default")) if isinstance(entry, dict) else entry
            for key, entry in config.items()
        }
    url = (text.get("backend") or {}).get("url") if isinstance(text.get("backend") or {}, dict) else None
    if not stack and isinstance(url, str) and _is_in_url(url) and "backend.url" not in allowed:
        yield Violation(
            f"{file}: backend.url holds a secret in clear: leave it out and set PULUMI_BACKEND_URL where it is needed, "
            "and change the secret itself, because the repository's history keeps this one"
        )
    for path in _plain(config, "", False):
        if not any(fnmatchcase(path, pattern) for pattern in allowed):
            on = f" --stack {stack}" if stack else ""
            yield Violation(
                f"{file}: {path} is in clear: `pulumi config set --path --secret '{path}'{on}`, and change the secret "
                "itself, because the repository's history keeps this one"
            )


def _plain(value: Any, path: str, secret: bool) -> Iterator[str]:
    """The paths of what should be a secret; everything under a key that looks like one should."""
    if isinstance(value, dict):
        if set(value) == {"secure"} and _SEALED.fullmatch(str(value["secure"])):
            return
        for key, item in value.items():
            looks = looks_secret(str(key).rpartition(":")[2]) or key == "secure"
            yield from _plain(item, f"{path}.{key}" if path else str(key), secret or looks)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _plain(item, f"{path}[{number}]", secret)
    elif (
        isinstance(value, str) and value.lstrip()[:1] in ("{", "[") and isinstance(inner := _json(value), (dict, list))
    ):
        yield from _plain(inner, path, secret)
    elif value not in (None, "") and not isinstance(value, bool) and (secret or _is_in_url(str(value))):
        yield path


def _json(text: str) -> Any:
    """A structure that is written as text, as `config set` without --path leaves it; None for what is none."""
    try:
        return json.loads(text)
    except (RecursionError, ValueError):
        return None


def _is_in_url(value: str) -> bool:
    """Whether a text is an address with a password in it, or with an argument that looks like a secret."""
    return bool(_IN_URL.search(value)) or (
        "://" in value and any(looks_secret(name) or name == "sig" for name in _ARGUMENT.findall(value))
    )


def config_of(folder: Path, stack: str) -> dict[str, Any] | None:
    """The config of a stack in its file, which may be empty; None where that cannot be read."""
    configs = folder / str((_read(folder / "Pulumi.yaml") or {}).get("stackConfigDir") or ".")
    found = _read(configs / f"Pulumi.{stack}.yaml")
    config = None if found is None else found.get("config") or {}
    return config if isinstance(config, dict) else None


def projects(folder: Path, name: str = "") -> list[Path]:
    """The folders of all projects in `folder` and below it, or of those with that name."""
    found = []
    for here, below, files in os.walk(folder):
        below[:] = sorted(one for one in below if one not in _SKIPPED and not one.startswith("."))
        if "Pulumi.yaml" in files:
            found.append(Path(here))
    return [one for one in found if not name or (_read(one / "Pulumi.yaml") or {}).get("name") == name]


def _unsealed(case: Case, configuration: Sealed) -> Iterator[Violation]:
    top = (case.folder / configuration.folder).resolve()
    found = projects(top, case.project)
    if not found:
        yield Violation(
            f"there is no Pulumi.yaml of project {case.project or '(any)'} in {top} or below it, so nobody can say "
            "whether secrets are kept as secrets: set `folder` of secrets-as-secrets in the policy configuration"
        )
    for folder in found:
        yield from plain_secrets(folder, configuration.allowed)


RULES = [
    Rule(
        "secrets-as-secrets",
        "Secrets in Pulumi.<stack>.yaml are encrypted.",
        Sealed,
        _unsealed,
        whole_stack=True,
    )
]
