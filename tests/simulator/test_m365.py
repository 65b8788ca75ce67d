"""The simulated Backup for Microsoft 365: restore roles, their lists, and the directories behind them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.simulator.conftest import Connect
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.m365 import seeds

ROLES, CONTOSO = "/v8/RbacRoles", f"/v8/Organizations/{seeds.CONTOSO}"


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator(products=("m365",)) as started:
        yield started


def log_in(client: httpx.Client, version: str, username: str, password: str, **more: str) -> httpx.Response:
    form = {"grant_type": "password", "username": username, "password": password, **more}
    answer = client.post(f"/{version}/token", data=form)
    if answer.is_success:
        client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
    return answer


@pytest.fixture
def m365(sim: Simulator, connect: Connect) -> httpx.Client:
    client = connect("m365")
    name, password = sim.username("m365"), sim.password("m365")
    assert log_in(client, "v8", name, password, disable_antiforgery_token="true").status_code == 200
    return client


def user(number: int, name: str = "jane@contoso.example", **more: Any) -> dict[str, Any]:
    member = {"id": seeds.object_id(number), "displayName": "Jane Doe", "name": name, "type": "User"}
    return {"type": "User", "user": member, **more}


def site(number: int) -> dict[str, Any]:
    member = {"id": seeds.object_id(number), "url": "https://x", "title": "x", "isCloud": True, "isPersonal": False}
    return {"type": "Site", "site": member}


def spec(**more: Any) -> dict[str, Any]:
    return {"name": "Service desk", "description": "", "roleType": "EntireOrganization", "operators": [user(1)], **more}


def made(client: httpx.Client, **more: Any) -> str:
    answer = client.post(f"{CONTOSO}/RbacRoles", json=spec(**more))
    assert answer.status_code == 201, answer.text
    return f"{ROLES}/{answer.json()['id']}"


def names(client: httpx.Client, path: str) -> list[str]:
    return [(one.get("user") or one.get("site") or one)["id"][-37:-28] + one["type"] for one in client.get(path).json()]


def test_connections_and_variables_lead_to_it(sim: Simulator) -> None:
    assert sim.connections()["m365"]["username"] == "LAB\\svc-backup"
    assert sim.variables()["VEEAM_M365_URL"] == sim.url("m365")


def test_a_role_shows_neither_operators_nor_items(sim: Simulator, m365: httpx.Client) -> None:
    path = made(m365)
    role = m365.get(path).json()
    assert set(role) == {"id", "organizationId", "name", "description", "roleType", "_links"}
    assert m365.get(ROLES).json() == m365.get(f"{CONTOSO}/RbacRoles").json() == [role]
    (operator,) = m365.get(f"{path}/operators").json()
    assert (operator["type"], operator["user"]["name"]) == ("User", "jane@contoso.example")
    assert operator["id"] != operator["user"]["id"]
    assert m365.get(f"{path}/operators/{operator['id']}").json() == operator
    assert (sim.lookup("m365", "service desk") or {})["operators"] == [operator]


def test_lists_change_item_by_item(m365: httpx.Client) -> None:
    path = made(m365)
    assert m365.post(f"{path}/operators", json=[user(2, "john@contoso.example"), user(1)]).status_code == 204
    both = m365.get(f"{path}/operators").json()
    assert [one["user"]["name"] for one in both] == ["jane@contoso.example", "john@contoso.example"]
    assert m365.delete(f"{path}/operators", params={"ids": both[0]["id"]}).status_code == 204
    assert [one["id"] for one in m365.get(f"{path}/operators").json()] == [both[1]["id"]]
    assert m365.post(f"{path}/selectedItems", json=[site(21)]).status_code == 204
    assert m365.post(f"{path}/excludedItems", json=[site(21)]).status_code == 400
    assert m365.get(f"{path}/selectedItems").json()[0]["site"]["title"] == "HR"


def test_a_put_needs_items_for_specific_objects(m365: httpx.Client) -> None:
    path = made(m365)
    assert m365.put(path, json={"roleType": "SpecificObjects"}).status_code == 400
    assert m365.put(path, json={"roleType": "SpecificObjects", "selectedItems": [site(22)]}).status_code == 204
    assert m365.get(path).json()["roleType"] == "SpecificObjects"
    assert m365.delete(path).status_code == 204
    assert [m365.get(path).status_code, m365.delete(path).status_code] == [404, 404]


@pytest.mark.parametrize(("how", "left"), [("kept", 1), ("cleared", 0), ("refused", 1)])
def test_what_a_put_leaves_out(sim: Simulator, m365: httpx.Client, how: str, left: int) -> None:
    path = made(m365)
    sim.set(**{"m365.put_omitted_lists": how})
    assert m365.put(path, json={"name": "Desk"}).status_code == (400 if how == "refused" else 204)
    assert len(m365.get(f"{path}/operators").json()) == left


@pytest.mark.parametrize(("how", "left"), [("kept", 1), ("cleared", 0)])
def test_what_a_null_does(sim: Simulator, m365: httpx.Client, how: str, left: int) -> None:
    path = made(m365)
    sim.set(**{"m365.put_nulls": how})
    assert m365.put(path, json={"operators": None}).status_code == 204
    assert len(m365.get(f"{path}/operators").json()) == left


def test_looking_up_people_and_things(sim: Simulator, m365: httpx.Client) -> None:
    def found(kind: str, **query: Any) -> list[str]:
        return [row["id"][1:8].lstrip("0") for row in m365.get(f"{CONTOSO}/{kind}", params=query).json()["results"]]

    assert found("Users", userName="jane@contoso.example") == ["1"]
    assert found("Users", userName="jane") == ["1", "4"]
    sim.set(**{"m365.user_search": "exact"})
    assert found("Users", userName="jane") == []
    assert found("Users", displayName="jane*") == ["1", "4"]
    assert found("Groups", groupName="desk@contoso.example") == ["11"]
    assert (found("Sites"), found("Teams")) == (["21", "22"], ["31"])
    page = m365.get(f"{CONTOSO}/Users", params={"limit": 2, "offset": 2}).json()
    assert (len(page["results"]), "totalCount" in page) == (2, False)
    assert m365.get(f"{CONTOSO}/Users/{seeds.object_id(3)}").json()["type"] == "Shared"
    others = m365.get(f"/v8/Organizations/{seeds.FABRIKAM}/Users").json()["results"]
    assert [one["name"] for one in others] == ["ann@fabrikam.example"]


@pytest.mark.parametrize(("release", "version", "created"), [("6", "v6", 200), ("7", "v7", 200), ("8", "v8", 201)])
def test_versions(sim: Simulator, connect: Connect, release: str, version: str, created: int) -> None:
    sim.set(**{"m365.release": release})
    client = connect("m365")
    name, password = sim.username("m365"), sim.password("m365")
    assert client.get("/v9/ServiceInstance").status_code == 404
    assert client.get(f"/{version}/ServiceInstance").status_code == 401
    log_in(client, version, name, password, disable_antiforgery_token="true")
    organizations = client.get(f"/{version}/Organizations").json()
    assert isinstance(organizations, dict) is (version == "v8")
    home = f"/{version}/Organizations/{seeds.CONTOSO}"
    assert client.post(f"{home}/RbacRoles", json=spec()).status_code == created
    assert set(client.get(f"/{version}/RbacRoles/{seeds.CONTOSO}").json()) >= {"message"}
    assert ("totalCount" in client.get(f"{home}/Users").json()) is (version != "v8")
    assert client.post(f"/{version}/token/logout").status_code == {"v6": 404, "v7": 200, "v8": 204}[version]


def test_logins(sim: Simulator, connect: Connect) -> None:
    name, password = sim.username("m365"), sim.password("m365")
    client = connect("m365")
    assert log_in(client, "v8", name, "wrong").status_code == 400
    guarded = log_in(client, "v8", name, password)
    assert guarded.json()["expires_in"] == "3600"
    client.cookies.clear()
    assert (client.get(ROLES).status_code, client.get(ROLES).content) == (401, b"")
    assert client.get(ROLES, headers={"cookie": "X-Antiforgery=1"}).status_code == 200
    form = {"grant_type": "refresh_token", "refresh_token": guarded.json()["refresh_token"]}
    renewed = client.post("/v8/token", json={**form, "disable_antiforgery_token": True})
    client.cookies.clear()
    client.headers["authorization"] = f"Bearer {renewed.json()['access_token']}"
    assert client.get(ROLES).status_code == 200
    sim.set(**{"m365.unauthorized": "error", "m365.expires_in": "number", "m365.operator_only": "on"})
    assert client.get(ROLES).status_code == 403
    sim.advance(3601)
    assert client.get(ROLES).json()["message"]
    assert log_in(client, "v8", name, password).json()["expires_in"] == 3600


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (spec(name=""), "name"),
        (spec(roleType=None), "roleType"),
        (spec(roleType="Everything"), "roleType"),
        (spec(operators=[{"type": "Site"}]), "operators"),
        (spec(operators=[{"type": "User"}]), "user"),
        (spec(operators=[{"type": "User", "user": {"id": "1"}}]), "user.displayName"),
        (spec(operators=[user(999)]), "does not exist"),
        ({"name": "x", "roleType": "EntireOrganization"}, "operators"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_role_needs(m365: httpx.Client, body: dict[str, Any], says: str) -> None:
    answer = m365.post(f"{CONTOSO}/RbacRoles", json=body)
    assert (answer.status_code, answer.json()["errorCode"]) == (400, "ParameterValidationFailure")
    assert says in answer.json()["message"]


def test_the_other_knobs(sim: Simulator, m365: httpx.Client) -> None:
    path = made(m365)
    sim.set(**{"m365.wrapper_id": "echoed", "m365.duplicate_operator": "twice", "m365.unknown_ids": 404})
    assert m365.post(f"{path}/operators", json=[user(1, id="mine")]).status_code == 204
    assert m365.get(f"{path}/operators").json()[1]["id"] == "mine"
    assert m365.delete(f"{path}/operators", params={"ids": "nobody"}).status_code == 404
    sim.set(**{"m365.wrapper_id": "member", "m365.wrapper_id_required": "on", "m365.duplicate_operator": "400"})
    assert m365.post(f"{path}/operators", json=[user(2)]).status_code == 400
    assert m365.post(f"{path}/operators", json=[user(1, id="x")]).status_code == 400
    assert m365.post(f"{path}/operators", json=[user(2, id="x")]).status_code == 204
    assert m365.get(f"{path}/operators").json()[-1]["id"] == seeds.object_id(2)
    sim.set(**{"m365.wrapper_id_required": "off", "m365.duplicate_name": 409, "m365.unknown_member": "taken"})
    assert m365.post(f"{CONTOSO}/RbacRoles", json=spec()).status_code == 409
    assert m365.post(f"{path}/operators", json=[user(999, "gone@x.example")]).status_code == 204
    sim.set(
        **{
            "m365.empty_operators": 400,
            "m365.error_body": "message",
            "m365.delete_twice": 204,
            "m365.unknown_kind": "on",
        }
    )
    assert set(m365.post(f"{CONTOSO}/RbacRoles", json=spec(name="b", operators=[])).json()) == {"message"}
    assert m365.delete(f"{ROLES}/{seeds.CONTOSO}").status_code == 204
    assert m365.get(f"{path}/selectedItems").json()[0]["type"] == "PersonalSites"
    sim.set(**{"m365.error_body": "empty", "m365.app_auth": "basic"})
    refused = m365.post(f"{CONTOSO}/RbacRoles", json=spec(name="c"))
    assert (refused.status_code, refused.content) == (400, b"")


def test_what_happens_behind_everyones_back(sim: Simulator, m365: httpx.Client) -> None:
    sim.drift("m365", "add", "Night desk", {"operators": ["User:jane@contoso.example"]})
    sim.drift("m365", "update", "Night desk", {"operators": ["Group:desk@contoso.example"], "description": "x"})
    role = sim.lookup("m365", "night DESK") or {}
    assert m365.get(f"{ROLES}/{role['id']}/operators").json() == role["operators"]
    assert role["operators"][0]["group"]["displayName"] == "Service desk"
    sim.drift("m365", "add", "new@contoso.example", {"kind": "User"})
    sim.drift("m365", "update", "new@contoso.example", {"displayName": "New One"})
    assert "New One" in m365.get(f"{CONTOSO}/Users").text
    sim.drift("m365", "delete", "new@contoso.example")
    sim.drift("m365", "delete", "Night desk")
    assert sim.objects("m365")["roles"] == []
    with pytest.raises(ValueError, match="m365 has no User:nobody"):
        sim.drift("m365", "add", "x", {"operators": ["User:nobody@x"]})
    sim.drift("m365", "update", r"LAB\second", {"password": "Second-5ecret"})
    assert sim.can_login("m365", r"lab\SECOND", "Second-5ecret")
