"""Which entries of this run hold an object, so that one entry that lets go of it does not take it from another.

An entry is the place of one object in a program: an address. Renamed in the program, the object has two of them
for the length of a run: the new one takes it over, the old one is deleted at the end.

* Evidence is what this process was told: it created or adopted the object for an entry, or was asked what changing an
  entry would do and the answer was not a replacement. That somebody read the object is none.
* Two entries that let go at the same moment see one another: the second is the last.
* An entry that could not be created or adopted was to have an object: by its name, and by its id where it is known to
  be there. Another entry does not delete that before the program, or the next run, has settled who has it.
* What another process of the same run was told is not known here, and an entry without a name is not evidence.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

Object = tuple[str, ...]
"""An object of any server: its kind, its server where ids are no more than names there, its id."""


class Holders:
    """What this process knows of who holds which object."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[Object, set[str]] = {}
        self._failed: dict[Object, set[str]] = {}
        self._next: dict[tuple[Object, str], dict[str, Any]] = {}

    def hold(self, one: Object, entry: str) -> None:
        """Notes that an entry has the object, and goes on having it."""
        with self._lock:
            self._held.setdefault(one, set()).update([entry] if entry else [])
            self._next.pop((one, entry), None)
            for entries in self._failed.values():
                entries.discard(entry)

    def replacing(self, one: Object, entry: str, wanted: dict[str, Any]) -> None:
        """Notes that an entry lets go of the object in order to have another one, with the inputs `wanted`."""
        with self._lock:
            self._held.get(one, set()).discard(entry)
            self._next[one, entry] = wanted

    def failed(self, one: Object, entry: str) -> None:
        """Notes that an entry was to have the object, or one of its name, and could not be created or adopted."""
        with self._lock:
            self._failed.setdefault(one, set()).update([entry] if entry else [])

    def awaited(self, some: Iterable[Object], entry: str) -> str | None:
        """Another entry that was to have one of these and failed, if there is any."""
        with self._lock:
            others = set[str]().union(*(self._failed.get(one, ()) for one in some)) - {entry}
            return min(others, default=None) if entry else None

    def let_go(self, one: Object, entry: str) -> str | None:
        """Notes that an entry has the object no longer -> another one that has it, if there is any."""
        with self._lock:
            held = self._held.get(one, set())
            held.discard(entry)
            return min(held, default=None) if entry else None

    def hold_unless(self, one: Object, entry: str, other: str) -> bool:
        """Notes that an entry has the object, unless that other one has it -> whether that one has it."""
        with self._lock:
            held = self._held.setdefault(one, set())
            held.update([entry] if other not in held else [])
            return other in held

    def wanted(self, one: Object, entry: str) -> dict[str, Any] | None:
        """What the entry is to have in the object's place, where it is being replaced."""
        with self._lock:
            return self._next.get((one, entry))
