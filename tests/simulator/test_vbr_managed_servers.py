"""Managed servers of the simulated Backup & Replication server, and the sessions that every write leaves behind."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.simulator.conftest import Connect
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.vbr.hosts import fingerprint

PATH, SESSIONS = "/api/v1/backupInfrastructure/managedServers", "/api/v1/sessions"
CREDENTIALS = "6f9a3c1e-2d47-4f0b-8a55-9c1e7b3d2f10"
WINDOWS: dict[str, Any] = {
    "type": "WindowsHost",
    "name": "proxy01.lab.local",
    "description": "",
    "credentialsStorageType": "Permanent",
    "credentialsId": CREDENTIALS,
}


@pytest.fixture
def vbr(sim: Simulator, enter: Connect) -> httpx.Client:
    sim.set(**{"vbr.build": "13.1.0.411"})
    return enter("vbr", "1.3-rev2")


def begun(client: httpx.Client, spec: dict[str, Any]) -> str:
    answer = client.post(PATH, json=spec)
    assert (answer.status_code, answer.json()["state"]) == (201, "Working")
    return str(answer.json()["id"])


def session(client: httpx.Client, id: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"{SESSIONS}/{id}").json()
    return found


def names(client: httpx.Client, **params: Any) -> list[str]:
    return [row["name"] for row in client.get(PATH, params=params).json()["data"]]


def test_a_server_is_there_when_its_session_has_ended(sim: Simulator, vbr: httpx.Client) -> None:
    sim.set(**{"vbr.session_seconds": 30})
    id = begun(vbr, WINDOWS)
    assert (session(vbr, id)["state"], names(vbr)) == ("Working", [])
    sim.advance(31)
    ended = session(vbr, id)
    assert (ended["state"], ended["result"]["result"]) == ("Stopped", "Success")
    assert vbr.get(f"{PATH}/{ended['resourceId']}").json()["name"] == WINDOWS["name"]
    assert vbr.post(PATH, json=WINDOWS).status_code == 400  # its name is taken


def test_lists_are_filtered_and_have_no_hosts_below_a_vcenter(sim: Simulator, vbr: httpx.Client) -> None:
    for name, kind in (("b.lab", "WindowsHost"), ("a.lab", "ViHost")):
        sim.drift("vbr", "add", name, {"type": kind, "credentialsId": CREDENTIALS})
    assert names(vbr) == ["a.lab", "b.lab"]
    assert names(vbr, orderColumn="Type", orderAsc="false") == ["b.lab", "a.lab"]
    assert names(vbr, typeFilter="ViHost") == ["a.lab"]
    assert names(vbr, nameFilter="b*") == ["b.lab"]
    sim.drift("vbr", "update", "b.lab", {"status": "Unavailable"})
    assert names(vbr, serverStateFilter="Available") == ["a.lab"]


@pytest.mark.parametrize("kind", ["LinuxHost", "ViHost"])
def test_a_host_with_another_fingerprint_than_the_given_one_is_not_added(vbr: httpx.Client, kind: str) -> None:
    pin = {"LinuxHost": "sshFingerprint", "ViHost": "certificateThumbprint"}[kind]
    spec = {**WINDOWS, "type": kind, pin: fingerprint(kind, "another.lab.local")}
    ended = session(vbr, begun(vbr, spec))
    assert ended["result"]["result"] == "Failed"
    assert "does not match" in ended["result"]["message"]
    assert "resourceId" not in ended
    asked = vbr.post("/api/v1/connectionCertificate", json={"serverName": spec["name"], "type": kind})
    right = fingerprint(kind, spec["name"])
    assert right in (asked.json().get("fingerprint"), asked.json().get("certificate", {}).get("thumbprint"))
    assert session(vbr, begun(vbr, {**spec, pin: right}))["result"]["result"] == "Success"


def test_the_log_of_a_session_is_newest_first_and_filtered(sim: Simulator, vbr: httpx.Client) -> None:
    sim.set(**{"vbr.session_result": "failed_silent"})
    id = begun(vbr, WINDOWS)
    assert session(vbr, id)["result"]["message"] == ""
    log = vbr.get(f"{SESSIONS}/{id}/logs").json()
    assert [one["status"] for one in log["records"]] == ["Failed", "Succeeded"]
    assert vbr.get(f"{SESSIONS}/{id}/logs", params={"statusFilter": "Failed"}).json()["totalRecords"] == 1


def test_sessions_are_listed_newest_first_by_type(sim: Simulator, vbr: httpx.Client) -> None:
    first = begun(vbr, WINDOWS)
    sim.advance(10)
    second = begun(vbr, {**WINDOWS, "name": "proxy02.lab.local"})
    vbr.delete(f"{PATH}/{session(vbr, first)['resourceId']}")
    query = {"typeFilter": "Infrastructure", "orderColumn": "CreationTime", "orderAsc": "false"}
    assert [one["id"] for one in vbr.get(SESSIONS, params=query).json()["data"]] == [second, first]
    assert len(vbr.get(SESSIONS, params={"typeFilter": "InfrastructureItemDeletion"}).json()["data"]) == 1


def test_a_restart_forgets_sessions_and_perhaps_their_work(sim: Simulator, vbr: httpx.Client) -> None:
    sim.set(**{"vbr.session_seconds": 10})
    for lost, there in (("done", ["a.lab"]), ("undone", ["a.lab"])):
        id = begun(vbr, {**WINDOWS, "name": "a.lab" if lost == "done" else "b.lab"})
        sim.set(**{"vbr.session_lost": lost})
        sim.advance(11)
        assert vbr.get(f"{SESSIONS}/{id}").status_code == 404
        assert names(vbr) == there
        sim.set(**{"vbr.session_lost": "off"})


def test_older_revisions_have_fewer_types(sim: Simulator, enter: Connect) -> None:
    client = enter("vbr", "1.2-rev1")
    assert client.post(PATH, json={**WINDOWS, "type": "HvServer"}).status_code == 400
    assert client.post(PATH, json=WINDOWS).status_code == 201


def test_nothing_of_secrets_is_kept_or_logged(sim: Simulator, vbr: httpx.Client) -> None:
    once = {"type": "Linux", "username": "x", "authenticationType": "SshKey", "privateKey": "Canary-Key-9d"}
    spec = {**WINDOWS, "type": "LinuxHost", "credentialsStorageType": "SingleUse", "singleUseCredentials": once}
    del spec["credentialsId"]
    spec |= {"sshFingerprint": fingerprint("LinuxHost", spec["name"]), "handshakeCode": "Canary-Pair-9d"}
    session(vbr, begun(vbr, spec))
    assert "Canary" not in str(sim.objects("vbr")) + str(sim.requests("vbr"))
    assert sim.objects("vbr")["managedServers"][0]["credentialsStorageType"] == "SingleUse"


def test_what_is_done_by_hand(sim: Simulator, vbr: httpx.Client) -> None:
    sim.drift("vbr", "add", "hv.lab", {"type": "HvCluster", "credentialsId": CREDENTIALS})
    sim.drift("vbr", "update", "hv.lab", {"hvServers": [{"hvServerName": "one.lab"}]})
    (row,) = vbr.get(PATH).json()["data"]
    assert row["childServers"] == [{"hvServerName": "one.lab"}]
    with pytest.raises(ValueError, match="managed servers of vbr have no color"):
        sim.drift("vbr", "update", "hv.lab", {"color": "red"})
    with pytest.raises(ValueError, match="there is already a managed server hv.lab on vbr"):
        sim.drift("vbr", "add", "hv.lab", {"type": "HvCluster"})
    sim.drift("vbr", "delete", "hv.lab", {})
    assert names(vbr) == []
