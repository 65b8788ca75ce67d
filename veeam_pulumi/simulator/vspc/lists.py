"""filter, sort, select, limit and offset: JSON in the query string, property names with dots."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from ..routing import Call
from .server import Server

Row = dict[str, Any]

_OPERATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": operator.eq,
    "notEquals": operator.ne,
    "lessThan": operator.lt,
    "lessThanOrEqual": operator.le,
    "greaterThan": operator.gt,
    "greaterThanOrEqual": operator.ge,
    "in": lambda own, given: own in given,
    "contains": lambda own, given: given in own,
    "subset": lambda own, given: set(own) <= set(given),
    "superset": lambda own, given: set(own) >= set(given),
}
_GROUPS: dict[str, Callable[[list[bool]], bool]] = {
    "and": all,
    "or": any,
    "not": lambda found: not all(found),  # assumed: none of several would be the other reading
    "exclusiveOr": lambda found: sum(found) == 1,
}
_COLLATIONS = ("ordinal", "ignorecase", "lexicographic")  # assumed: the last compares as ordinal does


def filtered(server: Server, call: Call, rows: Sequence[Row]) -> list[Row]:
    """assumed: the parts of the array are joined by `and`; an operation that does not fit the value is not a match."""
    parts = _array(server, call, "filter")
    return [row for row in rows if all(_matches(server, row, part) for part in parts)]


def ordered(server: Server, call: Call, rows: list[Row]) -> list[Row]:
    for part in reversed(_array(server, call, "sort")):
        if part.get("direction", "ascending") not in ("ascending", "descending"):
            _refuse(server, "sort", "its direction is not known")
        rows = sorted(rows, key=_sort_key(server, part), reverse=part.get("direction") == "descending")
    return rows


def page(server: Server, call: Call, rows: list[Row]) -> tuple[list[Row], dict[str, int]]:
    default, most = server.settings.page
    limit, offset = call.whole("limit", 1, default), call.whole("offset", 0, 0)
    if limit is not None and limit > 500:
        server.fail(400, "Parameter value must be less or equal to 500.", parameterName="limit")  # seen
    if limit is None:
        _refuse(server, "limit", "it must be a number from 1 to 500")
    if offset is None:
        _refuse(server, "offset", "it must be a number from 0 on")
    if call.first("filter") and server.settings.text("filtered_offset") == "ignored":
        offset = 0
    found = rows[offset : offset + min(limit, most)]
    return found, {"total": len(rows), "count": len(found), "offset": offset}


def selected(server: Server, call: Call, value: Any) -> Any:
    parts = _array(server, call, "select")
    if not parts or not isinstance(value, dict):
        return value
    shown: Row = {}
    for part in parts:
        names, found = _walk(server, "select", value, part.get("propertyPath"))
        inside = shown
        for name in names[:-1]:
            inside = inside.setdefault(name, {})
        inside[names[-1]] = found
    return shown


def _matches(server: Server, row: Row, part: Row) -> bool:
    wanted = part.get("operation")
    if wanted in _GROUPS:
        items = part.get("items")
        if not isinstance(items, list) or not items:
            _refuse(server, "filter", f"a group ({wanted}) needs items")
        return _GROUPS[wanted]([_matches(server, row, item) for item in items])
    if wanted not in _OPERATIONS or "value" not in part:
        _refuse(server, "filter", f"a condition needs one of {', '.join(_OPERATIONS)}, and a value")
    fold = _collation(server, "filter", part)
    _, own = _walk(server, "filter", row, part.get("property"))
    try:
        return _OPERATIONS[wanted](fold(own), fold(part["value"]))
    except TypeError:
        return False


def _sort_key(server: Server, part: Row) -> Callable[[Row], Any]:
    fold = _collation(server, "sort", part)

    def key(row: Row) -> Any:
        _, own = _walk(server, "sort", row, part.get("property"))
        return (own is not None, fold(own) if isinstance(own, (str, int)) else str(own))

    return key


def _collation(server: Server, where: str, part: Row) -> Callable[[Any], Any]:
    name = part.get("collation", "ordinal")
    if name not in _COLLATIONS:
        _refuse(server, where, f"a collation is one of {', '.join(_COLLATIONS)}")
    return _folded if name == "ignorecase" else lambda value: value


def _folded(value: Any) -> Any:
    if isinstance(value, list):
        return [_folded(item) for item in value]
    return value.lower() if isinstance(value, str) else value


def _walk(server: Server, where: str, row: Row, path: Any) -> tuple[list[str], Any]:
    """The property behind a dotted path, in the object's own spelling. assumed: case is ignored, as in a patch."""
    names: list[str] = []
    value: Any = row
    for step in str(path or "").split("."):
        known = {name.lower(): name for name in value} if isinstance(value, dict) else {}
        if step.lower() not in known:
            _refuse(server, where, f"there is no property '{path}'")
        names.append(known[step.lower()])
        value = value[names[-1]]
    return names, value


def _array(server: Server, call: Call, name: str) -> list[Row]:
    text = call.first(name)
    try:
        parts = json.loads(text) if text else []
    except ValueError:
        parts = None
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        _refuse(server, name, "it must be a JSON array of objects")
    return parts


def _refuse(server: Server, name: str, why: str) -> NoReturn:
    server.fail(400, f"The value of {name} is not valid: {why}.", parameterName=name)
