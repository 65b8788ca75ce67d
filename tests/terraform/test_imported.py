"""What was imported: used without what no server shows, and deleted by a destroy unless the provider keeps it."""

from __future__ import annotations

import json

import pytest

from tests.terraform.conftest import Folder, writes
from veeam_pulumi.simulator import Simulator

SMITH = """
resource "veeam_vspc_user" "smith" {
  organization_uid = "79817d6d-4b00-4e22-b673-8758f02fa0ef"
  user_name        = "s.smith"
  role             = "CompanyAdministrator"
  profile          = { email = "s@example.com" }
}
"""
OPERATOR = 'resource "veeam_aws_user" "operator" {\n  name = "operator"\n  description = "one"\n}\n'
SERVER = """
resource "veeam_em_backup_server" "vbr01" {
  dns_name_or_ip_address = "vbr01.example.com"
  description            = "one"
}
"""
JOHN = 'resource "veeam_vbr_user" "john" {\n  name  = "TECH\\\\john"\n  roles = ["Veeam Backup Operator"]\n}\n'
PASSWORD, OTHER = "Canary-Imp1-x7Kq", "Canary-Imp2-p3Zt"


def imports(**ids: str) -> str:
    blocks = (
        f"import {{\n  to = {address.replace('__', '.')}\n  id = {json.dumps(id)}\n}}\n" for address, id in ids.items()
    )
    return "".join(blocks)


def secret(text: str, version: int | None = 1) -> str:
    more = f'  password_wo = "{PASSWORD if version == 1 else OTHER}"\n'
    more += f"  password_wo_version = {version}\n" if version else ""
    return text.rstrip()[:-1] + more + "}\n"


def test_a_user_without_a_password_here_can_be_changed(folder: Folder, sim: Simulator) -> None:
    folder.write(secret(SMITH) + secret(OPERATOR)).apply()
    ids = {
        name: folder.state(name.replace("__", "."))["id"]
        for name in ("veeam_vspc_user__smith", "veeam_aws_user__operator")
    }
    (folder.path / "terraform.tfstate").unlink()
    sim.clear_requests()
    text = imports(**ids)
    folder.write(SMITH + OPERATOR + text)
    assert "2 imported, 0 added, 0 changed, 0 destroyed" in folder.apply()
    assert (writes(sim, "vspc"), writes(sim, "aws")) == ([], [])

    changed = (SMITH + OPERATOR).replace("CompanyAdministrator", "CompanyInvoiceAuditor").replace('"one"', '"two"')
    folder.write(changed)
    assert "0 added, 2 changed, 0 destroyed" in folder.apply()
    folder.plan()
    assert sim.can_login("vspc", "s.smith", PASSWORD) and sim.can_login("aws", "operator", PASSWORD)
    assert (sim.lookup("vspc", "s.smith") or {})["role"] == "CompanyInvoiceAuditor"
    assert (sim.lookup("aws", "operator") or {})["description"] == "two"


def john_of_somebody(sim: Simulator) -> str:
    """The import block of a user that somebody made."""
    sim.drift("vbr", "add", r"TECH\john", {"roles": ["Veeam Backup Operator"]})
    return imports(veeam_vbr_user__john=(sim.lookup("vbr", r"TECH\john") or {})["id"])


def test_what_was_imported_and_is_gone_is_planned_as_new_although_it_is_protected(
    folder: Folder, sim: Simulator
) -> None:
    keeps = 'provider "veeam" {\n  protect_imported = true\n}\n'
    folder.write(keeps + JOHN + john_of_somebody(sim)).apply()
    sim.drift("vbr", "delete", r"TECH\john")
    folder.write(keeps + JOHN)
    assert folder.actions() == {"veeam_vbr_user.john": "create"}
    folder.run("destroy", "-auto-approve")
    assert sim.lookup("vbr", r"TECH\john") is None

    folder.write(keeps + JOHN + john_of_somebody(sim)).apply()
    said = folder.run("plan", "-replace=veeam_vbr_user.john", code=1)
    assert r"vbr.User 'TECH\john' was imported, and is not replaced" in said


MARY = 'resource "veeam_azure_user" "mary" {\n  name = "mary"\n  role = "ReadOnlyUser"\n}\n'


