"""A stack of many resources on the embedded engine; a run that does not end is ended."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.specimens import Arguments
from veeam_pulumi.engine import Engine

SECONDS = 240.0
"""More than any run takes, on a machine that is busy with something else too."""
PATIENCE = 5.0
"""How long a run may take to end without its provider processes."""
Resources = Mapping[str, tuple[str, Arguments]]
"""By name: the kind and its arguments."""
PROGRAM = """
import json, pathlib
import pulumi
import veeam_pulumi as veeam
first = pulumi.ResourceOptions(delete_before_replace=True)
for name, (resource, arguments) in json.loads(pathlib.Path("objects.json").read_text()).items():
    product, _, kind = resource.partition(".")
    getattr(getattr(veeam, product), kind)(name, **arguments, opts=first)
"""
_BRISK = Path(__file__).with_name("brisk")


class Hung(Exception):
    """A run had to be ended."""


class Stack:
    """A project in `folder` with one stack. `said`: everything that its runs printed."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.said = folder, list[str]()
        folder.mkdir(parents=True)
        (folder / "Pulumi.yaml").write_text("name: chaos\nruntime: python\n")
        (folder / "__main__.py").write_text(PROGRAM)
        self._engine({}, io.StringIO()).init()

    def run(self, operation: str, resources: Resources, environ: Mapping[str, str], **flags: Any) -> str:
        """One operation -> what it printed. Raises Hung."""
        (self.folder / "objects.json").write_text(json.dumps(resources))
        text = io.StringIO()
        try:
            with _limit():
                getattr(self._engine(environ, text), operation)(continue_on_error=True, **flags)
        finally:
            self.said.append(text.getvalue())
        return text.getvalue()

    def ids(self) -> dict[str, list[str]]:
        """The ids in the exported state, by the names of resources."""
        found: dict[str, list[str]] = {}
        for entry in self._engine({}, io.StringIO()).export()["deployment"].get("resources", []):
            if entry["type"].startswith("pulumi-python:dynamic"):
                found.setdefault(entry["urn"].rpartition("::")[2], []).append(entry["id"])
        return found

    def files(self) -> dict[str, str]:
        """What is in the project's folder, without the program's own arguments."""
        found = (path for path in self.folder.rglob("*") if path.is_file() and path.name != "objects.json")
        return {path.name: path.read_bytes().decode("utf-8", "replace") for path in found}

    @staticmethod
    def urn(resource: str, name: str) -> str:
        product, _, kind = resource.partition(".")
        return f"urn:pulumi:dev::chaos::pulumi-python:dynamic/veeam/{product}:{kind}::{name}"

    def _engine(self, environ: Mapping[str, str], out: io.StringIO) -> Engine:
        paths = [str(_BRISK), *filter(None, [os.environ.get("PYTHONPATH")])]
        given = {
            "PULUMI_BACKEND_URL": f"file://{self.folder}/state",
            "PULUMI_CONFIG_PASSPHRASE": "chaos",
            "PYTHONPATH": os.pathsep.join(paths),
            "NO_PROXY": "127.0.0.1,localhost",
            "VEEAM_LOG": "debug",
        }
        return Engine(self.folder, "dev", environ={**given, **environ}, out=out)


@contextlib.contextmanager
def _limit() -> Iterator[None]:
    """Ends what takes too long: the provider processes first, then, if that is not enough, the engine as ^C does."""
    ended, hung = threading.Event(), threading.Event()

    def watch() -> None:
        if ended.wait(SECONDS):
            return
        hung.set()
        while not ended.is_set():
            for pid in _plugins():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if not ended.wait(PATIENCE):
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)  # also wakes it up

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    except KeyboardInterrupt:
        if not hung.is_set():
            raise
    finally:
        ended.set()
        watcher.join()
    if hung.is_set():
        raise Hung


def _plugins() -> list[int]:
    """The provider processes that this process started."""
    children = [word for file in Path("/proc/self/task").glob("*/children") for word in file.read_text().split()]
    return [int(pid) for pid in children if b"pulumi.dynamic" in Path(f"/proc/{pid}/cmdline").read_bytes()]
