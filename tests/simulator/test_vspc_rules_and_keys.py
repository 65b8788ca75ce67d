"""Rules for Windows principals, and the life of an API key, on the simulated Service Provider Console."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.simulator.conftest import Connect
from tests.simulator.test_vspc import ADMIN, API, USERS, error
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.vspc import seeds

RULES = f"{USERS}/serviceProvider/localUserRule"
SPEC: dict[str, Any] = {
    "sid": "S-1-5-21-1-2-3-1104",
    "name": r"VSPC\ops",
    "contextType": "domain",
    "type": "winNTGroup",
    "roleType": "operator",
    "scope": [{"type": "company", "objectUid": seeds.ALPHA}],
    "mfaPolicyStatus": "disabled",
}


def made(client: httpx.Client, **changes: Any) -> dict[str, Any]:
    answer = client.post(RULES, json={**SPEC, **changes})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


def patch(client: httpx.Client, path: str, **values: Any) -> httpx.Response:
    return client.patch(path, json=[{"op": "replace", "path": f"/{k}", "value": v} for k, v in values.items()])


def test_a_rule_is_made_changed_and_deleted(vspc: httpx.Client) -> None:
    rule = made(vspc)
    assert {**rule, **SPEC} == rule
    assert (rule["enabled"], rule["description"], rule["hasAccessToProvider"]) == (True, None, None)
    path = f"{RULES}/{rule['instanceUid']}"
    changed = patch(vspc, path, enabled=False, Description="night", roleType="READONLYOPERATOR").json()["data"]
    assert (changed["enabled"], changed["description"], changed["roleType"]) == (False, "night", "readonlyOperator")
    names = [one["name"] for one in vspc.get(RULES).json()["data"]]
    assert names == ["Administrators", "Site Administrators", r"VSPC\ops"]
    assert vspc.delete(path).json()["errors"] == []
    assert vspc.get(path).status_code == 404


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"sid": None}, "sid"),
        ({"sid": "ops"}, "sid"),
        ({"type": "user"}, "type"),
        ({"scope": []}, "scope"),
        ({"scope": [{"type": "company", "objectUid": "00000000-0000-0000-0000-000000000000"}]}, "scope"),
        ({"scope": [{"type": "all", "objectUid": seeds.ALPHA}]}, "scope"),
        ({"scope": [{"type": "cloudConnect", "objectUid": seeds.SITE}]}, "scope"),
        ({"mfaPolicyStatus": "EnabledByInheritance"}, "mfaPolicyStatus"),
        ({"roleType": "PortalOperator"}, "roleType"),
    ],
    ids=str,
)
def test_what_a_rule_needs(vspc: httpx.Client, changes: dict[str, Any], says: str) -> None:
    answer = vspc.post(RULES, json={**SPEC, **changes})
    assert (answer.status_code, error(answer)["propertyName"]) == (400, says)


def test_a_rule_without_a_role_is_an_administrators(vspc: httpx.Client) -> None:
    spec = {name: value for name, value in SPEC.items() if name != "roleType"}
    all_of_it = {**spec, "scope": [{"type": "all"}]}
    assert vspc.post(RULES, json=all_of_it).json()["data"]["roleType"] == "portalAdministrator"


@pytest.mark.parametrize("code", [409, 400, 1000])
def test_a_sid_has_one_rule(sim: Simulator, vspc: httpx.Client, code: int) -> None:
    made(vspc)
    sim.set(**{"vspc.duplicate_rule": code})
    assert error(vspc.post(RULES, json={**SPEC, "name": "other"}))["code"] == code


def test_rules_are_for_portal_administrators(sim: Simulator, vspc: httpx.Client) -> None:
    sim.drift("vspc", "update", sim.username("vspc"), {"role": "PortalOperator"})
    assert (vspc.get(USERS).status_code, vspc.get(RULES).status_code) == (200, 403)


def test_principals_are_discovered_with_a_password_in_the_query(sim: Simulator, vspc: httpx.Client) -> None:
    query = {"domain": "VSPC", "type": "winNTUser", "filterName": "sue", "userName": "x", "password": "Query-5ecret"}
    found = vspc.post(f"{RULES}/discovery", params=query).json()["data"]
    assert (found[0]["name"], found[0]["sid"].startswith("S-1-5-21")) == (r"VSPC\sue", True)
    assert "Query-5ecret" not in str(sim.requests("vspc"))


def test_rules_are_changed_behind_everyones_back(sim: Simulator, vspc: httpx.Client) -> None:
    sim.drift("vspc", "add", r"VSPC\eve", {"sid": "S-1-5-21-9"})
    sim.drift("vspc", "update", r"vspc\EVE", {"enabled": False})
    rule = sim.lookup("vspc", "s-1-5-21-9") or {}
    assert (rule["name"], rule["enabled"], rule["roleType"]) == (r"VSPC\eve", False, "portalAdministrator")
    sim.drift("vspc", "delete", r"VSPC\eve")
    assert len(sim.objects("vspc")["rules"]) == 2


def key(client: httpx.Client, **query: Any) -> dict[str, Any]:
    asked = {"description": "pipeline", "scopes": "rest", **query}
    found: dict[str, Any] = client.post(f"{ADMIN}/logins/apikey", params=asked).json()["data"]
    return found


def test_a_key_is_shown_once_and_dies_with_its_login(sim: Simulator, vspc: httpx.Client, connect: Connect) -> None:
    made_key = key(vspc)
    path = f"{ADMIN}/logins/{made_key['id']}"
    secret, robot = made_key["parameters"], connect("vspc")
    robot.headers["authorization"] = f"Bearer {secret}"
    assert (robot.get(USERS).status_code, vspc.get(path).json()["data"]["parameters"]) == (200, "")
    assert patch(vspc, path, status="disabled").json()["data"]["status"] == "disabled"
    assert robot.get(USERS).status_code == 401
    assert patch(vspc, path, status="enabled", description="pipeline 2").json()["data"]["description"] == "pipeline 2"
    assert robot.get(USERS).status_code == 200
    assert vspc.delete(path).json()["data"] is True
    assert (robot.get(USERS).status_code, vspc.get(path).status_code) == (401, 404)


def test_what_changes_of_a_login(vspc: httpx.Client) -> None:
    path = f"{ADMIN}/logins/{key(vspc)['id']}"
    assert error(patch(vspc, path, isReadAccessOnly=True))["code"] == 1001
    assert patch(vspc, path, description="a=b").status_code == 400
    own = next(one for one in vspc.get(f"{ADMIN}/logins").json()["data"] if one["identityProviderName"] != "AK")
    assert error(vspc.delete(f"{ADMIN}/logins/{own['id']}"))["code"] == 1000
    assert vspc.get(f"{ADMIN}/logins/no-number").status_code == 404


def test_keys_of_an_organization(sim: Simulator, vspc: httpx.Client) -> None:
    sim.drift("vspc", "add", "nightly", {"scopes": ["rest"], "userName": "alpha.owner"})
    rows = vspc.get(f"{API}/organizations/{seeds.ALPHA}/keys").json()["data"]
    assert [(row["description"], row["userName"], row["parameters"]) for row in rows] == [
        ("nightly", "alpha.owner", "")
    ]
    sim.drift("vspc", "update", "nightly", {"status": "disabled"})
    assert (sim.lookup("vspc", "nightly") or {})["status"] == "disabled"
    sim.drift("vspc", "delete", "nightly")
    assert "nightly" not in str(sim.objects("vspc")["keys"])
