r"""vbr.User against the simulated backup server, in both dialects of its users API."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx
import pytest
import respx

from tests.products.conftest import Servers, ServersOf
from veeam_pulumi.errors import (
    AlreadyExists,
    AnswerLost,
    InvalidInput,
    LoginRefused,
    NotProvenGone,
    Protected,
    ServerRefused,
    UnexpectedAnswer,
    VeeamError,
)
from veeam_pulumi.products import resources, sessions
from veeam_pulumi.products.account_names import alike, may_be_account
from veeam_pulumi.products.vbr import roles
from veeam_pulumi.products.vbr.dialects import account_type
from veeam_pulumi.resource import lifecycle
from veeam_pulumi.server.connections import Connections

JOHN: dict[str, Any] = {"name": r"TECH\john", "roles": ["Veeam Backup Operator"]}
VIEWER = {"name": r"TECH\john", "roles": ["Veeam Backup Viewer"]}
SECURITY, USERS = "/api/v1/security/users", "/api/v1/users"


@pytest.fixture
def vbr(servers: ServersOf) -> Servers:
    return servers("vbr.User")


@pytest.fixture
def legacy(servers: ServersOf) -> Servers:
    return servers("vbr.User", {"vbr.dialect": "users"})


@pytest.fixture(params=["security", "users"])
def either(request: pytest.FixtureRequest, servers: ServersOf) -> Servers:
    return servers("vbr.User", {"vbr.dialect": request.param})


def role_id(servers: Servers, name: str) -> str:
    return next(str(row["id"]) for row in servers.sim.objects("vbr")["roles"] if row["name"].endswith(name))


def test_create_in_the_security_dialect(vbr: Servers) -> None:
    id, state = vbr.create(**JOHN)
    operator = role_id(vbr, "Backup Operator")
    (write,) = vbr.writes()
    assert write == ("POST", SECURITY, {
        "name": r"TECH\john", "type": "InternalUser", "isServiceAccount": False,
        "roles": [{"id": operator, "name": "Veeam Backup Operator"}],
    })  # fmt: skip
    assert state == {
        "connection": "vbr", "adopt": False, **JOHN, "type": "InternalUser", "is_service_account": False,
        "description": "", "is_enabled": True, "role_ids": {"Veeam Backup Operator": operator},
        "resolved_name": r"TECH\john", "schema": 1, "server": vbr.sim.url("vbr").removeprefix("https://"),
        "adopted": False,
    }  # fmt: skip
    assert vbr.read(id, state) == state


def test_create_in_the_users_dialect_sends_the_documented_request(legacy: Servers) -> None:
    id, state = legacy.create(**JOHN)
    body = {"username": r"TECH\john", "roleId": role_id(legacy, "Backup Operator"), "accountType": "ActiveDirectory"}
    assert legacy.writes() == [("POST", USERS, body)]
    assert state["account_type"] == "ActiveDirectory"
    assert legacy.read(id, state) == state


def test_the_documented_requests_and_answers_as_they_stand() -> None:
    """Onboard, promote, offboard with the literal messages of the API guide: no pagination of roles, no extra field."""
    viewer, admin = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"
    user = {"id": "new-uuid", "username": "DOMAIN\\jdoe", "roleId": viewer, "roleName": "Veeam Restore Operator"}
    config = {"vbr": {"url": "https://vbr:9419", "username": "admin", "password": "P@ssw0rd", "api": "users"}}
    with respx.mock(base_url="https://vbr:9419", assert_all_mocked=False) as server:
        token = server.post("/api/oauth2/token").respond(
            200,
            json={
                "access_token": "eyJ-token",
                "token_type": "Bearer",
                "expires_in": 900,
                "refresh_token": "def50-token",
            },
        )
        server.get("/api/v1/roles").respond(
            200,
            json={
                "data": [{"id": admin, "name": "Veeam Backup Administrator"}, {"id": viewer, "name": user["roleName"]}]
            },
        )
        listing = server.get("/api/v1/users")
        listing.respond(200, json={"data": [], "pagination": {"total": 0, "count": 0, "skip": 0}})
        create = server.post("/api/v1/users").respond(201, json={**user, "accountType": "ActiveDirectory"})
        read = server.get("/api/v1/users/new-uuid")
        read.respond(200, json={**user, "accountType": "ActiveDirectory"})
        update = server.put("/api/v1/users/new-uuid").respond(
            200, json={**user, "roleId": admin, "roleName": "Veeam Backup Administrator"}
        )
        delete = server.delete("/api/v1/users/new-uuid").respond(204)

        connections = Connections(config, sessions=sessions(), warn=print, environ={})
        resource = resources()["vbr.User"]
        inputs, _ = resource.check({"name": "DOMAIN\\jdoe", "roles": ["Veeam Restore Operator"]})
        id, state = lifecycle.create(resource, connections, inputs)
        read.respond(200, json={**user, "roleId": admin, "roleName": "Veeam Backup Administrator"})
        promoted = {**inputs, "roles": ["Veeam Backup Administrator"]}
        state = lifecycle.update(resource, connections, id, state, promoted)
        lifecycle.delete(resource, connections, id, state)
        connections.close()

    def body(route: respx.Route) -> Any:
        return httpx.Response(200, content=route.calls.last.request.read()).json()

    form = "grant_type=password&username=admin&password=P%40ssw0rd"
    assert token.calls.last.request.read().decode() == form
    assert body(create) == {"username": "DOMAIN\\jdoe", "roleId": viewer, "accountType": "ActiveDirectory"}
    assert body(update) == {"roleId": admin}
    assert delete.calls.last.request.headers["authorization"] == "Bearer eyJ-token"
    assert id == "new-uuid"


def test_roles_change_in_one_request(either: Servers) -> None:
    id, state = either.create(**JOHN)
    either.forget()
    after = either.update(id, state, **VIEWER)
    ((method, path, _),) = either.writes()
    assert method == "PUT"
    assert path == (f"{SECURITY}/{id}/roles" if SECURITY in path else f"{USERS}/{id}")
    assert after["roles"] == VIEWER["roles"]
    assert either.read(id, after) == after


def test_several_roles_are_a_set(vbr: Servers) -> None:
    id, state = vbr.create(name=r"TECH\john", roles=["Backup Viewer", "veeam backup operator", "Backup Viewer"])
    assert vbr.changed(state, roles=["Veeam Backup Operator", "VEEAM BACKUP VIEWER"]) == set()
    assert vbr.read(id, state) == state


def test_a_role_by_its_id(vbr: Servers) -> None:
    operator = role_id(vbr, "Backup Operator")
    id, state = vbr.create(name=r"TECH\john", roles=[operator.upper()])
    assert state["role_ids"] == {operator.upper(): operator}
    assert vbr.changed(state, roles=["Veeam Backup Operator"]) == {"roles"}  # only the server knows that it is the same
    vbr.forget()
    after = vbr.update(id, state, roles=["Veeam Backup Operator"])
    assert vbr.writes() == []
    assert after["roles"] == ["Veeam Backup Operator"]


@pytest.mark.parametrize("build", ["13.0.1.180", "13.1.0.411"], ids=["1.3-rev1", "1.3-rev2"])
def test_role_names_lost_their_prefix_between_revisions(servers: ServersOf, build: str) -> None:
    vbr = servers("vbr.User", {"vbr.build": build})
    id, state = vbr.create(name=r"TECH\john", roles=["Veeam Backup Operator", "Backup Viewer"])
    assert vbr.read(id, state) == state
    assert ("mfa_enabled" in state) is (build == "13.1.0.411")


def test_a_server_update_changes_no_state(vbr: Servers) -> None:
    id, state = vbr.create(**JOHN)
    vbr.sim.set(**{"vbr.build": "13.1.0.411"})
    vbr.connect()
    after = vbr.read(id, state)
    assert after is not None
    assert after["roles"] == state["roles"]
    assert vbr.changed(after, **JOHN) == set()


@pytest.mark.parametrize("form", ["upn", "netbios"])
def test_a_name_that_the_server_shows_in_another_form(servers: ServersOf, form: str) -> None:
    vbr = servers("vbr.User", {"vbr.canonical": form})
    name = r"TECH\john" if form == "upn" else "john@tech.local"
    id, state = vbr.create(name=name, roles=["Backup Viewer"])
    assert (state["name"], state["resolved_name"] != name) == (name, True)
    assert vbr.changed(state) == set()
    shown = state["resolved_name"]
    for more in ({}, {"adopt": True}):  # whether both forms are one account, only the server knows
        with pytest.raises(AlreadyExists, match=f"already exists.*the server has {re.escape(repr(shown))}"):
            vbr.create(name=name.upper(), roles=["Backup Viewer"], **more)
    assert vbr.create(name=shown.upper(), roles=["Backup Viewer"], adopt=True)[0] == id


@pytest.mark.parametrize("handled", [True, False])
def test_a_lost_create_takes_no_account_of_another_domain(servers: ServersOf, handled: bool) -> None:
    """`john@tech.anything` looks like `TECH\\john`, and was there before: it is somebody else."""
    vbr = servers("vbr.User", {"vbr.canonical": "upn"})
    vbr.sim.drift("vbr", "add", "john@tech.local", {"roles": ["Veeam Backup Administrator"]})
    before = vbr.sim.lookup("vbr", "john@tech.local")
    vbr.sim.fault("vbr", "reset_after" if handled else "reset_before", method="POST", path="/api/v1/security/users")
    with pytest.raises(VeeamError):
        vbr.create(name=r"TECH\john", roles=["Backup Viewer"])
    assert vbr.sim.lookup("vbr", "john@tech.local") == before


def test_the_service_account_mode(vbr: Servers) -> None:
    """Switching it on loosens (no second factor), so it comes last; switching it off restricts and comes first."""
    id, state = vbr.create(**JOHN)
    vbr.forget()
    on = vbr.update(id, state, **VIEWER, is_service_account=True)
    assert [(path, body.get("isServiceAccountEnable")) for _, path, body in vbr.writes()] == [
        (f"{SECURITY}/{id}/roles", None),
        (f"{SECURITY}/{id}/changeServiceAccountMode", True),
    ]
    vbr.forget()
    off = vbr.update(id, on, **JOHN, is_service_account=False)
    assert [(path, body.get("isServiceAccountEnable")) for _, path, body in vbr.writes()] == [
        (f"{SECURITY}/{id}/changeServiceAccountMode", False),
        (f"{SECURITY}/{id}/roles", None),
    ]
    assert off == state


@pytest.mark.parametrize("shape", ["example", "model"])
def test_what_only_the_users_dialect_has(servers: ServersOf, shape: str) -> None:
    legacy = servers("vbr.User", {"vbr.dialect": "users", "vbr.users_shape": shape})
    id, state = legacy.create(**JOHN, description="Tape room", is_enabled=False)
    assert legacy.writes()[0][2].items() >= {"description": "Tape room", "isEnabled": False}.items()
    legacy.forget()
    after = legacy.update(id, state, description="", is_enabled=True)
    assert legacy.writes() == [("PUT", f"{USERS}/{id}", {"description": "", "isEnabled": True})]
    assert (after["description"], after["is_enabled"]) == ("", True)


def test_local_accounts_in_the_users_dialect(legacy: Servers) -> None:
    _, state = legacy.create(name=r".\veeamops", roles=["Backup Viewer"])
    assert state["account_type"] == "Local"


@pytest.mark.parametrize(
    ("dialect", "inputs", "named"),
    [
        ("security", {"description": "x"}, "description"),
        ("security", {"is_enabled": False}, "is_enabled"),
        ("security", {"account_type": "Local"}, "account_type"),
        ("users", {"roles": ["Backup Viewer", "Backup Operator"]}, "roles with more than one role"),
        ("users", {"type": "InternalGroup"}, "type other than InternalUser"),
        ("users", {"is_service_account": True}, "is_service_account"),
    ],
)
def test_an_argument_that_the_dialect_does_not_know(
    servers: ServersOf, dialect: str, inputs: dict[str, Any], named: str
) -> None:
    vbr = servers("vbr.User", {"vbr.dialect": dialect})
    with pytest.raises(InvalidInput, match=f"the dialect '{dialect}' .* does not know {named}; leave it out"):
        vbr.create(**{**JOHN, **inputs})
    id, state = vbr.create(**JOHN)
    vbr.forget()
    with pytest.raises(InvalidInput, match=named):
        vbr.update(id, state, **inputs)
    assert vbr.writes() == []


def test_defaults_and_values_that_mean_the_same_are_accepted_in_both_dialects(either: Servers) -> None:
    either.create(**JOHN, type="InternalUser", is_service_account=False, is_enabled=True, description="",
                  account_type="ActiveDirectory")  # fmt: skip


def test_auto_finds_the_dialect_and_a_setting_skips_the_question(servers: ServersOf) -> None:
    vbr = servers("vbr.User", {"vbr.dialect": "both"}, api="users")
    vbr.create(**JOHN)
    assert vbr.writes()[0][1] == USERS
    assert not [one for one in vbr.sim.requests("vbr") if one.path.startswith(SECURITY)]
    vbr.connect(api="auto")
    assert vbr.create(name=r"TECH\mary", roles=["Backup Viewer"])
    assert vbr.writes()[-1][1] == SECURITY


@pytest.mark.parametrize("build", ["12.3.1.1139", "13.0.0.4967"])
@pytest.mark.parametrize("answer", ["404", "400", "404_empty"])
def test_a_server_without_a_users_api_says_which_build_has_one(servers: ServersOf, build: str, answer: str) -> None:
    vbr = servers("vbr.User", {"vbr.build": build, "vbr.old_revision": answer})
    with pytest.raises(InvalidInput) as caught:
        vbr.create(**JOHN)
    assert f"its build is {build}, and managing users needs 13.0.1 (build 13.0.1.180)" in str(caught.value)


def test_an_unknown_role_lists_the_known_ones(vbr: Servers) -> None:
    with pytest.raises(InvalidInput) as caught:
        vbr.create(name=r"TECH\john", roles=["Backup Viewer", "Backup God"])
    text = str(caught.value)
    assert "the server has no role 'Backup God'; its roles are: " in text
    assert "Veeam Backup Operator, Veeam Backup Viewer" in text
    assert vbr.writes() == []


def test_a_name_that_the_server_cannot_resolve(servers: ServersOf) -> None:
    vbr = servers("vbr.User", {"vbr.domains": "LAB"})
    with pytest.raises(ServerRefused, match=r"^vbr.User 'TECH\\john' on .* was refused with 400 .*: \".*\""):
        vbr.create(**JOHN)


def test_drift_of_roles_shows_and_is_repaired(either: Servers) -> None:
    id, state = either.create(**JOHN)
    either.sim.drift("vbr", "update", JOHN["name"], {"roles": ["Veeam Backup Administrator"]})
    drifted = either.read(id, state)
    assert drifted is not None
    assert [roles.normal(name) for name in drifted["roles"]] == ["backup administrator"]
    assert either.changed(drifted, **JOHN) == {"roles"}
    assert either.update(id, drifted, **JOHN) == state


def test_gone_is_proven_and_deleting_it_succeeds(either: Servers) -> None:
    id, state = either.create(**JOHN)
    either.sim.drift("vbr", "delete", JOHN["name"])
    either.delete(id, state)
    assert either.read(id, state) is None


def test_adopt_then_own(either: Servers) -> None:
    either.sim.drift("vbr", "add", JOHN["name"], {"roles": ["Veeam Backup Administrator"]})
    with pytest.raises(AlreadyExists, match="renamed\\?.*made elsewhere\\? set adopt=True"):
        either.create(**JOHN)
    with pytest.raises(InvalidInput, match=r"roles is declared as \['Veeam Backup Operator'\], the server has \["):
        either.create(**JOHN, adopt=True)
    id, state = either.create(name=JOHN["name"], adopt=True)
    assert either.writes() == []
    assert either.changed(state, name=JOHN["name"], adopt=True) == set()
    repaired = either.update(id, state, **JOHN, adopt=True)
    assert [roles.normal(name) for name in repaired["roles"]] == ["backup operator"]
    either.delete(id, repaired)
    assert JOHN["name"] in either.names()
    owned = either.update(id, repaired, adopt=False)
    assert owned["adopted"] is False
    either.delete(id, owned)
    assert JOHN["name"] not in either.names()


def test_a_first_look_by_id(either: Servers) -> None:
    id, state = either.create(**JOHN)
    found = either.read(id, {"connection": "vbr"})
    assert found is not None
    assert (found["name"], found["roles"], found["role_ids"]) == (
        JOHN["name"], ["Veeam Backup Operator"], state["role_ids"]
    )  # fmt: skip


def test_find_and_list_over_many_pages(servers: ServersOf) -> None:
    vbr = servers("vbr.User", {"vbr.page_size": 3})
    ids = {vbr.create(name=rf"TECH\user{number}", roles=["Backup Viewer"])[0] for number in range(7)}
    found = dict(lifecycle.listing(vbr.resource, vbr.connections, "vbr"))
    assert ids < set(found)
    assert sorted(one["name"] for one in found.values()) == vbr.names()
    assert vbr.find(**{**JOHN, "name": r"tech\USER3"}) in ids


def test_a_create_that_never_arrived_is_not_sent_again(either: Servers) -> None:
    either.sim.fault("vbr", "reset_before", method="POST", path="*users")
    with pytest.raises(AnswerLost, match="did not appear within 30 s"):
        either.create(**JOHN)
    assert len(either.writes()) == 1
    either.connect()
    either.create(**JOHN)


def test_after_the_first_one_answers_are_believed(either: Servers) -> None:
    """The first is read back: where a second administrator has to approve, it is not there."""
    for number in range(4):
        user = {**JOHN, "name": rf"TECH\user{number}"}
        id, state = either.create(**user)
        assert either.changed(state, **user) == set()
    singles = [one for one in either.sim.requests("vbr", method="GET") if re.search(r"users/[0-9a-f-]{36}", one.path)]
    assert len(singles) == 1
    assert either.read(id, state) == state


@pytest.mark.parametrize(
    "name", [r"VORDEFINIERT\Administratoren", r"BUILTIN\Administrateurs", "BUILTIN\\\u0410\u0434\u043c\u0438\u043d"]
)
def test_the_administrators_group_of_every_language_stays(vbr: Servers, name: str) -> None:
    vbr.sim.drift("vbr", "add", name, {"roles": ["Veeam Backup Administrator"], "type": "InternalGroup"})
    id, state = vbr.create(name=name, type="InternalGroup", roles=["Backup Administrator"], adopt=True)
    with pytest.raises(Protected, match="default administrator"):
        vbr.delete(id, {**state, "adopted": False})
    with pytest.raises(Protected, match="default administrator"):
        vbr.update(id, state, roles=["Backup Viewer"])
    assert name in vbr.names()


def test_a_group_of_a_directory_is_deleted_with_its_role(vbr: Servers) -> None:
    id, state = vbr.create(name=r"TECH\Admins", type="InternalGroup", roles=["Backup Administrator"])
    vbr.delete(id, state)
    assert r"TECH\Admins" not in vbr.names()


def test_the_only_administrators_group_stays_whatever_it_is_called(vbr: Servers) -> None:
    id, state = vbr.create(name=r"TECH\Admins", type="InternalGroup", roles=["Backup Administrator"])
    vbr.sim.drift("vbr", "delete", r"BUILTIN\Administrators")
    with pytest.raises(Protected, match="default administrator"):
        vbr.delete(id, state)


def test_a_login_that_lost_its_rights_proves_nothing(either: Servers) -> None:
    id, state = either.create(**JOHN)
    either.sim.drift("vbr", "delete", JOHN["name"])
    either.sim.fault("vbr", "status", method="GET", path="/api/v1/*users", status=403, times=0)
    with pytest.raises(NotProvenGone, match="does not answer /api/v1/.*users either"):
        either.read(id, state)


@pytest.mark.parametrize("kind", ["reset_after", "half_body", "empty"])
def test_a_create_whose_answer_was_lost_makes_one_user(either: Servers, kind: str) -> None:
    either.sim.fault("vbr", kind, method="POST", path="*users")
    id, state = either.create(**JOHN)
    assert either.names().count(JOHN["name"]) == 1
    assert either.read(id, state) == state


@pytest.mark.parametrize(("form", "name"), [("upn", r"TECH\john"), ("netbios", "john@tech.local")])
def test_a_lost_create_is_found_under_the_form_in_which_the_server_shows_the_name(
    servers: ServersOf, form: str, name: str
) -> None:
    vbr = servers("vbr.User", {"vbr.canonical": form})
    before = vbr.names()
    vbr.sim.fault("vbr", "reset_after", method="POST", path=SECURITY)
    id, state = vbr.create(**{**JOHN, "name": name})
    assert len(vbr.names()) == len(before) + 1
    assert (state["name"], vbr.read(id, state)) == (name, state)


@pytest.mark.parametrize("kind", ["reset_after", "reset_before", "half_body"])
def test_an_update_or_delete_whose_answer_was_lost(either: Servers, kind: str) -> None:
    id, state = either.create(**JOHN)
    either.sim.fault("vbr", kind, method="PUT")
    after = either.update(id, state, **VIEWER)
    assert after["roles"] == VIEWER["roles"]
    either.sim.fault("vbr", "reset_after" if kind == "half_body" else kind, method="DELETE")
    either.delete(id, after)
    assert JOHN["name"] not in either.names()


def test_an_expired_token_in_the_middle(vbr: Servers) -> None:
    id, state = vbr.create(**JOHN)
    vbr.sim.fault("vbr", "expire_token", method="PUT")
    assert vbr.update(id, state, **VIEWER)["roles"] == VIEWER["roles"]
    assert len([one for one in vbr.sim.requests("vbr", method="POST") if one.path.endswith("token")]) == 2


@pytest.mark.parametrize("kind", ["reset_after", "reset_before", "half_body", "html"])
def test_a_renewal_that_gets_lost_costs_one_login(servers: ServersOf, kind: str) -> None:
    """The refresh token works once, so it is not sent again when its answer did not arrive."""
    vbr = servers("vbr.User", {"vbr.token_life": 2})
    id, state = vbr.create(**JOHN)
    session: Any = vbr.connections.open("vbr", "vbr")
    session._login.renew_at = 0
    vbr.sim.fault("vbr", kind, method="POST", path="/api/oauth2/token")
    vbr.sim.clear_requests()
    assert vbr.read(id, state) == state
    grants = [one.body["grant_type"] for one in vbr.sim.requests("vbr", method="POST")]
    assert grants == ["refresh_token", "password"]


def test_a_change_that_waits_for_a_second_administrator_is_no_success(servers: ServersOf) -> None:
    for mode in ("on", "pending"):
        vbr = servers("vbr.User", {"vbr.four_eyes": mode})
        with pytest.raises(VeeamError, match="four-eyes" if mode == "pending" else "was refused with"):
            vbr.create(**JOHN)


@pytest.mark.parametrize("name", [r"BUILTIN\Administrators", "veeamadmin", r".\veeamadmin"])
def test_default_administrators_are_never_deleted(vbr: Servers, name: str) -> None:
    with pytest.raises(Protected, match="default administrator"):
        vbr.delete("any-id", {"connection": "vbr", "name": name, "resolved_name": name})
    assert vbr.writes() == []


def test_the_account_of_the_connection_is_never_deleted(vbr: Servers) -> None:
    id, state = vbr.create(name=vbr.sim.username("vbr").upper(), roles=["Veeam Backup Administrator"], adopt=True)
    with pytest.raises(Protected, match="the account that this connection logs in with"):
        vbr.delete(id, {**state, "adopted": False})
    assert vbr.sim.username("vbr") in vbr.names()


ADMIN: dict[str, Any] = {"name": r"TECH\john", "roles": ["Veeam Backup Administrator"]}


def test_the_account_of_the_connection_is_not_demoted(either: Servers) -> None:
    """With the roles of an administrator it may get others; a description or spelling changes nothing that counts."""
    own = either.sim.username("vbr")
    id, state = either.create(name=own.upper(), roles=ADMIN["roles"], adopt=True)
    either.forget()
    with pytest.raises(Protected) as caught:
        either.update(id, state, **{**VIEWER, "name": own.upper()})
    assert "it is the account that this connection logs in with, which is never deleted, disabled or demoted" in str(
        caught.value
    )
    assert (
        "log in with another account: set username with `pulumi config set --path 'veeam:connections.vbr.username'"
        in str(caught.value)
    )
    either.update(id, state, roles=["backup administrator"])
    assert either.writes() == []


def test_the_account_of_the_connection_keeps_its_role_among_others(vbr: Servers) -> None:
    id, state = vbr.create(name=vbr.sim.username("vbr"), roles=ADMIN["roles"], adopt=True)
    after = vbr.update(id, state, roles=["Veeam Backup Administrator", "Veeam Tape Operator"])
    assert len(after["roles"]) == 2
    vbr.update(id, after, roles=["Veeam Backup Administrator"])


def test_the_account_of_the_connection_and_default_administrators_are_not_disabled(servers: ServersOf) -> None:
    legacy = servers("vbr.User", {"vbr.dialect": "users", "vbr.users_shape": "model"})
    legacy.sim.drift("vbr", "add", "veeamadmin", {"roles": ADMIN["roles"]})
    for name, words in ((legacy.sim.username("vbr"), "logs in with"), ("veeamadmin", "default administrator")):
        id, state = legacy.create(name=name, roles=ADMIN["roles"], adopt=True)
        legacy.forget()
        with pytest.raises(Protected, match=words):
            legacy.update(id, state, is_enabled=False)
        assert legacy.writes() == []


def test_default_administrators_are_not_demoted(either: Servers) -> None:
    either.sim.drift("vbr", "add", "veeamadmin", {"roles": ADMIN["roles"]})
    id, state = either.create(name="veeamadmin", roles=ADMIN["roles"], adopt=True)
    either.forget()
    with pytest.raises(
        Protected, match="default administrator, which is never deleted, disabled or demoted; on purpose"
    ):
        either.update(id, state, roles=VIEWER["roles"])
    assert either.writes() == []


def only_administrators(servers: Servers, *names: str) -> None:
    """The list shows no other ones: the connection's account has its rights through a group that is one of them."""
    session: Any = servers.connections.open("vbr", "vbr")
    path = SECURITY if session.dialect == "security" else USERS
    servers.sim.clear_faults()
    rows = session.rows(path)
    lesser: dict[str, Any] = {"roles": []} if path == SECURITY else {"roleId": role_id(servers, "Viewer")}
    rows = [row if (row.get("name") or row.get("username")) in names else {**row, **lesser} for row in rows]
    body = {"data": rows, "pagination": {"total": len(rows), "count": len(rows)}}
    servers.sim.fault("vbr", "status", method="GET", path=path, status=200, body=body, times=0)


