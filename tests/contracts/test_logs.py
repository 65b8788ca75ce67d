"""Who changed what: what is asked for and what the simulated servers answer, against the contracts of both logs."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from veeam_pulumi.products import sessions
from veeam_pulumi.products.vbr.events import PATH as EVENTS
from veeam_pulumi.products.vspc.activity import _TYPES
from veeam_pulumi.products.vspc.activity import PATH as ACTIVITY
from veeam_pulumi.server.connections import Connections
from veeam_pulumi.simulator import Simulator

SPECS = Path(__file__).parents[3] / "shared" / "specs"
LOGS = {
    "vbr": ("vbr-1.3-rev2-security.json", EVENTS, EVENTS, "AuthorizationEventModel"),
    "vspc": ("vspc-3.6.2-events-labels-hooks.json", ACTIVITY, ACTIVITY.removeprefix("/api/v3"), "ActivityLog"),
}


def contract(product: str) -> tuple[str, dict[str, Any], dict[str, Any], set[str]]:
    """(path, schemas, properties of a record, names of parameters)"""
    file, path, spelled, model = LOGS[product]
    if not (SPECS / file).exists():
        pytest.skip(f"there is no {SPECS / file}: the log is compared with nothing")
    whole = json.loads((SPECS / file).read_text(encoding="utf-8"))
    schemas = whole["components"]["schemas"]
    parameters = {one.get("name", "") for one in whole["paths"][spelled]["get"]["parameters"]}
    return path, schemas, schemas[model]["properties"], parameters


@pytest.mark.parametrize("product", LOGS)
def test_records_and_questions_are_those_of_the_contract(sim: Simulator, product: str) -> None:
    path, schemas, properties, parameters = contract(product)
    for action in ("add", "update", "delete"):
        sim.drift(product, action, "eve" if product == "vspc" else r"LAB\eve")
    known = Connections(sim.connections(), sessions=sessions(), warn=lambda text: None, environ={})
    session = known.open(product, product)
    found = list(session.access_events(datetime.now(timezone.utc) - timedelta(minutes=1)) or ())
    rows = session.get(path, limit=100)["data"]
    known.close()
    assert len(found) >= 3
    for row in rows:
        assert {*row} <= {*properties}
        for key, value in row.items():
            named = str(properties[key].get("$ref", "")).rpartition("/")[2]
            assert value in schemas[named]["enum"] if named else isinstance(value, str), (key, value)
    asked = {key for one in sim.requests(product) if one.path == path for key in one.query}
    assert asked <= parameters


def test_the_types_that_are_about_access_are_in_the_contract() -> None:
    _, schemas, _, _ = contract("vspc")
    assert {one.strip(" ,").casefold() for one in schemas["ActivityLogType"]["enum"]} >= _TYPES
