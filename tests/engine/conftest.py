"""Small projects, and one way to run them on either engine."""

import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests import canary
from veeam_pulumi.cli.engine import app
from veeam_pulumi.engine import Engine, Result

# A provider in a module of the project: objects live in a JSON file, every call is a line of a log.
PROVIDER = """
import json, os, pathlib, threading, time
LOCK = threading.Lock()
from pulumi import Output
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult
from pulumi.dynamic import Resource, ResourceProvider, UpdateResult

WORLD, LOG = pathlib.Path("world.json"), pathlib.Path("log.txt")

def world(): return json.loads(WORLD.read_text()) if WORLD.exists() else {}
def keep(objects):  # whole, also when it is killed
    WORLD.with_suffix(".new").write_text(json.dumps(objects))
    WORLD.with_suffix(".new").replace(WORLD)
def log(*words):
    with LOG.open("a") as file: file.write(" ".join(words) + "\\n")
    stop = pathlib.Path("stop")
    if stop.exists() and stop.read_text() == " ".join(words): time.sleep(60)

class Wrong(Exception): pass

def act(method, name, props):
    log(method, name)
    faults = pathlib.Path("faults.json")
    if method in (json.loads(faults.read_text()).get(name, []) if faults.exists() else []):
        raise Wrong(f"{method} of {name} is refused")
    if props.get("role") == "slow": time.sleep(0.5)

class Provider(ResourceProvider):
    serialize_as_secret_always = False
    def configure(self, req): log("configure", str(req.config.get("setting")))
    def check(self, olds, news):
        failures = [CheckFailure("secret", "is too weak")] if news.get("secret") == "weak" else []
        return CheckResult(news, failures)
    def diff(self, id, olds, news):
        changed = [k for k in ("name", "role", "key", "secret", "tags") if olds.get(k) != news.get(k)]
        return DiffResult(bool(changed), [k for k in changed if k == "key"])
    def create(self, props):
        act("create", props["name"], props)
        if props.get("role") == "hang": time.sleep(60)
        if props.get("role") == "fail": raise Wrong("no room\\nask for more")
        if props.get("role") == "pending": log("state", pathlib.Path(os.environ["STACK_FILE"]).read_text())
        with LOCK:
            objects = world(); known = props["name"] in objects
            objects[props["name"]] = {k: v for k, v in props.items() if k != "__provider"}
            keep(objects)
        log("adopted" if known else "created", props["name"])
        return CreateResult(props["name"], {**objects[props["name"]], "uid": "u-" + props["name"]})
    def read(self, id, props):
        act("read", id, {})
        objects = world()
        if id not in objects: return ReadResult(None, {})
        return ReadResult(id, {**objects[id], "uid": "u-" + id}, objects[id])
    def update(self, id, olds, news):
        act("update", id, news)
        with LOCK: objects = world(); objects[id] = {k: v for k, v in news.items() if k != "__provider"}; keep(objects)
        log("updated", id)
        return UpdateResult({**objects[id], "uid": "u-" + id})
    def delete(self, id, props):
        act("delete", id, props)
        with LOCK: objects = world(); objects.pop(id, None); keep(objects)
        log("deleted", id)

class Thing(Resource, module="own", name="Thing"):
    uid: Output[str]
    role: Output[str]
    tags: Output[dict]
    def __init__(self, resource_name, role=None, key=None, secret=None, tags=None, name=None, opts=None):
        super().__init__(Provider(), resource_name, {"name": name or resource_name, "role": role, "key": key,
            "tags": tags, "secret": None if secret is None else Output.secret(secret), "uid": None}, opts)
"""


FAILED = (0, *range(1, 12), 255)
"""Exit codes of commands whose failure is looked at by the test."""


@dataclass(frozen=True)
class Asked:
    """What a run of the CLI came to. Outputs are another command, for the tests that look at them right away."""

    exit_code: int
    error: str | None
    project: "Project"

    @property
    def changes(self) -> dict[str, int]:
        raise AssertionError("the CLI says only in words how many of what there were")

    @cached_property
    def outputs(self) -> dict[str, Any]:
        found = self.project._cli("stack", "output", "--json", "--show-secrets", "--stack", self.project.stack)
        return dict(json.loads(found.stdout or "{}"))


