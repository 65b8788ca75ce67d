"""`pulumi import --file`: objects that exist become a stack's own, without a request. The embedded engine has none."""

import json
import shutil
from pathlib import Path

import pytest
from pulumi.dynamic.dynamic import serialize_provider

from tests.conftest import StartSimulator
from tests.docs.pages import page
from tests.engine.conftest import Project
from veeam_pulumi.dynamic import load


def test_the_file_of_the_page_names_the_provider_of_the_kind() -> None:
    (block,) = (one for one in page("real-pulumi.md").blocks("json") if "__provider" in one.text)
    (entry,) = json.loads(block.text)["resources"]
    assert entry["type"] == "pulumi-python:dynamic/veeam/vbr:User"
    assert entry["inputs"]["__provider"] == entry["outputs"]["__provider"] == serialize_provider(load("vbr.User"))


@pytest.mark.skipif(shutil.which("pulumi") is None, reason="there is no `pulumi` on PATH")
def test_what_a_file_imports_previews_as_unchanged(tmp_path: Path, simulator: StartSimulator) -> None:
    sim = simulator(products=("vbr",))
    sim.drift("vbr", "add", r"TECH\john", {"roles": ["Veeam Backup Operator"]})
    id = str((sim.lookup("vbr", r"TECH\john") or {})["id"])
    connections = sim.connections()
    environ = {"PULUMI_CONFIG_PASSPHRASE": "pw", "VEEAM_VBR_PASSWORD": connections["vbr"].pop("password")}
    (tmp_path / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
    project = Project(tmp_path, "pulumi", environ=environ)
    project.init()
    project.set("veeam:connections.vbr.url", connections["vbr"]["url"], path=True)
    project.set("veeam:connections.vbr.username", connections["vbr"]["username"], path=True)
    project.set("veeam:connections.vbr.tls.ca_file", connections["vbr"]["tls"]["ca_file"], path=True)
    text = next(one.text for one in page("real-pulumi.md").blocks("json") if "__provider" in one.text)
    content = json.loads(text)
    (entry,) = content["resources"]
    entry["id"], entry["outputs"]["server"] = id, sim.url("vbr").removeprefix("https://")
    (tmp_path / "import.json").write_text(json.dumps(content))
    (tmp_path / "__main__.py").write_text(
        "import veeam_pulumi as veeam\n"
        'veeam.vbr.User("john", name=r"TECH\\john", roles=["Veeam Backup Operator"], connection="vbr")\n'
    )
    sim.clear_requests()
    words = ["--file", "import.json", "--generate-code=false", "--protect=false", "--yes", "--stack", "dev"]
    done = project._cli("import", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sim.requests() == []
    assert project.refresh().exit_code == 0, project.text
    assert project.preview(expect_no_changes=True).exit_code == 0, project.text
    assert project.destroy().exit_code == 0, project.text
    assert sim.lookup("vbr", r"TECH\john") is None
