"""stacks/access from end to end: joiner, mover, leaver, break-glass, rotation, environments, on the servers' state."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.access.stack import SOURCE, Access, make
from tests.conftest import StartSimulator
from veeam_pulumi.products import sessions
from veeam_pulumi.server.connections import Connections

PORTS = ["aws", "vbr", "em", "vspc"]
"""The order of the simulator's ports."""

ROSTER = r"""
environments: [dev, prod]
profiles:
  admin: {vbr: {roles: [Veeam Backup Administrator]}, aws: {}}
  operator: {vbr: {roles: [Veeam Backup Operator]}}
  customer: {vspc: {role: CompanyAdministrator, company: northwind}}
names: {vbr: 'EXAMPLE\{key}'}
people:
  jane.doe: {name: Jane Doe, profile: {dev: operator, prod: admin}}
  sam.lee: {name: Sam Lee, email: sam@northwind.example.com, profile: customer}
"""


@pytest.fixture
def access(tmp_path: Path, simulator: StartSimulator) -> Access:
    access = make(tmp_path, {"dev": simulator()})
    access.write(ROSTER)
    return access


def roles(access: Access, name: str, stack: str = "dev") -> list[str] | None:
    user = access.sims[stack].lookup("vbr", rf"EXAMPLE\{name}")
    return None if user is None else [str(role["name"]) for role in user["roles"]]


def test_the_stack_as_it_is_in_the_repository(tmp_path: Path, simulator: StartSimulator) -> None:
    access = make(tmp_path, {"dev": simulator()})
    access.run("preview")
    assert access.sim.requests() == []
    assert not any(access.sim.traffic(name).connections for name in access.sim.products)
    rows = [line.split()[2:4] for line in access.text.splitlines() if line.startswith(" +")]
    assert ["veeam:access:Person", "jane.doe"] in rows
    done = access.run("up")
    assert done.outputs["accounts"]["jane.doe"] == {"aws": "jane-doe", "vbr": r"EXAMPLE\jdoe"}
    assert roles(access, "jdoe") == ["Veeam Backup Administrator"]
    assert roles(access, "sam.lee") == ["Veeam Backup Operator", "Veeam Restore Operator"]
    assert access.sim.lookup("em", "vbr01.example.com") is not None
    assert access.sim.can_login("em", r"EXAMPLE\svc-em", "Collect-2026")
    assert set(done.outputs["passwords"]) == {"jane.doe", "alex.cho", "glass"}
    for key, connections in done.outputs["passwords"].items():
        for connection, password in connections.items():
            assert access.sim.can_login(connection, done.outputs["accounts"][key][connection], password)
            assert password not in "".join(access.seen)
            assert password not in "".join(file.read_text() for file in access.folder.rglob("dev.json"))
    access.run("up", expect_no_changes=True)
    assert access.writes() == []


def test_the_dev_stack_is_the_one_of_make_sim(tmp_path: Path, simulator: StartSimulator) -> None:
    assert "--port-base 9400 --out build/simulator" in (SOURCE.parents[1] / "Makefile").read_text()
    access = make(tmp_path, {"dev": simulator()})
    config = json.loads(access.engine().config().values()[0]["veeam:connections"])
    for port, name in enumerate(PORTS):
        one = access.sim.connections()[name]
        assert config[name] == {
            "product": name,
            "url": f"https://127.0.0.1:{9401 + port}",
            "username": one["username"],
            "password": one["password"],
            "tls": {"ca_file": "../../build/simulator/ca.pem"},
        }


def test_each_environment_has_its_own_secrets_provider() -> None:
    stacks = {file.name: yaml.safe_load(file.read_text()) for file in SOURCE.glob("Pulumi.*.yaml")}
    assert {name: str(one.get("secretsprovider")).partition(":")[0] for name, one in stacks.items()} == {
        "Pulumi.dev.yaml": "None", "Pulumi.staging.yaml": "azurekeyvault", "Pulumi.prod.yaml": "awskms",
    }  # fmt: skip
    for one in stacks.values():
        given = {
            name: {key: value for key, value in settings.items() if key != "password"}
            for name, settings in one["config"]["veeam:connections"].items()
        }
        connections = Connections(given, sessions=sessions(), warn=print, environ={})
        assert [connections.get(name).settings.product for name in connections.names] == ["aws", "em", "vbr", "vspc"]