def test_the_last_administrator_stays_one(either: Servers) -> None:
    id, state = either.create(**ADMIN)
    jane = either.create(name=r"TECH\jane", roles=ADMIN["roles"])
    only_administrators(either, ADMIN["name"])
    either.forget()
    written = (id, id.upper(), f"{{{id}}}", f"urn:uuid:{id.upper()}")  # an import takes an id as somebody typed it
    refusals: list[partial[Any]] = [partial(either.delete, one, state) for one in written]
    refusals += [partial(either.update, one, state, **VIEWER) for one in written]
    for refused in refusals:
        with pytest.raises(Protected) as caught:
            refused()
        assert "it is the last account with the role Backup Administrator: nobody could manage the server" in str(
            caught.value
        )
        assert "; give Backup Administrator to another account first" in str(caught.value)
    assert either.writes() == []
    only_administrators(either, ADMIN["name"], r"TECH\jane")
    assert either.update(id, state, **VIEWER)["roles"] == VIEWER["roles"]
    with pytest.raises(Protected, match="the last account with the role"):
        either.delete(*jane)


def test_an_administrator_that_is_disabled_is_none_that_is_left(servers: ServersOf) -> None:
    legacy = servers("vbr.User", {"vbr.dialect": "users", "vbr.users_shape": "model"})
    id, state = legacy.create(**ADMIN)
    legacy.create(name=r"TECH\jane", roles=ADMIN["roles"], is_enabled=False)
    only_administrators(legacy, ADMIN["name"], r"TECH\jane")
    with pytest.raises(Protected, match="the last account with the role"):
        legacy.delete(id, state)


