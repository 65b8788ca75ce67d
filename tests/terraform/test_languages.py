"""docs/languages.md: names in other languages, the way from a stack of dynamic resources, and the bridge itself."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import page
from tests.specimens import of_every_kind
from tests.terraform.conftest import writes
from veeam_pulumi.policy.resources import of_document
from veeam_pulumi.policy.rules import examine
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.terraform import install
from veeam_pulumi.terraform.schema import type_name

PAGE = page("languages.md")


def bridged(terraform: str) -> str:
    """The token that Pulumi's bridge derives from a type name."""
    first, *rest = terraform.removeprefix("veeam_").split("_")
    name = first + "".join(map(str.capitalize, rest))
    return f"veeam:index/{name}:{name[0].upper()}{name[1:]}"


def entry(kind: str, name: str, id: str, **outputs: str) -> dict[str, object]:
    product, _, called = kind.partition(".")
    kind = f"pulumi-python:dynamic/veeam/{product}:{called}"
    return {"type": kind, "urn": f"urn:pulumi:old::p::{kind}::{name}", "id": id, "outputs": outputs}


def test_a_stack_of_dynamic_resources_becomes_an_import_file(tmp_path: Path) -> None:
    (script,) = PAGE.blocks("python")
    kinds = [one.kind for one in of_every_kind()]
    resources = [
        {"type": "pulumi:pulumi:Stack", "urn": "urn:pulumi:old::p::pulumi:pulumi:Stack::p-old", "outputs": {}},
        *(
            entry(kind, f"it-{number}", f"id-{number}", connection=kind.partition(".")[0])
            for number, kind in enumerate(kinds)
        ),
        entry("vbr.User", "there", "id", connection="vbr-b"),
    ]
    exported = json.dumps({"version": 3, "deployment": {"resources": resources}})
    done = subprocess.run(
        [sys.executable, "-c", script.text], input=exported, capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(done.stdout)["resources"] == [
        *(
            {"type": bridged(type_name(kind)), "name": f"it-{number}", "id": f"id-{number}"}
            for number, kind in enumerate(kinds)
        ),
        {"type": "veeam:index/vbrUser:VbrUser", "name": "there", "id": "vbr-b/id"},
    ]


def test_the_page_names_what_there_is() -> None:
    assert "`veeam_vbr_user` is `veeam:index/vbrUser:VbrUser`" in PAGE.text
    assert bridged("veeam_vbr_user") == "veeam:index/vbrUser:VbrUser"
    (line,) = re.findall(r"^pulumi package add terraform-provider (\S+)$", PAGE.text, re.MULTILINE)
    host, release = install.HOSTS[0], install.release()
    assert line == f"/home/you/.terraform.d/plugins/{host}/{install.ADDRESS}/{release}/linux_amd64/{install.STUB}"


NEEDED = ("pulumi", "pulumi-language-yaml", "pulumi-resource-terraform-provider")


PROGRAM = """
variables:
  all:
    fn::invoke: {function: veeam:getVbrUsers, arguments: {}}
outputs:
  users: ${all.users}
resources:
"""
JOHN = r"""
  john:
    type: veeam:VbrUser
    properties:
      name: TECH\john
      roles: [Veeam Backup Operator]
"""
MARY = r"""
  mary:
    type: veeam:VbrUser
    properties:
      name: TECH\mary
      roles: [Veeam Backup Viewer]
"""
INSECURE = """
resources:
  open:
    type: pulumi:providers:veeam
    properties:
      connections: {lab: {product: vbr, url: "https://127.0.0.1:1", username: u, tls: {insecure: true}}}
  sealed:
    type: pulumi:providers:veeam
    properties:
      connections: {vbr: {password: {fn::secret: Example-Passw0rd}}}
"""
TLS = {"tls-verification": "mandatory"}


@pytest.mark.skipif(not all(map(shutil.which, NEEDED)), reason=f"{', '.join(NEEDED)} are not all on PATH")
def test_the_bridge_makes_an_sdk_and_a_user(sim: Simulator, tmp_path: Path) -> None:
    stub = install.install_override(tmp_path)
    (work := tmp_path / "work").mkdir()
    (work / "Pulumi.yaml").write_text("name: bridged\nruntime: yaml\n")
    (state := tmp_path / "state").mkdir()
    environ = {
        **os.environ,
        **sim.variables(),
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": "x",
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }

    def run(*words: str) -> str:
        done = subprocess.run(
            ["pulumi", *words, "--non-interactive"],
            cwd=work, env=environ, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    # `package add` takes the plugin from those that are installed, or from the internet, but not from PATH.
    bridge = str(shutil.which("pulumi-resource-terraform-provider"))
    run("plugin", "install", "resource", "terraform-provider", "v0.0.0-dev", "--file", bridge)
    run("stack", "init", "dev")
    run("package", "add", "terraform-provider", str(stub))
    head = (work / "Pulumi.yaml").read_text()
    (work / "Pulumi.yaml").write_text(head + PROGRAM + JOHN)
    run("up", "--yes", "--skip-preview")
    assert sim.lookup("vbr", r"TECH\john") is not None
    run("preview", "--expect-no-changes")
    sim.drift("vbr", "add", r"TECH\mary", {"roles": ["Veeam Backup Viewer"]})
    sim.drift("vbr", "update", r"TECH\john", {"roles": ["Veeam Backup Viewer"]})
    run("refresh", "--yes")
    run("up", "--yes", "--skip-preview")
    assert [role["name"] for role in (sim.lookup("vbr", r"TECH\john") or {})["roles"]] == ["Veeam Backup Operator"]

    rows = json.loads(run("stack", "output", "users", "--json"))
    (mary,) = [one["id"] for one in rows if one["name"] == r"TECH\mary"]
    sim.clear_requests()
    run("import", "veeam:index/vbrUser:VbrUser", "mary", mary, "--protect=false", "--yes")
    (work / "Pulumi.yaml").write_text(head + PROGRAM + JOHN + MARY)
    run("preview", "--expect-no-changes")
    assert writes(sim, "vbr") == []

    # What the bridge makes of a provider that verifies nothing is what the policies look at.
    (work / "Pulumi.yaml").write_text(head + INSECURE + JOHN + MARY)
    provider = run("preview", "--json", "--show-sames")
    found = examine(of_document(json.loads(provider)), {"all": "disabled", **TLS}, folder=work / "policy")
    assert [one.message.partition(":")[0] for one in found] == [
        "connection lab of provider open",
        "provider sealed",
    ]

    (work / "Pulumi.yaml").write_text(head + PROGRAM + JOHN + MARY)
    run("destroy", "--yes", "--skip-preview")
    assert (sim.lookup("vbr", r"TECH\john"), sim.lookup("vbr", r"TECH\mary")) == (None, None)
