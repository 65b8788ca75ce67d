"""Addresses: moves of every kind, what is forgotten, what is replaced on request, imports by odd ids."""

from __future__ import annotations

import json

import pytest

from tests.terraform.conftest import CONFIGURATION, Folder, writes
from tests.terraform.test_imported import john
from tests.terraform.test_lives import AWS, TOGETHER, configure
from veeam_pulumi.simulator import Simulator

JOHN = 'resource "veeam_vbr_user" "john" {\n  name  = "TECH\\\\john"\n  roles = ["Veeam Backup Operator"]\n}\n'


def users(name: str, many: str, each: str) -> str:
    text = f'  {many}\n  name  = "MANY\\\\${{{each}}}"\n  roles = ["Veeam Backup Viewer"]\n'
    return f'resource "veeam_vbr_user" "{name}" {{\n{text}}}\n'


def moved(*pairs: tuple[str, str]) -> str:
    return "".join(f"moved {{\n  from = {one}\n  to   = {other}\n}}\n" for one, other in pairs)


def test_moves_of_every_kind_send_nothing(folder: Folder, sim: Simulator) -> None:
    def module(name: str) -> str:
        (place := folder.path / "team").mkdir(exist_ok=True)
        (place / "main.tf").write_text(CONFIGURATION + JOHN)
        return f'module "{name}" {{\n  source = "./team"\n}}\n'

    def step(text: str) -> None:
        folder.write(text)
        folder.run("get")
        sim.clear_requests()
        folder.apply()
        folder.plan()
        assert writes(sim, "vbr") == []

    counted = users("many", "count = 2", 'element(["a", "b"], count.index)')
    folder.write(JOHN + counted).apply()
    ids = {one["name"]: one["id"] for one in sim.objects("vbr")["users"]}
    by_key = 'for_each = toset(["a", "b"])'
    # A resource to one of another name, into a module, the module to another name, and out of it again.
    step(JOHN.replace('"john"', '"jack"') + counted + moved(("veeam_vbr_user.john", "veeam_vbr_user.jack")))
    step(module("one") + counted + moved(("veeam_vbr_user.jack", "module.one.veeam_vbr_user.john")))
    step(module("two") + counted + moved(("module.one", "module.two")))
    out = moved(("module.two.veeam_vbr_user.john", "veeam_vbr_user.john"))
    # Numbers to keys, keys to other keys, and one after the other at once.
    a, b = "veeam_vbr_user.many", "veeam_vbr_user.each"
    step(JOHN + out + users("each", by_key, "each.key") + moved((f"{a}[0]", f'{b}["a"]'), (f"{a}[1]", f'{b}["b"]')))
    keys = 'for_each = { x = "a", y = "b" }'
    step(JOHN + users("each", keys, "each.value") + moved((f'{b}["a"]', f'{b}["x"]'), (f'{b}["b"]', f'{b}["y"]')))
    last = users("all", keys, "each.value")
    step(JOHN + last + moved((b, "veeam_vbr_user.all")))
    alone = users("all", 'for_each = { x = "a" }', "each.value")
    single = 'resource "veeam_vbr_user" "b" {\n  name  = "MANY\\\\b"\n  roles = ["Veeam Backup Viewer"]\n}\n'
    step(JOHN + alone + single + moved(('veeam_vbr_user.all["y"]', "veeam_vbr_user.b")))
    assert {one["name"]: one["id"] for one in sim.objects("vbr")["users"]} == ids


def test_an_object_does_not_become_one_of_another_type(folder: Folder, sim: Simulator) -> None:
    folder.write(JOHN).apply()
    other = 'resource "veeam_aws_user" "john" {\n  name = "john"\n  password_wo = "Canary-Type-1qX"\n}\n'
    folder.write(other + moved(("veeam_vbr_user.john", "veeam_aws_user.john")))
    sim.clear_requests()
    assert "veeam_vbr_user cannot become veeam_aws_user" in folder.apply(code=1)
    assert (writes(sim, "vbr"), writes(sim, "aws")) == ([], [])


def test_every_kind_is_replaced_where_somebody_asks(folder: Folder, sim: Simulator) -> None:
    lives = TOGETHER["today"]
    for life in lives:
        sim.set(**life.knobs)
    configure(folder, lives, "first")
    folder.apply()
    ids = {life.address: folder.state(life.address)["id"] for life in lives}
    sim.clear_requests()
    asked = folder.apply(*(f"-replace={address}" for address in ids))
    assert f"{len(lives)} added, 0 changed, {len(lives)} destroyed" in asked
    folder.plan()
    same = {address for address, id in ids.items() if folder.state(address)["id"] == id}
    assert same == {AWS.address, "veeam_azure_user.it"} & same
    assert [life.address for life in lives if sim.lookup(life.product, life.name) is None] == []


