"""The simulated Backup for Azure against its contract (8.1): answers, and what the contract refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.contracts.contract import Contract
from tests.simulator.conftest import Connect, connect, log_in  # noqa: F401
from veeam_pulumi.simulator import Simulator

USERS = "/api/v8.1/users"
SPEC = {
    "name": "mary",
    "description": "Dept. 2",
    "role": "RestoreOperator",
    "type": "Internal",
    "password": "Mary-5ecret-Word",
}


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator(products=("azure",)) as started:
        yield started


@pytest.fixture
def contract() -> Contract:
    return Contract("vbazure-v8.1-users-saml.json")


@pytest.fixture
def azure(sim: Simulator, connect: Connect, contract: Contract) -> httpx.Client:  # noqa: F811
    def check(response: httpx.Response) -> None:
        response.read()
        assert contract.answer(response) == []

    client = connect("azure", event_hooks={"response": [check]})
    log_in(client, "azure", sim.username("azure"), sim.password("azure"))
    return client


def test_answers_are_those_of_the_contract(sim: Simulator, azure: httpx.Client, connect: Connect) -> None:  # noqa: F811
    user = azure.post(USERS, json=SPEC)
    assert user.status_code == 201
    path = f"{USERS}/{user.json()['id']}"
    assert [azure.get(one).status_code for one in (USERS, path, "/api/v8.1/system/about", f"{USERS}/999")] == [
        200
    ] * 3 + [404]
    assert azure.put(path, json={"role": "PortalOperator"}).json()["role"] == "PortalOperator"
    assert azure.put(path, json={"password": "Mary-6ecret-Word"}).status_code == 200
    change = {"newPassword": "Mary-7ecret-Word", "adminsPassword": sim.password("azure")}
    assert azure.post(f"{path}/changePassword", json=change).status_code == 204
    own = {"currentPassword": sim.password("azure"), "newPassword": sim.password("azure")}
    assert azure.post(f"{USERS}/changePassword", json=own).status_code == 204
    mfa = azure.post(f"{path}/enableMfa", json={"recreate": False}).json()
    assert azure.post(f"{path}/acceptMfa", json={"code": "000000", "token": mfa["token"]}).status_code == 204
    assert azure.post(f"{path}/disableMfa").status_code == 204
    assert azure.post(f"{USERS}/export", json={}).status_code == 200
    assert azure.post(USERS, json=SPEC).status_code == 400
    assert azure.post(USERS, content="x").status_code == 415
    assert azure.get("/api/v8.1/settings/saml2/idp").json()["entityId"] is None
    sim.set(**{"azure.idp": "saml"})
    assert azure.get("/api/v8.1/settings/saml2/idp").json()["enabled"] is True
    assert azure.delete(path).status_code == 204
    assert azure.delete("/api/oauth2/token").status_code == 204
    assert azure.get(USERS).status_code == 401


@pytest.mark.parametrize("knobs", [{"azure.bad_login": 400}, {"azure.mfa": "pending"}, {"azure.eula": "open"}], ids=str)
def test_answers_of_the_other_side_of_a_knob_are_in_the_contract_too(
    sim: Simulator, azure: httpx.Client, knobs: dict[str, Any]
) -> None:
    sim.set(**knobs)
    log_in(azure, "azure", sim.username("azure"), "wrong")
    log_in(azure, "azure", sim.username("azure"), sim.password("azure"))
    azure.get(USERS)


def test_what_the_contract_refuses_is_refused(sim: Simulator, azure: httpx.Client, contract: Contract) -> None:
    made = azure.post(USERS, json=SPEC).json()["id"]
    bodies: dict[tuple[str, str], dict[str, Any]] = {
        ("POST", USERS): {**SPEC, "name": "other"},
        ("PUT", f"{USERS}/{{id}}"): {"role": "PortalOperator", "description": "x", "password": "Mary-6ecret-Word"},
        ("POST", f"{USERS}/{{userId}}/changePassword"): {"newPassword": "x", "adminsPassword": sim.password("azure")},
        ("POST", f"{USERS}/{{id}}/acceptMfa"): {"code": "000000", "token": "x"},
        ("POST", f"{USERS}/{{id}}/enableMfa"): {"recreate": True},
    }
    tried = 0
    for (method, template), body in bodies.items():
        path = template.replace("{id}", made).replace("{userId}", made)
        for what, mutant in contract.mutants(method, template, body):
            answer = azure.request(method, path, json=mutant)
            assert answer.status_code == 400, f"{method} {template} took {what}"
            tried += 1
    assert tried > 25
