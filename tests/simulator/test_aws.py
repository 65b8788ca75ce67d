"""Backup for AWS: login, users, and the points on which its documents differ."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.simulator.conftest import Connect, log_in
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.aws.rules import name_errors, password_errors

SPEC = {"name": "rayan_smith", "description": "Dept-02 user", "password": "Administrator1"}


def add(aws: httpx.Client, **changes: Any) -> httpx.Response:
    return aws.post("/api/v1/users", json={**SPEC, **changes})


def test_create_answers_exactly_as_the_example_does(sim: Simulator, aws: httpx.Client) -> None:
    href = f"{sim.url('aws')}/api/v1/users/rayan_smith"
    response = add(aws)
    assert response.status_code == 201
    assert response.json() == {
        "name": "rayan_smith",
        "description": "Dept-02 user",
        "mfaEnabled": False,
        "isDefault": False,
        "_links": [
            {"method": "GET", "rel": "self", "href": href},
            {"method": "PUT", "rel": "update", "href": href},
            {"method": "DELETE", "rel": "delete", "href": href},
            {"method": "POST", "rel": "EnableMfa", "href": f"{href}/enableMfa"},
        ],
    }
    assert sim.can_login("aws", "rayan_smith", "Administrator1")


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        ({}, "apiVersionUnspecified"),
        ({"x-api-version": "9.9-rev9"}, "unsupportedApiVersion"),
        ({"x-api-version": "latest"}, "invalidApiVersion"),
    ],
)
def test_every_request_needs_a_revision_that_the_appliance_knows(
    sim: Simulator, connect: Connect, headers: dict[str, str], problem: str
) -> None:
    client = connect("aws")
    del client.headers["x-api-version"]
    for method, path in (("POST", "/api/v1/token"), ("GET", "/api/v1/users")):
        response = client.request(method, path, headers=headers)
        assert response.status_code == 400
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["type"] == f"{sim.url('aws')}/api/v1/problems/{problem}"
        assert {"title", "status", "errorCode", "details"} <= set(response.json())
    assert client.get(f"/api/v1/problems/{problem}").headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("release", "accepted", "refused"),
    [
        ("2.0", "1.0-rev0", "1.2-rev0"),
        ("5.0", "1.0-rev0", "1.4-rev0"),
        ("8.0", "1.6-rev0", "1.0-rev0"),
        ("10", "1.8-rev0", "1.0-rev0"),
    ],
)
def test_releases_accept_their_own_revisions(
    sim: Simulator, connect: Connect, release: str, accepted: str, refused: str
) -> None:
    sim.set(**{"aws.release": release})
    admin = (sim.username("aws"), sim.password("aws"))
    assert log_in(connect("aws", accepted), "aws", *admin).status_code == 200
    assert log_in(connect("aws", refused), "aws", *admin).status_code == 400
    sim.set(**{"aws.versions": [refused]})
    assert log_in(connect("aws", refused), "aws", *admin).status_code == 200


def test_a_refresh_token_works_once_and_gives_a_new_pair(sim: Simulator, connect: Connect) -> None:
    client = connect("aws")
    first = log_in(client, "aws", "Admin", sim.password("aws")).json()
    assert first["expires_in"] == 900
    assert {".issued", ".expires", "token_type", "username", "roleName", "mfa_enabled"} <= set(first)
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = client.post("/api/v1/token", data=form)
    assert second.status_code == 200
    assert second.json()["refresh_token"] != first["refresh_token"]
    assert client.post("/api/v1/token", data=form).status_code == 401
    client.headers["authorization"] = f"Bearer {second.json()['access_token']}"
    assert client.get("/api/v1/users").status_code == 200


def test_tokens_age_and_logout_ends_both(sim: Simulator, connect: Connect) -> None:
    sim.set(**{"aws.token_life": 60, "aws.refresh_life": 300})
    client = connect("aws")
    pair = log_in(client, "aws", "Admin", sim.password("aws")).json()
    assert pair["expires_in"] == 60
    sim.advance(61)
    assert client.get("/api/v1/users").json()["errorCode"] == "ExpiredToken"
    again = client.post("/api/v1/token", data={"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]})
    client.headers["authorization"] = f"Bearer {again.json()['access_token']}"
    assert client.delete("/api/v1/token").status_code == 204
    assert client.get("/api/v1/users").status_code == 401
    dead = {"grant_type": "refresh_token", "refresh_token": again.json()["refresh_token"]}
    assert client.post("/api/v1/token", data=dead).status_code == 401
    late = log_in(client, "aws", "Admin", sim.password("aws")).json()["refresh_token"]
    sim.advance(301)
    assert client.post("/api/v1/token", data={"grant_type": "refresh_token", "refresh_token": late}).status_code == 401


def test_a_password_change_shows_at_the_next_login(sim: Simulator, aws: httpx.Client, connect: Connect) -> None:
    add(aws)
    spec = {"password": "Rotated4Good", "oldPassword": "Administrator1"}
    assert aws.put("/api/v1/users/rayan_smith", json=spec).status_code == 200
    assert log_in(connect("aws"), "aws", "rayan_smith", "Administrator1").status_code == 401
    assert log_in(connect("aws"), "aws", "rayan_smith", "Rotated4Good").status_code == 200
    wrong = aws.put("/api/v1/users/rayan_smith", json={"password": "Again5Good", "oldPassword": "Administrator1"})
    assert wrong.status_code == 400
    assert sim.can_login("aws", "rayan_smith", "Rotated4Good")


def test_old_password_is_required_where_the_guide_is_right(sim: Simulator, aws: httpx.Client) -> None:
    add(aws)
    assert aws.put("/api/v1/users/rayan_smith", json={"description": "one"}).json()["description"] == "one"
    sim.set(**{"aws.old_password": "required"})
    refused = aws.put("/api/v1/users/rayan_smith", json={"description": "two"})
    assert (refused.status_code, "oldPassword" in refused.json()["details"]) == (400, True)
    full = {"description": "two", "oldPassword": "Administrator1"}
    assert aws.put("/api/v1/users/rayan_smith", json=full).json()["description"] == "two"


@pytest.mark.parametrize("status", [400, 409])
def test_a_name_is_given_once(sim: Simulator, aws: httpx.Client, status: int) -> None:
    sim.set(**{"aws.duplicate": status})
    add(aws)
    response = add(aws)
    assert response.status_code == response.json()["status"] == status
    assert "already exists" in response.json()["details"]


@pytest.mark.parametrize("status", [400, 403])
def test_the_default_administrator_stays(sim: Simulator, aws: httpx.Client, status: int) -> None:
    sim.set(**{"aws.delete_default": status})
    assert aws.delete("/api/v1/users/Admin").status_code == status
    assert sim.lookup("aws", "admin") is not None


def test_delete_and_then_not_found(sim: Simulator, aws: httpx.Client, connect: Connect) -> None:
    add(aws)
    own = connect("aws")
    log_in(own, "aws", "rayan_smith", "Administrator1")
    assert aws.delete("/api/v1/users/rayan_smith").status_code == 204
    gone = aws.get("/api/v1/users/rayan_smith")
    assert (gone.status_code, gone.json()["errorCode"]) == (404, "NotFound")
    assert aws.delete("/api/v1/users/rayan_smith").status_code == 404
    assert own.get("/api/v1/users").status_code == 401, "a deleted user's session must end"


def test_names_with_a_dollar_are_escaped_in_paths(sim: Simulator, aws: httpx.Client) -> None:
    created = add(aws, name="svc$").json()
    assert created["_links"][0]["href"].endswith("/svc%24")
    assert aws.get("/api/v1/users/svc%24").json()["name"] == "svc$"
    assert sim.requests("aws")[-1].path == "/api/v1/users/svc%24"


def test_lists_page_sort_and_search(sim: Simulator, aws: httpx.Client) -> None:
    for number in range(12):
        sim.drift("aws", "add", f"user{number:02}", {"description": "odd" if number % 2 else "even"})
    assert aws.get("/api/v1/users").json()["totalCount"] == 13
    page = aws.get("/api/v1/users", params={"Offset": 2, "Limit": 3, "Sort": "nameDesc"}).json()
    assert ([row["name"] for row in page["results"]], page["totalCount"]) == (["user09", "user08", "user07"], 13)
    odd = aws.get("/api/v1/users", params={"SearchPattern": "odd"}).json()
    assert odd["totalCount"] == 6
    both = aws.get("/api/v1/users", params=[("Sort", "descriptionDesc"), ("Sort", "nameDesc")]).json()["results"]
    assert [row["name"] for row in both[:2]] == ["user11", "user09"]
    sim.set(**{"aws.page_size": 5})
    assert len(aws.get("/api/v1/users").json()["results"]) == 5
    assert len(aws.get("/api/v1/users", params={"Limit": 10}).json()["results"]) == 5, "a page size caps every Limit"
    assert len(aws.get("/api/v1/users", params={"Limit": -1}).json()["results"]) == 13
    sim.set(**{"aws.limit_all": "page"})
    assert len(aws.get("/api/v1/users", params={"Limit": -1}).json()["results"]) == 5
    assert aws.get("/api/v1/users", params={"Limit": -2}).status_code == 400
    assert aws.get("/api/v1/users", params={"Sort": "nameUp"}).status_code == 400


@pytest.mark.parametrize("missing", ["name", "description", "password"])
def test_create_needs_all_three_fields(aws: httpx.Client, missing: str) -> None:
    body = {key: value for key, value in SPEC.items() if key != missing}
    response = aws.post("/api/v1/users", json=body)
    assert (response.status_code, missing in response.json()["details"]) == (400, True)
    assert add(aws, description="").status_code == 201


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("svc$", True),
        ("a_b-9", True),
        ("a" * 32, True),
        ("a" * 33, False),
        ("Upper", False),
        ("sv$c", False),
        ("me@corp", False),
        ("", False),
        ("admin", False),
    ],
)
def test_name_rules(name: str, good: bool) -> None:
    assert (name_errors(name, admin_refused=True) == []) is good


@pytest.mark.parametrize(
    ("password", "v2", "v10"),
    [
        ("Administrator1", True, False),
        ("Adminis-trator", False, True),
        ("Short1-", False, False),
        ("alllower1-zz", False, False),
        ("Habc-zzz9q", False, False),
        ("Good-1-Word", True, True),
    ],
)
def test_password_rules_by_version(password: str, v2: bool, v10: bool) -> None:
    assert (password_errors(password, "v2") == []) is v2
    assert (password_errors(password, "v10") == []) is v10


def test_validation_answers_200_and_says_it_in_the_body(sim: Simulator, aws: httpx.Client) -> None:
    def messages(what: str, value: str) -> list[dict[str, Any]]:
        response = aws.post(f"/api/v1/users/validate{what.title()}", json={what: value})
        assert response.status_code == 200
        found: list[dict[str, Any]] = response.json()
        return found

    assert messages("name", "rayan_smith") == []
    assert messages("name", "Rayan (1)")[0]["severity"] == "Error"
    assert "already exists" in messages("name", "admin")[0]["message"]
    assert messages("description", "x" * 256)
    assert messages("password", "Administrator1") == []
    sim.set(**{"aws.release": "10", "aws.versions": "1.0-rev0"})
    assert "special" in messages("password", "Administrator1")[0]["message"]
    assert sim.requests("aws", writes_only=True) == []


def test_a_user_without_the_administrators_role_may_look_at_nothing(sim: Simulator, connect: Connect) -> None:
    sim.drift("aws", "add", "operator", {"password": "Some-Word-9", "role": "Portal Operator"})
    client = connect("aws")
    assert log_in(client, "aws", "operator", "Some-Word-9").json()["roleName"] == "Portal Operator"
    refused = client.get("/api/v1/users")
    assert (refused.status_code, refused.json()["errorCode"]) == (403, "AccessDenied")


def test_mfa_pending_is_200_with_an_mfa_token_and_nothing_else(sim: Simulator, connect: Connect) -> None:
    sim.set(**{"aws.mfa": "pending"})
    client = connect("aws")
    response = log_in(client, "aws", "Admin", sim.password("aws"))
    assert (response.status_code, set(response.json())) == (200, {"mfa_token"})
    form = {"grant_type": "mfa", "mfa_token": response.json()["mfa_token"], "mfa_code": "111111"}
    assert client.post("/api/v1/token", data=form).status_code == 401
    right = client.post("/api/v1/token", data={**form, "mfa_code": "000000"})
    assert "access_token" in right.json()
    assert client.post("/api/v1/token", data={**form, "mfa_code": "000000"}).status_code == 401


def test_a_users_own_second_factor(sim: Simulator, aws: httpx.Client, connect: Connect) -> None:
    add(aws)
    setup = aws.post("/api/v1/users/rayan_smith/enableMfa", json={"recreate": False}).json()
    assert set(setup) == {"userName", "qrString", "secretKey", "scratchCodes", "token"}
    accept = {"token": setup["token"], "code": _totp(setup["secretKey"])}
    assert aws.post("/api/v1/users/rayan_smith/acceptMfa", json={**accept, "token": "other"}).status_code == 400
    accepted = aws.post("/api/v1/users/rayan_smith/acceptMfa", json=accept)
    assert (accepted.status_code, accepted.content) == (201, b"")
    assert (sim.lookup("aws", "rayan_smith") or {})["mfaEnabled"] is True
    client = connect("aws")
    for code in (_totp(setup["secretKey"]), setup["scratchCodes"][0]):
        token = log_in(client, "aws", "rayan_smith", "Administrator1").json()["mfa_token"]
        form = {"grant_type": "mfa", "mfa_token": token, "mfa_code": code}
        assert client.post("/api/v1/token", data=form).status_code == 200
    token = log_in(client, "aws", "rayan_smith", "Administrator1").json()["mfa_token"]
    spent = {"grant_type": "mfa", "mfa_token": token, "mfa_code": setup["scratchCodes"][0]}
    assert client.post("/api/v1/token", data=spent).status_code == 401, "a scratch code works once"
    disabled = aws.post("/api/v1/users/rayan_smith/disableMfa")
    assert (disabled.status_code, disabled.content) == (200, b"")
    assert "access_token" in log_in(client, "aws", "rayan_smith", "Administrator1").json()


def test_the_first_user_of_a_new_appliance(sim: Simulator, connect: Connect) -> None:
    client = connect("aws")
    assert client.get("/api/v1/users/isFirstLogin").json() == {"isFirstLogin": False}
    sim.drift("aws", "delete", "Admin")
    assert client.get("/api/v1/users/isFirstLogin").json() == {"isFirstLogin": True}
    body: dict[str, Any] = {"instance": {"instanceId": "i-wrong"}, "userSpec": {**SPEC, "name": "first"}}
    assert client.post("/api/v1/users/createDefaultUser", json=body).status_code == 400
    body["instance"]["instanceId"] = "i-0123456789abcdef0"
    assert client.post("/api/v1/users/createDefaultUser", json=body).json()["isDefault"] is True
    assert client.post("/api/v1/users/createDefaultUser", json=body).status_code == 403


def test_authorization_codes_and_unknown_grants(aws: httpx.Client) -> None:
    code = aws.post("/api/v1/token/authorizationCode").json()["code"]
    form = {"grant_type": "authorization_code", "code": code}
    assert aws.post("/api/v1/token", data=form).status_code == 200
    assert aws.post("/api/v1/token", data=form).status_code == 401
    assert aws.post("/api/v1/token", data={"grant_type": "Password"}).status_code == 400


def test_shapes_that_older_and_newer_appliances_may_have(sim: Simulator, aws: httpx.Client) -> None:
    sim.set(**{"aws.links": "off", "aws.error_key": "detail"})
    assert "_links" not in add(aws).json()
    assert "detail" in add(aws).json() and "details" not in add(aws).json()
    assert re.match("name,description", aws.post("/api/v1/users/export").text)
    assert "<user name=" in aws.post("/api/v1/users/export", headers={"accept": "application/xml"}).text


def test_what_is_no_json_object_or_no_path(aws: httpx.Client) -> None:
    assert aws.post("/api/v1/users", content=b"{", headers={"content-type": "application/json"}).status_code == 400
    assert aws.post("/api/v1/users", content=b"<a/>", headers={"content-type": "text/xml"}).status_code == 415
    assert aws.get("/api/v1/nothing").json()["errorCode"] == "NotFound"
    assert aws.patch("/api/v1/users/Admin").json()["errorCode"] == "MethodNotAllowed"


def _totp(key: str) -> str:
    """RFC 6238, written anew here so that the simulator does not check itself."""
    import base64
    import hashlib
    import hmac
    import time

    digest = hmac.new(base64.b32decode(key), int(time.time() // 30).to_bytes(8, "big"), hashlib.sha1).digest()
    start = digest[-1] % 16
    return str((int.from_bytes(digest[start : start + 4], "big") % 2**31) % 10**6).zfill(6)


def test_the_appliance_says_its_version_to_who_is_logged_in(aws: httpx.Client, connect: Connect) -> None:
    assert aws.get("/api/v1/system/version").json() == {"about": "Veeam Backup for AWS", "version": "2.0"}
    assert connect("aws").get("/api/v1/system/version").status_code == 401
