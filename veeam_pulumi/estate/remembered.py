"""What earlier runs found on servers that this one does not read: from import.json, and from the stack's state.

`discover` with connections named must not need the other servers, and must not lose what is written of them; nor of
one that does not answer today.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .. import pulumi_state
from ..products import resources
from ..resource.fields import State
from . import import_file
from .census import Census, Item, Standing
from .decisions import Decisions, Key, key_of
from .managed import Managed, of_pulumi


def elsewhere(known: Decisions, census: Census) -> set[Key]:
    """What estate.yaml has on connections that were not read, or not to the end."""
    read, there = whole(census), {key_of(one) for one in census.items}
    return {key for key, line in known.objects.items() if key[0] not in read and key not in there and not line.skip}


def whole(census: Census) -> set[str]:
    """The connections whose lists are complete."""
    return {one.connection for one in census.servers if not one.problem}


def items(folder: Path, known: Decisions, managed: Iterable[Managed], census: Census) -> Iterator[Item]:
    """The objects of `elsewhere` that somebody remembers, in the order of estate.yaml."""
    held = {(one.connection, one.id): one for one in managed if one.values}
    found = {(one.connection, one.id): one for one in _of_file(folder / import_file.FILE)}
    there = elsewhere(known, census)
    for key in known.objects:
        one = held.get(key) or found.get(key)
        if key in there and one is not None:
            resource, values = resources()[one.kind], _values(one)
            grant = resource.grant({**values, "connection": one.connection})
            state = held.get(key)
            standing: Standing = "unmanaged" if state is None else "adopted" if state.adopted else "managed"
            yield Item(one.connection, one.kind, one.id, values, grant, standing, state)


def server(item: Item) -> str:
    """The `host:port` that it was found on."""
    return str(item.values.get("server") or "")


def _values(one: Managed) -> State:
    """The server's values as they were: what a state holds besides is the program's."""
    opened: Mapping[str, Any] = pulumi_state.opened(one.values)
    masked = pulumi_state.MASKED
    return {
        name: value
        for name, value in opened.items()
        if name not in ("connection", "adopt", "adopted", "schema", pulumi_state.PROVIDER)
        and not pulumi_state.contains(value, lambda part: part == masked)
    }


def _of_file(file: Path) -> list[Managed]:
    """The objects of an import file; none where there is none that can be read."""
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))["resources"]
        return of_pulumi({"resources": rows})
    except (OSError, RecursionError, ValueError, LookupError, TypeError, AttributeError):
        return []
