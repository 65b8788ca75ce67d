"""The engine alone: resources that do nothing, from create to destroy, and how the time grows with their number."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path

from tests.bench.measure import Measure, Step, summary
from tests.bench.stack import ALONE, Stack

NAME = "engine"
LIMIT = 2
"""How many times as long each of more objects may take: 1000 at most 20 times as long as 100. State that is written
again as a whole for every object would make it 100 times."""


def measure_alone(count: int, folder: Path, step: Step) -> list[Measure]:
    """All operations. Raises Failed."""
    objects = {f"bench-{number:04}": {"number": number} for number in range(count)}
    stack, rows = Stack(folder, "", objects, {}), list[Measure]()
    for name in ALONE:
        step(f"{NAME} x {count}: {name}")
        if name == "update":
            stack.declare({key: {"number": one["number"] + count} for key, one in objects.items()})
        rows.append(Measure(NAME, count, name, {"nothing": stack.run(name)}))
    step(summary(rows, "nothing"), done=count)
    return rows


def growth(rows: Iterable[Measure]) -> dict[tuple[int, int], dict[str, float]]:
    """For each size and the next one: how many times as long each operation took."""
    seconds: dict[int, dict[str, float]] = {}
    for row in rows:
        if row.product == NAME:
            seconds.setdefault(row.objects, {})[row.operation] = row.seconds["nothing"]
    sizes = sorted(seconds)
    return {
        (few, many): {name: taken / seconds[few][name] for name, taken in seconds[many].items()}
        for few, many in itertools.pairwise(sizes)
    }


def verdicts(rows: Iterable[Measure]) -> tuple[list[str], list[str]]:
    """What is to be said of the growth, and what of it is too much."""
    said, slow = [], []
    for (few, many), times in growth(rows).items():
        limit = LIMIT * many / few
        shown = ", ".join(f"{name} {one:.1f}" for name, one in times.items())
        said.append(f"{NAME}: {many} objects against {few} took times as long: {shown}; at most {limit:g}.")
        slow += [
            f"{name} of {many} took {one:.1f} times as long as of {few}" for name, one in times.items() if one > limit
        ]
    return said, slow
