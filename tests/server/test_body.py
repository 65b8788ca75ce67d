"""What a server sends is read strictly."""

from __future__ import annotations

import re
from typing import Any

import pytest

from veeam_pulumi.errors import UnexpectedAnswer
from veeam_pulumi.server import body


@pytest.mark.parametrize(
    "text",
    [
        r'{"a": "\ud800"}', r'{"\udfff": 1}', "[NaN]", "[-Infinity]", "1e999", "9223372036854775808", "9" * 5000,
        "[" * 31 + "]" * 31, "[" * 100_000 + "]" * 100_000, "[1", "", "\0",
    ],
)  # fmt: skip
def test_what_neither_state_nor_a_message_could_hold_is_no_json(text: str) -> None:
    with pytest.raises((ValueError, RecursionError)):
        body.read(text.encode())


def test_what_is_fine() -> None:
    text = '\ufeff{"a": [null, true, 1.5, -9223372036854775807, "\\ud83d\\ude00 é"]}'
    assert body.read(text.encode()) == {"a": [None, True, 1.5, -9223372036854775807, "\U0001f600 é"]}


SHAPE = {"name": str, "port": (int, str), "on": bool, "roles": [{"id": str}]}


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"name": None, "roles": None, "more": [1]},
        {"name": "a", "port": 1, "on": False, "roles": [{"id": "x"}, {"name": 5}]},
        {"port": "1"},
    ],
)
def test_what_fits(value: Any) -> None:
    assert body.fitting(value, SHAPE, "the row") is value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([], "a list as the row"),
        ("x", "a text as the row"),
        ({"name": 1}, "a number as name"),
        ({"name": {}}, "an object as name"),
        ({"port": True}, "true or false as port"),
        ({"on": 0}, "a number as on"),
        ({"roles": {}}, "an object as roles"),
        ({"roles": [None]}, "nothing as an entry of roles"),
        ({"roles": [{"id": []}]}, "a list as id"),
    ],
)
def test_what_does_not_fit(value: Any, text: str) -> None:
    with pytest.raises(UnexpectedAnswer, match=f"the server answered with {re.escape(text)}"):
        body.fitting(value, SHAPE, "the row")


@pytest.mark.parametrize("row", [None, {}, {"id": "b"}, {"id": None}])
def test_another_object_than_was_asked_for(row: Any) -> None:
    with pytest.raises(UnexpectedAnswer, match="was asked for 'a' and answered with another object"):
        body.require_row(row, {"id": str}, "id", "a")


def test_the_one_that_was_asked_for_whatever_its_case() -> None:
    assert body.require_row({"id": "AB"}, {"id": str}, "id", "ab") == {"id": "AB"}
