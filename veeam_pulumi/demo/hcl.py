"""`veeam-pulumi demo --terraform`: the same story, told by Terraform or OpenTofu with examples/terraform/quickstart."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TextIO

from ..terraform import install
from .story import SECRETS, Failed

EXAMPLE = Path(__file__).parent / "terraform"
"""The example of the repository, in the package."""
COMMANDS = {
    "init": ("init", "-input=false"),
    "preview": ("plan", "-input=false"),
    "up": ("apply", "-auto-approve", "-input=false"),
    "refresh": ("apply", "-refresh-only", "-auto-approve", "-input=false"),
    "destroy": ("destroy", "-auto-approve", "-input=false"),
}


def binary() -> str:
    """The program that runs the configuration. Raises Failed where something has to be installed first."""
    for package in ("h2", "msgpack"):
        if find_spec(package) is None:
            raise Failed(f"the provider needs {package}: pip install 'WHEEL-OR-CLONE[terraform]'")
    if found := shutil.which("terraform") or shutil.which("tofu"):
        return found
    raise Failed(
        "there is neither terraform nor tofu on PATH: install Terraform 1.11 or later "
        "(https://developer.hashicorp.com/terraform/install) or OpenTofu (https://opentofu.org/docs/intro/install)"
    )


@contextmanager
def workplace() -> Iterator[Path]:
    """A copy of the example with a mirror beside it that has the provider, so that nothing outside changes."""
    with tempfile.TemporaryDirectory(prefix="veeam-demo-") as name:
        work, mirror = Path(name) / "quickstart", Path(name) / "mirror"
        work.mkdir()
        for file in EXAMPLE.glob("*.tf"):
            shutil.copy(file, work)
        install.install(mirror)
        (work.parent / "cli.tfrc").write_text(install.mirror_block(mirror), encoding="utf-8")
        yield work


class Terraform:
    """Whichever of the two is installed, in a folder with the example."""

    def __init__(self, program: str, work: Path, connections: dict[str, str], out: TextIO) -> None:
        self._program, self._work, self._out = program, work, out
        self._passwords = {_key(one.key): one.first for one in SECRETS}
        self._environ = {key: one for key, one in os.environ.items() if not key.startswith(("TF_", "VEEAM_"))}
        self._environ |= connections | {
            "TF_CLI_CONFIG_FILE": str(work.parent / "cli.tfrc"),
            "TF_IN_AUTOMATION": "1",
            "TF_VAR_password_version": "1",
            "CHECKPOINT_DISABLE": "1",
        }
        said = subprocess.run([program, "version"], env=self._environ, capture_output=True, text=True, check=False)
        self.name = next(iter(said.stdout.splitlines()), program)

    def command(self, operation: str, _: bool = False) -> str:
        return " ".join((Path(self._program).name, *COMMANDS[operation]))

    def run(self, operation: str, diff: bool = False) -> dict[str, int]:
        command = [self._program, COMMANDS[operation][0], "-no-color", *COMMANDS[operation][1:]]
        environ = {**self._environ, "TF_VAR_passwords": json.dumps(self._passwords)}
        process = subprocess.Popen(
            command, cwd=self._work, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        said = ""
        with process:
            for line in process.stdout or ():
                said += line
                self._out.write(line)
        if process.returncode:
            raise Failed(f"{self.command(operation)} ended with exit code {process.returncode}")
        found = re.search(r"Resources: (?:\d+ imported, )?(\d+) added, (\d+) changed, (\d+) destroyed", said)
        return dict(zip(("create", "update", "delete"), map(int, found.groups()), strict=True)) if found else {}

    def set_secret(self, key: str, value: str) -> None:
        """A new password and a new version, which sends it; the appliance wants to know the old one too."""
        name = _key(key)
        if name == "operator":
            self._environ["TF_VAR_old_operator_password"] = self._passwords[name]
        self._passwords[name] = value
        self._environ["TF_VAR_password_version"] = "2"


def _key(secret: str) -> str:
    """`operatorPassword` -> `operator`"""
    return secret.removesuffix("Password")
