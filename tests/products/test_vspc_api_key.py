"""vspc.ApiKey against a simulated console: the key is shown once, and a lost answer leaves nothing behind."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.products.conftest import Servers, ServersOf
from veeam_pulumi.errors import AlreadyExists, InvalidInput, Protected, ServerUnreachable
from veeam_pulumi.products import resources
from veeam_pulumi.simulator.vspc import seeds

KEY: dict[str, Any] = {"user": seeds.ADMIN_UID, "description": "pipeline"}
CREATE = f"/api/v3/users/{seeds.ADMIN_UID}/logins/apikey"


@pytest.fixture
def keys(servers: ServersOf) -> Servers:
    return servers("vspc.ApiKey")


def described(on: Servers) -> list[str]:
    """The descriptions of all keys but those that the console was installed with."""
    found = [str(row["description"]) for row in on.sim.objects("vspc")["keys"]]
    return sorted(set(found) - {"full access", "read-only access"})


def test_the_key_is_kept_and_logs_in(keys: Servers) -> None:
    id, state = keys.create(**KEY, is_read_access_only=True)
    assert len(state["secret"]) > 20
    assert described(keys) == ["pipeline"]  # the mark of the create is gone
    again = keys.read(id, state)
    assert again == state  # the server never shows it again
    keys.connect(token=state["secret"], username=None, password=None)
    assert keys.read(id, state) == state


def test_only_description_and_status_change_in_place(keys: Servers) -> None:
    id, state = keys.create(**KEY)
    secret = state["secret"]
    state = keys.update(id, state, description="nightly", status="disabled")
    assert (described(keys), state["secret"]) == (["nightly"], secret)
    change = keys.resource.diff(state, {**state, "is_read_access_only": True, "scopes": ["ui"]})
    assert set(change.replaces) == {"is_read_access_only", "scopes"}


def test_a_deleted_key_is_revoked(keys: Servers) -> None:
    id, state = keys.create(**KEY)
    keys.delete(id, state)
    assert described(keys) == []
    assert keys.read(id, state) is None


def test_a_key_of_the_same_description_is_not_made_twice(keys: Servers) -> None:
    keys.create(**KEY)
    with pytest.raises(AlreadyExists):
        keys.create(**KEY)
    assert described(keys) == ["pipeline"]


@pytest.mark.parametrize("fault", ["reset_after", "half_body"])
def test_an_answer_that_is_lost_once_is_asked_for_again(keys: Servers, fault: str) -> None:
    keys.sim.fault("vspc", fault, method="POST", path=CREATE, times=1)
    _, state = keys.create(**KEY)
    assert described(keys) == ["pipeline"]
    keys.connect(token=state["secret"], username=None, password=None)
    assert keys.read(_, state) is not None


def test_a_key_that_nobody_will_ever_know_is_revoked(keys: Servers) -> None:
    keys.sim.fault("vspc", "reset_after", method="POST", path=CREATE, times=2)
    with pytest.raises(ServerUnreachable, match=r"the key that was made is revoked; run again; a key with \(\w{12}\)"):
        keys.create(**KEY)
    assert described(keys) == []
    keys.create(**KEY)
    assert described(keys) == ["pipeline"]


def test_somebody_else_s_key_is_never_revoked(keys: Servers) -> None:
    keys.sim.drift("vspc", "add", "pipeline (0123456789ab)", {"scopes": ["rest"]})
    keys.sim.fault("vspc", "reset_before", method="POST", path=CREATE, times=2)
    with pytest.raises(ServerUnreachable, match=r"no key of this request is to be seen \(yet\)"):
        keys.create(**KEY)
    assert described(keys) == ["pipeline (0123456789ab)"]


@pytest.mark.parametrize("adopt", [False, True])
def test_a_key_that_a_lost_create_left_is_named_by_the_next_one(keys: Servers, adopt: bool) -> None:
    keys.sim.fault("vspc", "reset_after", method="POST", path=CREATE, times=2)
    keys.sim.fault("vspc", "status", method="GET", path="/api/v3/users/logins", status=403, at=2, times=0)
    unseen = r"whether a key was made, and is revoked, cannot be seen .* a key with \(\w{12}\) in its description"
    with pytest.raises(ServerUnreachable, match=unseen):
        keys.create(**KEY)
    (left,) = described(keys)
    keys.sim.clear_faults()
    keys.forget()
    other = "nightly (0123456789ab)"  # of another description
    keys.sim.drift("vspc", "add", other, {"scopes": ["rest"]})
    keys.create(**KEY, adopt=adopt)
    assert sorted(described(keys)) == [other, "pipeline", left]
    (warning,) = keys.warnings
    assert f"({left!r}) is there, as a create leaves it whose answer got lost" in warning


def test_a_description_that_could_not_be_put_right_is_put_right_by_the_next_run(keys: Servers) -> None:
    keys.sim.fault("vspc", "status", method="PATCH", path="/api/v3/users/*", status=400, times=1)
    id, state = keys.create(**KEY)
    assert re.fullmatch(r"pipeline \(\w{12}\)", state["description"])
    assert "its description still ends with" in keys.warnings[0]
    state = keys.update(id, state, description="pipeline")
    assert described(keys) == ["pipeline"]


@pytest.mark.parametrize("id", ["", "x", "1/2", "٣"])
def test_an_id_is_a_number(keys: Servers, id: str) -> None:
    with pytest.raises(InvalidInput):
        keys.read(id, {"connection": "vspc"})


def test_the_secret_is_in_no_listing_of_the_server(keys: Servers) -> None:
    from veeam_pulumi.resource import lifecycle

    _, state = keys.create(**KEY)
    assert state["secret"] not in str(lifecycle.listing(keys.resource, keys.connections, "vspc"))


def test_the_secret_is_a_secret_output() -> None:
    assert resources()["vspc.ApiKey"].secret_outputs == ("secret",)


def test_the_key_that_the_connection_logs_in_with_stays(keys: Servers) -> None:
    own, state = keys.create(**KEY)
    other, another = keys.create(**{**KEY, "description": "nightly"})
    keys.connect(token=state["secret"], username=None, password=None)
    keys.forget()
    with pytest.raises(Protected, match="it is the key that this connection logs in with"):
        keys.delete(own, state)
    with pytest.raises(Protected, match="it is the key that this connection logs in with"):
        keys.update(own, state, status="disabled")
    # Of a key that somebody else made nobody knows whether it is the one.
    unknown = {**another, "secret": None}
    with pytest.raises(Protected, match="it may be the key that this connection logs in with"):
        keys.delete(other, unknown)
    assert keys.writes() == []
    assert keys.update(own, state, description="weekly")["description"] == "weekly"
    keys.delete(other, another)
    assert described(keys) == ["weekly"]


def test_a_key_of_somebody_else_is_not_the_connection_s(keys: Servers) -> None:
    id, state = keys.create(**{**KEY, "user": seeds.OWNERS[0][0]})
    keys.connect(token=seeds.API_KEY, username=None, password=None)
    keys.delete(id, {**state, "secret": None})
    assert described(keys) == []
