"""The life of an object around the hooks of its resource: adopting, lost answers, proofs of absence, moves."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from tests.resource.sample import Badge
from veeam_pulumi.errors import (
    AlreadyExists,
    AnswerLost,
    InvalidInput,
    NotFound,
    NotProvenGone,
    Protected,
    ServerRefused,
    ServerUnreachable,
    SettingsError,
)
from veeam_pulumi.resource import lifecycle
from veeam_pulumi.server import transport
from veeam_pulumi.server.connections import Connections
from veeam_pulumi.server.session import Session


class DoorSession(Session):
    """A server whose list answers unless told otherwise; nothing is sent anywhere."""

    product = "door"
    default_port = 1234
    answers = True

    def serves(self, collection: str) -> bool:
        return self.answers


class World:
    """One badge server behind two connections, and what the user was told."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.badge = Badge()
        self.connections = self.configured(door="https://door:1", gate="https://gate:1")

    def configured(
        self, max_deletes: str | None = None, moved: Mapping[str, list[str]] = MappingProxyType({}), **urls: str
    ) -> Connections:
        config: dict[str, Any] = {
            name: {"product": "door", "url": url, "username": "u", "moved_from": moved.get(name, [])}
            for name, url in urls.items()
        }
        return Connections(
            config, sessions={"door": DoorSession}, warn=self.warnings.append, environ={}, max_deletes=max_deletes
        )

    def create(self, **inputs: Any) -> tuple[str, dict[str, Any]]:
        return lifecycle.create(self.badge, self.connections, {"name": "Ada", "password": "hunter2", **inputs})

    def update(self, id: str, state: dict[str, Any], **changes: Any) -> dict[str, Any]:
        new = {name: state[name] for name in self.badge.fields if name in state}
        return lifecycle.update(self.badge, self.connections, id, state, {**new, **changes})

    def read(self, id: str, state: dict[str, Any]) -> dict[str, Any] | None:
        return lifecycle.read(self.badge, self.connections, id, state)

    def delete(self, id: str, state: dict[str, Any]) -> None:
        lifecycle.delete(self.badge, self.connections, id, state)

    def many(self, number: int) -> dict[str, dict[str, Any]]:
        """So many badges, made by another run; none of them was looked at in this one."""
        made = dict(self.create(name=f"Nr{count}") for count in range(number))
        self.connections = self.configured(door="https://door:1", gate="https://gate:1")
        self.badge.calls.clear()
        return made


