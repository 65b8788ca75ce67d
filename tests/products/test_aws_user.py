"""aws.User against the simulated appliance: the documented requests, rotation, adoption, and every refusal."""

from __future__ import annotations

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
    MfaRequired,
    NotFound,
    NotProvenGone,
    Protected,
    ServerRefused,
    UnexpectedAnswer,
)
from veeam_pulumi.products import resources, sessions
from veeam_pulumi.resource import lifecycle
from veeam_pulumi.server.connections import Connections

OPERATOR = {"name": "operator", "password": "Administrator1", "description": "Dept-02"}


@pytest.fixture
def aws(servers: ServersOf) -> Servers:
    return servers("aws.User")


def test_create_sends_the_documented_request(aws: Servers) -> None:
    id, state = aws.create(**OPERATOR)
    body = {"name": "operator", "description": "Dept-02", "password": "[secret]"}
    assert aws.writes() == [("POST", "/api/v1/users", body)]
    reads = [one.path for one in aws.sim.requests("aws", method="GET")]
    assert reads == ["/api/v1/users/isFirstLogin", "/api/v1/users"]  # the answer is believed
    assert {one.headers["x-api-version"] for one in aws.sim.requests("aws")} == {"1.0-rev0"}
    assert aws.sim.can_login("aws", "operator", "Administrator1")
    assert id == "operator"
    assert state == {
        "connection": "aws", "adopt": False, **OPERATOR, "verify_password": False,
        "mfa_enabled": False, "is_default": False, "role": "Portal Administrator", "schema": 1, "server": aws.sim.url("aws").removeprefix("https://"),
        "adopted": False,
    }  # fmt: skip


def test_the_documented_answer_as_it_stands() -> None:
    """The example of the product's own page, literally, with its links; the host in them is never followed."""
    link = "https://135.169.170.192:11005/api/v1/users/rayan_smith"
    answer = {
        "name": "rayan_smith", "description": "Dept-02 user", "mfaEnabled": False, "isDefault": False,
        "_links": [
            {"method": "GET", "rel": "self", "href": link},
            {"method": "PUT", "rel": "update", "href": link},
            {"method": "DELETE", "rel": "delete", "href": link},
            {"method": "POST", "rel": "EnableMfa", "href": f"{link}/enableMfa"},
        ],
    }  # fmt: skip
    config = {"aws": {"url": "https://135.169.170.192:11005", "username": "admin", "password": "pw-of-admin"}}
    inputs = {"name": "rayan_smith", "description": "Dept-02 user", "password": "Administrator1"}
    with respx.mock(base_url="https://135.169.170.192:11005", assert_all_called=False) as server:
        token = {"access_token": "abc-token", "token_type": "bearer", "expires_in": 900, "refresh_token": "def-token"}
        server.get("/api/v1/users/isFirstLogin").respond(200, json={"isFirstLogin": False})
        server.post("/api/v1/token").respond(200, json=token)
        server.get("/api/v1/users").respond(200, json={"totalCount": 0, "results": []})
        server.delete("/api/v1/token").respond(204)
        create = server.post("/api/v1/users").respond(201, json=answer)
        connections = Connections(config, sessions=sessions(), warn=print, environ={})
        id, state = lifecycle.create(resources()["aws.User"], connections, inputs)
        connections.close()
        hosts = {call.request.url.host for call in server.calls}
    sent = create.calls.last.request
    assert (sent.headers["authorization"], sent.headers["x-api-version"]) == ("Bearer abc-token", "1.0-rev0")
    assert sent.headers["content-type"] == "application/json"
    assert httpx.Response(200, content=sent.read()).json() == inputs
    assert (id, state["mfa_enabled"], state["is_default"], state["adopted"]) == ("rayan_smith", False, False, False)
    assert hosts == {"135.169.170.192"}


def test_names_are_percent_encoded(aws: Servers) -> None:
    id, state = aws.create(name="svc$", password="Administrator1")
    after = aws.update(id, state, description="x")
    assert after["description"] == "x"
    aws.delete(id, after)
    assert "svc$" not in aws.names()


def test_description_and_password_change_in_one_request(aws: Servers) -> None:
    id, state = aws.create(**OPERATOR)
    aws.forget()
    after = aws.update(id, state, description="Dept-03", password="Operator-2026")
    body = {"description": "Dept-03", "password": "[secret]", "oldPassword": "[secret]"}
    assert aws.writes() == [("PUT", "/api/v1/users/operator", body)]
    assert aws.sim.can_login("aws", "operator", "Operator-2026")
    assert (after["description"], after["password"]) == ("Dept-03", "Operator-2026")


