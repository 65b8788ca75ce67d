"""The stacks of stacks/, each in a folder of its own, on the embedded engine against the simulated servers."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import StartSimulator
from veeam_pulumi.engine import Engine, Result
from veeam_pulumi.engine.config import Config
from veeam_pulumi.simulator import Simulator

STACKS = Path(__file__).parents[2] / "stacks"


class Stack:
    """A copy of a stack's folder, and the servers that its connections lead to: those of their products."""

    def __init__(self, folder: Path, stack: str, sim: Simulator | None, connections: dict[str, str]) -> None:
        self.folder, self.stack, self._sim, self.text = folder, stack, sim, ""
        self.environ = {"PULUMI_CONFIG_PASSPHRASE": "quickstart", "PULUMI_BACKEND_URL": f"file://{folder}/state"}
        self.environ["PULUMI_RUN_PROGRAM"] = "true"
        for name, product in connections.items():
            self.lead(name, self.sim, product)
        self._engine().init()

    @property
    def sim(self) -> Simulator:
        assert self._sim is not None
        return self._sim

    def lead(self, connection: str, sim: Simulator, product: str) -> None:
        """A connection leads to a server of its own from now on."""
        self.environ[f"VEEAM_{connection.upper()}_URL"] = sim.url(product)
        self.environ[f"VEEAM_{connection.upper()}_TLS_CA_FILE"] = str(sim.ca_file)

    def _engine(self) -> Engine:
        self._out = io.StringIO()
        return Engine(self.folder, self.stack, environ=self.environ, out=self._out)

    def config(self) -> Config:
        return self._engine().config()

    def run(self, operation: str, expect: int = 0, **flags: Any) -> Result:
        """One operation, from a clean request log."""
        if self._sim:
            self._sim.clear_requests()
        result: Result = getattr(self._engine(), operation)(**flags)
        self.text = self._out.getvalue()
        assert result.exit_code == expect, self.text
        return result

    def sent(self, product: str | None = None) -> list[str]:
        """The writes of the last operation: `em PUT`."""
        return [f"{one.product} {one.method}" for one in self.sim.requests(product, writes_only=True)]

    def changed(self, old: str, new: str, file: str) -> None:
        """Somebody edits a file of the stack."""
        text = (self.folder / file).read_text()
        assert old in text
        (self.folder / file).write_text(text.replace(old, new))

    def state(self) -> str:
        """What the state's file holds, as it is on disk."""
        return "".join(path.read_text() for path in (self.folder / "state").rglob("*.json"))


@pytest.fixture
def open_stack(tmp_path: Path, simulator: StartSimulator) -> Callable[..., Stack]:
    """open_stack("servers", em="em", vbr01="vbr") -> Stack. The keywords: which product serves a connection; without
    any there is no server at all."""

    def start(name: str, stack: str = "dev", **connections: str) -> Stack:
        folder = tmp_path / name
        shutil.copytree(STACKS / name, folder, ignore=shutil.ignore_patterns("__pycache__", ".veeam"))
        sim = simulator(products=tuple(dict.fromkeys(connections.values()))) if connections else None
        return Stack(folder, stack, sim, connections)

    return start


def plain(value: Any) -> Any:
    """Outputs as JSON has them."""
    return json.loads(json.dumps(value))
