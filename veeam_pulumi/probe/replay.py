"""A kept probe beside the simulator's answers to the same questions: a difference is a fault of the simulator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..products import sessions
from ..server.connections import Connections
from ..simulator import Simulator
from ..simulator.em.knobs import RELEASES as EM_RELEASES
from ..simulator.m365 import seeds as m365
from ..simulator.vspc import seeds as vspc
from . import objects
from .ask import Probe, Recorded, probe

_RELEASES = {
    "vbr": "vbr.build",
    "aws": "aws.release",
    "azure": "azure.release",
    "vspc": "vspc.release",
    "m365": "m365.release",
}

_PEOPLED: dict[str, dict[str, dict[str, Any]]] = {
    "em": {"vbr01.lab.local": {}, "vbr02.lab.local": {}},
    "m365": {"Service desk": {"operators": [f"User:{m365.PEOPLE[0][2]}"]}},
}
"""What a server in use has, and a new one has not: of what is in no list no members can be compared."""


def differences(kept: Probe) -> list[str]:
    """How the simulator of that build answers otherwise, one line each: status, code, content type, keys."""
    if kept.product != "em":
        return _differences(kept, {})
    # Enterprise Manager does not show its version: the release that is most alike is the one.
    found: list[list[str]] = []
    for release in reversed(EM_RELEASES):
        found.append(_differences(kept, {"em.release": release}))
        if not found[-1]:
            break
    return min(found, key=len)


def _differences(kept: Probe, knobs: dict[str, str]) -> list[str]:
    with Simulator(products=(kept.product,)) as sim:
        for name, values in _PEOPLED.get(kept.product, {}).items():
            sim.drift(kept.product, "add", name, values)
        sim.set(**knobs)
        if not knobs:
            _as_old_as(sim, kept)
        known = Connections(sim.connections(), sessions=sessions(), warn=lambda text: None, environ={})
        try:
            simulated = {one.question: one for one in probe(known, sessions(), kept.product, _plan(kept)).answers}
        finally:
            known.close()
    found = []
    for one in kept.answers:
        other = simulated.get(one.question)
        found += [
            f"{one.question}: {line}" for line in (_unlike(one, other) if other else ["not asked of the simulator"])
        ]
    return found


def _plan(kept: Probe) -> objects.Plan | None:
    """The same object on the simulator, for a probe that made one."""
    if not any(one.question.startswith("write-") for one in kept.answers):
        return None
    there = {
        "vbr": r"LAB\probe",
        "vspc": vspc.ALPHA,
        "m365": f"{m365.ORGANIZATIONS[0][1]}/{m365.PEOPLE[0][2]}",
    }
    return objects.plan(kept.product, kept.product, there.get(kept.product, ""))


def _as_old_as(sim: Simulator, kept: Probe) -> None:
    """Turns the knob of the release that is nearest: the longest that the version begins with."""
    knob = _RELEASES[kept.product]
    if kept.product == "vbr" and any(" /api/v1/users" in one.request for one in kept.answers):
        sim.set(**{"vbr.dialect": "users"})
    for length in range(len(kept.version), 0, -1):
        if length < len(kept.version) and kept.version[length] != ".":
            continue
        try:
            sim.set(**{knob: kept.version[:length]})
        except ValueError:
            continue
        return


def _unlike(one: Recorded, other: Recorded) -> Iterator[str]:
    for name, mine, theirs in (
        ("status", one.status, other.status),
        ("code", _code(one.body), _code(other.body)),
        ("content type", _media(one), _media(other)),
    ):
        if mine != theirs:
            yield f"{name} {mine!r}, simulated {theirs!r}"
    said, simulated = _keys(one.body), _keys(other.body)
    lacking, more = _beyond(said, simulated), _beyond(simulated, said)
    if lacking:
        yield f"not simulated: {', '.join(lacking)}"
    if more:
        yield f"simulated as well: {', '.join(more)}"


def _beyond(some: set[str], others: set[str]) -> list[str]:
    """The members that others lack; of what is in no list on one side nothing can be said."""
    empty = {path for path in some if path.endswith("[]") and path not in others}
    return sorted(
        path for path in some - others if not path.endswith("[]") and not any(path.startswith(one) for one in empty)
    )


def _media(one: Recorded) -> str:
    return one.headers.get("content-type", "").partition(";")[0].strip().lower()


def _code(body: Any) -> str:
    if not isinstance(body, dict):
        return ""
    errors, error = body.get("errors"), body.get("error")
    first = errors[0] if isinstance(errors, list) and errors else error if isinstance(error, dict) else {}
    return str(body.get("errorCode") or (first if isinstance(first, dict) else {}).get("code") or "")


def _keys(data: Any, where: str = "") -> set[str]:
    """Every member by its path; the items of a list count as one. Of XML the elements."""
    if isinstance(data, str):
        return set(re.findall(r"<([A-Za-z][\w.-]*)", data)) if data.startswith("<") else set()
    found: set[str] = set()
    if isinstance(data, dict):
        for name, inner in data.items():
            path = f"{where}.{name}" if where else str(name)
            found |= {path} | _keys(inner, path)
    elif isinstance(data, list):
        for item in data:
            found |= {f"{where}[]"} | (_keys(item, f"{where}[]") if not isinstance(item, str) else set())
    return found
