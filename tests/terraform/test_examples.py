"""The examples are run: applied, found unchanged, destroyed, and the servers asked. The quickstart: test_demo.py."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.terraform.conftest import BINARY, Folder, writes
from veeam_pulumi.simulator import Simulator

EXAMPLES = Path(__file__).parents[2] / "examples" / "terraform"


def copied(folder: Folder, name: str, **variables: object) -> Folder:
    for file in (EXAMPLES / name).iterdir():
        if file.suffix in (".tf", ".yaml", ".hcl"):
            shutil.copy(file, folder.path)
    folder.environ |= {f"TF_VAR_{key}": json.dumps(value) for key, value in variables.items()}
    return folder


def held(sim: Simulator) -> dict[str, Any]:
    return {product: sim.objects(product) for product in sim.products}


def test_the_examples_are_formatted(folder: Folder) -> None:
    command = [str(BINARY), "fmt", "-check", "-recursive", str(EXAMPLES)]
    done = subprocess.run(command, env=folder.environ, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_roster(folder: Folder, sim: Simulator) -> None:
    before = held(sim)
    people = yaml.safe_load((EXAMPLES / "roster" / "people.yaml").read_text())
    assert sum(map(len, people.values())) == 50
    copied(folder, "roster", passwords=dict.fromkeys((*people["aws"], *people["vspc"]), "Canary-Ex3-R0ster"))
    assert "50 added" in folder.apply()
    for product, names in people.items():
        assert [name for name in names if sim.lookup(product, name) is None] == []
    sim.clear_requests()
    folder.plan()
    reads = [one for one in sim.requests("vbr") if one.path.startswith("/api/v1/security/users/")]
    assert len(reads) < 22  # one list in place of many reads
    folder.run("destroy", "-auto-approve", "-input=false")
    assert held(sim) == before


def test_the_import(folder: Folder, sim: Simulator) -> None:
    for name, role in (("john", "Veeam Backup Operator"), ("mary", "Veeam Restore Operator")):
        sim.drift("vbr", "add", f"TECH\\{name}", {"roles": [role]})
    copied(folder, "import")
    now = (folder.path / "main.tf").read_text()
    earlier = now[: now.index("# An earlier form")].replace("veeam_vbr_user.mary", "veeam_vbr_user.restorer")
    (folder.path / "main.tf").write_text(earlier.replace('"mary"', '"restorer"'))
    folder.run("plan", "-generate-config-out=generated.tf")
    assert "Veeam Backup Operator" in (folder.path / "generated.tf").read_text()
    assert "2 imported, 0 added, 0 changed, 0 destroyed" in folder.apply()

    (folder.path / "main.tf").write_text(now)
    text = folder.apply()
    assert "veeam_vbr_user.restorer has moved to veeam_vbr_user.mary" in text
    assert "0 added, 0 changed, 0 destroyed" in text
    folder.plan()
    assert writes(sim, "vbr") == []
    assert "prevent_destroy" in folder.run("destroy", "-auto-approve", "-input=false", code=1)
    (folder.path / "main.tf").write_text(now.replace("prevent_destroy = true", ""))
    folder.run("destroy", "-auto-approve", "-input=false")
    assert sim.lookup("vbr", r"TECH\john") is None


def test_taking_over(newest: Folder, sim: Simulator) -> None:
    for product, name, given in (
        ("vbr", r"TECH\john", {"roles": ["Veeam Backup Operator"]}),
        ("aws", "operator", {"password": "Canary-Ex4-T0ver"}),
        ("em", "vbr01.example.com", {}),
    ):
        sim.drift(product, "add", name, given)
    before = held(sim)
    sim.clear_requests()
    copied(newest, "take-over")
    newest.run("query", "-generate-config-out=estate.tf")
    newest.apply()
    newest.plan()
    assert sum(one["mode"] == "managed" for one in newest.resources()) == sum(
        len(before[product][rows]) for product, rows in (("vbr", "users"), ("aws", "users"), ("em", "servers"))
    ) + len([one for one in before["vspc"]["users"] if one["role"] == "CompanyAdministrator"])
    (newest.path / "estate.tf").unlink()
    assert "protect_imported keeps it there" in newest.apply()
    assert newest.resources() == []
    assert held(sim) == before
    assert [writes(sim, product) for product in sim.products] == [[]] * len(sim.products)
