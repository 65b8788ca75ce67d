"""Service Provider Console: logging in, versions, who sees what."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.simulator.conftest import Connect, Known, log_in
from tests.simulator.test_knobs import readme
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.vspc import seeds

API = "/api/v3"
USERS = f"{API}/users"
ADMIN = f"{USERS}/{seeds.ADMIN_UID}"
NOBODY = "11111111-2222-3333-4444-555555555555"
DENIED = {
    "error": "invalid_request",
    "error_description": "Incorrect user name or password, or no sufficient rights.",
    "error_uri": None,
}
# The documents' own request, with the relics of REST 3.0 in it.
SPEC = {
    "organizationUid": seeds.ALPHA,
    "role": "PortalOperator",
    "profile": {
        "firstName": "Stan",
        "lastName": "Smith",
        "title": "Mr",
        "status": "Enabled",
        "email": "s.smith@alpha.com",
        "address": None,
        "phone": None,
    },
    "credentials": {"userName": "s.smith", "password": "Password1"},
    "backupResource": None,
}


def spec(name: str = "s.smith", /, **changes: Any) -> dict[str, Any]:
    plain = {"role": "CompanyAdministrator", "credentials": {"userName": name, "password": "Password1"}}
    return {**SPEC, **plain, **changes}


def add(vspc: httpx.Client, name: str = "s.smith", /, **changes: Any) -> str:
    response = vspc.post(USERS, json=spec(name, **changes))
    assert response.status_code == 200, response.text
    return str(response.json()["data"]["instanceUid"])


def patch(vspc: httpx.Client, uid: str, path: str, value: Any, op: str = "replace") -> httpx.Response:
    return vspc.patch(f"{USERS}/{uid}", json=[{"op": op, "path": path, "value": value}])


def error(response: httpx.Response) -> dict[str, Any]:
    body = response.json()
    assert set(body) == {"errors"}
    found: dict[str, Any] = body["errors"][0]
    assert {"message", "type", "code"} <= set(found)
    return found


def names(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [row["userName"] for row in response.json()["data"]]


def query(*parts: dict[str, Any]) -> str:
    return json.dumps(parts)


# -- logging in


def test_a_login_is_a_form_and_wears_no_envelope(sim: Simulator, connect: Connect) -> None:
    body = log_in(connect("vspc"), "vspc", sim.username("vspc"), sim.password("vspc")).json()
    assert (body["token_type"], body["expires_in"]) == ("bearer", 3600)
    assert set(body) == {
        "access_token",
        "token_type",
        "refresh_token",
        "mfa_token",
        "encrypted_code",
        "expires_in",
    }
    wrong = log_in(connect("vspc"), "vspc", sim.username("vspc"), "wrong")
    assert (wrong.status_code, wrong.json()) == (400, DENIED)
    odd = connect("vspc").post(f"{API}/token", data={"grant_type": "public_key"})
    assert (odd.status_code, odd.json()["error"]) == (400, "unsupported_grant_type")


def test_a_refresh_gives_a_new_pair_and_tokens_age(sim: Simulator, connect: Connect) -> None:
    sim.set(**{"vspc.token_life": 60, "vspc.refresh_life": 300})
    client = connect("vspc")
    first = log_in(client, "vspc", sim.username("vspc"), sim.password("vspc")).json()
    sim.advance(61)
    assert error(client.get(USERS))["code"] == 401
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = client.post(f"{API}/token", data=form).json()
    assert (second["expires_in"], second["refresh_token"] != first["refresh_token"]) == (60, True)
    client.headers["authorization"] = f"Bearer {second['access_token']}"
    assert client.get(USERS).status_code == 200
    assert client.post(f"{API}/token", data=form).json()["error"] == "invalid_grant"
    sim.advance(301)
    late = client.post(f"{API}/token", data={**form, "refresh_token": second["refresh_token"]})
    assert late.status_code == 400


def test_mfa_pending_is_200_without_an_access_token(sim: Simulator, connect: Connect) -> None:
    sim.set(**{"vspc.mfa": "pending"})
    client = connect("vspc")
    response = client.post(
        f"{API}/token",
        data={"grant_type": "password", "username": sim.username("vspc"), "password": sim.password("vspc")},
    )
    assert (response.status_code, response.json()["access_token"]) == (200, None)
    form = {"grant_type": "mfa", "mfa_token": response.json()["mfa_token"], "mfa_code": "111111"}
    assert client.post(f"{API}/token", data=form).status_code == 400
    assert client.post(f"{API}/token", data={**form, "mfa_code": "000000"}).json()["access_token"]
    assert client.post(f"{API}/token", data={**form, "mfa_code": "000000"}).status_code == 400


def test_an_account_with_a_second_factor_of_its_own_is_refused(sim: Simulator, connect: Connect, known: Known) -> None:
    known(password="Some-Word-9", mfaPolicyConfigurationStatus="Configured")
    assert log_in(connect("vspc"), "vspc", "s.smith", "Some-Word-9").json() == DENIED
    sim.set(**{"vspc.mfa": "refused"})
    assert log_in(connect("vspc"), "vspc", sim.username("vspc"), sim.password("vspc")).json() == DENIED


def test_who_may_use_the_api(sim: Simulator, connect: Connect, known: Known) -> None:
    known(password="Some-Word-9")
    for name in ("s.smith", "S.Smith", "alpha\\s.smith"):
        assert log_in(connect("vspc"), "vspc", name, "Some-Word-9").status_code == 200
    assert log_in(connect("vspc"), "vspc", "beta\\s.smith", "Some-Word-9").status_code == 400
    client = connect("vspc")
    log_in(client, "vspc", "s.smith", "Some-Word-9")
    sim.set(**{"vspc.rest_access": False})
    assert log_in(connect("vspc"), "vspc", "s.smith", "Some-Word-9").json() == DENIED
    assert client.get(USERS).status_code == 403
    assert not sim.can_login("vspc", "s.smith", "Some-Word-9")
    assert sim.can_login("vspc", sim.username("vspc"), sim.password("vspc"))


def test_maintenance_lets_nobody_in(sim: Simulator, connect: Connect, vspc: httpx.Client) -> None:
    sim.set(**{"vspc.maintenance": True})
    refused = log_in(connect("vspc"), "vspc", sim.username("vspc"), sim.password("vspc"))
    assert (refused.status_code, "maintenance" in refused.json()["error_description"]) == (400, True)
    key = {"authorization": f"Bearer {seeds.API_KEY}"}
    assert connect("vspc").get(USERS, headers=key).status_code == 403
    assert vspc.get(USERS).status_code == 200


@pytest.mark.parametrize("status", [403, 401, 400])
def test_read_only_tokens_and_keys_only_read(sim: Simulator, connect: Connect, status: int) -> None:
    sim.set(**{"vspc.read_only_write": status})
    client = connect("vspc")
    form = {"grant_type": "password", "username": sim.username("vspc"), "password": sim.password("vspc")}
    pair = client.post(f"{API}/token", data={**form, "readOnly": "true"}).json()
    again = client.post(
        f"{API}/token", data={"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
    ).json()
    for bearer in (pair["access_token"], again["access_token"], seeds.READ_ONLY_API_KEY):
        client.headers["authorization"] = f"Bearer {bearer}"
        assert client.get(USERS).status_code == 200
        assert error(client.post(USERS, json=spec()))["code"] == status
    assert sim.lookup("vspc", "s.smith") is None
    sim.set(**{"vspc.release": "8.1"})
    old = client.post(f"{API}/token", data={**form, "readOnly": "true"}).json()
    client.headers["authorization"] = f"Bearer {old['access_token']}"
    assert client.post(USERS, json=spec()).status_code == 200, "read-only tokens came with 9.0"


def test_api_keys_are_shown_once_and_never_expire(sim: Simulator, vspc: httpx.Client, connect: Connect) -> None:
    params = {"description": "ci", "scopes": '["integration","rest"]', "isReadAccessOnly": "true"}
    made = vspc.post(f"{ADMIN}/logins/apikey", params=params).json()["data"]
    assert (made["identityProviderName"], made["scopes"], made["isReadAccessOnly"]) == (
        "AK",
        ["integration", "rest"],
        True,
    )
    logins = vspc.get(f"{ADMIN}/logins").json()["data"]
    assert [row["identityProviderName"] for row in logins] == ["WIN", "AK", "AK", "AK"]
    assert all(row["parameters"] == "" for row in logins)
    for operation, value, count in (
        ("superset", ["ui"], 6),
        ("subset", ["rest", "integration"], 1),
        ("contains", "ui", 6),
    ):
        condition = query({"property": "scopes", "operation": operation, "value": value})
        assert len(vspc.get(f"{USERS}/logins", params={"filter": condition}).json()["data"]) == count
    client = connect("vspc")
    client.headers["authorization"] = f"Bearer {made['parameters']}"
    sim.advance(10_000_000)
    assert client.get(f"{USERS}/me").json()["data"]["userName"] == "VSPC\\svc-backup"
    client.headers["authorization"] = f"Bearer {seeds.API_KEY}"
    ui = client.post(f"{ADMIN}/logins/apikey", params=[("description", "ui"), ("scopes", "ui")]).json()["data"]
    assert client.get(USERS, headers={"authorization": f"Bearer {ui['parameters']}"}).status_code == 403
    for bad in ({"description": "<x>", "scopes": "rest"}, {"description": "x"}, {"description": "x", "scopes": "all"}):
        assert client.post(f"{ADMIN}/logins/apikey", params=bad).status_code == 400


def test_ending_sessions_is_per_login_or_for_all(sim: Simulator, enter: Connect) -> None:
    one, two = enter("vspc"), enter("vspc")
    login = one.get(f"{ADMIN}/logins").json()["data"][0]["id"]
    assert one.delete(f"{ADMIN}/tokens", params={"userLoginId": 999}).status_code == 404
    assert one.delete(f"{ADMIN}/tokens", params={"userLoginId": login}).json() == {"data": True}
    assert [client.get(USERS).status_code for client in (one, two)] == [401, 401]
    three = enter("vspc")
    assert three.delete(f"{ADMIN}/tokens").json() == {"data": True}
    assert three.get(USERS).status_code == 401
    assert sim.requests("vspc", writes_only=True) == []


# -- versions


def test_about_says_what_the_release_is(sim: Simulator, vspc: httpx.Client, connect: Connect) -> None:
    assert vspc.get(f"{API}/about").json()["data"]["serverVersion"] == "9.2.0.32907"
    assert connect("vspc").get(f"{API}/about").status_code == 401
    sim.set(**{"vspc.release": "7.0"})
    assert vspc.get(f"{API}/about").json()["data"]["serverVersion"].startswith("7.0.")


def test_the_clients_version(sim: Simulator, vspc: httpx.Client, known: Known) -> None:
    uid = known(role="CompanyTenant")

    def role(version: str) -> str:
        found: str = vspc.get(f"{USERS}/{uid}", headers={"X-Client-Version": version}).json()["data"]["role"]
        return found

    assert [role(version) for version in ("3.5.1", "3.6", "3.7")] == ["Unknown", "CompanyTenant", "CompanyTenant"]
    for version in ("3.4", "latest"):
        assert vspc.get(USERS, headers={"X-Client-Version": version}).status_code == 400
    sim.set(**{"vspc.client_version": "required"})
    refused = vspc.get(USERS)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "UnsupportedApiVersion")
    sim.set(**{"vspc.client_version": "optional", "vspc.release": "8.1"})
    assert role("3.7") == "Unknown"
    sim.set(**{"vspc.portal_roles": "accepted"})
    assert vspc.post(USERS, json=spec("new", role="CompanyTenant")).status_code == 400


# -- whose users are seen, and by whom


def test_companies_see_their_own_and_resellers_their_companies(
    sim: Simulator, vspc: httpx.Client, connect: Connect
) -> None:
    seen = {}
    for name in ("alpha.owner", "gamma.owner"):
        client = connect("vspc")
        log_in(client, "vspc", name, seeds.OWNER_PASSWORD)
        seen[name] = names(client.get(USERS))
        assert client.get(ADMIN).status_code == 404
        assert client.post(USERS, json=spec("x", organizationUid=seeds.PROVIDER)).status_code == 404
        assert client.post(USERS, json=spec(f"of-{name}", organizationUid=seeds.BETA)).is_success == (name[0] == "g")
    assert seen == {"alpha.owner": ["alpha.owner"], "gamma.owner": ["beta.owner", "gamma.owner"]}
    assert names(vspc.get(f"{API}/organizations/{seeds.BETA}/users")) == ["beta.owner", "of-gamma.owner"]
    assert vspc.get(f"{API}/organizations/{NOBODY}/users").status_code == 404


@pytest.mark.parametrize(
    ("role", "read", "write"),
    [
        ("CompanyAdministrator", 200, 200),
        ("CompanyTenant", 200, 403),
        ("CompanyInvoiceAuditor", 403, 403),
        ("PortalReadonlyOperator", 200, 403),
    ],
)
def test_roles_decide(connect: Connect, known: Known, role: str, read: int, write: int) -> None:
    uid = known("own", role=role, password="Some-Word-9")
    client = connect("vspc")
    log_in(client, "vspc", "own", "Some-Word-9")
    assert client.get(USERS).status_code == read
    assert client.post(USERS, json=spec()).status_code == write
    assert client.get(f"{USERS}/me").status_code == client.get(f"{USERS}/{uid}/logins").status_code == 200


def test_organizations_and_servers(vspc: httpx.Client) -> None:
    root = f"{API}/organizations"
    assert [(one["name"], one["type"]) for one in vspc.get(root).json()["data"]] == [
        ("Provider", "Provider"),
        ("Gamma", "Reseller"),
        ("Alpha", "Company"),
        ("Beta", "Company"),
    ]
    assert vspc.get(f"{root}/provider").json()["data"]["instanceUid"] == seeds.PROVIDER
    assert vspc.get(f"{root}/{seeds.ALPHA}").json()["data"]["alias"] == "alpha"
    assert [one["name"] for one in vspc.get(f"{root}/companies").json()["data"]] == ["Alpha", "Beta"]
    company = vspc.get(f"{root}/companies/{seeds.BETA}").json()["data"]
    assert (company["resellerUid"], company["isRestAccessEnabled"]) == (seeds.GAMMA, True)
    assert company["ownerCredentials"] == {"userName": "beta.owner", "password": None}
    assert [vspc.get(f"{root}/{path}").status_code for path in (NOBODY, f"companies/{seeds.GAMMA}")] == [404, 404]
    assert vspc.get(f"{API}/infrastructure/backupServers").json()["data"][0]["name"] == "vbr01.alpha.local"


# -- for tests


def test_the_readme_lists_what_there_is_from_the_start(sim: Simulator) -> None:
    text = readme()
    users, homes = sim.objects("vspc")["users"], sim.objects("vspc")["organizations"]
    for row, name in [*((one, one["userName"]) for one in users), *((one, one["name"]) for one in homes)]:
        assert any(f"`{name}` | `{row['instanceUid']}`" in line for line in text.splitlines()), name
    for constant in (seeds.ALPHA_LOCATION, seeds.BETA_LOCATION, seeds.SITE, seeds.TENANT_RESOURCE, seeds.BACKUP_SERVER):
        assert f"`{constant}`" in text
    for secret in (seeds.API_KEY, seeds.READ_ONLY_API_KEY, seeds.OWNER_PASSWORD):
        assert f"`{secret}`" in text


def test_drift(sim: Simulator, vspc: httpx.Client) -> None:
    values = {
        "organizationUid": seeds.BETA,
        "role": "CompanyLocationUser",
        "firstName": "Jo",
        "password": "Some-Word-9",
    }
    sim.drift("vspc", "add", "jo", values)
    user = sim.lookup("vspc", "beta\\JO") or {}
    assert (user["organizationUid"], user["profile"]["firstName"]) == (seeds.BETA, "Jo")
    assert sim.can_login("vspc", "jo", "Some-Word-9")
    sim.drift("vspc", "update", user["instanceUid"], {"status": "Disabled", "userName": "joe"})
    assert not sim.can_login("vspc", "joe", "Some-Word-9")
    sim.drift("vspc", "delete", "JOE")
    assert sim.lookup("vspc", "joe") is None
    for wrong in ({"pet": 1}, {"organizationUid": NOBODY}, {"role": "King"}):
        with pytest.raises(ValueError, match="vspc"):
            sim.drift("vspc", "add", "jo", wrong)
    assert sim.requests("vspc", writes_only=True) == []


def test_too_many_requests_say_so_in_the_first_error_only(sim: Simulator, vspc: httpx.Client) -> None:
    sim.fault("vspc", "status", status=429, retry_after=25, retry_header=False)
    response = vspc.get(USERS)
    assert (response.status_code, "retry-after" in response.headers) == (429, False)
    assert response.json() == {"errors": [{"type": "transport", "code": 429, "retryAfter": 25}]}
    sim.fault("vspc", "status", status=429, retry_after=25)
    assert vspc.get(USERS).headers["retry-after"] == "25"
    sim.fault("vspc", "status", status=504)
    assert (vspc.get(USERS).status_code, sim.requests("vspc")[-1].status) == (504, 504)
