"""The log of requests on an engine: `VEEAM_LOG=debug`, as the lives have it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from tests.engine.test_lives import AWS, LIVED, Life, Stack, stack

__all__ = ["stack"]

OLDER = {
    "aws.User": replace(AWS, knobs={"aws.release": "9"}),
    "vbr.User": LIVED["vbr.User users"],  # which has no API for security users
}


@pytest.mark.parametrize("life", OLDER.values(), ids=list(OLDER))
def test_what_a_server_refuses_while_it_is_asked_what_it_speaks_is_no_warning(stack: Any, life: Life) -> None:
    one: Stack = stack(life)
    one.up(life.program(life.first))
    refused = {str(sent.status) for sent in one.sim.requests(life.product) if sent.status in (400, 404)}
    assert refused  # revisions and dialects that it does not know
    logged = re.findall(r"(INFO|WARNING) (?:GET|POST) https://\S+ status=(\d+)", one.project.text)
    assert {(level, status) for level, status in logged if int(status) >= 400} == {("INFO", one) for one in refused}
    assert [line for line in one.project.text.splitlines() if "warning" in line.lower() and "https://" in line] == []
