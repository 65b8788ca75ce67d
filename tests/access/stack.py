"""A copy of stacks/access on the embedded engine, with the simulated servers behind it."""

from __future__ import annotations

import io
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from veeam_pulumi.engine import Engine, Result
from veeam_pulumi.simulator import Simulator

SOURCE = Path(__file__).parents[2] / "stacks" / "access"
PASSPHRASE = "access"


@dataclass
class Access:
    """The project folder, and one way to run its stacks."""

    folder: Path
    sims: dict[str, Simulator]
    """Environment -> its servers."""
    text: str = ""
    seen: list[str] = field(default_factory=list)

    @property
    def sim(self) -> Simulator:
        return self.sims["dev"]

    @property
    def roster(self) -> str:
        return (self.folder / "roster.yaml").read_text()

    def write(self, text: str) -> None:
        (self.folder / "roster.yaml").write_text(text)

    def edit(self, old: str, new: str) -> None:
        """Changes one place of the roster."""
        assert self.roster.count(old) == 1, old
        self.write(self.roster.replace(old, new))

    def engine(self, stack: str = "dev") -> Engine:
        self._out = io.StringIO()
        environ = {"PULUMI_CONFIG_PASSPHRASE": PASSPHRASE, "PULUMI_BACKEND_URL": f"file://{self.folder}/state"}
        environ |= self.sims[stack].variables()
        return Engine(self.folder, stack, environ=environ, out=self._out)

    def run(self, operation: str, stack: str = "dev", expect: int = 0, **flags: Any) -> Result:
        """One operation, from a clean request log."""
        self.sims[stack].clear_requests()
        engine = self.engine(stack)
        if stack not in engine.stacks():
            engine.init()
        result: Result = getattr(engine, operation)(**flags)
        self.text = self._out.getvalue().replace("\n      ", " ")  # long lines are wrapped
        self.seen.append(self.text)
        assert result.exit_code == expect, self.text
        return result

    def writes(self) -> list[str]:
        return sorted(f"{one.product} {one.method}" for one in self.sim.requests(writes_only=True))

    def set(self, key: str, value: str, stack: str = "dev", **flags: bool) -> None:
        self.engine(stack).config().set(key, value, **flags)


def make(folder: Path, sims: dict[str, Simulator]) -> Access:
    """A copy of the project; stacks other than dev get a config of their own."""
    shutil.copytree(SOURCE, folder / "access")
    access = Access(folder / "access", sims)
    for stack in sims.keys() - {"dev"}:
        config = {"veeam:companies": {"northwind": "79817d6d-4b00-4e22-b673-8758f02fa0ef"}}
        (access.folder / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump({"config": config}))
        access.set("veeam:passwords.svc-em", "Collect-2026", stack, secret=True, path=True)
    return access
