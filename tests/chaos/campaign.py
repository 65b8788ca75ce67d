"""Cases that run together in one stack, each on a server of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, TypeVar

from tests.chaos.cases import Case, Requests, batches
from tests.chaos.stack import Hung, Resources, Stack
from tests.chaos.trial import Row, Trial
from veeam_pulumi.simulator import Simulator

T = TypeVar("T")


class Servers:
    """Simulated servers by product, started when they are needed and used again."""

    def __init__(self) -> None:
        self._running: dict[str, list[Simulator]] = {}

    def __enter__(self) -> Servers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in (one for some in self._running.values() for one in some):
            one.stop()

    def trials(self, cases: list[Case]) -> list[Trial]:
        taken, found = dict[str, int](), list[Trial]()
        for number, case in enumerate(cases):
            product = case.subject.product
            running, place = self._running.setdefault(product, []), taken.get(product, 0)
            taken[product] = place + 1
            if place == len(running):
                running.append(Simulator(products=(product,)).start())
            found.append(Trial(case, running[place], f"s{number:02}"))
        return found


def run(cases: list[Case], servers: Servers, folder: Path) -> list[Row]:
    """All cases (of one operation of the engine) together. Where a run hangs, each again, alone."""
    try:
        return _together(cases, servers, folder)
    except Hung:
        if len(cases) == 1:
            return [Row(cases[0], struck=True, hangs=1)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    rows = [row for case in cases for row in run([case], servers, folder)]
    if not any(row.hangs for row in rows):
        rows[0].hangs = 1
        rows[0].notes.append(f"hung together with {len(cases) - 1} others, and no longer alone")
    return rows


def learn(cases: list[Case], servers: Servers, folder: Path) -> Requests:
    """What the operations send while nothing goes wrong."""
    found: Requests = {}
    for number, some in enumerate(batches(cases, len(cases))):
        for one in _faulty(some, servers, Stack(folder / str(number))).trials:
            found[one.case.subject_name, one.case.operation_name] = one.row.requests
    return {(case.subject_name, case.operation_name): found[case.subject_name, case.operation_name] for case in cases}


class Begun(NamedTuple):
    """What there is at the end of the faults: the trials, the program, the URNs whose replacement has still to be,
    and what was printed."""

    trials: list[Trial]
    after: Resources
    forced: list[str]
    text: str


def _faulty(cases: list[Case], servers: Servers, stack: Stack) -> Begun:
    """Up to the end of the faults."""
    trials, (operation,) = servers.trials(cases), {case.operation.run for case in cases}
    if before := _all(one.before() for one in trials):
        text = stack.run("up", before, _all(one.environ() for one in trials))
        if errors := [line for line in text.splitlines() if "error:" in line]:
            raise RuntimeError(f"what the cases begin with could not be made: {errors}")
    for one in trials:
        one.begin()
    after = _all(one.after() for one in trials)
    forced = {one.name: stack.urn(one.subject.kind, one.name) for one in trials if one.operation.forced}
    impatient = _all(one.environ(impatient=True) for one in trials)
    text = stack.run(operation, after, impatient, **_replacing([*forced.values()]))
    for one in trials:
        one.end()
    again = [forced[one.name] for one in trials if one.name in forced and one.refused(text)]
    return Begun(trials, after, again, text)


def _replacing(urns: list[str]) -> dict[str, list[str]]:
    return {"replace": urns} if urns else {}


def _together(cases: list[Case], servers: Servers, folder: Path) -> list[Row]:
    stack = Stack(folder)
    trials, after, forced, said = _faulty(cases, servers, stack)
    environ = _all(one.environ() for one in trials)

    # The same command again: a replacement that failed is asked for once more, because nothing in state asks for it.
    text = stack.run(cases[0].operation.run, after, environ, **_replacing(forced))
    if [one for one in trials if one.adopts(text) | one.once(said + text)]:
        after = _all(one.after() for one in trials)
        stack.run("up", after, environ)
    for one in trials:
        one.clears(text)
    _compare(trials, stack)

    for one in trials:
        one.owns()
    after = _all(one.after() for one in trials)
    # What was adopted becomes ours, and what drifted is put right; everybody else has nothing to do any more.
    allowed = {one.name for one in trials if one.row.adopted or one.operation.adopt or one.operation.by_hand}
    for _ in range(2):
        for one in trials:
            one.hear()
        text = stack.run("up", after, environ, refresh=True)
        wrote = {one.name for one in trials if any(record.write for record in one.hear())}
        if not wrote & allowed:
            break
        for one in trials:
            if one.name in wrote - allowed:
                one.row.unrepaired = 1
                one.row.notes.append("the run after the next one still had something to change")
    _compare(trials, stack)
    ids = stack.ids()
    for one in trials:
        one.repaired(one.ids(ids), text, one.name in wrote)
        one.leaks(stack)
    return [one.row for one in trials]


def _compare(trials: list[Trial], stack: Stack) -> None:
    ids = stack.ids()
    for one in trials:
        one.compare(one.ids(ids))


def _all(parts: Iterable[Mapping[str, T]]) -> dict[str, T]:
    return {name: one for part in parts for name, one in part.items()}
