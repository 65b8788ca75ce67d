"""`veeam-pulumi engine`: commands, flags, exit codes."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner, Result

from tests.engine.conftest import Project
from veeam_pulumi.cli.engine import app


@pytest.fixture
def run(embedded: Project, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "pw")
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{embedded.folder}/state")

    def invoke(*words: str, stdin: str = "") -> Result:
        return CliRunner().invoke(app, [*words, "-C", str(embedded.folder)], input=stdin)

    return invoke


def test_a_life(embedded: Project, run) -> None:  # type: ignore[no-untyped-def]
    embedded.program('Thing("a", secret=pulumi.Config().require_secret("pw"))\n')
    assert run("stack", "ls").output.split() == ["NAME", "dev"]
    assert (
        CliRunner()
        .invoke(app, ["config", "-s", "dev", "-C", str(embedded.folder), "set", "pw", "hunter2", "--secret"])
        .exit_code
        == 0
    )
    shown = run("config", "-s", "dev").output
    assert "small:pw  [secret]" in shown
    preview = run("preview", "-s", "dev")
    assert (preview.exit_code, "+ 2 to create" in preview.output) == (0, True)
    assert run("up", "-s", "dev", "--yes").exit_code == 0
    assert run("up", "-s", "dev", "--yes", "--expect-no-changes").exit_code == 0
    assert run("refresh", "-s", "dev", "--yes").exit_code == 0
    exported = run("export", "-s", "dev").output
    assert "hunter2" not in exported
    assert len(json.loads(exported)["deployment"]["resources"]) == 3
    assert "hunter2" in run("export", "-s", "dev", "--show-secrets").output
    assert run("destroy", "-s", "dev", "--yes").exit_code == 0
    assert run("stack", "rm", "dev", "--yes").exit_code == 0
    assert run("preview", "-s", "dev").exit_code == 6


@pytest.mark.parametrize("words", [("up",), ("refresh",), ("destroy",)])
def test_without_a_terminal_yes_is_required(run, words: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    done = run(*words, "-s", "dev")
    assert done.exit_code == 2
    assert "--yes" in done.output


def test_errors_are_one_line(run) -> None:  # type: ignore[no-untyped-def]
    done = run("stack", "init", "dev")
    assert (done.exit_code, done.output) == (1, "error: stack 'dev' already exists\n")


def test_help_does_not_load_pulumi() -> None:
    code = "import sys, veeam_pulumi.cli.engine; sys.exit(any(name in sys.modules for name in ('pulumi', 'grpc')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
