"""One list in place of many reads, where a run looks at many objects of one kind on one server.

* The first 8 looks are requests of their own; then the list is read once and serves the others for 30 seconds.
* The list is given up after its first page when it has more pages than there were looks: a console with ten thousand
  users is not read through for the twenty that a program has. It is tried again once there were that many looks.
* What this process wrote is always asked of the server, by id and by natural key, and so is what the list lacks: a
  missing row is no proof.
* Objects of one natural key are created one after the other, so that the second sees the first. Where nobody knows
  what became of the first, there is no second in this run: the server may still be busy with it.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ..errors import VeeamError
from .paging import TooManyPages

SINGLE_LOOKS = 8
SECONDS = 30.0
Row = dict[str, Any]
Rows = Callable[[int | None], Iterable[tuple[str, Row]]]
"""All rows with their ids, from the server; raises TooManyPages where there are more pages than given."""


class ListCache:
    """The list of one kind of object on one server; all threads of the process share it."""

    def __init__(self, rows: Rows) -> None:
        self._read = rows
        self._lock = threading.Lock()
        self._rows: Mapping[str, Row] | None = None
        self._at = 0.0
        self._looks = 0
        self._worth = SINGLE_LOOKS
        self._written_ids: set[str] = set()
        self._written_keys: set[str] = set()
        self._doubted_keys: set[str] = set()
        self._turns: dict[str, threading.Lock] = {}

    def row(self, id: str) -> Row | None:
        """The row of an id; None where the server has to be asked for it."""
        with self._lock:
            if id in self._written_ids:
                return None
            rows = self._current()
            return rows.get(id) if rows is not None else None

    def rows(self, key: str, *, at_once: bool = False) -> Mapping[str, Row] | None:
        """All rows, at most 30 seconds old, for looking for a natural key; None where the server has to be asked.

        `at_once`: from the first look on and however long it is, because the server is asked for the list anyway.
        """
        with self._lock:
            return None if key in self._written_keys else self._current(at_once)

    def wrote(self, key: str, id: str | None = None) -> None:
        """Notes that this process creates, changes or deletes an object. Before the request, so that no list counts."""
        with self._lock:
            self._written_keys.add(key)
            self._written_ids.update([id] if id is not None else [])

    def doubt(self, key: str) -> None:
        """Notes, within its turn, that an object of this key was created perhaps, or is yet to appear."""
        self._doubted_keys.add(key)

    def doubted(self, key: str) -> bool:
        return key in self._doubted_keys

    @contextlib.contextmanager
    def turn(self, key: str) -> Iterator[None]:
        """Only one thread at a time is inside with the same natural key."""
        with self._lock:
            turn = self._turns.setdefault(key, threading.Lock())
        with turn:
            yield

    def _current(self, at_once: bool = False) -> Mapping[str, Row] | None:
        if self._rows is not None and time.monotonic() < self._at + SECONDS:
            return self._rows
        self._rows = None
        if not at_once:
            self._looks += 1
            if self._looks <= self._worth:
                return None
        self._at = time.monotonic()  # as old as its first page
        try:
            self._rows = dict(self._read(None if at_once else self._looks - 1))
        except TooManyPages as error:
            self._worth = error.pages
        except VeeamError:  # whatever is wrong, the single read says it with the object's name
            self._worth = self._looks * 2
        return self._rows
