"""A stack of many objects on the embedded engine, and how long its operations take."""

from __future__ import annotations

import io
import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from tests.specimens import Arguments
from veeam_pulumi.engine import Engine

# By what they are called here: the engine's operation, and what it must have done with every object and the stack.
OPERATIONS = {
    "create": ("up", "create"),
    "no-op up": ("up", "same"),
    "refresh": ("refresh", "same"),
    "destroy": ("destroy", "delete"),
}
# The engine alone has one more.
ALONE = {"create": OPERATIONS["create"], "update": ("up", "update"), **OPERATIONS}
_PROGRAM = """
import json, pathlib
{imports}
for name, arguments in json.loads(pathlib.Path("objects.json").read_text()).items():
    {resource}(name, **arguments)
"""


class Failed(Exception):
    """An operation did not do what is measured; the text is for the user."""


class Stack:
    """A project in `folder` with one stack of `objects`; `resource` as our package calls it, "" for nothing."""

    def __init__(
        self, folder: Path, resource: str, objects: Mapping[str, Arguments], environ: Mapping[str, str]
    ) -> None:
        self._folder, self._count = folder, len(objects)
        self._environ = {
            **environ,
            "PULUMI_BACKEND_URL": f"file://{folder}/state",
            "PULUMI_CONFIG_PASSPHRASE": "bench",
            "VEEAM_MAX_DELETES": "none",
            "PULUMI_RUN_PROGRAM": "false",
            "NO_PROXY": "127.0.0.1",
        }
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
        self.declare(objects)
        imports = "import veeam_pulumi as veeam" if resource else "from nothing import Nothing"
        name = f"veeam.{resource}" if resource else "Nothing"
        (folder / "__main__.py").write_text(_PROGRAM.format(imports=imports, resource=name))
        if not resource:
            shutil.copy(Path(__file__).with_name("nothing.py"), folder)
        self._engine(io.StringIO()).init()

    def declare(self, objects: Mapping[str, Arguments]) -> None:
        """What the program says from now on."""
        (self._folder / "objects.json").write_text(json.dumps(objects))

    def run(self, operation: str) -> float:
        """One operation -> seconds, with the provider's start and end. Raises Failed."""
        method, change = ALONE[operation]
        expected = {"update": self._count, "same": 1} if change == "update" else {change: self._count + 1}
        text = io.StringIO()
        engine = self._engine(text)
        began = time.perf_counter()
        result = getattr(engine, method)()
        seconds = time.perf_counter() - began
        if result.exit_code or result.changes != expected:
            raise Failed(f"{operation} of {self._count} objects: {result.changes}\n{text.getvalue()[-2000:]}")
        return seconds

    def _engine(self, out: io.StringIO) -> Engine:
        return Engine(self._folder, "bench", environ=self._environ, out=out)


def connection(name: str, settings: Mapping[str, object], concurrency: int) -> dict[str, str]:
    """The variables that make a connection of what the simulator says of a server."""
    tls = settings["tls"]
    assert isinstance(tls, dict)
    found = {key: str(settings[key]) for key in ("url", "username", "password")}
    found |= {"tls_ca_file": tls["ca_file"], "concurrency": str(concurrency)}
    return {f"VEEAM_{name}_{key}".upper(): value for key, value in found.items()}
