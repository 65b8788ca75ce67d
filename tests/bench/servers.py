"""The simulated servers in a process of their own, so that they do not share an interpreter with what is measured."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import yaml

from tests.bench.stack import Failed

_START = "from veeam_pulumi.cli.main import main; main()"
_CHANGING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|bench-\d+")


class Servers:
    """`veeam-pulumi simulator`, from entering to leaving; `connections` as it gives them."""

    def __init__(self, folder: Path, knobs: list[str]) -> None:
        self._folder, self._knobs = folder, knobs

    def __enter__(self) -> Servers:
        words = ["simulator", "--out", str(self._folder), *self._knobs]
        # ^C is for the bench, which ends the servers itself.
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, *words], stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self._process.stdout
        said = ""
        for line in self._process.stdout:
            said += line
            if control := re.match(r"control +(http://\S+)", line):
                self._control = httpx.Client(base_url=control.group(1), timeout=60, trust_env=False)
            if line.startswith("Ctrl-C"):
                break
        else:
            raise Failed(f"the simulator did not start\n{said}")
        self.connections: dict[str, Any] = yaml.safe_load((self._folder / "connections.yaml").read_text())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._control.close()
        self._process.terminate()
        self._process.communicate(timeout=30)

    def populate(self, users: int) -> None:
        """As they were installed, with so many users of Backup & Replication, those of the installation among them."""
        self._control.post("/reset").raise_for_status()
        for number in range(users - 2):
            role = {"roles": ["Backup Administrator" if number % 10 == 0 else "Backup Viewer"]}
            self.drift("vbr", "add", rf"LAB\u{number:04}", role)

    def drift(self, product: str, action: str, name: str, values: dict[str, Any] | None = None) -> None:
        """Somebody changes an object there."""
        said = {"product": product, "action": action, "name": name, "values": values or {}}
        self._control.post("/drift", json=said).raise_for_status()

    def requests(self, product: str = "") -> Counter[str]:
        """What the product was sent since the last time, by kind: {"GET /api/v1/users/*": 100}.

        Of all of them: {"aws GET /api/v1/users/*": 100}.
        """
        log = self._control.get("/requests", params={"product": product} if product else {}).raise_for_status().json()
        self._control.delete("/requests").raise_for_status()
        return Counter(("" if product else f"{one['product']} ") + kind_of(one["method"], one["path"]) for one in log)


def kind_of(method: str, path: str) -> str:
    """A request without what differs from object to object."""
    return f"{method} {_CHANGING.sub('*', path)}"
