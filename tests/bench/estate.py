"""Taking over a running estate: what `discover` and `discover --out` send for many accounts on twenty servers."""

from __future__ import annotations

import json
import time
from pathlib import Path

from tests.bench.measure import Measure, Step, summary
from tests.bench.objects import ROLE
from tests.bench.servers import Servers
from tests.bench.stack import Failed
from veeam_pulumi.access.entries import Surroundings
from veeam_pulumi.estate import ask, census, proof, take_over
from veeam_pulumi.products import sessions
from veeam_pulumi.server.connections import Connections

NAME = "estate"
SERVERS = 20
"""Connections; one simulated server stands behind all, each reads all of it."""
OPERATIONS = ("discover", "discover --out")


def measure_estate(accounts: int, servers: Servers, folder: Path, step: Step) -> list[Measure]:
    """Both commands, by our resources alone; `accounts`: on all servers together. Raises Failed."""
    folder.mkdir()
    made = [rf"BENCH\user-{number:04}" for number in range(max(1, accounts // SERVERS))]
    for name in made:
        servers.drift("vbr", "add", name, {"roles": [ROLE]})
    settings = {f"vbr{number:02}": servers.connections["vbr"] for number in range(SERVERS)}
    servers.requests()
    rows = []
    for name in OPERATIONS:
        step(f"{NAME} x {accounts}: {name}")
        known = Connections(settings, sessions=sessions(), warn=lambda text: None, environ={})
        config = {"veeam:connections": json.dumps(settings)}
        around = Surroundings("", dict.fromkeys(settings, "vbr"))
        estate, began = ask.Estate(known, around=around, config=config), time.perf_counter()
        found = census.take(known)
        if not found.complete:
            raise Failed(f"{name}: {'; '.join(one.problem for one in found.servers)}")
        if name != OPERATIONS[0]:
            report = take_over.take_over(estate, found, folder)
            if changes := proof.check(estate, folder, report.companies, report.rows):
                raise Failed(f"{name}: {changes[0]}")
        known.close()
        taken = time.perf_counter() - began
        rows.append(Measure(NAME, len(made) * SERVERS, name, {"ours": taken}, {"ours": servers.requests()}))
    for name in made:
        servers.drift("vbr", "delete", name)
    step(summary(rows, "ours"), done=accounts)
    return rows
