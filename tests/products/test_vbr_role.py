"""vbr.Role against a simulated server of 13.1: every workload, every knob, and what a role gives to who holds it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.pairs import combined
from tests.products.conftest import Servers, ServersOf
from tests.specimens import VBR_ROLE
from veeam_pulumi.errors import AlreadyExists, InvalidInput, Protected, VeeamError
from veeam_pulumi.products import grant, resources
from veeam_pulumi.resource import lifecycle
from veeam_pulumi.resource.fields import UNKNOWN
from veeam_pulumi.simulator.vbr.roles import ADMIN_ROLE

BUILD = {"vbr.build": "13.1.0.411"}
ROLE = VBR_ROLE.first
NAME = ROLE["name"]
ID, OTHER = "79817d6d-4b00-4e22-b673-8758f02fa0ef", "0f5a2c1b-77aa-4d11-9c3e-1b2a3c4d5e6f"
WORKLOADS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "Backups": ({"backups": [{"backup_id": ID}]}, {"backups": [{"backupId": ID}]}),
    "VSphere": (
        {"inventory_objects": [{"host_name": "vc", "name": "a", "type": "VirtualMachine", "object_id": "vm-1"}]},
        {
            "inventoryObjects": [
                {"platform": "VSphere", "hostName": "vc", "name": "a", "type": "VirtualMachine", "objectId": "vm-1"}
            ]
        },
    ),
    "HyperV": (
        {"inventory_objects": [{"host_name": "hv", "name": "a", "type": "VirtualMachine", "object_id": ID}]},
        {
            "inventoryObjects": [
                {"platform": "HyperV", "hostName": "hv", "name": "a", "type": "VirtualMachine", "objectId": ID}
            ]
        },
    ),
    "Nutanix": (
        {"inventory_objects": [{"name": "a", "type": "VirtualMachine", "object_id": ID}]},
        {"inventoryObjects": [{"platform": "Nutanix", "name": "a", "type": "VirtualMachine", "objectId": ID}]},
    ),
    "Proxmox": (
        {"inventory_objects": [{"name": "a", "type": "VirtualMachine", "object_id": "100", "node_id": "1"}]},
        {
            "inventoryObjects": [
                {"platform": "Proxmox", "name": "a", "type": "VirtualMachine", "objectId": "100", "nodeId": "1"}
            ]
        },
    ),
    "Computers": (
        {"computers": [{"id": ID, "name": "a", "type": "WindowsComputer", "protection_group_id": OTHER}]},
        {
            "computers": [
                {"platform": "Agent", "id": ID, "name": "a", "type": "WindowsComputer", "protectionGroupId": OTHER}
            ]
        },
    ),
    "UnstructuredData": (
        {"file_shares": [{"server_id": ID, "folder": r"\\nas\a"}]},
        {"fileShares": [{"serverId": ID, "folder": r"\\nas\a"}]},
    ),
    "ObjectStorage": (
        {"object_storage_server": [{"server_id": ID, "folder": "a"}]},
        {"objectStorageServer": [{"serverId": ID, "folder": "a"}]},
    ),
    "Jobs": ({"jobs": [{"job_id": ID}]}, {"jobs": [{"jobId": ID}]}),
    "EntraIdTenant": (
        {"inventory_objects": [{"id": ID, "cache_repository_id": OTHER}]},
        {"inventoryObjects": [{"id": ID, "cacheRepositoryId": OTHER}]},
    ),
}


@pytest.fixture
def vbr(servers: ServersOf) -> Servers:
    return servers("vbr.Role", BUILD)


def held(on: Servers, name: str = NAME) -> dict[str, Any]:
    (found,) = [one for one in on.sim.objects("vbr")["customRoles"] if one["name"] == name]
    return dict(found)


def inventory(kind: str) -> dict[str, Any]:
    return {"entire_inventory": False, "workloads": [{"type": kind, **WORKLOADS[kind][0]}]}


@pytest.mark.parametrize(
    ("details", "put", "names"), combined(["404", "model"], ["replaces", "merges"], ["unique", "free"])
)
def test_a_life_in_every_way_of_answering(servers: ServersOf, details: str, put: str, names: str) -> None:
    knobs = {"vbr.built_in_details": details, "vbr.role_put": put, "vbr.role_names": names}
    on = servers("vbr.Role", {**BUILD, **knobs})
    id, state = on.create(**ROLE)
    assert on.changed(state) == set()
    state = on.update(id, state, name="Restore two", manage_backups=True)
    assert (held(on, "Restore two")["id"], held(on, "Restore two")["manageBackups"]) == (id, True)
    assert held(on, "Restore two")["inventoryScope"]["workloads"][0]["type"] == "VSphere"
    assert on.read(id, state) == state
    on.delete(id, state)
    assert on.sim.objects("vbr")["customRoles"] == []
    assert on.read(id, state) is None


@pytest.mark.parametrize("kind", WORKLOADS)
def test_every_kind_of_workload_arrives_and_is_the_last(vbr: Servers, kind: str) -> None:
    id, state = vbr.create(**{**ROLE, "inventory_scope": inventory(kind)})
    assert held(vbr)["inventoryScope"]["workloads"] == [{"type": kind, **WORKLOADS[kind][1]}]
    live = vbr.read(id, {"connection": "vbr"})
    assert live is not None
    assert vbr.resource.diff({**live, "adopted": False}, {**ROLE, "inventory_scope": inventory(kind)}).changed == ()
    assert vbr.changed(state, inventory_scope=inventory("Jobs")) == ({"inventory_scope"} if kind != "Jobs" else set())


def test_all_kinds_at_once_in_any_order(vbr: Servers) -> None:
    workloads = [inventory(kind)["workloads"][0] for kind in WORKLOADS]
    _, state = vbr.create(**{**ROLE, "inventory_scope": {"entire_inventory": False, "workloads": workloads}})
    turned = {"entire_inventory": False, "workloads": workloads[::-1]}
    assert vbr.changed(state, inventory_scope=turned) == set()


def test_names_beside_ids_are_for_people(vbr: Servers) -> None:
    backups = {"type": "Backups", "backups": [{"backup_id": ID, "backup_name": "Old name"}]}
    scope = {"entire_inventory": False, "workloads": [backups]}
    id, state = vbr.create(**{**ROLE, "inventory_scope": scope})
    shown = {"type": "Backups", "backups": [{"backupId": ID.upper(), "backupName": "New name"}]}
    vbr.sim.drift("vbr", "update", NAME, {"inventoryScope": {"entireInventory": False, "workloads": [shown]}})
    live = vbr.read(id, state)
    assert live is not None
    assert live["inventory_scope"] == scope


def test_what_somebody_adds_to_a_scope_is_drift_and_the_next_update_takes_it_away(vbr: Servers) -> None:
    id, state = vbr.create(**ROLE)
    vbr.sim.drift("vbr", "update", NAME, {"inventoryScope": {"entireInventory": True}})
    live = vbr.read(id, state)
    assert live is not None
    assert vbr.resource.diff(live, ROLE).changed == ("inventory_scope",)
    vbr.update(id, live, **ROLE)
    assert held(vbr)["inventoryScope"]["entireInventory"] is False


def test_a_kind_of_workload_that_came_later_is_shown_and_kept_by_a_put(vbr: Servers) -> None:
    id, state = vbr.create(**ROLE)
    later = {"entireInventory": False, "workloads": [{"type": "Quantum", "qubits": [{"id": 1}]}]}
    vbr.sim.drift("vbr", "update", NAME, {"inventoryScope": later})
    live = vbr.read(id, state)
    assert live is not None
    assert live["inventory_scope"]["workloads"] == [{"type": "Quantum"}]
    assert vbr.resource.diff(live, ROLE).changed == ("inventory_scope",)


def test_a_put_has_the_whole_model_and_neither_what_is_computed_nor_secrets(vbr: Servers) -> None:
    id, state = vbr.create(**ROLE)
    scope = copy.deepcopy(held(vbr)["inventoryScope"])
    scope["workloads"][0]["inventoryObjects"][0]["aclInfo"] = {"isAllowed": True}
    tenant = {"id": ID, "cacheRepositoryId": OTHER, "authentication": {"applicationId": "x", "secret": "5ecret-qzx"}}
    scope["workloads"].append({"type": "EntraIdTenant", "inventoryObjects": [tenant]})
    vbr.sim.drift("vbr", "update", NAME, {"inventoryScope": scope})
    live = vbr.read(id, state)
    assert "5ecret-qzx" not in str(live)
    vbr.forget()
    vbr.update(id, state, description="two")
    ((method, path, body),) = vbr.writes()
    assert (method, path) == ("PUT", f"/api/v1/security/roles/{id}")
    assert set(body) == {"id", "name", "description", "manageBackups", "manageRestores", *(
        "inventoryScope", "repositoryScope", "restorePermissionsScope", "restoreTargetScope")}  # fmt: skip
    assert body["description"] == "two"
    assert "aclInfo" not in str(body)
    assert "5ecret-qzx" not in str(body)


def test_restore_options_are_named_and_sent_whole(vbr: Servers) -> None:
    scope = {
        "restore_backup_scope": {"entire_backup_scope": False},
        "restore_options": {"all_options": False, "restore_options": ["volumerestore", "InstantRecovery"]},
    }
    _, state = vbr.create(**{**ROLE, "restore_permissions_scope": scope})
    sent = held(vbr)["restorePermissionsScope"]["restoreOptions"]["restoreOptions"]
    assert [(one["code"], one["name"], one["group"]) for one in sent] == [
        (1, "VolumeRestore", "Restore"),
        (3, "InstantRecovery", "Recovery"),
    ]
    assert state["restore_permissions_scope"] == scope


def test_an_option_that_the_server_does_not_have_is_named_before_anything_is_written(vbr: Servers) -> None:
    scope = copy.deepcopy(ROLE["restore_permissions_scope"])
    scope["restore_options"]["restore_options"] = ["Everything"]
    with pytest.raises(InvalidInput, match=r"has no restore option 'Everything'.*EntireVmRestore, FileLevelRestore"):
        vbr.create(**{**ROLE, "restore_permissions_scope": scope})
    assert vbr.writes() == []


@pytest.mark.parametrize("knobs", [{"vbr.build": "13.0.1.180"}, {"vbr.dialect": "users"}])
def test_older_servers_are_refused_before_anything_is_written(servers: ServersOf, knobs: dict[str, str]) -> None:
    on = servers("vbr.Role", {**BUILD, **knobs})
    with pytest.raises(InvalidInput, match=r"custom roles need 13\.1 \(build 13\.1\.0\.411.*update the server, or"):
        on.create(**ROLE)
    assert on.writes() == []
    with pytest.raises(InvalidInput, match="custom roles need"):
        lifecycle.listing(on.resource, on.connections, "vbr")
    assert not on.resource.available(on.connections.open("vbr", "vbr"))


def test_an_older_revision_of_the_connection_says_which_setting_to_change(servers: ServersOf) -> None:
    on = servers("vbr.Role", BUILD, api_version="1.3-rev1")
    with pytest.raises(InvalidInput, match=r"speaks 1\.3-rev1.*if it is newer.*api_version"):
        on.create(**ROLE)


@pytest.mark.parametrize("name", ["Backup Viewer", "backup viewer", "Veeam Backup Viewer"])
@pytest.mark.parametrize("adopt", [False, True])
def test_the_name_of_a_built_in_role_is_nobody_elses(vbr: Servers, name: str, adopt: bool) -> None:
    with pytest.raises(InvalidInput, match="'Backup Viewer' is a built-in role, which cannot be changed"):
        vbr.create(**{**ROLE, "name": name, "adopt": adopt})
    id, state = vbr.create(**ROLE)
    with pytest.raises(InvalidInput, match="is a built-in role"):
        vbr.update(id, state, name=name)
    assert held(vbr)["id"] == id


@pytest.mark.parametrize("details", ["404", "model"])
def test_a_built_in_role_is_no_custom_role(servers: ServersOf, details: str) -> None:
    on = servers("vbr.Role", {**BUILD, "vbr.built_in_details": details})
    with pytest.raises(InvalidInput, match="'Backup Administrator' is a built-in role"):
        on.read(ADMIN_ROLE, {"connection": "vbr"})


def test_a_name_is_not_taken_twice(servers: ServersOf) -> None:
    on = servers("vbr.Role", {**BUILD, "vbr.role_names": "free"})
    on.sim.drift("vbr", "add", NAME.upper(), {"manageBackups": False})
    with pytest.raises(AlreadyExists):
        on.create(**ROLE)
    id, state = on.create(**{**ROLE, "name": "Another"})
    with pytest.raises(AlreadyExists):
        on.update(id, state, name=NAME)
    assert held(on, "Another")["id"] == id


def test_adopting_takes_the_role_as_it_is(vbr: Servers) -> None:
    vbr.sim.drift("vbr", "add", NAME, {"manageBackups": True, "manageRestores": False})
    vbr.forget()
    id, state = vbr.create(name=NAME, adopt=True)
    assert (state["adopted"], state["manage_backups"], vbr.writes()) == (True, True, [])
    vbr.delete(id, state)
    assert held(vbr)["id"] == id


# ---- what cannot be


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"inventory_scope": {"entire_inventory": False}}, "workloads is needed where entire_inventory is False"),
        ({"inventory_scope": {**inventory("Jobs"), "entire_inventory": True}}, "has no effect while entire_inventory"),
        ({"repository_scope": {"all_repositories": False}}, "repositories is needed where all_repositories is False"),
        ({"restore_target_scope": {"entire_backup_scope": False}}, "restore_targets is needed"),
        (
            {"restore_target_scope": {"entire_backup_scope": False, "restore_targets": {"original_location": False}}},
            "workloads is needed where original_location is False",
        ),
        (
            {"inventory_scope": {"entire_inventory": False, "workloads": [{"type": "Jobs", "backups": []}]}},
            "a workload of the type Jobs needs jobs",
        ),
        (
            {
                "inventory_scope": {
                    "entire_inventory": False,
                    "workloads": [{**inventory("Backups")["workloads"][0], "type": "Jobs"}],
                }
            },
            "a workload of the type Jobs has jobs, not backups",
        ),
        (
            {
                "inventory_scope": {
                    "entire_inventory": False,
                    "workloads": [
                        {"type": "VSphere", "inventory_objects": [{"name": "a", "type": "VirtualMachine"}]}
                    ],
                }
            },
            "an object in inventory_objects of the type VSphere needs host_name, object_id",
        ),
        (
            {"repository_scope": {"all_repositories": False, "repositories": [{"repository_id": "Default"}]}},
            "must be a UUID such as",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_before_any_request(vbr: Servers, changes: dict[str, Any], reason: str) -> None:
    _, problems = vbr.resource.check({**ROLE, **changes})
    assert reason in "; ".join(map(str, problems))


def test_a_host_of_vsphere_needs_no_id(vbr: Servers) -> None:
    host = {"host_name": "vc", "name": "vc", "type": "vCenterServer"}
    scope = {"entire_inventory": False, "workloads": [{"type": "VSphere", "inventory_objects": [host]}]}
    vbr.create(**{**ROLE, "inventory_scope": scope})
    assert held(vbr)["inventoryScope"]["workloads"][0]["inventoryObjects"][0]["name"] == "vc"


def test_ids_that_only_the_run_will_tell_pass(vbr: Servers) -> None:
    scope = {"all_repositories": False, "repositories": [{"repository_id": UNKNOWN}]}
    assert vbr.resource.check({**ROLE, "repository_scope": scope})[1] == []


# ---- who holds it


@pytest.mark.parametrize("answer", ["400", "500", "deleted"])
def test_a_role_that_somebody_holds_stays(servers: ServersOf, answer: str) -> None:
    on = servers("vbr.Role", {**BUILD, "vbr.role_in_use": answer})
    id, state = on.create(**ROLE)
    on.sim.drift("vbr", "add", r"TECH\ann", {"roles": [id]})
    with pytest.raises(Protected, match=r"1 users or groups hold it: TECH\\ann; give them other roles first"):
        on.delete(id, state)
    assert held(on)["id"] == id
    on.sim.drift("vbr", "delete", r"TECH\ann", {})
    on.delete(id, state)
    assert on.sim.objects("vbr")["customRoles"] == []


def user(on: Servers, roles: list[str]) -> tuple[str, dict[str, Any]]:

    kind = resources()["vbr.User"]
    checked, problems = kind.check({"name": r"TECH\ann", "roles": roles})
    assert not problems
    return lifecycle.create(kind, on.connections, checked)


@pytest.mark.parametrize("written", ["id", "ID", "name", "NAME"])
def test_a_user_takes_the_role_by_id_and_by_name(vbr: Servers, written: str) -> None:
    """Also where the roles were listed before the role was made."""
    assert vbr.connections.open("vbr", "vbr").roles()  # type: ignore[attr-defined]
    id, _ = vbr.create(**ROLE)
    text = {"id": id, "ID": id.upper(), "name": NAME, "NAME": NAME.upper()}[written]
    _, state = user(vbr, [text])
    assert (state["roles"], state["role_ids"]) == ([text], {text: id})
    held_by = vbr.sim.lookup("vbr", r"TECH\ann")
    assert held_by is not None
    assert [one["id"] for one in held_by["roles"]] == [id]


def test_a_name_that_two_custom_roles_have_is_no_role(servers: ServersOf) -> None:
    on = servers("vbr.Role", {**BUILD, "vbr.role_names": "free"})
    on.sim.drift("vbr", "add", "Desk", {"manageBackups": False})
    id = held(on, "Desk")["id"]
    on.sim.drift("vbr", "add", "Other", {"manageBackups": False})
    on.sim.drift("vbr", "update", "Other", {"name": "desk", "manageBackups": False})
    with pytest.raises(
        VeeamError, match=rf"the server has 2 roles called 'DESK'; name the right one by its id: .*{id}"
    ):
        user(on, ["DESK"])
    _, state = user(on, ["Desk"])  # exactly that one
    assert state["role_ids"] == {"Desk": id}


def test_two_roles_that_only_look_alike_are_two(servers: ServersOf) -> None:
    on = servers("vbr.Role", BUILD)
    for name in ("Straße", "Strasse"):
        on.sim.drift("vbr", "add", name, {"manageBackups": False})
    _, state = user(on, ["STRASSE"])
    assert state["role_ids"] == {"STRASSE": held(on, "Strasse")["id"]}


def test_the_name_of_a_built_in_role_means_the_built_in_role(servers: ServersOf) -> None:
    on = servers("vbr.Role", {**BUILD, "vbr.role_names": "free"})
    on.sim.drift("vbr", "add", "Backup Viewer", {"manageBackups": True})
    _, state = user(on, ["Backup Viewer"])
    assert state["role_ids"]["Backup Viewer"] != held(on, "Backup Viewer")["id"]
    assert "custom_permissions" not in state


@pytest.mark.parametrize(
    ("backups", "restores", "rights"),
    [
        (False, False, set()),
        (False, True, {"weaken", "secrets", "restore"}),
        (True, False, {"destroy_maybe", "weaken", "secrets"}),
        (True, True, {"destroy_maybe", "weaken", "secrets", "restore"}),
    ],
)
def test_what_the_switches_give_before_the_server_says(backups: bool, restores: bool, rights: set[str]) -> None:
    found = grant("vbr.Role", {"name": "x", "manage_backups": backups, "manage_restores": restores})
    assert (set(found.rights), found.unknown, found.principal, found.connection) == (rights, (), "role", "vbr")


def test_what_the_server_lists_is_what_the_role_gives(vbr: Servers) -> None:
    _, state = vbr.create(**{**ROLE, "manage_backups": True, "manage_restores": False})
    found = grant("vbr.Role", state)
    assert set(found.rights) == {"weaken", "secrets"}
    assert found.rights["weaken"][0].by == "DeleteJobs, MoveBackup, StopJobs, StopSessions, UpdateJobs"
    deleting = grant("vbr.Role", {**state, "permissions": ["ViewJobs", "DeleteBackups", "DeleteRepositories"]})
    assert [(one.role, one.by) for one in deleting.rights["destroy"]] == [(NAME, "DeleteBackups, DeleteRepositories")]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"manage_backups": UNKNOWN, "manage_restores": False},
        {"permissions": ["TurnEverythingUpsideDown"]},
        {"permissions": ["SuperAdmin"]},
    ],
)
def test_what_nobody_knows_of_a_role_is_every_right(values: dict[str, Any]) -> None:
    found = grant("vbr.Role", {"name": "x", **values})
    assert found.is_privileged
    assert found.unknown == ("nobody knows what the role 'x' lets its holder do",)


@pytest.mark.parametrize("written", ["id", "name"])
def test_what_a_user_may_who_holds_the_role(vbr: Servers, written: str) -> None:
    id, role = vbr.create(**ROLE)
    _, state = user(vbr, [{"id": id, "name": NAME}[written]])
    assert state["custom_permissions"] == {id: role["permissions"]}
    found = grant("vbr.User", state)
    assert (set(found.rights), found.unknown) == ({"weaken", "secrets", "restore"}, ())
    before = grant("vbr.User", {"name": r"TECH\ann", "roles": [id]})
    assert before.is_privileged  # in a preview nobody knows


def test_the_permissions_of_a_role_are_asked_once_for_all_of_its_holders(vbr: Servers) -> None:
    id, _ = vbr.create(**ROLE)
    for name in ("ann", "bob", "eve"):
        vbr.sim.drift("vbr", "add", rf"TECH\{name}", {"roles": [id]})
    vbr.connect()
    vbr.forget()

    listed = lifecycle.listing(resources()["vbr.User"], vbr.connections, "vbr")
    assert len([one for _, one in listed if one.get("custom_permissions")]) == 3
    assert len([one for one in vbr.sim.requests("vbr") if one.path.endswith("/permissions")]) == 1
