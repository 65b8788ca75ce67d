"""Whose accounts they are that were found: adopted as written down, ours by a change that is reviewed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.estate.test_take_over import entries, grown, run, servers  # noqa: F401 - fixtures
from veeam_pulumi.simulator import Simulator


def taken_into_a_stack(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    run("discover", *words, "--out", "taken")
    run("new", "access", "--from", "taken")
    monkeypatch.chdir("access")
    run("engine", "stack", "init", "prod")
    run("engine", "import-resources", "import.json", "--stack", "prod", "--yes")


def reviewed(code: int = 0) -> str:
    Path("preview.json").write_text(run("engine", "preview", "--stack", "prod", "--json").stdout)
    gates = "new-admin,adopted-admin,foreign-code,protected,replace>0,delete>0"
    return run("review", "preview.json", "--fail-on", gates, "--config", "policy.json", code=code).stdout


def test_own_makes_everything_ours_in_a_reviewed_change(
    grown: Simulator,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken_into_a_stack(monkeypatch, "aws", "vbr", "--own")
    found = entries(Path())
    assert found
    assert not [key for key, one in found.items() if "adopt" in one or "password" in one]
    assert grown.requests(writes_only=True) == []

    text = reviewed()  # nobody gains anything, so no gate is tripped
    changed = [line for line in text.splitlines() if line.startswith("- **changes** ")]
    assert len(changed) == 43
    assert all("no longer adopted: managed as the program's own from now on" in line for line in changed)
    passwords = [line for line in changed if "on `aws`" in line]
    assert len(passwords) == 12
    assert all("password set; **the password that the account has now stops working**" in line for line in passwords)
    assert grown.requests(writes_only=True) == []

    run("engine", "up", "--stack", "prod", "--yes")
    writes = {(one.method, one.path.rpartition("/")[0]) for one in grown.requests(writes_only=True)}
    assert writes == {("PUT", "/api/v1/users")}  # the passwords of Backup for AWS, and nothing else
    run("engine", "up", "--stack", "prod", "--yes", "--expect-no-changes")

    # From now on a leaver is deleted, and `destroy` as well.
    roster = Path("roster.yaml")
    roster.write_text("".join(line for line in roster.read_text().splitlines(True) if not line.startswith("  alice:")))
    run("engine", "up", "--stack", "prod", "--yes")
    assert grown.lookup("vbr", r"LAB\alice") is None


def test_adopt_taken_out_of_one_entry_is_a_change_of_that_one(
    grown: Simulator,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken_into_a_stack(monkeypatch, "aws", "vbr")
    assert "**No access changes.**" in reviewed()
    roster = Path("roster.yaml")
    text = roster.read_text()
    (line,) = [line for line in text.splitlines() if line.startswith("  bruno: ")]
    roster.write_text(text.replace(line, line.replace(", adopt: true, password: keep", "")))
    said = reviewed()
    assert "**Access changed for 1 account.**" in said
    assert r"- **changes** `LAB\bruno` on `vbr`" in said
    run("engine", "up", "--stack", "prod", "--yes")
    assert grown.requests(writes_only=True) == []  # of an account of Windows there is nothing to send

    roster.write_text("".join(one for one in text.splitlines(True) if not one.startswith(("  bruno: ", "  carla: "))))
    text = reviewed(code=1)
    assert "**Refused by `delete>0`:**" in text
    assert r"- **loses** `LAB\bruno` on `vbr`" in text
    assert r"- **no longer managed** `LAB\carla` on `vbr`" in text
    run("engine", "up", "--stack", "prod", "--yes")
    assert (grown.lookup("vbr", r"LAB\bruno"), bool(grown.lookup("vbr", r"LAB\carla"))) == (None, True)


def test_own_adds_new_entries_without_adopt_and_leaves_the_others(
    grown: Simulator,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run("discover", "vbr", "--out", "taken")
    roster = Path("taken/roster.yaml")
    roster.write_text(roster.read_text() + "# ours\n")
    grown.drift("vbr", "add", r"LAB\later", {"roles": ["Backup Viewer"]})
    said = run("discover", "vbr", "--out", "taken", "--own").stdout
    assert "will be the program's own: import, then review what the next preview says" in said
    found = entries(Path("taken"))
    assert [key for key, one in found.items() if "adopt" not in one] == ["later"]
    imported = json.loads(Path("taken/import.json").read_text())["resources"]
    assert {one["name"] for one in imported} >= {"later@vbr", "bruno@vbr"}
