"""Lives that nobody wrote down: any order of changes, adoptions, drift, deletions by hand and operations cut off.

Each resource is driven as an engine drives it, and after every step its promises hold: one object per name, no write
where there is nothing to do, what was adopted stays, and the state after a look is what the server has. More lives than
the few of `make test`: STATEFUL=300 pytest tests/products/test_stateful.py
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.chaos.subjects import SUBJECTS, Subject
from tests.products.conftest import Servers, ServersOf
from veeam_pulumi.errors import AlreadyExists, VeeamError
from veeam_pulumi.resource import lifecycle
from veeam_pulumi.resource.fields import State
from veeam_pulumi.server.answer import Answer
from veeam_pulumi.server.transport import Transport

PASSWORDS = ("Canary-Kb4-fhq", "Canary-Wd7-pjs")
PROGRAMS = st.sampled_from(("first", "changed", "renamed"))


class Killed(BaseException):
    """The process ends here; nothing of it can be caught."""


class Life(RuleBasedStateMachine):
    """One resource in one program, its state, and a server on which others work too."""

    def __init__(self, servers: Servers, subject: Subject) -> None:
        super().__init__()
        self.servers, self.subject, self.sim = servers, subject, servers.sim
        self.held: tuple[str, State] | None = None
        self.touched = False  # by others, since the last refresh
        self.foreign = set[str]()  # the names of what others added
        self.sim.reset()
        servers.connect()

    # What happens to it.

    @rule(which=PROGRAMS, password=st.sampled_from(PASSWORDS), adopt=st.booleans())
    def up(self, which: str, password: str, adopt: bool) -> None:
        wanted = self._wanted(which, password, adopt)
        if not self._apply(wanted):
            return
        if self.touched:  # what others did shows to a refresh alone, and the next `up` puts it right
            self.refresh()
            if not self._apply(wanted):
                return
        if self.held and self.held[1]["adopted"] and not self._apply(wanted):  # what the server does not show is sent
            return
        self.servers.forget()
        assert self.held
        assert self._diff(wanted) == set()
        live = lifecycle.read(self.servers.resource, self.servers.connections, *self.held)
        assert live == self.held[1]
        assert self.servers.writes() == []

    @rule(which=PROGRAMS, password=st.sampled_from(PASSWORDS), writes=st.integers(1, 3))
    def up_that_is_killed(self, which: str, password: str, writes: int) -> None:
        """After so many writes; what the server did is not known, and the state is as it was before the operation."""
        with contextlib.suppress(Killed), _killed_after(writes):
            self._apply(self._wanted(which, password, adopt=False))
        self.servers.connect()
        self.touched = True

    @rule()
    def refresh(self) -> None:
        if self.held is None:
            return
        id, state = self.held
        self.servers.forget()
        live = lifecycle.read(self.servers.resource, self.servers.connections, id, state)
        self.touched = False
        assert self.servers.writes() == []
        row = self._rows().get(id)
        assert (live is None) == (row is None)
        self.held = (id, live) if live is not None else None
        if live is not None and row is not None:
            assert _shown(self.servers.product, live) == _row(self.servers.product, row)

    @rule(killed=st.booleans())
    def delete(self, killed: bool) -> None:
        if self.held is None:
            return
        id, state = self.held
        before = self._rows()
        self.servers.forget()
        try:
            with _killed_after(1) if killed else contextlib.nullcontext():
                lifecycle.delete(self.servers.resource, self.servers.connections, id, state)
            self.held = None
            self.foreign -= set() if state["adopted"] else {id}
            assert state["adopted"] or id not in self._rows()
        except Killed:
            self.servers.connect()
            self.touched = True  # it may still be under way
        if state["adopted"]:
            assert self._rows() == before
            assert self.servers.writes() == []
        before.pop(id, None)
        assert {key: row for key, row in self._rows().items() if key != id} == before

    # What others do.

    @precondition(lambda self: self._named("first"))
    @rule()
    def drift(self) -> None:
        self.sim.drift(self.servers.product, "update", self._name("first"), self.subject.drift)
        self.touched = True

    @rule(which=st.sampled_from(("first", "renamed")))
    def by_hand(self, which: str) -> None:
        """Somebody adds what is not there, or deletes what is; what is under way has ended before."""
        for _ in range(3):
            lifecycle.listing(self.servers.resource, self.servers.connections, self.servers.product)
        self.touched = True
        secret = {} if self.servers.product == "vbr" else {"password": "Canary-Xn2-tvz"}
        if self._named(which):
            self.sim.drift(self.servers.product, "delete", self._name(which))
            self.foreign.discard(self._name(which))
        else:
            self.sim.drift(self.servers.product, "add", self._name(which), {**self.subject.found, **secret})
            self.foreign.add(self._name(which))
        self.servers.connect()  # nobody waits for a list that is seconds old

    # What is always so.

    @invariant()
    def no_name_is_there_twice(self) -> None:
        names = [name.casefold() for name in self.servers.names()]
        assert len(names) == len(set(names))

    # How an engine does it.

    def _apply(self, wanted: State) -> bool:
        """An `up`; whether it succeeded. An error is right only where it has a reason that others gave."""
        try:
            self._step(wanted)
            return True
        except AlreadyExists as error:
            others = [row for id, row in self._rows().items() if not self.held or id != self.held[0]]
            assert self._in(others, wanted), error
            assert not wanted["adopt"] or self.held, error
            assert "adopt=True" in error.fix or self.servers.product == "em", error
        except VeeamError as error:
            gone = self.held is not None and self.held[0] not in self._rows()
            # Where names are ids, what was deleted and added again is taken for the same; its password is another.
            another = self.held is not None and self.held[0] in self.foreign
            assert gone or another, error
        return False

    def _step(self, wanted: State) -> None:
        resource, connections = self.servers.resource, self.servers.connections
        if self.held is None:
            self.servers.forget()
            self.held = lifecycle.create(resource, connections, wanted)
            assert not self.held[1]["adopted"] or self.servers.writes() == []
            return
        id, state = self.held
        found = resource.diff(state, wanted)
        if found.replaces:
            lifecycle.delete(resource, connections, id, state)
            self.held = None
            self._step(wanted)
        elif found.changed:
            self.held = id, lifecycle.update(resource, connections, id, state, wanted)

    def _wanted(self, which: str, password: str, adopt: bool) -> State:
        inputs = {**self.subject.first, "adopt": adopt}
        inputs |= getattr(self.subject, which)
        inputs |= {} if self.servers.product == "vbr" else {"password": password}
        checked, problems = self.servers.resource.check(inputs)
        assert not problems
        return checked

    def _diff(self, wanted: State) -> set[str]:
        assert self.held
        return set(self.servers.resource.diff(self.held[1], wanted).changed)

    def _name(self, which: str) -> str:
        return str({**self.subject.first, **getattr(self.subject, which)}[self.subject.name])

    def _named(self, which: str) -> bool:
        return self.sim.lookup(self.servers.product, self._name(which)) is not None

    def _rows(self) -> dict[str, dict[str, Any]]:
        held = self.sim.objects(self.servers.product)
        rows = held["servers" if self.servers.product == "em" else "users"]
        return {str(row[self.subject.id]).rpartition(":")[2]: row for row in rows}

    def _in(self, rows: list[dict[str, Any]], wanted: State) -> bool:
        return str(wanted[self.subject.name]) in [value for row in rows for value in row.values()]


@contextlib.contextmanager
def _killed_after(writes: int) -> Iterator[None]:
    """The process is killed when the server has handled so many writes, before it hears of it."""
    left, send = writes, Transport._exchange

    def exchange(self: Transport, request: Any, way: Any) -> Answer:
        nonlocal left
        answer = send(self, request, way)
        quiet = request.form is not None or "sessionMngr" in request.path or "/validate" in request.path
        if request.method != "GET" and not quiet:
            left -= 1
            if not left:
                raise Killed
        return answer

    with mock.patch.object(Transport, "_exchange", exchange):
        yield


def _shown(product: str, state: State) -> dict[str, Any]:
    """What of a state can be compared with the server's own row."""
    if product == "vbr":
        return {"roles": sorted(state["role_ids"].values())}
    if product == "vspc":
        return {name: state[name] for name in ("role", "status")} | {"first": state["profile"].get("first_name")}
    return {"description": state["description"]}


def _row(product: str, row: dict[str, Any]) -> dict[str, Any]:
    if product == "vbr":
        roles = [one["id"] for one in row["roles"]] if "roles" in row else [row["roleId"]]
        return {"roles": sorted(roles)}
    if product == "vspc":
        return {name: row[name] for name in ("role", "status")} | {"first": row["profile"].get("firstName")}
    return {"description": row["description"]}


@pytest.mark.parametrize("name", [name for name, one in SUBJECTS.items() if "adopt" in one.operations])
def test_any_order_of_events(servers: ServersOf, name: str) -> None:
    subject = SUBJECTS[name]
    on: Servers = servers(subject.resource, subject.knobs)
    run_state_machine_as_test(
        lambda: Life(on, subject),  # type: ignore[arg-type]
        settings=settings(
            max_examples=int(os.environ.get("STATEFUL", "6")),
            stateful_step_count=12,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
