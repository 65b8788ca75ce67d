"""`pulumi import --file`: objects that exist become a stack's own, without a request. The embedded engine has none."""

import json
from pathlib import Path

import pytest
from pulumi.dynamic.dynamic import serialize_provider
from typer.testing import CliRunner

from tests import pulumi_cli
from tests.conftest import StartSimulator
from tests.docs.pages import page
from tests.engine.conftest import Project
from tests.specimens import of_every_kind
from veeam_pulumi.cli.main import app
from veeam_pulumi.dynamic import load
from veeam_pulumi.simulator import PRODUCTS


def test_the_file_of_the_page_names_the_provider_of_the_kind() -> None:
    (block,) = (one for one in page("real-pulumi.md").blocks("json") if "__provider" in one.text)
    (entry,) = json.loads(block.text)["resources"]
    assert entry["type"] == "pulumi-python:dynamic/veeam/vbr:User"
    assert entry["inputs"]["__provider"] == entry["outputs"]["__provider"] == serialize_provider(load("vbr.User"))


COMMAND = ["pulumi", "import", "--file", "import.json", "--generate-code=false", "--protect=false", "--yes"]


def test_what_a_file_imports_previews_as_unchanged(tmp_path: Path, simulator: StartSimulator) -> None:
    pulumi_cli.require()
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
    project._cli(*COMMAND[1:], "--stack", "dev")
    assert sim.requests() == []
    assert project.refresh().exit_code == 0, project.text
    assert project.preview(expect_no_changes=True).exit_code == 0, project.text
    assert project.destroy().exit_code == 0, project.text
    assert sim.lookup("vbr", r"TECH\john") is None


def test_what_discover_wrote_of_every_kind_is_imported_and_nothing_changes(
    tmp_path: Path, simulator: StartSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the servers to a stack as docs/take-over.md says it for the CLI: no server is written."""
    pulumi_cli.require()
    kinds = of_every_kind()
    sim = simulator({name: value for one in kinds for name, value in one.knobs.items()}, products=PRODUCTS)
    for one in kinds:
        one.add(sim, "Found-Passw0rd-1")
    desk = next(one for one in kinds if one.kind == "m365.RestoreRole")
    desk.alter(sim)  # a role without operators cannot be declared
    before = {product: sim.objects(product) for product in sim.products}
    for name, value in {**pulumi_cli.variables(tmp_path), **sim.variables(), "NO_PROXY": "127.0.0.1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "take over")
    monkeypatch.chdir(tmp_path)
    sim.clear_requests()
    for words in (["discover", "--out", "taken"], ["new", "backup-access", "--from", "taken"]):
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
    folder = tmp_path / "backup-access"
    pulumi_cli.link_environment(folder)
    imported = json.loads((folder / "import.json").read_text())["resources"]
    wanted = {f"pulumi-python:dynamic/veeam/{one.kind.replace('.', ':')}" for one in kinds}
    assert wanted - {one["type"] for one in imported} == set()

    def pulumi(*words: str) -> str:
        return pulumi_cli.run(["pulumi", *words], folder).stdout

    pulumi("stack", "init", "prod")
    sim.clear_requests()
    pulumi(*COMMAND[1:], "--stack", "prod")
    assert "unchanged" in pulumi("preview", "--stack", "prod", "--expect-no-changes")
    assert sim.requests() == []
    pulumi("preview", "--stack", "prod", "--refresh", "--expect-no-changes")
    pulumi("up", "--stack", "prod", "--yes", "--expect-no-changes")
    pulumi("refresh", "--stack", "prod", "--yes", "--expect-no-changes")
    assert sim.requests(writes_only=True) == []
    pulumi("destroy", "--stack", "prod", "--yes")
    assert sim.requests(writes_only=True) == []  # what was discovered is adopted
    assert {product: sim.objects(product) for product in sim.products} == before
