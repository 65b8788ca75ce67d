"""What follows from a resource's declared fields: check, diff, and the state made of a server's answer."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from tests.resource.sample import Badge, BadgeInputs
from veeam_pulumi.products import resources
from veeam_pulumi.resource.fields import (
    UNKNOWN,
    Diff,
    Marker,
    Problem,
    at,
    input_fields,
    places,
    plain,
    present,
    put,
    secret,
    write_only,
)

BADGE = Badge()
GIVEN: dict[str, Any] = {"name": "Ada", "password": "hunter2", "rooms": ["Lab", "hall"]}
FULL: dict[str, Any] = {**GIVEN, "connection": "door", "adopt": False, "level": "guest", "kind": "card", "note": ""}


def problems(**changes: Any) -> list[Problem]:
    return list(BADGE.check({**GIVEN, **changes})[1])


def test_check_writes_defaults_and_keeps_the_spelling() -> None:
    assert BADGE.check(GIVEN) == (FULL, [])


def test_check_names_every_problem_at_once_with_what_would_be_right() -> None:
    _, found = BADGE.check({"name": "A", "level": "boss", "color": "red", "address": {"floor": "high"}, "rooms": [1]})
    text = {str(problem) for problem in found}
    assert text >= {
        "level: must be one of 'guest', 'staff'",
        "password: is required",
        "address: city: is required",
    }
    assert {problem.property for problem in found} == {"name", "level", "color", "address", "rooms", "password"}
    assert any("color: unknown argument of door.Badge; known arguments: connection, adopt, name" in one for one in text)
    assert any(one.startswith("address: floor: ") for one in text)


def test_a_problem_of_a_secret_says_so_because_engines_print_the_value() -> None:
    (problem,) = problems(password="abc")
    assert (problem.property, problem.secret) == ("password", True)
    assert "abc" not in str(problem)


def test_a_text_of_the_wrong_length_is_told_the_right_one() -> None:
    assert [str(one) for one in problems(name="A")] == ["name: must have at least 2 characters"]
    assert [str(one) for one in problems(password="abc")] == ["password: must have at least 4 characters"]
    assert [str(one) for one in problems(address={"city": ""})] == ["address: city: must not be empty"]
    assert [str(one) for one in problems(note="x" * 61)] == ["note: must have at most 60 characters"]
    assert [str(one) for one in problems(rooms=["a"] * 31)] == ["rooms: must have at most 30 of these"]


def test_a_word_that_is_nearly_right_is_asked_about() -> None:
    (problem,) = problems(level="gest")
    assert str(problem) == "level: must be one of 'guest', 'staff'; did you mean 'guest'?"


def test_what_only_creating_needs_may_be_missing_from_what_is_there() -> None:
    imported = {name: value for name, value in GIVEN.items() if name != "password"}
    (problem,) = BADGE.check(imported)[1]
    assert str(problem) == "password: is required"
    assert BADGE.check(imported, creating=False)[1] == []
    (problem,) = BADGE.check({**imported, "password": "abc"}, creating=False)[1]  # one that is given has to be right
    assert problem.property == "password"
    (problem,) = BADGE.check({"password": "hunter2"}, creating=False)[1]
    assert str(problem) == "name: is required"


def test_check_of_arguments_that_contradict_each_other() -> None:
    (found,) = problems(kind="key")
    assert (found.property, found.reason, found.secret) == ("kind", "a guest gets no key", False)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": UNKNOWN},
        {"password": UNKNOWN},
        {"rooms": ["hall", UNKNOWN]},
        {"rooms": UNKNOWN, "level": UNKNOWN},
        {"address": {"city": UNKNOWN}},
        {"address": {"city": UNKNOWN, "floor": UNKNOWN}},
    ],
)
def test_unknown_passes_check_wherever_it_stands(changes: dict[str, Any]) -> None:
    checked, found = BADGE.check({**GIVEN, **changes})
    assert found == []
    assert checked.items() >= changes.items()


def test_a_problem_beside_an_unknown_is_still_found() -> None:
    (problem,) = problems(name=UNKNOWN, address={"city": UNKNOWN, "floor": "high"})
    assert problem.property == "address"


def test_none_is_absent_and_whole_floats_are_integers() -> None:
    checked, found = BADGE.check({**GIVEN, "note": None, "number": 9419.0})
    assert not found
    assert checked["note"] == ""


def diff(old: dict[str, Any], **changes: Any) -> Diff:
    return BADGE.diff({**FULL, **old}, {**FULL, **changes})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({}, {}),
        ({"name": "ADA"}, {"name": "ada"}),
        ({"rooms": ["Lab", "hall"]}, {"rooms": ["HALL", "lab", "lab"]}),
        ({"number": 7}, {}),
        ({"number": 7}, {"number": 7.0}),
        ({"note": None}, {"note": ""}),
        ({"sponsor": None}, {"sponsor": ""}),
        ({"sponsor": ""}, {"sponsor": None}),
        ({"rooms": []}, {"rooms": None}),
        ({"__provider": "old", "serial": "1", "server": "a:1"}, {"__provider": "new"}),
    ],
)
def test_what_means_the_same_is_no_change(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert diff(old, **new) == Diff()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({}, {"level": "staff"}, Diff(("level",))),
        ({}, {"name": "Bea"}, Diff(("name",), ("name",))),
        ({}, {"password": "other"}, Diff(("password",))),
        ({"number": 7}, {"number": 8}, Diff(("number",))),
        ({"note": "x"}, {"note": ""}, Diff(("note",))),
        ({}, {"note": "x"}, Diff(("note",))),
        ({}, {"name": UNKNOWN}, Diff(("name",))),
        ({}, {"rooms": ["hall", UNKNOWN]}, Diff(("rooms",))),
        ({}, {"connection": "gate"}, Diff(("connection",))),
        ({"adopted": True}, {"adopt": False}, Diff(("adopt",))),
        ({"adopted": True}, {"adopt": True}, Diff()),
        ({"adopted": False}, {"adopt": True}, Diff()),
    ],
)
def test_what_is_a_change_and_what_replaces(old: dict[str, Any], new: dict[str, Any], expected: Diff) -> None:
    assert diff(old, **new) == expected


def test_a_field_that_old_state_lacks_changes_nothing_at_its_default() -> None:
    old = {name: value for name, value in FULL.items() if name not in ("level", "kind")}
    assert BADGE.diff(old, FULL) == Diff()
    assert BADGE.diff(old, {**FULL, "level": "staff"}) == Diff(("level",))


def test_who_adopts_has_to_say_what() -> None:
    assert BADGE.check({"adopt": True, "name": "Ada"})[1] == []
    (problem,) = BADGE.check({"adopt": True})[1]
    assert str(problem) == "name: is required"


def test_of_what_was_adopted_only_what_is_said_is_compared() -> None:
    had = {"address": {"city": "Rome", "floor": 3}}
    for said in ({}, {"address": {"city": "ROME"}}, {"address": {"floor": 3}}):
        assert BADGE.keeps("address", had, said), said
    assert not BADGE.keeps("address", had, {"address": {"city": "Rome", "floor": 4}})
    assert not BADGE.keeps("address", {}, {"address": {"city": "Rome"}})


@pytest.mark.parametrize(
    ("old", "new", "changed", "takes"),
    [
        ({"adopted": True}, {}, ["password"], True),
        ({"adopted": True}, {}, ["adopt", "note"], True),
        ({"adopted": True}, {}, ["note"], False),
        ({"adopted": True}, {"password": None}, ["adopt"], False),
        ({"adopted": False}, {}, ["password"], False),
        ({}, {}, ["password"], False),
    ],
)
def test_a_password_that_replaces_somebodys_own(
    old: dict[str, Any], new: dict[str, Any], changed: list[str], takes: bool
) -> None:
    assert BADGE.takes_password({**FULL, **old}, {**FULL, **new}, changed) is takes


def test_an_adopted_object_lacks_its_password_so_the_next_run_sets_it() -> None:
    old = {name: value for name, value in FULL.items() if name != "password"}
    assert BADGE.diff(old, FULL) == Diff(("password",))


@given(st.permutations(["Lab", "hall", "Cellar"]), st.lists(st.sampled_from(["LAB", "Hall", "cellar"]), max_size=3))
def test_a_set_is_a_set_in_any_order_and_with_duplicates(order: list[str], more: list[str]) -> None:
    assert not diff({"rooms": ["lab", "hall", "cellar"]}, rooms=[*order, *more]).changed


@given(st.dictionaries(st.sampled_from(sorted(FULL)), st.just(UNKNOWN)))
def test_unknown_never_replaces(unknown: dict[str, Any]) -> None:
    assert diff({}, **unknown).replaces == ()


def test_state_shows_drift_and_keeps_what_the_server_does_not_say() -> None:
    live = {"name": "ADA", "rooms": ["HALL", "lab"], "level": "staff", "note": None, "serial": "S-1"}
    state = BADGE.project(live, FULL)
    assert state == {**FULL, "level": "staff", "serial": "S-1"}
    assert state["name"] == "Ada"
    assert state["rooms"] == ["Lab", "hall"]


def test_each_item_of_a_set_keeps_its_spelling_when_others_drift() -> None:
    live = {"rooms": ["HALL", "roof"]}
    assert BADGE.project(live, FULL)["rooms"] == ["hall", "roof"]


def test_parts_of_a_nested_value_keep_their_spelling_when_others_drift() -> None:
    known = {**FULL, "address": {"city": "bern", "floor": 2.0}}
    assert BADGE.project({"address": {"city": "BERN", "floor": 2}}, known) == known
    live = {"address": {"city": "BERN", "floor": 3, "door": 9}}
    assert BADGE.project(live, known)["address"] == {"city": "bern", "floor": 3}


def test_what_the_server_sets_inside_a_nested_value_is_no_drift() -> None:
    known = {**FULL, "address": {"city": "Bern"}}
    assert BADGE.project({"address": {"city": "Bern", "floor": 0, "door": 9}}, known) == known
    assert not BADGE.diff({**FULL, "address": {"city": "Bern", "door": 9}}, known).changed


def test_what_somebody_else_sets_inside_a_nested_value_is_drift() -> None:
    address = input_fields(BadgeInputs)["address"]
    said = address.spelled({"city": "ROME", "floor": 3, "door": 7}, {"city": "Rome"})
    assert said == {"city": "Rome", "floor": 3}, "the server sets the door itself"


def test_what_the_server_does_not_say_of_a_part_is_left_out() -> None:
    address = input_fields(BadgeInputs)["address"]
    assert address.spelled({"city": "Oslo"}, {"city": "Rome", "floor": 3, "door": 7}) == {"city": "Oslo"}


@pytest.mark.parametrize("name", ["name", "rooms", "level", "address"])
@pytest.mark.parametrize("other", [UNKNOWN, None, "Ada", ["Lab"], {"city": "Rome"}], ids=str)
def test_what_is_not_known_is_the_same_as_nothing(name: str, other: Any) -> None:
    declared = input_fields(BadgeInputs)[name]
    assert not declared.same(UNKNOWN, other)
    assert not declared.same(other, UNKNOWN)


def test_a_list_of_nested_values_is_shown_as_the_server_has_it() -> None:
    items = input_fields(Nested)["services"]
    assert items.spelled([{"quota": 1}], [{"quota": 2}]) == [{"quota": 1}]


def test_what_the_server_shows_in_another_form_stays_as_the_program_has_it() -> None:
    assert BADGE.project({"sponsor": "carol@tech.local"}, {**FULL, "sponsor": "carol"})["sponsor"] == "carol"
    assert BADGE.project({"sponsor": "carol@tech.local"}, FULL)["sponsor"] == "carol@tech.local"


def test_state_of_a_first_look_has_the_servers_values_and_defaults() -> None:
    live = {"name": "ADA", "rooms": ["HALL"], "number": 7, "serial": "S-1"}
    assert BADGE.project(live, {"connection": "door"}) == {
        "connection": "door", "adopt": False, "name": "ADA", "rooms": ["HALL"], "level": "guest", "kind": "card",
        "number": 7, "note": "", "serial": "S-1",
    }  # fmt: skip


def test_secrets_are_hidden_in_typed_inputs_and_clear_only_in_state() -> None:
    typed = BadgeInputs.model_validate({**GIVEN, "address": {"city": "Bern"}})
    assert isinstance(typed.password, SecretStr)
    assert "hunter2" not in repr(typed) + str(typed)
    assert plain(typed)["password"] == "hunter2"
    assert plain(typed)["address"] == {"city": "Bern", "floor": 0}


def test_a_label_names_kind_and_natural_key() -> None:
    assert BADGE.label(FULL) == "door.Badge 'Ada'"
    assert BADGE.label({"name": UNKNOWN}) == "door.Badge"


def test_places_inside_of_arguments() -> None:
    values = {"name": "acme", "login": {"user": "owner", "password": "x"}}
    assert at(values, ("login", "password")) == "x"
    assert at(values, ("name", "password")) is None
    assert put(values, ("login", "password"), None) == {"name": "acme", "login": {"user": "owner"}}
    assert put(values, ("login", "password"), "y")["login"] == {"user": "owner", "password": "y"}
    assert put(values, ("nobody", "password"), "y") == values  # what does not hold the place stays
    assert values["login"] == {"user": "owner", "password": "x"}


class Login(BaseModel):
    user: str
    password: Annotated[SecretStr | None, secret, write_only] = None


class Service(BaseModel):
    quota: int | None = None


class Nested(BaseModel):
    login: Login | None = None
    service: Annotated[Service | None, present] = None
    services: list[Service] | None = None


def test_secrets_and_what_is_not_shown_may_be_parts_of_an_argument() -> None:
    fields = input_fields(Nested)
    assert [*places(fields, Marker.secret)] == [*places(fields, Marker.write_only)] == [("login", "password")]


def test_empty_is_not_absent_where_being_there_counts() -> None:
    fields = input_fields(Nested)
    assert not fields["service"].same(None, {})
    assert fields["service"].same({}, {"quota": None})
    assert fields["login"].same(None, {})


def test_messages_call_an_object_by_what_can_be_shown() -> None:
    """A name may be the server's: of an object that somebody imported."""
    label = resources()["aws.User"].label({"name": "ann\u202e\ue000\x1b[2J"})
    assert label == "aws.User 'ann\\u202e\\ue000\\x1b[2J'"