def test_joiner_mover_leaver_are_one_entry_each(access: Access) -> None:
    access.run("up")
    assert roles(access, "jane.doe") == ["Veeam Backup Operator"]

    access.write(access.roster + "  kim.ito: {name: Kim Ito, profile: {dev: admin}}\n")
    done = access.run("up")
    assert access.writes() == ["aws POST", "vbr POST"]
    assert roles(access, "kim.ito") == ["Veeam Backup Administrator"]
    assert (access.sim.lookup("aws", "kim-ito") or {})["description"] == "Kim Ito"
    assert access.sim.can_login("aws", "kim-ito", done.outputs["passwords"]["kim.ito"]["aws"])

    access.edit("profile: {dev: admin}", "profile: {dev: operator}")
    access.run("up")
    assert access.writes() == ["aws DELETE", "vbr PUT"]
    assert roles(access, "kim.ito") == ["Veeam Backup Operator"]
    assert access.sim.lookup("aws", "kim-ito") is None

    access.write(ROSTER.replace("  sam.lee", "  # sam.lee"))
    done = access.run("up")
    assert access.writes() == ["vbr DELETE", "vspc DELETE"]
    assert (roles(access, "kim.ito"), access.sim.lookup("vspc", "sam.lee")) == (None, None)
    assert set(done.outputs["accounts"]) == {"jane.doe"}


def test_the_preview_reads_by_person(access: Access) -> None:
    access.run("preview", json=True)
    urns = [step["urn"].split("::")[2:] for step in json.loads(access.text)["steps"]]
    under, person = "veeam:access:Person$pulumi-python:dynamic/veeam", "veeam:access:Person"
    assert sorted(one for one in urns if one[0].startswith(person)) == [
        [person, "jane.doe"],
        [person, "sam.lee"],
        [f"{under}/vbr:User", "jane.doe@vbr"],
        [f"{under}/vspc:User", "sam.lee@vspc"],
        [f"{under}:Password", "sam.lee@vspc"],
    ]
    assert access.sim.requests() == []


def test_break_glass_is_taken_away_in_two_steps_only(access: Access) -> None:
    entry = "  glass: {name: Break glass, profile: admin, break_glass: true}\n"
    access.write(ROSTER + entry)
    password = access.run("up").outputs["passwords"]["glass"]["aws"]

    def refused(what: str, how: str) -> None:
        for operation in ("preview", "up"):
            access.run(operation, expect=1)
            assert access.sim.requests() == []
            text = " ".join(access.text.split())
            assert f"roster.yaml: {what}, but is a break-glass account; nothing was changed" in text
            assert how in text

    access.write(ROSTER)
    refused(
        "glass@aws, glass@vbr would be deleted",
        "but for `break_glass: false`, run `veeam-pulumi engine up --stack dev`, then remove it",
    )
    access.write(ROSTER + entry.replace("admin", "operator"))
    refused("glass@aws would be deleted", "but for `break_glass: false`")
    demoted = ROSTER.replace("[Veeam Backup Administrator]", "[Veeam Backup Viewer]")
    access.write(demoted + entry)
    refused(
        "glass@vbr would be changed",
        "`break_glass: false` in the same change, run `veeam-pulumi engine up --stack dev`, then protect it",
    )
    access.write(demoted + entry.replace("true", "false"))
    access.run("up")
    assert roles(access, "glass") == ["Veeam Backup Viewer"]
    access.write(ROSTER + entry.replace("true", "false"))
    access.run("up")
    access.write(ROSTER + entry)
    access.run("up")
    access.run("destroy", expect=1)
    assert access.sim.can_login("aws", "glass", password)

    access.run("up")
    access.write(ROSTER + entry.replace("true", "false"))
    access.run("up")
    access.write(ROSTER)
    access.run("up")
    assert (roles(access, "glass"), access.sim.lookup("aws", "glass")) == (None, None)
    access.run("destroy")


