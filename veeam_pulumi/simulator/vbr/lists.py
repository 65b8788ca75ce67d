"""Lists: filters, order, pages. Query names are case-sensitive."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable
from typing import Any, TypeVar

from ..routing import Call
from .errors import refusal

T = TypeVar("T")


def number(call: Call, name: str, least: int, default: int) -> int:
    """assumed: a number that is none, or too small, is refused with 400 in every revision."""
    value = call.whole(name, least, default)
    if value is None:
        raise refusal(400, f"The value '{call.first(name)}' is not valid for {name}.")
    return value


def flag(call: Call, name: str) -> bool | None:
    text = call.first(name)
    if text is None:
        return None
    if text.lower() not in ("true", "false"):
        raise refusal(400, f"The value '{text}' is not valid for {name}.")
    return text.lower() == "true"


def name_matches(pattern: str | None, name: str) -> bool:
    """`*` at the ends is a wildcard; without it the whole name must match. assumed: case is ignored."""
    if pattern is None:
        return True
    escaped = pattern.lower().replace("[", "[[]").replace("?", "[?]")
    return fnmatch.fnmatchcase(name.lower(), escaped)


def ordered(call: Call, items: list[T], columns: dict[str, Callable[[T], Any]], default: str) -> list[T]:
    column = call.first("orderColumn") or default
    if column not in columns:
        raise refusal(400, f"The value '{column}' is not valid for orderColumn.")
    return sorted(items, key=lambda item: str(columns[column](item)).lower(), reverse=flag(call, "orderAsc") is False)


def page(call: Call, items: list[T], default: int, most: int) -> tuple[list[T], dict[str, int]]:
    """One page and its `pagination`. The server cuts a longer one off without a word."""
    skip, limit = number(call, "skip", 0, 0), min(number(call, "limit", 1, default), most)
    rows = items[skip : skip + limit]
    return rows, {"total": len(items), "count": len(rows), "skip": skip, "limit": limit}
