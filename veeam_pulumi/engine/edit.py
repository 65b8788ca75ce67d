"""Editing the state without touching an object: `state rename`, `delete` and `unprotect`, `import-resources`."""

from __future__ import annotations

import difflib
import uuid
from collections import Counter
from collections.abc import Collection
from typing import Any

from ..pulumi_state import is_dynamic
from .state import PROVIDER, check_integrity, needed, now, provider_of, renamed
from .values import EngineError, State, unsupported

_ROOT = "pulumi:pulumi:Stack"
_FIELDS = {"type", "name", "logicalName", "id", "parent", "component", "inputs", "outputs"}


def rename(resources: list[State], urn: str, name: str) -> list[State]:
    """The resources, with the last part of one URN changed wherever it stands."""
    _require(resources, urn)
    new = f"{urn.rpartition('::')[0]}::{name}"
    if not name:
        raise EngineError("the new name is empty")
    if any(entry["urn"] == new for entry in resources):
        raise EngineError("The chosen new urn for the state corresponds to an already existing resource")
    edited = []
    for entry in resources:
        changed = renamed(entry, {urn: new})
        if entry["urn"] == urn:
            changed = {**changed, "urn": new}
        if provider_of(entry) == urn:
            changed = {**changed, "provider": new + entry["provider"][len(urn) :]}
        edited.append(changed)
    return check_integrity(edited)


def delete(resources: list[State], urns: Collection[str], *, force: bool, dependents: bool) -> list[State]:
    """The resources without some, which stay where they are. `dependents`: and without all that needs them."""
    for urn in urns:
        _require(resources, urn)
    going = set(urns)
    for entry in resources:  # what is needed stands before what needs it
        if entry["urn"] in going or not needed(entry) & going:
            continue
        if not dependents:
            raise EngineError(
                f"{min(needed(entry) & going)} can't be safely deleted because {entry['urn']} depends on it. "
                "Delete that one first, or pass --target-dependents"
            )
        going.add(entry["urn"])
    for entry in resources:
        if entry["urn"] in going and entry.get("protect") and not force:
            raise EngineError(
                f"{entry['urn']} can't be safely deleted because it is protected. "
                "Re-run this command with --force to force deletion"
            )
    return check_integrity([entry for entry in resources if entry["urn"] not in going])


def unprotect(resources: list[State], urns: Collection[str]) -> list[State]:
    """The resources, some of them no longer protected."""
    for urn in urns:
        _require(resources, urn)
    return [
        {key: value for key, value in entry.items() if key != "protect" or entry["urn"] not in urns}
        for entry in resources
    ]


def import_resources(
    resources: list[State], content: Any, project: str, stack: str, config: State
) -> tuple[list[State], list[str]]:
    """The resources with those of an import file of `pulumi import --file` behind them -> and the URNs of the new ones.

    `config`: what a new provider remembers, for whoever refreshes. Nothing is read: each brings its inputs and outputs
    along. What is there already with the same id stays as it is.
    """
    rows = content.get("resources") if isinstance(content, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise EngineError("what was given is not an import file: it has no list of resources")
    prefix, moment = f"urn:pulumi:{stack}::{project}::", now()
    root, provider = f"{prefix}{_ROOT}::{project}-{stack}", f"{prefix}{PROVIDER}pulumi-python::default"
    known = {one["urn"]: one for one in resources if not one.get("delete")}
    found, dates = [*resources], {"created": moment, "modified": moment}
    if root not in known:
        found.append({"urn": root, "custom": False, "type": _ROOT, **dates})
    if provider not in known:
        entry = {"urn": provider, "custom": True, "id": str(uuid.uuid4()), "type": f"{PROVIDER}pulumi-python"}
        known[provider] = {**entry, "inputs": config, "outputs": config, **dates}
        found.append(known[provider])
    urns = dict(content.get("nameTable") or {})
    names = Counter(row.get("name") or row.get("logicalName") for row in rows)
    added = []
    for row in rows:
        if names[row.get("parent")] > 1:
            about = f"resource '{row.get('name')}' of type '{row.get('type')}'"
            raise EngineError(f"{about} has an ambiguous parent; name one of the two otherwise, with a logicalName")
        entry = _imported(row, prefix, urns, root)
        urn = str(entry["urn"])
        urns[str(row.get("name") or row["logicalName"])] = urn
        if (there := known.get(urn)) is not None:
            if there.get("id") != entry.get("id"):
                raise EngineError(f"{urn} is in the state already, as {there.get('id')!r}; rename one of the two")
            continue
        if entry["custom"]:
            entry["provider"] = f"{provider}::{known[provider]['id']}"
        known[urn] = entry
        found.append({**entry, **dates})
        added.append(urn)
    return check_integrity(found), added


def _imported(row: dict[str, Any], prefix: str, urns: dict[str, str], root: str) -> State:
    """The state of one resource of an import file."""
    kind, name = row.get("type"), row.get("logicalName") or row.get("name")
    if not isinstance(kind, str) or not isinstance(name, str) or not kind or not name:
        raise EngineError("a resource of the import file has no type or no name")
    if more := sorted(row.keys() - _FIELDS):
        raise unsupported(f"{more[0]} of {name} in an import file")
    parent = row.get("parent")
    if parent is not None and parent not in urns:
        raise EngineError(f"{name} has the parent {parent!r}, which the import file does not name before it")
    above = urns[parent].split("::", 3)[2] + "$" if parent is not None and urns[parent] != root else ""
    entry = {"urn": f"{prefix}{above}{kind}::{name}", "custom": not row.get("component"), "type": kind}
    entry["parent"] = root if parent is None else urns[parent]
    if row.get("component"):
        return entry
    if not is_dynamic(kind):
        raise unsupported(f"resource type {kind} (only Python dynamic providers)")
    if not row.get("id") or not isinstance(row.get("inputs"), dict) or not isinstance(row.get("outputs"), dict):
        raise unsupported(f"importing {name} without its id, inputs and outputs")
    return {**entry, "id": str(row["id"]), "inputs": row["inputs"], "outputs": row["outputs"]}


def _require(resources: list[State], urn: str) -> None:
    """Raises EngineError where no resource has that URN."""
    known = [entry["urn"] for entry in resources]
    if urn not in known:
        near = "".join(f"\n  {one}" for one in difflib.get_close_matches(urn, known, 3, 0.5))
        raise EngineError(
            f'No such resource "{urn}" exists in the current state{f"{chr(10)}Did you mean:{near}" if near else ""}'
        )
