"""The control plane over HTTP does what the Python methods do."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from veeam_pulumi.simulator import DEFAULT_PRODUCTS, Simulator


@pytest.fixture
def plane(sim: Simulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sim.control_url, timeout=5) as client:
        yield client


def test_it_says_what_there_is(sim: Simulator, plane: httpx.Client) -> None:
    about = plane.get("/").json()
    assert about["products"] == {name: sim.url(name) for name in DEFAULT_PRODUCTS}
    assert "PATCH /knobs" in about["paths"]


def test_drift_and_objects(sim: Simulator, plane: httpx.Client) -> None:
    add = {"product": "aws", "action": "add", "name": "x", "values": {"description": "d", "password": "Some-Word-9"}}
    assert plane.post("/drift", json=add).status_code == 204
    assert sim.can_login("aws", "x", "Some-Word-9")
    found = plane.get("/objects", params={"product": "aws"}).json()
    assert found == {"aws": sim.objects("aws")}
    assert found["aws"]["users"][1] == {"name": "x", "description": "d", "mfaEnabled": False, "isDefault": False}
    assert set(plane.get("/objects").json()) == set(DEFAULT_PRODUCTS)
    roles = {
        "product": "vbr",
        "action": "update",
        "name": "builtin\\administrators",
        "values": {"roles": ["Backup Viewer"]},
    }
    assert plane.post("/drift", json=roles).status_code == 204
    assert (sim.lookup("vbr", "BUILTIN\\Administrators") or {})["roles"][0]["name"] == "Veeam Backup Viewer"
    assert plane.post("/drift", json={"product": "aws", "action": "delete", "name": "x"}).status_code == 204
    assert sim.lookup("aws", "x") is None


@pytest.mark.parametrize(
    ("method", "path", "body", "says"),
    [
        ("POST", "/drift", {"product": "aws", "action": "add", "name": "Admin"}, "there is already user Admin on aws"),
        ("POST", "/drift", {"product": "aws", "action": "delete", "name": "x"}, "there is no user x on aws"),
        ("POST", "/drift", {"product": "aws", "action": "paint", "name": "x"}, "known ones: add, update, delete"),
        ("POST", "/drift", {"product": "aws", "action": "update", "name": "Admin", "values": {"pet": 1}}, "no pet"),
        ("POST", "/drift", {"product": "vbr", "action": "add", "name": "x", "values": {"roles": ["King"]}}, "no role"),
        ("POST", "/drift", {"product": "em", "action": "delete", "name": "x"}, "there is no server x on em"),
        ("POST", "/drift", {"product": "em", "action": "add", "name": "x", "values": {"pet": 1}}, "no pet"),
        ("POST", "/drift", {"product": "em", "action": "add", "name": "x", "values": {"role": "King"}}, "no role King"),
        ("POST", "/drift", {"product": "em", "action": "add", "name": "lab\\svc-backup"}, "already account"),
        ("POST", "/drift", {"action": "add"}, "the body needs product"),
        ("PATCH", "/knobs", {"aws.mfa": "maybe"}, "allowed are off, pending"),
        ("POST", "/faults", {"product": "aws", "kind": "boom"}, "unknown fault boom"),
        ("GET", "/objects?product=gcp", None, f"{', '.join(DEFAULT_PRODUCTS)} are"),
        ("POST", "/drift", [], "must be a JSON object"),
    ],
)
def test_mistakes_are_400_with_one_line(plane: httpx.Client, method: str, path: str, body: object, says: str) -> None:
    response = plane.request(method, path, json=body)
    assert response.status_code == 400
    assert says in response.json()["error"]
    assert "\n" not in response.json()["error"]


def test_knobs_faults_and_the_clock(sim: Simulator, plane: httpx.Client, aws: httpx.Client) -> None:
    assert plane.patch("/knobs", json={"aws.links": "off"}).json()["aws.links"] == "off"
    assert plane.get("/knobs").json()["vbr.domains"] == ["*"]
    fault = {"product": "aws", "kind": "status", "path": "/api/v1/users", "times": 0, "status": 418}
    assert plane.post("/faults", json=fault).json()["settings"] == {"status": 418}
    assert aws.get("/api/v1/users").status_code == 418
    assert plane.get("/faults").json()[0]["hits"] == 1
    plane.delete("/faults")
    assert "_links" not in aws.get("/api/v1/users/Admin").json()
    plane.post("/clock", json={"advance": 901})
    assert aws.get("/api/v1/users").status_code == 401


def test_the_log_is_filtered_and_cleared(
    sim: Simulator, plane: httpx.Client, aws: httpx.Client, vbr: httpx.Client
) -> None:
    aws.post("/api/v1/users/validateName", json={"name": "x"})
    aws.post("/api/v1/users", json={"name": "x", "description": "", "password": "Some-Word-9"})
    vbr.get("/api/v1/security/users", params={"limit": 1})
    aws.delete("/api/v1/token")
    everything = plane.get("/requests").json()
    assert [record["product"] for record in everything] == ["aws", "vbr", "aws", "aws", "vbr", "aws"]
    assert (everything[4]["query"], everything[4]["path"]) == ({"limit": "1"}, "/api/v1/security/users")
    assert "authorization" not in everything[4]["headers"]
    writes = plane.get("/requests", params={"writes_only": "true"}).json()
    assert [(item["method"], item["path"], item["status"]) for item in writes] == [("POST", "/api/v1/users", 201)]
    assert writes[0]["body"] == {"name": "x", "description": "", "password": "[secret]"}
    assert len(plane.get("/requests", params={"product": "vbr", "method": "get"}).json()) == 1
    assert plane.get("/traffic").json()["vbr"]["connections"] == 1
    plane.delete("/requests")
    assert sim.requests() == []


def test_reset_puts_everything_back(sim: Simulator, plane: httpx.Client, aws: httpx.Client) -> None:
    sim.drift("aws", "delete", "Admin")
    sim.set(**{"aws.mfa": "pending"})
    sim.fault("aws", "empty")
    sim.advance(1000)
    assert plane.post("/reset").status_code == 204
    assert (sim.faults(), sim.requests(), sim.traffic("aws").bytes) == ([], [], 0)
    assert (sim.knobs()["aws.mfa"], [user["name"] for user in sim.objects("aws")["users"]]) == ("off", ["Admin"])
    assert aws.get("/api/v1/users").status_code == 401, "a reset ends every session"
