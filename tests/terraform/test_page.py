"""docs/terraform.md against the provider and the command: attributes, data sources, blocks of code, command lines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import Block, codes, page
from tests.docs.tables import flat
from tests.terraform.conftest import Folder
from veeam_pulumi.resource.fields import Marker
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.terraform import install
from veeam_pulumi.terraform.managed import Managed
from veeam_pulumi.terraform.provider import Provider, provider_attributes
from veeam_pulumi.terraform.values import outside

PAGE = page("terraform.md")
PROVIDED = Provider()
PASSWORDS = '{"operator": "Canary-Doc1-op", "vbr01": "Canary-Doc1-vbr", "smith": "Canary-Doc1-smith"}'


@pytest.mark.parametrize("managed", PROVIDED.managed.values(), ids=list(PROVIDED.managed))
def test_every_attribute_is_in_the_table_as_terraform_is_told(managed: Managed) -> None:
    rows = PAGE.rows(managed.type_name)
    declared = outside(dict(flat(managed.attributes.values())))
    assert list(rows) == list(declared)
    assert {name: cells[3] for name, cells in rows.items()} == {name: one.description for name, one in declared.items()}
    replacing = {name for name, cells in rows.items() if "replaces" in cells[3]}
    assert replacing == set(managed.resource.marked(Marker.replace))


def test_every_data_source_is_in_the_table() -> None:
    rows = PAGE.rows("Data sources")
    assert {name: cells[1] for name, cells in rows.items()} == {
        name: f"`{source.items.name}`" for name, source in PROVIDED.sources.items()
    }
    for name, source in PROVIDED.sources.items():
        assert codes(rows[name][2]) == [one.name for one in source.items.nested], name


def test_the_arguments_of_the_provider_are_named() -> None:
    assert set(PAGE.rows("The provider block")) == {one.name for one in provider_attributes()}


# ---- blocks of code


def hcl(*, having: str = "", without: str = "^$") -> list[Block]:
    return [one for one in PAGE.blocks("hcl") if having in one.text and not re.search(without, one.text)]


def test_the_blocks_are_what_the_command_prints() -> None:
    mirror, override = hcl(having="provider_installation")
    assert mirror.text == install.mirror_block(Path("/opt/terraform"))
    assert override.text == install.override_block(Path("/home/you/.terraform.d/veeam-dev"))
    assert any(install.provider_block() in one.text for one in hcl())


def test_all_blocks_make_one_configuration(folder: Folder, sim: Simulator) -> None:
    sim.drift("vbr", "add", r"TECH\mary", {"roles": ["Veeam Restore Operator"]})
    mary = (sim.lookup("vbr", r"TECH\mary") or {})["id"]
    # Left out: what needs another provider, a newer Terraform, or a file of its own.
    blocks = hcl(without='provider_installation|veeamiam|veeam_security_user|random_password|list "|identity = ')
    text = "\n".join(one.text for one in blocks)
    (given,) = re.findall(r'id = "([0-9a-f-]{36})"', text)
    (folder.path / "main.tf").write_text(text.replace(given, mary).replace('"lab-ca.pem"', "null"))
    folder.environ |= {"TF_VAR_passwords": PASSWORDS, "VEEAM_VBR_LAB_URL": sim.url("vbr")}
    said = folder.apply()
    assert "1 imported" in said
    assert sim.can_login("aws", "operator", "Canary-Doc1-op")
    assert "Canary-Doc1" not in said + folder.plan()


def test_a_list_and_an_identity(newest: Folder, sim: Simulator) -> None:
    for name in ("ann", "mary"):
        sim.drift("vbr", "add", f"TECH\\{name}", {"roles": ["Veeam Restore Operator"]})
    (listed,), (block,) = hcl(having='list "'), hcl(having="identity = ")
    (newest.path / "estate.tfquery.hcl").write_text(listed.text)
    newest.write("")
    assert newest.run("query").count("veeam_vbr_user.all") == 2
    (given,) = re.findall(r'id +?= "([0-9a-f-]{36})"', block.text)
    ann = (sim.lookup("vbr", r"TECH\ann") or {})["id"]
    newest.write(block.text.replace(given, ann))
    assert "1 imported, 0 added, 0 changed, 0 destroyed" in newest.apply()


def test_another_local_name(folder: Folder, sim: Simulator) -> None:
    (block,) = hcl(having="veeamiam")
    (folder.path / "main.tf").write_text(block.text)
    folder.apply()
    assert sim.lookup("vbr", r"TECH\john")


def test_command_lines_are_terraforms(newest: Folder) -> None:
    """Subcommands and options that there are: `-help` of each has them."""
    lines = [line.split() for one in PAGE.blocks("sh") for line in one.text.splitlines()]
    for words in [words for words in lines if words and words[0] == "terraform"]:
        shown = newest.run(words[1], "-help", code=0) if words[1] != "version" else ""
        for option in [word.partition("=")[0] for word in words[2:] if word.startswith("-")]:
            assert option in shown, words
