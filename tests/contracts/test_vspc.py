"""The simulated Service Provider Console against its contracts (3.5.1 to 3.7): answers, and what they refuse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.contracts.contract import Contract
from tests.simulator.conftest import Connect, connect, log_in  # noqa: F401
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.vspc import seeds

API = "/api/v3"
USERS, RULES = f"{API}/users", f"{API}/users/serviceProvider/localUserRule"
RELEASES = {"3.5.1": "8.1", "3.6": "9.0", "3.6.1": "9.1", "3.6.2": "9.2", "3.7": "9.3"}
USER: dict[str, Any] = {
    "organizationUid": seeds.ALPHA,
    "role": "CompanyAdministrator",
    "mfaPolicyStatus": "Disabled",
    "profile": {"firstName": "Sue", "lastName": "Smith", "title": "Mrs", "email": "sue@alpha.net", "phone": "1"},
    "credentials": {"userName": "s.smith", "password": "Smith-5ecret"},
}
RULE: dict[str, Any] = {
    "sid": "S-1-5-21-1-2-3-1104",
    "name": r"VSPC\ops",
    "contextType": "domain",
    "type": "winNTGroup",
    "roleType": "operator",
    "scope": [{"type": "company", "objectUid": seeds.ALPHA}],
    "mfaPolicyStatus": "disabled",
    "description": "operators",
    "enabled": True,
}


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator({"vspc.envelope": "example"}, products=("vspc",)) as started:
        yield started


def enter(sim: Simulator, connect: Connect, version: str) -> tuple[httpx.Client, Contract]:  # noqa: F811
    contract = Contract(f"vspc-{version}-users.json", API)
    sim.set(**{"vspc.release": RELEASES[version]})

    def check(response: httpx.Response) -> None:
        response.read()
        if contract.find(response.request.method, response.request.url.path) is None:
            return  # companies and the like are in another slice
        # 3.7 lost what may be null when it was converted; errors is null in no example.
        wrong = [one for one in contract.answer(response) if not one.endswith(" is null")]
        assert wrong == []

    client = connect("vspc", event_hooks={"response": [check]})
    client.headers["X-Client-Version"] = version
    assert log_in(client, "vspc", sim.username("vspc"), sim.password("vspc")).status_code == 200
    return client, contract


@pytest.mark.parametrize("version", sorted(RELEASES))
def test_answers_are_those_of_the_contract(sim: Simulator, connect: Connect, version: str) -> None:  # noqa: F811
    client, _ = enter(sim, connect, version)
    made = client.post(USERS, json=USER)
    assert made.status_code == 200
    path = f"{USERS}/{made.json()['data']['instanceUid']}"
    patch = [{"op": "replace", "path": "/profile/firstName", "value": "Susan"}]
    assert client.patch(path, json=patch).status_code == 200
    assert client.post(f"{path}/locations", params={"locationUid": seeds.ALPHA_LOCATION}).status_code == 200
    key = client.post(f"{path}/logins/apikey", params={"description": "ci", "scopes": "rest"}).json()["data"]
    login = f"{path}/logins/{key['id']}"
    assert client.patch(login, json=[{"op": "replace", "path": "/status", "value": "disabled"}]).status_code == 200
    rule = client.post(RULES, json=RULE)
    assert rule.status_code == 200
    rule_path = f"{RULES}/{rule.json()['data']['instanceUid']}"
    assert client.patch(rule_path, json=[{"op": "replace", "path": "/enabled", "value": False}]).status_code == 200
    organizations = f"{API}/organizations"
    reads = [
        *(
            f"{API}/about",
            USERS,
            f"{USERS}/me",
            f"{USERS}/logins",
            f"{USERS}/backupResources",
            path,
            login,
            rule_path,
            RULES,
        ),
        *(f"{path}/logins", f"{path}/locations", organizations, f"{organizations}/provider"),
        *(
            f"{organizations}/{seeds.ALPHA}",
            f"{organizations}/{seeds.ALPHA}/users",
            f"{organizations}/{seeds.ALPHA}/keys",
        ),
        *(f"{API}/asyncActions", f"{API}/asyncActions/config"),
    ]
    for one in reads:
        assert client.get(one).status_code == 200, one
    assert client.get(f"{USERS}/00000000-0000-4000-8000-000000000000").status_code == 404
    assert client.delete(f"{path}/locations", params={"locationUid": seeds.ALPHA_LOCATION}).status_code == 200
    sim.set(**{"vspc.async": "all"})
    accepted = client.delete(rule_path)
    assert accepted.status_code == 202
    sim.set(**{"vspc.async": "off"})
    action = httpx.URL(accepted.headers["location"]).path
    for _ in range(3):
        client.get(action)
    assert client.get(f"{action}/result").status_code == 200
    assert [client.delete(one).status_code for one in (login, path, f"{USERS}/{seeds.ADMIN_UID}/tokens")] == [200] * 3


@pytest.mark.parametrize("version", sorted(RELEASES))
def test_what_the_contract_refuses_is_refused(sim: Simulator, connect: Connect, version: str) -> None:  # noqa: F811
    client, contract = enter(sim, connect, version)
    tried = 0
    for template, body in ((USERS, USER), (RULES, RULE)):
        for what, mutant in contract.mutants("POST", template, body):
            if what in JUDGED or (version == "3.7" and what.endswith(": None")):
                continue
            answer = client.post(template, json=mutant)
            assert answer.status_code == 400, f"{template} took {what}"
            tried += 1
    assert tried > 25


JUDGED = {
    # A company's user has a role of its own; what the console says of an unknown one is the same 400.
    "profile.title: None": "null stands for Unknown in the vendor's own examples",
    "mfaPolicyStatus: None": "null stands for Disabled",
    "description: None": "nullable where the slice was not converted",
    "enabled: None": "the default",
    "roleType: None": "the default",
}
"""What the simulator takes although the contract does not, and why."""


COMPANIES = f"{API}/organizations/companies"
COMPANY: dict[str, Any] = {
    "organizationInput": {"name": "Acme", "alias": "acme", "email": "it@acme.net", "city": "Prague", "country": 1},
    "ownerCredentials": {"userName": "acme.owner", "password": "Acme-5ecret"},
    "subscriptionPlanUid": seeds.SITE,
    "isRestAccessEnabled": True,
    "isAlarmDetectEnabled": False,
    "companyServices": {
        "hostedServices": {"isVbPublicCloudManagementEnabled": True},
        "remoteServices": {
            "isBackupResourcesEnabled": True,
            "backupAgentsManagement": {"workstationAgentsQuota": 5, "serverAgentsQuota": None},
            "backupServersManagement": {"backupServerQuota": 2},
            "vb365ServersManagement": None,
            "isVbPublicCloudManagementEnabled": False,
        },
    },
}


def companies_of(sim: Simulator, connect: Connect, version: str) -> tuple[httpx.Client, Contract]:  # noqa: F811
    contract, answers = Contract(f"vspc-{version}-organizations.json", API), list[str]()
    sim.set(**{"vspc.release": RELEASES[version]})

    def check(response: httpx.Response) -> None:
        response.read()
        found = contract.find(response.request.method, response.request.url.path)
        if found is not None and "{organizationUid}" not in found[0]:
            answers.extend(one for one in contract.answer(response) if not one.endswith(" is null"))
            assert answers == []

    client = connect("vspc", event_hooks={"response": [check]})
    client.headers["X-Client-Version"] = version
    assert log_in(client, "vspc", sim.username("vspc"), sim.password("vspc")).status_code == 200
    return client, contract


@pytest.mark.parametrize("version", ["3.6.2", "3.7"])
def test_answers_about_companies_are_those_of_the_contract(sim: Simulator, connect: Connect, version: str) -> None:  # noqa: F811
    client, _ = companies_of(sim, connect, version)
    made = client.post(COMPANIES, json=COMPANY)
    assert made.status_code == 200
    uid = made.json()["data"]["instanceUid"]
    path, claims = f"{COMPANIES}/{uid}", f"{API}/permissions/{uid}"
    disable = [{"op": "replace", "path": "/status", "value": "Disabled"}]
    assert client.patch(path, json=disable).json()["data"]["status"] == "Disabled"
    of = {"entityType": "Company"}
    # The one example of the contract adds a claim; the array can be replaced as well.
    one = [{"op": "add", "path": "/claims", "value": "HostedVbrJobEdit"}]
    assert client.patch(claims, params=of, json=one).json()["data"] == {"claims": ["HostedVbrJobEdit"]}
    both = [{"op": "replace", "path": "/claims", "value": []}]
    assert client.patch(claims, params=of, json=both).json()["data"] == {"claims": []}
    expanded = client.get(COMPANIES, params={"expand": "Organization"}).json()["data"]
    assert {row["_embedded"]["organization"]["name"] for row in expanded} == {"Acme", "Alpha", "Beta"}
    tenants = client.get(f"{API}/infrastructure/sites/tenants").json()["data"]
    assert [row["assignedForCompany"] for row in tenants] == [seeds.ALPHA]
    for read in (COMPANIES, path, f"{COMPANIES}/{seeds.BETA}", f"{API}/permissions/{seeds.ALPHA}?entityType=Company"):
        assert client.get(read).status_code == 200
    assert client.get(claims).status_code == 400
    assert client.delete(path).status_code == 400
    assert client.delete(path, params={"removeAllAgents": "false"}).status_code == 200
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("version", ["3.6.2", "3.7"])
def test_what_the_contract_of_companies_refuses_is_refused(sim: Simulator, connect: Connect, version: str) -> None:  # noqa: F811
    client, contract = companies_of(sim, connect, version)
    tried = 0
    for what, mutant in contract.mutants("POST", COMPANIES, COMPANY):
        if what.endswith(": None"):
            continue  # nullable in 3.6.2 at most places, which the conversion of 3.7 lost
        answer = client.post(COMPANIES, json=mutant)
        assert answer.status_code == 400, f"took {what}"
        tried += 1
    assert tried > 25


def test_companies_of_rest_3_5_1(sim: Simulator, connect: Connect) -> None:  # noqa: F811
    """No slice has them: no owner, REST access among the company's permissions, and two flags for a delete."""
    sim.set(**{"vspc.release": "8.1", "vspc.unknown_members": "refused"})
    client = connect("vspc")
    client.headers["X-Client-Version"] = "3.5.1"
    assert log_in(client, "vspc", sim.username("vspc"), sim.password("vspc")).status_code == 200
    assert client.post(COMPANIES, json=COMPANY).status_code == 400
    services = {"isBackupAgentManagementEnabled": False, "storageQuota": None}
    body = {"organizationInput": {"name": "Acme"}, "permissions": ["REST"], "companyServices": services}
    row = client.post(COMPANIES, json=body).json()["data"]
    assert (row["permissions"], "ownerCredentials" in row) == (["REST"], False)
    assert row["companyServices"]["isVBPublicCloudManagementEnabled"] is True
    path = f"{COMPANIES}/{row['instanceUid']}"
    none = [{"op": "replace", "path": "/permissions", "value": []}]
    assert client.patch(f"{path}/permissions", json=none).json()["data"] == []
    assert client.get(f"{path}/permissions").json()["data"] == []
    assert client.delete(path, params={"removeAllAgents": "false"}).status_code == 400
    flags = {"removeAllAgents": "false", "removeBackups": "false"}
    assert client.delete(path, params=flags).status_code == 200
    assert "text/html" in client.get(f"{API}/permissions/{seeds.ALPHA}?entityType=Company").headers["content-type"]