def test_a_keeper_rotates_everybody_or_one(access: Access) -> None:
    access.write(ROSTER + "  kim.ito: {name: Kim Ito, profile: admin}\n")
    users = {"kim.ito": ("aws", "kim-ito"), "sam.lee": ("vspc", "sam.lee")}

    def passwords() -> dict[str, Any]:
        found = access.run("up").outputs["passwords"]
        return {key: found[key][product] for key, (product, _) in users.items()}

    def works(key: str, password: str) -> bool:
        return access.sim.can_login(*users[key], password)

    first = passwords()
    access.edit("Kim Ito,", "Kim Ito, rotation: left-on-a-train,")
    second = passwords()
    assert access.writes() == ["aws PUT"]
    assert second["sam.lee"] == first["sam.lee"]
    assert (works("kim.ito", first["kim.ito"]), works("kim.ito", second["kim.ito"])) == (False, True)

    access.set("veeam:rotation", "2026-11")
    access.run("preview", diff=True)
    assert access.sim.requests() == []
    third = passwords()
    assert access.writes() == ["aws PUT", "vspc PATCH"]
    for key in users:
        assert (works(key, second[key]), works(key, third[key])) == (False, True)
        assert not any(one[key] in text for one in (first, second, third) for text in access.seen)


def test_a_password_of_the_config(access: Access) -> None:
    access.edit("Sam Lee,", "Sam Lee, password: config,")
    access.run("up", expect=1)
    assert re.search(
        r"roster.yaml:10: people.sam.lee.password: there is none in the config: "
        r"`veeam-pulumi engine config set --path --secret 'veeam:passwords\[\"sam.lee\"\]'`",
        access.text,
    )
    access.set('veeam:passwords["sam.lee"]', "Chosen-Passw0rd", secret=True, path=True)
    done = access.run("up")
    assert access.sim.can_login("vspc", "sam.lee", "Chosen-Passw0rd")
    assert done.outputs["passwords"] == {}
    assert "Chosen-Passw0rd" not in "".join(access.seen)


@pytest.mark.parametrize("key", ["companies", "passwords"])
def test_config_that_is_no_map_is_said_without_its_value(access: Access, key: str) -> None:
    config = access.engine().config()
    del config.text["config"][f"veeam:{key}"]
    config.write()
    access.set(f"veeam:{key}", "hunter2", secret=True)
    access.run("preview", expect=1)
    assert f"veeam:{key} is not a map: set each entry with `veeam-pulumi engine config set --path" in access.text
    assert "hunter2" not in access.text


def test_a_connection_of_another_stack_means_nothing_here(access: Access) -> None:
    (access.folder / "Pulumi.lab.yaml").write_text("config: {'veeam:connections': {vbr-lab: {product: vbr}}}\n")
    (access.folder / "Pulumi.half.yaml").write_text("config: {\n")
    (access.folder / "Pulumi.new.yaml").write_text("")
    access.edit("operator: {vbr:", "operator: {vbr-lab: {roles: [Veeam Backup Viewer]}, vbr:")
    access.run("preview")
    assert access.text.count("vbr:User") == 1
    access.edit("vbr-lab", "vbr-labs")
    access.run("preview", expect=1)
    assert (
        "unknown product or connection 'vbr-labs'; known ones: aws, azure, em, m365, vbr, vbr-lab, vspc" in access.text
    )


def test_two_environments_of_one_roster(tmp_path: Path, simulator: StartSimulator) -> None:
    access = make(tmp_path, {"dev": simulator(), "prod": simulator()})
    access.write(ROSTER)
    access.run("up", "dev")
    access.run("up", "prod")
    assert roles(access, "jane.doe", "dev") == ["Veeam Backup Operator"]
    assert roles(access, "jane.doe", "prod") == ["Veeam Backup Administrator"]
    assert access.sims["dev"].lookup("aws", "jane-doe") is None
    assert access.sims["prod"].lookup("aws", "jane-doe") is not None

    access.edit("dev: operator, prod: admin", "dev: admin")
    access.run("up", "prod")
    assert roles(access, "jane.doe", "prod") is None
    assert roles(access, "jane.doe", "dev") == ["Veeam Backup Operator"]


def test_an_account_that_is_there_is_adopted_and_stays(access: Access) -> None:
    access.sim.drift("vbr", "add", r"EXAMPLE\jane.doe", {"roles": ["Veeam Backup Operator"]})
    access.run("up", expect=1)
    access.edit("Jane Doe,", "Jane Doe, adopt: true,")
    access.run("up")
    # The first run may have ended before an account of another product was begun.
    assert [one for one in access.writes() if one.startswith("vbr")] == []
    access.run("destroy")
    assert roles(access, "jane.doe") == ["Veeam Backup Operator"]
