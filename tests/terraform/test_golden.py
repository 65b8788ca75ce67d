"""The schema is public: configurations and the SDKs of other languages are made from it."""

from __future__ import annotations

import copy
import json

import pytest

from tests.terraform.golden import FILE, Schema, broken, current

GOLDEN: Schema = json.loads(FILE.read_text(encoding="utf-8"))


def test_nothing_that_somebody_uses_is_broken() -> None:
    assert broken(GOLDEN, current()) == []


def test_what_is_new_is_written_down() -> None:
    assert current() == GOLDEN, "run python -m tests.terraform.golden"


@pytest.mark.parametrize(
    ("attribute", "now", "why"),
    [
        ("roles", None, "roles is gone"),
        ("roles", '["list", "string"] required', 'roles was ["set", "string"], is ["list", "string"]'),
        ("type", '"string" required', "type is required now"),
        ("type", '"string" computed', "type cannot be set any more"),
        ("type", '"string" optional', "type is not computed any more: who left it out sees a difference"),
        ("description", '"string" optional computed write_only', "description is write_only now"),
        ("group", '"string" required', "group is new and required"),
    ],
)
def test_what_breaks_somebody(attribute: str, now: str | None, why: str) -> None:
    new = copy.deepcopy(GOLDEN)
    user = new["resource"]["veeam_vbr_user"]
    user.pop(attribute, None)
    if now:
        user[attribute] = now
    (line,) = broken(GOLDEN, new)
    assert line.startswith(f"resource veeam_vbr_user: {why}")


def test_secrets_stay_secret_and_types_stay() -> None:
    new = copy.deepcopy(GOLDEN)
    user = new["resource"]["veeam_aws_user"]
    user["password"] = user["password"].replace(" sensitive", "")
    del new["data"]["veeam_vbr_roles"]
    assert broken(GOLDEN, new) == [
        "resource veeam_aws_user: password is not sensitive any more",
        "data veeam_vbr_roles is gone",
    ]


def test_what_is_added_breaks_nobody() -> None:
    new = copy.deepcopy(GOLDEN)
    new["resource"]["veeam_vbr_user"]["note"] = '"string" optional'
    new["resource"]["veeam_vbr_thing"] = {"name": '"string" required'}
    new["resource"]["veeam_em_backup_server"]["username"] = '"string" optional'
    assert broken(GOLDEN, new) == []
