"""One object, two addresses: a resource that is called otherwise in the configuration."""

from __future__ import annotations

from typing import Any

from tests.terraform.conftest import Folder, writes
from veeam_pulumi.simulator import Simulator

USER = 'resource "veeam_vbr_user" "{}" {{\n  name  = "TECH\\\\alice"\n  roles = ["Veeam Backup Viewer"]\n}}\n'
MOVED = "moved {\n  from = veeam_vbr_user.first\n  to   = veeam_vbr_user.second\n}\n"


def alice(sim: Simulator) -> dict[str, Any] | None:
    return sim.lookup("vbr", r"TECH\alice")


def test_a_renamed_address_whose_import_block_is_used_keeps_its_account(sim: Simulator, folder: Folder) -> None:
    folder.write(USER.format("first"))
    folder.run("init")
    folder.apply()
    there = alice(sim)
    assert there is not None
    block = f'import {{\n  to = veeam_vbr_user.second\n  id = "{there["id"]}"\n}}\n'
    folder.write(USER.format("second") + block)
    sim.clear_requests()
    said = folder.apply(code=None)
    if "stays on its server: another address has it now" not in said:  # Terraform asked about the old address first
        assert "has two addresses, and the other one would be destroyed" in said
        assert "Replace the `import` block by a `moved` block from the old address" in said
        folder.write(USER.format("second") + MOVED)
        folder.apply()
    assert alice(sim) == there
    assert writes(sim, "vbr") == []
    assert folder.plan() is not None
    assert folder.state("veeam_vbr_user.second")["id"] == there["id"]
    folder.run("destroy", "-auto-approve")
    assert alice(sim) is None


def test_a_moved_block_keeps_the_account_too(sim: Simulator, folder: Folder) -> None:
    folder.write(USER.format("first"))
    folder.run("init")
    folder.apply()
    there = alice(sim)
    folder.write(USER.format("second") + MOVED)
    folder.apply()
    assert alice(sim) == there
    folder.plan()


def test_a_removed_resource_is_destroyed_and_a_replaced_one_too(sim: Simulator, folder: Folder) -> None:
    folder.write(USER.format("first"))
    folder.run("init")
    folder.apply()
    folder.apply("-replace=veeam_vbr_user.first")
    assert [line.split()[0] for line in writes(sim, "vbr")] == ["POST", "DELETE", "POST"]
    folder.write("")
    folder.apply()
    assert alice(sim) is None
