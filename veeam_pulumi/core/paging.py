"""Lists, whole or not at all: half a list would look like deletions."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from .errors import IncompleteList

PAGE_SIZE = 200
Row = dict[str, Any]


def all_rows(
    page: Callable[[int, int], tuple[list[Row], int]], key: Callable[[Row], Hashable], *, size: int = PAGE_SIZE
) -> list[Row]:
    """Every row of a paged list, once each.

    `page(offset, limit)` -> (rows, the server's total at that moment). Advances by what was returned, because servers
    cap the limit silently, and stops at the server's total. Raises IncompleteList when a page comes empty before that,
    or brings nothing new (a server that ignores the offset).
    """
    rows: dict[Hashable, Row] = {}
    offset = 0
    while True:
        found, total = page(offset, size)
        before = len(rows)
        for row in found:
            rows.setdefault(key(row), row)
        offset += len(found)
        if offset >= total:
            return list(rows.values())
        if len(rows) == before:
            raise IncompleteList(
                f"the list ended after {len(rows)} of {total} rows", "run again; if it stays, report the server's build"
            )