LATE = {
    "name": "ADA", "rooms": [], "level": "guest", "kind": "card", "note": "", "number": 7, "serial": "S-late",
    "password": "hunter2",
}  # fmt: skip
"""What the server makes of Ada, a while after it was asked."""


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made; none takes time."""
    seconds = list[float]()
    monkeypatch.setattr(transport, "PAUSE", seconds.append)
    return seconds


def handled(error: AnswerLost) -> AnswerLost:
    """The answer is lost, but the server did it."""
    error.handled = True  # type: ignore[attr-defined]
    return error


def test_create_keeps_the_spelling_and_adds_what_the_server_says(world: World) -> None:
    id, state = world.create(rooms=["Hall"])
    assert state == {
        "connection": "door", "adopt": False, "name": "Ada", "password": "hunter2", "rooms": ["Hall"],
        "level": "guest", "kind": "card", "number": 7, "note": "", "serial": f"S-{id}",
        "schema": 1, "server": "door:1", "adopted": False,
    }  # fmt: skip


def test_create_refuses_an_existing_object_and_says_how_to_adopt_it(world: World) -> None:
    world.create()
    with pytest.raises(AlreadyExists, match=r"^door.Badge 'ada' on door:1 \(connection door\): .*adopt=True"):
        world.create(name="ada")
    assert world.badge.calls.count("create") == 1


def test_adopting_changes_nothing_and_keeps_what_the_program_leaves_out(world: World) -> None:
    id, _ = world.create(note="theirs", level="staff", rooms=["Hall"])
    world.badge.calls.clear()
    found, state = world.create(name="ada", adopt=True, rooms=["hall"], password="as they say")
    assert (found, world.badge.calls) == (id, ["find", "read"])
    assert (state["adopted"], state["name"], state["note"], state["level"]) == (True, "ada", "theirs", "staff")
    same = {"connection": "door", "name": "ada", "adopt": True, "rooms": ["hall"], "password": "as they say"}
    assert world.badge.diff(state, same).changed == ()
    assert world.badge.objects[id]["password"] == "hunter2"


def test_adopting_says_every_difference_with_both_values(world: World) -> None:
    world.create(note="theirs", level="staff")
    with pytest.raises(InvalidInput) as caught:
        world.create(adopt=True, note="mine", level="guest", rooms=[], password="no difference is seen here")
    assert "note is declared as 'mine', the server has 'theirs'; level is declared as 'guest', the server has" in str(
        caught.value
    ) or "level is declared as 'guest', the server has 'staff'; note is declared as 'mine'" in str(caught.value)
    assert "no difference" not in str(caught.value)
    assert world.badge.calls.count("update") == 0


def test_a_change_of_an_adopted_object_keeps_what_the_program_leaves_out(world: World) -> None:
    id, _ = world.create(note="theirs")
    _, state = world.create(name="Ada", adopt=True, password="as they say")
    world.badge.objects[id]["level"] = "staff"  # by hand, meanwhile
    said = {"connection": "door", "name": "Ada", "adopt": True, "rooms": ["Hall"], "password": "as they say"}
    after = lifecycle.update(world.badge, world.connections, id, state, said)
    there = world.badge.objects[id]
    assert (there["rooms"], there["note"], there["level"], there["password"]) == (
        ["Hall"],
        "theirs",
        "staff",
        "hunter2",
    )
    after = lifecycle.update(world.badge, world.connections, id, after, {**said, "password": "ours now"})
    assert (there["password"], after["adopted"], after["password"]) == ("ours now", True, "ours now")


def test_adopt_creates_where_there_is_nothing(world: World) -> None:
    _, state = world.create(adopt=True)
    assert (state["adopted"], state["adopt"], state["level"]) == (False, True, "guest")


def test_adopt_creates_nothing_from_half_the_arguments(world: World) -> None:
    with pytest.raises(InvalidInput, match="nothing of that name is there .*password: is required; check the name"):
        lifecycle.create(world.badge, world.connections, {"name": "Ada", "adopt": True})
    assert not world.badge.objects


def test_dropping_adopt_makes_an_adopted_object_ours_with_the_password_that_we_know(world: World) -> None:
    world.create()
    id, state = world.create(adopt=True, password="as they say")
    world.connections = world.configured(door="https://door:1")
    ours = world.update(id, state, adopt=False)
    assert world.badge.objects[id]["password"] == "as they say"
    assert ours["adopted"] is False
    world.delete(id, ours)
    assert not world.badge.objects


@pytest.mark.parametrize("fault", [handled(AnswerLost("reset")), AnswerLost("reset")], ids=["handled", "not handled"])
def test_the_password_of_what_becomes_ours_is_sent_again_when_its_answer_was_lost(
    world: World, fault: AnswerLost
) -> None:
    id, _ = world.create(password="theirs")
    id, state = world.create(adopt=True, password="as they say")
    assert (state["password"], world.badge.objects[id]["password"]) == ("as they say", "theirs")
    world.badge.faults["update"] = [fault]
    world.update(id, state, adopt=False)
    assert world.badge.objects[id]["password"] == "as they say"
    assert world.badge.calls.count("update") == 2


def test_destroying_an_adopted_object_leaves_it_with_a_warning(world: World) -> None:
    world.create()
    id, state = world.create(adopt=True)
    world.delete(id, state)
    assert id in world.badge.objects
    assert world.warnings == [
        "door.Badge 'Ada' was adopted, not created here: it stays on door:1 and only leaves the state"
    ]


def test_an_adopted_object_cannot_be_replaced_under_its_own_name(world: World) -> None:
    old, new = {"adopted": True, "name": "Ada", "kind": "card"}, {"name": "ada", "kind": "key"}
    with pytest.raises(InvalidInput, match="drop adopt=True first"):
        lifecycle.planned(world.badge, world.connections, "1", old, new)
    assert lifecycle.planned(world.badge, world.connections, "1", old, {**new, "name": "Bea"}).replaces
    assert lifecycle.planned(world.badge, world.connections, "1", {**old, "adopted": False}, new).replaces


def test_a_create_whose_answer_was_lost_is_found_and_not_repeated(world: World) -> None:
    world.badge.faults["create"] = [handled(AnswerLost("reset"))]
    id, state = world.create()
    assert world.badge.calls == ["list", "create", "find", "read", "read"]
    assert list(world.badge.objects) == [id]
    assert state["serial"] == f"S-{id}"


def test_a_create_whose_answer_was_lost_is_waited_for(world: World, waits: list[float]) -> None:
    """As behind a gateway that answers 503 while the server still works."""
    world.badge.faults["create"] = [AnswerLost("503")]

    def late(seconds: float) -> None:
        waits.append(seconds)
        if sum(waits) > 20:
            world.badge.objects["late"] = LATE

    world.connections.open("door", "door").transport._pause = late
    id, state = world.create()
    assert (id, state["serial"]) == ("late", "S-late")
    assert world.badge.calls.count("create") == 1


def test_what_does_not_appear_is_never_created_again(world: World, waits: list[float]) -> None:
    world.badge.faults["create"] = [AnswerLost("reset")]
    with pytest.raises(
        AnswerLost, match=r"it did not appear within 30 s, .*is not created again; run again in a while"
    ):
        world.create()
    assert 25 <= sum(waits) <= 35
    assert world.badge.calls.count("create") == 1
    assert not world.badge.objects


def test_where_it_cannot_be_looked_for_the_error_says_so(world: World, waits: list[float]) -> None:
    world.badge.faults["create"] = [handled(AnswerLost("reset"))]
    world.badge.faults["find"] = [ServerUnreachable("no connection")] * 50
    with pytest.raises(AnswerLost, match=r"reset; whether it is there now cannot be seen \(no connection\); run again"):
        world.create()
    assert world.badge.calls.count("create") == 1


def test_a_look_that_fails_once_is_not_the_last(world: World, waits: list[float]) -> None:
    world.badge.faults["create"] = [handled(AnswerLost("reset"))]
    world.badge.faults["find"] = [ServerUnreachable("no connection")]
    id, _ = world.create()
    assert list(world.badge.objects) == [id]


@pytest.mark.parametrize("second", [None, handled(AnswerLost("reset")), AnswerLost("reset")])
def test_a_server_that_knows_a_repetition_gets_one(
    world: World, waits: list[float], monkeypatch: pytest.MonkeyPatch, second: AnswerLost | None
) -> None:
    monkeypatch.setattr(DoorSession, "same_request_seconds", 240.0)
    world.badge.faults["create"] = [AnswerLost("reset"), *([second] if second else [])]
    if second is None or getattr(second, "handled", False):
        id, _ = world.create()
        assert list(world.badge.objects) == [id]
    else:
        with pytest.raises(AnswerLost, match="is not created again"):
            world.create()
    assert world.badge.calls.count("create") == 2


def test_a_repetition_that_is_refused_because_the_first_was_late(
    world: World, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DoorSession, "same_request_seconds", 240.0)
    create = world.badge.create

    def refusing(session: Session, inputs: Any) -> Any:
        if world.badge.calls.count("create"):
            world.badge.objects["late"] = LATE
            raise ServerRefused("the name is taken", status=409)
        return create(session, inputs)

    monkeypatch.setattr(world.badge, "create", refusing)
    world.badge.faults["create"] = [AnswerLost("reset")]
    assert world.create()[0] == "late"


def test_a_repetition_that_is_refused_while_nothing_is_there_is_that_refusal(
    world: World, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DoorSession, "same_request_seconds", 240.0)
    world.badge.faults["create"] = [AnswerLost("reset"), ServerRefused("the license ended", status=403)]
    with pytest.raises(ServerRefused, match="the license ended"):
        world.create()
    assert not world.badge.objects
    assert sum(waits) < 2, "the server has said what became of it"


def test_a_state_of_an_older_release_is_read_as_what_it_means_by_every_operation(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def upgrade(state: dict[str, Any]) -> dict[str, Any]:
        """Until schema 1 the level was called rank."""
        return {("level" if name == "rank" else name): value for name, value in state.items()}

    id, state = world.create(level="staff")
    old = {("rank" if name == "level" else name): value for name, value in state.items()}
    monkeypatch.setattr(world.badge, "upgrade", upgrade)
    said = {name: state[name] for name in world.badge.fields if name in state}
    assert lifecycle.planned(world.badge, world.connections, id, old, said).changed == ()
    assert world.read(id, old) == state
    world.badge.calls.clear()
    assert lifecycle.update(world.badge, world.connections, id, old, {**said, "note": "x"})["note"] == "x"
    assert world.badge.calls == ["update", "read"]
    protected = dict[str, Any]()
    monkeypatch.setattr(world.badge, "protect", lambda session, id, state: protected.update(state))
    world.delete(id, old)
    assert protected["level"] == "staff"


def test_what_should_not_have_been_made_is_an_error_of_the_resource(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(session: Session, id: str, inputs: Any) -> None:
        del world.badge.objects[id]
        raise AlreadyExists("it is the same badge")

    monkeypatch.setattr(world.badge, "after_create", refuse)
    with pytest.raises(AlreadyExists, match="it is the same badge"):
        world.create()


def test_what_was_created_is_kept_even_if_it_cannot_be_read_back(world: World) -> None:
    world.badge.faults["read"] = [ServerUnreachable("no connection")]
    id, state = world.create()
    assert (state["name"], state["server"]) == ("Ada", "door:1")
    assert "was created, but could not be read back" in world.warnings[0]
    assert world.read(id, state) is not None


def test_a_create_that_left_nothing_is_an_error(world: World) -> None:
    world.badge.faults["read"] = [NotFound("none", status=404, code="NotFound", words="none")]
    with pytest.raises(NotFound, match=r"accepted it as .* but has no such object; .*four-eyes"):
        world.create()


def test_inputs_that_passed_no_check_are_refused(world: World) -> None:
    with pytest.raises(InvalidInput, match="level: must be one of 'guest', 'staff'"):
        world.create(level="boss")
    assert world.badge.calls == []


def test_read_shows_drift(world: World) -> None:
    id, state = world.create()
    world.badge.objects[id]["level"] = "staff"
    assert world.read(id, state) == {**state, "level": "staff"}


def test_read_of_what_is_gone_is_none(world: World) -> None:
    id, state = world.create()
    world.badge.objects.clear()
    assert world.read(id, state) is None


def test_absence_on_another_server_proves_nothing(world: World) -> None:
    id, state = world.create()
    world.badge.objects.clear()
    world.connections = world.configured(door="https://other:1")
    with pytest.raises(NotProvenGone, match=r"on other:1 \(connection door\).*state says that the object is on door:1"):
        world.read(id, state)


def test_absence_proves_nothing_when_the_list_does_not_answer_either(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    id, state = world.create()
    world.badge.objects.clear()
    monkeypatch.setattr(DoorSession, "answers", False)
    with pytest.raises(NotProvenGone, match="does not answer /badges either"):
        world.read(id, state)
    with pytest.raises(NotProvenGone):
        world.delete(id, state)


def test_a_first_look_at_something_absent_is_an_error(world: World) -> None:
    with pytest.raises(NotFound, match=r"there is no object with id 'nope'.*check the id and the connection"):
        world.read("nope", {"connection": "door"})


def test_update_sends_only_what_changed_and_returns_everything(world: World) -> None:
    id, state = world.create()
    after = world.update(id, state, level="staff", password="hunter3")
    assert after == {**state, "level": "staff", "password": "hunter3"}
    assert world.badge.objects[id]["password"] == "hunter3"


@pytest.mark.parametrize(
    ("fault", "changes", "updates"),
    [
        (handled(AnswerLost("reset")), {"level": "staff"}, 1),
        (AnswerLost("reset"), {"level": "staff"}, 2),
        (handled(AnswerLost("reset")), {"password": "hunter3"}, 2),
    ],
    ids=["handled", "not handled", "a password cannot be looked at, so it is sent again"],
)
def test_an_update_whose_answer_was_lost_is_looked_at_first(
    world: World, fault: AnswerLost, changes: dict[str, Any], updates: int
) -> None:
    id, state = world.create()
    world.badge.calls.clear()
    world.badge.faults["update"] = [fault]
    after = world.update(id, state, **changes)
    assert after.items() >= changes.items()
    assert world.badge.calls == ["update", "read", *["update"] * (updates - 1), "read"]


def test_an_update_that_cannot_be_read_back_is_a_warning(world: World) -> None:
    id, state = world.create()
    world.badge.faults["read"] = [ServerUnreachable("no connection")]
    after = world.update(id, state, level="staff")
    assert after == {**state, "level": "staff"}
    assert "was updated, but could not be read back" in world.warnings[0]


def test_an_update_that_changes_nothing_on_the_server_still_proves_that_it_is_there(world: World) -> None:
    id, state = world.create()
    world.badge.faults["read"] = [ServerUnreachable("no connection")]
    with pytest.raises(ServerUnreachable):
        world.update(id, state)


def test_a_renamed_connection_to_the_same_object_writes_nothing(world: World) -> None:
    id, state = world.create()
    world.badge.calls.clear()
    after = world.update(id, state, connection="gate")
    assert (after["connection"], after["server"]) == ("gate", "gate:1")
    assert "update" not in world.badge.calls


def test_an_object_does_not_move_between_servers(world: World) -> None:
    id, state = world.create()
    world.badge.objects.clear()
    with pytest.raises(InvalidInput, match="on gate:1 .*objects do not move between servers.*pulumi state delete"):
        world.update(id, state, connection="gate")


def test_a_connection_that_leads_to_somebody_else_with_the_same_id_is_refused(world: World) -> None:
    id, state = world.create()
    world.badge.objects[id]["name"] = "EVE"
    with pytest.raises(InvalidInput, match="objects do not move between servers"):
        world.update(id, state, connection="gate")


def test_a_server_that_does_not_answer_says_nothing_of_where_an_object_is(world: World) -> None:
    id, state = world.create()
    world.badge.faults["read"] = [ServerUnreachable("no connection")]
    with pytest.raises(ServerUnreachable, match="no connection"):
        world.update(id, state, connection="gate")


def test_delete_and_delete_again(world: World) -> None:
    id, state = world.create()
    world.delete(id, state)
    world.delete(id, state)
    assert not world.badge.objects


def test_an_object_whose_id_is_a_name_is_not_looked_for_on_another_server(world: World) -> None:
    """The same name there may be somebody else, who would be changed."""
    world.badge.id_is_name = True  # type: ignore[misc]
    id, state = world.create()
    with pytest.raises(SettingsError, match="its id is a name, which another server may have too.*moved_from"):
        world.update(id, state, connection="gate", note="x")
    for operation in (world.read, world.delete):
        with pytest.raises(SettingsError, match="its id is a name, which another server may have too"):
            operation(id, {**state, "connection": "gate"})
    assert not {"update", "delete"} & {*world.badge.calls}
    assert id in world.badge.objects


@pytest.mark.parametrize("id", ["", " ", ".", ".."])
def test_an_id_that_would_address_something_else_is_asked_of_no_server(world: World, id: str) -> None:
    for is_name in (False, True):
        world.badge.id_is_name = is_name  # type: ignore[misc]
        for operation in (world.read, world.delete):
            with pytest.raises(InvalidInput, match="is not the id of an object"):
                operation(id, {"connection": "door", "server": "door:1", "schema": 1, "name": "Ada"})
    assert world.badge.calls == []


def test_a_connection_whose_address_changed_is_looked_at_before_anything_is_written(world: World) -> None:
    id, state = world.create()
    world.connections = world.configured(door="https://other:1")
    world.badge.objects[id]["name"] = "EVE"
    with pytest.raises(InvalidInput, match="on door:1; this server has no such object"):
        world.update(id, state, note="x")
    assert "update" not in world.badge.calls


def test_an_update_that_would_lock_somebody_out_is_not_sent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise Protected("the last one stays")

    id, state = world.create()
    monkeypatch.setattr(world.badge, "protect_update", refuse)
    with pytest.raises(Protected, match="the last one stays"):
        world.update(id, state, note="x")
    assert "update" not in world.badge.calls


def test_a_delete_whose_answer_was_lost_needs_the_same_proof(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    id, state = world.create()
    world.badge.faults["delete"] = [handled(AnswerLost("reset"))]
    monkeypatch.setattr(DoorSession, "answers", False)
    with pytest.raises(NotProvenGone):
        world.delete(id, state)
    assert world.badge.calls.count("delete") == 1


def test_what_was_created_here_stays_ours_whatever_the_program_says_later(world: World) -> None:
    id, state = world.create()
    after = world.update(id, state, adopt=True, note="x")
    assert after["adopted"] is False
    world.delete(id, after)
    assert world.badge.objects == {}


def test_an_update_that_cannot_be_read_back_keeps_the_outputs_that_there_were(world: World) -> None:
    id, state = world.create()
    old = {name: value for name, value in state.items() if name != "serial"}  # as an older release left it
    for known in (state, old):
        world.badge.faults["read"] = [ServerUnreachable("no connection")]
        after = world.update(id, known, note="x" * (1 + len(known)))
        assert after.get("serial") == known.get("serial")
        assert "was updated, but could not be read back: no connection" in world.warnings.pop()


def test_delete_on_another_server_deletes_nothing(world: World) -> None:
    id, state = world.create()
    world.connections = world.configured(door="https://other:1")
    with pytest.raises(SettingsError, match=r"state says that the object is on door:1; nothing was deleted.*refresh"):
        world.delete(id, state)
    assert id in world.badge.objects


@pytest.mark.parametrize("fault", [handled(AnswerLost("reset")), AnswerLost("reset")], ids=["handled", "not handled"])
def test_a_delete_whose_answer_was_lost_is_looked_at_first(world: World, fault: AnswerLost) -> None:
    id, state = world.create()
    world.badge.faults["delete"] = [fault]
    world.delete(id, state)
    assert not world.badge.objects


def test_a_protected_object_is_not_deleted(world: World) -> None:
    id, state = world.create(name="janitor")
    with pytest.raises(Protected, match="^door.Badge 'janitor' on door:1 .*the janitor stays$"):
        world.delete(id, state)
    assert id in world.badge.objects


def test_listing(world: World) -> None:
    id, _ = world.create()
    assert [found for found, _ in lifecycle.listing(world.badge, world.connections, "door")] == [id]


def test_an_error_made_during_an_operation_hides_the_secrets_that_a_server_repeats(world: World) -> None:
    world.create(password="hunter2-xyz")
    error = ServerRefused('"pass=hunter2-xyz"\nis weak', "choose another than hunter2-xyz", status=400)
    assert str(error) == '"pass=[secret]" is weak; choose another than [secret]'
    assert "hunter2-xyz" not in f"{error!r} {error.args} {error.cause}"


def test_reads_of_many_cost_one_list(world: World) -> None:
    made = world.many(50)
    assert all(world.read(id, state) == state for id, state in made.items())
    assert world.badge.calls == ["list"]


def test_a_row_that_the_list_lacks_is_asked_for_once_and_only_then_gone(world: World) -> None:
    made = world.many(20)
    ids = list(made)
    del world.badge.objects[ids[15]]
    seen = [world.read(id, made[id]) for id in ids]
    assert [id for id, state in zip(ids, seen, strict=True) if state is None] == [ids[15]]
    assert world.badge.calls == ["list", "read"]


def test_a_row_that_the_list_lacks_although_it_is_there_is_not_gone(world: World) -> None:
    """As where somebody made it again a moment ago, or a server's list lags behind."""
    made = world.many(20)
    ids = list(made)
    late = world.badge.objects.pop(ids[15])
    with pytest.raises(NotFound):
        world.read("nobody", {"connection": "door"})  # which reads all of the list
    world.badge.objects[ids[15]] = late
    assert world.read(ids[15], made[ids[15]]) == made[ids[15]]
    assert world.badge.calls.count("list") == 1


