"""What counts where a value is missing, hidden or of no table: more, never less."""

from __future__ import annotations

from typing import Any

import pytest

from veeam_pulumi.resource.fields import UNKNOWN
from veeam_pulumi.resource.grant import LATER, RIGHTS, Source, rights_of, text, texts, unknown_kind

TABLE: dict[str, Any] = {"reader": {"restore": "GET"}, "owner": {"restore": "GET", "destroy": "DELETE"}}


@pytest.mark.parametrize("value", [None, "", UNKNOWN])
def test_what_is_missing_or_not_known_is_told_later(value: Any) -> None:
    assert text(value) == LATER
    assert texts(value) == (LATER,)
    assert texts(["b", value, "a"]) == (LATER, "a", "b")
    assert text(0) == "0"


def test_roles_have_their_rights_together() -> None:
    rights, unknown = rights_of(["Reader", "OWNER"], TABLE, str.lower)
    assert rights == {
        "restore": (Source("Reader", "GET"), Source("OWNER", "GET")),
        "destroy": (Source("OWNER", "DELETE"),),
    }
    assert list(rights) == ["destroy", "restore"]  # in the order of RIGHTS
    assert unknown == ()
    assert rights_of([], TABLE, str.lower) == ({}, ())


@pytest.mark.parametrize(("role", "named"), [("Custom", "the role 'Custom'"), (LATER, "its role")])
def test_a_role_of_no_table_counts_as_every_right(role: str, named: str) -> None:
    rights, unknown = rights_of(["reader", role], TABLE, str.lower)
    assert unknown == (f"nobody knows what {named} lets its holder do",)
    assert list(rights) == list(RIGHTS)
    assert rights["grant"] == (Source(role, unknown[0], certain=False),)
    assert rights["restore"][0] == Source("reader", "GET")


@pytest.mark.parametrize(
    ("values", "account", "connection", "roles"),
    [
        ({}, LATER, "em", ()),
        ({"name": "", "login": "ann", "connection": "lab", "role": "Owner"}, "ann", "lab", ("Owner",)),
        ({"user_name": UNKNOWN, "roles": ["b", "a"], "connection": ""}, LATER, "em", ("a", "b")),
    ],
)
def test_a_kind_that_says_nothing_counts_as_every_right(
    values: dict[str, Any], account: str, connection: str, roles: tuple[str, ...]
) -> None:
    found = unknown_kind("em.Robot", values)
    assert (found.account, found.connection, found.roles) == (account, connection, roles)
    assert list(found.rights) == list(RIGHTS)
    assert found.unknown == ("nobody knows what a em.Robot lets its holder do",)
    assert found.is_account
    assert found.is_administrator
    assert found.privileged_by(["Owner"]) == ("",)
