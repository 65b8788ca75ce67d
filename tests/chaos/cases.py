"""The cases: which requests an operation sends is learned from runs without faults."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tests.chaos.faults import FAULTS
from tests.chaos.subjects import OPERATIONS, SUBJECTS, Operation
from tests.specimens import Specimen

Requests = dict[tuple[str, str], list[str]]
"""By names of subject and operation: what is sent, in order (`POST /api/v1/users`)."""


@dataclass(frozen=True)
class Case:
    """The `place`-th request (1 is the first) of an operation meets a fault; without one it only shows what is sent."""

    subject_name: str
    operation_name: str
    place: int = 0
    request: str = ""
    fault_name: str = ""

    @property
    def subject(self) -> Specimen:
        return SUBJECTS[self.subject_name]

    @property
    def operation(self) -> Operation:
        return OPERATIONS[self.operation_name]

    def __str__(self) -> str:
        return f"{self.subject_name}, {self.operation_name}, {self.place} {self.request}, {self.fault_name}"


def without_faults(subjects: Iterable[str] = SUBJECTS, operations: Iterable[str] = OPERATIONS) -> list[Case]:
    wanted = set(operations)
    return [Case(name, one) for name in subjects for one in SUBJECTS[name].operations if one in wanted]


def brief() -> list[Case]:
    """What `make test` has time for: the operations with two entries or two addresses of one subject each, in turn."""
    found, chosen = list[Case](), dict[str, Case]()
    for number, one in enumerate(without_faults()):
        if not (one.operation.entry or one.operation.address):
            found.append(one)
        elif one.operation_name not in chosen or number % 3 == 0:
            chosen[one.operation_name] = one
    return [*found, *chosen.values()]


def every(requests: Requests, faults: Iterable[str] = FAULTS) -> list[Case]:
    """Every fault at every request."""
    return [
        Case(subject, operation, place, request, fault)
        for (subject, operation), sent in requests.items()
        for place, request in enumerate(sent, 1)
        for fault in faults
        if not FAULTS[fault].own or _is_own(request)
    ]


def some(requests: Requests) -> list[Case]:
    """One case of every operation of every subject, at a request that matters, with faults in turn."""
    faults, found = list(FAULTS), list[Case]()
    for number, ((subject, operation), sent) in enumerate(requests.items()):
        writes = [place for place, request in enumerate(sent, 1) if _is_write(request)]
        place = writes[-1] if writes else len(sent) - 1
        # 7 and the number of faults have no common factor: all of them have their turn.
        fault = faults[number * 7 % len(faults)]
        found.append(Case(subject, operation, place, sent[place - 1], fault))
    return found


def batches(cases: list[Case], size: int) -> list[list[Case]]:
    """Cases that run together: of one operation of the engine, and of many kinds, so that all servers have work."""
    by_run: dict[str, list[Case]] = {}
    for case in cases:
        by_run.setdefault(case.operation.run, []).append(case)
    found = list[list[Case]]()
    for one in by_run.values():
        count = -(-len(one) // size)
        found += [one[start::count] for start in range(count)]
    return found


def _is_own(request: str) -> bool:
    """Whether a request is the operation's, not one of logging in and out and finding out what the server speaks."""
    return not request.endswith(("/token", "/sessionMngr/", "/logonSessions/*", "/logout", "/serverTime", "FirstLogin"))


def _is_write(request: str) -> bool:
    return _is_own(request) and not request.startswith("GET ") and "/validate" not in request
