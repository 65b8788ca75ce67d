"""Which entries of this run hold an object, so that one entry that lets go of it does not take it from another.

An entry is the place of one object in a program: an address. Renamed in the program, the object has two of them
for the length of a run: the new one takes it over, the old one is deleted at the end.

* Evidence is what this process was told: it created or adopted the object for an entry, or was asked what changing an
  entry would do and the answer was not a replacement. That somebody read the object is none.
* Two entries that let go at the same moment see one another: the second is the last.
* What another process of the same run was told is not known here, and an entry without a name is not evidence.
"""

from __future__ import annotations

import threading
from typing import Any

Object = tuple[str, ...]
"""An object of any server: its kind, its server where ids are no more than names there, its id."""


class Holders:
    """What this process knows of who holds which object."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[Object, set[str]] = {}
        self._next: dict[tuple[Object, str], dict[str, Any]] = {}

    def hold(self, one: Object, entry: str) -> None:
        """Notes that an entry has the object, and goes on having it."""
        with self._lock:
            self._held.setdefault(one, set()).update([entry] if entry else [])
            self._next.pop((one, entry), None)

    def replacing(self, one: Object, entry: str, wanted: dict[str, Any]) -> None:
        """Notes that an entry lets go of the object in order to have another one, with the inputs `wanted`."""
        with self._lock:
            self._held.get(one, set()).discard(entry)
            self._next[one, entry] = wanted

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
