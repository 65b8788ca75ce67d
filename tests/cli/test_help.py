"""`--help` of every command: short, with examples that are understood, without noise; and what all commands share."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.docs.test_docs import COMMANDS
from tests.docs.test_examples import understood
from veeam_pulumi.cli.main import app
from veeam_pulumi.simulator import Simulator

NAMES = [tuple(name.split()[1:]) for name in COMMANDS]
READ = ("preview.json", "state.json", "policy.json", "import.json")
"""Files that examples read."""
CHOICES = {
    "<github|gitlab|azure|none>",
    "<access|tenants|servers>",
    "<delete-backups|weaken|grant-access|read-secrets|restore|anything>",
}


def run(*words: str, **environ: str) -> Result:
    return CliRunner(env=environ).invoke(app, words)


def examples(words: tuple[str, ...]) -> list[str]:
    text = run(*words, "--help").output
    return [line.strip() for line in text.partition("Examples:\n")[2].partition("\n\n")[0].splitlines()]


@pytest.mark.parametrize("words", NAMES, ids=" ".join)
def test_h_is_help_and_help_shows_no_types_of_switches(words: tuple[str, ...]) -> None:
    done = run(*words, "-h")
    assert (done.exit_code, done.output) == (0, run(*words, "--help").output)
    assert set(re.findall(r"<[^>]*>", done.output)) <= CHOICES, "a type says nothing: give it a metavar"
    assert "…" not in re.sub("ORP-1, …", "", done.output)


@pytest.mark.parametrize("words", NAMES, ids=" ".join)
def test_help_has_examples_that_are_understood(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in READ:
        Path(name).touch()
    Path("taken").mkdir()
    found = examples(words)
    assert found
    for line in found:
        first, *rest = shlex.split(line.partition(" > ")[0])
        assert first == "veeam-pulumi"
        assert tuple(rest[: len(words)]) == words or set(rest) & set(words), line
        understood(rest)


@pytest.mark.parametrize(
    "words", [words for words in NAMES if getattr(COMMANDS[" ".join(("veeam-pulumi", *words))], "commands", {})]
)
def test_the_list_of_commands_cuts_no_sentence_off(words: tuple[str, ...]) -> None:
    assert "..." not in run(*words, "--help").output.partition("Commands:")[2]


def test_completion_of_commands(tmp_path: Path) -> None:
    environ = {"_VEEAM_PULUMI_COMPLETE": "complete_bash", "COMP_WORDS": "veeam-pulumi who --un", "COMP_CWORD": "2"}
    done = subprocess.run(
        [Path(sys.executable).parent / "veeam-pulumi"],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == ["--unmanaged"]


def test_ctrl_c_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("veeam_pulumi.stack_connections.connections", interrupted)
    assert run("doctor", "--stack", "").exit_code == 130


# ---- the stack that is meant where none is named


@pytest.fixture
def project(sim: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the stacks dev, which is selected, and other; the environment names no connection."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "")
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}/state")
    (tmp_path / "state").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
    for stack, products in {"dev": ["vbr"], "other": ["aws"]}.items():
        known = {product: {**sim.connections()[product]} for product in products}
        for product, connection in known.items():
            monkeypatch.setenv(f"A_PASSWORD_OF_{product}", connection.pop("password"))
            connection["password_env"] = f"A_PASSWORD_OF_{product}"
        (tmp_path / f"Pulumi.{stack}.yaml").write_text(json.dumps({"config": {"veeam:connections": known}}))
        assert run("engine", "stack", "init", stack).exit_code == 0
    assert run("engine", "stack", "select", "dev").exit_code == 0
    return tmp_path


@pytest.mark.parametrize("command", ["who", "discover", "doctor"])
def test_the_selected_stack_and_the_variable_count_where_none_is_named(project: Path, command: str) -> None:
    selected = run(command, "--json")
    assert selected.stderr == "stack dev (selected; --stack names another one)\n"
    assert asked(selected) == {"vbr"}
    variable = run(command, "--json", PULUMI_STACK="other")
    assert variable.stderr == "stack other (PULUMI_STACK; --stack names another one)\n"
    assert asked(variable) == {"aws"}
    named = run(command, "--json", "--stack", "dev", PULUMI_STACK="other")
    assert (named.stderr, asked(named)) == ("", {"vbr"})
    nobody = run(command, "--stack", "")
    assert "the environment names no connection" in nobody.output


def asked(done: Result) -> set[str]:
    document = json.loads(done.stdout)
    return {one.get("connection") or one["name"] for one in document.get("servers") or document["connections"]}


def test_the_engine_takes_the_variable_too(project: Path) -> None:
    found = json.loads(run("engine", "stack", "ls", "--json", PULUMI_STACK="organization/small/other").stdout)
    assert found == [{"name": "dev", "current": False}, {"name": "other", "current": True}]
    shown = run("engine", "config", "--json", PULUMI_STACK="organization/small/other").stdout
    assert '"aws"' in json.loads(shown)["veeam:connections"]["value"]


def test_configuration_as_json_shows_secrets_only_when_asked(project: Path) -> None:
    assert run("engine", "config", "set", "pw", "hunter2", "--secret").exit_code == 0
    assert run("engine", "config", "set", "note", "x").exit_code == 0
    found = json.loads(run("engine", "config", "--json").stdout)
    assert found["small:pw"] == {"secret": True}
    assert found["small:note"] == {"value": "x", "secret": False}
    found = json.loads(run("engine", "config", "--json", "--show-secrets").stdout)
    assert found["small:pw"] == {"value": "hunter2", "secret": True}
    assert json.loads(run("engine", "config", "get", "pw", "--json").stdout) == {"value": "hunter2"}


# ---- output that programs read


def test_no_color_leaves_no_escape_sequence(sim: Simulator, project: Path) -> None:
    """On a terminal, which is where there would be colours."""
    command = [sys.executable, "-c", "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"]
    words = [str(Path(sys.executable).parent / "veeam-pulumi"), "doctor", "--stack", "dev"]
    for extra, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        environ = {**os.environ, "TERM": "xterm", "COLUMNS": "100", **extra}
        done = subprocess.run([*command, *words], env=environ, capture_output=True, timeout=60, check=True)
        assert (re.search(rb"\x1b\[[0-9;]*3[0-7]m", done.stdout) is not None) is coloured
        assert b"of 1" in done.stdout  # the count of what is done
