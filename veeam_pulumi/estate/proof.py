"""The proof that taking over changes nothing: what was written, run on the embedded engine with a state of its own.

The import file goes into a scratch stack; every object is read again, and the program is previewed. Nothing is written
on a server, nor into a state that anybody uses. Whatever is not "unchanged" is an error.
"""

from __future__ import annotations

import io
import json
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..engine import Engine, EngineError
from ..pulumi_state import Urn
from .ask import Estate
from .program_text import FILE as OBJECTS
from .roster_text import FILE as ROSTER
from .tenants_text import FILE as TENANTS

STACK = "check"
_FILES = re.compile(r"VEEAM_\w+_(TLS_CA_FILE|PASSWORD_FILE)")


def program(folder: Path) -> str:
    """The program that declares what `discover` wrote into a folder."""
    has = {file for file in (ROSTER, TENANTS, OBJECTS) if (folder / file).exists()}
    lines = ['"""Who can log in where: taken over from the servers as it is."""\n']
    if ROSTER in has:
        lines += ["from veeam_pulumi.access import person\n"]
    if TENANTS in has:
        lines += ["from veeam_pulumi.access import companies\n", 'companies.declare("tenants.csv")\n']
    if OBJECTS in has:
        lines += ["import objects  # noqa: F401\n"]
    return "\n".join([*lines, *(['person.declare("roster.yaml")\n'] if ROSTER in has else [])])


def check(
    estate: Estate,
    folder: Path,
    companies: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
    changing: Collection[str] = (),
    connection: str = "",
    elsewhere: Collection[tuple[str, str]] = (),
) -> list[str]:
    """What taking over would change, one line for each object; empty is the proof.

    `rows`: of an import into an empty state; `connection`: of the users of companies; `changing`: entries and resources
    that are known to change, because something has left or is not adopted; `elsewhere`: resources on connections that
    were not read. Raises EngineError.
    """
    with tempfile.TemporaryDirectory(prefix="veeam-check-") as name:
        scratch = Path(name)
        for file in (ROSTER, OBJECTS, TENANTS):
            if (folder / file).exists():
                shutil.copy(folder / file, scratch / file)
        (scratch / "__main__.py").write_text(program(folder), encoding="utf-8")
        (scratch / "Pulumi.yaml").write_text("name: discovered\nruntime: python\n", encoding="utf-8")
        (scratch / "state").mkdir()
        out = io.StringIO()
        environ = {
            "PULUMI_CONFIG_PASSPHRASE": secrets.token_urlsafe(16),
            "PULUMI_BACKEND_URL": f"file://{scratch}/state",
            **{key: str((estate.folder / text).resolve()) for key, text in os.environ.items() if _FILES.fullmatch(key)},
        }
        engine = Engine(scratch, STACK, environ=environ, out=out)
        engine.init()
        config = engine.config()
        if found := estate.config.get("veeam:connections"):
            config.set("veeam:connections", _absolute(str(found), estate.folder), secret=True)
        if found := estate.config.get("veeam:defaults"):
            common = json.loads(_absolute(f'{{"all": {found}}}', estate.folder))["all"]
            config.set("veeam:defaults", json.dumps(common), secret=True)
        if "veeam:environment" in estate.config:
            config.set("veeam:environment", str(estate.config["veeam:environment"]))
        for key in ("passwords", "currentPasswords"):
            if f"veeam:{key}" in estate.config:
                config.set(f"veeam:{key}", str(estate.config[f"veeam:{key}"]), secret=True)
        if connection:
            config.set("veeam:connection", connection)
        if companies:
            config.set("veeam:companies", json.dumps(dict(companies)))
        if estate.around.environment and "veeam:environment" not in estate.config:
            config.set("veeam:environment", estate.around.environment)
        engine.import_resources({"resources": list(rows)})
        result = engine.preview(refresh=True, json=True)
        return _changes(out.getvalue(), result.exit_code, result.error, changing, elsewhere)


def _changes(
    text: str, code: int, error: str | None, changing: Collection[str], elsewhere: Collection[tuple[str, str]]
) -> list[str]:
    try:
        steps = json.loads(text).get("steps") or []
    except ValueError:
        raise EngineError(error or text.strip() or "the preview said nothing") from None
    found = [line for step in steps if not _is_known(step, changing, elsewhere) and (line := _change(step))]
    return found or ([error or "the preview failed"] if code else [])


def _is_known(step: Mapping[str, Any], changing: Collection[str], elsewhere: Collection[tuple[str, str]]) -> bool:
    """Whether it is created in the scratch state because it was left out of the import."""
    urn = Urn.of(str(step.get("urn")))
    known = (urn.type, urn.name) in elsewhere or bool({urn.name, urn.name.partition("@")[0]} & {*changing})
    return step.get("op") == "create" and known


def _change(step: Mapping[str, Any]) -> str:
    """What a step changes; empty for one that changes nothing."""
    op, urn = str(step.get("op")), Urn.of(str(step.get("urn")))
    if op in ("same", "read", "refresh") and not step.get("diffReasons"):
        return ""
    if urn.type.startswith("pulumi:providers:"):  # of a stack into which nothing was imported
        return ""
    reasons = ", ".join(map(str, step.get("diffReasons") or ()))
    what = f"{urn.type.rpartition('/')[2].replace(':', '.')} {urn.name!r}"
    return f"{what}: the preview says {op}{f' ({reasons})' if reasons else ''} instead of no change"


def _absolute(connections: str, folder: Path) -> str:
    """Connections whose files count from the folder -> the same from anywhere."""
    try:
        found = json.loads(connections)
        for one in found.values():
            if one.get("password_file"):
                one["password_file"] = str((folder / one["password_file"]).resolve())
            if (one.get("tls") or {}).get("ca_file"):
                one["tls"]["ca_file"] = str((folder / one["tls"]["ca_file"]).resolve())
    except (ValueError, AttributeError, TypeError):
        return connections
    return json.dumps(found)
