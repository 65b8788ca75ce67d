"""servers.yaml: the backup servers of an Enterprise Manager as `discover` found them, adopted."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ..errors import InvalidInput
from . import import_file
from .names import slug
from .sections import entry, insert

FILE = "servers.yaml"
_TOKEN = import_file.token("em.BackupServer")
_SAID = {"dns_name_or_ip_address": "address", "description": "description", "port": "port", "wcf_port": "wcf_port"}
_HEAD = """\
# The backup servers that Enterprise Manager collects data from, as found there. Each is adopted: nothing changes, and
# none is removed.
"""


def taken(rows: Iterable[Mapping[str, Any]], environment: str) -> tuple[str, str, str]:
    """The connection where it is not `em`, servers.yaml and import.json of what an import file has of these servers.

    Raises InvalidInput where it has none, or those of several Enterprise Managers.
    """
    found = [row for row in rows if row["type"] == _TOKEN]
    connections = sorted({str(row["inputs"]["connection"]) for row in found})
    if len(connections) != 1:
        what = f"those of {' and '.join(connections)}" if connections else "none"
        raise InvalidInput(
            f"{FILE} is for the backup servers of one Enterprise Manager, and {import_file.FILE} has {what}",
            "write one: veeam-pulumi discover CONNECTION --out DIR, then name that folder here",
        )
    lines, imported, names = [], [], set[str]()
    for row in found:
        said = {name: row["inputs"][key] for key, name in _SAID.items() if row["inputs"].get(key) not in (None, "")}
        name = _name(str(said["address"]), names)
        names.add(name)
        lines.append(entry(name, {**said, "adopt": True}))
        imported.append({"type": _TOKEN, "name": name, **{key: row[key] for key in ("id", "inputs", "outputs")}})
    text = insert(_HEAD, environment, lines)
    return connections[0] if connections != ["em"] else "", text, import_file.text(imported, {})


def _name(address: str, names: Collection[str]) -> str:
    """`vbr01.lab.local` -> `vbr01`, in the form of a connection's name, which it is one day."""
    whole = re.sub(r"[^a-z0-9]+", "-", slug(address)).strip("-")
    host = re.sub(r"[^a-z0-9]+", "-", slug(address.partition(".")[0])).strip("-")
    free = [one for one in (host, whole) if re.fullmatch(r"[a-z][a-z0-9-]*", one) and one not in names]
    return free[0] if free else f"server-{whole}"
