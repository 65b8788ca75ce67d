"""The simulated Backup for Microsoft 365 against its contracts (v7, v8): answers, and what they refuse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.contracts.contract import Contract
from tests.simulator.conftest import Connect, connect  # noqa: F401
from tests.simulator.test_m365 import log_in, site, spec, user
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.m365 import seeds


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator({"m365.expires_in": "number"}, products=("m365",)) as started:
        yield started


def checked(sim: Simulator, connect: Connect, version: str) -> tuple[httpx.Client, Contract]:  # noqa: F811
    contract = Contract(f"vb365-{version}-rbac.json")

    def check(response: httpx.Response) -> None:
        response.read()
        assert contract.answer(response) == []

    sim.set(**{"m365.release": version[1:]})
    client = connect("m365", event_hooks={"response": [check]})
    log_in(client, version, sim.username("m365"), sim.password("m365"), disable_antiforgery_token="true")
    return client, contract


@pytest.mark.parametrize("version", ["v7", "v8"])
def test_answers_are_those_of_the_contract(sim: Simulator, connect: Connect, version: str) -> None:  # noqa: F811
    client, _ = checked(sim, connect, version)
    home = f"/{version}/Organizations/{seeds.CONTOSO}"
    made = client.post(f"{home}/RbacRoles", json=spec(organizationId=seeds.CONTOSO, excludedItems=[site(21)]))
    path = f"/{version}/RbacRoles/{made.json()['id']}"
    assert client.put(path, json=spec(name="Desk")).status_code == 204
    for name in ("operators", "selectedItems", "excludedItems"):
        assert client.post(f"{path}/{name}", json=[user(2, "john@contoso.example")]).status_code in (204, 400)
        for item in client.get(f"{path}/{name}").json():
            assert client.get(f"{path}/{name}/{item['id']}").status_code == 200
            assert client.delete(f"{path}/{name}", params={"ids": item["id"]}).status_code == 204
    for one in (path, f"/{version}/RbacRoles", f"{home}/RbacRoles", home, f"/{version}/Organizations", f"{path}x"):
        client.get(one)
    for kind in ("Users", "Groups"):
        row = client.get(f"{home}/{kind}").json()["results"][0]
        assert client.get(f"{home}/{kind}/{row['id']}").status_code == 200
    assert client.get(f"/{version}/ServiceInstance").status_code == 200
    assert client.delete(path).status_code == 204
    assert client.post(f"/{version}/token/logout").is_success


def test_what_the_contract_refuses_is_refused(sim: Simulator, connect: Connect) -> None:  # noqa: F811
    client, contract = checked(sim, connect, "v8")
    template = "/v8/Organizations/{organizationId}/RbacRoles"
    body: dict[str, Any] = spec(operators=[user(1)], selectedItems=[site(21)])
    body["operators"][0]["user"]["onPremisesSid"] = ""
    body["selectedItems"][0]["site"]["parentUrl"] = ""
    tried = 0
    for what, mutant in contract.mutants("POST", template, body):
        if what.endswith(": None"):
            continue  # null is what every document shows for values that are absent
        answer = client.post(template.replace("{organizationId}", seeds.CONTOSO), json=mutant)
        assert answer.status_code == 400, f"took {what}"
        tried += 1
    assert tried > 15
