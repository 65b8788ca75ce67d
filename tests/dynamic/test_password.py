"""The generated password, in process: what it is made of, what makes another one, what is refused."""

from __future__ import annotations

import inspect
import itertools
from typing import Any

import pulumi
import pytest
from pulumi.output import Unknown

import veeam_pulumi as veeam
from veeam_pulumi.dynamic import load
from veeam_pulumi.dynamic.password import CLASSES, DEFAULTS, generate
from veeam_pulumi.simulator.aws.rules import password_errors

ALL = list(CLASSES)


def create(**given: Any) -> dict[str, Any]:
    provider = load("Password")
    checked = provider.check({}, given)
    assert checked.failures == []
    outs = provider.create(checked.inputs).outs
    assert outs is not None
    return outs


@pytest.mark.parametrize("length", [8, 24, 128])
def test_every_password_has_its_length_and_each_class_and_satisfies_an_appliance_of_any_version(length: int) -> None:
    made = [generate(length, ALL) for _ in range(200)]
    for one in made:
        assert len(one) == length
        assert all(set(one) & set(characters) for characters in CLASSES.values())
        assert password_errors(one, "v2") == password_errors(one, "v10") == []
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("classes", [*itertools.combinations(ALL, 1), *itertools.combinations(ALL, 3)])
def test_a_class_that_is_switched_off_is_not_in_it(classes: tuple[str, ...]) -> None:
    text = create(length=64.0, **{name: name in classes for name in ALL})["result"]
    assert set(text) <= set("".join(CLASSES[name] for name in classes))
    assert all(set(text) & set(CLASSES[name]) for name in classes)


def test_no_three_neighbours_are_a_sequence() -> None:
    for text in (generate(128, ["digits"]) for _ in range(20)):
        steps = [int(two) - int(one) for one, two in itertools.pairwise(text)]
        assert not {(-1, -1), (0, 0), (1, 1)} & set(itertools.pairwise(steps))


@pytest.mark.parametrize(
    "change", [{"length": 25.0}, {"keepers": {"rotation": "2"}}, *({name: False} for name in CLASSES)], ids=str
)
def test_every_change_makes_another(change: dict[str, Any]) -> None:
    provider, old = load("Password"), create(keepers={"rotation": "1"})
    same = {"keepers": {"rotation": "1"}}
    assert provider.diff("x", old, same).changes is False
    found = provider.diff("x", old, {**same, **change})
    assert (found.changes, found.replaces) == (True, list(change))


def test_an_unknown_keeper_may_turn_out_to_be_the_same() -> None:
    provider, unknown = load("Password"), Unknown()  # type: ignore[no-untyped-call]
    given = {"keepers": {"server": unknown}, "special": unknown}
    assert provider.check({}, given).failures == []
    found = provider.diff("x", create(keepers={"server": "a"}), given)
    assert (found.changes, found.replaces) == (True, [])


def test_a_refresh_and_an_update_keep_the_password() -> None:
    provider, old = load("Password"), create()
    seen = provider.read("x", {**old, "__provider": "p"})
    assert (seen.id, seen.outs, seen.inputs) == ("x", old, {})
    assert provider.update("x", old, {}).outs == old


def test_a_state_has_what_the_program_says_and_that_of_a_release_before_has_more() -> None:
    provider, wide = load("Password"), {**DEFAULTS, "result": "kept"}
    assert create(special=False).keys() == {"special", "result"}
    assert provider.check(DEFAULTS, {}).inputs == {}
    assert provider.diff("x", wide, {}).changes is False
    assert provider.check(DEFAULTS, {"length": 30.0}).inputs == {**DEFAULTS, "length": 30.0}


@pytest.mark.parametrize(
    ("given", "property", "reason"),
    [
        ({"length": 7.0}, "length", "must be a whole number from 8 to 128"),
        ({"length": 129.0}, "length", "must be a whole number from 8 to 128"),
        ({"length": 8.5}, "length", "must be a whole number from 8 to 128"),
        ({"length": "20"}, "length", "must be a whole number from 8 to 128"),
        ({"length": [20.0]}, "length", "must be a whole number from 8 to 128"),
        ({"length": True}, "length", "must be a whole number from 8 to 128"),
        ({"length": float("nan")}, "length", "must be a whole number from 8 to 128"),
        ({"upper": "yes"}, "upper", "must be True or False"),
        (dict.fromkeys(CLASSES, False), "lower", "at least one of lower, upper, digits, special must be True"),
        ({"keepers": "2026"}, "", "keepers: must be a map"),
        ({"size": 9}, "size", "unknown argument of Password; known arguments: length, lower, upper, digits, special, "),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(given: dict[str, Any], property: str, reason: str) -> None:
    (failure,) = load("Password").check({}, given).failures
    assert failure.property == property
    assert " ".join(failure.reason.split()).startswith(reason.strip())


def test_the_class_has_the_arguments_and_outputs_of_the_provider() -> None:
    parameters = inspect.signature(veeam.Password.__init__).parameters
    assert list(parameters)[2:-1] == list(DEFAULTS)
    assert {name: parameters[name].default or {} for name in DEFAULTS} == DEFAULTS
    assert set(veeam.Password.__annotations__) == {*DEFAULTS, "result"}
    text = inspect.getdoc(veeam.Password.__init__) or ""
    assert [name for name in DEFAULTS if f":param {name}: " not in text] == []
    assert f"`{CLASSES['special']}`" in text
    assert veeam.Password._resource_type_name == "dynamic/veeam:Password"


@pytest.mark.parametrize(
    ("options", "instead"),
    [
        ({"import_": "x"}, "as a secret of the stack's config"),
        ({"custom_timeouts": pulumi.CustomTimeouts(create="5m")}, "a password has no server"),
        ({"replace_on_changes": ["length"]}, "every change makes a new password"),
    ],
)
def test_options_that_cannot_work_say_what_does(options: dict[str, Any], instead: str) -> None:
    with pytest.raises(veeam.errors.InvalidInput) as caught:
        veeam.Password("one", opts=pulumi.ResourceOptions(**options))
    assert str(caught.value).startswith(f"Password 'one': the option {next(iter(options))} does not work")
    assert instead in str(caught.value)
