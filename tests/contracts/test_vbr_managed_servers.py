"""Managed servers and their sessions against the contracts (1.3-rev1, 1.3-rev2), type by type, from both sides."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.contracts.contract import Contract
from tests.simulator.conftest import Connect, connect, enter  # noqa: F401
from veeam_pulumi.products import resources
from veeam_pulumi.products.vbr import server_types
from veeam_pulumi.redaction import reveal
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.vbr import hosts

PATH, ASK = "/api/v1/backupInfrastructure/managedServers", "/api/v1/connectionCertificate"
ID, CREDENTIALS = "00000000-0000-0000-0000-000000000000", "6f9a3c1e-2d47-4f0b-8a55-9c1e7b3d2f10"
REVISIONS = {
    "1.3-rev1": ("13.0.1.180", "vbr-1.3-rev1-credentials-managed-servers.json"),
    "1.3-rev2": ("13.1.0.411", "vbr-1.3-rev2-managed-servers.json"),
}
ONCE: dict[str, Any] = {
    "credentials_storage_type": "SingleUse",
    "single_use_credentials": {"username": "root", "ssh_port": 22, "use_su": True},
    "single_use_private_key": "LS0tLS1C",
    "single_use_passphrase": "Canary-Phrase-3c",
    "single_use_root_password": "Canary-Root-4mz",
}
PORTS = {"port_range_start": 2500, "port_range_end": 3300, "server_side": False}
MORE: dict[str, dict[str, Any]] = {
    "WindowsHost": {"network_settings": PORTS},
    "LinuxHost": {"ssh_settings": {"ssh_time_out_ms": 20000, **PORTS}},
    "ViHost": {"port": 443},
    "HvServer": {"network_settings": PORTS, "max_task_count": 4},
    "HvCluster": {"network_settings": PORTS, "hv_servers": ["hv1.lab.local"]},
    "SCVMM": {"network_settings": PORTS, "add_all_servers": True},
    "SmbV3Cluster": {"network_settings": PORTS},
    "SmbV3StandaloneHost": {"network_settings": PORTS},
}


def body(kind: str, name: str = "host01.lab.local", **more: Any) -> dict[str, Any]:
    """What the resource sends to add a host of this type, with every argument of it."""
    resource = resources()["vbr.ManagedServer"]
    given = {"type": kind, "name": name, "credentials_id": CREDENTIALS, **MORE[kind], **more}
    if pin := server_types.FINGERPRINTS.get(kind):
        given[pin] = hosts.fingerprint(kind, name)
    checked, problems = resource.check({key: value for key, value in given.items() if value is not None})
    assert problems == []
    found: dict[str, Any] = reveal(server_types.new(resource.inputs.model_validate(checked)))
    return found


@pytest.fixture(params=sorted(REVISIONS))
def vbr(request: pytest.FixtureRequest, sim: Simulator, enter: Connect) -> tuple[httpx.Client, Contract]:  # noqa: F811
    build, file = REVISIONS[request.param]
    sim.set(**{"vbr.build": build})
    return enter("vbr", request.param), Contract(file)


@pytest.mark.parametrize("kind", MORE)
def test_answers_are_those_of_the_contract(vbr: tuple[httpx.Client, Contract], kind: str) -> None:
    client, contract = vbr
    made = client.post(PATH, json=body(kind))
    session = client.get(f"/api/v1/sessions/{made.json()['id']}")
    path = f"{PATH}/{session.json()['resourceId']}"
    row = client.get(path)
    answers = [
        made,
        session,
        row,
        client.get(PATH),
        client.put(path, json={**row.json(), "description": "two"}),
        client.post(PATH, json={}),
        client.get(f"{PATH}/{ID}"),
        client.delete(path),
        client.post(ASK, json={"serverName": "host01.lab.local", "type": kind}),
    ]
    assert [one.status_code for one in answers] == [201, 200, 200, 200, 201, 400, 404, 201, 201]
    assert [problem for one in answers for problem in contract.answer(one)] == []
    assert row.json()["type"] == kind
    if contract.find("GET", f"/api/v1/sessions/{ID}/logs"):
        assert contract.answer(client.get(f"/api/v1/sessions/{made.json()['id']}/logs")) == []


@pytest.mark.parametrize("kind", MORE)
def test_what_the_contract_refuses_is_refused(vbr: tuple[httpx.Client, Contract], kind: str) -> None:
    client, contract = vbr
    made = client.post(PATH, json=body(kind))
    id = client.get(f"/api/v1/sessions/{made.json()['id']}").json()["resourceId"]
    model = client.get(f"{PATH}/{id}").json()
    tried = 0
    for method, template, path, example in (
        ("POST", PATH, PATH, body(kind, "host02.lab.local")),
        ("PUT", f"{PATH}/{{id}}", f"{PATH}/{id}", model),
        ("POST", ASK, ASK, {"serverName": "host03.lab.local", "type": kind, "credentialsId": CREDENTIALS}),
    ):
        for what, mutant in contract.mutants(method, template, example):
            assert client.request(method, path, json=mutant).status_code == 400, f"{method} {template} took {what}"
            tried += 1
    assert tried > 30


def test_single_use_credentials_are_those_of_the_contract(vbr: tuple[httpx.Client, Contract]) -> None:
    client, contract = vbr
    spec = body("LinuxHost", credentials_id=None, **ONCE)
    sent = contract.request("POST", PATH, {}, dict(client.headers) | {"content-type": "application/json"}, spec)
    assert sent == []
    made = client.post(PATH, json=spec)
    id = client.get(f"/api/v1/sessions/{made.json()['id']}").json()["resourceId"]
    row = client.get(f"{PATH}/{id}")
    assert contract.answer(row) == []
    assert row.json()["credentialsStorageType"] == "SingleUse"
    assert "Canary" not in row.text
    path, tried = f"{PATH}/{id}/updateSingleUseCredentials", 0
    assert contract.answer(client.post(path, json=spec["singleUseCredentials"])) == []
    for what, mutant in contract.mutants(
        "POST", f"{PATH}/{{id}}/updateSingleUseCredentials", spec["singleUseCredentials"]
    ):
        assert client.post(path, json=mutant).status_code == 400, f"took {what}"
        tried += 1
    assert tried > 15
