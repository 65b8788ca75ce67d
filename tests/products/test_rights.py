"""What every role of every product may, against the role tables of the reference, and how unknown ones count."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from veeam_pulumi.products import grant
from veeam_pulumi.products.aws import rights as aws_rights
from veeam_pulumi.products.azure import rights as azure_rights
from veeam_pulumi.products.em import rights as em_rights
from veeam_pulumi.products.vbr import rights as vbr_rights
from veeam_pulumi.products.vspc import rights as vspc_rights
from veeam_pulumi.products.vspc.roles import Role
from veeam_pulumi.resource.fields import UNKNOWN
from veeam_pulumi.resource.grant import LATER, RIGHTS, RoleRights

REFERENCE = Path(__file__).parents[3] / "shared" / "reference"
TABLES: dict[str, dict[str, RoleRights]] = {
    "vbr": vbr_rights.ROLES,
    "vspc": vspc_rights.ROLES,
    "aws": aws_rights.ROLES,
    "azure": azure_rights.ROLES,
    "em": em_rights.ROLES,
}
SECTIONS = {"1": "vbr", "2": "vspc", "3": "aws", "4": "azure", "5": "em"}
PER_CELL = ("destroy", "weaken", "grant", "secrets", "restore", "own_key")
ODD = {
    ("vbr", "security administrator", "grant"): True,  # "– (approves four-eyes requests)": rights.json says it grants
    ("em", "portal user", "secrets"): False,  # "(no values)": it sees names
}
"""Cells whose text says something else than it begins with."""


@pytest.fixture(scope="module")
def reference() -> Path:
    if not REFERENCE.is_dir():
        pytest.skip(f"{REFERENCE} is not there: the tables are compared with nothing")
    return REFERENCE


def roles_in(product: str, text: str) -> list[str]:
    """`**A** (all)`, `A, B (3.6+)`, `A / B C` -> roles in lower case, as the product's table has them."""
    bare = re.sub(r"\(.*?\)|\*", "", text).strip().lower()
    if product == "em" and " / " in bare:
        return [f"{one.strip()} restore operator" for one in bare.removesuffix("restore operator").split("/")]
    return ["custom"] if bare.startswith("custom") else [one.strip() for one in bare.split(",")]


