"""`veeam-pulumi policy`: the rules in a pipeline without a policy engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.policy.command import policies
from tests.review.previews import create, preview, same, vbr
from veeam_pulumi.pulumi_state import MASKED, UNKNOWN

SECRET = "Example-Passw0rd"
ADMIN = create("vbr.User", "ann", vbr("ann", "Backup Administrator"))
VIEWER = create("vbr.User", "bob", vbr("bob", "Backup Viewer"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: access\nruntime: python\n")
    for stack in ("dev", "prod"):
        (tmp_path / f"Pulumi.{stack}.yaml").write_text("config: {}\n")
    return tmp_path


def write(folder: Path, name: str, content: Any) -> str:
    (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))
    return str(folder / name)


@pytest.mark.parametrize(
    "document", [preview(ADMIN), {"deployment": {"resources": [ADMIN["newState"]]}}], ids=["preview", "state"]
)
def test_a_preview_or_a_state_is_held_to_the_rules(
    folder: Path, document: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    given = [str(folder), "--resources", write(folder, "preview.json", document)]
    assert policies(given) == 1
    assert capsys.readouterr().out.startswith(
        "[mandatory] no-unapproved-administrators: ann: ann on connection vbr is "
    )
    advisory = write(folder, "config.json", {"no-unapproved-administrators": "advisory"})
    assert policies([*given, "--config", advisory]) == 0
    assert capsys.readouterr().out.startswith("[advisory] no-unapproved-administrators: ann: ")


def test_what_is_right_passes_without_a_word(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert policies([str(folder), "--resources", write(folder, "preview.json", preview(VIEWER))]) == 0
    assert capsys.readouterr().out == ""


def without_sames() -> dict[str, Any]:
    document = preview(VIEWER, same("vbr.User", "ann", vbr("ann", "Backup Administrator")))
    return {**document, "steps": [one for one in document["steps"] if one["op"] != "same"]}


FAILED = [{"severity": "error", "message": f"cannot log in with {SECRET}"}]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (preview(VIEWER, diagnostics=FAILED), "the preview failed, so it does not show what there will be"),
        ({"diagnostics": FAILED}, "the preview failed"),
        ({"steps": [], "changeSummary": {}}, "the preview has nothing in it, not even the stack"),
        ({"steps": []}, "the preview has nothing in it"),
        (without_sames(), "the preview leaves out what is unchanged: make it with --show-sames"),
        ({"password": SECRET}, "that is the output of neither `preview --json` nor `stack export`"),
        ({"deployment": None}, "that is the output of neither `preview --json` nor `stack export`"),
        ({"deployment": {"resources": [{"urn": "u"}]}}, "a value in it has another form"),
        ({"steps": [{"urn": "u"}], "changeSummary": {"same": 1}}, "a value in it has another form"),
        ({"steps": [{**VIEWER, "newState": {"type": "t"}}]}, "a value in it has another form"),
        ("", "cannot be read as JSON (JSONDecodeError)"),
        ("[" * 100_000, "cannot be read as JSON (RecursionError)"),
        (f"error: no stack with {SECRET}", "cannot be read as JSON (JSONDecodeError)"),
        (
            '{"steps": [], "steps": [], "x": "' + SECRET + '"}',
            "given.json has the key 'steps' twice: take one of them out",
        ),
        ([SECRET], "does not hold a JSON object"),
    ],
)
def test_what_does_not_show_everything_is_not_judged(
    folder: Path, document: Any, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert policies([str(folder), "--resources", write(folder, "given.json", document)]) == 2
    out = capsys.readouterr().out
    assert out.startswith("error: ")
    assert said in out
    assert out.count("\n") == 1
    assert SECRET not in out


def test_what_pulumis_bridge_makes_is_held_to_the_rules(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    values = {"name": "ann", "roles": ["Backup Administrator"], "connectionName": "vbr-b"}
    token = "veeam:index/vbrUser:VbrUser"
    one = {**ADMIN["newState"], "type": token, "urn": f"urn:pulumi:prod::access::{token}::ann"}
    document = preview({**ADMIN, "urn": one["urn"], "newState": {**one, "inputs": values, "outputs": values}})
    assert policies([str(folder), "--resources", write(folder, "preview.json", document)]) == 1
    assert "ann: ann on connection vbr-b is administrator (Backup Administrator)" in capsys.readouterr().out


def test_the_servers_of_pulumis_bridge_have_to_be_verified(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def given(**inputs: Any) -> list[str]:
        token = "pulumi:providers:veeam"
        one = {"type": token, "urn": f"urn:pulumi:prod::access::{token}::lab", "custom": True, "inputs": inputs}
        made = {
            **ADMIN,
            "urn": one["urn"],
            "newState": {**one, "outputs": inputs, "parent": VIEWER["newState"]["parent"]},
        }
        return [str(folder), "--resources", write(folder, "preview.json", preview(VIEWER, made))]

    lab = {"url": "https://h", "password": SECRET, "tls": {"insecure": True}}
    assert policies(given(connections=json.dumps({"lab": lab}), version="0.0.0")) == 1
    said = capsys.readouterr().out
    assert said.startswith("[mandatory] tls-verification: connection lab of provider lab: TLS verification is off ")
    assert SECRET not in said
    for unseen in (MASKED, UNKNOWN):
        assert policies(given(connections=unseen)) == 1
        assert "tls-verification: provider lab: its connections cannot be read here" in capsys.readouterr().out
    assert policies(given(connections=json.dumps({"lab": {"url": "https://h"}}))) == 0


def test_files_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert policies([str(folder)]) == 0
    write(folder, "Pulumi.dev.yaml", {"config": {"access:password": SECRET}})
    assert policies([str(folder), "--project", "access"]) == 1
    said = capsys.readouterr().out
    assert said.startswith(f"[mandatory] secrets-as-secrets: {folder}/Pulumi.dev.yaml: access:password is in clear")
    assert SECRET not in said


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"no-names": "advisory"}, "unknown rule 'no-names'"),
        ({"no-generic-names": "on"}, "unknown enforcement level 'on'"),
        ({"no-generic-names": 5}, "the configuration of no-generic-names is neither a level nor a map"),
        ({"no-generic-names": False}, "the configuration of no-generic-names is neither a level nor a map"),
        ({"no-generic-names": ["advisory"]}, "the configuration of no-generic-names is neither a level nor a map"),
        ({"no-generic-names": {"enforcementLevel": ["disabled"]}}, "unknown enforcement level ['disabled']"),
        ({"all": True}, "the configuration of all is neither a level nor a map"),
        ({"all": {"enforcementLevel": "disabled", "names": []}}, "unknown setting 'names' of all"),
        (SECRET, "config.json cannot be read as JSON (JSONDecodeError)"),
        ([SECRET], "config.json does not hold a JSON object"),
    ],
)
def test_a_wrong_configuration_is_an_error(
    folder: Path, config: Any, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert policies([str(folder), "--config", write(folder, "config.json", config)]) == 2
    found = capsys.readouterr().out
    assert said in found
    assert SECRET not in found


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    assert policies([str(tmp_path / "nowhere")]) == 2
