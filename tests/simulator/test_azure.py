"""The simulated Backup for Azure: users by id, versions in the path, logins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.simulator.conftest import Connect, log_in
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.azure import seeds

USERS = "/api/v8.1/users"
SPEC: dict[str, Any] = {
    "name": "mary",
    "description": "Dept. 2",
    "role": "RestoreOperator",
    "password": "Mary-5ecret-Word",
}


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator(products=("azure",)) as started:
        yield started


@pytest.fixture
def azure(sim: Simulator, connect: Connect) -> httpx.Client:
    client = connect("azure")
    assert log_in(client, "azure", sim.username("azure"), sim.password("azure")).status_code == 200
    return client


def test_connections_and_variables_lead_to_it(sim: Simulator) -> None:
    assert sim.connections()["azure"]["product"] == "azure"
    assert sim.variables()["VEEAM_AZURE_URL"] == sim.url("azure")


def test_a_user_lives_under_an_opaque_id(sim: Simulator, azure: httpx.Client) -> None:
    made = azure.post(USERS, json=SPEC).json()
    assert (made["name"], made["type"], made["isDefault"], made["mfaEnabled"]) == ("mary", "Internal", False, False)
    assert made["_links"]["self"]["href"].endswith(f"{USERS}/{made['id']}")
    path = f"{USERS}/{made['id']}"
    assert azure.put(path, json={"role": "PortalOperator"}).json()["description"] == "Dept. 2"
    assert azure.put(path, json={"password": "N3w-Mary-Word", "name": "marie"}).json()["name"] == "mary"
    assert sim.can_login("azure", "Mary", "N3w-Mary-Word")
    assert [azure.delete(path).status_code, azure.get(path).status_code] == [204, 404]


def test_lists_have_pages_and_an_exact_filter(sim: Simulator, azure: httpx.Client) -> None:
    for number in range(5):
        sim.drift("azure", "add", f"user-{number}", {"role": "ReadOnlyUser"})
    page = azure.get(USERS, params={"Offset": 6, "Limit": 1}).json()
    assert (page["totalCount"], page["offset"], page["limit"], len(page["results"])) == (8, 6, 1, 1)
    assert len(azure.get(USERS, params={"Limit": -1}).json()["results"]) == 8
    assert [one["name"] for one in azure.get(USERS, params={"NameFilter": "user-3"}).json()["results"]] == ["user-3"]
    assert azure.get(USERS, params={"Limit": -2}).status_code == 400
    sim.set(**{"azure.total_count": "null", "azure.page_size": 3})
    page = azure.get(USERS).json()
    assert (page["totalCount"], len(page["results"])) == (None, 3)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "mary jones"}, "Name"),
        ({"name": "x" * 33}, "Name"),
        ({"description": "Managed by Pulumi (prod/x)"}, "Description"),
        ({"role": "VeeamUpdater"}, "Role"),
        ({"role": "Everything"}, "Role"),
        ({"password": ""}, "Password"),
        ({"type": "IdentityProvider"}, "Password"),
        ({"surname": "Jones"}, "$"),
    ],
    ids=str,
)
def test_what_a_user_needs(azure: httpx.Client, changes: dict[str, Any], field: str) -> None:
    answer = azure.post(USERS, json={**SPEC, **changes})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert answer.headers["content-type"] == "application/problem+json"


def test_users_of_an_identity_provider_have_no_password(sim: Simulator, azure: httpx.Client) -> None:
    spec = {"name": "mary@lab.local", "description": "", "type": "IdentityProvider"}
    assert azure.post(USERS, json={**spec, "identityProviderEntityId": seeds.IDENTITY_PROVIDER}).status_code == 400
    sim.set(**{"azure.idp": "saml"})
    made = azure.post(USERS, json={**spec, "identityProviderEntityId": seeds.IDENTITY_PROVIDER})
    assert made.status_code == 201
    assert azure.put(f"{USERS}/{made.json()['id']}", json={"password": "N3w-Mary-Word"}).status_code == 400


def test_the_version_in_the_path_is_looked_at_before_the_token(sim: Simulator, connect: Connect) -> None:
    def status(version: str) -> int:
        return connect("azure").get(f"/api/{version}/users").status_code

    assert [status(version) for version in ("v8.1", "v8", "v6", "v5", "v9")] == [401, 401, 401, 404, 404]
    sim.set(**{"azure.release": "7"})
    assert [status(version) for version in ("v8.1", "v7", "v5")] == [404, 401, 401]


def test_the_default_administrator_and_oneself_stay(sim: Simulator, azure: httpx.Client) -> None:
    own = f"{USERS}/{(sim.lookup('azure', 'Admin') or {})['id']}"
    assert azure.delete(own).status_code == 403
    sim.set(**{"azure.delete_protected": 400})
    assert azure.delete(own).status_code == 400
    assert azure.put(own, json={"role": "ReadOnlyUser"}).status_code == 400


def test_only_portal_administrators_manage_users(sim: Simulator, connect: Connect) -> None:
    sim.drift("azure", "add", "olga", {"role": "PortalOperator", "password": "Olga-5ecret"})
    client = connect("azure")
    assert log_in(client, "azure", "olga", "Olga-5ecret").status_code == 200
    assert client.get(USERS).status_code == 403


def test_logins(sim: Simulator, connect: Connect) -> None:
    client, name, password = connect("azure"), sim.username("azure"), sim.password("azure")
    assert log_in(client, "azure", name, "wrong").status_code == 401
    sim.set(**{"azure.bad_login": 400})
    assert log_in(client, "azure", name, "wrong").status_code == 400
    first = log_in(client, "azure", name, password).json()
    assert (first["expires_in"], first["roleName"], len(first[".issued"].partition(".")[2])) == (3600, "PortalAdmin", 8)
    form = {"grant_type": "Refresh_token", "refresh_token": first["refresh_token"]}
    assert client.post("/api/oauth2/token", data=form).json()["access_token"] != first["access_token"]
    sim.set(**{"azure.mfa": "pending"})
    pending = log_in(client, "azure", name, password).json()
    assert ("access_token" in pending, pending["expires_in"]) == (False, 0)
    second = {"grant_type": "Mfa", "mfa_token": pending["mfa_token"], "mfa_code": "000000"}
    assert client.post("/api/oauth2/token", data=second).json()["access_token"]
    sim.set(**{"azure.mfa": "off", "azure.eula": "open"})
    log_in(client, "azure", name, password)
    assert client.get(USERS).json()["licenseAgreementAcceptanceRequired"] is True


def test_the_other_knobs(sim: Simulator, azure: httpx.Client) -> None:
    made = azure.post(USERS, json=SPEC).json()
    path = f"{USERS}/{made['id']}"
    sim.set(
        **{"azure.duplicate": 409, "azure.unknown_id": 400, "azure.put_null": "clears", "azure.put_name": "renames"}
    )
    assert azure.post(USERS, json={**SPEC, "name": "MARY"}).status_code == 409
    assert azure.get(f"{USERS}/nobody").status_code == 400
    assert azure.put(path, json={"description": None, "name": "marie"}).json() | {"_links": 0} == {
        **made,
        "description": "",
        "name": "marie",
        "_links": 0,
    }
    sim.set(**{"azure.put_name": "refused", "azure.rotation": "ignored", "azure.weak_passwords": "refused"})
    assert azure.put(path, json={"name": "mary"}).status_code == 400
    assert azure.put(path, json={"password": "short"}).status_code == 400
    assert azure.put(path, json={"password": "Long-Enough-9-Word"}).status_code == 200
    assert not sim.can_login("azure", "marie", "Long-Enough-9-Word")
    sim.set(**{"azure.name_case": "heeded", "azure.id_form": "uuid", "azure.unknown_members": "ignored"})
    assert len(azure.post(USERS, json={**SPEC, "name": "MARIE", "surname": "x"}).json()["id"]) == 36
    sim.set(**{"azure.description_rule": "off", "azure.preset_users": "off"})
    assert azure.put(path, json={"description": "a (b)"}).status_code == 200