def test_a_missing_row_and_a_server_that_fails_prove_nothing(world: World) -> None:
    made = world.many(20)
    ids = list(made)
    del world.badge.objects[ids[15]]
    world.badge.faults["read"] = [ServerUnreachable("no connection")]
    with pytest.raises(ServerUnreachable):
        world.read(ids[15], made[ids[15]])


def test_a_login_that_does_not_see_it_proves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    id, state = world.create()
    world.badge.objects.clear()
    monkeypatch.setattr(world.badge, "blind_spot", lambda *given: "the login is a guest's")
    with pytest.raises(NotProvenGone, match=r"says 'no such badge'\), but the login is a guest's, .*state keeps it"):
        world.read(id, state)
    with pytest.raises(NotProvenGone, match="pulumi state delete"):
        world.delete(id, state)


def test_after_a_write_of_our_own_the_server_is_asked(world: World) -> None:
    made = world.many(20)
    for id, state in list(made.items())[:10]:
        world.read(id, state)
    id, state = list(made.items())[12]
    after = world.update(id, state, level="staff")
    world.badge.calls.clear()
    world.badge.objects[id]["note"] = "by hand, after that"
    assert world.read(id, after) == {**after, "note": "by hand, after that"}
    assert world.badge.calls == ["read"]
    world.delete(id, after)
    assert world.read(id, after) is None


