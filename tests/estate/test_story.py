"""An administrator by hand: in tonight's report, named in the difference, stopped by the gate, adopted, reviewed."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest

from tests.conftest import StartSimulator
from tests.estate.conftest import at
from tests.estate.test_take_over import run


def test_the_story(simulator: StartSimulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sim = at(simulator(products=("vbr",)), monkeypatch)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "the story")
    monkeypatch.chdir(tmp_path)
    for name, role in (("ann", "Backup Administrator"), ("bob", "Backup Administrator"), ("sue", "Backup Viewer")):
        sim.drift("vbr", "add", rf"LAB\{name}", {"roles": [role]})
    run("discover", "--out", "taken")
    run("new", "access", "--from", "taken")
    monkeypatch.chdir("access")
    run("engine", "stack", "init", "prod")
    run("engine", "import-resources", "import.json", "--stack", "prod", "--yes")

    def night(number: int, *words: str, code: int = 0) -> str:
        last = ["--since", f"audit/{number - 1}.json"] if number > 1 else []
        ask = ["who", "--stack", "prod", "--unmanaged", "--fail-on", "ORP-1", "--save", f"audit/{number}.json"]
        return run(*ask, *last, *words, code=code).stdout

    # All is declared.
    assert night(1).startswith("0 people with 0 accounts have an account\n")

    # Somebody makes an administrator in the console.
    sim.drift("vbr", "add", r"LAB\mallory", {"roles": ["Backup Administrator"], "by": r"LAB\bob"})
    said = night(2, code=1)
    assert r"LAB\mallory" in said.splitlines()[2]
    assert r"high   ORP-1  LAB\mallory on vbr: nobody declared it" in said
    assert re.search(
        r"^  gained +LAB\\mallory on vbr: can delete backups.*; by hand, by LAB\\bob at 20", said, re.MULTILINE
    )

    # The team keeps the account: discover adds its entry, and an update adopts it as it is.
    run("discover", "--stack", "prod", "--out", ".")
    assert "  mallory: {" in Path("roster.yaml").read_text()
    sim.clear_requests()
    run("engine", "up", "--stack", "prod", "--yes")
    assert sim.requests(writes_only=True) == []
    said = night(3)
    assert re.search(r"^  changed +LAB\\mallory on vbr: standing: unmanaged -> adopted; declared", said, re.MULTILINE)

    # Its access is reviewed.
    assert (
        "- [ ] `LAB\\mallory` on `vbr`; `Veeam Backup Administrator`; can delete backups"
        in run("who", "--stack", "prod", "--review").stdout
    )
    assert "mallory" in reviews_missing()
    roster = Path("roster.yaml")
    reviewed = f"  mallory: {{reviewed: {{by: Ann Lee, on: {date.today()}}}, "
    roster.write_text(roster.read_text().replace("  mallory: {", reviewed))
    assert "mallory" not in reviews_missing()
    found = json.loads(run("who", "--stack", "prod", "--person", "mallory", "--json").stdout)["grants"]
    assert [(one["reviewed_by"], one["reviewed_on"]) for one in found] == [("Ann Lee", str(date.today()))]
    chain = run("who", "--verify", "audit").stdout
    assert chain == "3 snapshots from 1.json to 3.json, none changed or missing\n"


def reviews_missing() -> list[str]:
    found = json.loads(run("who", "--stack", "prod", "--json").stdout)["findings"]
    return [one["about"] for one in found if one["rule"] == "REV-1"]