@dataclass
class Project:
    """A project folder with the provider above, and an engine to run it."""

    folder: Path
    kind: str = "embedded"
    stack: str = "dev"
    environ: dict[str, str] = field(default_factory=lambda: {"PULUMI_CONFIG_PASSPHRASE": "pw"})
    text: str = ""

    @property
    def said(self) -> str:
        """The text with long lines as they were before they were wrapped."""
        return " ".join(self.text.split())

    def program(self, body: str) -> None:
        (self.folder / "__main__.py").write_text(
            "import pulumi\nfrom pulumi import ResourceOptions\nfrom own import Thing\n" + body
        )

    @property
    def log(self) -> list[str]:
        file = self.folder / "log.txt"
        return file.read_text().splitlines() if file.exists() else []

    def calls(self, *methods: str) -> list[str]:
        """What the provider was asked to do: the lines of the log for these methods, which is empty then."""
        found = [line for line in self.log if line.split()[0] in (methods or ("create", "read", "update", "delete"))]
        (self.folder / "log.txt").unlink(missing_ok=True)
        return found

    def logged(self, line: str, process: "subprocess.Popen[bytes]", seconds: float = 120) -> None:
        """Waits until the provider has written a line of its log, while a run goes on; the wait ends."""
        until = time.monotonic() + seconds
        while line not in self.log:
            assert process.poll() is None, f"the run has ended before {line!r}"
            assert time.monotonic() < until, f"{seconds} seconds without {line!r}"
            time.sleep(0.02)

    @property
    def file(self) -> Path:
        return self.folder / "state" / ".pulumi" / "stacks" / "small" / f"{self.stack}.json"

    @property
    def world(self) -> dict[str, Any]:
        file = self.folder / "world.json"
        return dict(json.loads(file.read_text())) if file.exists() else {}

    @property
    def variables(self) -> dict[str, str]:
        """The environment of a run."""
        return {
            "PULUMI_BACKEND_URL": f"file://{self.folder}/state",
            "PULUMI_HOME": f"{self.folder}/home",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_PYTHON_CMD": sys.executable,
            "NO_COLOR": "1",
            "STACK_FILE": str(self.file),
            **self.environ,
        }

    def engine(self) -> Engine:
        self._out = io.StringIO()
        return Engine(self.folder, self.stack, out=self._out, environ=self.variables)

    def init(self) -> None:
        if self.kind == "pulumi":
            (self.folder / "state").mkdir(exist_ok=True)  # which the CLI does not make
            self._cli("stack", "init", self.stack)
        else:
            self.engine().init()

    def up(self, **flags: Any) -> Result | Asked:
        return self._operate("up", **flags)

    def preview(self, **flags: Any) -> Result | Asked:
        return self._operate("preview", **flags)

    def refresh(self, **flags: Any) -> Result | Asked:
        return self._operate("refresh", **flags)

    def destroy(self, **flags: Any) -> Result | Asked:
        return self._operate("destroy", **flags)

    def export(self) -> dict[str, Any]:
        if self.kind == "embedded":
            return self.engine().export(show_secrets=True)
        return dict(json.loads(self._cli("stack", "export", "--show-secrets", "--stack", self.stack).stdout))

    def set(self, key: str, value: str, *, secret: bool = False, path: bool = False) -> None:
        """`config set`."""
        if self.kind == "embedded":
            self.engine().config().set(key, value, secret=secret, path=path)
            return
        given = [flag for flag, wanted in {"--secret": secret, "--path": path}.items() if wanted]
        self._cli("config", "set", *given, "--stack", self.stack, "--", key, value)

    def import_(self, content: dict[str, Any]) -> None:
        """`stack import`."""
        if self.kind == "embedded":
            self.engine().import_(content)
            return
        (self.folder / "import.json").write_text(json.dumps(content))
        self._cli("stack", "import", "--stack", self.stack, "--file", "import.json")

    def import_file(self, rows: list[dict[str, Any]]) -> None:
        """`pulumi import --file`, which is `engine import-resources` of the embedded one."""
        content = {"resources": rows}
        if self.kind == "embedded":
            self.engine().import_resources(content)
            return
        (self.folder / "import.json").write_text(json.dumps(content))
        given = ("--file", "import.json", "--generate-code=false", "--protect=false", "--yes")
        self._cli("import", *given, "--stack", self.stack)

    def edit(self, command: str, *words: str) -> str:
        """`state rename`, `state delete` or `state unprotect` -> the error, or nothing."""
        if self.kind == "embedded":
            done = CliRunner().invoke(
                app, ["state", command, *words, "--yes", "-s", self.stack, "-C", str(self.folder)], env=self.variables
            )
            assert (done.exit_code == 0) is not done.stderr.startswith("error: "), done.output
            return done.stderr
        ran = self._cli("state", command, "--yes", "--stack", self.stack, *words, codes=FAILED)
        return ran.stderr if ran.returncode else ""

    def state(self) -> dict[str, dict[str, Any]]:
        """The exported resources by name, without the default provider."""
        deployment = self.export()["deployment"]
        entries = {entry["urn"].rpartition("::")[2]: entry for entry in deployment.get("resources", [])}
        return {name: entry for name, entry in entries.items() if name != "default"}

    def _operate(self, operation: str, **flags: Any) -> Result | Asked:
        if self.kind == "embedded":
            result: Result = getattr(self.engine(), operation)(**flags)
            self.text = self._out.getvalue()
            canary.saw("what the engine printed", self.text)
            return result
        given = []
        for name, value in flags.items():
            for each in value if isinstance(value, list) else [value] * bool(value):
                given += [f"--{name.replace('_', '-')}", *([] if each is True else [str(each)])]
        done = self._cli(
            operation,
            *("--stack", self.stack),
            *([] if operation == "preview" else ["--yes", "--skip-preview"]),
            *given,
            codes=FAILED,
        )
        self.text = done.stdout + done.stderr
        return Asked(done.returncode, self.text if done.returncode else None, self)

    def _cli(self, *words: str, codes: Sequence[int] = (0,)) -> "subprocess.CompletedProcess[str]":
        """The real command, whose exit code has to be one of `codes`. Options stand before the words, which may hold a
        `--`."""
        done = subprocess.run(
            ["pulumi", "--non-interactive", *words],
            cwd=self.folder,
            env={**os.environ, **self.variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode in codes, f"pulumi {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done


def make(folder: Path, kind: str = "embedded") -> Project:
    (folder / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
    (folder / "own.py").write_text(PROVIDER)
    project = Project(folder, kind)
    project.program("")
    project.init()
    return project


@pytest.fixture(params=["embedded", "pulumi"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """A new project with an empty stack `dev`, on each engine that is here."""
    if request.param == "pulumi" and shutil.which("pulumi") is None:
        print("skipped: there is no `pulumi` on PATH")
        pytest.skip("there is no `pulumi` on PATH")
    return make(tmp_path, request.param)


@pytest.fixture
def embedded(tmp_path: Path) -> Project:
    """A new project with an empty stack `dev`, on the embedded engine."""
    return make(tmp_path)
