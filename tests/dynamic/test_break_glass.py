"""The list of break-glass accounts, in process; whole rosters are in tests/access."""

from __future__ import annotations

from typing import Any

import pytest

from veeam_pulumi.dynamic import load
from veeam_pulumi.errors import Protected

GLASS = {"name": "glass", "roles": ["Backup Administrator"]}
OLD: dict[str, Any] = {
    "roster": "roster.yaml",
    "accounts": ["glass@vbr", "jane@vbr"],
    "protected": {"glass@vbr": GLASS},
}


def test_joiners_and_leavers_change_nothing_and_new_protection_does() -> None:
    provider = load("BreakGlass")
    assert provider.diff("x", OLD, {**OLD, "accounts": ["glass@vbr", "sam@vbr"]}).changes is False
    assert provider.diff("x", OLD, {**OLD, "protected": {}}).changes is True
    assert provider.diff("x", OLD, {**OLD, "protected": {"glass@vbr": GLASS, "jane@vbr": {}}}).changes is True
    assert provider.read("x", {**OLD, "__provider": "p"}).inputs == OLD
    assert provider.create({**OLD, "__provider": "p"}).outs == provider.update("x", {}, OLD).outs == OLD


@pytest.mark.parametrize(
    ("new", "what", "how"),
    [
        (
            {"accounts": ["jane@vbr"], "protected": {}},
            "deleted",
            "leave the entry as it was but for `break_glass: false`, run `pulumi up`, then remove it",
        ),
        (
            {"protected": {"glass@vbr": {**GLASS, "roles": ["Backup Viewer"]}}},
            "changed",
            "say `break_glass: false` in the same change, run `pulumi up`, then protect it again",
        ),
    ],
)
def test_a_break_glass_account_that_would_be_lost_is_an_error(new: dict[str, Any], what: str, how: str) -> None:
    with pytest.raises(Protected) as caught:
        load("BreakGlass").diff("x", OLD, {**OLD, **new})
    assert str(caught.value) == (
        f"roster.yaml: glass@vbr would be {what}, but is a break-glass account; nothing was changed; on purpose: {how}"
    )