def test_two_threads_do_not_remove_the_last_two_administrators(either: Servers) -> None:
    """Each sees the other one as long as both are there; the second must know what the first is about to do."""
    made = [either.create(name=rf"TECH\admin{number}", roles=ADMIN["roles"]) for number in range(4)]
    only_administrators(either, *(state["name"] for _, state in made))
    either.sim.fault("vbr", "delay", method="DELETE", seconds=0.2, times=0)

    def delete(one: Any) -> bool:
        try:
            either.delete(*one)
        except Protected:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(delete, made)) == [False, True, True, True]
    assert len([name for name in either.names() if "admin" in name and name.startswith("TECH")]) == 1


def test_a_wrong_password_and_an_mfa_account_look_the_same_so_both_are_said(servers: ServersOf) -> None:
    vbr = servers("vbr.User", {"vbr.mfa": "on"})
    with pytest.raises(LoginRefused, match="a wrong password, or an account with MFA that is not a service account"):
        vbr.create(**JOHN)


def test_a_refresh_under_an_older_revision_removes_nothing(vbr: Servers) -> None:
    id, state = vbr.create(**JOHN)
    vbr.connect(api_version="1.2-rev1")
    with pytest.raises(InvalidInput, match="neither .* answers in revision 1.2-rev1"):
        vbr.read(id, state)
    vbr.connect(api_version="1.2-rev1", api="security")
    with pytest.raises(NotProvenGone, match=rf"does not answer {SECURITY} either in API revision 1.2-rev1"):
        vbr.read(id, state)


