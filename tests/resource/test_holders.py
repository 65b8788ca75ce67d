"""One object, two entries: what one lets go of is kept for the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.resource.test_lifecycle import World
from veeam_pulumi.errors import AlreadyExists, InvalidInput, Protected, ServerUnreachable
from veeam_pulumi.resource import lifecycle
from veeam_pulumi.resource.fields import UNKNOWN

FIRST, SECOND = "urn::first", "urn::second"
ADA: dict[str, Any] = {"name": "Ada", "password": "hunter2", "connection": "door"}


@pytest.fixture
def world() -> World:
    return World()


def run(world: World) -> None:
    """Another run begins, which knows nothing of the one before."""
    world.connections = world.configured(door="https://door:1", gate="https://gate:1")


def made(world: World, entry: str, **inputs: Any) -> tuple[str, dict[str, Any]]:
    return lifecycle.create(world.badge, world.connections, {**ADA, **inputs}, entry)


def asked(world: World, entry: str, id: str, state: dict[str, Any], **changes: Any) -> None:
    new = {name: state[name] for name in world.badge.fields if name in state}
    lifecycle.planned(world.badge, world.connections, id, state, {**new, **changes}, entry)


def deleted(world: World, entry: str, id: str, state: dict[str, Any]) -> bool:
    """Whether the object is gone after its entry was deleted."""
    lifecycle.delete(world.badge, world.connections, id, state, entry)
    return id not in world.badge.objects


def test_an_object_that_a_renamed_entry_took_over_stays(world: World) -> None:
    id, old = made(world, FIRST)
    run(world)
    _, new = made(world, SECOND, adopt=True)
    assert not deleted(world, FIRST, id, old)
    assert world.warnings == [
        "door.Badge 'Ada' stays on door:1: urn::second has it now, and only its old entry leaves the state"
    ]
    run(world)
    asked(world, SECOND, id, new)
    assert lifecycle.read(world.badge, world.connections, id, new) == new


def test_a_run_that_was_cut_off_is_gone_on_with_by_the_next(world: World) -> None:
    id, old = made(world, FIRST)
    run(world)
    _, new = made(world, SECOND, adopt=True)
    run(world)
    asked(world, SECOND, id, new)
    assert not deleted(world, FIRST, id, old)


def test_what_was_created_again_under_another_name_stays(world: World) -> None:
    """Where an id is a name: it was deleted by hand, and the renamed entry has just made it again."""
    world.badge.id_is_name = True  # type: ignore[misc]
    id, old = made(world, FIRST)
    run(world)
    lifecycle.planned(world.badge, world.connections, id, old, ADA, SECOND)
    assert not deleted(world, FIRST, id, old)


def test_a_leaver_goes_whatever_was_read_or_asked_about_it(world: World) -> None:
    id, state = made(world, FIRST)
    run(world)
    lifecycle.read(world.badge, world.connections, id, state)
    asked(world, FIRST, id, state)  # as a refresh asks after it has read
    assert deleted(world, FIRST, id, state)


def test_two_entries_that_both_go_leave_nothing(world: World) -> None:
    id, one = made(world, FIRST)
    _, two = made(world, SECOND, adopt=True)
    two = world.update(id, two, adopt=False)
    run(world)
    for entry, state in ((FIRST, one), (SECOND, two)):  # as a refresh does, before both are deleted at once
        asked(world, entry, id, state)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda each: deleted(world, each[0], id, each[1]), ((FIRST, one), (SECOND, two))))
    assert id not in world.badge.objects


def test_a_delete_that_failed_still_counts_as_a_holder(world: World) -> None:
    id, one = made(world, FIRST)
    asked(world, SECOND, id, one)
    world.badge.faults["delete"] = [ServerUnreachable("no connection")]
    lifecycle.delete(world.badge, world.connections, id, one, FIRST)  # kept for the second
    with pytest.raises(ServerUnreachable):
        lifecycle.delete(world.badge, world.connections, id, one, SECOND)
    assert not deleted(world, FIRST, id, one)


def test_a_replacement_deletes_what_it_replaces(world: World) -> None:
    id, state = made(world, FIRST)
    run(world)
    asked(world, FIRST, id, state, kind="key", level="staff")
    assert deleted(world, FIRST, id, state)


def test_nothing_is_deleted_for_what_cannot_take_its_place(world: World) -> None:
    """Two names swapped: whoever comes first says what to do, and both objects are as they were."""
    ada, one = made(world, FIRST)
    bea, two = made(world, SECOND, name="Bea")
    run(world)
    asked(world, FIRST, ada, one, name="BEA")
    with pytest.raises(AlreadyExists, match=r"door.Badge 'BEA' on door:1 .*was not deleted; if another .*swap their"):
        lifecycle.delete(world.badge, world.connections, ada, one, FIRST)
    assert set(world.badge.objects) == {ada, bea}

    run(world)  # as it says: the other one first
    asked(world, FIRST, ada, one)
    asked(world, SECOND, bea, two, name="Between")
    assert deleted(world, SECOND, bea, two)
    between, two = made(world, SECOND, name="Between")
    run(world)
    asked(world, FIRST, ada, one, name="Bea")
    assert deleted(world, FIRST, ada, one)
    made(world, FIRST, name="Bea")
    asked(world, SECOND, between, two, name="Ada")
    assert deleted(world, SECOND, between, two)
    made(world, SECOND, name="Ada")
    assert sorted(badge["name"] for badge in world.badge.objects.values()) == ["ADA", "BEA"]


def test_what_takes_its_place_may_be_there_to_be_adopted_or_not_known_yet(world: World) -> None:
    ada, one = made(world, FIRST)
    made(world, SECOND, name="Bea")
    run(world)
    asked(world, FIRST, ada, one, name="Bea", adopt=True)
    assert deleted(world, FIRST, ada, one)

    ada, one = made(world, FIRST)
    run(world)
    asked(world, FIRST, ada, one, kind="key", level="staff", note=UNKNOWN)
    assert deleted(world, FIRST, ada, one)


def test_an_entry_that_could_not_be_created_does_not_lose_its_object(world: World) -> None:
    id, old = made(world, FIRST)
    run(world)
    with pytest.raises(AlreadyExists):
        made(world, SECOND, name="ADA")
    with pytest.raises(Protected, match="it was not deleted: urn::second is to have it.*the error of that one first"):
        deleted(world, FIRST, id, old)
    run(world)  # nobody asks for it any more
    assert deleted(world, FIRST, id, old)


def test_an_entry_whose_create_failed_before_it_looked_does_not_either(world: World) -> None:
    id, old = made(world, FIRST)
    other, bea = made(world, FIRST, name="Bea")
    run(world)
    with pytest.raises(InvalidInput):
        made(world, SECOND, level="of no kind")
    with pytest.raises(Protected):
        deleted(world, FIRST, id, old)
    assert deleted(world, FIRST, other, bea)  # another name is another object
    made(world, SECOND, adopt=True)
    assert not deleted(world, FIRST, id, old)


def test_what_is_replaced_goes_although_another_entry_waits_for_its_name(world: World) -> None:
    id, state = made(world, FIRST)
    run(world)
    with pytest.raises(AlreadyExists):
        made(world, SECOND)
    asked(world, FIRST, id, state, name="Bea")
    assert deleted(world, FIRST, id, state)
    made(world, SECOND)


def test_an_entry_that_was_updated_holds_its_object(world: World) -> None:
    id, state = made(world, FIRST)
    run(world)
    new = {name: state[name] for name in world.badge.fields if name in state}
    lifecycle.update(world.badge, world.connections, id, state, {**new, "note": "new"}, SECOND)
    assert not deleted(world, FIRST, id, state)


def test_an_adopted_entry_that_goes_holds_nothing(world: World) -> None:
    id, one = made(world, FIRST)
    run(world)
    _, two = made(world, SECOND, adopt=True)
    assert not deleted(world, SECOND, id, two)
    assert deleted(world, FIRST, id, one)


def test_the_same_name_on_another_server_is_another_object(world: World) -> None:
    world.badge.id_is_name = True  # type: ignore[misc]
    id, state = made(world, FIRST)
    asked(world, SECOND, id, {**state, "connection": "gate", "server": "gate:1"})
    assert deleted(world, FIRST, id, state)


@pytest.mark.parametrize("moved", [{"gate": ["door:1"]}, {"door": ["gate:1"]}, {"hall": ["door:1", "gate:1"]}])
def test_a_server_that_moved_is_one_server_behind_all_its_connections(
    world: World, moved: dict[str, list[str]]
) -> None:
    """The entry has another name and another connection at once: what holds the object has it at another address."""
    world.badge.id_is_name = True  # type: ignore[misc]
    urls = {name: f"https://{name}:1" for name in ("door", "gate", *moved)}
    world.connections = world.configured(**urls, moved=moved)
    id, state = made(world, FIRST)
    second = {**state, "connection": "gate", "server": "gate:1"}
    asked(world, SECOND, id, second)
    assert not deleted(world, FIRST, id, state)
    assert deleted(world, SECOND, id, second)


def test_an_object_with_an_id_of_its_own_is_the_same_behind_every_connection(world: World) -> None:
    id, state = made(world, FIRST)
    asked(world, SECOND, id, {**state, "connection": "gate"})
    assert not deleted(world, FIRST, id, state)
