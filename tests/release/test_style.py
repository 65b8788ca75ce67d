"""The look at the English: what it finds, and what it lets be."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

FOUND = runpy.run_path(str(Path(__file__).parents[2] / ".ci" / "style.py"))["found"]


@pytest.mark.parametrize(
    "text",
    [
        "'operatr' is no profile; known are admin",
        "which who may open the stack hands over",
        "a value that stands in the state",
        "its name is nobody's",
        "mend what it says, then run again",
        "Make the world what the program says.",
        "is there twice",
        "it takes nothing for deleted",
        "a line that is\nno line",
        "what does not belong into the repository",
        "and no oftener in this run",
        "it is gone on with by the next run",
        "as it comes dev is for one machine",
        "and how it stands to the stack",
        "they stand apart",
        "code that is none of ours",
        "least privilege for who restores",
        "the switch is turned over",
    ],
)
def test_a_habit_is_found_with_what_to_write(text: str) -> None:
    ((line, _, advice), *_) = FOUND(f"first\n{text}")
    assert line == 2
    assert advice.startswith("say ")


@pytest.mark.parametrize(
    "text",
    [
        "there is no such stack",
        "it is no longer there",
        "it is no smaller than 3",
        "stands in for another",
        "unknown profile 'x'; known profiles: a",
        "a prefix that stands before a name",
        "as it comes to an end",
    ],
)
def test_good_english_is_let_be(text: str) -> None:
    assert FOUND(text) == []