@pytest.mark.parametrize(
    ("product", "text", "account"), [("vspc", SMITH, "s.smith"), ("azure", MARY, "mary")], ids=["vspc", "azure"]
)
def test_a_destroy_needs_no_password_of_what_is_gone(
    folder: Folder, sim: Simulator, product: str, text: str, account: str
) -> None:
    folder.write(secret(text) + JOHN).apply()
    folder.write(text + JOHN).apply()
    sim.drift(product, "delete", account)
    folder.plan(code=2)
    assert "password_wo" in folder.outputs[-1]  # an apply would need it
    folder.run("destroy", "-auto-approve")
    assert folder.resources() == []
    assert sim.lookup("vbr", r"TECH\john") is None


def test_what_is_gone_is_made_again_with_its_password_alone(folder: Folder, sim: Simulator) -> None:
    folder.write(secret(SMITH)).apply()
    folder.write(SMITH).apply()
    sim.drift("vspc", "delete", "s.smith")
    assert "veeam_vspc_user needs password_wo or password to be created" in folder.apply(code=1)
    assert sim.lookup("vspc", "s.smith") is None
    assert "veeam_vspc_user needs password_wo or password to be created" in folder.plan(code=1)  # as of what never was
    folder.write(secret(SMITH, 2)).apply()
    assert sim.can_login("vspc", "s.smith", OTHER)


def test_a_server_that_wants_the_old_password_gets_it_from_who_moves_to_the_write_only_form(
    folder: Folder, sim: Simulator
) -> None:
    sim.set(**{"aws.old_password": "required"})
    folder.write(OPERATOR.rstrip()[:-1] + f'  password = "{PASSWORD}"\n}}\n').apply()
    folder.write(OPERATOR.rstrip()[:-1] + f'  password_wo = "{OTHER}"\n  password_wo_version = 1\n}}\n').apply()
    assert sim.can_login("aws", "operator", OTHER)
    folder.plan()


def test_a_password_may_leave_the_configuration(folder: Folder, sim: Simulator) -> None:
    folder.write(secret(SMITH)).apply()
    sim.clear_requests()
    folder.write(secret(SMITH).replace(f'  password_wo = "{PASSWORD}"\n', "")).plan()  # the version alone
    folder.write(secret(SMITH).replace("  password_wo_version = 1\n", "")).apply()
    folder.write(SMITH).apply()
    folder.plan()
    assert writes(sim, "vspc") == []

    folder.write(SMITH.rstrip()[:-1] + f'  password = "{OTHER}"\n}}\n').apply()
    assert sim.can_login("vspc", "s.smith", OTHER)
    sim.clear_requests()
    folder.write(SMITH).apply()
    folder.plan()
    assert folder.state("veeam_vspc_user.smith")["password"] is None
    assert writes(sim, "vspc") == []
    assert sim.can_login("vspc", "s.smith", OTHER)


def test_a_version_without_a_password_is_a_mistake(folder: Folder) -> None:
    folder.write(secret(SMITH)).apply()
    folder.write(SMITH.rstrip()[:-1] + "  password_wo_version = 2\n}\n")
    assert "password_wo_version changed, but there is no password_wo to send" in folder.plan(code=1)


def test_a_replacement_needs_what_a_create_needs(folder: Folder, sim: Simulator) -> None:
    folder.write(secret(SMITH)).apply()
    folder.write(SMITH.replace("s.smith", "t.smith"))
    assert "veeam_vspc_user needs password_wo or password to be created" in folder.plan(code=1)
    assert sim.lookup("vspc", "s.smith") is not None


def test_a_connected_backup_server_is_taken_over_without_its_account(folder: Folder, sim: Simulator) -> None:
    account = '  username = "VBR01\\\\svc-em"\n'
    folder.write(secret(SERVER).replace("  description", account + "  description")).apply()
    id = folder.state("veeam_em_backup_server.vbr01")["id"]
    (folder.path / "terraform.tfstate").unlink()
    sim.clear_requests()
    block = imports(veeam_em_backup_server__vbr01=id)
    folder.write(SERVER + block)
    assert "1 imported, 0 added, 0 changed, 0 destroyed" in folder.apply()
    folder.write(SERVER.replace("one", "two")).apply()
    folder.plan()
    (put,) = [one for one in sim.requests("em") if one.method == "PUT"]
    assert "Username" not in str(put.body) and "Password" not in str(put.body)
    assert sim.can_login("em", "VBR01\\svc-em", PASSWORD)

    folder.write(SERVER.replace("  description", account + "  description"))
    assert "veeam_em_backup_server needs password_wo or password when username is sent" in folder.plan(code=1)

    (folder.path / "terraform.tfstate").unlink()
    folder.write(SERVER.replace("vbr01.example", "vbr02.example"))
    assert "veeam_em_backup_server needs username to be created" in folder.plan(code=1)


