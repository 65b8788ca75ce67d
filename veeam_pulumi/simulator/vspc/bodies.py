"""Bodies of requests: JSON objects member by member, and JSON Patch."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, NoReturn

from ..routing import Call
from ..store import Doc
from .rules import Check
from .server import Server

_OPS = ("add", "replace", "test", "remove", "move", "copy")


def members(server: Server, value: Any, checks: Mapping[str, Check], where: str = "") -> dict[str, Any]:
    """The known members of an object, in the form to keep."""
    if not isinstance(value, dict):
        server.fail(400, f"The value of '{where or 'body'}' must be an object.", propertyName=where or "body")
    prefix = f"{where}." if where else ""
    strangers = [name for name in value if name not in checks]
    if strangers and server.settings.text("unknown_members") == "refused":
        name = f"{prefix}{strangers[0]}"
        server.fail(400, f"The property '{name}' is not known.", propertyName=name)
    return {
        name: _checked(server, check, value[name], f"{prefix}{name}") for name, check in checks.items() if name in value
    }


def require(server: Server, found: Mapping[str, Any], *names: str, where: str = "") -> None:
    for name in names:
        if found.get(name) is None:
            server.fail(400, f"The property '{where}{name}' is required.", propertyName=f"{where}{name}")


def read(server: Server, call: Call) -> Any:
    media = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        server.fail(415, f"The media type '{media}' is not supported.")
    try:
        return call.json()
    except ValueError:
        server.fail(400, "The request body is not valid JSON.")


def patched(server: Server, call: Call, doc: Doc, fields: Mapping[str, Check]) -> Doc:
    """`doc` after a JSON Patch, all of it or nothing. `fields`: what may change, with dots; paths ignore case.

    The media type is application/json, and a single operation is an array too, whatever the overview's examples show.
    """
    patch = read(server, call)
    if not isinstance(patch, list) or not all(isinstance(part, dict) for part in patch):
        server.fail(400, "The request body must be an array of JSON Patch operations.")
    changed, known = copy.deepcopy(doc), {name.lower(): name for name in fields}
    for part in patch:
        op = part.get("op")
        if op not in _OPS:
            server.fail(400, f"The property 'op' must be one of {', '.join(_OPS)}.", propertyName="op")
        require(server, part, "path")
        if "value" not in part and op in ("add", "replace", "test"):
            server.fail(400, "The property 'value' is required.", propertyName="value")
        name = known.get(str(part["path"]).strip("/").replace("/", ".").lower())
        if name is None or op in ("move", "copy"):  # assumed: what is named twice cannot be moved or copied
            _failed(server, part)
        value = _checked(server, fields[name], None if op == "remove" else part["value"], name)
        *way, last = name.split(".")
        holder = changed
        for step in way:
            holder = holder[step]
            if not isinstance(holder, dict):  # nothing is there whose member could change
                _failed(server, part)
        if op == "test" and holder[last] != value:
            _failed(server, part)
        holder[last] = value
    return changed


def _failed(server: Server, part: dict[str, Any]) -> NoReturn:
    path = part["path"]
    shown = {"value": part.get("value"), "path": path, "op": part["op"]}
    server.fail(1001, f"The property at path '{path}' could not be updated.", failedJsonPatch=shown)


def _checked(server: Server, check: Check, value: Any, name: str) -> Any:
    try:
        return check(value)
    except ValueError as error:
        server.fail(400, f"The property '{name}' {error}.", propertyName=name)
