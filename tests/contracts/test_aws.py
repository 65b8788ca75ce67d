"""The simulated Backup for AWS against its contract (1.0-rev0): what it refuses.

Its answers are held against it in tests/simulator/test_specs.py.
"""

from __future__ import annotations

import httpx

from tests.contracts.contract import Contract
from tests.simulator.conftest import aws, connect, enter  # noqa: F401

USERS = "/api/v1/users"


def test_what_the_contract_refuses_is_refused(aws: httpx.Client) -> None:  # noqa: F811
    contract = Contract("backup-for-aws-1.0-rev0.json")
    body = {"name": "operator", "description": "one", "password": "Operator-5ecret"}
    assert aws.post(USERS, json=body).status_code == 201
    bodies = {
        ("POST", USERS, USERS): {**body, "name": "other"},
        ("PUT", f"{USERS}/{{userId}}", f"{USERS}/operator"): {
            "description": "two",
            "password": "Operator-6ecret",
            "oldPassword": "Operator-5ecret",
        },
        ("POST", f"{USERS}/validateName", f"{USERS}/validateName"): {"name": "x"},
        ("POST", f"{USERS}/validatePassword", f"{USERS}/validatePassword"): {"password": "x"},
    }
    tried = 0
    for (method, template, path), example in bodies.items():
        for what, mutant in contract.mutants(method, template, example):
            if method == "PUT" and what.endswith(": None"):
                continue  # null stands for absent, and nothing is required
            if "validate" in template and what.endswith(": ''"):
                continue  # what is wrong with a value is the answer of a validation, with 200
            answer = aws.request(method, path, json=mutant)
            assert answer.status_code == 400, f"{method} {template} took {what}"
            tried += 1
    assert tried > 8
