"""`engine import-resources`: what an import file of the CLI brings along gets into the state; nothing is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from veeam_pulumi.cli.main import app
from veeam_pulumi.pulumi_state import provider_of

USER = "pulumi-python:dynamic/veeam/aws:User"
ROW: dict[str, Any] = {
    "type": USER, "name": "jdoe", "id": "jdoe",
    "inputs": {"name": "jdoe", "adopt": True, "__provider": provider_of(USER)},
    "outputs": {"name": "jdoe", "adopt": True, "adopted": True, "__provider": provider_of(USER)},
}  # fmt: skip


@pytest.fixture(autouse=True)
def project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: taken\nruntime: python\n")
    (tmp_path / "__main__.py").write_text("")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "p")
    monkeypatch.chdir(tmp_path)
    run("stack", "init", "dev")


def run(*words: str, code: int = 0) -> Result:
    done = CliRunner().invoke(app, ["engine", *words])
    assert done.exit_code == code, done.output
    return done


def imported(*rows: dict[str, Any], code: int = 0, **more: Any) -> Result:
    Path("import.json").write_text(json.dumps({"resources": rows, **more}))
    return run("import-resources", "import.json", "--stack", "dev", "--yes", code=code)


def urns() -> list[str]:
    state = json.loads(run("export", "--stack", "dev").stdout)
    return [one["urn"].partition("::taken::")[2] for one in state["deployment"].get("resources", [])]


def test_resources_stand_below_their_parents_and_a_second_time_changes_nothing() -> None:
    person = {"type": "veeam:access:Person", "name": "jdoe", "component": True}
    account = {**ROW, "name": "jdoe@aws", "parent": "jdoe"}
    assert imported(person, account).stdout == "2 resources imported\n"
    below = [f"veeam:access:Person::{person['name']}", f"veeam:access:Person${USER}::jdoe@aws"]
    assert urns()[2:] == below
    assert imported(person, account).stdout == "0 resources imported\n"
    table = {"them": f"urn:pulumi:dev::taken::{below[0]}"}
    assert imported({**ROW, "name": "more", "parent": "them"}, nameTable=table).stdout == "1 resources imported\n"
    assert urns()[-1] == f"veeam:access:Person${USER}::more"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({**ROW, "id": ""}, "importing jdoe without its id, inputs and outputs is not supported"),
        ({"type": USER, "name": "jdoe", "id": "jdoe"}, "importing jdoe without its id, inputs and outputs"),
        ({**ROW, "parent": "nobody"}, "jdoe has the parent 'nobody', which the import file does not name before it"),
        ({**ROW, "type": "aws:iam/user:User"}, "resource type aws:iam/user:User"),
        ({**ROW, "version": "1.0"}, "version of jdoe in an import file"),
        ({**ROW, "name": "", "logicalName": "jdoe", "parent": "nobody"}, "jdoe has the parent 'nobody'"),
        ({"id": "jdoe"}, "a resource of the import file has no type or no name"),
    ],
)
def test_what_cannot_be_imported_is_refused_and_the_state_stays(row: dict[str, Any], said: str) -> None:
    assert said in imported(row, code=1).stderr
    assert urns() == []


def test_a_logical_name_is_a_name_too() -> None:
    assert imported({**ROW, "name": "", "logicalName": "theirs"}).stdout == "1 resources imported\n"
    assert urns()[-1] == f"{USER}::theirs"


def test_another_object_under_a_name_that_is_taken_is_refused() -> None:
    imported(ROW)
    assert "is in the state already, as 'jdoe'" in imported({**ROW, "id": "other"}, code=1).stderr


def test_a_file_that_is_none() -> None:
    Path("import.json").write_text("{")
    assert "is not JSON" in run("import-resources", "import.json", "--stack", "dev", "--yes", code=1).stderr
    Path("import.json").write_text("[]")
    assert "no list of resources" in run("import-resources", "import.json", "--stack", "dev", "--yes", code=1).stderr