def cells(reference: Path) -> Iterator[tuple[str, str, str, str]]:
    """(product, role, right, cell) of every table of roles."""
    product, head = "", list[str]()
    for line in (reference / "rights.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            product, head = SECTIONS.get(line[3:4], ""), []
        elif not (line.startswith("|") and product) or set(line) <= set("|-"):
            head = head if line.startswith("|") else []
        elif not head:
            head = [one.strip() for one in line.strip("|").split("|")]
        elif head[0].removesuffix(" →") == "role":
            row = [one.strip() for one in re.sub(r"\([^()|]*\|[^()]*\)", "", line).strip("|").split("|")]
            for number, role in enumerate(roles_in(product, row[0])):
                for name, cell in zip(head[1:], row[1:], strict=False):
                    right = name.replace(" ", "_")
                    if right in PER_CELL:
                        parts = cell.split(" / ")
                        each = parts[number] if len(parts) == len(roles_in(product, row[0])) > 1 else cell
                        yield product, role, right, each


def test_every_cell_of_the_role_tables(reference: Path) -> None:
    seen, unknown = 0, set[tuple[str, str]]()
    for product, role, right, cell in cells(reference):
        if role == "custom" or cell.startswith(("?", "unknown")) or role == "no role in the contract":
            unknown.add((product, role))
            continue
        if (product, role) in unknown or not cell:
            continue
        wanted = ODD.get((product, role, right), not cell.startswith("–"))
        assert (right in TABLES[product][role]) is wanted, (product, role, right, cell)
        seen += 1
    assert seen > 180
    # What nobody knows stands in no table, so that it counts as every right.
    assert unknown == {
        ("vbr", "custom"),
        ("aws", "no role in the contract"),
        ("aws", "company administrator"),
        ("azure", "veeamupdater"),
        ("azure", "integrationoperator"),
    }
    assert [one for one in unknown if one[1] in TABLES[one[0]]] == []


@pytest.mark.parametrize("product", ["vbr", "vspc", "aws"])
def test_the_operations_of_the_contracts(reference: Path, product: str) -> None:
    """rights.json: who may call what in any revision, and what only documents say."""
    facts = json.loads((reference / "rights.json").read_text(encoding="utf-8"))
    contract = facts["products"][product]
    names = contract.get("user_role") or contract["roles"]
    wanted: dict[str, set[str]] = {}
    for code, rights in contract["by_role"].items():
        wanted.setdefault(names[code].lower(), set()).update(rights)
    for said in facts["documents"]:
        if said["product"] == product:
            wanted.setdefault(said["role"].lower(), set()).update(said["rights"])
    if product == "aws":  # the cell says yes; the contract names no role for restoring
        wanted["portal administrator"].add("restore")
    for role, rights in wanted.items():
        if role in TABLES[product]:
            assert set(TABLES[product][role]) == rights, role
        else:
            assert role.startswith("custom") or role in ("no role in the contract", "company administrator"), role
    ids = contract.get("role_ids") or {}
    assert {id: names[code].lower() for code, id in ids.items()} == (vbr_rights.IDS if product == "vbr" else {})


def vbr(*roles: Any, **more: Any) -> Any:
    return grant("vbr.User", {"name": r"TECH\ann", "type": "InternalUser", "roles": list(roles), **more})


def rights(found: Any) -> set[str]:
    return set(found.rights)


@pytest.mark.parametrize(
    "role",
    [
        "Veeam Backup Administrator",
        "backup administrator",
        "5FF0E0EB-45CF-48CC-9677-7613FC79BC11",
        "Veeam Security Administrator",
        "3835e9df-cf3e-43e9-8e82-817798b1aee0",
    ],
)
def test_administrators_of_a_backup_server_by_name_or_id(role: str) -> None:
    assert vbr(role).is_administrator
    assert vbr("Backup Viewer", role).is_administrator
    assert vbr(role).unknown == ()


def test_what_gives_a_right_is_said() -> None:
    found = vbr("Veeam Backup Administrator", "Backup Operator")
    assert found.rights["destroy"][0].role == "Veeam Backup Administrator"
    assert "DELETE backups/{id}" in found.rights["destroy"][0].by
    assert {one.role for one in found.rights["weaken"]} == {"Veeam Backup Administrator", "Backup Operator"}
    assert list(found.rights) == [right for right in RIGHTS if right in found.rights]


def test_an_id_that_the_server_gave_for_a_name_decides() -> None:
    written = vbr("Helpers", role_ids={"Helpers": "5ff0e0eb-45cf-48cc-9677-7613fc79bc11"})
    assert (written.unknown, written.is_administrator, written.roles) == ((), True, ("Helpers",))


@pytest.mark.parametrize("role", ["Backup Viewer", "Veeam Backup Viewer", "VEEAM BACKUP VIEWER "])
def test_a_viewer_may_nothing(role: str) -> None:
    assert (rights(vbr(role)), vbr(role).is_privileged) == (set(), False)


def test_an_operator_is_not_privileged_and_who_can_delete_backups_is() -> None:
    assert (vbr("Backup Operator").is_privileged, vbr("Restore Operator").is_privileged) == (False, False)
    operator = grant("aws.User", {"name": "ann", "role": "Portal Operator"})
    assert (operator.is_administrator, operator.is_privileged, operator.unknown) == (False, True, ())


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("vbr.User", {"roles": ["Auditors of the north"]}),
        ("vbr.User", {"roles": ["Backup Viewer", UNKNOWN]}),
        ("vbr.User", {"roles": UNKNOWN}),
        ("vbr.User", {"roles": ["[secret]"]}),
        ("vbr.User", {}),
        ("vspc.User", {"role": UNKNOWN}),
        ("vspc.User", {"role": "CompanyEmperor"}),
        ("vspc.User", {"role": None}),
        ("aws.User", {}),
        ("aws.User", {"role": "Company Administrator"}),
        ("em.License", {"roles": ["Portal Administrator"]}),
        ("em.License", {}),
        ("tape.Robot", {"login": "x"}),
        ("", {}),
    ],
)
def test_what_nobody_knows_counts_as_every_right(kind: str, values: dict[str, Any]) -> None:
    found = grant(kind, values)
    assert tuple(found.rights) == RIGHTS
    assert (bool(found.unknown), found.is_administrator, found.is_privileged) == (True, True, True)


