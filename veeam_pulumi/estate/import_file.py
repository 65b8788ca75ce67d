"""import.json: what `pulumi import --file` and `veeam-pulumi engine import-resources` take into a state.

Inputs and outputs are those that `up` would have left after adopting (CLI 3.254 and later take them and read nothing
again), so that the next preview changes nothing. No password is known, so none is in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..access.entries import Entry
from ..products import resources
from ..pulumi_state import PROVIDER, provider_of
from ..resource.fields import SCHEMA, State
from .census import Item
from .draft import declared
from .managed import PERSON, TOKEN

FILE = "import.json"
BREAK_GLASS = "pulumi-python:dynamic/veeam:BreakGlass"


def token(kind: str) -> str:
    """`vbr.User` -> `pulumi-python:dynamic/veeam/vbr:User`"""
    return TOKEN + kind.replace(".", ":")


def of_roster(
    entries: Sequence[Entry], items: Iterable[Item], servers: Mapping[str, str], roster: str
) -> tuple[list[dict[str, Any]], dict[tuple[str, str], str]]:
    """The resources of a roster's entries that are on the servers; and the entries, by connection and id."""
    here: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        here.setdefault((item.connection, item.kind), []).append(item)
    found, taken = [], dict[tuple[str, str], str]()
    for one in entries:
        rows = []
        for label, account in zip(one.labels, one.accounts, strict=True):
            resource = resources()[account.kind]
            key = resource.natural_key(account.arguments)
            candidates = here.get((account.connection, account.kind), ())
            there = next((item for item in candidates if resource.natural_key(item.values) == key), None)
            if there is None:
                continue
            taken[there.connection, there.id] = one.key
            # What is not adopted by the roster becomes ours by the next `up`, as its preview says.
            inputs = {**account.arguments, "adopt": True} if one.adopt else declared(there)
            rows.append({**row(there, label, inputs, servers), "parent": one.key})
        if rows:
            found += [{"type": PERSON, "name": one.key, "component": True}, *rows]
    if not found:
        return [], taken
    listed = {
        "roster": roster,
        "accounts": [label for one in entries for label in one.labels],
        "protected": {
            label: account.arguments
            for one in entries
            if one.break_glass
            for label, account in zip(one.labels, one.accounts, strict=True)
        },
    }
    values = {**listed, PROVIDER: provider_of(BREAK_GLASS)}
    first = {"type": BREAK_GLASS, "name": "break-glass", "id": "break-glass", "inputs": values, "outputs": values}
    return [first, *found], taken


def of_program(items: Iterable[tuple[Item, str]], servers: Mapping[str, str]) -> list[dict[str, Any]]:
    """The resources of a program that declares each object by its name."""
    return [row(item, name, declared(item), servers) for item, name in items]


def row(item: Item, name: str, given: State, servers: Mapping[str, str]) -> dict[str, Any]:
    """A resource with `given` arguments that has taken the object over; `servers`: connection -> `host:port`."""
    resource = resources()[item.kind]
    inputs, _ = resource.check(given)
    state = {"schema": SCHEMA, "server": servers[item.connection], "adopted": True}
    provider = {PROVIDER: provider_of(token(item.kind))}
    return {
        "type": token(item.kind),
        "name": name,
        "id": item.id,
        "inputs": {**inputs, **provider},
        "outputs": {**resource.project(item.values, inputs), **state, **provider},
    }


def unique(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Names stand for URNs inside the file; where two resources of different types have one, a logical name differs.

    What is a parent keeps its name: the CLI refuses a parent whose name two resources have (3.260).
    """
    seen = {one["name"] for one in rows if one.get("component")}
    for one in rows:
        if one["name"] in seen and not one.get("component"):
            one["logicalName"] = one["name"]
            one["name"] = f"{one['name']} ({one['type'].rpartition('/')[2]})"
        seen.add(one["name"])
    return rows


def objects(rows: Iterable[Mapping[str, Any]]) -> int:
    """How many of the rows are objects on a server."""
    return sum("id" in row and row["type"] != BREAK_GLASS for row in rows)


def text(rows: Sequence[Mapping[str, Any]], parents: Mapping[str, str]) -> str:
    """The file; `parents`: URNs of what is in the state already, by the name that rows call it."""
    table = {"nameTable": dict(parents)} if parents else {}
    return json.dumps({**table, "resources": list(rows)}, indent=2, ensure_ascii=False) + "\n"
