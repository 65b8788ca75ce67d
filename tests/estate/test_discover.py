"""What is on the servers: the command, its forms and its exit codes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from veeam_pulumi.cli.main import app
from veeam_pulumi.products import resources
from veeam_pulumi.simulator import Simulator

pytestmark = pytest.mark.usefixtures("environment")


def discover(*words: str, code: int = 0) -> Result:
    done = CliRunner().invoke(app, ["discover", *words])
    assert done.exit_code == code, done.output
    return done


def found(*words: str, code: int = 0) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(discover("--json", *words, code=code).stdout)
    return answer


def test_every_object_of_every_kind_is_listed_with_its_standing(environment: Simulator) -> None:
    answer = found()
    assert answer["complete"]
    kinds = {kind for one in answer["servers"] for kind in one["rows"]}
    known = {kind for kind, one in resources().items() if one.product in environment.products}
    assert known - kinds <= {"vbr.Role"}  # which the simulator's release does not have
    assert kinds <= known
    by_name = {(one["connection"], one["name"]): one for one in answer["objects"]}
    assert by_name["vbr", r"LAB\jdoe"]["standing"] == "unmanaged"
    assert by_name["vbr", r"LAB\jdoe"]["roles"] == ["Veeam Backup Administrator"]
    assert by_name["vbr", r"LAB\ops"]["principal"] == "group"
    assert by_name["vbr", r"LAB\svc-backup"]["standing"] == "own login"
    assert by_name["vbr", r"BUILTIN\Administrators"]["standing"] == "built in"
    assert environment.requests(writes_only=True) == []


def test_the_table_is_by_server_and_counts(environment: Simulator) -> None:
    text = discover("vbr", "aws").stdout
    assert text.startswith("aws  127.0.0.1:")
    assert "LAB\\jdoe" in text
    assert "2 servers: " in text.splitlines()[-1]
    assert "vspc" not in text


def test_rights_that_are_too_small_are_said_by_server_and_by_the_exit_code(environment: Simulator) -> None:
    environment.fault("vspc", "status", path="/api/v3/users", status=403, times=9)
    answer = found(code=3)
    (vspc,) = [one for one in answer["servers"] if one["problem"]]
    assert vspc["connection"] == "vspc"
    assert not answer["complete"]
    assert "incomplete: vspc: " in discover(code=3).stdout


def test_a_connection_that_is_not_there_is_an_error() -> None:
    assert "tape" in discover("tape", code=2).stderr


def test_a_stack_whose_connections_share_defaults_is_read_and_proven(
    environment: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in [name for name in os.environ if name.startswith("VEEAM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LAB_PASSWORD", environment.password("vbr"))
    (tmp_path / "ca.pem").write_bytes(environment.ca_file.read_bytes())
    config = {
        "veeam:defaults": {
            "product": "vbr",
            "username": environment.username("vbr"),
            "password_env": "LAB_PASSWORD",
            "tls": {"ca_file": "ca.pem"},
        },
        "veeam:connections": {name: {"url": environment.url("vbr")} for name in ("vbr01", "vbr02")},
    }
    (tmp_path / "Pulumi.yaml").write_text("name: lab\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text(yaml.safe_dump({"config": config}))
    answer = found("--stack", "prod")
    assert [(one["connection"], one["problem"]) for one in answer["servers"]] == [("vbr01", ""), ("vbr02", "")]
    assert "no changes" in discover("--stack", "prod", "--check").stdout
