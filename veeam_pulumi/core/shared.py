"""One list in place of many reads, where a run looks at many objects of one kind on one server.

* The first 8 looks are requests of their own; then the list is read once and serves the others for 30 seconds.
* The list is given up after its first page when it has more pages than there were looks: a console with ten thousand
  users is not read through for the twenty that a stack has. It is tried again once there were that many looks.
* What this process wrote is always asked of the server, and so is what the list lacks: a missing row is no proof.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .errors import VeeamError
from .paging import TooManyPages

SINGLE_LOOKS = 8
SECONDS = 30.0
Row = dict[str, Any]
Rows = Callable[[int | None], Iterable[tuple[str, Row]]]
"""All rows with their ids, from the server; raises TooManyPages where there are more pages than given."""


class SharedList:
    """The list of one kind of object on one server; all threads of the process share it."""

    def __init__(self, rows: Rows) -> None:
        self._read = rows
        self._lock = threading.Lock()
        self._rows: dict[str, Row] | None = None
        self._at = 0.0
        self._looks = 0
        self._worth = SINGLE_LOOKS
        self._written: set[str] = set()
        self._made: set[str] = set()

    def row(self, id: str) -> Row | None:
        """The row of an id; None where the server has to be asked for it."""
        with self._lock:
            if id in self._written:
                return None
            rows = self._current()
            return rows.get(id) if rows is not None else None

    def rows(self, key: str, *, at_once: bool = False) -> Mapping[str, Row] | None:
        """All rows, at most 30 seconds old, for looking for a natural key; None where the server has to be asked.

        `at_once`: from the first look on, because the server is asked for the list anyway.
        """
        with self._lock:
            if key in self._made:
                return None
            if at_once:
                self._looks = max(self._looks, self._worth)
            found = self._current()
            return dict(found) if found is not None else None

    def made(self, key: str) -> None:
        """Notes a natural key that this process created an object of: the list does not have it."""
        with self._lock:
            self._made.add(key)

    def wrote(self, id: str) -> None:
        """Notes that this process created, changed or deleted an object."""
        with self._lock:
            self._written.add(id)
            if self._rows is not None:
                self._rows.pop(id, None)

    def _current(self) -> dict[str, Row] | None:
        if self._rows is not None and time.monotonic() < self._at + SECONDS:
            return self._rows
        self._rows = None
        self._looks += 1
        if self._looks <= self._worth:
            return None
        try:
            self._rows = dict(self._read(self._looks))
            self._at = time.monotonic()
        except TooManyPages as error:
            self._worth = error.pages
        except VeeamError:  # whatever is wrong, the single read says it with the object's name
            self._worth = self._looks * 2
        return self._rows
