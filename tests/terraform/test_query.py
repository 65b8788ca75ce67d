"""`terraform query` (1.14 and later): what is on the servers as blocks that import it and change nothing."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import specimens
from tests.docs.pages import page
from tests.terraform.conftest import Folder, writes
from tests.terraform.test_lives import PASSWORD, _life
from veeam_pulumi.products import resources
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.terraform.schema import type_name

KINDS = {one.kind: one for one in specimens.of_every_kind()}


def kept_from_destroying(written: Path, blocks: int) -> None:
    """What the page says to do with the file that Terraform wrote."""
    (line,) = [one.text for one in page("terraform.md").blocks("sh") if one.text.startswith("perl")]
    assert "prevent_destroy" not in written.read_text()
    if shutil.which("perl"):
        subprocess.run(shlex.split(line.replace("estate.tf", str(written))), check=True)
        assert written.read_text().count("lifecycle { prevent_destroy = true }") == blocks


def query(folder: Folder, text: str) -> None:
    folder.write("")
    folder.write(text, "estate.tfquery.hcl")


def lists(*kinds: str, config: str = "") -> str:
    return "".join(
        f'list "{type_name(kind)}" "all" {{\n  provider = veeam\n  limit    = 1000\n  config {{\n{config}\n  }}\n}}\n'
        for kind in kinds
    )


def test_a_whole_estate_is_taken_over_without_a_write(newest: Folder, sim: Simulator) -> None:
    for one in KINDS.values():
        sim.set(**one.knobs)
        if one.kind not in ("vbr.Role", "m365.RestoreRole"):
            one.add(sim)
    # Roles that somebody makes by hand in the simulator are not whole.
    roles = [_life(KINDS[kind]) for kind in ("vbr.Role", "m365.RestoreRole")]
    newest.write("".join(life.block(life.first) for life in roles)).apply()
    (newest.path / "terraform.tfstate").unlink()
    sim.clear_requests()
    query(newest, lists(*resources()))
    text = newest.run("query", "-generate-config-out=generated.tf")
    written = (newest.path / "generated.tf").read_text()
    # Backup for Azure makes two accounts for itself, whose roles nobody may give.
    there = sum(len(one.held(sim)) for one in KINDS.values()) - 2
    assert text.count("is not listed") == text.count("No configuration can have it: role: must be one of") == 2
    assert written.count("import {") == there
    assert f"Plan: {there} to import, 0 to add, 0 to change, 0 to destroy" in newest.plan(code=2)
    assert f"{there} imported, 0 added, 0 changed, 0 destroyed" in newest.apply()
    newest.plan()
    assert [writes(sim, one.product) for one in KINDS.values()] == [[]] * len(KINDS)


@pytest.mark.parametrize("changed", [False, True], ids=["as made", "as changed by hand"])
def test_every_form_of_what_has_forms_is_taken_over(newest: Folder, sim: Simulator, changed: bool) -> None:
    """Linux, Windows, Hyper-V and vSphere servers, each kind of credential, a company with services and claims."""
    kinds = ("vbr.Credential", "vbr.ManagedServer", "vspc.Company")
    forms = [one for one in specimens.ALL if one.kind in kinds and one is not specimens.VSPC_COMPANY]
    for one in forms:
        sim.set(**one.knobs)
        name = f"{one.form}.lab.local" if one.kind == "vbr.ManagedServer" else one.key  # two forms share a name
        one.add(sim, name=name)
        if changed and one is not specimens.VBR_SINGLE_USE:  # whose change by hand leaves it without an account
            one.alter(sim, name)
    company = _life(specimens.VSPC_COMPANY)
    newest.write(PASSWORD + company.block(company.changed if changed else company.first)).apply()
    (newest.path / "terraform.tfstate").unlink()
    sim.clear_requests()
    query(newest, lists(*kinds))
    newest.run("query", "-generate-config-out=generated.tf")
    there = sum(len(KINDS[kind].held(sim)) for kind in kinds)
    assert there > len(forms)
    kept_from_destroying(newest.path / "generated.tf", there)
    assert f"Plan: {there} to import, 0 to add, 0 to change, 0 to destroy" in newest.plan(code=2)
    newest.apply()
    newest.plan()
    assert writes(sim, "vbr") == writes(sim, "vspc") == []
    assert "Canary-" not in (newest.path / "generated.tf").read_text()


def test_what_a_person_has_to_fill_in_is_named(newest: Folder, sim: Simulator) -> None:
    sim.set(**specimens.VBR_ROLE.knobs)
    specimens.VBR_ROLE.add(sim)
    query(newest, lists("vbr.Role"))
    text = newest.run("query", "-generate-config-out=generated.tf")
    assert "veeam_vbr_role Restore file server needs inventory_scope" in text
    assert "The server does not tell it, so fill it in." in text
    assert "Restore file server" in (newest.path / "generated.tf").read_text()


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ("", [r"TECH\ann", r"TECH\bob", r"TECH\carl"]),
        (r'name = "tech\\*"', [r"TECH\ann", r"TECH\bob", r"TECH\carl"]),
        (r'name = "*\\B*"', [r"TECH\bob"]),
        (r'name = "tech\\CARL"', [r"TECH\carl"]),
        ('roles = ["backup viewer"]', [r"TECH\ann", r"TECH\carl"]),
        ('roles = ["Veeam Backup Viewer", "Veeam Tape Operator"]', [r"TECH\carl"]),
        ("is_service_account = true", []),
    ],
)
def test_a_list_has_filters(newest: Folder, sim: Simulator, config: str, found: list[str]) -> None:
    roles = {"ann": ["Veeam Backup Viewer"], "bob": ["Veeam Restore Operator"]}
    roles["carl"] = ["Veeam Tape Operator", "Veeam Backup Viewer"]
    for name, given in roles.items():
        sim.drift("vbr", "add", f"TECH\\{name}", {"roles": given})
    query(newest, lists("vbr.User", config=config))
    text = newest.run("query")
    assert [name for name in (r"TECH\ann", r"TECH\bob", r"TECH\carl") if name in text] == found


def test_a_list_stops_at_its_limit(newest: Folder, sim: Simulator) -> None:
    for number in range(5):
        sim.drift("vbr", "add", f"TECH\\u{number}", {"roles": ["Veeam Backup Viewer"]})
    query(newest, lists("vbr.User", config=r'name = "TECH\\u*"').replace("1000", "2"))
    assert newest.run("query").count("id=") == 2


def test_a_list_that_cannot_be_had_is_an_error(newest: Folder, sim: Simulator) -> None:
    sim.fault("vbr", "status", status=403, path="/api/v1/security/users", times=0)
    query(newest, lists("vbr.User"))
    text = newest.run("query", code=1)
    assert "vbr.User" in text and sim.url("vbr").removeprefix("https://") in text
    query(newest, lists("vbr.User", config='connection_name = "vbr-b"'))
    assert "there is no connection 'vbr-b'" in newest.run("query", code=1)
