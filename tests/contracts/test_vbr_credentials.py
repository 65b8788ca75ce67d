"""The simulated server's credentials against their contracts (1.3-rev1, 1.3-rev2): answers, and what is refused."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.contracts.contract import Contract
from tests.simulator.conftest import Connect, connect, enter, log_in  # noqa: F401
from veeam_pulumi.simulator import Simulator

PATH = "/api/v1/credentials"
BUILDS = {
    "1.3-rev1": ("13.0.1.180", "vbr-1.3-rev1-credentials-managed-servers.json"),
    "1.3-rev2": ("13.1.0.411", "vbr-1.3-rev2-credentials.json"),
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "Standard": {"type": "Standard", "username": r"TECH\svc", "password": "Passw0rd-1", "uniqueId": "u-1"},
    "Linux": {
        "type": "Linux",
        "username": "svc",
        "description": "guests",
        "authenticationType": "SshKey",
        "privateKey": "LS0tLS1C",
        "passphrase": "Passw0rd-2",
        "rootPassword": "Passw0rd-3",
        "SSHPort": 22,
        "elevateToRoot": True,
        "addToSudoers": False,
        "useSu": False,
    },
    "ManagedService": {"type": "ManagedService", "username": "TECH\\gmsa$"},
}
CASES = pytest.mark.parametrize(
    ("revision", "kind"), [(revision, kind) for revision in sorted(BUILDS) for kind in EXAMPLES]
)


def enters(sim: Simulator, enter: Connect, revision: str) -> tuple[httpx.Client, Contract]:  # noqa: F811
    build, file = BUILDS[revision]
    contract = Contract(file)
    sim.set(**{"vbr.build": build})
    return enter("vbr", revision), contract


def changes(kind: str) -> dict[str, dict[str, Any]]:
    """Action -> the body, of the secrets that the type has."""
    linux = {
        "changeprivatekey": {"privateKey": "LS0tLS1C", "passphrase": "x-1"},
        "changerootpassword": {"password": "x-2"},
    }
    password = {} if kind == "ManagedService" else {"changepassword": {"password": "x-3"}}
    return password | (linux if kind == "Linux" else {})


@CASES
def test_answers_are_those_of_the_contract(sim: Simulator, enter: Connect, revision: str, kind: str) -> None:  # noqa: F811
    client, contract = enters(sim, enter, revision)
    made = client.post(PATH, json=EXAMPLES[kind])
    one = f"{PATH}/{made.json()['id']}"
    answers = [
        made,
        client.get(PATH),
        client.get(PATH, params={"typeFilter": kind, "nameFilter": "*svc*", "includeDefaultApplianceCreds": "true"}),
        client.get(one),
        client.put(one, json={**made.json(), "description": "changed"}),
        *(client.post(f"{one}/{action}", json=body) for action, body in changes(kind).items()),
        client.post(PATH, json={}),
        client.get(f"{PATH}/00000000-0000-0000-0000-000000000000"),
        client.delete(one),
    ]
    assert [problem for answer in answers for problem in contract.answer(answer)] == []
    wanted = [201, 200, 200, 200, 200, *[200] * len(changes(kind)), 400, 404, 204]
    assert [answer.status_code for answer in answers] == wanted


@CASES
def test_what_the_contract_refuses_is_refused(sim: Simulator, enter: Connect, revision: str, kind: str) -> None:  # noqa: F811
    client, contract = enters(sim, enter, revision)
    made = client.post(PATH, json=EXAMPLES[kind]).json()
    one = f"{PATH}/{made['id']}"
    bodies = {
        ("POST", PATH, PATH): EXAMPLES[kind],
        ("PUT", f"{PATH}/{{id}}", one): made,
        **{("POST", f"{PATH}/{{id}}/{name}", f"{one}/{name}"): body for name, body in changes(kind).items()},
    }
    tried = 0
    for (method, template, path), example in bodies.items():
        for what, mutant in contract.mutants(method, template, example):
            answer = client.request(method, path, json=mutant)
            assert answer.status_code == 400, f"{method} {template} took {what}"
            tried += 1
    assert tried >= (12 if kind == "ManagedService" else 15)
