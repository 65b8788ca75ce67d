"""Service Provider Console: users, lists of them, and the points on which the documents differ."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.simulator.conftest import Connect, Known, log_in
from tests.simulator.test_vspc import ADMIN, API, NOBODY, SPEC, USERS, add, error, names, patch, query, spec
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.vspc import seeds
from veeam_pulumi.simulator.vspc.rules import email


def test_create_answers_with_the_user(sim: Simulator, vspc: httpx.Client) -> None:
    response = vspc.post(USERS, json=spec(mfaPolicyStatus="Enabled"))
    user = response.json()["data"]
    assert response.headers["content-type"] == "application/json"
    assert response.json() == {
        "data": {
            "instanceUid": user["instanceUid"],
            "organizationUid": seeds.ALPHA,
            "userName": "s.smith",
            "status": "Enabled",
            "mfaPolicyStatus": "Enabled",
            "mfaPolicyConfigurationStatus": "NotConfigured",
            "role": "CompanyAdministrator",
            "profile": {
                "firstName": "Stan",
                "lastName": "Smith",
                "title": "Mr",
                "email": "s.smith@alpha.com",
                "address": None,
                "phone": None,
            },
            "credentials": {"userName": "s.smith", "password": None},
        }
    }
    assert vspc.get(f"{USERS}/{user['instanceUid'].upper()}").json()["data"] == user
    assert sim.lookup("vspc", "S.SMITH") == sim.lookup("vspc", user["instanceUid"]) == user
    assert sim.can_login("vspc", "s.smith", "Password1")


def test_the_documents_own_request_and_answer(sim: Simulator, vspc: httpx.Client) -> None:
    refused = vspc.post(USERS, json=SPEC)
    assert (refused.status_code, error(refused)["propertyName"]) == (400, "role")
    sim.set(**{"vspc.portal_roles": "accepted", "vspc.create_reply": "none"})
    answer = vspc.post(USERS, json=SPEC)
    assert answer.status_code == 200
    assert answer.json() == {
        "meta": {"pagingInfo": {"total": 0, "count": 0, "offset": 0}},
        "data": "None",
        "errors": [{"message": "string", "type": "unspecified", "code": 0}],
    }
    assert (sim.lookup("vspc", "s.smith") or {})["role"] == "PortalOperator"


def test_envelopes(sim: Simulator, vspc: httpx.Client) -> None:
    uid = add(vspc)
    assert set(vspc.get(f"{USERS}/{uid}").json()) == {"data"}
    assert set(vspc.get(USERS).json()) == {"meta", "data"}
    sim.set(**{"vspc.envelope": "full"})
    body = vspc.get(f"{USERS}/{uid}").json()
    assert (body["meta"], body["errors"]) == (None, None)
    assert vspc.get(USERS).json()["errors"] is None
    assert vspc.delete(f"{USERS}/{uid}").json() == {"meta": None, "data": {}, "errors": []}


@pytest.mark.parametrize(("knob", "status", "code"), [("404", 404, 404), ("1100", 520, 1100)])
def test_delete_and_then_not_found(
    sim: Simulator, vspc: httpx.Client, connect: Connect, knob: str, status: int, code: int
) -> None:
    sim.set(**{"vspc.unknown_user": knob})
    uid, own = add(vspc), connect("vspc")
    log_in(own, "vspc", "s.smith", "Password1")
    gone = vspc.delete(f"{USERS}/{uid}")
    assert (gone.status_code, gone.json()) == (200, {"errors": [], "data": {}})
    for response in (vspc.get(f"{USERS}/{uid}"), vspc.delete(f"{USERS}/{uid}"), patch(vspc, uid, "/status", "Enabled")):
        assert (response.status_code, error(response)["code"]) == (status, code)
    assert own.get(f"{USERS}/me").status_code == 401, "a deleted user's session must end"
    assert vspc.get(f"{USERS}/s.smith").status_code == 400


@pytest.mark.parametrize("status", [520, 400, 404, 409])
def test_the_status_of_codes_of_the_products_own(sim: Simulator, vspc: httpx.Client, status: int) -> None:
    sim.set(**{"vspc.custom_status": status, "vspc.unknown_user": 1100})
    response = vspc.get(f"{USERS}/{NOBODY}")
    assert (response.status_code, error(response)["code"]) == (status, 1100)


@pytest.mark.parametrize(
    ("scope", "code", "elsewhere"), [("organization", 409, 200), ("server", 400, 400), ("server", 1000, 520)]
)
def test_a_name_is_given_once(sim: Simulator, vspc: httpx.Client, scope: str, code: int, elsewhere: int) -> None:
    sim.set(**{"vspc.unique": scope, "vspc.duplicate": code})
    add(vspc)
    again = vspc.post(USERS, json=spec("S.Smith"))
    assert (again.status_code, error(again)["code"]) == (520 if code == 1000 else code, code)
    assert vspc.post(USERS, json=spec("s.smith", organizationUid=seeds.BETA)).status_code == elsewhere


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"organizationUid": "alpha"}, "organizationUid"),
        ({"role": "King"}, "role"),
        ({"role": "ResellerUser"}, "role"),
        ({"mfaPolicyStatus": "EnabledByInheritance"}, "mfaPolicyStatus"),
        ({"profile": None}, "profile"),
        ({"profile": {"title": "Dr"}}, "profile.title"),
        ({"profile": {"email": "s.smith@alpha.technology"}}, "profile.email"),
        ({"credentials": {"password": "x"}}, "credentials.userName"),
        ({"credentials": {"userName": "x", "password": ""}}, "credentials.password"),
        ({"backupResource": {"resourceFriendlyName": "x"}}, "backupResource"),
    ],
)
def test_what_create_refuses(sim: Simulator, vspc: httpx.Client, changes: dict[str, Any], where: str) -> None:
    before = sim.objects("vspc")
    response = vspc.post(USERS, json=spec(**changes))
    assert (response.status_code, error(response)["propertyName"]) == (400, where)
    assert sim.objects("vspc") == before


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("s.smith@alpha.com", True),
        ('"quoted"@alpha.com', True),
        ("a+b@mail.alpha.example.co", True),
        ("s..smith@alpha.com", False),
        (".smith@alpha.com", False),
        ("s.smith@alpha", False),
        ("s.smith@alpha.technology", False),
        ("", False),
    ],
)
def test_the_pattern_of_addresses(text: str, good: bool) -> None:
    try:
        assert email(text) == text
    except ValueError:
        assert not good
    else:
        assert good


@pytest.mark.parametrize("code", [404, 400])
def test_an_unknown_organization(sim: Simulator, vspc: httpx.Client, code: int) -> None:
    sim.set(**{"vspc.unknown_organization": code})
    response = vspc.post(USERS, json=spec(organizationUid=NOBODY))
    assert (response.status_code, NOBODY in error(response)["message"]) == (code, True)


def test_members_that_the_schema_does_not_know(sim: Simulator, vspc: httpx.Client) -> None:
    add(vspc)
    sim.set(**{"vspc.unknown_members": "refused"})
    refused = vspc.post(USERS, json=spec("other"))
    assert (refused.status_code, error(refused)["propertyName"]) == (400, "profile.status")


def test_media_types_and_bodies(sim: Simulator, vspc: httpx.Client) -> None:
    text = json.dumps([{"op": "replace", "path": "/status", "value": "Disabled"}])
    patches = {"content-type": "application/json-patch+json"}
    wrong = vspc.patch(ADMIN, content=text, headers=patches)
    assert (wrong.status_code, error(wrong)["code"]) == (415, 415)
    assert vspc.post(USERS, content="{}", headers={"content-type": "text/json"}).status_code == 415
    assert vspc.post(USERS, content="{", headers={"content-type": "application/json"}).status_code == 400
    assert vspc.patch(ADMIN, json={"op": "replace", "path": "/status", "value": "Disabled"}).status_code == 400
    for broken in (
        {"op": "set", "path": "/status", "value": 1},
        {"op": "add", "value": 1},
        {"op": "add", "path": "/status"},
    ):
        assert vspc.patch(ADMIN, json=[broken]).status_code == 400
    page = vspc.get(f"{API}/pets")  # the portal's own, as under every address that it does not know
    assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (200, "text/html")
    sim.set(**{"vspc.unknown_path": "404"})
    assert error(vspc.get(f"{API}/pets"))["code"] == 404
    assert error(vspc.put(USERS))["code"] == 405


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("/profile/firstName", "John", "profile.firstName"),
        ("Profile/LASTNAME", "Doe", "profile.lastName"),
        ("/profile/title", "ms", "profile.title"),
        ("mfaPolicyStatus", "enabled", "mfaPolicyStatus"),
        ("/role", "CompanyLocationUser", "role"),
        ("/Status", "Disabled", "status"),
    ],
)
def test_patches_are_lax_about_paths_and_enumerations(
    sim: Simulator, vspc: httpx.Client, path: str, value: str, field: str
) -> None:
    uid = add(vspc)
    user = patch(vspc, uid, path, value).json()["data"]
    assert user == sim.lookup("vspc", "s.smith")
    *way, last = field.split(".")
    assert (user[way[0]] if way else user)[last].lower() == value.lower()


@pytest.mark.parametrize(
    "path", ["/userName", "/organizationUid", "/credentials/userName", "/instanceUid", "/mfaPolicyConfigurationStatus"]
)
def test_what_stays_is_code_1001_and_nothing_of_the_patch_is_done(
    sim: Simulator, vspc: httpx.Client, path: str
) -> None:
    uid = add(vspc)
    parts = [
        {"op": "replace", "path": "/role", "value": "CompanyLocationUser"},
        {"op": "add", "path": path, "value": "x"},
    ]
    response = vspc.patch(f"{USERS}/{uid}", json=parts)
    assert (response.status_code, error(response)["code"]) == (520, 1001)
    assert error(response)["failedJsonPatch"] == {"value": "x", "path": path, "op": "add"}
    assert (sim.lookup("vspc", uid) or {})["role"] == "CompanyAdministrator"


def test_other_operations_of_a_patch(sim: Simulator, vspc: httpx.Client) -> None:
    uid = add(vspc)
    assert patch(vspc, uid, "/profile/firstName", "Stan", "test").status_code == 200
    assert error(patch(vspc, uid, "/profile/firstName", "Jim", "test"))["code"] == 1001
    assert patch(vspc, uid, "/profile/firstName", None, "remove").json()["data"]["profile"]["firstName"] is None
    assert error(patch(vspc, uid, "/profile/firstName", "x", "copy"))["code"] == 1001
    assert error(patch(vspc, uid, "/profile/email", "nowhere"))["propertyName"] == "profile.email"
    assert error(patch(vspc, uid, "/role", "PortalAdministrator"))["propertyName"] == "role"


def test_a_password_is_patched_and_never_read(sim: Simulator, vspc: httpx.Client) -> None:
    uid = add(vspc)
    answer = patch(vspc, uid, "/credentials/password", "Rotated-1")
    assert answer.json()["data"]["credentials"] == {"userName": "s.smith", "password": None}
    assert sim.can_login("vspc", "s.smith", "Rotated-1")
    assert not sim.can_login("vspc", "s.smith", "Password1")
    assert sim.requests("vspc")[-1].body == [{"op": "replace", "path": "/credentials/password", "value": "[secret]"}]
    assert sim.requests("vspc", "POST")[-1].body["credentials"] == {"userName": "s.smith", "password": "[secret]"}


def test_a_disabled_user_is_locked_out(sim: Simulator, vspc: httpx.Client, connect: Connect) -> None:
    uid, own = add(vspc), connect("vspc")
    log_in(own, "vspc", "s.smith", "Password1")
    patch(vspc, uid, "/status", "Disabled")
    assert own.get(f"{USERS}/me").status_code == 401
    assert log_in(own, "vspc", "s.smith", "Password1").status_code == 400
    assert not sim.can_login("vspc", "s.smith", "Password1")
    assert vspc.get(f"{USERS}/{uid}/logins").json()["data"][0]["status"] == "disabledDueToUser"


def test_inherited_mfa_shows_on_read_only(sim: Simulator, vspc: httpx.Client) -> None:
    uid = add(vspc)
    sim.set(**{"vspc.inherit_mfa": True})
    assert vspc.get(f"{USERS}/{uid}").json()["data"]["mfaPolicyStatus"] == "EnabledByInheritance"
    assert vspc.get(f"{USERS}/me").json()["data"]["mfaPolicyStatus"] == "Disabled"
    assert patch(vspc, uid, "/mfaPolicyStatus", "EnabledByInheritance").status_code == 400


def test_who_cannot_be_deleted(sim: Simulator, vspc: httpx.Client, known: Known) -> None:
    owner, busy = (
        (sim.lookup("vspc", "alpha.owner") or {})["instanceUid"],
        known("sub", role="CompanySubtenant", inUse=True),
    )
    assert error(vspc.delete(f"{USERS}/{owner}"))["code"] == 1000
    assert error(vspc.delete(f"{USERS}/{busy}"))["code"] == 409
    assert error(patch(vspc, busy, "/status", "Disabled"))["code"] == 409
    sim.drift("vspc", "update", "sub", {"inUse": False})
    assert vspc.delete(f"{USERS}/{busy}").status_code == 200


# -- lists


def test_filters(vspc: httpx.Client, known: Known) -> None:
    for number in range(4):
        known(f"User{number}", email=f"u{number}@alpha.com", status="Disabled" if number % 2 else "Enabled")

    def found(*parts: dict[str, Any]) -> list[str]:
        return [name for name in names(vspc.get(USERS, params={"filter": query(*parts)})) if name.startswith("User")]

    def on(name: str, operation: str, value: Any, **more: Any) -> dict[str, Any]:
        return {"property": name, "operation": operation, "value": value, **more}

    alpha = on("organizationUid", "equals", seeds.ALPHA)
    disabled = on("status", "equals", "Disabled")
    assert found(on("userName", "equals", "user1")) == []
    assert found(on("userName", "equals", "user1", collation="ignorecase")) == ["User1"]
    assert found({"operation": "and", "items": [disabled, alpha]}) == ["User1", "User3"]
    assert found(alpha, disabled) == ["User1", "User3"]
    assert found({"operation": "not", "items": [disabled]}) == ["User0", "User2"]
    assert found({"operation": "or", "items": [on("userName", "equals", "User0"), disabled]}) == [
        "User0",
        "User1",
        "User3",
    ]
    assert found({"operation": "exclusiveOr", "items": [on("userName", "greaterThan", "User1"), disabled]}) == [
        "User1",
        "User2",
    ]
    assert found(on("userName", "in", ["User0", "User3"])) == ["User0", "User3"]
    assert found(on("profile.email", "contains", "u2@")) == ["User2"]
    assert found(on("userName", "notEquals", "User0"), on("userName", "lessThanOrEqual", "User2")) == ["User1", "User2"]
    for bad in (
        '{"a": 1}',
        "[1]",
        "x",
        query(on("pet", "equals", 1)),
        query(on("userName", "like", 1)),
        query(on("role", "in", 1, collation="x")),
    ):
        assert error(vspc.get(USERS, params={"filter": bad}))["parameterName"] == "filter"


def test_sort_select_and_pages(sim: Simulator, vspc: httpx.Client, known: Known) -> None:
    for number in range(120):
        known(f"user{number:03}", email=f"u{number}@alpha.com")
    body = vspc.get(USERS).json()
    assert (len(body["data"]), body["meta"]["pagingInfo"]) == (100, {"total": 124, "count": 100, "offset": 0})
    rest = vspc.get(USERS, params={"offset": 100, "limit": 500}).json()
    assert rest["meta"]["pagingInfo"] == {"total": 124, "count": 24, "offset": 100}
    sort = query({"property": "userName", "direction": "descending"})
    assert names(vspc.get(USERS, params={"sort": sort, "limit": 2})) == ["user119", "user118"]
    select = query({"propertyPath": "userName"}, {"propertyPath": "Profile.Email"})
    row = vspc.get(USERS, params={"sort": sort, "limit": 1, "select": select}).json()["data"][0]
    assert row == {"userName": "user119", "profile": {"email": "u119@alpha.com"}}
    assert vspc.get(f"{USERS}/me", params={"select": query({"propertyPath": "role"})}).json()["data"] == {
        "role": "PortalAdministrator"
    }
    for bad in (
        {"limit": 0},
        {"limit": 501},
        {"offset": -1},
        {"sort": "x"},
        {"select": query({"propertyPath": "pet"})},
    ):
        assert vspc.get(USERS, params=bad).status_code == 400
    sim.set(**{"vspc.page_size": 10})
    assert len(names(vspc.get(USERS, params={"limit": 100}))) == 10
    alpha = query({"property": "organizationUid", "operation": "equals", "value": seeds.ALPHA})
    assert vspc.get(USERS, params={"filter": alpha, "offset": 10}).json()["meta"]["pagingInfo"]["offset"] == 10
    sim.set(**{"vspc.filtered_offset": "ignored"})
    assert vspc.get(USERS, params={"filter": alpha, "offset": 10}).json()["meta"]["pagingInfo"]["offset"] == 0


# -- what belongs to users


def subtenant(tenant_field: str = "tenantBackupResourceUid", **changes: Any) -> dict[str, Any]:
    held = {tenant_field: seeds.TENANT_RESOURCE, "resourceFriendlyName": "Repo", "storageQuota": 53687091200, **changes}
    return spec("sub", role="CompanySubtenant", backupResource=held)


@pytest.mark.parametrize(
    ("release", "field"), [("9.2", "tenantBackupResourceUid"), ("8.1", "companySiteBackupResourceUid")]
)
def test_a_subtenants_backup_resource(sim: Simulator, vspc: httpx.Client, release: str, field: str) -> None:
    sim.set(**{"vspc.release": release})
    uid = vspc.post(USERS, json=subtenant(field)).json()["data"]["instanceUid"]
    path = f"{USERS}/{uid}/backupResource"
    held = vspc.get(path).json()["data"]
    assert held == {
        "userUid": uid,
        field: seeds.TENANT_RESOURCE,
        "siteUid": seeds.SITE,
        "subtenantUid": held["subtenantUid"],
        "vcdUserId": None,
        "resourceFriendlyName": "Repo",
        "description": held["description"],
        "storageQuota": 53687091200,
        "storageQuotaUsage": 0,
        "isStorageQuotaUnlimited": True,
    }
    assert held["description"].startswith("Created by Veeam Service Provider Console at ")
    parts = [{"op": "replace", "path": "/ResourceFriendlyName", "value": "New"}]
    parts.append({"op": "replace", "path": "/IsStorageQuotaUnlimited", "value": False})  # type: ignore[dict-item]
    assert vspc.patch(path, json=parts).json()["data"]["resourceFriendlyName"] == "New"
    fixed = vspc.patch(path, json=[{"op": "replace", "path": "/siteUid", "value": NOBODY}])
    assert error(fixed)["code"] == 1001
    rows = vspc.get(f"{USERS}/backupResources").json()["data"]
    assert (rows, rows[0]["isStorageQuotaUnlimited"]) == (sim.objects("vspc")["backupResources"], False)
    assert vspc.get(f"{ADMIN}/backupResource").status_code == 404


def test_backup_resources_that_are_refused_or_left_as_they_are(sim: Simulator, vspc: httpx.Client) -> None:
    for bad in ({"storageQuota": 1}, {"resourceFriendlyName": ""}, {"isStorageQuotaUnlimited": "yes"}):
        assert error(vspc.post(USERS, json=subtenant(**bad)))["propertyName"].startswith("backupResource.")
    assert vspc.post(USERS, json=subtenant(tenantBackupResourceUid=NOBODY)).status_code == 404
    assert vspc.post(USERS, json=subtenant("companySiteBackupResourceUid")).status_code == 400
    sim.set(**{"vspc.autofill_description": False})
    uid = vspc.post(USERS, json=subtenant()).json()["data"]["instanceUid"]
    assert vspc.get(f"{USERS}/{uid}/backupResource").json()["data"]["description"] is None


def test_locations(vspc: httpx.Client) -> None:
    path, place = f"{USERS}/{add(vspc)}/locations", {"locationUid": seeds.ALPHA_LOCATION}
    assert vspc.get(path).json()["data"] == []
    assert vspc.post(path, params=place).json()["data"]["userName"] == "s.smith"
    assert vspc.get(path).json()["data"][0]["instanceUid"] == seeds.ALPHA_LOCATION
    assert vspc.delete(path, params=place).json() == {"errors": [], "data": {}}
    assert vspc.delete(path, params=place).status_code == 404
    for other, status in ((seeds.BETA_LOCATION, 400), (NOBODY, 404), ("x", 400)):
        assert vspc.post(path, params={"locationUid": other}).status_code == status
