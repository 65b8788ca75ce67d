"""Lists, whole or not at all: half a list would look like deletions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import IncompleteList, UnexpectedAnswer
from .body import Shape, fitting

PAGE_SIZE = 200
MOST_ROWS = 100_000
"""No product has as many; a list that goes on beyond them never ends."""
Row = dict[str, Any]


class TooManyPages(Exception):
    """A list has more pages than its reader wanted to read; `pages` of them, as far as its first one tells."""

    def __init__(self, pages: int) -> None:
        super().__init__(f"{pages} pages")
        self.pages = pages


def all_rows(
    page: Callable[[int, int], tuple[Any, Any]],
    key: str,
    *,
    shape: dict[str, Shape] | None = None,
    size: int = PAGE_SIZE,
    most_pages: int | None = None,
) -> list[Row]:
    """Every row of a paged list, once each; `key` names the field that tells rows apart, `shape` what a row is like.

    `page(offset, limit)` -> (rows, the server's total at that moment, None where it gives none), as they came. Advances
    by what was returned, because servers cap the limit silently, and stops at the server's total; without a total, at
    the first page with nothing new. Raises IncompleteList when a page comes empty before the total or brings nothing
    new (a server that ignores the offset) or when there is no end to it, UnexpectedAnswer for what is no list of
    objects, TooManyPages after the first page when there are more than `most_pages`.
    """
    rows: dict[str, Row] = {}
    offset = 0
    while True:
        found, total = page(offset, size)
        fitting(found, [shape or {}], "a list")
        if not isinstance(found, list) or not all(row.get(key) for row in found):
            raise UnexpectedAnswer(f"the server answered without a list of objects with {key!r}")
        if total is not None and fitting(total, int, "the length of a list") < len(found):
            raise UnexpectedAnswer(f"the server says that a list has {total} rows, and answers with {len(found)}")
        if most_pages is not None and offset == 0 and found and total is not None:
            pages = -(-total // len(found))  # the last page may be short, so only the first one tells
            if pages > most_pages:
                raise TooManyPages(pages)
        before = len(rows)
        for row in found:
            rows.setdefault(str(row[key]), row)
        offset += len(found)
        if len(rows) > MOST_ROWS:
            raise IncompleteList(f"the list has no end: {len(rows)} rows and more", "report the server's build")
        new = len(rows) > before
        if (offset >= total and (new or len(rows) >= total)) if total is not None else not new:
            return list(rows.values())
        if not new:
            raise IncompleteList(
                f"the list ended after {len(rows)} of {total} rows", "run again; if it stays, report the server's build"
            )
