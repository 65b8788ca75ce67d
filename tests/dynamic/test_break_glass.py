"""The list of break-glass accounts, in process; whole rosters are in tests/access."""

from __future__ import annotations

from typing import Any

import pytest

from veeam_pulumi.core.errors import Protected
from veeam_pulumi.dynamic import load

OLD: dict[str, Any] = {"roster": "roster.yaml", "accounts": ["glass@vbr", "jane@vbr"], "protected": ["glass@vbr"]}


def test_joiners_and_leavers_change_nothing_and_new_protection_does() -> None:
    provider = load("BreakGlass")
    assert provider.diff("x", OLD, {**OLD, "accounts": ["glass@vbr", "sam@vbr"]}).changes is False
    assert provider.diff("x", OLD, {**OLD, "protected": []}).changes is True
    assert provider.read("x", {**OLD, "__provider": "p"}).inputs == OLD
    assert provider.create({**OLD, "__provider": "p"}).outs == provider.update("x", {}, OLD).outs == OLD


def test_a_break_glass_account_that_would_be_deleted_is_an_error() -> None:
    with pytest.raises(Protected) as caught:
        load("BreakGlass").diff("x", OLD, {**OLD, "accounts": ["jane@vbr"], "protected": []})
    assert str(caught.value) == (
        "roster.yaml: glass@vbr would be deleted, but is a break-glass account; nothing was changed; on purpose: leave "
        "the entry as it was but for `break_glass: false`, run `pulumi up`, then remove it"
    )
