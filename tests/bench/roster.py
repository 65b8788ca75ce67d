"""Access as code: a roster over all four products as one stack, from the first preview to a run with nothing to do."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.bench.measure import CONCURRENCY, Measure, Step, summary
from tests.bench.objects import COMPANY, FIRST, ROLE
from tests.bench.servers import Servers
from tests.bench.stack import Failed, connection
from veeam_pulumi.engine import Engine

NAME = "roster"
OPERATIONS = ("preview", "up", "no-op up")


def roster(count: int) -> dict[str, Any]:
    """So many entries, in turn with an account on each product; a backup server belongs to one entry alone."""
    profiles: dict[str, Any] = {
        "aws": {"aws": {}},
        "vbr": {"vbr": {"roles": [ROLE]}},
        "vspc": {"vspc": {"role": "CompanyAdministrator", "company": "alpha"}},
    }
    people = {}
    for number in range(1, count + 1):
        key, product = f"bench-{number:04}", list(FIRST.values())[number % len(FIRST)]
        profile = product
        if product == "em":
            profile = key
            profiles[key] = {"em": {"servers": [f"{key}.example.com"]}}
        people[key] = {"name": f"Bench {number}", "email": "s.smith@alpha.com", "profile": profile}
    return {"profiles": profiles, "names": {"vbr": r"TECH\{key}"}, "people": people}


def measure_roster(count: int, servers: Servers, folder: Path, step: Step) -> list[Measure]:
    """All operations, by our resources alone. Raises Failed."""
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
    (folder / "__main__.py").write_text("from veeam_pulumi.access import person\n\nperson.declare('roster.yaml')\n")
    (folder / "roster.yaml").write_text(json.dumps(roster(count)))
    (folder / "Pulumi.bench.yaml").write_text(json.dumps({"config": {"veeam:companies": {"alpha": COMPANY}}}))
    environ = {
        "PULUMI_BACKEND_URL": f"file://{folder}/state",
        "PULUMI_CONFIG_PASSPHRASE": "bench",
        "NO_PROXY": "127.0.0.1",
    }
    for product in FIRST.values():
        environ |= connection(product, servers.connections[product], CONCURRENCY)
    Engine(folder, "bench", environ=environ, out=io.StringIO()).init()
    servers.requests()
    rows = []
    for name in OPERATIONS:
        step(f"{NAME} x {count}: {name}")
        seconds = _run(folder, name, count, environ)
        rows.append(Measure(NAME, count, name, {"ours": seconds}, {"ours": servers.requests()}))
    step(summary(rows, "ours"), done=count)
    return rows


def _run(folder: Path, operation: str, count: int, environ: Mapping[str, str]) -> float:
    """One operation -> seconds, with the provider's start and end. Raises Failed."""
    out = io.StringIO()
    engine = Engine(folder, "bench", environ=environ, out=out)
    began = time.perf_counter()
    result = engine.preview() if operation == "preview" else engine.up()
    seconds = time.perf_counter() - began
    # A person and an account for each; a password too, but for users of Backup & Replication.
    change, least = ("same" if operation == "no-op up" else "create"), 2 * count
    if result.exit_code or set(result.changes) != {change} or result.changes[change] < least:
        raise Failed(f"{operation} of {count} entries: {result.changes}\n{out.getvalue()[-2000:]}")
    return seconds