def test_a_refresh_against_another_server_removes_nothing(servers: ServersOf) -> None:
    vbr, other = servers("vbr.User"), servers("vbr.User")
    id, state = vbr.create(**JOHN)
    with pytest.raises(NotProvenGone, match="objects do not move between servers"):
        other.read(id, state)


def test_a_proxys_404_removes_nothing(vbr: Servers) -> None:
    id, state = vbr.create(**JOHN)
    vbr.sim.fault("vbr", "html", method="GET", path=f"{SECURITY}/*", status=404)
    with pytest.raises(UnexpectedAnswer, match="404 and an HTML page"):
        vbr.read(id, state)


def test_a_list_that_is_none(vbr: Servers) -> None:
    vbr.sim.fault("vbr", "status", method="GET", path="*roles", status=200, body={"items": []})
    with pytest.raises(UnexpectedAnswer, match="answered without a list of objects with 'id'"):
        vbr.create(**JOHN)


@pytest.mark.parametrize("body", [[], "text", 7, None])
def test_an_answer_of_another_shape_is_a_typed_error(vbr: Servers, body: Any) -> None:
    id, state = vbr.create(**JOHN)
    vbr.sim.fault("vbr", "status", method="GET", path=f"{SECURITY}/*", status=200, body=json.dumps(body))
    with pytest.raises(UnexpectedAnswer, match="with no JSON object|instead of JSON"):
        vbr.read(id, state)