def test_a_new_name_replaces_and_a_new_description_does_not(aws: Servers) -> None:
    _, state = aws.create(**OPERATOR)
    inputs = {name: state[name] for name in aws.resource.fields if name in state}
    assert aws.resource.diff(state, {**inputs, "name": "other"}).replaces == ("name",)
    assert aws.resource.diff(state, {**inputs, "description": "other"}).replaces == ()


def test_drift_shows_property_by_property(aws: Servers) -> None:
    id, state = aws.create(**OPERATOR)
    aws.sim.drift("aws", "update", "operator", {"description": "changed by hand"})
    assert aws.read(id, state) == {**state, "description": "changed by hand"}


def test_gone_is_gone_and_deleting_it_succeeds(aws: Servers) -> None:
    id, state = aws.create(**OPERATOR)
    aws.sim.drift("aws", "delete", "operator")
    aws.delete(id, state)
    assert aws.read(id, state) is None


@pytest.mark.parametrize("duplicate", ["400", "409"])
def test_a_name_that_is_taken_says_how_to_adopt_it(servers: ServersOf, duplicate: str) -> None:
    aws = servers("aws.User", {"aws.duplicate": duplicate})
    aws.sim.drift("aws", "add", "operator", {"password": "Of-Somebody1"})
    with pytest.raises(AlreadyExists, match=r"^aws.User 'operator' on 127.0.0.1:\d+ \(connection aws\): .*adopt=True"):
        aws.create(**OPERATOR)
    assert aws.writes() == []


@pytest.mark.parametrize("old_password", ["optional", "required"])
def test_adopting_keeps_the_password_until_somebody_asks(servers: ServersOf, old_password: str) -> None:
    aws = servers("aws.User", {"aws.old_password": old_password})
    aws.sim.drift("aws", "add", "operator", {"description": "theirs", "password": "Of-Somebody1"})
    with pytest.raises(InvalidInput, match="description is declared as 'Dept-02', the server has 'theirs'"):
        aws.create(**OPERATOR, adopt=True)
    inputs = {"name": "operator", "adopt": True, "current_password": "Of-Somebody1", "password": "Administrator1"}
    id, state = aws.create(**inputs)
    assert (state["description"], state["adopted"]) == ("theirs", True)
    assert aws.changed(state, **inputs) == set()
    assert aws.writes() == []

    after = aws.update(id, state, **{**inputs, "password": "Operator-2026"})
    assert aws.sim.can_login("aws", "operator", "Operator-2026")
    assert (after["description"], after["adopted"]) == ("theirs", True)
    aws.delete(id, after)
    assert "operator" in aws.names()
    assert "stays on" in aws.warnings[-1]


@pytest.mark.parametrize("old_password", ["optional", "required"])
def test_making_an_adopted_user_ours_sends_the_password(servers: ServersOf, old_password: str) -> None:
    aws = servers("aws.User", {"aws.old_password": old_password})
    aws.sim.drift("aws", "add", "operator", {"description": "Dept-02", "password": "Of-Somebody1"})
    id, state = aws.create(**OPERATOR, adopt=True)
    assert aws.changed(state, adopt=False) == {"adopt"}
    if old_password == "required":
        with pytest.raises(ServerRefused, match="give the one that the server has now as current_password"):
            aws.update(id, state, adopt=False)
        assert aws.sim.can_login("aws", "operator", "Of-Somebody1")
    ours = aws.update(id, state, adopt=False, current_password="Of-Somebody1")
    assert aws.sim.can_login("aws", "operator", OPERATOR["password"])
    assert ours["adopted"] is False


def test_another_case_of_a_name_is_the_same_user(aws: Servers) -> None:
    """However it was found: the appliance takes names without regard to case."""
    aws.sim.drift("aws", "add", "operator", {"password": "Of-Somebody1"})
    for _ in range(12):  # looks at the server first, then at its list
        with pytest.raises(AlreadyExists, match=r"\(id operator\)"):
            aws.create(**{**OPERATOR, "name": "OPERATOR"})
    assert aws.create(name="Operator", adopt=True)[0] == "operator"
    assert aws.writes() == []


def test_a_rotation_that_was_cut_off_after_it_had_worked(aws: Servers) -> None:
    """The server has the new password, the state the old one."""
    id, state = aws.create(**OPERATOR)
    aws.update(id, state, password="Operator-2026")
    after = aws.update(id, state, password="Operator-2026")
    assert after["password"] == "Operator-2026"
    assert aws.sim.can_login("aws", "operator", "Operator-2026")


