"""Resources as rules see them, whoever tells of them: a policy engine, a state, a preview.

What is not known before the update is left out: the policies run again during the update, when it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..access.grants import Grant, grant
from ..pulumi_state import MASKED, SIGNATURE, UNKNOWN, Urn

_ACCOUNT = {"name", "user_name", "username"}


@dataclass(frozen=True)
class Resource:
    """A resource that a program declares."""

    urn: str
    type: str
    values: Mapping[str, Any]
    protect: bool = False
    parent: str = ""
    """Its parent's URN."""

    @property
    def name(self) -> str:
        return Urn.of(self.urn).name

    @property
    def grant(self) -> Grant | None:
        """What it gives to whom; None for what is no account of ours, or one whose name is not known yet."""
        return grant(self.type, self.values) if _ACCOUNT & self.values.keys() else None


def known(value: Any) -> Any:
    """A value without what is unknown or cannot be read, and with secrets in clear."""
    if isinstance(value, Mapping):
        if SIGNATURE in value:  # a secret, as `stack export --show-secrets` has it
            return known(json.loads(value["plaintext"]))
        return {key: known(item) for key, item in value.items() if _readable(item)}
    if isinstance(value, list):
        return [known(item) for item in value if _readable(item)]
    return value


def _readable(value: Any) -> bool:
    return value not in (UNKNOWN, MASKED) and not (
        isinstance(value, Mapping) and SIGNATURE in value and "plaintext" not in value
    )


def of_document(document: Mapping[str, Any]) -> list[Resource]:
    """The resources of `stack export`, or those that there will be after what `preview --json` shows.

    Raises ValueError for anything else.
    """
    return [
        Resource(
            urn=entry["urn"],
            type=entry["type"],
            values=known({**(entry.get("outputs") or {}), **(entry.get("inputs") or {})}),
            protect=bool(entry.get("protect")),
            parent=entry.get("parent") or "",
        )
        for entry in _entries(document)
    ]


def _entries(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "steps" in document:  # one that is refreshed or replaced has more than one: the last new state counts
        last: dict[str, Mapping[str, Any]] = {}
        for step in document["steps"]:
            if new := step.get("newState"):
                last[step["urn"]] = new
            elif step["op"] == "delete":
                last.pop(step["urn"], None)
        yield from last.values()
    elif "deployment" in document:
        yield from document["deployment"].get("resources", [])
    else:
        raise ValueError("that is the output of neither `preview --json` nor `stack export`")
