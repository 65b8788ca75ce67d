"""The recorded behaviour of the real engine: every case of the corpus beside the project, if it is there."""

import contextlib
import importlib.util
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
from veeam_pulumi.engine import EngineError

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "conformance"
RUNNER = [sys.executable, str(Path(__file__).with_name("runner.py"))]
CASES = sorted(folder.name for folder in (CORPUS / "cases").glob("*")) if CORPUS.is_dir() else []

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
    if name != CASES[0]:  # the first one keeps to the contract: a process for each step
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


@pytest.mark.skipif(not CASES, reason="no conformance corpus")
def test_a_state_that_the_cli_wrote(tmp_path: Path) -> None:
    compare = library()
    expected = json.loads((CORPUS / "interop" / "expected.json").read_text())
    project, backend = tmp_path / "project", tmp_path / "state"
    project.mkdir()
    (backend / ".pulumi" / "stacks" / "conf").mkdir(parents=True)
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml", "__main__.py"):
        shutil.copyfile(CORPUS / "interop" / name, project / name)
    shutil.copyfile(CORPUS / "probe.py", project / "probe.py")
    shutil.copyfile(CORPUS / "interop" / "dev.json", backend / ".pulumi" / "stacks" / "conf" / "dev.json")
    shutil.copyfile(CORPUS / "interop" / "db.json", tmp_path / "db.json")
    code = (
        "import json, sys; from pathlib import Path; from veeam_pulumi.engine import Engine; "
        "engine = Engine(Path.cwd(), 'dev'); "
        "Path('export.json').write_text(json.dumps(engine.export(show_secrets=True))); "
        "sys.exit(engine.preview(refresh=True, expect_no_changes=True).exit_code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        env={
            "PATH": "/usr/bin:/bin",
            "PULUMI_CONFIG_PASSPHRASE": compare.PASSPHRASE,
            "PULUMI_BACKEND_URL": f"file://{backend}",
            "PROBE_DB": str(tmp_path / "db.json"),
            "PROBE_LOG": str(tmp_path / "log.jsonl"),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr
    resources = compare.read_deployment(str(project / "export.json"))["resources"]
    assert sorted((compare.resource(r) for r in resources), key=lambda r: r["urn"]) == sorted(
        expected["state"], key=lambda r: r["urn"]
    )
    assert compare.integrity(resources) == []
