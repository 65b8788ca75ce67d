"""The repository that starts from what `discover` wrote: one stack, the connections of the environment, no example."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from ..errors import InvalidInput
from ..server.connections import Connections
from ..server.settings import Connection, Settings, credentials, secrets, variable
from . import decisions, servers_text
from .import_file import FILE as IMPORT
from .program_text import FILE as OBJECTS
from .proof import program
from .roster_text import FILE as ROSTER
from .tenants_text import FILE as TENANTS

STACK = "prod"
TAKEN = (ROSTER, OBJECTS, TENANTS, decisions.FILE, IMPORT)
_NEEDED = {"access": (ROSTER, OBJECTS), "tenants": (TENANTS,), "servers": (IMPORT,)}
"""Template -> the files of which it needs one."""
_MAKE = {"access": "", "tenants": " --tenants", "servers": ""}


def files(
    template: Mapping[str, str], readme: str, kind: str, taken: Path, known: Connections
) -> tuple[dict[str, str], list[str]]:
    """The files of a template without examples, with those of the folder `taken`; and the variables with passwords.

    `kind`: of KINDS, or empty for all that is there. Raises InvalidInput for a folder that `discover --out` did not
    write, or that has nothing for the template.
    """
    there = [name for name in TAKEN if (taken / name).exists()]
    if IMPORT not in there:
        raise InvalidInput(
            f"{taken} has no {IMPORT}", f"write it first: veeam-pulumi discover --out {taken}, then name it here"
        )
    if kind and not {*_NEEDED[kind]} & {*there}:
        raise InvalidInput(
            f"{taken} has no {' or '.join(_NEEDED[kind])}",
            f"write it first: veeam-pulumi discover{_MAKE[kind]} --out {taken}, then name it here",
        )
    found = dict(template)
    rows = json.loads((taken / IMPORT).read_text(encoding="utf-8"))["resources"]
    at = ""
    if kind == "servers":
        at, found[servers_text.FILE], found[IMPORT] = servers_text.taken(rows, STACK)
    else:
        found |= {name: (taken / name).read_text(encoding="utf-8") for name in there}
        found["__main__.py"] = program(taken)
        at = _console(rows) if TENANTS in found else ""
    connections: dict[str, Any] = {}
    variables = []
    for name in known.names:
        connections[name], certificate = _connection(known.get(name))
        found |= certificate
        variables += [variable(name, key) for key in _credentials(known.get(name))]
    config: dict[str, Any] = {"veeam:connections": connections}
    if at:
        config["veeam:connection"] = at
    if kind in ("", "access") and (companies := decisions.read(taken).companies):
        config["veeam:companies"] = companies
    head = "# Passwords come from the environment, which wins over what stands here.\n"
    found[f"Pulumi.{STACK}.yaml"] = head + yaml.safe_dump({"config": config}, sort_keys=False, allow_unicode=True)
    found["README.md"] = _about(readme, {*found}, variables, pipelines="ci/review.sh" in found)
    return found, variables


def _about(readme: str, there: Collection[str], variables: Sequence[str], *, pipelines: bool) -> str:
    """The README without rows of files that are not there, and without pipelines where there are none."""
    lines = readme.splitlines(keepends=True)
    files = [re.match(r"\| `([\w.]+)` \|", line) for line in lines]
    kept = "".join(line for line, file in zip(lines, files, strict=True) if not file or file[1] in there)
    if not pipelines:
        return kept.partition("\n## In a pipeline\n")[0]
    return kept.replace("${VARIABLES}", ", ".join(f"`{name}`" for name in variables))


def _console(rows: list[dict[str, Any]]) -> str:
    """The connection of the users of companies, where it is not the usual one."""
    named = {str(row["inputs"]["connection"]) for row in rows if row["type"].endswith("/vspc:User")}
    return next(iter(named - {"vspc"}), "")


def _credentials(one: Connection) -> list[str]:
    """The settings that it logs in with: what only its product has, else `password`."""
    own = credentials(type(one.settings)).keys() - credentials(Settings).keys()
    return [key for key in sorted(own) if getattr(one.settings, key) is not None] or ["password"]


def _connection(one: Connection) -> tuple[dict[str, Any], dict[str, str]]:
    """The settings of a connection that are not secret, and its CA's file, which comes along."""
    model = type(one.settings)
    left_out = {*credentials(model), *secrets(model), "tls"}
    given = one.settings.model_dump(mode="json", include=one.settings.model_fields_set - left_out)
    said: dict[str, Any] = {name: value for name, value in given.items() if value not in (None, [], "")}
    if "password" in _credentials(one):
        said["password_env"] = variable(one.name, "password")
    tls = one.settings.tls
    settings = {"thumbprint": tls.thumbprint} if tls.thumbprint else {}
    if not tls.ca_file:
        return said | ({"tls": settings} if settings else {}), {}
    name = f"ca-{one.name}.pem"
    text = (one.folder / tls.ca_file).read_text(encoding="utf-8")
    return {**said, "tls": {**settings, "ca_file": name}}, {name: text}