def test_a_password_changed_by_hand_is_taken_back_with_current_password(aws: Servers) -> None:
    id, state = aws.create(**OPERATOR)
    aws.sim.drift("aws", "update", "operator", {"password": "By-Hand-2026"})
    with pytest.raises(ServerRefused, match="current_password"):
        aws.update(id, state, password="Operator-2026")
    aws.update(id, state, password="Operator-2026", current_password="By-Hand-2026")
    assert aws.sim.can_login("aws", "operator", "Operator-2026")


@pytest.mark.parametrize("old_password", ["optional", "required"])
def test_a_description_alone_also_needs_the_password_that_the_server_has(servers: ServersOf, old_password: str) -> None:
    aws = servers("aws.User", {"aws.old_password": old_password})
    id, state = aws.create(**OPERATOR)
    aws.sim.drift("aws", "update", "operator", {"password": "By-Hand-2026"})
    aws.forget()
    with pytest.raises(ServerRefused, match="give the one that the server has now as current_password") as caught:
        aws.update(id, state, description="Dept-03")
    assert "The current password is incorrect." in str(caught.value)
    assert len(aws.writes()) == 1  # nobody guesses passwords
    state = aws.update(id, state, description="Dept-03", current_password="By-Hand-2026")
    assert state["description"] == "Dept-03"
    assert aws.sim.can_login("aws", "operator", "By-Hand-2026")  # a description changes no password


def test_an_account_that_may_not_change_users_is_told_which_role_it_takes(aws: Servers) -> None:
    id, state = aws.create(**OPERATOR)
    aws.sim.fault("aws", "status", method="PUT", status=403, times=0)
    with pytest.raises(ServerRefused, match="needs the role Portal Administrator; if the password was changed"):
        aws.update(id, state, description="Dept-03")


@pytest.mark.parametrize("old_password", ["optional", "required"])
@pytest.mark.parametrize("kind", ["reset_after", "reset_before"])
@pytest.mark.parametrize("changes", [{"password": "Operator-2026"}, {"description": "x"}], ids=["password", "text"])
def test_a_change_whose_answer_was_lost(
    servers: ServersOf, kind: str, changes: dict[str, Any], old_password: str
) -> None:
    """After a password change that worked its own oldPassword is wrong: the new one is tried once."""
    aws = servers("aws.User", {"aws.old_password": old_password})
    id, state = aws.create(**OPERATOR)
    aws.sim.fault("aws", kind, method="PUT")
    after = aws.update(id, state, **changes)
    assert after.items() >= changes.items()
    assert aws.sim.can_login("aws", "operator", changes.get("password", "Administrator1"))


def test_a_create_that_never_arrived_is_not_sent_again(aws: Servers) -> None:
    aws.sim.fault("aws", "reset_before", method="POST", path="/api/v1/users")
    with pytest.raises(AnswerLost, match="did not appear within 30 s"):
        aws.create(**OPERATOR)
    assert len(aws.writes()) == 1
    aws.connect()
    aws.create(**OPERATOR)


@pytest.mark.parametrize("kind", ["reset_after", "half_body", "empty", "html"])
def test_a_create_whose_answer_was_lost_makes_one_user(aws: Servers, kind: str) -> None:
    more = {"status": 201, "handled": True} if kind == "html" else {}
    aws.sim.fault("aws", kind, method="POST", path="/api/v1/users", **more)
    id, state = aws.create(**OPERATOR)
    assert aws.names().count("operator") == 1
    assert aws.read(id, state) == state


def test_a_201_that_made_nothing_is_no_success(aws: Servers) -> None:
    aws.sim.fault("aws", "empty", method="POST", path="/api/v1/users", status=201, handled=False)
    with pytest.raises(NotFound, match="accepted it as operator, but has no such object"):
        aws.create(**OPERATOR)
    aws.sim.fault("aws", "html", method="POST", path="/api/v1/users", status=201, handled=False)
    with pytest.raises(AnswerLost, match="an HTML page"):
        aws.create(**OPERATOR)


@pytest.mark.parametrize("kind", ["reset_after", "reset_before"])
def test_a_delete_whose_answer_was_lost(aws: Servers, kind: str) -> None:
    id, state = aws.create(**OPERATOR)
    aws.sim.fault("aws", kind, method="DELETE", path="/api/v1/users/operator")
    aws.delete(id, state)
    assert "operator" not in aws.names()