def test_a_group_is_no_service_account(vbr: Servers) -> None:
    _, problems = vbr.resource.check({**JOHN, "type": "InternalGroup", "is_service_account": True})
    assert [problem.property for problem in problems] == ["is_service_account"]


def test_a_role_made_after_the_list_was_read_is_found(servers: ServersOf) -> None:
    vbr = servers("vbr.User", {"vbr.build": "13.1.0.411"})
    id, state = vbr.create(**JOHN)
    session: Any = vbr.connections.open("vbr", "vbr")
    role = {"name": "Night shift", "description": "", "manageBackups": False, "manageRestores": False}
    made = session.write("POST", "/api/v1/security/roles", role)
    after = vbr.update(id, state, roles=["night shift"])
    assert after["role_ids"] == {"night shift": made["id"]}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (r"TECH\john", r"tech\JOHN", True),
        (r"TECH\john", "john@tech.local", True),
        ("john@tech.local", "john@tech.example", False),
        (r"TECH\john", r"LAB\john", False),
        (r"TECH\john", "john", False),
        (r".\john", "john", True),
        (r"TECH\john", r"TECH\mary", False),
        ("john@tech.local", "JOHN@TECH.LOCAL", True),
    ],
)
def test_names_of_one_account(one: str, other: str, same: bool) -> None:
    assert alike(one, other) is same
    assert alike(other, one) is same


def test_a_name_without_domain_may_stand_for_any_when_it_is_about_protection() -> None:
    assert may_be_account("administrator", r"VBR01\Administrator")
    assert not may_be_account(r"LAB\administrator", r"VBR01\Administrator")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("john", "Local"), (r".\john", "Local"), (r"TECH\john", "ActiveDirectory"), ("j@tech.local", "ActiveDirectory")],
)
def test_the_account_type_follows_from_the_name(name: str, expected: str) -> None:
    assert account_type(name) == expected
