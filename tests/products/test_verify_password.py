"""`verify_password`: one login with a password that was just set, and an error where it does not let in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.products.conftest import Servers, ServersOf
from tests.specimens import Specimen, specimen
from veeam_pulumi.errors import LoginRefused

KINDS = ["aws.User", "azure.User", "vspc.User"]
FIRST, SECOND = "Canary-Passw0rd-qzx", "Another-Passw0rd-1"
NOT_TRIED: dict[str, dict[str, Any]] = {
    "aws.User": {"mfaEnabled": True},
    "azure.User": {"mfaEnabled": True},
    "vspc.User": {"mfaPolicyStatus": "Enabled"},
}


def logins(on: Servers) -> int:
    """How often somebody logged in since the last `forget`."""
    return sum(one.method == "POST" and one.path.endswith("/token") for one in on.sim.requests(on.product))


def logouts(on: Servers) -> int:
    return sum(one.method == "DELETE" and one.path.endswith("/token") for one in on.sim.requests(on.product))


def made(on: Servers, one: Specimen, **more: Any) -> tuple[str, dict[str, Any]]:
    """A user whose first password was not tried."""
    found = on.create(**one.inputs(password=FIRST, **more))
    on.forget()
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_rotation_is_followed_by_one_login_and_a_logout(servers: ServersOf, kind: str) -> None:
    on, one = servers(kind), specimen(kind)
    id, state = made(on, one)
    state = on.update(id, state, password=SECOND, verify_password=True)
    assert state["password"] == SECOND
    assert logins(on) == 1
    assert logouts(on) == (0 if kind == "vspc.User" else 1)  # where a logout ends the user's other sessions, none
    on.forget()
    on.update(id, state, **({"role": one.changed["role"]} if "role" in one.changed else {}))
    assert logins(on) == 0
    assert on.warnings == [] or kind == "aws.User"


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_logs_in_who_did_not_ask_for_it(servers: ServersOf, kind: str) -> None:
    on = servers(kind)
    id, state = made(on, specimen(kind))
    on.update(id, state, password=SECOND)
    assert logins(on) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_rotation_that_is_ignored_is_an_error_and_state_keeps_the_password_that_counts(
    servers: ServersOf, kind: str
) -> None:
    on, one = servers(kind, {f"{kind.partition('.')[0]}.rotation": "ignored"}), specimen(kind)
    id, state = made(on, one)
    wanted = "either the server accepted the change and did not make it, or this account may not log in to the REST API"
    with pytest.raises(LoginRefused, match=wanted) as caught:
        on.update(id, state, password=SECOND, verify_password=True)
    assert SECOND not in str(caught.value)
    assert logins(on) == 1
    assert on.sim.can_login(on.product, one.account, FIRST)
    assert "password" in on.changed(state, password=SECOND)  # an update that raises leaves state as it was
    on.sim.set(**{f"{on.product}.rotation": "done"})
    assert on.update(id, state, password=SECOND, verify_password=True)["password"] == SECOND
    assert on.sim.can_login(on.product, one.account, SECOND)


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_user_is_tried_too_and_taken_back_where_it_is_not_let_in(servers: ServersOf, kind: str) -> None:
    on, one = servers(kind), specimen(kind)
    on.create(**one.inputs(password=FIRST, verify_password=True))
    assert logins(on) == 2  # our own, and the user's: for Backup for AWS the one that tells the role
    on.sim.fault(on.product, "status", status=401, path="*/token", method="POST", times=1)
    with pytest.raises(LoginRefused, match="it was deleted again"):
        on.create(**one.inputs("renamed", password=FIRST, verify_password=True))
    assert one.other_key not in on.names()


@pytest.mark.parametrize("kind", KINDS)
def test_a_user_that_can_be_neither_tried_nor_deleted_stays_without_a_password_in_state(
    servers: ServersOf, kind: str
) -> None:
    on, one = servers(kind), specimen(kind)
    on.create(**one.inputs(password=FIRST))
    on.sim.fault(on.product, "status", status=401, path="*/token", method="POST", times=1)
    on.sim.fault(on.product, "status", status=403, path="*", method="DELETE", times=3)
    id, state = on.create(**one.inputs("renamed", password=FIRST, verify_password=True))
    assert "password" not in state
    assert one.other_key in on.names()
    assert any("was created and stays, but its password was set" in text for text in on.warnings)
    on.update(id, state, password=FIRST)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_says_nothing_and_is_not_asked_again(servers: ServersOf, kind: str, status: int) -> None:
    on = servers(kind)
    id, state = made(on, specimen(kind))
    on.sim.fault(on.product, "status", status=status, path="*/token", method="POST", times=9)
    assert on.update(id, state, password=SECOND, verify_password=True)["password"] == SECOND
    assert logins(on) == 1
    assert any("whether it lets in is not known" in text for text in on.warnings)


@pytest.mark.parametrize("kind", KINDS)
def test_an_account_with_a_second_factor_is_not_tried(servers: ServersOf, kind: str) -> None:
    on, one = servers(kind), specimen(kind)
    id, state = made(on, one)
    on.sim.drift(on.product, "update", one.key, NOT_TRIED[kind])
    on.update(
        id,
        {**state, "mfa_policy_status": "Enabled"} if kind == "vspc.User" else state,
        password=SECOND,
        verify_password=True,
    )
    assert logins(on) == 0


def test_a_disabled_account_is_not_tried(servers: ServersOf) -> None:
    on = servers("vspc.User")
    id, state = made(on, specimen("vspc.User"))
    on.update(id, state, password=SECOND, status="Disabled", verify_password=True)
    assert logins(on) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_asking_for_it_sends_nothing_by_itself(servers: ServersOf, kind: str) -> None:
    on, one = servers(kind), specimen(kind)
    id, state = made(on, one)
    assert on.changed(state, verify_password=True) == {"verify_password"}
    state = on.update(id, state, verify_password=True)
    assert on.writes() == []
    assert on.read(id, state) == state
