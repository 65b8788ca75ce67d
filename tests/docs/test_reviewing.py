"""The pages on reviews and drift: their comments, gates and files against what there is."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.docs.pages import ROOT, codes, page
from tests.review.test_review import CASES, GOLDEN
from veeam_pulumi.cli.main import app
from veeam_pulumi.review.gates import COUNTED, PLAIN, parse


@pytest.mark.parametrize(("name", "golden"), [("reviewing.md", "joiner-mover-leaver"), ("drift.md", "engine-drift")])
def test_the_comment_that_a_page_shows_is_one_that_is_written(name: str, golden: str) -> None:
    shown = re.findall(r"^````markdown\n(.*?)^````$", page(name).text, re.DOTALL | re.MULTILINE)
    assert shown == [(GOLDEN / f"{golden}.md").read_text()]


def test_every_gate_is_documented() -> None:
    gates = [*PLAIN, *(f"{name}>N" for name in COUNTED)]
    assert sorted(page("reviewing.md").rows("Gates")) == sorted(gates)
    (option,) = [cells for name, cells in page("command-line.md").rows("veeam-pulumi review").items() if "fail" in name]
    assert codes(option[2]) == gates


def test_every_file_for_pipelines_is_documented() -> None:
    folder = ROOT / "templates" / "ci"
    there = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file() and file.suffix != ".pyc"}
    assert set(page("reviewing.md").rows("In a pipeline")) == there


def test_the_commands_do_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("preview.json").write_text(json.dumps(CASES["joiner-mover-leaver"].preview))
    for name, exit_code in (("reviewing.md", 0), ("drift.md", 1)):
        (line,) = [
            line for one in page(name).blocks("sh") for line in one.text.splitlines() if "review" in line.split()
        ]
        done = CliRunner().invoke(app, shlex.split(line)[1:])
        assert done.exit_code == exit_code, done.output  # the preview did not look, so there is no telling of drift
    assert Path("comment.md").read_text() == (GOLDEN / "joiner-mover-leaver.md").read_text().replace(
        "`new-admin`, `delete>10`", "`new-admin`, `foreign-code`, `delete>10`"
    )


def test_the_gates_of_the_pipelines_are_gates() -> None:
    for file in (ROOT / "templates" / "ci").rglob("*.yml"):
        for gates in re.findall(r"FAIL_ON: (.*)", file.read_text()):
            assert parse(gates)
