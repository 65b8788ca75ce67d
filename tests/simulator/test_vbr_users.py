"""The users dialect of Backup & Replication: /api/v1/users and /api/v1/roles, example by example."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from veeam_pulumi.simulator import Simulator

USERS = "/api/v1/users"
RESTORE, VIEWER = "Veeam Restore Operator", "Veeam Backup Viewer"


@pytest.fixture
def client(sim: Simulator, vbr: httpx.Client) -> httpx.Client:
    sim.set(**{"vbr.dialect": "users"})
    return vbr


def role_ids(client: httpx.Client) -> dict[str, str]:
    body = client.get("/api/v1/roles").json()
    assert set(body) == {"data"}
    assert all(set(row) == {"id", "name"} for row in body["data"])
    return {row["name"]: row["id"] for row in body["data"]}


def add(client: httpx.Client, name: str = "DOMAIN\\jdoe", **more: Any) -> httpx.Response:
    spec = {"username": name, "roleId": role_ids(client)[RESTORE], "accountType": "ActiveDirectory", **more}
    return client.post(USERS, json=spec)


def test_the_examples_one_by_one(client: httpx.Client) -> None:
    ids = role_ids(client)
    created = add(client)
    assert created.status_code == 201
    user = created.json()
    assert user == {
        "id": user["id"],
        "username": "DOMAIN\\jdoe",
        "roleId": ids[RESTORE],
        "roleName": RESTORE,
        "accountType": "ActiveDirectory",
    }
    assert client.get(f"{USERS}/{user['id']}").json() == user
    updated = client.put(f"{USERS}/{user['id']}", json={"roleId": ids[VIEWER]})
    assert updated.status_code == 200
    # Only this answer is without an accountType.
    assert updated.json() == {"id": user["id"], "username": "DOMAIN\\jdoe", "roleId": ids[VIEWER], "roleName": VIEWER}
    assert client.get(f"{USERS}/{user['id']}").json()["accountType"] == "ActiveDirectory"
    gone = client.delete(f"{USERS}/{user['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert client.get(f"{USERS}/{user['id']}").json()["errorCode"] == "NotFound"


def test_optional_fields_come_back_when_they_were_given(sim: Simulator, client: httpx.Client) -> None:
    user = add(client, description="Desk", isEnabled=False).json()
    assert (user["description"], user["isEnabled"]) == ("Desk", False)
    bare = add(client, "DOMAIN\\bare").json()
    assert "description" not in bare and "isEnabled" not in bare
    sim.set(**{"vbr.users_shape": "model"})
    full = client.get(f"{USERS}/{bare['id']}").json()
    assert (full["description"], full["isEnabled"]) == ("", True)
    assert "accountType" in client.put(f"{USERS}/{bare['id']}", json={"description": "x"}).json()


@pytest.mark.parametrize(("knob", "status"), [("all", 200), ("role", 400)])
def test_what_may_change(sim: Simulator, client: httpx.Client, knob: str, status: int) -> None:
    sim.set(**{"vbr.users_update": knob})
    user = add(client).json()
    path = f"{USERS}/{user['id']}"
    assert client.put(path, json={"roleId": user["roleId"], "description": "new"}).status_code == status
    assert (sim.lookup("vbr", "domain\\jdoe") or {})["description"] == ("new" if status == 200 else "")
    assert client.put(path, json={"username": "DOMAIN\\other"}).status_code == 400
    assert client.put(path, json={"accountType": "Local"}).status_code == 400
    assert client.put(path, json={"roleId": "00000000-0000-0000-0000-000000000000"}).status_code == 400


def test_pages_count_the_page_and_not_the_rows(sim: Simulator, client: httpx.Client) -> None:
    for number in range(9):
        sim.drift("vbr", "add", f"LAB\\user{number}")
    body = client.get(USERS, params={"skip": 10, "limit": 100}).json()
    assert (len(body["data"]), body["pagination"]) == (1, {"total": 11, "count": 100, "skip": 10})
    assert client.get(USERS).json()["pagination"]["count"] == 100
    assert client.get(USERS, params={"limit": 900}).json()["pagination"]["count"] == 500
    sim.set(**{"vbr.page_size": 4})
    assert len(client.get(USERS, params={"limit": 100}).json()["data"]) == 4


@pytest.mark.parametrize(
    "body",
    [{"username": ""}, {"roleId": "x"}, {"accountType": "Remote"}, {"isEnabled": "yes"}, {"accountType": "Local"}],
)
def test_what_create_refuses(client: httpx.Client, body: dict[str, Any]) -> None:
    ids = role_ids(client)
    spec = {"username": "LAB\\a", "roleId": ids[RESTORE], "accountType": "ActiveDirectory", **body}
    assert client.post(USERS, json=spec).status_code == 400


def test_a_disabled_account_cannot_log_in(sim: Simulator, client: httpx.Client) -> None:
    add(client, "LAB\\op", isEnabled=True)
    sim.drift("vbr", "update", "LAB\\op", {"password": "Op-Word-9"})
    assert sim.can_login("vbr", "op@lab.local", "Op-Word-9")
    sim.drift("vbr", "update", "LAB\\op", {"isEnabled": False})
    form = {"grant_type": "password", "username": "LAB\\op", "password": "Op-Word-9"}
    assert client.post("/api/oauth2/token", data=form).status_code == 401


def test_the_token_is_a_capital_bearer_here(sim: Simulator, client: httpx.Client) -> None:
    form = {"grant_type": "password", "username": sim.username("vbr"), "password": sim.password("vbr")}
    assert client.post("/api/oauth2/token", data=form).json()["token_type"] == "Bearer"
