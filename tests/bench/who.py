"""Who can delete our backups: reading many accounts on many servers, and the page that shows them."""

from __future__ import annotations

import time
from pathlib import Path

from tests.bench.measure import Measure, Step, summary
from tests.bench.servers import Servers
from tests.bench.stack import Failed
from veeam_pulumi.estate import ask
from veeam_pulumi.estate.page import page
from veeam_pulumi.products import sessions
from veeam_pulumi.server.connections import Connections

NAME = "who"
OPERATIONS = ("read", "page")
ON_EACH = 100
"""Accounts of a server; one simulated server stands for all of them, with a login for each."""


def measure_who(accounts: int, servers: Servers, folder: Path, step: Step) -> list[Measure]:
    """So many accounts, in hundreds, each hundred on a server of its own. Raises Failed."""
    folder.mkdir()
    many = max(accounts // ON_EACH, 1)
    servers.populate(min(accounts, ON_EACH))
    settings = {**servers.connections["vbr"], "product": "vbr"}
    names = [f"vbr{number:03}" for number in range(many)]
    known = Connections(dict.fromkeys(names, settings), sessions=sessions(), warn=print, environ={})
    servers.requests()
    rows = []
    for name in OPERATIONS:
        step(f"{NAME} x {accounts}: {name}")
        began = time.perf_counter()
        if name == "read":
            answers = ask.answers(ask.Estate(known), ask.Question("anything"))
        else:
            (folder / "who.html").write_text(page(answers.asked), encoding="utf-8")
        row = Measure(NAME, accounts, name, {"ours": time.perf_counter() - began})
        if name == "read":
            row.requests["ours"] = servers.requests("vbr")
        rows.append(row)
    if not answers.asked["complete"] or len(answers.asked["grants"]) != many * min(accounts, ON_EACH):
        raise Failed(f"{len(answers.asked['grants'])} of {accounts} accounts were read")
    step(summary(rows, "ours"), done=accounts)
    return rows
