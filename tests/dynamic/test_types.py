"""What a type checker tells the writer of a program, before anything runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from veeam_pulumi.products import resources

ROOT = Path(__file__).parents[2]
RIGHT = """
import pulumi

import veeam_pulumi as veeam

config = pulumi.Config()
secret = config.require_secret("password")
mail = veeam.Password("mail").result
veeam.aws.User("operator", name="operator", password=secret)
veeam.em.BackupServer("vbr01", dns_name_or_ip_address="vbr01", username="svc", password=secret, port=9392)
john = veeam.vbr.User("john", name="john", roles=["Backup Viewer", config.require("role")], type="InternalGroup")
veeam.vspc.User(
    "smith",
    organization_uid=pulumi.Output.from_input("79817d6d-4b00-4e22-b673-8758f02fa0ef"),
    user_name="smith",
    password=mail,
    role="CompanySubtenant",
    profile={"first_name": john.resolved_name, "title": "Mr"},
    backup_resource={"tenant_backup_resource_uid": "7981", "resource_friendly_name": "Cloud", "storage_quota": 1 << 40},
)
restores = veeam.vbr.Role(
    "restores",
    name="Restore sales",
    manage_backups=False,
    manage_restores=True,
    inventory_scope={"entire_inventory": True},
    repository_scope={"all_repositories": False, "repositories": [{"repository_id": john.id}]},
    restore_permissions_scope={
        "restore_backup_scope": {
            "entire_backup_scope": False,
            "backup_sources": [
                {
                    "type": "VSphere",
                    "inventory_objects": [{"host_name": "vc", "type": "VirtualMachine", "object_id": "vm-1"}],
                },
                {"type": "Jobs", "jobs": [{"job_id": "7981", "job_name": mail}]},
            ],
        },
        "restore_options": {"all_options": False, "restore_options": ["Instant recovery"]},
    },
    restore_target_scope={"entire_backup_scope": False, "restore_targets": {"original_location": True}},
)
veeam.vbr.User("mary", name="mary", roles=[restores.id], type="InternalUser")
"""
_INVENTORY = 'veeam.vbr.Role("r", **ROLE, inventory_scope={"entire_inventory": False, "workloads": ['
WRONG = {
    'veeam.vbr.User("j", name="j", roles=["Backup Viewer"], type="InternlUser")': "InternlUser",
    'veeam.vbr.User("j", name="j", roles="Backup Viewer, Restore Operator", is_service_account="yes")': "yes|bool",
    'veeam.vbr.User("j", name="j")': "roles",
    'veeam.vspc.User("s", **SMITH, role="CompanyAdmin", profile={})': "CompanyAdmin",
    'veeam.vspc.User("s", **SMITH, role="CompanyOwner", profile={"frist_name": "Stan"})': "Profile",
    'veeam.vspc.User("s", **SMITH, role="CompanyOwner", profile={"title": "Dr"})': "Profile|Dr",
    'veeam.vspc.User("s", **SMITH, role="SiteAdministrator", profile={}, backup_resource={})': "BackupResource",
    'veeam.vspc.LocalUserRule("r", name="n", type="winNTUser", role_type="Portal")': "Portal",
    'veeam.vspc.ApiKey("k", user="u", description="d", scopes=["everything"])': "everything",
    'veeam.vspc.Company("c", name="c", owner_credentials={"username": "c"})': "OwnerCredentials",
    'veeam.vspc.Company("c", name="c", company_services={"remote_services": {"managed": True}})': "CompanyServices",
    'veeam.em.BackupServer("v", dns_name_or_ip_address="v", username="u", password="p", port="9393")': "int",
    'veeam.em.Account("a", name="a", roles=["Portal Admin"])': "Portal Admin",
    'veeam.aws.User("u", name="u", role="Portal Administrator")': "role",
    'veeam.azure.User("u", name="u", role="Administrator")': "Administrator",
    'veeam.m365.RestoreRole("r", organization="o", name="n", role_type="Mail", operators=[])': "Mail",
    'veeam.m365.RestoreRole("r", **M365, operators=[{"account": "ann"}])': "Operator",
    'veeam.vbr.Credential("c", username="u", authentication_type="Key")': "Key",
    'veeam.vbr.ManagedServer("s", name="s", type="Windows")': "Windows",
    'veeam.vbr.ManagedServer("s", name="s", type="LinuxHost", ssh_settings={"port": 22})': "SshSettings",
    **{
        f"{_INVENTORY}{one}]}})": "InventoryScope"
        for one in (
            '{"type": "Vms"}',
            '{"type": "VSphere", "inventory_objects": [{"hostname": "vc"}]}',
            '{"type": "Backups", "backups": [{"id": "7981"}]}',
            '{"type": "Computers", "computers": [{"id": "7981", "name": "pc"}]}',
            '{"type": "UnstructuredData", "file_shares": [{"server_id": "7981"}]}',
            '{"type": "ObjectStorage", "object_storage_server": [{"bucket": "b"}]}',
            '{"type": "Jobs", "jobs": [{"job": "7981"}]}',
        )
    },
    'veeam.vbr.Role("r", **ROLE, inventory_scope={"workloads": []})': "InventoryScope",
    'veeam.vbr.Role("r", **ROLE, repository_scope={"all_repositories": False, "repositories": [{"repo": "7"}]})': (
        "RepositoryScope"
    ),
    'veeam.vbr.Role("r", **ROLE, restore_permissions_scope={**BACKUPS, "restore_options": {"all_options": 3}})': (
        "RestorePermissionsScope"
    ),
    'veeam.vbr.Role("r", **ROLE, restore_permissions_scope={**OPTIONS, "restore_backup_scope": {"entire": True}})': (
        "RestorePermissionsScope"
    ),
    'veeam.vbr.Role("r", **ROLE, restore_target_scope={"entire_backup_scope": False, "restore_targets": {"o": 1}})': (
        "RestoreTargetScope"
    ),
}
"""What is wrong, and what the checker names."""


@pytest.mark.parametrize("kind", sorted(resources()))
def test_something_wrong_is_tried_of_every_kind(kind: str) -> None:
    assert any(wrong.startswith(f"veeam.{kind}(") for wrong in WRONG)


def test_a_type_checker_finds_what_the_server_would_refuse(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    start = 'SMITH: Any = {"organization_uid": "7981", "user_name": "smith", "password": "p"}; M365 = ROLE = SMITH; '
    start += "BACKUPS: Any = {}; OPTIONS: Any = {}"
    program.write_text("\n".join(["from typing import Any", RIGHT.strip(), start, *WRONG]) + "\n")
    # With the cache of `make lint` only the program itself is looked at.
    options = ["--strict", "--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(ROOT / ".mypy_cache")]
    command = [sys.executable, "-m", "mypy", *options, str(program)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    first = program.read_text().splitlines().index(start) + 2
    said: dict[int, str] = {}
    for line in done.stdout.splitlines():
        if found := re.match(r".*?program\.py:(\d+): (.*)", line):
            said[int(found[1])] = said.get(int(found[1]), "") + found[2]
    assert {number: text for number, text in said.items() if number < first} == {}, "a right program is refused"
    for number, (wrong, word) in enumerate(WRONG.items(), first):
        assert re.search(word, said.get(number, "")), f"{wrong}: {said.get(number)}"
