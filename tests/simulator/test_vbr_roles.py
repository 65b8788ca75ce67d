"""Custom roles of the simulated Backup & Replication server: 1.3-rev2 and later."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.simulator.conftest import Connect
from veeam_pulumi.simulator import Simulator

ROLES = "/api/v1/security/roles"
ADMIN_ROLE = "5ff0e0eb-45cf-48cc-9677-7613fc79bc11"
VM = {"platform": "VSphere", "hostName": "vc.lab", "name": "fs01", "type": "VirtualMachine", "objectId": "vm-17"}
SPEC: dict[str, Any] = {
    "name": "Restore file server",
    "description": "",
    "manageBackups": False,
    "manageRestores": True,
    "inventoryScope": {"entireInventory": False, "workloads": [{"type": "VSphere", "inventoryObjects": [VM]}]},
    "repositoryScope": {"allRepositories": True},
    "restorePermissionsScope": {
        "restoreBackupScope": {"entireBackupScope": True},
        "restoreOptions": {"allOptions": True},
    },
    "restoreTargetScope": {"entireBackupScope": False, "restoreTargets": {"originalLocation": True}},
}


@pytest.fixture
def vbr(sim: Simulator, enter: Connect) -> httpx.Client:
    sim.set(**{"vbr.build": "13.1.0.411"})
    return enter("vbr", "1.3-rev2")


def made(client: httpx.Client, **changes: Any) -> dict[str, Any]:
    answer = client.post(ROLES, json={**SPEC, **changes})
    assert answer.status_code == 201
    found: dict[str, Any] = answer.json()
    return found


def test_details_show_the_scopes_and_the_role_alone_does_not(vbr: httpx.Client) -> None:
    role = made(vbr)
    assert vbr.get(f"{ROLES}/{role['id']}/details").json() == {"id": role["id"], **SPEC}
    plain = {"id": role["id"], "name": SPEC["name"], "description": "", "isBuiltIn": False}
    assert vbr.get(f"{ROLES}/{role['id']}").json() == plain


def test_a_put_needs_the_id_and_replaces_everything(sim: Simulator, vbr: httpx.Client) -> None:
    role = made(vbr)
    path = f"{ROLES}/{role['id']}"
    small = {"id": role["id"], "name": "Restore", "manageBackups": True, "manageRestores": False}
    assert vbr.put(path, json=SPEC).status_code == 400
    assert vbr.put(path, json=small).json() == {**small, "description": ""}
    sim.set(**{"vbr.role_put": "merges"})
    assert vbr.put(path, json=role).json() == role
    assert vbr.put(path, json=small).json()["inventoryScope"] == SPEC["inventoryScope"]


def test_permissions_follow_from_the_two_switches(vbr: httpx.Client) -> None:
    def permissions(**changes: Any) -> set[str]:
        role = made(vbr, name=str(changes), **changes)
        return set(vbr.get(f"{ROLES}/{role['id']}/permissions").json()["permissions"])

    backups, restores = permissions(manageBackups=True, manageRestores=False), permissions()
    assert "DeleteJobs" in backups - restores
    assert "StartFlrRestore" in restores - backups
    administrator = set(vbr.get(f"{ROLES}/{ADMIN_ROLE}/permissions").json()["permissions"])
    assert {"DeleteBackups", "CreateUser", "ExportCredentials"} <= administrator - backups - restores


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": ""}, "'name'"),
        ({"manageBackups": "yes"}, "'manageBackups'"),
        ({"description": 7}, "'description'"),
        ({"inventoryScope": {"entireInventory": False}}, "inventoryScope.workloads"),
        ({"inventoryScope": {"workloads": []}}, "entireInventory"),
        ({"inventoryScope": {"entireInventory": False, "workloads": [{"type": "Paper"}]}}, "workloads.type"),
        ({"repositoryScope": {"allRepositories": False, "repositories": [{}]}}, "repositoryId"),
        ({"restorePermissionsScope": {"restoreBackupScope": {"entireBackupScope": True}}}, "restoreOptions"),
        ({"restoreTargetScope": {"entireBackupScope": False}}, "restoreTargets"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_role_needs(vbr: httpx.Client, changes: dict[str, Any], says: str) -> None:
    answer = vbr.post(ROLES, json={**SPEC, **changes})
    assert answer.status_code == 400
    assert says in answer.json()["message"]


def test_restore_options_are_rows_with_codes(vbr: httpx.Client) -> None:
    rows = vbr.get("/api/v1/security/restoreOptions", params={"nameFilter": "File*"}).json()["data"]
    assert [(row["code"], row["name"]) for row in rows] == [(0, "FileLevelRestore")]


def test_built_in_roles_are_read_and_refused(sim: Simulator, vbr: httpx.Client) -> None:
    path = f"{ROLES}/{ADMIN_ROLE}"
    assert vbr.get(f"{path}/details").status_code == 404
    sim.set(**{"vbr.built_in_details": "model"})
    assert vbr.get(f"{path}/details").json()["name"] == "Backup Administrator"
    assert vbr.put(path, json={**SPEC, "id": ADMIN_ROLE}).status_code == 400
    assert vbr.delete(path).status_code == 400


@pytest.mark.parametrize(("how", "status"), [("400", 400), ("500", 500), ("deleted", 204)])
def test_a_role_that_somebody_has(sim: Simulator, vbr: httpx.Client, how: str, status: int) -> None:
    role = made(vbr)
    sim.drift("vbr", "add", r"TECH\sue", {"roles": [SPEC["name"]]})
    sim.set(**{"vbr.role_in_use": how})
    assert vbr.delete(f"{ROLES}/{role['id']}").status_code == status
    assert len(sim.lookup("vbr", r"TECH\sue")["roles"]) == (0 if how == "deleted" else 1)  # type: ignore[index]


def test_names_are_unique_or_not(sim: Simulator, vbr: httpx.Client) -> None:
    made(vbr)
    assert vbr.post(ROLES, json=SPEC).status_code == 400
    sim.set(**{"vbr.role_names": "free"})
    made(vbr)
    made(vbr, name="Restore Operator")


def test_a_role_is_changed_behind_everyones_back(sim: Simulator, vbr: httpx.Client) -> None:
    sim.drift("vbr", "add", "Desk", {"manageRestores": True})
    sim.drift("vbr", "update", "desk", {"description": "night shift"})
    found = sim.lookup("vbr", "Desk") or {}
    assert (found["description"], found["manageRestores"]) == ("night shift", True)
    assert sim.objects("vbr")["customRoles"] == [vbr.get(f"{ROLES}/{found['id']}/details").json()]
    sim.drift("vbr", "delete", "Desk")
    assert vbr.get(f"{ROLES}/{found['id']}").status_code == 404
    with pytest.raises(ValueError, match="no custom role Desk"):
        sim.drift("vbr", "update", "Desk", {"manageRestores": False})