WRITERS = {
    "PortalAdministrator", "SiteAdministrator", "PortalOperator", "CompanyOwner", "CompanyAdministrator",
    "CompanyTenant", "CompanyLocationAdministrator", "ResellerOwner", "ResellerAdministrator", "ResellerOperator",
}  # fmt: skip


def test_the_roles_of_a_console_that_may_write_users() -> None:
    found = {role: grant("vspc.User", {"user_name": "ann", "role": role}) for role in get_args(Role)}
    assert {role for role, one in found.items() if one.is_administrator} == WRITERS
    assert {role for role, one in found.items() if one.is_privileged} == WRITERS
    assert [role for role, one in found.items() if one.unknown] == []


def test_facts_of_an_account() -> None:
    group = vbr("Backup Viewer", type="ExternalGroup", is_enabled=False, connection="vbr-b", mfa_enabled=True)
    assert (group.account, group.connection, group.type) == (r"TECH\ann", "vbr-b", "ExternalGroup")
    assert (group.enabled, group.group, group.mfa, group.service_account) == (False, True, True, None)
    service = vbr("Backup Viewer", is_service_account=True, is_enabled=UNKNOWN, mfa_enabled=UNKNOWN)
    assert (service.service_account, service.group, service.enabled, service.mfa) == (True, False, True, None)
    built_in = ("veeamadmin", r".\VeeamAdmin", r"BUILTIN\Administrators")
    assert [name for name in (*built_in, "ann") if not vbr("x", name=name).built_in] == ["ann"]
    disabled = grant("vspc.User", {"user_name": "ann", "role": "CompanyOwner", "status": "Disabled"})
    assert (disabled.enabled, disabled.built_in) == (False, True)
    assert grant("aws.User", {"name": "admin", "is_default": True}).built_in


def test_a_backup_server_in_enterprise_manager_is_no_account() -> None:
    found = grant("em.BackupServer", {"username": r"LAB\svc", "dns_name_or_ip_address": "vbr01"})
    assert (found.account, found.connection, found.principal) == (r"LAB\svc", "em", "server")
    assert (found.rights, found.unknown) == ({}, ())


@pytest.mark.parametrize("kind", ["vbr.User", "vspc.User", "aws.User", "em.BackupServer", "em.License"])
def test_names_and_connections_that_are_not_known_yet(kind: str) -> None:
    found = grant(kind, {"name": UNKNOWN, "user_name": UNKNOWN, "username": UNKNOWN, "connection": UNKNOWN})
    assert (found.account, found.connection) == (LATER, LATER)


def test_roles_that_somebody_called_harmless() -> None:
    found = vbr("Security Administrator", "Operators 2")
    assert found.privileged_by() == ("Operators 2", "Security Administrator")
    assert found.privileged_by(["security administrator"]) == ("Operators 2",)
    assert found.privileged_by(["Operators 2", "SECURITY ADMINISTRATOR"]) == ()
    assert found.privileged_by(["Operators 2", "\u017fecurity admini\u017ftrator"]) == ("Security Administrator",)
    # What no role gives cannot be called harmless.
    assert grant("em.License", {"roles": ["Portal User"]}).privileged_by(["Portal User", ""]) == ("",)
