"""The simulated Backup & Replication server against its contracts (1.3-rev1, 1.3-rev2): what they refuse.

Its answers are held against them in tests/simulator/test_specs.py, and those to custom roles here.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.contracts.contract import Contract
from tests.simulator.conftest import Connect, connect, enter, log_in  # noqa: F401
from tests.simulator.test_vbr_roles import ROLES, SPEC, VM
from veeam_pulumi.simulator import Simulator

USERS = "/api/v1/security/users"
ADMIN = {"id": "5ff0e0eb-45cf-48cc-9677-7613fc79bc11", "name": "Backup Administrator", "description": "x"}
BUILDS = {
    "1.3-rev1": ("13.0.1.180", "vbr-1.3-rev1-security.json"),
    "1.3-rev2": ("13.1.0.411", "vbr-1.3-rev2-security.fixed.json"),
}


@pytest.mark.parametrize("revision", sorted(BUILDS))
@pytest.mark.parametrize("kind", ["InternalUser", "InternalGroup", "ExternalUser", "ExternalGroup"])
def test_what_the_contract_of_users_refuses_is_refused(
    sim: Simulator,
    enter: Connect,  # noqa: F811
    revision: str,
    kind: str,
) -> None:
    build, file = BUILDS[revision]
    contract = Contract(file)
    sim.set(**{"vbr.build": build})
    client = enter("vbr", revision)
    body: dict[str, Any] = {"name": r"TECH\sue", "type": kind, "roles": [ADMIN], "isServiceAccount": False}
    made = client.post(USERS, json=body)
    assert made.status_code == 201
    assert contract.answer(made) == []
    user = f"{USERS}/{made.json()['id']}"
    bodies = {
        ("POST", USERS, USERS): {**body, "name": r"TECH\eve"},
        ("PUT", f"{USERS}/{{id}}/roles", f"{user}/roles"): {"roles": [ADMIN]},
        ("POST", f"{USERS}/{{id}}/changeServiceAccountMode", f"{user}/changeServiceAccountMode"): {
            "isServiceAccountEnable": True
        },
        ("PUT", "/api/v1/security/settings", "/api/v1/security/settings"): {"mfaEnabled": False},
    }
    tried = 0
    for (method, template, path), example in bodies.items():
        for what, mutant in contract.mutants(method, template, example):
            answer = client.request(method, path, json=mutant)
            assert answer.status_code == 400, f"{method} {template} took {what}"
            tried += 1
    assert tried > 15


@pytest.fixture
def vbr(sim: Simulator, enter: Connect) -> httpx.Client:  # noqa: F811
    sim.set(**{"vbr.build": "13.1.0.411"})
    return enter("vbr", "1.3-rev2")


def test_answers_to_custom_roles_are_those_of_the_contract(vbr: httpx.Client) -> None:
    contract = Contract("vbr-1.3-rev2-security.fixed.json")
    made = vbr.post(ROLES, json=SPEC)
    path = f"{ROLES}/{made.json()['id']}"
    answers = [
        made,
        vbr.put(path, json={**SPEC, "id": made.json()["id"]}),
        *(vbr.get(one) for one in (ROLES, path, f"{path}/details", f"{path}/permissions")),
        vbr.get("/api/v1/security/restoreOptions"),
        vbr.post(f"{path}/clone"),
        vbr.post(ROLES, json={}),
        vbr.get(f"{ROLES}/00000000-0000-0000-0000-000000000000"),
        vbr.delete(path),
    ]
    assert [problem for one in answers for problem in contract.answer(one)] == []


def test_what_the_contract_of_roles_refuses_is_refused(vbr: httpx.Client) -> None:
    contract = Contract("vbr-1.3-rev2-security.fixed.json")
    scopes = {
        "inventoryScope": {"entireInventory": False, "workloads": [{"type": "VSphere", "inventoryObjects": [VM]}]},
        "repositoryScope": {
            "allRepositories": False,
            "repositories": [{"repositoryId": "3f2a8c14-9e7b-4d52-a1c6-0b9d4e8f1a23", "repositoryName": "main"}],
        },
        "restorePermissionsScope": {
            "restoreBackupScope": {"entireBackupScope": True},
            "restoreOptions": {"allOptions": False, "restoreOptions": [{"code": 0, "name": "FileLevelRestore"}]},
        },
    }
    tried = 0
    for what, mutant in contract.mutants("POST", ROLES, {**SPEC, **scopes}):
        answer = vbr.post(ROLES, json=mutant)
        assert answer.status_code == 400, f"took {what}"
        tried += 1
    assert tried > 15