def test_its_configuration_is_written(folder: Folder, sim: Simulator) -> None:
    sim.drift("em", "add", "vbr01.example.com", {"description": "by hand"})
    id = (sim.lookup("em", "vbr01.example.com") or {})["uid"].rpartition(":")[2]
    folder.write(imports(veeam_em_backup_server__vbr01=id))
    folder.run("plan", "-generate-config-out=made.tf")
    assert "1 imported, 0 added, 0 changed, 0 destroyed" in folder.apply()
    folder.plan()
    assert writes(sim, "em") == []


def john(sim: Simulator) -> str:
    sim.drift("vbr", "add", r"TECH\john", {"roles": ["Veeam Backup Operator"]})
    return str((sim.lookup("vbr", r"TECH\john") or {})["id"])


def test_what_was_imported_is_deleted_by_a_destroy(folder: Folder, sim: Simulator) -> None:
    folder.write(JOHN + imports(veeam_vbr_user__john=john(sim))).apply()
    folder.run("destroy", "-auto-approve")
    assert sim.lookup("vbr", r"TECH\john") is None


def test_a_provider_can_keep_what_was_imported(folder: Folder, sim: Simulator) -> None:
    keeping = 'provider "veeam" {\n  protect_imported = true\n}\n'
    ann = JOHN.replace("john", "ann")
    folder.write(keeping + JOHN + ann + imports(veeam_vbr_user__john=john(sim))).apply()
    folder.write(
        keeping + JOHN.replace("Backup Operator", "Restore Operator") + ann
    ).apply()  # it may change all the same
    folder.write(keeping + JOHN.replace("TECH\\\\john", "TECH\\\\jack") + ann)
    text = folder.plan(code=1)
    assert "was imported, and is not replaced" in text and "A change of name deletes it" in text

    folder.write(keeping)
    text = folder.apply()
    assert "stays on" in text and "protect_imported keeps it there" in text
    assert sim.lookup("vbr", r"TECH\john") is not None and sim.lookup("vbr", r"TECH\ann") is None
    assert "No changes" in folder.plan()


def test_an_import_by_identity_names_the_connection(newest: Folder, sim: Simulator) -> None:
    given = f'identity = {{\n    id = "{john(sim)}"\n    connection_name = "vbr"\n  }}'
    newest.write(JOHN + f"import {{\n  to = veeam_vbr_user.john\n  {given}\n}}\n")
    assert "1 imported, 0 added, 0 changed, 0 destroyed" in newest.apply()
    newest.plan()
    stored = json.loads((newest.path / "terraform.tfstate").read_text())["resources"][0]["instances"][0]
    assert stored["identity"] == {"id": stored["attributes"]["id"], "connection_name": "vbr"}


def test_two_hundred_users_are_taken_over_by_one_block(folder: Folder, sim: Simulator) -> None:
    for number in range(200):
        sim.drift("vbr", "add", f"MANY\\u{number}", {"roles": ["Veeam Backup Viewer"]})
    sim.clear_requests()
    folder.write(
        'data "veeam_vbr_users" "all" {}\n'
        "locals {\n  found = { for one in data.veeam_vbr_users.all.users : one.name => one "
        'if startswith(one.name, "MANY") }\n}\n'
        "import {\n  for_each = local.found\n  to       = veeam_vbr_user.all[each.key]\n  id       = each.value.id\n}\n"
        'resource "veeam_vbr_user" "all" {\n  for_each = local.found\n  name     = each.key\n'
        "  roles    = each.value.roles\n  lifecycle {\n    prevent_destroy = true\n  }\n}\n"
    )
    assert "200 imported, 0 added, 0 changed, 0 destroyed" in folder.apply()
    folder.plan()
    assert writes(sim, "vbr") == []
    reads = [one for one in sim.requests("vbr") if one.path.startswith("/api/v1/security/users/")]
    assert len(reads) < 20  # lists, not a read for each