def test_replacing_what_the_provider_protects_deletes_nothing(folder: Folder, sim: Simulator) -> None:
    keeping = 'provider "veeam" {\n  protect_imported = true\n}\n'
    id = john(sim)
    folder.write(keeping + JOHN + f'import {{\n  to = veeam_vbr_user.john\n  id = "{id}"\n}}\n').apply()
    folder.write(keeping + JOHN)
    sim.clear_requests()
    said = folder.apply("-replace=veeam_vbr_user.john", code=1)
    assert r"vbr.User 'TECH\john' was imported, and is not replaced" in said
    assert "What was asked for (-replace, replace_triggered_by) deletes it" in said
    folder.plan()
    assert writes(sim, "vbr") == []


def test_a_removed_block_forgets_the_object(folder: Folder, sim: Simulator) -> None:
    many = users("many", 'for_each = toset(["a", "b"])', "each.key")
    folder.write(JOHN + many).apply()
    blocks = (
        f"removed {{\n  from = veeam_vbr_user.{name}\n  lifecycle {{\n    destroy = false\n  }}\n}}\n"
        for name in ("john", "many")
    )
    folder.write("".join(blocks))
    sim.clear_requests()
    folder.apply()
    folder.plan()
    assert writes(sim, "vbr") == []
    assert folder.resources() == []
    assert sim.lookup("vbr", r"TECH\john") is not None and sim.lookup("vbr", r"MANY\b") is not None


@pytest.mark.parametrize("form", ["{}", "{{{}}}", "urn:uuid:{}", " {} ", "vbr/{}", "upper"])
def test_an_id_in_any_form_is_the_servers_in_the_state(folder: Folder, sim: Simulator, form: str) -> None:
    id = john(sim)
    folder.write(JOHN)
    folder.run("import", "veeam_vbr_user.john", id.upper() if form == "upper" else form.format(id))
    assert folder.state("veeam_vbr_user.john")["id"] == id
    sim.clear_requests()
    folder.plan()
    folder.run("destroy", "-auto-approve")
    assert sim.lookup("vbr", r"TECH\john") is None


def test_an_identity_in_another_form_is_the_servers_in_the_state(newest: Folder, sim: Simulator) -> None:
    id = john(sim)
    identity = f'identity = {{\n    id = "{{{id.upper()}}}"\n  }}'
    newest.write(JOHN + f"import {{\n  to = veeam_vbr_user.john\n  {identity}\n}}\n")
    assert "1 imported, 0 added, 0 changed, 0 destroyed" in newest.apply()
    newest.plan()
    (stored,) = newest.resources()[0]["instances"]
    assert stored["attributes"]["id"] == stored["identity"]["id"] == id


@pytest.mark.parametrize(
    "id", ["", " ", "/", "vbr/", "no such", "a/b", "../users", "00000000-0000-0000-0000-000000000000", "%2e%2e"]
)
def test_an_id_that_nothing_has_is_an_error_with_its_text(folder: Folder, sim: Simulator, id: str) -> None:
    folder.write(JOHN)
    text = folder.run("import", "veeam_vbr_user.john", id, code=1)
    assert "unexpected" not in text
    assert "id" in text
    assert not (folder.path / "terraform.tfstate").exists() or folder.resources() == []
    assert writes(sim, "vbr") == []


NAMES = ["with blank", "a/b", "aws/x", "per%20cent", "ümlaut", "a?b#c", "${name}", 'quo"te']


def test_an_id_that_is_a_name_has_what_somebody_typed(folder: Folder, sim: Simulator) -> None:
    blocks = [
        f"import {{\n  to = veeam_aws_user.odd{at}\n  id = {hcl_text('aws/' * ('/' in name) + name)}\n}}\n"
        for at, name in enumerate(NAMES)
    ]
    for name in NAMES:
        sim.drift("aws", "add", name, {"password": "Canary-Odd-3qW", "description": "odd"})
    sim.clear_requests()
    folder.write("".join(blocks))
    folder.run("plan", "-generate-config-out=made.tf")
    folder.apply()
    assert [folder.state(f"veeam_aws_user.odd{at}")["name"] for at in range(len(NAMES))] == NAMES
    folder.plan()
    assert writes(sim, "aws") == []


def hcl_text(text: str) -> str:
    return json.dumps(text).replace("${", "$${")
