"""The demo, the quickstart stack, and the README: what a newcomer types works."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console
from typer.testing import CliRunner

from tests import pulumi_cli
from tests.conftest import StartSimulator
from veeam_pulumi.cli.main import app
from veeam_pulumi.demo import engines
from veeam_pulumi.demo.story import KNOBS, SECRETS, Failed, Story, tell
from veeam_pulumi.engine import Engine
from veeam_pulumi.products import resources
from veeam_pulumi.simulator import PRODUCTS, Simulator
from veeam_pulumi.terraform.schema import type_name

ROOT = Path(__file__).parents[2]
PASSWORDS = [product.password for product in PRODUCTS.values()]


@pytest.fixture(params=["embedded", "pulumi"])
def command(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The engine that the demo takes, by its command; without a clone."""
    monkeypatch.chdir(tmp_path)
    if request.param == "embedded":
        monkeypatch.setenv("PATH", "/nowhere")
        return "veeam-pulumi engine {} --stack dev{}"
    pulumi_cli.require()
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    return "pulumi {} --stack dev{}"


def test_the_demo_ends_well_and_shows_what_one_needs_to_believe_it(command: str) -> None:
    done = CliRunner().invoke(app, ["demo"], env={"NO_COLOR": "1", "COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    yes = " --yes --skip-preview" if command.startswith("pulumi") else " --yes"
    for line in (
        "ok no server was even connected to",
        "+ 13 created",
        "13 unchanged",
        r"Behind our back somebody makes TECH\john and kate administrators, deletes operator, disconnects 172.17.53.48",
        "ok six requests did it: aws POST /api/v1/users, azure PUT /api/v8.1/users/",
        "ok the requests: aws PUT /api/v1/users/operator, azure PUT /api/v8.1/users/",
        "ok Service desk has one operator again, the group",
        "ok the new password of s.smith works",
        "ok all servers are as they were before",
        "Every step did what it says.",
        f"$ {command.format('preview', ' --diff')}",
        f"$ {command.format('up', yes)}\n",
        f"$ {command.format('destroy', yes)}\n",
    ):
        assert line in done.output
    shown = (
        (r"  password\s*: \[secret\]", r"~ roles\s*:", r"~ profile\s*:")  # the CLI signs no line of what is new
        if command.startswith("pulumi")
        else (r"\+ password\s*: \[secret\]", r"\[diff: ~role_ids,roles\]", "~profile")
    )
    for drift in shown:
        assert re.search(drift, done.output)
    end = done.output.partition("Take everything back.")[2]
    assert "13 deleted" in end
    assert "unchanged" not in end
    assert "veeam-pulumi new backup-access" in end.partition("What to try next:")[2]
    for secret in [one.first for one in SECRETS] + [one.second for one in SECRETS] + PASSWORDS:
        assert secret not in done.output
    assert "\x1b[" not in done.output


class DoesNothing:
    """An engine that claims success and leaves the servers alone."""

    name = "none"

    def command(self, operation: str, diff: bool) -> str:
        return operation

    def run(self, operation: str, diff: bool) -> dict[str, int]:
        return {"create": 12, "same": 13}

    def set_secret(self, key: str, value: str) -> None:
        pass


def test_the_demo_believes_only_the_servers(simulator: StartSimulator) -> None:
    story = Story(simulator(), DoesNothing(), Console(file=io.StringIO()))
    with pytest.raises(Failed, match="not so: operator has its password on aws"):
        tell(story)


@pytest.mark.usefixtures("command")
def test_the_demo_says_when_the_engine_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "PASSPHRASE", "wrong")
    done = CliRunner().invoke(app, ["demo"])
    assert done.exit_code == 1
    assert "incorrect passphrase" in done.output


def test_the_stack_has_an_object_of_every_kind_that_tells_who_can_log_in(project: Path) -> None:
    """All but what users hang on: companies, and the servers and passwords that a backup server keeps."""
    text = (project / "stacks" / "quickstart" / "__init__.py").read_text()
    left_out = {"vbr.Credential", "vbr.ManagedServer", "vspc.Company"}
    assert set(re.findall(r"veeam\.(\w+\.[A-Z]\w+)\(", text)) == set(resources()) - left_out
    hcl = (ROOT / "examples" / "terraform" / "quickstart" / "main.tf").read_text()
    declared = set(re.findall(r'^resource "(\w+)"', hcl, re.MULTILINE))
    assert declared == {type_name(kind) for kind in set(resources()) - left_out}


def test_the_demo_brings_its_own_copy_of_the_stack() -> None:
    for link, place in {"quickstart": "stacks/quickstart", "terraform": "examples/terraform/quickstart"}.items():
        assert (ROOT / "veeam_pulumi" / "demo" / link).resolve() == ROOT / place
    with engines.workplace() as made:
        about = yaml.safe_load((made / "Pulumi.yaml").read_text())
        there = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
        assert (about["name"], about["stackConfigDir"]) == (there["name"], there["stackConfigDir"])
        for file in (ROOT / "stacks" / "quickstart").glob("*.*"):
            assert (made / "stacks" / "quickstart" / file.name).read_text() == file.read_text()


def test_make_says_which_python_it_needs_and_cleans_the_state_up(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).touch()
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 && exit 0\nexit 1\n')
    old.chmod(0o755)
    done = subprocess.run(["make", f"PYTHON={old}", "demo"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert f"error: this needs Python 3.10 to 3.13, and {old} is Python 3.9.2" in done.stderr
    for name in (".veeam", "build"):
        (tmp_path / name).mkdir()
    assert subprocess.run(["make", "clean"], cwd=tmp_path, capture_output=True, check=False).returncode == 0
    assert not (tmp_path / ".veeam").exists()
    assert not (tmp_path / "build").exists()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the repository's project."""
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def engine(project: Path, stack: str, **environ: str) -> tuple[Engine, io.StringIO]:
    out = io.StringIO()
    variables = {"PULUMI_BACKEND_URL": f"file://{project}/state", **environ}
    found = Engine(project, stack, environ=variables, out=out)
    found.init()
    return found, out


def test_the_dev_stack_runs_on_the_ports_of_make_sim() -> None:
    makefile = (ROOT / "Makefile").read_text()
    base = int(re.findall(r"--port-base (\d+)", makefile)[0])
    text = (ROOT / "stacks" / "quickstart" / "Pulumi.dev.yaml").read_text()
    assert re.findall(r"https://127.0.0.1:(\d+)", text) == [str(base + place) for place in (1, 5, 3, 6, 2, 4)]
    assert "ca_file: build/simulator/ca.pem" in text
    assert "--out build/simulator" in makefile
    assert all(f" {knob}={value}" in makefile for knob, value in KNOBS.items())


def test_the_dev_stack_holds_the_passwords_of_the_simulator(project: Path) -> None:
    found, _ = engine(project, "dev", PULUMI_CONFIG_PASSPHRASE=engines.PASSPHRASE)
    values, secrets = found.config().values()
    with Simulator() as sim:
        for product in sim.products:
            assert sim.password(product) in values["veeam:connections"]
    assert {"veeam:connections", *(f"veeam-quickstart:{one.key}" for one in SECRETS)} == set(secrets)
    assert [values[f"veeam-quickstart:{one.key}"] for one in SECRETS] == [one.first for one in SECRETS]


def test_the_prod_stack_previews_without_any_server_or_password_of_a_server(project: Path) -> None:
    found, out = engine(project, "prod", PULUMI_CONFIG_PASSPHRASE="mine")
    assert found.preview().exit_code == 1
    assert "operatorPassword" in out.getvalue()
    for one in SECRETS:
        found.config().set(one.key, "Some-Passw0rd", secret=True)
    result = found.preview(diff=True)
    assert result.exit_code == 0, out.getvalue()
    assert result.changes == {"create": 13}
    assert "Some-Passw0rd" not in out.getvalue()


def test_the_program_of_the_readme(project: Path, simulator: StartSimulator) -> None:
    readme = (ROOT / "README.md").read_text()
    (program,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert len(program.splitlines()) <= 25
    (project / "__main__.py").write_text(program)
    sim = simulator()
    found, out = engine(project, "dev", **engines.environment(sim, project))
    result = found.up()
    assert result.exit_code == 0, out.getvalue()
    john = sim.lookup("vbr", r"EXAMPLE\john")
    assert result.outputs == {"john": (john or {})["id"]}


def test_the_readme_names_what_there_is() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"^make (\w+)", (ROOT / "README.md").read_text(), re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_ci_runs_the_lint_and_the_test_command_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert re.search(r"^make lint$[\s\S]*^make test$", script, re.MULTILINE)
    assert "set -euo pipefail" in script


@pytest.mark.parametrize(
    ("words", "expected"),
    [(["--help"], "simulator"), (["--version"], "veeam-pulumi 0."), (["engine", "--help"], "preview")],
)
def test_the_command_line(words: list[str], expected: str) -> None:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0
    assert expected in done.output


def test_the_real_engine_is_used_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the demo asks of the Automation API, without a CLI: the calls, and how their answers are read."""
    from pulumi import automation as auto

    calls: list[tuple[str, dict[str, Any]]] = []

    class Summary:
        resource_changes = {"create": 5}  # noqa: RUF012

    class Done:
        change_summary = {auto.OpType.CREATE: 5}  # noqa: RUF012
        summary = Summary()

    class Workspace:
        pulumi_version = "3.300.0"

    class Stack:
        workspace = Workspace()

        def __getattr__(self, name: str) -> Any:
            def call(*words: Any, **more: Any) -> Done:
                if "on_output" in more:
                    more.pop("on_output")(f"{name} says\n")
                calls.append((name, more or {"words": words}))
                return Done()

            return call

    monkeypatch.setattr(auto, "create_or_select_stack", lambda name, **more: Stack())
    out = io.StringIO()
    real = engines.RealPulumi(tmp_path, {}, engines.Quote(Console(file=out)))
    assert real.name == "pulumi 3.300.0"
    assert real.run("preview", True) == {"create": 5}
    assert real.run("up", False) == {"create": 5}
    assert real.run("refresh", True) == {"create": 5}
    real.set_secret("operatorPassword", "x")
    assert [name for name, _ in calls] == ["preview", "up", "refresh", "set_config"]
    assert calls[2][1] == {"diff": True}
    assert real.command("refresh", True) == "pulumi refresh --stack dev --yes --skip-preview --diff"
    assert calls[3][1]["words"][1].secret is True
    assert "  | up says\n" in out.getvalue()
