"""The longest tests start first: else a worker may be left alone with one of them when all others are done.

`longest.txt` lists them, the longest first. A run names at its end what is missing in it; tests/test_order.py fails for
what is no longer there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
LISTED = Path(__file__).with_name("longest.txt").read_text(encoding="utf-8").split()
LONG = 10.0
"""Seconds on the clock."""


def function(name: str) -> str:
    """`tests/a.py::test_b[c]` -> `tests/a.py::test_b`"""
    return name.partition("[")[0]


def arranged(tests: Mapping[str, T], workers: int) -> list[T]:
    """Tests by their name, in the order in which so many workers are to take them.

    pytest-xdist's `worksteal` gives each worker one piece of the list; so each piece begins with its share of the long
    ones, and goes on with the others as they stand in their files.
    """
    places = {name: place for place, name in enumerate(LISTED)}
    long = sorted((name for name in tests if function(name) in places), key=lambda name: places[function(name)])
    rest, found = [name for name in tests if function(name) not in places], list[str]()
    for worker in range(workers):
        share = long[worker::workers]
        room = max(0, (len(tests) - len(found)) // (workers - worker) - len(share))
        found += [*share, *rest[:room]]
        rest = rest[room:]
    return [tests[name] for name in found]


def missing(seconds: Iterable[tuple[str, float]]) -> Sequence[str]:
    """What took long and is not listed."""
    long = {function(name) for name, took in seconds if took > LONG}
    return sorted(long - {*LISTED})
