"""Promise 12: the stacks of every release, loaded by today's code, preview as unchanged with no write."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import StartSimulator
from tests.engine.conftest import Project
from veeam_pulumi.simulator import Simulator

GOLDEN = Path(__file__).parents[1] / "golden"
RELEASES = sorted(path.parent.name for path in GOLDEN.glob("*/dev.json"))


def people(sim: Simulator) -> None:
    """The users of the programs, as they are on the servers."""
    sim.drift("aws", "add", "operator", {"description": "Dept-02", "password": "Golden-Passw0rd"})
    sim.drift("vbr", "add", r"TECH\john", {"roles": ["Veeam Backup Operator", "Veeam Backup Viewer"]})
    sim.drift("vbr", "add", r"TECH\robot", {"roles": ["Veeam Backup Viewer"], "isServiceAccount": True})
    sim.drift("em", "add", "vbr01", {"description": "Ohio", "username": "svc", "password": "Golden-Passw0rd"})
    smith = {"firstName": "Stan", "role": "CompanyAdministrator", "password": "Golden-Passw0rd"}
    sim.drift("vspc", "add", "s.smith", smith)


def words(sim: Simulator) -> dict[str, str]:
    """What stands for what in a stored stack file."""
    found = {f"{{{name}}}": sim.url(name).removeprefix("https://") for name in sim.products}
    found |= {f"{{{name}}}": str((sim.lookup("vbr", rf"TECH\{name}") or {})["id"]) for name in ("john", "robot")}
    found["{vbr01}"] = str((sim.lookup("em", "vbr01") or {})["id"])
    return {**found, "{smith}": str((sim.lookup("vspc", "s.smith") or {})["instanceUid"])}


def golden_project(folder: Path, release: str, sim: Simulator) -> Project:
    (folder / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
    shutil.copy(GOLDEN / release / "__main__.py", folder)
    project = Project(folder, environ={"PULUMI_CONFIG_PASSPHRASE": "golden", **sim.variables()})
    project.init()
    return project


@pytest.mark.parametrize("release", RELEASES)
def test_the_stack_of_a_release(release: str, simulator: StartSimulator, tmp_path: Path) -> None:
    sim = simulator(products=("aws", "vbr", "em", "vspc"))
    people(sim)
    project = golden_project(tmp_path, release, sim)
    text = (GOLDEN / release / "dev.json").read_text()
    for word, meaning in words(sim).items():
        assert word in text
        text = text.replace(word, meaning)
    project.file.write_text(text)

    operations: list[tuple[str, dict[str, Any]]] = [
        ("preview", {}),
        ("preview", {"refresh": True}),
        ("refresh", {}),
        ("up", {}),
    ]
    for operation, flags in operations:
        result = getattr(project, operation)(expect_no_changes=True, **flags)
        assert result.exit_code == 0, project.text
        assert sim.requests(writes_only=True) == []
    # Absent means default: what the program does not say leaves the state, without a line of a preview.
    assert project.refresh(expect_no_changes=True).exit_code == 0
    john = {"__provider", "name", "roles"}
    assert project.state()["john"]["inputs"].keys() == john
    assert project.state()["john"]["outputs"].keys() == {*john, "role_ids", "resolved_name", "schema", "server"}
    assert project.destroy().exit_code == 0
    assert [one.method for one in sim.requests(writes_only=True)] == ["DELETE"] * 4
    assert sim.lookup("vbr", r"TECH\robot")  # it was adopted


def test_there_is_a_stack_of_every_release() -> None:
    from importlib.metadata import version

    assert version("veeam-pulumi") in RELEASES


def store(release: str) -> None:
    """Writes the stack file of a new release."""
    with Simulator() as sim, tempfile.TemporaryDirectory() as folder:
        sim.drift("vbr", "add", r"TECH\robot", {"roles": ["Veeam Backup Viewer"], "isServiceAccount": True})
        project = golden_project(Path(folder), release, sim)
        if project.up().exit_code:
            sys.exit(project.text)
        text = project.file.read_text()
        for word, meaning in words(sim).items():
            text = text.replace(meaning, word)
        (GOLDEN / release / "dev.json").write_text(text + "\n")


if __name__ == "__main__":
    store(sys.argv[1])
