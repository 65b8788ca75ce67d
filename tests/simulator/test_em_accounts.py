"""/api/security of the simulated Enterprise Manager: accounts without a PUT, a toggle, roles and scopes beside them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import httpx
import pytest

from tests.simulator.conftest import Connect
from tests.simulator.test_em import NAMESPACE, log_on
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.em.directory import ROLES

ACCOUNTS = "/api/security/accounts"
USER, ADMIN = (f"urn:veeam:EnterpriseRole:{ROLES[name]}" for name in ("Portal User", "Portal Administrator"))


@pytest.fixture
def em(sim: Simulator, connect: Connect) -> httpx.Client:
    client = connect("em")
    client.headers["accept"] = "application/json"
    log_on(client, sim.username("em"), sim.password("em"))
    return client


def spec(name: str = r"TECH\ops", **more: Any) -> dict[str, Any]:
    roles = {"EnterpriseRoles": [{"EnterpriseRoleUid": USER}]}
    return {"AccountType": "Group", "AccountName": name, "Roles": roles, "AllowRestoreAllVms": True, **more}


def made(client: httpx.Client, sim: Simulator, **more: Any) -> str:
    answer = client.post(ACCOUNTS, json=spec(**more))
    assert (answer.status_code, answer.content, "location" in answer.headers) == (201, b"", False)
    return f"{ACCOUNTS}/{(sim.lookup('em', more.get('name', spec()['AccountName'])) or {})['id']}"


def test_a_new_account_is_found_by_its_name_alone(sim: Simulator, em: httpx.Client) -> None:
    made(em, sim)
    rows = em.get(ACCOUNTS, params={"format": "Entity"}).json()["enterpriseAccounts"]
    assert [row["name"] for row in rows] == [sim.username("em"), r"BUILTIN\Administrators", r"TECH\ops"]
    new = rows[-1]
    assert (new["accountType"], new["allowRestoreAllVms"], "roles" in new) == ("Group", True, False)
    assert new["flrSettings"] == {"flrInplaceOnly": False, "flrExtentionRestrictions": ""}
    assert em.get(ACCOUNTS).json()["refs"][-1]["uid"] == new["uid"]
    assert em.get(urlsplit(new["href"]).path).json()["uid"] == new["uid"]


def test_the_same_in_xml_in_the_order_of_the_schema(sim: Simulator, em: httpx.Client) -> None:
    em.headers["accept"] = "application/xml"
    role = f"<Roles><EnterpriseRole><EnterpriseRoleUid>{ADMIN}</EnterpriseRoleUid></EnterpriseRole></Roles>"
    fields = [
        "<AccountType>User</AccountType>",
        r"<AccountName>TECH\sue</AccountName>",
        role,
        "<AllowRestoreAllVms>true</AllowRestoreAllVms>",
        "<SqlSettings><DenyInPlaceRestore>true</DenyInPlaceRestore></SqlSettings>",
    ]

    def send(parts: list[str]) -> httpx.Response:
        root = f'<EnterpriseAccountCreateSpec xmlns="{NAMESPACE}">{"".join(parts)}</EnterpriseAccountCreateSpec>'
        return em.post(ACCOUNTS, content=root, headers={"content-type": "application/xml"})

    assert send(fields[::-1]).status_code == 400
    assert send(fields).status_code == 201
    account = sim.lookup("em", r"TECH\sue") or {}
    assert (account["roles"], account["sqlDenyInPlace"]) == (["Portal Administrator"], True)
    root = ElementTree.fromstring(em.get(f"{ACCOUNTS}/{account['id']}/roles").text)
    assert root.tag == f"{{{NAMESPACE}}}EnterpriseAccountInRoleList"


def test_roles_are_added_and_taken_one_by_one_and_the_last_one_stays(sim: Simulator, em: httpx.Client) -> None:
    account = made(em, sim)
    assert em.post(f"{account}/roles", json={"EnterpriseRoleUid": ADMIN}).status_code == 201
    names = [row["roleName"] for row in em.get(f"{account}/roles").json()["enterpriseAccountInRoles"]]
    assert names == ["Portal User", "Portal Administrator"]
    user, admin = (f"{account}/roles/{ROLES[name]}" for name in names)
    assert em.get(user).json()["roleName"] == "Portal User"
    assert [em.delete(user).status_code, em.delete(user).status_code, em.delete(admin).status_code] == [204, 404, 400]


def test_a_toggle_turns_over_and_twice_is_nothing(sim: Simulator, em: httpx.Client) -> None:
    account = made(em, sim)
    for after in (False, True):
        assert em.post(account).status_code == 204
        assert em.get(account, params={"format": "Entity"}).json()["allowRestoreAllVms"] is after


def test_restore_scopes_come_back_without_what_they_refer_to(sim: Simulator, em: httpx.Client) -> None:
    item = {"HierarchyObjRef": "urn:VMware:Vm:1a2b.vm-7", "ObjectName": "sql01"}
    account = made(em, sim, AllowRestoreAllVms=False, HierarchyScopeObjects={"HierarchyScopeItems": [item]})
    assert (
        em.post(f"{account}/scopes", json={"HierarchyScopeItems": [{**item, "ObjectName": "sql02"}]}).status_code == 202
    )
    scopes = em.get(f"{account}/scopes").json()["enterpriseAccountHierarchyScopes"]
    assert [one["name"] for one in scopes] == ["sql01", "sql02"]
    assert "urn:VMware:Vm" not in str(scopes)
    path = scopes[0]["href"][scopes[0]["href"].index("/api") :]
    assert [em.get(path).status_code, em.delete(path).status_code, em.get(path).status_code] == [200, 204, 404]


def test_a_deleted_accounts_session_ends(sim: Simulator, em: httpx.Client, connect: Connect) -> None:
    sim.drift("em", "add", r"TECH\sue", {"roles": ["Portal Administrator"], "password": "Sue-5ecret"})
    other = connect("em")
    log_on(other, r"TECH\sue", "Sue-5ecret")
    sue = sim.lookup("em", r"tech\SUE") or {}
    assert em.delete(f"{ACCOUNTS}/{sue['id']}").status_code == 204
    assert other.get("/api/backupServers").status_code == 401


def test_who_is_no_portal_administrator_may_not_look(sim: Simulator, connect: Connect) -> None:
    sim.drift("em", "add", r"TECH\sue", {"roles": ["Portal User"], "password": "Sue-5ecret"})
    client = connect("em")
    log_on(client, r"TECH\sue", "Sue-5ecret")
    assert client.get(ACCOUNTS).status_code == 403


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (spec(name=""), "AccountName"),
        (spec() | {"AccountType": "Robot"}, "AccountType"),
        (spec() | {"Roles": {"EnterpriseRoles": []}}, "Roles"),
        (spec() | {"Roles": {"EnterpriseRoles": [{"EnterpriseRoleUid": "urn:veeam:EnterpriseRole:7"}]}}, "Role"),
        (spec() | {"AllowRestoreAllVms": "perhaps"}, "allowrestoreallvms"),
        (spec() | {"AllowRestoreAllVms": False}, "HierarchyScopeObjects"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_new_account_needs(em: httpx.Client, body: dict[str, Any], says: str) -> None:
    answer = em.post(ACCOUNTS, json=body)
    assert answer.status_code == 400
    assert says in answer.json()["message"]


def test_the_knobs_of_accounts(sim: Simulator, em: httpx.Client) -> None:
    account = made(em, sim)
    nobody = f"{ACCOUNTS}/00000000-0000-0000-0000-000000000000"
    sim.set(**{"em.collection_entity": "ignored", "em.in_role_name": "root", "em.uid_spaces": "on"})
    rows = em.get(ACCOUNTS, params={"format": "Entity"}).json()["refs"]
    assert rows[-1]["uid"].startswith("urn:veeam:EnterpriseAccount: ")
    assert "enterpriseAccountInRoleList" in em.get(f"{account}/roles").json()
    for how, (status, body) in {"404": (404, True), "500": (500, True), "empty": (200, False)}.items():
        sim.set(**{"em.unknown_account": how})
        assert (em.get(nobody).status_code, bool(em.get(nobody).content)) == (status, body)
    sim.set(**{"em.last_role": "500", "em.edition": "standard", "em.refused_accounts": [r"TECH\nobody"]})
    assert em.delete(f"{account}/roles/{ROLES['Portal User']}").status_code == 500
    assert em.post(account).status_code == 403
    assert "Cannot find user account" in em.post(ACCOUNTS, json=spec(r"TECH\nobody")).json()["message"]
    assert em.post(ACCOUNTS, json=spec(r"tech\OPS")).status_code == 400
    sim.set(**{"em.duplicate_account": "second", "em.account_name": "upn", "em.late_accounts": 1})
    assert em.post(ACCOUNTS, json=spec()).status_code == 201
    assert len(em.get(ACCOUNTS).json()["refs"]) == 3
    assert em.get(ACCOUNTS).json()["refs"][-1]["name"] == "ops@tech.local"
    sim.set(**{"em.preset_accounts": "off", "em.extra_account_type": "on"})


def test_what_a_server_is_installed_with_follows_the_knobs() -> None:
    with Simulator({"em.preset_accounts": "off", "em.extra_account_type": "on"}, products=("em",)) as sim:
        assert [one["type"] for one in sim.objects("em")["accounts"]] == ["User", "VSphereRole"]
