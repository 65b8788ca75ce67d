"""The page on the generated password, compared with the code."""

from __future__ import annotations

import inspect
import re

import veeam_pulumi as veeam
from tests.docs.pages import page
from veeam_pulumi.dynamic import password
from veeam_pulumi.dynamic.password import CLASSES, DEFAULTS

PAGE = page("password.md")


def test_every_argument_is_documented_as_it_is_declared() -> None:
    rows = PAGE.rows("Arguments")
    assert {name: cells[2] for name, cells in rows.items()} == {
        name: f"`{default}`" if default else "none" for name, default in DEFAULTS.items()
    }
    assert {name: cells[1] for name, cells in rows.items()} == {
        "length": "`int`", **dict.fromkeys(CLASSES, "`bool`"), "keepers": "`dict[str, str]`"
    }  # fmt: skip
    assert f"`{CLASSES['special']}`" in rows["special"][3]
    assert f"{password.SHORTEST} to {password.LONGEST}" in rows["length"][3]
    assert set(PAGE.rows("Outputs")) == set(veeam.Password.__annotations__) - set(DEFAULTS)


def test_every_message_is_one_of_the_code() -> None:
    text = inspect.getsource(password)
    for message in PAGE.rows("Errors"):
        assert [part for part in message.split("…") if part.strip() not in text] == []
    assert len(PAGE.rows("Errors")) == len(re.findall(r"^ +yield ", text, re.MULTILINE))
