"""Lists, whole or not at all: half a list would look like deletions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .errors import IncompleteList, UnexpectedAnswer

PAGE_SIZE = 200
Row = dict[str, Any]


class TooManyPages(Exception):
    """A list has more pages than its reader wanted to read; `pages` of them, as far as its first one tells."""

    def __init__(self, pages: int) -> None:
        super().__init__(f"{pages} pages")
        self.pages = pages


def all_rows(
    page: Callable[[int, int], tuple[Any, Any]], key: str, *, size: int = PAGE_SIZE, most_pages: int | None = None
) -> list[Row]:
    """Every row of a paged list, once each; `key` names the field that tells rows apart.

    `page(offset, limit)` -> (rows, the server's total at that moment, None where it gives none), as they came. Advances
    by what was returned, because servers cap the limit silently, and stops at the server's total; without a total, at
    the first page with nothing new. Raises IncompleteList when a page comes empty before the total or brings nothing
    new (a server that ignores the offset), UnexpectedAnswer for what is no list of objects, TooManyPages after the
    first page when there are more than `most_pages`.
    """
    rows: dict[str, Row] = {}
    offset = 0
    while True:
        found, total = page(offset, size)
        if not isinstance(found, list) or not all(isinstance(row, dict) and row.get(key) for row in found):
            raise UnexpectedAnswer(f"the server answered without a list of objects with {key!r}")
        if total is not None and (not isinstance(total, int) or isinstance(total, bool)):
            raise UnexpectedAnswer(f"the server answered with {total!r} as the length of a list")
        if most_pages is not None and offset == 0 and found and total is not None:
            pages = -(-total // len(found))  # the last page may be short, so only the first one tells
            if pages > most_pages:
                raise TooManyPages(pages)
        before = len(rows)
        for row in found:
            rows.setdefault(str(row[key]), row)
        offset += len(found)
        if offset >= total if total is not None else len(rows) == before:
            return list(rows.values())
        if len(rows) == before:
            raise IncompleteList(
                f"the list ended after {len(rows)} of {total} rows", "run again; if it stays, report the server's build"
            )
