"""`python -m veeam_pulumi.policy`: the rules in a pipeline without a policy engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from veeam_pulumi.policy.__main__ import main

SECRET = "Example-Passw0rd"
TOKEN = "pulumi-python:dynamic/veeam/vbr:User"
ADMIN = {
    "urn": f"urn:pulumi:dev::access::{TOKEN}::ann",
    "type": TOKEN,
    "inputs": {"name": "ann", "roles": ["Backup Administrator"], "connection": "vbr"},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: access\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    return tmp_path


def write(folder: Path, name: str, content: Any) -> str:
    (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))
    return str(folder / name)


@pytest.mark.parametrize(
    "document",
    [{"steps": [{"op": "create", "urn": ADMIN["urn"], "newState": ADMIN}]}, {"deployment": {"resources": [ADMIN]}}],
)
def test_a_preview_or_a_state_is_held_to_the_rules(
    folder: Path, document: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    given = [str(folder), "--resources", write(folder, "preview.json", document)]
    assert main(given) == 1
    assert capsys.readouterr().out.startswith(
        "[mandatory] no-unapproved-administrators: ann: ann on connection vbr is "
    )
    advisory = write(folder, "config.json", {"no-unapproved-administrators": "advisory"})
    assert main([*given, "--config", advisory]) == 0
    assert capsys.readouterr().out.startswith("[advisory] no-unapproved-administrators: ann: ")


def test_files_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder)]) == 0
    write(folder, "Pulumi.dev.yaml", {"config": {"access:password": SECRET}})
    assert main([str(folder), "--project", "access"]) == 1
    said = capsys.readouterr().out
    assert said.startswith(f"[mandatory] secrets-as-secrets: {folder}/Pulumi.dev.yaml: access:password is in clear")
    assert SECRET not in said


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"no-names": "advisory"}, "error: there is no rule 'no-names'"),
        ({"no-generic-names": "on"}, "error: there is no enforcement level 'on'"),
        (SECRET, "config.json cannot be read as JSON (JSONDecodeError)"),
        ([SECRET], "config.json does not hold a JSON object"),
    ],
)
def test_a_wrong_configuration_is_an_error(
    folder: Path, config: Any, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(folder), "--config", write(folder, "config.json", config)])
    assert ended.value.code == 2
    found = capsys.readouterr().err
    assert said in found
    assert SECRET not in found


def test_another_document_is_an_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([str(folder), "--resources", write(folder, "other.json", {"password": SECRET})])
    assert "that is the output of neither `preview --json` nor `stack export`" in capsys.readouterr().err
