"""What the tests of the probe share: releases, a probe of a simulated server, and what `--write` needs there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from veeam_pulumi.probe import command
from veeam_pulumi.products import sessions
from veeam_pulumi.server.connections import Connections
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.m365 import seeds as m365
from veeam_pulumi.simulator.vspc import seeds as vspc

RELEASES = [
    ("vbr", {"vbr.build": "12.3.2.3617"}),
    ("vbr", {"vbr.build": "13.0.1.1071"}),
    ("vbr", {"vbr.build": "13.1.0.411"}),
    ("vbr", {"vbr.dialect": "users"}),
    ("aws", {}),
    ("aws", {"aws.release": "10"}),
    ("azure", {}),
    ("azure", {"azure.release": "6"}),
    ("em", {"em.release": "12"}),
    ("em", {"em.release": "13"}),
    ("m365", {}),
    ("m365", {"m365.release": "6"}),
    ("vspc", {}),
    ("vspc", {"vspc.release": "8.1"}),
]
EACH = pytest.mark.parametrize(
    ("product", "knobs"), RELEASES, ids=[f"{one} {'-'.join(knobs.values())}".strip() for one, knobs in RELEASES]
)
HAS_USERS = [one for one in RELEASES if one[1].get("vbr.build") != "12.3.2.3617"]
EACH_WITH_USERS = pytest.mark.parametrize(
    ("product", "knobs"), HAS_USERS, ids=[f"{one} {'-'.join(knobs.values())}".strip() for one, knobs in HAS_USERS]
)
"""Of a backup server that is too old REST has no users, so nothing can be made."""
WITH = {
    "vbr": r"TECH\wilhelmina.quux",
    "vspc": vspc.ALPHA,
    "m365": f"{m365.ORGANIZATIONS[0][1]}/{m365.PEOPLE[0][2]}",
}
OWN = re.compile(r"wilhelmina|quux|payroll|Canary|127\.0\.0\.1|contoso|fabrikam|79817d6d", re.IGNORECASE)


def known(sim: Simulator) -> Connections:
    return Connections(sim.connections(), sessions=sessions(), warn=lambda text: None, environ={})


def probed(sim: Simulator, product: str, out: Path, *, write: bool = False) -> tuple[int, Path, list[str]]:
    """The exit code, the folder and what was said."""
    said: list[str] = []
    connections = known(sim)
    given = [f"{product}={WITH[product]}"] if product in WITH else []
    try:
        plans = command.plans(connections, [product], "dev", given, said.append) if write else None
        said.clear()  # which is said to the owner, in the owner's own words
        code = command.probed(connections, [product], "dev", out, said.append, plans)
    finally:
        connections.close()
    (made,) = out.iterdir()
    return code, made, said


def lines(made: Path) -> dict[str, str]:
    """The lines of a summary, by question."""
    rows = (line for line in (made / "summary.md").read_text().splitlines() if line.startswith("| "))
    return {row.split(" | ")[0][2:]: row for row in rows}
