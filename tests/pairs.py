"""Settings that can be combined: every pair of values in `make test`, every combination in `make test-all`.

What goes wrong with a combination goes wrong, as a rule, with two of its values already.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from typing import Any

WHOLE = bool(os.environ.get("TEST_ALL"))


def combined(*axes: Sequence[Any], whole: bool = WHOLE) -> list[tuple[Any, ...]]:
    """Combinations with one value of each axis, in which every two values of two axes meet; all with `whole`."""
    every = list(itertools.product(*axes))
    left = set() if whole else {pair for one in itertools.product(*map(_numbers, axes)) for pair in _pairs(one)}
    found = []
    while left:
        places = max(itertools.product(*map(_numbers, axes)), key=lambda one: len(left & _pairs(one)))
        left -= _pairs(places)
        found.append(tuple(axis[place] for axis, place in zip(axes, places, strict=True)))
    return every if whole else found


def _numbers(axis: Sequence[Any]) -> range:
    return range(len(axis))


def _pairs(places: tuple[int, ...]) -> set[tuple[tuple[int, int], ...]]:
    return set(itertools.combinations(enumerate(places), 2))
