"""What a question is asked of: what a stack manages, and what it says beside its roster."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.review.previews import aws, provider, state, vbr
from veeam_pulumi.errors import SettingsError
from veeam_pulumi.estate import ask, managed
from veeam_pulumi.estate.ask import Estate

SERVERS = {"aws": {"product": "aws", "url": "https://aws.example.com:11005", "username": "svc", "password": "x"}}
ROSTER = """\
profiles: {operator: {aws: {}}}
people:
  ann: {name: Ann Lee, profile: operator, password: config, current_password: config}
"""


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Estate]:
    """Opens the estate of a stack without a state, whose config has these settings beside its connections."""
    monkeypatch.setattr(ask, "stack_state", lambda stack, cwd: {})
    (tmp_path / "roster.yaml").write_text(ROSTER)

    def open_(**settings: Any) -> Estate:
        texts = {f"veeam:{name}": one if isinstance(one, str) else json.dumps(one) for name, one in settings.items()}
        config = {"veeam:connections": json.dumps(SERVERS), **texts}
        monkeypatch.setattr(ask, "config_of", lambda stack, cwd: (config, tmp_path))
        return ask.open_estate("prod", tmp_path)

    return open_


def test_passwords_of_the_config_are_there_for_a_report_too(opened: Callable[..., Estate]) -> None:
    estate = opened(passwords={"ann": "new"}, currentPasswords={"ann": "old"}, companies={"north": 12})
    (ann,) = estate.entries
    assert (ann.key, ann.password, ann.current_password) == ("ann", "config", True)
    assert estate.around.companies == {"north": "12"}


@pytest.mark.parametrize("text", ["hunter2", '["hunter2"]', "{"])
@pytest.mark.parametrize("key", ["companies", "passwords", "currentPasswords"])
def test_what_is_no_map_is_an_error_that_does_not_show_it(opened: Callable[..., Estate], key: str, text: str) -> None:
    maps = {"passwords": {"ann": "new"}, "currentPasswords": {"ann": "old"}}
    with pytest.raises(SettingsError, match=f"veeam:{key} is not a map; .* by its path, veeam:{key}.NAME") as caught:
        opened(**{**maps, key: text})
    assert "hunter2" not in str(caught.value)


def test_what_is_managed_is_what_its_provider_says() -> None:
    """A type is a name that a program chose."""
    user = state("vbr.User", "ann", vbr("ann", "Veeam Backup Viewer"), owner="ann.lee")
    renamed = state("vbr.User", "bob", aws("bob"))
    renamed["outputs"]["__provider"] = provider("aws.User")
    stranger = state("vbr.User", "eve", vbr("eve", "Veeam Backup Viewer"))
    stranger["outputs"]["__provider"] = "gASVFQAAAAAAAACMBWV2aWwulIwEbG9hZJSTlC4="
    rows = [{**one, "id": name} for one, name in ((user, "1"), (renamed, "bob"), (stranger, "3"))]
    found = managed.of_pulumi({"deployment": {"resources": rows}})
    assert [(one.kind, one.connection, one.id, one.entry) for one in found] == [
        ("vbr.User", "vbr", "1", "ann.lee"),
        ("aws.User", "aws", "bob", ""),
    ]
