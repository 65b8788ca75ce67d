"""What a type checker tells the writer of a program, before anything runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

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
"""
WRONG = {
    'veeam.vbr.User("j", name="j", roles=["Backup Viewer"], type="InternlUser")': "InternlUser",
    'veeam.vbr.User("j", name="j", roles="Backup Viewer, Restore Operator", is_service_account="yes")': "yes|bool",
    'veeam.vbr.User("j", name="j")': "roles",
    'veeam.vspc.User("s", **SMITH, role="CompanyAdmin", profile={})': "CompanyAdmin",
    'veeam.vspc.User("s", **SMITH, role="CompanyOwner", profile={"frist_name": "Stan"})': "Profile",
    'veeam.vspc.User("s", **SMITH, role="CompanyOwner", profile={"title": "Dr"})': "Profile|Dr",
    'veeam.vspc.User("s", **SMITH, role="SiteAdministrator", profile={}, backup_resource={})': "BackupResource",
    'veeam.em.BackupServer("v", dns_name_or_ip_address="v", username="u", password="p", port="9393")': "int",
}


def test_a_type_checker_finds_what_the_server_would_refuse(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    start = 'SMITH: Any = {"organization_uid": "7981", "user_name": "smith", "password": "p"}'
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
