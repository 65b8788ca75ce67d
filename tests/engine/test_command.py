"""`veeam-pulumi engine`: commands, flags, exit codes."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from tests.engine.conftest import Project
from veeam_pulumi.cli import engine
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


def test_configuration(embedded: Project, run) -> None:  # type: ignore[no-untyped-def]
    assert run("config", "set", "--secret", "--path", "conn.vbr.password", "hunter2", "-s", "dev").exit_code == 0
    assert run("config", "set", "--path", "conn.vbr.port", "9419", "-s", "dev").exit_code == 0
    assert run("config", "set", "other:note", "-s", "dev", stdin="from a pipe\n").exit_code == 0
    assert run("config", "get", "--path", "conn.vbr.password", "-s", "dev").output == "hunter2\n"
    assert run("config", "get", "other:note", "-s", "dev").output == "from a pipe\n"
    assert run("config", "get", "nope", "-s", "dev").exit_code == 1
    assert run("config", "get", "other:note").exit_code == 2
    shown = run("config", "-s", "dev").output
    assert "hunter2" not in shown
    assert "small:conn  [secret]" in shown
    assert "other:note  from a pipe" in shown
    assert "hunter2" in run("config", "-s", "dev", "--show-secrets").output
    file = (embedded.folder / "Pulumi.dev.yaml").read_text()
    assert "hunter2" not in file
    assert "port: 9419" in file


@pytest.mark.parametrize(
    ("key", "warns"),
    [
        ("veeam:connections.vbr.password", True),
        ("veeam:passwords.svc-em", True),
        ("apiToken", True),
        ("veeam:connections.vbr.password_env", False),
        ("veeam:connections.vbr.url", False),
    ],
)
def test_a_secret_in_plain_text_is_warned_about(embedded: Project, run, key: str, warns: bool) -> None:  # type: ignore[no-untyped-def]
    done = run("config", "set", "--path", key, "EM_PASSWORD", "-s", "dev")
    assert done.exit_code == 0
    assert ("looks like a secret, and is in plain text in Pulumi.dev.yaml now" in done.stderr) is warns
    assert (f"config set --path --secret '{key}' --stack dev" in done.stderr) is warns
    assert run("config", "set", "--path", "--secret", key, "EM_PASSWORD", "-s", "dev").stderr == ""


def test_export_and_import(embedded: Project, run) -> None:  # type: ignore[no-untyped-def]
    embedded.program('Thing("a")\n')
    assert run("up", "-s", "dev", "--yes").exit_code == 0
    file = str(embedded.folder / "state.json")
    assert run("export", "-s", "dev", "--file", file).exit_code == 0
    assert run("stack", "rm", "dev", "--yes", "--force").exit_code == 0
    assert run("import", "-s", "dev", "--file", file).exit_code == 6
    assert run("stack", "init", "dev").exit_code == 0
    assert run("import", "-s", "dev", "--file", file).exit_code == 0
    assert run("preview", "-s", "dev", "--expect-no-changes").exit_code == 0
    done = run("import", "-s", "dev", stdin="[1]")
    assert (done.exit_code, "it is not a JSON object" in done.output) == (1, True)


def test_a_part_of_a_stack(embedded: Project, run) -> None:  # type: ignore[no-untyped-def]
    embedded.program('a = Thing("a")\nThing("b", role=a.uid)\nThing("c")\n')
    assert run("up", "-s", "dev", "--yes", "--target", "**::a", "--target-dependents", "-p", "1").exit_code == 0
    assert set(embedded.world) == {"a", "b"}
    assert run("up", "-s", "dev", "--yes", "--continue-on-error").exit_code == 0
    urn = "urn:pulumi:dev::small::pulumi-python:dynamic/own:Thing::c"
    assert "+-1 to replace" in run("preview", "-s", "dev", "--replace", urn).output
    assert run("destroy", "-s", "dev", "--yes", "-t", urn).exit_code == 0
    assert set(embedded.world) == {"a", "b"}


def test_outputs_and_the_selected_stack(embedded: Project, run, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("PULUMI_HOME", str(embedded.folder / "home"))
    embedded.program('pulumi.export("one", [1, "x"])\npulumi.export("pw", pulumi.Output.secret("hunter2"))\n')
    assert run("up", "-s", "dev", "--yes").exit_code == 0
    done = run("stack", "output")
    assert (done.exit_code, "engine stack select NAME" in done.output) == (2, True)
    assert run("stack", "select", "nope").exit_code == 6
    assert run("stack", "select", "dev").exit_code == 0
    assert run("stack", "output").output.split("\n")[1:] == [
        "    OUTPUT  VALUE",
        '    one     [1, "x"]',
        "    pw      [secret]",
        "",
    ]
    assert json.loads(run("stack", "output", "--json", "--show-secrets").output) == {"one": [1, "x"], "pw": "hunter2"}
    assert run("stack", "output", "pw").output == "[secret]\n"
    assert run("stack", "output", "pw", "--show-secrets").output == "hunter2\n"
    assert run("stack", "output", "nope").output == "error: current stack does not have output property 'nope'\n"
    assert run("preview", "--expect-no-changes").exit_code == 0
    assert run("destroy", "--yes").exit_code == 0
    assert run("stack", "rm", "dev", "--yes").exit_code == 0
    assert run("preview").exit_code == 2


def test_a_value_is_removed_with_what_is_empty_then(embedded: Project, run) -> None:  # type: ignore[no-untyped-def]
    for key in ("conn.vbr.url", "conn.vbr.list[0]", "conn.em.url"):
        assert run("config", "set", "--path", key, "x", "-s", "dev").exit_code == 0
    assert run("config", "rm", "--path", "conn.vbr.nope.deep", "-s", "dev").exit_code == 0
    assert run("config", "rm", "--path", "conn.vbr.list[0]", "-s", "dev").exit_code == 0
    assert run("config", "-s", "dev").output == 'small:conn  {"em":{"url":"x"},"vbr":{"url":"x"}}\n'
    assert run("config", "rm", "--path", "conn.vbr.url", "-s", "dev").exit_code == 0
    assert run("config", "-s", "dev").output == 'small:conn  {"em":{"url":"x"}}\n'
    assert run("config", "rm", "conn", "-s", "dev").exit_code == 0
    assert run("config", "-s", "dev").output == ""


def test_destroy_refuses_what_is_protected_before_it_deletes(embedded: Project, run) -> None:  # type: ignore[no-untyped-def]
    embedded.program('Thing("a", opts=ResourceOptions(protect=True))\nThing("b")\n')
    assert run("up", "-s", "dev", "--yes").exit_code == 0
    done = run("destroy", "-s", "dev", "--yes")
    assert (done.exit_code, "cannot be deleted" in done.output) == (1, True)
    assert set(embedded.world) == {"a", "b"}
    assert run("state", "unprotect", "--all", "-s", "dev", "--yes").exit_code == 0
    assert run("destroy", "-s", "dev", "--yes").exit_code == 0
    assert embedded.world == {}


@pytest.mark.parametrize("words", [("up",), ("refresh",), ("destroy",)])
def test_without_a_terminal_yes_is_required(run, words: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    done = run(*words, "-s", "dev")
    assert done.exit_code == 2
    assert "--yes" in done.output


@pytest.mark.parametrize("agreed", [True, False])
def test_the_plan_is_shown_before_the_question(
    embedded: Project,
    run: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
    agreed: bool,
) -> None:
    questions: list[str] = []

    def answer(question: str) -> bool:
        questions.append(question)
        assert not embedded.calls("create", "delete")
        return agreed

    monkeypatch.setattr(engine, "asking", lambda: answer)
    embedded.program('Thing("a")\n')
    done = run("up", "-s", "dev", "--expect-no-changes")
    assert done.output.startswith("Previewing update (dev)")
    assert "+ 2 to create" in done.output
    assert done.exit_code == (7 if agreed else 1)
    assert ("confirmation declined" in done.output) is not agreed
    assert set(embedded.world) == ({"a"} if agreed else set())
    embedded.calls()
    done = run("destroy", "-s", "dev")
    assert done.exit_code == (0 if agreed else 1)
    assert questions == ["Do you want to perform this update?", "Do you want to perform this destroy?"]
    assert embedded.world == {}
    embedded.program("1 / 0\n")
    assert run("up", "-s", "dev").exit_code == 1  # what a plan shows to fail is not asked about
    assert len(questions) == 2


def test_errors_are_one_line(run) -> None:  # type: ignore[no-untyped-def]
    done = run("stack", "init", "dev")
    assert (done.exit_code, done.output) == (1, "error: stack 'dev' already exists\n")


def test_help_does_not_load_pulumi() -> None:
    code = "import sys, veeam_pulumi.cli.engine; sys.exit(any(name in sys.modules for name in ('pulumi', 'grpc')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
