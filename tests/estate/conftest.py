"""Simulated servers with accounts on them that nobody declared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from veeam_pulumi.products import sessions
from veeam_pulumi.server.connections import Connections
from veeam_pulumi.simulator import Simulator


@pytest.fixture
def connections(sim: Simulator) -> Iterator[Connections]:
    """The connections to the simulated servers."""
    found = Connections(sim.connections(), sessions=sessions(), warn=lambda text: None, environ={})
    yield found
    found.close()


@pytest.fixture
def by_hand(sim: Simulator) -> Simulator:
    """The servers after somebody was busy in their consoles."""
    sim.drift("vbr", "add", r"LAB\jdoe", {"roles": ["Backup Administrator"]})
    sim.drift("vbr", "add", r"LAB\viewer", {"roles": ["Backup Viewer"]})
    sim.drift("vbr", "add", r"LAB\ops", {"type": "InternalGroup", "roles": ["Restore Operator"]})
    sim.drift("aws", "add", "jdoe", {"description": "by hand"})
    return sim


@pytest.fixture
def environment(by_hand: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Simulator:
    """The environment names the servers; the working folder is empty."""
    at(by_hand, monkeypatch)
    monkeypatch.chdir(tmp_path)
    return by_hand


def at(servers: Simulator, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    """The environment names these servers, too."""
    for name, value in servers.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return servers


@pytest.fixture
def microsoft_365(
    environment: Simulator, simulator: Callable[..., Simulator], monkeypatch: pytest.MonkeyPatch
) -> Simulator:
    """The environment names a server of Backup for Microsoft 365, too."""
    return at(simulator(products=["m365"]), monkeypatch)
