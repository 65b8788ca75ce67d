"""Bodies of requests: JSON objects that hold the members of their model and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..routing import Call, Refusal
from .errors import problem
from .server import Server

Kinds = Mapping[str, type | tuple[str, ...]]
"""Member -> text or flag, or the values of an enumeration. null stands for absent everywhere."""


def read(server: Server, call: Call, kinds: Kinds, required: tuple[str, ...] = ()) -> dict[str, Any]:
    media = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise Refusal(problem(415))
    try:
        body = call.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise refused("$", "The body must be a JSON object.")
    strangers = [name for name in body if name not in kinds]
    if strangers and server.settings.text("unknown_members") == "refused":
        raise refused("$", f"The member '{strangers[0]}' is not known.")
    for name, value in body.items():
        if value is None and kinds.get(name) is bool:
            raise refused(name, "The value must be true or false.")
    found = {name: value for name, value in body.items() if name in kinds and value is not None}
    for name in required:
        if name not in found:
            raise refused(name, f"The {name} field is required.")
    for name, value in found.items():
        kind = kinds[name]
        if isinstance(kind, tuple):
            if value not in kind:
                raise refused(name, f"The value '{value}' is not valid.")
        elif not isinstance(value, kind):
            raise refused(name, "The value is of the wrong type.")
    return found


def refused(name: str, text: str) -> Refusal:
    """400 with the property in the vendor's spelling: Pascal case."""
    return Refusal(problem(400, "", {name[:1].upper() + name[1:]: [text]}))
