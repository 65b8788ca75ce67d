"""The page on taking over a running estate: somebody types all of it, from the servers to "no changes"."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.docs.pages import page
from tests.estate.test_take_over import PRODUCTS, populate
from veeam_pulumi.cli.main import app
from veeam_pulumi.simulator import Simulator

PAGE = page("take-over.md")


def test_the_page_as_it_is_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = [line for block in PAGE.blocks("sh") for line in block.text.strip().splitlines()]
    first, last = typed.index("veeam-pulumi discover"), typed.index("veeam-pulumi discover --stack prod --out .")
    assert last - first < 10
    with Simulator(products=PRODUCTS) as sim:
        populate(sim)
        sim.clear_requests()
        for name, value in {**sim.variables(), "NO_PROXY": "127.0.0.1"}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        for line in typed:
            said = shell(line, monkeypatch)
            if "preview" in line:
                assert "unchanged" in said
        assert sim.requests(writes_only=True) == []
        for file in Path.cwd().rglob("*"):
            if file.is_file():
                assert not [name for name in PRODUCTS if sim.password(name) in file.read_text()], file


def shell(line: str, monkeypatch: pytest.MonkeyPatch) -> str:
    first, *words = shlex.split(line)
    if first == "cd":
        monkeypatch.chdir(words[0])
    elif first == "export":
        monkeypatch.setenv(*words[0].split("=", 1))
    else:
        assert first == "veeam-pulumi", line
        done = CliRunner().invoke(app, words, env=dict(os.environ))
        assert done.exit_code == 0, f"{line}: {done.output}"
        return done.output
    return ""
