"""docs/policy.md against the code."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import codes, page
from tests.policy.command import policies
from tests.review.previews import preview
from veeam_pulumi.policy.administrators import Approval
from veeam_pulumi.policy.rule import Rule
from veeam_pulumi.policy.rules import LEVELS, RULES, examine
from veeam_pulumi.products import grant

PAGE = page("policy.md")
KINDS = {(False, True): "each resource", (True, True): "the whole stack", (True, False): "the project's files"}


def test_every_rule_is_on_the_page_with_what_it_looks_at_and_no_other() -> None:
    rows = {name.partition("]")[0][1:]: cells for name, cells in PAGE.rows("The policy pack").items()}
    assert {name: cells[2] for name, cells in rows.items()} == {
        rule.name: KINDS[rule.whole_stack, rule.name != "secrets-as-secrets"] for rule in RULES
    }


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_key_is_on_the_page_with_its_default(rule: Rule) -> None:
    assert {name: cells[1] for name, cells in PAGE.rows(rule.name).items()} == {
        name: shown(field.get_default(call_default_factory=True))
        for name, field in rule.configuration.model_fields.items()
    }


def shown(default: Any) -> str:
    many = default if isinstance(default, (tuple, dict)) else (default,)
    return ", ".join(f"`{one}`" for one in many) or "none"


def test_the_configurations_on_the_page_are_understood(tmp_path: Path) -> None:
    blocks = [json.loads(block.text) for block in PAGE.blocks("json")]
    assert {"no-generic-names": "disabled"} in blocks
    for config in blocks:
        found = examine([], config, folder=tmp_path / "policy")
        assert [one.message for one in found if "the configuration of" in one.message] == []
    assert set(LEVELS) <= set(codes(PAGE.sections["Configuration"]))
    assert set(Approval.model_fields) <= set(codes(PAGE.sections["no-unapproved-administrators"]))


def test_roles_that_the_page_calls_administrators_are_and_the_examples_have_an_effect() -> None:
    named = codes(PAGE.rows("no-unapproved-administrators")["roles"][2])
    found = [
        grant("vspc.User", {"user_name": "a", "role": named[0]}),
        grant("aws.User", {"name": "a"}),
    ]
    assert [(one.roles, one.is_privileged) for one in found] == [((name,), True) for name in named]


def test_the_commands_without_the_cli_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: access\nruntime: python\n")
    (tmp_path / "preview.json").write_text(json.dumps(preview()))
    (tmp_path / "policy.json").write_text(PAGE.blocks("json")[0].text)
    monkeypatch.chdir(tmp_path)
    lines = [line for block in PAGE.blocks("sh") for line in re.findall("veeam-pulumi policy (.*)", block.text)]
    assert len(lines) == 2
    assert [policies(shlex.split(line)) for line in lines] == [0, 0]
