"""Answers of live servers and of the vendor's examples: those beside the project, and those that a probe brought home.

One JSON file an answer: `source`, `kind`, `request`, `status`, `headers`, `body`, `note`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

FOLDERS = (Path(__file__).resolve().parents[3] / "shared" / "recordings", Path(__file__).parent)
MISSING = "no ../shared/recordings: nothing recorded is read"


@dataclass(frozen=True)
class Recording:
    """One answer, as it was published. `name`: its file's, such as `vbr-01`."""

    name: str
    kind: str
    request: str
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def product(self) -> str:
        return self.name.partition("-")[0]


def recordings() -> dict[str, Recording]:
    found = {}
    for path in sorted(path for folder in FOLDERS for path in folder.rglob("*-*.json")):
        told = json.loads(path.read_text())
        body = told.get("body") or ""
        content = body if isinstance(body, str) else json.dumps(body)
        headers = {name: str(value) for name, value in (told.get("headers") or {}).items()}
        found[path.stem] = Recording(
            path.stem, told["kind"], told["request"], told["status"], headers, content.encode()
        )
    return found


@dataclass(frozen=True)
class Traits:
    """What two answers to one question must have in common."""

    status: int
    code: str
    media_type: str
    keys: frozenset[str]

    def unlike(self, other: Traits) -> list[str]:
        """How `other`, the simulator's, differs, one line each."""
        found = [
            f"{name}: {mine!r}, simulated {theirs!r}"
            for name, mine, theirs in (
                ("status", self.status, other.status),
                ("code", self.code, other.code),
                ("content type", self.media_type, other.media_type),
            )
            if mine != theirs
        ]
        lacking, more = sorted(self.keys - other.keys), sorted(other.keys - self.keys)
        found += [f"not simulated: {', '.join(lacking)}"] if lacking else []
        return found + ([f"simulated as well: {', '.join(more)}"] if more else [])


def traits(status: int, headers: dict[str, str], body: bytes) -> Traits:
    media = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    data = _data(body)
    return Traits(status, _code(data), media.partition(";")[0].strip().lower(), frozenset(_keys(data)))


def _data(body: bytes) -> Any:
    text = body.decode("utf-8-sig").strip()
    if text.startswith("<?xml"):
        return _of_xml(ElementTree.fromstring(text))
    try:
        return json.loads(text)
    except ValueError:
        return None


def _of_xml(element: ElementTree.Element) -> dict[str, Any]:
    children: dict[str, Any] = {child.tag.rpartition("}")[2]: _of_xml(child) for child in element}
    return {**dict.fromkeys(element.attrib), **children}


def _code(data: Any) -> str:
    if not isinstance(data, dict):
        return ""
    errors, error = data.get("errors"), data.get("error")
    first = errors[0] if isinstance(errors, list) and errors else error if isinstance(error, dict) else {}
    return str(data.get("errorCode") or (first or {}).get("code") or "")


def _keys(data: Any, where: str = "") -> Iterator[str]:
    """Every member by its path; the items of a list count as one."""
    if isinstance(data, dict):
        for name, inner in data.items():
            path = f"{where}.{name}" if where else name
            yield path
            yield from _keys(inner, path)
    elif isinstance(data, list):
        for item in data:
            yield from _keys(item, f"{where}[]")
