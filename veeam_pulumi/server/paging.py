"""Lists, whole or not at all: half a list would look like deletions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..errors import IncompleteList, UnexpectedAnswer
from .body import Shape, fitting

PAGE_SIZE = 200
MOST_ROWS = 100_000
"""No product has as many; a list that goes on beyond them never ends."""
Row = dict[str, Any]


def all_rows(
    page: Callable[[int, int], tuple[Any, Any]],
    key: str,
    *,
    shape: dict[str, Shape] | None = None,
    size: int = PAGE_SIZE,
) -> Iterator[Row]:
    """Every row of a paged list, once each, a page when it is needed; `key` names the field that tells rows apart,
    `shape` what a row is like.

    `page(offset, limit)` -> (rows, the server's total at that moment, None where it gives none), as they came. Advances
    by what was returned, because servers cap the limit silently, and stops at the server's total; without a total, at
    the first page with nothing new. Raises IncompleteList when a page comes empty before the total or brings nothing
    new (a server that ignores the offset) or when there is no end to it, UnexpectedAnswer for what is not a list of
    objects. Whoever needs all of it reads to the end.
    """
    seen: set[str] = set()
    offset = 0
    while True:
        found, total = page(offset, size)
        fitting(found, [shape or {}], "a list")
        if not isinstance(found, list) or any(row.get(key) in (None, "") for row in found):
            raise UnexpectedAnswer(f"the server answered without a list of objects with {key!r}")
        if total is not None and fitting(total, int, "the length of a list") < len(found):
            raise UnexpectedAnswer(f"the server says that a list has {total} rows, and answers with {len(found)}")
        before = len(seen)
        for row in found:
            if (id := str(row[key])) not in seen:
                seen.add(id)
                yield row
        offset += len(found)
        if len(seen) > MOST_ROWS:
            raise IncompleteList(f"the list has no end: {len(seen)} rows and more", "report the server's build")
        new = len(seen) > before
        if (offset >= total and (new or len(seen) >= total)) if total is not None else not new:
            return
        if not new:
            raise IncompleteList(
                f"the list ended after {len(seen)} of {total} rows", "run again; if it stays, report the server's build"
            )