def test_the_servers_own_words_about_what_it_refuses(servers: ServersOf) -> None:
    aws = servers("aws.User", {"aws.password_rules": "v10"})
    for inputs, what in (
        ({**OPERATOR, "name": "Bad Name"}, "the name: "),
        ({**OPERATOR, "description": "x" * 256}, "the description: "),
        (OPERATOR, "the password: "),
    ):
        with pytest.raises(ServerRefused) as caught:
            aws.create(**inputs)
        text = str(caught.value)
        assert f"the server refuses {what}" in text
        assert "Administrator1" not in text
    assert "operator" not in aws.names()
    asked = [one.path for one in aws.sim.requests("aws", method="POST") if "/validate" in one.path]
    assert len(asked) == 1 + 2 + 3  # only what was refused is explained


def test_the_default_administrator_is_never_deleted(aws: Servers) -> None:
    with pytest.raises(Protected, match="default administrator"):
        aws.delete("Admin", aws.read("Admin", {"connection": "aws"}) or {})
    assert "Admin" in aws.names()


def test_the_account_of_the_connection_is_never_deleted(aws: Servers) -> None:
    id, state = aws.create(name="pulumi", password="Administrator1")
    aws.connect(username="pulumi", password="Administrator1")
    with pytest.raises(Protected, match="the account that this connection logs in with"):
        aws.delete(id, state)
    assert "pulumi" in aws.names()


def test_an_account_with_a_second_factor(servers: ServersOf) -> None:
    aws = servers("aws.User", {"aws.mfa": "pending"})
    with pytest.raises(MfaRequired, match=r"^aws.User 'operator' on .* needs a second factor"):
        aws.create(**OPERATOR)


def test_a_wrong_password_is_one_login(aws: Servers) -> None:
    aws.connect(password="wrong-one")
    for _ in range(5):
        with pytest.raises(LoginRefused, match="refuses the login of 'Admin'") as caught:
            aws.create(**OPERATOR)
        assert "wrong-one" not in str(caught.value)
    assert [one.status for one in aws.sim.requests("aws", method="POST")] == [401]


@pytest.mark.parametrize("release", ["2.0", "4.0", "6a", "8.0", "10"])
def test_every_product_version_is_spoken_to_in_a_revision_it_knows(servers: ServersOf, release: str) -> None:
    aws = servers("aws.User", {"aws.release": release})
    id, state = aws.create(name="operator", password="Long-Passw0rd!x")
    assert aws.read(id, state) == state


def test_a_refresh_under_an_older_revision_removes_nothing(servers: ServersOf) -> None:
    aws = servers("aws.User")
    id, state = aws.create(**OPERATOR)
    aws.connect(api_version="9.9-rev0")
    with pytest.raises(LoginRefused, match=r"api_version' auto"):
        aws.read(id, state)


def test_a_proxys_404_removes_nothing(aws: Servers) -> None:
    id, state = aws.create(**OPERATOR)
    aws.sim.fault("aws", "html", method="GET", path="/api/v1/users/operator", status=404)
    with pytest.raises(UnexpectedAnswer, match="404 and an HTML page"):
        aws.read(id, state)


def test_a_404_while_the_list_does_not_answer_removes_nothing(aws: Servers) -> None:
    id, state = aws.create(**OPERATOR)
    gone = {"errorCode": "NotFound", "title": "no route"}
    aws.sim.fault("aws", "status", method="GET", path="/api/v1/users*", times=9, status=404, body=gone)
    aws.connect()
    with pytest.raises(NotProvenGone, match="does not answer /api/v1/users either"):
        aws.read(id, state)


def test_find_and_list(servers: ServersOf) -> None:
    aws = servers("aws.User", {"aws.page_size": 2})
    for number in range(5):
        aws.create(name=f"user{number}", password="Administrator1")
    assert aws.find(**{**OPERATOR, "name": "user3"}) == "user3"
    assert aws.find(**OPERATOR) is None
    found = dict(lifecycle.listing(aws.resource, aws.connections, "aws"))
    assert {f"user{number}" for number in range(5)} < set(found)
    assert sorted(found) == aws.names()


def test_no_secret_in_the_servers_log(aws: Servers) -> None:
    id, state = aws.create(**OPERATOR)
    aws.update(id, state, password="Operator-2026")
    aws.connections.close()
    seen = repr([vars(one) if hasattr(one, "__dict__") else one for one in aws.sim.requests()])
    assert "Administrator1" not in seen
    assert "Operator-2026" not in seen
    assert aws.sim.password("aws") not in seen


