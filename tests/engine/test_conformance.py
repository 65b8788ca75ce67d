"""The recorded behaviour of the real engine: every case of the corpus beside the project, if it is there."""

import contextlib
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, TextIO

import pytest

from tests.engine import runner
from veeam_pulumi.engine import Engine, EngineError

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "conformance"
RUNNER = [sys.executable, str(Path(__file__).with_name("runner.py"))]
CASES = sorted(folder.name for folder in (CORPUS / "cases").glob("*")) if CORPUS.is_dir() else []

# Which keeps to the contract, a process for each step: the shortest one.
CONTRACT = "27-continue-on-error"

# What this version does not do, and says so.
UNSUPPORTED: dict[str, str] = {}


def in_process(
    command: list[str], *, cwd: str, env: dict[str, str], stdout: TextIO, stderr: TextIO, **_: Any
) -> SimpleNamespace:
    """Stands in for subprocess.run: the same runner without a new interpreter for each of two hundred steps."""
    before, folder = dict(os.environ), Path.cwd()
    try:
        os.environ.clear()
        os.environ.update(env)
        os.chdir(cwd)
        with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
            try:
                return SimpleNamespace(returncode=runner.main(*command[len(RUNNER) :]))
            except EngineError as problem:
                print(f"error: {problem}", file=stderr)
                return SimpleNamespace(returncode=1)
    finally:
        os.environ.clear()
        os.environ.update(before)
        os.chdir(folder)


def library() -> ModuleType:
    spec = importlib.util.spec_from_file_location("conformance_compare", CORPUS / "compare.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(bool(CASES), reason="the corpus is there")
def test_the_corpus_is_missing() -> None:
    print(f"skipped: no conformance corpus at {CORPUS}")
    pytest.skip(f"no conformance corpus at {CORPUS}")


@pytest.mark.parametrize("name", CASES)
def test_case(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    compare = library()
    if name != CONTRACT:
        monkeypatch.setattr(
            compare,
            "subprocess",
            SimpleNamespace(run=in_process, DEVNULL=subprocess.DEVNULL, TimeoutExpired=subprocess.TimeoutExpired),
        )
    if name in UNSUPPORTED:
        steps = compare.run_case(str(CORPUS / "cases" / name), RUNNER, str(tmp_path))
        refused = [step for step in steps if step["exit_code"] == 2]
        assert refused
        assert all(UNSUPPORTED[name] in step["stderr"] for step in refused)
        return
    assert compare.compare_case(str(CORPUS / "cases" / name), RUNNER), capsys.readouterr().out


@pytest.fixture
def interop(tmp_path: Path) -> Engine:
    """A project and its stack as the CLI left them."""
    if not CASES:
        pytest.skip("no conformance corpus")
    project, stacks = tmp_path / "project", tmp_path / "state" / ".pulumi" / "stacks" / "conf"
    project.mkdir()
    stacks.mkdir(parents=True)
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml", "__main__.py"):
        shutil.copyfile(CORPUS / "interop" / name, project / name)
    shutil.copyfile(CORPUS / "probe.py", project / "probe.py")
    shutil.copyfile(CORPUS / "interop" / "dev.json", stacks / "dev.json")
    shutil.copyfile(CORPUS / "interop" / "db.json", tmp_path / "db.json")
    environ = {
        "PULUMI_CONFIG_PASSPHRASE": library().PASSPHRASE,
        "PULUMI_BACKEND_URL": f"file://{tmp_path}/state",
        "PROBE_DB": str(tmp_path / "db.json"),
        "PROBE_LOG": str(tmp_path / "log.jsonl"),
    }
    return Engine(project, "dev", environ=environ, out=io.StringIO())


def resources(engine: Engine) -> dict[str, Any]:
    """What the state holds, secrets in plain, by the name of the resource."""
    exported = engine.export(show_secrets=True)["deployment"]["resources"]
    return {one["urn"].rpartition("::")[2]: one for one in exported}


def test_a_state_that_the_cli_wrote(interop: Engine) -> None:
    compare, expected = library(), json.loads((CORPUS / "interop" / "expected.json").read_text())
    assert interop.preview(refresh=True, expect_no_changes=True).exit_code == 0
    found = list(resources(interop).values())
    assert sorted((compare.resource(one) for one in found), key=lambda one: str(one["urn"])) == sorted(
        expected["state"], key=lambda one: str(one["urn"])
    )
    assert compare.integrity(found) == []
    assert interop.config().values()[0] == {
        "conf:conn": '{"host":"h","password":"deep","port":22}',
        "conf:flag": "true",
        "conf:pw": "Hunter2 äö",
    }


def test_one_step_on_a_state_that_the_cli_wrote_keeps_the_rest(interop: Engine) -> None:
    before = resources(interop)
    program = interop.cwd / "__main__.py"
    program.write_text(program.read_text().replace("size=1.5", "size=2.5"))
    assert interop.up().changes == {"update": 1, "same": 3}
    after = resources(interop)
    changed = after.pop("b"), before.pop("b")
    assert after == before
    for one, size, stamp in zip(changed, (2.5, 1.5), (2, 1), strict=True):
        assert (one["inputs"].pop("size"), one["outputs"].pop("size")) == (size, size)
        assert one["outputs"].pop("stamp") == stamp
    assert changed[0].pop("modified") > changed[1].pop("modified")
    assert changed[0] == changed[1]
    assert library().integrity(interop.export()["deployment"]["resources"]) == []
    assert interop.up(expect_no_changes=True).exit_code == 0