def test_the_look_before_a_create_uses_the_list(world: World) -> None:
    world.many(20)
    for number in range(30):
        world.create(name=f"New{number}")
    assert world.badge.calls.count("find") == 0
    assert world.badge.calls.count("list") == 1


@pytest.mark.parametrize("write", ["create", "update", "delete"])
def test_the_look_before_a_create_asks_the_server_after_a_write_of_that_name(world: World, write: str) -> None:
    made = world.many(20)
    for id, state in list(made.items())[:10]:
        world.read(id, state)
    if write == "create":
        world.create(name="Nr50")
        name = "nr50"
    else:
        id, state = list(made.items())[12]
        name = "nr12"
        if write == "update":
            world.update(id, state, level="staff")
        else:
            world.delete(id, state)
    world.badge.calls.clear()
    if write == "delete":
        world.create(name=name)
        assert world.badge.calls == ["find", "create", "read"]
    else:
        with pytest.raises(AlreadyExists):
            world.create(name=name)
        assert world.badge.calls == ["find"]


def test_what_the_list_has_and_the_server_no_longer_is_created(world: World) -> None:
    """As where another process of the same run deleted it, in order to replace it here."""
    made = world.many(20)
    for id, state in list(made.items())[:10]:
        world.read(id, state)
    del world.badge.objects[list(made)[12]]
    id, _ = world.create(name="Nr12")
    assert list(world.badge.objects).count(id) == 1


