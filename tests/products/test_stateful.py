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

from tests.products.conftest import Servers, ServersOf
from tests.specimens import BY_LABEL, Specimen, share
from veeam_pulumi.errors import AlreadyExists, Protected, VeeamError
from veeam_pulumi.resource import lifecycle
from veeam_pulumi.resource.fields import State
from veeam_pulumi.server.answer import Answer
from veeam_pulumi.server.transport import Transport

LIVES = int(os.environ.get("STATEFUL", "0"))
PASSWORDS = ("Canary-Kb4-fhq", "Canary-Wd7-pjs")
PROGRAMS = st.sampled_from(("first", "changed", "renamed"))


class Killed(BaseException):
    """The process ends here; nothing of it can be caught."""


class Life(RuleBasedStateMachine):
    """One resource in one program, its state, and a server on which others work too."""

    def __init__(self, servers: Servers, subject: Specimen) -> None:
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
        if adopt and self.held is None and self._named(which):  # taken over as it is, before anything of it changes
            found = lifecycle.create(self.servers.resource, self.servers.connections, self.subject.adopting(which))
            assert found[1]["adopted"] is True
            self.held = found
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
        self._attack_what_is_in_use()

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
            assert self.subject.of_state(live) == self.subject.of_row(row)

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

    @precondition(lambda self: self.subject.guarded)
    @rule(place=st.integers(0, 1))
    def attack(self, place: int) -> None:
        """A program takes over what the server was installed with, or its own login, and then lets go of it."""
        name = self.subject.guarded[place % len(self.subject.guarded)]
        (id,) = [id for id, row in self._rows().items() if row[self.subject.title] == name]
        state = lifecycle.read(
            self.servers.resource, self.servers.connections, id, {"connection": self.servers.product}
        )
        assert state is not None
        self._refused(id, {**state, "adopted": False})

    def _attack_what_is_in_use(self) -> None:
        """What stands between two runs: something else came to need the object, and the program lets go of it."""
        assert self.held
        id, state = self.held
        if not self.subject.use or state["adopted"] or state.get("secret", "shown") is None:
            return
        settings = self.subject.use(self.sim, id, state)
        self.servers.connect(**settings)
        try:
            self._refused(id, state)
        finally:
            self.subject.let_go(self.sim)
            self.servers.connect()

    def _refused(self, id: str, state: State) -> None:
        """Neither deleted nor made weaker, and nothing is sent."""
        before = self._rows()
        self.servers.forget()
        with pytest.raises(Protected):
            self.servers.delete(id, state)
        if weaker := self.subject.weaker:
            wanted = {name: state[name] for name in self.servers.resource.fields if state.get(name) is not None}
            wanted = self.subject.with_secret(wanted, PASSWORDS[0])
            checked, problems = self.servers.resource.check({**wanted, **weaker}, creating=False)
            assert not problems, problems
            if self.servers.resource.diff(state, checked).changed:
                with pytest.raises(Protected):
                    lifecycle.update(self.servers.resource, self.servers.connections, id, state, checked)
        assert self._rows() == before
        assert self.servers.writes() == []

    # What others do.

    @precondition(lambda self: self._named("first"))
    @rule()
    def drift(self) -> None:
        self.subject.alter(self.sim, self._name("first"))
        self.touched = True

    @rule(which=st.sampled_from(("first", "renamed")))
    def by_hand(self, which: str) -> None:
        """Somebody adds what is not there, or deletes what is; what is under way has ended before."""
        for _ in range(3):
            lifecycle.listing(self.servers.resource, self.servers.connections, self.servers.product)
        self.touched = True
        if self._named(which):
            self.subject.remove(self.sim, self._name(which))
            self.foreign.discard(self._name(which))
        else:
            self.subject.add(self.sim, "Canary-Xn2-tvz", self._name(which))
            self.foreign.add(self._name(which))
        self.servers.connect()  # nobody waits for a list that is seconds old

    # What is always so.

    @invariant()
    def no_name_is_there_twice(self) -> None:
        names = [name.casefold() for name in self.subject.names(self.sim)]
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
            moved = self.held is not None and "move" in self.subject.operations  # another name, in place
            assert "adopt=True" in error.fix or moved or self.servers.product == "em", error
        except VeeamError as error:
            gone = self.held is not None and self.held[0] not in self._rows()
            # Where names are ids, what was deleted and added again is taken for the same; its password is another.
            another = self.held is not None and self.held[0] in self.foreign
            # Somebody's object of the new name, which is not as the program says: adopting changes nothing.
            differs = wanted["adopt"] and self._in(list(self._rows().values()), wanted)
            assert gone or another or differs, error
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
        inputs = self.subject.inputs(which, password, adopt=adopt)
        checked, problems = self.servers.resource.check(inputs)
        assert not problems
        return checked

    def _diff(self, wanted: State) -> set[str]:
        assert self.held
        return set(self.servers.resource.diff(self.held[1], wanted).changed)

    def _name(self, which: str) -> str:
        return str(self.subject.inputs(which)[self.subject.name])

    def _named(self, which: str) -> bool:
        return self.subject.lookup(self.sim, self._name(which)) is not None

    def _rows(self) -> dict[str, dict[str, Any]]:
        return self.subject.held(self.sim)

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


@pytest.mark.parametrize("name", [name for name, one in BY_LABEL.items() if "adopt" in one.operations])
def test_any_order_of_events(servers: ServersOf, name: str) -> None:
    subject = BY_LABEL[name]
    on: Servers = servers(subject.kind, subject.knobs)
    run_state_machine_as_test(
        lambda: Life(on, subject),  # type: ignore[arg-type]
        settings=settings(
            max_examples=LIVES or share(6, subject.kind, least=2),
            stateful_step_count=12,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
