"""Snapshots of the answer to "who can do anything", a chain of them, and what changed between two.

A snapshot is the document of `document.py` for the question `anything`, with two more fields: `previous`, the SHA-256
of the file of the snapshot before, and `roster`, the commit that the roster was at. Whoever changes or removes one
breaks the chain, which `verify` finds.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ..server.names import fold

Change = Literal["gained", "lost", "changed"]
COMPARED = ("account", "roles", "can", "mfa", "enabled", "standing", "type", "service_account")
"""The fields of a grant whose difference is a change."""

_ROWS = {
    "servers": (("connection", "at", "problem"), ()),
    "grants": (("connection", "kind", "id", "name", "account", "standing"), ("roles", "can")),
    "objects": (("connection", "kind", "id", "name", "principal", "standing"), ("can",)),
}
"""What the rows of a snapshot have in every release: texts, and lists of them. The first ones had no objects."""


class BadSnapshot(Exception):
    """A file that is not a snapshot, or a chain that is broken; its text says which, and what to do."""


@dataclass(frozen=True)
class Difference:
    """What became of a grant between two snapshots."""

    change: Change
    grant: Mapping[str, Any]
    """As it is now; as it was where it is lost."""
    fields: tuple[tuple[str, Any, Any], ...] = ()
    """(field, before, after) of a changed one."""
    how: str = ""
    """`declared` where state or a roster explains it, else `by hand`."""
    by: str = ""
    """Who did it, where a server tells, as it writes the account."""
    at: str = ""
    """When, where a server tells."""


def digest(file: Path) -> str:
    """The SHA-256 of a file, in lower-case hexadecimal."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def load(file: Path) -> dict[str, Any]:
    """A snapshot. Raises BadSnapshot."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSnapshot(f"{file} cannot be read: {error.strerror}") from None
    except (RecursionError, ValueError):
        found = None
    if not isinstance(found, dict) or found.get("format") != 1:
        raise BadSnapshot(f"{file} is not a snapshot of `veeam-pulumi who --save`")
    for name, (texts, lists) in _ROWS.items():
        rows = found.get(name, [] if name == "objects" else None)
        if not isinstance(rows, list) or not all(_is_row(row, texts, lists) for row in rows):
            raise BadSnapshot(
                f"{file} is not a snapshot as `veeam-pulumi who --save` writes it: its {name} were changed"
            )
    return found


def _is_row(row: Any, texts: Sequence[str], lists: Sequence[str]) -> bool:
    return (
        isinstance(row, dict)
        and all(isinstance(row.get(name), str) for name in texts)
        and all(isinstance(row.get(name), list) and all(isinstance(one, str) for one in row[name]) for name in lists)
    )


def save(document: Mapping[str, Any], file: Path, *, roster: Path | None = None) -> None:
    """Writes a snapshot beside those before it, and never over one. Raises BadSnapshot."""
    if file.exists():
        raise BadSnapshot(f"{file} exists already: give each snapshot a name of its own, such as its date")
    before = _latest(file.parent)
    whole = {
        **document,
        "previous": digest(before) if before else "",
        "previous_file": before.name if before else "",
        "roster": _commit(roster) if roster else "",
    }
    text = json.dumps(whole, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=".", delete=False, encoding="utf-8") as draft:
            draft.write(text)
            draft.flush()
            os.fsync(draft.fileno())
        Path(draft.name).replace(file)
    except OSError as error:
        raise BadSnapshot(f"{file} cannot be written: {error.strerror}") from None


def _latest(folder: Path) -> Path | None:
    """The snapshot of a folder that no other follows."""
    found = _snapshots(folder)
    followed = {one.get("previous_file") for one in found.values()}
    ends = [file for file in found if file.name not in followed]
    return max(ends, key=lambda file: str(found[file].get("at")), default=None)


def _snapshots(folder: Path) -> dict[Path, dict[str, Any]]:
    found = {}
    for file in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            found[file] = load(file)
        except BadSnapshot:
            continue
    return found


def _commit(roster: Path) -> str:
    """The last commit that changed the roster, with `+` where it has changes since; empty outside of git."""
    try:
        command = ["git", "-C", str(roster.parent), "log", "-1", "--format=%H", "--", roster.name]
        commit = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        command = ["git", "-C", str(roster.parent), "status", "--porcelain", "--", roster.name]
        dirty = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
    return commit + ("+" if commit and dirty else "")


def verify(folder: Path) -> list[str]:
    """The snapshots of a folder from the first to the last, by name. Raises BadSnapshot where the chain is broken,
    or a JSON file is not a snapshot: it may have been one."""
    found = {file: load(file) for file in sorted(folder.glob("*.json"))}
    if not found:
        raise BadSnapshot(f"{folder} has no snapshot")
    by_name = {file.name: (file, one) for file, one in found.items()}
    firsts = [file.name for file, one in found.items() if not one.get("previous_file")]
    if len(firsts) != 1:
        raise BadSnapshot(f"{folder} has {len(firsts)} snapshots without one before ({', '.join(firsts) or 'none'})")
    follows: dict[str, str] = {}
    for file, one in found.items():
        before = str(one.get("previous_file") or "")
        if not before:
            continue
        if before not in by_name:
            raise BadSnapshot(f"{file.name} follows {before}, which is not in {folder}: it was removed or renamed")
        if digest(by_name[before][0]) != one.get("previous"):
            raise BadSnapshot(f"{before} is not what it was when {file.name} was saved: it was changed since")
        if before in follows:
            raise BadSnapshot(f"{file.name} and {follows[before]} both follow {before}: one of them was put in later")
        follows[before] = file.name
    chain = firsts
    while chain[-1] in follows:
        chain.append(follows[chain[-1]])
    return chain


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """What changed between two snapshots. What could not be read in one of them is not a change."""
    readable = {one["connection"] for one in before["servers"] if not one["problem"]}
    readable &= {one["connection"] for one in after["servers"] if not one["problem"]}
    lists = [name for name in ("grants", "objects") if name in before and name in after]
    was, now = _by_object(before, lists, readable), _by_object(after, lists, readable)
    found = [Difference("gained", now[key]) for key in now.keys() - was.keys()]
    found += [Difference("lost", was[key]) for key in was.keys() - now.keys()]
    for key in now.keys() & was.keys():
        fields = tuple(
            (name, was[key].get(name), now[key].get(name))
            for name in COMPARED
            if was[key].get(name) != now[key].get(name)
        )
        if fields:
            found.append(Difference("changed", now[key], fields))
    order = {"gained": 0, "changed": 1, "lost": 2}
    return sorted(
        found,
        key=lambda one: (order[one.change], str(one.grant["name"]).lower(), one.grant["connection"], one.grant["id"]),
    )


def _by_object(
    snapshot: Mapping[str, Any], lists: Sequence[str], readable: set[str]
) -> dict[tuple[str, str, str], Mapping[str, Any]]:
    return {
        (one["connection"], one["kind"], fold(str(one["id"]))): one
        for one in (one for name in lists for one in snapshot[name])
        if one["connection"] in readable
    }
