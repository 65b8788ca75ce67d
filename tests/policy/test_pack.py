"""The pack as the CLI runs it, on stacks that the engine made."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import veeam_pulumi
from tests.conftest import StartSimulator
from tests.policy.analyzer import POLICY, Analyzer, Said, started
from tests.review.previews import provider
from veeam_pulumi.engine import Engine
from veeam_pulumi.policy.resources import of_document
from veeam_pulumi.policy.rules import LEVELS, RULES, examine
from veeam_pulumi.pulumi_state import MASKED, UNKNOWN

PASSWORD = "Example-Passw0rd"
GOOD = rf"""
import pulumi, veeam_pulumi as veeam
veeam.vbr.User("ann", name=r"LAB\ann", roles=["Veeam Backup Administrator"])
veeam.vbr.User("glass", name=r"LAB\glass", roles=["Veeam Backup Operator"], opts=pulumi.ResourceOptions(protect=True))
veeam.aws.User("svc", name="svc-report", password=pulumi.Output.secret("{PASSWORD}"))
"""
BAD = rf"""
import pulumi, veeam_pulumi as veeam
for name in ("eve", "bob", "carl", "dora", "emil", "fred"):
    veeam.vbr.User(name, name="LAB\\" + name, roles=["Veeam Backup Administrator"])
