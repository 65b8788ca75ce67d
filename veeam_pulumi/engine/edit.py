"""Editing the state without touching an object: `state rename`, `state delete`, `state unprotect`."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from .state import check_integrity, needed, provider_of, renamed
from .values import EngineError, State


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


def _require(resources: list[State], urn: str) -> None:
    """Raises EngineError where no resource has that URN."""
    known = [entry["urn"] for entry in resources]
    if urn not in known:
        near = "".join(f"\n  {one}" for one in difflib.get_close_matches(urn, known, 3, 0.5))
        raise EngineError(
            f'No such resource "{urn}" exists in the current state{f"{chr(10)}Did you mean:{near}" if near else ""}'
        )
