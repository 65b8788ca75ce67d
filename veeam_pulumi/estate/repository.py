"""The repository that starts from what `discover` wrote: one stack, the connections of the environment, no example."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ..errors import InvalidInput
from ..server.connections import Connections
from ..server.settings import Connection, Settings, credentials, secrets, variable
from . import decisions
from .import_file import FILE as IMPORT
from .program_text import FILE as OBJECTS
from .proof import program
from .roster_text import FILE as ROSTER
from .tenants_text import FILE as TENANTS

STACK = "prod"
TAKEN = (ROSTER, OBJECTS, TENANTS, decisions.FILE, IMPORT)


def files(template: Mapping[str, str], readme: str, taken: Path, known: Connections) -> dict[str, str]:
    """The files of a template, with those of the folder `taken` in place of its examples.

    Raises InvalidInput for a folder that `discover --out` did not write.
    """
    there = [name for name in TAKEN if (taken / name).exists()]
    if IMPORT not in there:
        raise InvalidInput(
            f"{taken} has no {IMPORT}", f"write it first: veeam-pulumi discover --out {taken}, then name it here"
        )
    found = {path: text for path, text in template.items() if not path.startswith("Pulumi.") or path == "Pulumi.yaml"}
    found.pop(ROSTER, None)
    found |= {name: (taken / name).read_text(encoding="utf-8") for name in there}
    found |= {"__main__.py": program(taken), "README.md": readme}
    rules = json.loads(found["policy.json"])
    found["policy.json"] = json.dumps({"no-unapproved-administrators": {"approvals": []}, **_limits(rules)}, indent=2)
    found["policy.json"] += "\n"
    connections: dict[str, Any] = {}
    for name in known.names:
        connections[name], certificate = _connection(known.get(name))
        found |= certificate
    config: dict[str, Any] = {"veeam:connections": connections}
    if companies := decisions.read(taken).companies:
        config["veeam:companies"] = companies
    head = "# User names and passwords come from the environment, which wins over what stands here.\n"
    found[f"Pulumi.{STACK}.yaml"] = head + yaml.safe_dump({"config": config}, sort_keys=False, allow_unicode=True)
    return found


def _limits(rules: Mapping[str, Any]) -> dict[str, Any]:
    """What the template says that is about nobody in particular."""
    return {name: rule for name, rule in rules.items() if name == "few-administrators"}


def _connection(one: Connection) -> tuple[dict[str, Any], dict[str, str]]:
    """The settings of a connection that are not secret, and its CA's file, which comes along."""
    model = type(one.settings)
    left_out = {*credentials(model), *secrets(model), "tls"}
    given = one.settings.model_dump(mode="json", include=one.settings.model_fields_set - left_out)
    said: dict[str, Any] = {name: value for name, value in given.items() if value not in (None, [], "")}
    if all(getattr(one.settings, key) is None for key in credentials(model).keys() - credentials(Settings).keys()):
        said["password_env"] = variable(one.name, "password")
    tls = one.settings.tls
    settings = {"thumbprint": tls.thumbprint} if tls.thumbprint else {}
    if not tls.ca_file:
        return said | ({"tls": settings} if settings else {}), {}
    name = f"ca-{one.name}.pem"
    text = (one.folder / tls.ca_file).read_text(encoding="utf-8")
    return {**said, "tls": {**settings, "ca_file": name}}, {name: text}
