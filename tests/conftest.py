"""What all tests share: a clean environment, and the simulated servers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from veeam_pulumi.simulator import Simulator

StartSimulator = Callable[..., Simulator]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine reaches a test: no proxy, no connection, no stack."""
    for name in list(os.environ):
        if name.startswith(("VEEAM_", "PULUMI_")) or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)


@pytest.fixture
def simulator() -> Iterator[StartSimulator]:
    """Starts simulated servers with the given knobs; ends them after the test."""
    running: list[Simulator] = []

    def start(knobs: dict[str, Any] | None = None, **options: Any) -> Simulator:
        running.append(Simulator(knobs=knobs, **options).start())
        return running[-1]

    yield start
    for one in running:
        one.stop()