def test_a_refused_change_is_explained(servers: ServersOf) -> None:
    aws = servers("aws.User")
    id, state = aws.create(**OPERATOR)
    with pytest.raises(ServerRefused, match='the server refuses the password: "Password must contain at least 8'):
        aws.update(id, state, password="Sh0rt")
    assert aws.sim.can_login("aws", "operator", "Administrator1")


@pytest.mark.parametrize("status", [404, 405, 403, 500])
def test_a_revision_that_explains_nothing(aws: Servers, status: int) -> None:
    body = {"errorCode": "NotFound", "title": "There is no such resource."}
    aws.sim.fault("aws", "status", path="*/validate*", status=status, body=body, times=0)
    with pytest.raises(ServerRefused, match="refused with 400 .*Password must contain"):
        aws.create(**{**OPERATOR, "password": "Sh0rt"})


def test_the_role_that_new_users_get_is_read_once_and_kept(servers: ServersOf) -> None:
    """An answer shows none: the first new user logs in once, and out again."""
    aws = servers("aws.User", {"aws.new_role": "Portal Operator"})
    made = dict(aws.create(name=f"user{number}", password="Administrator1") for number in range(5))
    assert {state["role"] for state in made.values()} == {"Portal Operator"}
    logins = [one for one in aws.sim.requests("aws") if one.path == "/api/v1/token"]
    assert [one.method for one in logins] == ["POST", "POST", "DELETE"]
    (warning,) = aws.warnings
    assert "new users get Portal Operator: this API has no role to choose" in warning
    id, state = next(iter(made.items()))
    assert (aws.read(id, state) or {})["role"] == "Portal Operator"
    assert aws.update(id, state, description="x")["role"] == "Portal Operator"


def test_a_role_in_the_answer_needs_no_login(servers: ServersOf) -> None:
    aws = servers("aws.User", {"aws.shows_role": "on", "aws.new_role": "Restore Operator"})
    id, state = aws.create(**OPERATOR)
    assert state["role"] == "Restore Operator"
    assert len([one for one in aws.sim.requests("aws") if one.path == "/api/v1/token"]) == 1
    aws.sim.drift("aws", "update", "operator", {"role": "Portal Administrator"})
    assert (aws.read(id, state) or {})["role"] == "Portal Administrator"


def test_a_role_that_cannot_be_read_is_said_to_be_unknown(aws: Servers) -> None:
    aws.connections.open("aws", "aws").open()
    aws.sim.fault("aws", "status", method="POST", path="/api/v1/token", status=401, times=0)
    _, state = aws.create(**OPERATOR)
    assert "role" not in state
    assert "its default role, which it does not show (probably Portal Administrator)" in aws.warnings[0]
    assert "Administrator1" not in aws.warnings[0]


@pytest.mark.parametrize("key", ["results", "data"])
def test_a_list_under_either_key(servers: ServersOf, key: str) -> None:
    aws = servers("aws.User", {"aws.list_key": key, "aws.page_size": 2})
    made = dict(aws.create(name=f"user{number}", password="Administrator1") for number in range(4))
    assert sorted(dict(lifecycle.listing(aws.resource, aws.connections, "aws"))) == aws.names()
    aws.connect()
    assert all(aws.read(id, state) == state for id, state in made.items())


def test_a_404_for_a_user_who_is_in_the_list_removes_nothing(aws: Servers) -> None:
    id, state = aws.create(**OPERATOR)
    gone = {"errorCode": "NotFound", "title": "There is no such user."}
    aws.sim.fault("aws", "status", path="/api/v1/users/operator", times=0, status=404, body=gone)
    with pytest.raises(NotProvenGone, match="but its list of users has it, so that proves nothing"):
        aws.read(id, state)
    with pytest.raises(NotProvenGone):
        aws.delete(id, state)


def test_dropping_current_password_after_it_was_used_sends_nothing(aws: Servers) -> None:
    id, state = aws.create(**OPERATOR, current_password="Of-Somebody1")
    assert aws.changed(state, current_password=None) == {"current_password"}
    aws.forget()
    inputs = {name: state[name] for name in aws.resource.fields if name in state and name != "current_password"}
    after = lifecycle.update(aws.resource, aws.connections, id, state, inputs)
    assert aws.writes() == []
    assert "current_password" not in after


@pytest.mark.parametrize(("status", "version"), [(None, "2.0"), (404, ""), (405, "")])
def test_the_version_where_the_revision_has_one(servers: ServersOf, status: int | None, version: str) -> None:
    aws = servers("aws.User")
    if status:
        aws.sim.fault("aws", "status", "GET", "/api/v1/system/version", status=status)
    assert aws.connections.open("aws", "aws").version() == version
