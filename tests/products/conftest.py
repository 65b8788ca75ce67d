"""The products' resources against the simulated servers, without any engine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conftest import StartSimulator
from veeam_pulumi.products import resources, sessions
from veeam_pulumi.resource import lifecycle
from veeam_pulumi.resource.fields import State
from veeam_pulumi.server import transport
from veeam_pulumi.server.connections import Connections
from veeam_pulumi.simulator import Simulator


class Servers:
    """One resource kind on running servers: the operations, and what the servers and the user saw."""

    def __init__(self, sim: Simulator, kind: str, **settings: Any) -> None:
        self.sim, self.resource, self.warnings = sim, resources()[kind], list[str]()
        self.product = self.resource.product
        self.connections = self._connections(**settings)

    def _connections(self, **settings: Any) -> Connections:
        config = self.sim.connections()
        config[self.product] = {**config[self.product], **settings}
        return Connections(config, sessions=sessions(), warn=self.warnings.append, environ={})

    def connect(self, **settings: Any) -> Connections:
        """A new process, as it were: other settings, no login yet."""
        self.connections.close()
        self.connections = self._connections(**settings)
        return self.connections

    def create(self, **inputs: Any) -> tuple[str, State]:
        checked, problems = self.resource.check(inputs)
        assert not problems, problems
        return lifecycle.create(self.resource, self.connections, checked)

    def create_unchecked(self, **inputs: Any) -> tuple[str, State]:
        """As from a head that skipped check, so that every mistake shows as an error."""
        return lifecycle.create(self.resource, self.connections, inputs)

    def read(self, id: str, state: State) -> State | None:
        return lifecycle.read(self.resource, self.connections, id, state)

    def update(self, id: str, state: State, **changes: Any) -> State:
        inputs = {name: state[name] for name in self.resource.fields if name in state}
        checked, problems = self.resource.check({**inputs, **changes}, creating=False)
        assert not problems, problems
        return lifecycle.update(self.resource, self.connections, id, state, checked)

    def delete(self, id: str, state: State) -> None:
        lifecycle.delete(self.resource, self.connections, id, state)

    def find(self, **inputs: Any) -> str | None:
        """The id that the resource's own look by natural key gives."""
        checked, problems = self.resource.check(inputs)
        assert not problems, problems
        session = self.connections.open(self.product, self.product)
        return self.resource.find(session, self.resource.inputs.model_validate(checked))

    def changed(self, state: State, **changes: Any) -> set[str]:
        """What a diff of the state against the same inputs with `changes` names."""
        inputs = {name: state[name] for name in self.resource.fields if name in state}
        return set(self.resource.diff(state, {**inputs, **changes}).changed)

    def names(self) -> list[str]:
        held = self.sim.objects(self.product)
        found = held.get("users") or held.get("servers") or []
        return sorted(row.get("name") or row.get("userName") or row["username"] for row in found)

    def writes(self) -> list[tuple[str, str, Any]]:
        """(method, path, body) of what was written since the last `forget`."""
        return [(one.method, one.path, one.body) for one in self.sim.requests(self.product, writes_only=True)]

    def forget(self) -> None:
        self.sim.clear_requests()


ServersOf = Callable[..., Servers]


@pytest.fixture
def servers(simulator: StartSimulator) -> Iterator[ServersOf]:
    """servers("aws.User", {"aws.mfa": "pending"}, api_version="auto")"""
    made: list[Servers] = []

    def start(kind: str, knobs: dict[str, Any] | None = None, **settings: Any) -> Servers:
        product = kind.partition(".")[0]
        made.append(Servers(simulator(knobs, products=(product,)), kind, **settings))
        return made[-1]

    yield start
    for one in made:
        one.connections.close()


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The waits between attempts are tested in tests/server; here they would only take time."""
    monkeypatch.setattr(transport, "PAUSE", lambda seconds: time.sleep(0.002))
