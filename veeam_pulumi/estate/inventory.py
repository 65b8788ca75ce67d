"""What is on the servers, as data and on a terminal: every object of every kind, and what manages it.

Shape (`format` 1)::

    {"format": 1, "tool": "veeam-pulumi 0.1.0", "at": "2026-11-27T10:00:00+00:00", "complete": true,
     "servers": [{"connection", "product", "server", "version", "at", "rows": {kind: number}, "problem"}],
     "objects": [{"connection", "server", "kind", "id", "name", "roles": [], "principal", "enabled", "unknown",
                  "standing", "entry", "source"}],
     "missing": [{"connection", "kind", "id", "entry", "source"}]}

`principal`: user, group, service account; of what lets nobody log in: role, server, credential, company. `standing`:
managed, adopted, break-glass, own login, built in, unmanaged. `missing`: what the state holds and a complete list of
its server has not.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from importlib.metadata import version
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ..redaction import visible
from .census import Census, Item
from .document import servers

if TYPE_CHECKING:
    from rich.console import Console

FORMAT = 1
COLORS = {"unmanaged": "bold red", "own login": "cyan", "built in": "cyan", "break-glass": "cyan"}


def principal(item: Item) -> str:
    if not item.grant.is_account:
        return item.grant.principal
    return "group" if item.grant.group else "service account" if item.grant.service_account else "user"


def inventory(census: Census) -> dict[str, Any]:
    """The census in the shape above."""
    where = {one.connection: one.server for one in census.servers}
    return {
        "format": FORMAT,
        "tool": f"veeam-pulumi {version('veeam-pulumi')}",
        "at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "complete": census.complete,
        "servers": servers(census),
        "objects": [
            {
                "connection": item.connection,
                "server": where[item.connection],
                "kind": item.kind,
                "id": item.id,
                "name": item.name,
                "roles": list(item.grant.roles),
                "principal": principal(item),
                "enabled": item.grant.enabled,
                "unknown": "; ".join(item.grant.unknown),
                "standing": item.standing,
                "entry": item.managed.entry if item.managed else "",
                "source": item.managed.address if item.managed else "",
            }
            for item in census.items
        ],
        "missing": [
            {
                "connection": one.connection,
                "kind": one.kind,
                "id": one.id,
                "entry": one.entry,
                "source": one.address,
            }
            for one in census.missing
        ],
    }


def show(found: Mapping[str, Any], console: Console) -> None:
    """A table for each server; what could not be read, and what is not there, last, where it is seen."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    wide = not console.is_terminal
    console.width = 1000 if wide else max(console.width, 60)
    objects = {key: list(rows) for key, rows in groupby(found["objects"], key=lambda one: one["connection"])}
    for server in found["servers"]:
        about = " ".join(filter(None, (server["product"], server["version"])))
        rows = objects.get(server["connection"], [])
        state = "could not be read whole" if server["problem"] else f"{len(rows)} object{'s' * (len(rows) != 1)}"
        line = f"{server['connection']}  {visible(server['server'])}  {visible(about)}  {state}"
        _line(console, line, "bold red" if server["problem"] else "bold")
        if rows:
            table = Table(box=None if wide else SIMPLE_HEAD, padding=(0, 2, 0, 0), show_edge=False)
            for title in ("", "name", "kind", "role", "principal", "status"):
                table.add_column(title, overflow="fold")
            for one in rows:
                notes = [one["standing"], "" if one["enabled"] else "disabled", one["entry"]]
                table.add_row(
                    "",
                    Text(visible(one["name"])),
                    Text(one["kind"]),
                    Text(visible(", ".join(one["roles"])) or "-", "bold red" if one["unknown"] else ""),
                    Text(one["principal"]),
                    Text(visible("; ".join(filter(None, notes))), COLORS.get(one["standing"], "")),
                )
            with console.capture() as drawn:
                console.print(table)
            for row in drawn.get().strip("\n").splitlines():
                print(row.rstrip(), file=console.file)
        _line(console, "")
    for one in found["missing"]:
        _line(
            console, f"not on {one['connection']}: {visible(one['source'])} ({one['kind']} {visible(one['id'])})", "red"
        )
    for server in found["servers"]:
        if server["problem"]:
            _line(console, f"incomplete: {server['connection']}: {server['problem']}", "bold red")
    counts = [f"{number} {standing}" for standing, number in _counted(found).items()]
    _line(console, f"{len(found['objects'])} objects on {len(found['servers'])} servers: {', '.join(counts) or 'none'}")


def _counted(found: Mapping[str, Any]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in found["objects"]:
        counts[one["standing"]] = counts.get(one["standing"], 0) + 1
    return dict(sorted(counts.items()))


def _line(console: Console, text: str, style: str = "") -> None:
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)
