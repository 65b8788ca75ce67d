"""`discover --terraform`: a running estate as blocks; the plan imports all of it and changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests import specimens
from tests.terraform.conftest import Folder, writes
from veeam_pulumi.cli.main import app
from veeam_pulumi.simulator import Simulator


def discover(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in folder.environ.items():
        if name.startswith("VEEAM_"):
            monkeypatch.setenv(name, value)
    done = CliRunner().invoke(app, ["discover", "--terraform", "--out", str(folder.path)])
    assert done.exit_code == 0, done.output
    return (folder.path / "estate.tf").read_text()


def test_only_imports_then_no_changes(newest: Folder, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for one in specimens.of_every_kind():
        sim.set(**one.knobs)
        one.add(sim)
    sim.drift("vbr", "add", r"LAB\odd-${name}%{if}", {"roles": ["Backup Viewer"]})
    newest.write("")
    sim.clear_requests()
    text = discover(newest, monkeypatch)
    there = text.count("import {")
    assert there > 6
    assert f"Plan: {there} to import, 0 to add, 0 to change, 0 to destroy" in newest.plan(code=2)
    assert f"{there} imported, 0 added, 0 changed, 0 destroyed" in newest.apply()
    newest.plan()
    assert [writes(sim, name) for name in sim.products] == [[]] * len(sim.products)
    assert text.count("prevent_destroy = true\n") == there
    assert "Instance cannot be destroyed" in newest.plan("-destroy", code=1)
    # A later run keeps the file, and adds what is new.
    sim.drift("vbr", "add", r"LAB\later", {"roles": ["Backup Viewer"]})
    assert discover(newest, monkeypatch).startswith(text)
    assert "Plan: 1 to import, 0 to add, 0 to change, 0 to destroy" in newest.plan(code=2)
    assert Path(newest.path / "estate.tfquery.hcl").read_text().count('list "veeam_vbr_user" "vbr"') == 1
    assert "veeam_vbr_user" in newest.run("query")