def test_what_the_list_has_is_refused_or_adopted_after_one_more_look(world: World) -> None:
    made = world.many(20)
    for id, state in list(made.items())[:10]:
        world.read(id, state)
    with pytest.raises(AlreadyExists):
        world.create(name="nr12")
    assert world.create(name="nr12", adopt=True)[0] == list(made)[12]
    assert "create" not in world.badge.calls


def test_one_name_twice_in_one_run_is_created_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four threads look at the same moment; whoever is second sees what the first made."""
    barrier, errors = threading.Barrier(4), list[Exception]()
    look = world.badge.find

    def slow(*given: Any) -> str | None:
        found = look(*given)
        time.sleep(0.05)
        return found

    monkeypatch.setattr(world.badge, "find", slow)

    def run(name: str) -> None:
        barrier.wait()
        try:
            world.create(name=name)
        except AlreadyExists as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(name,)) for name in ("Ada", "ada", "ADA", "aDa")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(world.badge.objects), world.badge.calls.count("create"), len(errors)) == (1, 1, 3)


def test_one_name_twice_where_the_first_timed_out_is_not_created_again(world: World) -> None:
    """The server may still be busy with the first: that the second look shows nothing proves nothing."""
    world.badge.faults["create"] = [AnswerLost("timeout")]
    with pytest.raises(AnswerLost, match=r"it did not appear within 30 s"):
        world.create(name="Ada")
    with pytest.raises(AnswerLost, match="door.Badge 'ADA' on door:1 .*not created twice; declare it once, then run"):
        world.create(name="ADA")
    world.create(name="Grace")  # is none of that
    assert world.badge.calls.count("create") == 2

    world.badge.objects["late"] = {**next(iter(world.badge.objects.values())), "name": "ADA"}
    with pytest.raises(AlreadyExists, match="adopt=True"):
        world.create(name="ada")
    assert world.create(name="ada", adopt=True)[0] == "late"


def test_a_name_in_doubt_can_be_created_by_the_next_run(world: World) -> None:
    world.badge.faults["create"] = [AnswerLost("timeout")]
    with pytest.raises(AnswerLost):
        world.create(name="Ada")
    world.connections = world.configured(door="https://door:1")
    world.create(name="Ada")
    assert len(world.badge.objects) == 1


def test_a_create_whose_answer_was_lost_asks_the_server_and_no_list(world: World) -> None:
    world.many(20)
    for number in range(10):
        world.create(name=f"New{number}")
    world.badge.calls.clear()
    world.badge.faults["create"] = [handled(AnswerLost("reset"))]
    world.create(name="Late")
    assert world.badge.calls[:2] == ["create", "find"]
    assert [badge["name"] for badge in world.badge.objects.values()].count("LATE") == 1


def test_a_run_deletes_twenty_five_and_the_next_one_the_rest(world: World) -> None:
    made = world.many(30)
    kept = []
    for id, state in made.items():
        try:
            world.delete(id, state)
        except Protected as error:
            kept.append(str(error))
    assert len(world.badge.objects) == len(kept) == 5
    assert world.badge.calls.count("delete") == 25
    assert kept[0].startswith(
        "door.Badge 'Nr25' on door:1 (connection door): this run has deleted 25 objects on this connection "
        "(door.Badge 'Nr0', door.Badge 'Nr1', door.Badge 'Nr2', …), which is the limit; this one is kept; "
    )
    world.connections = world.configured(door="https://door:1")
    for id, state in made.items():
        world.delete(id, state)  # those of the first run are gone, which does not count
    assert not world.badge.objects


def test_every_connection_has_a_limit_of_its_own(world: World) -> None:
    made = world.many(4)
    world.connections = world.configured("2", door="https://door:1", gate="https://gate:1")
    one, two, three, four = made.items()
    for id, state in (one, two):
        world.delete(id, state)
    with pytest.raises(Protected):
        world.delete(*three)
    for id, state in (three, four):
        world.delete(id, {**state, "connection": "gate", "server": "gate:1"})
    assert not world.badge.objects


def test_what_is_gone_adopted_protected_or_refused_counts_nothing(world: World) -> None:
    made = list(world.many(4).items())
    world.connections = world.configured("1", door="https://door:1")
    del world.badge.objects[made[0][0]]
    world.delete(*made[0])
    world.delete(made[1][0], {**made[1][1], "adopted": True})
    with pytest.raises(Protected, match="the janitor stays"):
        world.delete(made[2][0], {**made[2][1], "name": "janitor"})
    world.badge.faults["delete"] = [ServerRefused("in use", status=409)]
    with pytest.raises(ServerRefused, match="in use"):
        world.delete(*made[2])
    world.delete(*made[2])
    with pytest.raises(Protected, match="which is the limit"):
        world.delete(*made[3])


def test_a_delete_whose_answer_was_lost_counts(world: World) -> None:
    made = list(world.many(2).items())
    world.connections = world.configured("1", door="https://door:1")
    world.badge.faults["delete"] = [handled(AnswerLost("reset"))]
    world.delete(*made[0])
    with pytest.raises(Protected, match=r"deleted 1 objects on this connection \(door.Badge 'Nr0'\)"):
        world.delete(*made[1])