veeam.vbr.User("glass", name=r"LAB\glass", roles=["Veeam Backup Operator"])
veeam.aws.User("test", name="test", password=pulumi.Output.secret("{PASSWORD}"))
"""
APPROVALS = [
    {"account": r"lab\ann", "connection": "vbr", "by": "Lee", "until": "2099-12-31"},
    {"account": "svc-report", "connection": "aws", "by": "Lee"},
]
CONFIG: dict[str, dict[str, Any]] = {
    "no-unapproved-administrators": {"approvals": APPROVALS},
    "break-glass-protected": {"accounts": ["glass"]},
}


class Repository:
    """A project with the policy pack beside it, and the state that the engine wrote of its stack."""

    def __init__(self, folder: Path, program: str, connections: dict[str, Any], **plain: str) -> None:
        self.folder, self.pack = folder, folder / "policy"
        shutil.copytree(POLICY, self.pack)
        (folder / "Pulumi.yaml").write_text("name: access\nruntime: python\n")
        (folder / "__main__.py").write_text(program)
        environ = {"PULUMI_CONFIG_PASSPHRASE": "pw", "PULUMI_BACKEND_URL": f"file://{folder}/state"}
        passwords = {name: connections[name].pop("password") for name in connections}
        (folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": {"veeam:connections": connections, **plain}}))
        Engine(folder, "dev", environ=environ).init()
        for name, password in passwords.items():
            config = Engine(folder, "dev", environ=environ).config()
            config.set(f"veeam:connections.{name}.password", password, secret=True, path=True)
        self.passwords = [*passwords.values(), *plain.values(), PASSWORD]
        out = io.StringIO()
        engine = Engine(folder, "dev", environ=environ, out=out)
        assert engine.preview(json=True).exit_code == 0
        self.preview: dict[str, Any] = json.loads(out.getvalue())
        assert engine.up().exit_code == 0
        self.state: dict[str, Any] = engine.export(show_secrets=True)

    def alone(self, document: dict[str, Any]) -> list[str]:
        """What the rules say without a policy engine."""
        return sorted(one.message for one in examine(of_document(document), CONFIG, folder=self.pack, project="access"))

    def judged(self, config: dict[str, dict[str, Any]]) -> list[Said]:
        with started("access", folder=self.pack) as pack:
            pack.configure(config)
            found = [*pack.resources(self.state), *pack.stack(self.state)]
        assert [one for one in found if any(password in str(one) for password in self.passwords)] == []
        return found


@pytest.fixture
def pack() -> Iterator[Analyzer]:
    with started("veeam-quickstart") as running:
        yield running


def servers(simulator: StartSimulator) -> dict[str, Any]:
    connections = simulator().connections()
    return {name: connections[name] for name in ("aws", "vbr")}


def test_a_good_stack_passes(tmp_path: Path, simulator: StartSimulator) -> None:
    assert Repository(tmp_path, GOOD, servers(simulator)).judged(CONFIG) == []


def test_a_bad_stack_breaks_every_rule_in_one_line_each(tmp_path: Path, simulator: StartSimulator) -> None:
    connections = servers(simulator)
    connections["vbr"]["tls"] = {"insecure": True}
    repository = Repository(tmp_path, BAD, connections, operatorPassword="in-clear")
    found = repository.judged(CONFIG)
    lines = sorted(f"{one.rule} {one.message.partition(': ')[0]}" for one in found)
    people = ("bob", "carl", "dora", "emil", "eve", "fred", "test")
    assert lines == [
        "break-glass-protected glass",
        "few-administrators connection vbr",
        "no-generic-names test",
        *(f"no-unapproved-administrators {name}" for name in people),
        f"secrets-as-secrets {tmp_path}/Pulumi.dev.yaml",
        "tls-verification connection vbr",
    ]
    assert {one.level for one in found} == {"mandatory"}
    assert [one for one in found if "\n" in one.message] == []
    # Without a policy engine the same is found; of the connections that a preview hides the stack's file tells.
    messages = sorted(one.message for one in found)
    # Which role a server gave without being asked stands in a state, and in nothing before.
    default, given = "may be administrator (the server's default role)", "is administrator (Portal Administrator)"
    known = sorted(one.replace(default, given) for one in messages)
    assert sorted({*repository.alone(repository.state)}) == known != messages
    assert repository.alone(repository.preview) == messages


def test_rules_are_lowered_and_switched_off_by_the_configuration(tmp_path: Path, simulator: StartSimulator) -> None:
    repository = Repository(tmp_path, BAD, servers(simulator))
    off = {rule.name: {"enforcementLevel": "disabled"} for rule in RULES}
    assert repository.judged(off) == []
    (said,) = repository.judged({**off, "few-administrators": {"enforcementLevel": "advisory"}})
    assert (said.rule, said.level) == ("few-administrators", "advisory")
    assert repository.judged({**off, "few-administrators": {"limits": {"vbr": 7}}}) == []


def test_what_a_preview_does_not_know_stops_no_other_finding(pack: Analyzer) -> None:
    token = "pulumi-python:dynamic/veeam/vbr:User"

    def entry(label: str, /, **values: Any) -> dict[str, Any]:
        values = {"__provider": provider("vbr.User"), **values}
        return {"urn": f"urn:pulumi:dev::q::{token}::{label}", "type": token, "inputs": values, "outputs": values}

    admin = {"roles": ["Backup Administrator"], "role_ids": UNKNOWN}
    state = {"deployment": {"resources": [entry("a", name=UNKNOWN, **admin), entry("b", name="b", **admin)]}}
    pack.configure({"few-administrators": {"limit": 0}})
    assert [one.message.partition(":")[0] for one in pack.resources(state)] == ["b"]
    assert [one.message.partition(" (")[2].partition(")")[0] for one in pack.stack(state)] == ["b"]


def test_the_pack_tells_what_can_be_configured(pack: Analyzer) -> None:
    info = pack.info()
    assert (info.name, info.supportsConfig) == ("veeam-pulumi", True)
    shapes = {one.name: set(one.configSchema.properties) for one in info.policies}
    assert shapes == {rule.name: set(rule.configuration.model_fields) for rule in RULES}
    assert {one.enforcementLevel for one in info.policies} == {LEVELS.index("mandatory") + 1}
    assert "$ref" not in str(info)


def test_the_packs_file_names_this_version_and_its_virtual_environment() -> None:
    text = yaml.safe_load((POLICY / "PulumiPolicy.yaml").read_text())
    assert text["runtime"] == {"name": "python", "options": {"toolchain": "pip", "virtualenv": "../.venv"}}
    assert f'version = "{text["version"]}"' in (Path(veeam_pulumi.__file__).parents[1] / "pyproject.toml").read_text()


def test_the_last_new_state_of_a_preview_counts() -> None:
    urn, token = "urn:pulumi:dev::q::pulumi-python:dynamic/veeam/vbr:User::a", "pulumi-python:dynamic/veeam/vbr:User"
    state = {"urn": urn, "type": token, "inputs": {"name": "a", "password": "[secret]"}, "protect": True}
    steps = [
        {"op": "refresh", "urn": urn, "newState": {**state, "inputs": {"name": "old"}}},
        {"op": "update", "urn": urn, "newState": state},
        {"op": "delete-replaced", "urn": urn},
        {"op": "refresh", "urn": f"{urn}2", "newState": state},
        {"op": "delete", "urn": f"{urn}2"},
    ]
    (found,) = of_document(json.loads(json.dumps({"steps": steps})))
    assert (found.values, found.protect, found.name) == ({"name": "a", "password": MASKED}, True, "a")
