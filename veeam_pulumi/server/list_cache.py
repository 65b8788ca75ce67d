"""One list in place of many reads, where a run looks at many objects of one kind on one server.

* The first look reads the list as far as the page that has the object, and later looks read on from there: a refresh of
  a thousand users costs five pages of two hundred. Whether something of a name is there needs all of it.
* No more than 8 pages are read on the strength of a few looks, and after that one page a look: a console with ten
  thousand users is not read through for the twenty that a program has. What was not read is asked of the server.
* It tells about each object once, and for five minutes. A second question about an object wants to know what became of
  it since: that is asked of the server, and where many are asked about again, the list is read again.
* What this process wrote is always asked of the server, by id and by natural key, and so is what the list lacks: a
  missing row is not proof.
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
from .paging import PAGE_SIZE

FEW_PAGES = 8
FEW_LOOKS = 8
SECONDS = 300.0
Row = dict[str, Any]
Rows = Callable[[], Iterable[tuple[str, Row]]]
"""All rows with their ids, from the server, a page when it is needed."""


class ListCache:
    """The list of one kind of object on one server; all threads of the process share it."""

    def __init__(self, rows: Rows) -> None:
        self._read = rows
        self._lock = threading.Lock()
        self._left: Iterator[tuple[str, Row]] | None = None
        self._rows: dict[str, Row] = {}
        self._whole = False
        self._began = 0.0
        self._asked: set[str] = set()
        self._asked_again = 0
        self._looks = 0
        self._silent_until = 0
        self._written_ids: set[str] = set()
        self._written_keys: set[str] = set()
        self._doubted_keys: set[str] = set()
        self._turns: dict[str, threading.Lock] = {}

    def row(self, id: str) -> Row | None:
        """The row of an id; None where the server has to be asked for it."""
        with self._lock:
            if id in self._written_ids or not self._may_tell(f"id {id}"):
                return None
            if id not in self._rows:
                self._read_on(until=id)
            return self._rows.get(id)

    def rows(self, key: str, *, at_once: bool = False) -> Mapping[str, Row] | None:
        """All rows, for looking for a natural key; None where the server has to be asked.

        `at_once`: however long the list is, because the server is asked for all of it anyway.
        """
        with self._lock:
            if key in self._written_keys or not self._may_tell(f"key {key}"):
                return None
            if not self._whole:
                self._read_on(at_once=at_once)
            return self._rows if self._whole else None

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

    def _may_tell(self, question: str) -> bool:
        """Whether a list that is as new as this question needs it is there, or begun now."""
        self._looks += 1
        if self._looks < self._silent_until:
            return False
        if self._left is not None and time.monotonic() > self._began + SECONDS:
            self._left = None
        if self._left is not None and question in self._asked:
            self._asked_again += 1
            if self._asked_again <= FEW_LOOKS:
                return False
            self._left = None
        if self._left is None:
            self._left, self._rows, self._whole = self._fresh(), {}, False
            self._began, self._asked, self._asked_again = time.monotonic(), set(), 0
        self._asked.add(question)
        return True

    def _fresh(self) -> Iterator[tuple[str, Row]]:
        yield from self._read()  # nothing is sent before the first row is asked for

    def _read_on(self, *, until: str = "", at_once: bool = False) -> None:
        most = max(FEW_PAGES, self._looks) * PAGE_SIZE
        try:
            while at_once or len(self._rows) < most:
                found = next(self._left or iter(()), None)
                if found is None:
                    self._whole = True
                    return
                self._rows[found[0]] = found[1]
                if found[0] == until:
                    return
        except VeeamError:  # whatever is wrong, the single read says it with the object's name
            self._left, self._rows, self._whole = None, {}, False
            self._silent_until = self._looks * 2 + FEW_LOOKS
