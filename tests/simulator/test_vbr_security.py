"""Backup & Replication: login, revisions, and the security dialect."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.simulator.conftest import Connect, log_in
from veeam_pulumi.simulator import Simulator

USERS, ROLES = "/api/v1/security/users", "/api/v1/security/roles"
ADMIN_ROLE = "5ff0e0eb-45cf-48cc-9677-7613fc79bc11"
RESTORE_ROLE = "b167c3af-2262-4b6c-9861-0606fc0cb6b1"
AUTH_FAILED = {"errorCode": "AccessDenied", "message": "Authentication failed", "resourceId": None}


def role(id_: str, name: str = "whatever") -> dict[str, str]:
    return {"id": id_, "name": name}


def spec(name: str, /, **changes: Any) -> dict[str, Any]:
    base = {"name": name, "type": "InternalUser", "roles": [role(RESTORE_ROLE)], "isServiceAccount": False}
    return {**base, **changes}


@pytest.mark.parametrize("grant", ["password", "Password"])
def test_login_takes_both_spellings_of_a_grant(sim: Simulator, connect: Connect, grant: str) -> None:
    form = {"grant_type": grant, "username": sim.username("vbr"), "password": sim.password("vbr")}
    body = connect("vbr").post("/api/oauth2/token", data=form).json()
    assert set(body) == {"access_token", "token_type", "refresh_token", "expires_in", ".issued", ".expires"}
    assert (body["token_type"], body["expires_in"]) == ("bearer", 900)


def test_refresh_tokens_rotate_and_logout_ends_the_session(sim: Simulator, connect: Connect) -> None:
    client = connect("vbr")
    first = log_in(client, "vbr", sim.username("vbr"), sim.password("vbr")).json()
    form = {"grant_type": "Refresh_token", "refresh_token": first["refresh_token"]}
    second = client.post("/api/oauth2/token", data=form).json()
    assert client.post("/api/oauth2/token", data=form).json() == AUTH_FAILED
    client.headers["authorization"] = f"Bearer {second['access_token']}"
    out = client.post("/api/oauth2/logout")
    assert (out.status_code, out.json()) == (200, {})
    assert client.get(USERS).status_code == 401
    dead = {"grant_type": "refresh_token", "refresh_token": second["refresh_token"]}
    assert client.post("/api/oauth2/token", data=dead).status_code == 401


def test_tokens_age(sim: Simulator, vbr: httpx.Client) -> None:
    sim.advance(901)
    assert vbr.get(USERS).content == b""
    sim.set(**{"vbr.rejected_token": "body"})
    expired = vbr.get(USERS)
    assert (expired.status_code, expired.json()["errorCode"]) == (401, "ExpiredToken")


@pytest.mark.parametrize("revision", [None, "1.3-rev2", "latest"])
def test_a_missing_or_unknown_revision_is_refused_with_the_list(connect: Connect, revision: str | None) -> None:
    client = connect("vbr")
    headers = {"x-api-version": revision} if revision else {}
    del client.headers["x-api-version"]
    response = client.get("/api/v1/serverTime", headers=headers)
    assert response.status_code == 400
    assert response.json()["resourceId"] is None
    assert response.json()["errorCode"] == "BadRequest"
    listed = "v1.1-rev0, v1.1-rev1, v1.1-rev2, v1.2-rev0, v1.2-rev1, v1.3-rev0, v1.3-rev1"
    assert response.json()["message"].endswith(f"versions are supported: {listed}")


def test_the_newest_server_refuses_a_revision_without_a_list(sim: Simulator, connect: Connect) -> None:
    sim.set(**{"vbr.build": "13.1.0.411"})
    refused = connect("vbr", "1.4-rev0").get("/api/v1/serverTime")
    assert (refused.status_code, refused.json()["errorCode"]) == (400, "NotImplemented")
    assert refused.json()["message"] == "The specified API version is not supported."


def test_revisions_follow_from_the_build(sim: Simulator, connect: Connect) -> None:
    sim.set(**{"vbr.build": "13.1.0.411"})
    assert connect("vbr", "1.3-rev2").get("/api/v1/serverTime").json()["ianaTimeZoneId"]
    sim.set(**{"vbr.build": "11.0.1.1300"})
    assert connect("vbr", "1.0-rev1").get("/api/v1/serverTime").status_code == 200
    assert connect("vbr", "1.1-rev0").get("/api/v1/serverTime").status_code == 400
    sim.set(**{"vbr.version_header": "optional"})
    client = connect("vbr")
    del client.headers["x-api-version"]
    assert client.get("/api/v1/serverTime").status_code == 200


def test_revisions_can_be_probed_without_credentials(connect: Connect) -> None:
    client = connect("vbr")
    del client.headers["x-api-version"]
    assert client.get("/swagger/v1.3-rev1/swagger.json").json()["info"]["version"] == "1.3-rev1"
    assert client.get("/swagger/v1.3-rev2/swagger.json").status_code == 404


@pytest.mark.parametrize(("knob", "status"), [("404", 404), ("400", 400), ("404_empty", 404)])
def test_the_users_api_is_not_there_before_13_0_1(sim: Simulator, enter: Connect, knob: str, status: int) -> None:
    sim.set(**{"vbr.old_revision": knob})
    old_header = enter("vbr", "1.3-rev0").get(USERS)
    sim.set(**{"vbr.build": "12.3.1.1139"})
    old_build = enter("vbr", "1.2-rev1").get(USERS)
    assert old_header.status_code == old_build.status_code == status
    assert (old_header.content == b"") is (knob == "404_empty")


def test_what_the_server_says_about_itself(sim: Simulator, connect: Connect, vbr: httpx.Client) -> None:
    anonymous = connect("vbr")
    assert anonymous.get("/api/v1/serverTime").status_code == 200
    certificate = anonymous.get("/api/v1/serverCertificate").json()
    assert certificate["thumbprint"] == sim.thumbprint("vbr", "sha1")
    assert "validBy" in certificate
    assert anonymous.get("/api/v1/serverInfo").status_code == 401
    assert vbr.get("/api/v1/serverInfo").json()["buildVersion"] == "13.0.1.180"


def test_a_fresh_server_has_the_local_administrators_and_the_caller(sim: Simulator, vbr: httpx.Client) -> None:
    body = vbr.get(USERS).json()
    assert [row["name"] for row in body["data"]] == ["BUILTIN\\Administrators", sim.username("vbr")]
    assert {row["roles"][0]["id"] for row in body["data"]} == {ADMIN_ROLE}
    assert body["pagination"] == {"total": 2, "count": 2, "skip": 0, "limit": 200}


def test_a_users_life(sim: Simulator, vbr: httpx.Client) -> None:
    created = vbr.post(USERS, json=spec("LAB\\jdoe"))
    assert created.status_code == 201
    user = created.json()
    assert (user["name"], user["roles"][0]["name"]) == ("LAB\\jdoe", "Veeam Restore Operator")
    path = f"{USERS}/{user['id']}"
    assert vbr.get(path).json() == user == sim.lookup("vbr", "lab\\JDOE")
    changed = vbr.put(f"{path}/roles", json={"roles": [role(ADMIN_ROLE), role(RESTORE_ROLE), role(ADMIN_ROLE)]})
    assert [item["id"] for item in changed.json()["roles"]] == [ADMIN_ROLE, RESTORE_ROLE]
    assert vbr.get(f"{path}/roles").json() == changed.json()
    mode = vbr.post(f"{path}/changeServiceAccountMode", json={"isServiceAccountEnable": True})
    assert mode.json()["isServiceAccount"] is True
    assert vbr.post(f"{path}/changeServiceAccountMode", json={"isServiceAccount": True}).status_code == 400
    assert vbr.post(f"{path}/resetMFA").status_code == 204
    assert vbr.put(path, json={}).json()["errorCode"] == "MethodNotAllowed"
    assert vbr.delete(path).status_code == 204
    missing = vbr.get(path)
    assert (missing.status_code, missing.json()["errorCode"]) == (404, "NotFound")


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"type": "User"},
        {"roles": []},
        {"roles": [{"id": RESTORE_ROLE}]},
        {"roles": [role("nope")]},
        {"isServiceAccount": None},
    ],
)
def test_create_needs_four_fields_and_roles_with_id_and_name(vbr: httpx.Client, changes: dict[str, Any]) -> None:
    assert vbr.post(USERS, json=spec("LAB\\jdoe", **changes)).status_code == 400


@pytest.mark.parametrize("code", ["UnexpectedContent", "UnknownError"])
@pytest.mark.parametrize("again", ["LAB\\jdoe", "lab\\JDoe", "jdoe@lab.local"])
def test_a_principal_is_assigned_once_however_it_is_spelt(
    sim: Simulator, vbr: httpx.Client, code: str, again: str
) -> None:
    sim.set(**{"vbr.duplicate": code})
    vbr.post(USERS, json=spec("LAB\\jdoe"))
    second = vbr.post(USERS, json=spec(again))
    assert (second.status_code, second.json()["errorCode"]) == (400, code)


def test_principals_must_exist(sim: Simulator, vbr: httpx.Client) -> None:
    sim.set(**{"vbr.domains": "LAB,TECH", "vbr.refused": "LAB\\ghost"})
    answers = {
        name: vbr.post(USERS, json=spec(name)).status_code
        for name in ("LAB\\a", "b@tech.local", ".\\c", "OTHER\\d", "ghost@lab.local")
    }
    assert answers == {"LAB\\a": 201, "b@tech.local": 201, ".\\c": 201, "OTHER\\d": 400, "ghost@lab.local": 400}


@pytest.mark.parametrize(
    ("form", "typed", "stored"),
    [
        ("as_typed", "lab\\jdoe", "lab\\jdoe"),
        ("upn", "LAB\\jdoe", "jdoe@lab.local"),
        ("netbios", "jdoe@lab.local", "LAB\\jdoe"),
        ("upn", ".\\local", ".\\local"),
    ],
)
def test_names_may_come_back_in_another_form(
    sim: Simulator, vbr: httpx.Client, form: str, typed: str, stored: str
) -> None:
    sim.set(**{"vbr.canonical": form})
    assert vbr.post(USERS, json=spec(typed)).json()["name"] == stored
    assert (sim.lookup("vbr", typed) or {})["name"] == stored


def test_filters_order_and_pages(sim: Simulator, vbr: httpx.Client) -> None:
    for number in range(7):
        sim.drift("vbr", "add", f"LAB\\user{number}", {"roles": [RESTORE_ROLE], "isServiceAccount": number < 2})

    def names(**query: Any) -> list[str]:
        return [row["name"] for row in vbr.get(USERS, params=query).json()["data"]]

    assert names(nameFilter="lab\\user*") == [f"LAB\\user{number}" for number in range(7)]
    assert names(nameFilter="user1") == []
    assert names(nameFilter="*user1") == ["LAB\\user1"]
    assert names(isServiceAccountFilter="true", orderAsc="false") == ["LAB\\user1", "LAB\\user0"]
    assert names(typeFilter="InternalGroup") == ["BUILTIN\\Administrators"]
    assert names(roleIdFilter=RESTORE_ROLE, skip=5) == ["LAB\\user5", "LAB\\user6"]
    assert names(roleNameFilter="*Restore*", limit=1) == ["LAB\\user0"]
    sim.set(**{"vbr.page_size": 4})
    page = vbr.get(USERS, params={"limit": 500}).json()
    assert (len(page["data"]), page["pagination"]["total"]) == (4, 9)
    assert vbr.get(USERS, params={"skip": "x"}).status_code == 400
    assert vbr.get(USERS, params={"orderColumn": "MfaEnabled"}).status_code == 400


def test_role_names_and_new_fields_depend_on_the_revision(sim: Simulator, enter: Connect) -> None:
    sim.set(**{"vbr.build": "13.1.0.411"})
    older, newer = enter("vbr", "1.3-rev1"), enter("vbr", "1.3-rev2")
    old, new = (client.get(f"{ROLES}/{ADMIN_ROLE}").json() for client in (older, newer))
    assert (old["name"], "isBuiltIn" in old) == ("Veeam Backup Administrator", False)
    assert (new["name"], new["isBuiltIn"]) == ("Backup Administrator", True)
    assert "mfaEnabled" not in older.get(USERS).json()["data"][0]
    assert newer.get(USERS).json()["data"][0]["mfaEnabled"] is False
    assert len(newer.get(ROLES, params={"nameFilter": "Backup*"}).json()["data"]) == 3
    assert newer.get(f"{ROLES}/{ADMIN_ROLE}/permissions").json()["roleId"] == ADMIN_ROLE


def test_custom_roles_came_with_13_1(sim: Simulator, enter: Connect) -> None:
    sim.set(**{"vbr.build": "13.1.0.411"})
    body = {"name": "Desk", "description": "", "manageBackups": True, "manageRestores": False}
    assert enter("vbr", "1.3-rev1").post(ROLES, json=body).status_code == 404
    client = enter("vbr", "1.3-rev2")
    made = client.post(ROLES, json=body)
    assert made.status_code == 201
    path = f"{ROLES}/{made.json()['id']}"
    assert client.get(path).json()["isBuiltIn"] is False
    assert client.put(path, json={**made.json(), "manageRestores": True}).json()["manageRestores"] is True
    assert client.get(f"{path}/details").json()["manageRestores"] is True
    assert client.post(f"{path}/clone").json()["name"] == "Desk_Clone"
    assert client.delete(f"{ROLES}/{ADMIN_ROLE}").status_code == 400
    mixed = spec("LAB\\jdoe", roles=[role(made.json()["id"]), role(ADMIN_ROLE)])
    assert client.post(USERS, json=mixed).status_code == 400
    sim.drift("vbr", "add", "LAB\\desk", {"roles": ["Desk"], "password": "Desk-Word-1"})
    assert client.delete(path).status_code == 400
    assert log_in(enter("vbr", "1.3-rev1"), "vbr", "LAB\\desk", "Desk-Word-1").json() == AUTH_FAILED
    assert log_in(enter("vbr", "1.3-rev2"), "vbr", "LAB\\desk", "Desk-Word-1").status_code == 200


def test_mfa_refuses_logins_in_the_words_of_a_wrong_password(sim: Simulator, connect: Connect) -> None:
    name, password = sim.username("vbr"), sim.password("vbr")
    wrong = log_in(connect("vbr"), "vbr", name, "wrong")
    sim.set(**{"vbr.mfa": True})
    refused = log_in(connect("vbr"), "vbr", name, password)
    assert (refused.status_code, refused.json()) == (wrong.status_code, wrong.json()) == (401, AUTH_FAILED)
    assert not sim.can_login("vbr", name, password)
    sim.drift("vbr", "update", name, {"isServiceAccount": True})
    client = connect("vbr")
    assert log_in(client, "vbr", name, password).status_code == 200
    assert client.post(USERS, json=spec("LAB\\team", type="InternalGroup")).status_code == 400


def test_mfa_is_switched_when_no_group_is_left(sim: Simulator, vbr: httpx.Client) -> None:
    assert vbr.get("/api/v1/security/settings").json() == {"mfaEnabled": False}
    assert vbr.put("/api/v1/security/settings", json={"mfaEnabled": True}).status_code == 400
    sim.drift("vbr", "delete", "BUILTIN\\Administrators")
    assert vbr.put("/api/v1/security/settings", json={"mfaEnabled": True}).json() == {"mfaEnabled": True}
    assert sim.knobs()["vbr.mfa"] == "on"


@pytest.mark.parametrize(("mode", "status"), [("on", 403), ("pending", 201)])
def test_four_eyes_lets_nothing_happen(sim: Simulator, vbr: httpx.Client, mode: str, status: int) -> None:
    sim.drift("vbr", "add", "LAB\\old", {"roles": [RESTORE_ROLE]})
    before = sim.objects("vbr")
    sim.set(**{"vbr.four_eyes": mode})
    assert vbr.post(USERS, json=spec("LAB\\jdoe")).status_code == status
    path = f"{USERS}/{(sim.lookup('vbr', 'LAB' + chr(92) + 'old') or {})['id']}"
    answers = [vbr.put(f"{path}/roles", json={"roles": [role(ADMIN_ROLE)]}), vbr.delete(path)]
    assert all(answer.is_success is (mode == "pending") for answer in answers)
    assert sim.objects("vbr") == before


@pytest.mark.parametrize("status", [400, 403])
def test_the_last_administrator_stays(sim: Simulator, vbr: httpx.Client, status: int) -> None:
    sim.set(**{"vbr.last_admin": status})
    sim.drift("vbr", "delete", "BUILTIN\\Administrators")
    path = f"{USERS}/{(sim.lookup('vbr', sim.username('vbr')) or {})['id']}"
    assert vbr.delete(path).status_code == status
    assert vbr.put(f"{path}/roles", json={"roles": [role(RESTORE_ROLE)]}).status_code == status
    assert sim.lookup("vbr", sim.username("vbr"))


def test_only_administrators_manage_users(sim: Simulator, connect: Connect) -> None:
    sim.drift("vbr", "add", "LAB\\op", {"roles": ["Veeam Backup Operator"], "password": "Op-Word-9"})
    client = connect("vbr")
    assert log_in(client, "vbr", "op@lab.local", "Op-Word-9").status_code == 200
    forbidden, anonymous = client.get(USERS), connect("vbr").get(USERS)
    assert (forbidden.status_code, anonymous.status_code) == (403, 401)
    assert forbidden.json()["errorCode"] == anonymous.json()["errorCode"] == "AccessDenied"


@pytest.mark.parametrize(
    ("dialect", "there", "other"), [("security", 200, 404), ("users", 404, 200), ("both", 200, 200), ("none", 404, 404)]
)
def test_which_users_api_is_there(sim: Simulator, vbr: httpx.Client, dialect: str, there: int, other: int) -> None:
    sim.set(**{"vbr.dialect": dialect})
    assert [vbr.get(path).status_code for path in (USERS, ROLES)] == [there, there]
    assert [vbr.get(path).status_code for path in ("/api/v1/users", "/api/v1/roles")] == [other, other]
