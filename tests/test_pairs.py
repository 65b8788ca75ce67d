"""Every two values meet in the pairs, and every combination is in the whole."""

from __future__ import annotations

import itertools

from tests.pairs import combined

AXES = (["a", "b", "c"], [1, 2], [True, False], ["x", "y", "z"])


def test_every_two_values_meet() -> None:
    found = combined(*AXES, whole=False)
    for one, other in itertools.combinations(range(len(AXES)), 2):
        assert {(row[one], row[other]) for row in found} == set(itertools.product(AXES[one], AXES[other]))
    assert len(found) <= 12 < len(combined(*AXES, whole=True)) == 36
