"""The report of the simulators of every product, in each of its forms, as it was when somebody last read it.

    GOLDEN=write .venv/bin/pytest -q tests/estate/test_reports.py; git diff tests/golden/who

Ports, dates, ids and the tool's version are made equal.
"""

from __future__ import annotations

import io
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.docs.pages import page as docs
from veeam_pulumi.estate import ask, evidence, page, table
from veeam_pulumi.products import sessions
from veeam_pulumi.server.connections import Connections
from veeam_pulumi.simulator import PRODUCTS, Simulator

GOLDEN = Path(__file__).parents[1] / "golden" / "who"
_UUID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_DATE = re.compile(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")


def alike(text: str) -> str:
    for pattern, instead in (
        (_UUID, "UUID"),
        (_DATE, "DATE"),
        (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
        (re.compile(r"veeam-pulumi \d+\.\d+\.\d+"), "veeam-pulumi VERSION"),
        (re.compile(r'"id":\s?"\d+"|(?<=,)\d+(?=,)'), "NUMBER"),
    ):
        text = pattern.sub(instead, text)
    return text


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Who can delete backups on a server of every product, after somebody was busy in their consoles."""
    with Simulator(products=sorted(set(PRODUCTS) & set(sessions()))) as sim:
        sim.drift("vbr", "add", r"LAB\jdoe", {"roles": ["Backup Administrator"]})
        sim.drift("vbr", "add", r"LAB\operators", {"type": "InternalGroup", "roles": ["Backup Administrator"]})
        sim.drift("aws", "add", "jdoe", {"description": "by hand"})
        sim.drift("azure", "add", "mary", {"role": "PortalOperator", "mfaEnabled": True})
        sim.drift("em", "add", r"LAB\jdoe", {"roles": ["Portal Administrator"]})
        known = Connections(sim.connections(), sessions=sessions(), warn=lambda text: None, environ={})
        return ask.answers(ask.Estate(known), ask.Question()).asked


def forms(document: dict[str, Any]) -> dict[str, str]:
    text = io.StringIO()
    table.show(document, Console(file=text, width=1000))
    return {
        "who.txt": text.getvalue(),
        "who.csv": table.as_csv(document),
        "who.json": json.dumps(document, indent=2, ensure_ascii=False) + "\n",
        "who.html": page.page(document),
        "review.md": evidence.evidence(document),
    }


@pytest.mark.parametrize("name", ["who.txt", "who.csv", "who.json", "who.html", "review.md"])
def test_the_report_is_as_somebody_read_it(document: dict[str, Any], name: str) -> None:
    text = alike(forms(document)[name])
    if os.environ.get("GOLDEN") == "write":
        GOLDEN.mkdir(parents=True, exist_ok=True)
        (GOLDEN / name).write_text(text, encoding="utf-8")
    assert text == (GOLDEN / name).read_text(encoding="utf-8")


def test_every_product_is_in_it(document: dict[str, Any]) -> None:
    assert {one["product"] for one in document["servers"]} == set(sessions())
    assert all(not one["problem"] for one in document["servers"])


def test_the_page_has_the_table_of_rules_and_the_rules_are_those_of_the_reference() -> None:
    rows = docs("who.md").rows("Which rule asks for what")
    assert {part: cells[1] for part, cells in rows.items()} == dict(evidence.RULES)
    reference = Path(__file__).parents[3] / "shared" / "reference" / "auditing.md"
    if not reference.exists():
        pytest.skip(f"{reference} is not there: the rules are compared with nothing")
    known = reference.read_text(encoding="utf-8")
    for _, rule in evidence.RULES:
        for number in re.findall(r"11\.\d(?:\.\d)?|21\(\w\)|CC6\.\d|A\.5\.18|CP-9\(\d\)|\(e\)\([iv]+\)", rule):
            assert number in known, rule
