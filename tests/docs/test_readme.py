"""The README: its program with its config, its pictures, and a second day with the simulated servers."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests import pulumi_cli
from tests.conftest import StartSimulator
from tests.docs.pages import FOLDER, ROOT, Page
from veeam_pulumi.cli.main import app
from veeam_pulumi.simulator import Simulator

README = Page(ROOT / "README.md")


def run(*words: str, stdin: str = "") -> Result:
    done = CliRunner().invoke(app, words, input=stdin)
    assert done.exit_code == 0, done.output
    return done


@pytest.mark.parametrize("engine", ["embedded", "pulumi"])
def test_the_program_runs_with_the_config_beside_it(
    engine: str, simulator: StartSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only addresses and login are the simulator's."""
    if engine == "pulumi":
        pulumi_cli.require()
    sim = simulator({}, products=("vbr",))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "a passphrase")
    for name, value in pulumi_cli.variables(tmp_path).items():
        monkeypatch.setenv(name, value)
    (program,) = README.blocks("python")
    Path("__main__.py").write_text(program.text)
    Path("Pulumi.yaml").write_text("name: readme\nruntime: python\n")
    (config,) = [block for block in README.blocks("sh") if "pulumi stack init prod" in block.text]
    password = f"{sim.password('vbr')}\n"

    def pulumi(*words: str) -> None:
        if engine == "pulumi":
            pulumi_cli.run(["pulumi", *words], tmp_path, stdin=password)
        else:
            run("engine", *words, stdin=password)
            if words[:2] == ("stack", "init"):  # which the CLI selects
                run("engine", "stack", "select", words[2])

    for line in config.text.splitlines():
        first, *words = shlex.split(line)
        assert first == "pulumi"
        pulumi(*words)
    for name, value in sim.variables().items():
        monkeypatch.setenv(name, value)
    pulumi("preview")
    assert sim.requests() == []  # as the page says
    run("doctor")
    pulumi("up", "--yes")
    assert sim.lookup("vbr", r"EXAMPLE\john")


def test_a_second_day_with_the_same_servers_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`make sim` ended and started again: the servers have what the stack's state says."""
    (line,) = re.findall(r"veeam-pulumi (simulator .*)", (ROOT / "Makefile").read_text())
    options = dict(re.findall(r"--([\w-]+) (\S+)", line))
    out, state = tmp_path / options["out"], tmp_path / options["state"]
    with Simulator(products=("vbr",), out=out, state=state) as sim:
        sim.drift("vbr", "add", r"LAB\kept", {"roles": ["Backup Viewer"]})
    with Simulator(products=("vbr",), out=out, state=state) as sim:
        assert sim.lookup("vbr", r"LAB\kept")


def test_the_pictures_are_there_and_small() -> None:
    named = set(re.findall(r"!\[[^]]{20,}\]\(docs/pictures/([\w.]+)\)", README.text))
    assert named == {"demo.svg", "review.png", "who.png"}
    assert all((FOLDER / "pictures" / name).stat().st_size < 200_000 for name in named)


def test_the_moving_picture_plays_the_recording() -> None:
    head, *events = [json.loads(line) for line in (FOLDER / "pictures" / "demo.cast").read_text().splitlines()]
    assert head["version"] == 2
    times = [at for at, _, _ in events]
    assert times == sorted(times)
    lines = [text.removesuffix("\r\n") for _, _, text in events]
    assert lines[0] == "$ veeam-pulumi demo"
    assert sum(line.startswith("  ok ") for line in lines) > 10
    script = str(FOLDER / "_site" / "pictures.py")
    code = f"import runpy, json, sys; print(runpy.run_path({script!r})['svg'](json.load(sys.stdin)), end='')"
    made = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(lines), capture_output=True, text=True, check=True
    )
    assert made.stdout == (FOLDER / "pictures" / "demo.svg").read_text()
