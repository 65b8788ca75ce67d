"""Ids: one form for each, and nothing that addresses something else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import veeam_pulumi
from tests.resource.test_lifecycle import World
from veeam_pulumi.errors import InvalidInput
from veeam_pulumi.resource.identity import normal_id, path_part, same_id
from veeam_pulumi.server.names import fold, same_name

GUID = "79817d6d-4b00-4e22-b673-8758f02fa0ef"


@pytest.mark.parametrize(
    "written", [GUID, GUID.upper(), f"{{{GUID}}}", f"urn:uuid:{GUID}", GUID.replace("-", ""), f" {GUID} "]
)
def test_a_guid_has_one_form(written: str) -> None:
    assert normal_id(written) == GUID
    assert same_id(written, GUID.upper())


@pytest.mark.parametrize("written", ["operator", "Operator", "svc$", "12", GUID[:-1]])
def test_what_is_no_guid_stays_as_it_is(written: str) -> None:
    assert normal_id(written) == written


@pytest.mark.parametrize("id", ["", " ", ".", "..", "a\ud800"])
def test_an_id_that_addresses_something_else_is_refused_before_anything_is_sent(id: str) -> None:
    with pytest.raises(InvalidInput, match="is not the id of an object"):
        path_part(id)
    world = World()
    state = {"name": "Ada", "connection": "door", "server": "door:1", "password": "hunter2"}
    for operation in (world.read, world.delete, lambda *given: world.update(*given, note="x")):
        with pytest.raises(InvalidInput, match="is not the id of an object"):
            operation(id, state)
    assert world.badge.calls == []


@pytest.mark.parametrize(
    ("id", "part"), [("a/b", "a%2Fb"), ("a?b#c", "a%3Fb%23c"), ("...", "..."), ("svc$", "svc%24"), ("%2e", "%252e")]
)
def test_every_other_id_is_one_part_of_a_path(id: str, part: str) -> None:
    assert path_part(id) == part


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("operator", "OPERATOR", True),
        ("Ä", "ä", True),
        ("straße", "strasse", False),
        ("straße", "STRASSE", False),
        ("ﬁn", "fin", False),
        ("ſam", "sam", False),
        ("ı", "I", False),
        ("\u212a", "k", False),  # the sign for kelvin
        ("\u212b", "å", False),  # the sign for angstrom
        ("ẞ", "ß", False),
        ("Σ", "ς", True),
    ],
)
def test_names_are_compared_letter_by_letter(one: str, other: str, same: bool) -> None:
    assert same_name(one, other) is same
    assert (fold(one) == fold(other)) is same


def test_nobody_compares_with_a_wider_equality() -> None:
    """`str.casefold` takes `straße` for `strasse`, which no server does. Stand-ins may hide more than they must."""
    package = Path(veeam_pulumi.__file__).parent
    found = [
        file for file in package.rglob("*.py") if re.search(r"\bcasefold\b[(),]", file.read_text(encoding="utf-8"))
    ]
    assert [str(file.relative_to(package)) for file in found] == ["probe/standins.py"]
