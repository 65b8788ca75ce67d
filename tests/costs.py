"""What each test costs: a pytest plugin, and the tables with which `python -m tests --costs` ends.

Costs are CPU seconds of the worker and of all that descends from it, which is how what a test starts is counted, too: a
child that was forked for it and has ended counts in its parent. What a fixture of the whole session costs is counted
with the test that wanted it first.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Generator, Iterable
from pathlib import Path

import pytest

FILE = "TEST_COSTS"
"""The variable with the file for one line per test: its seconds and its name."""
_TICKS = os.sysconf("SC_CLK_TCK")


def seconds(pid: int) -> float:
    """The CPU seconds so far of a process, its ended children, and all that descends from it and still runs."""
    try:
        times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]
        children = [one for file in Path(f"/proc/{pid}/task").glob("*/children") for one in file.read_text().split()]
    except OSError:
        return 0
    return sum(map(int, times)) / _TICKS + sum(seconds(int(child)) for child in children)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    if call.when == "teardown":
        before, now = vars(item.session).get("_seconds", 0), seconds(os.getpid())
        item.user_properties.append(("cost", now - before))
        vars(item.session)["_seconds"] = now
    return (yield)


def pytest_collection_finish(session: pytest.Session) -> None:
    vars(session)["_seconds"] = seconds(os.getpid())


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "teardown" and "PYTEST_XDIST_WORKER" not in os.environ:
        with Path(os.environ[FILE]).open("a", encoding="utf-8") as file:
            file.write(f"{dict(report.user_properties)['cost']:.3f} {report.nodeid}\n")


def kind_of(name: str) -> str:
    """The kind of resource that a test is about, by its file or its parameters; empty where it is about several."""
    from veeam_pulumi.products import file_of, resources  # not before coverage is measured, see measured.py

    for kind in resources():
        product = kind.partition(".")[0]
        if f"/test_{product}_{file_of(kind)}.py::" in name or re.search(rf"\b{re.escape(kind)}\b", name):
            return kind
    return ""


def tables(lines: Iterable[str]) -> str:
    """The seconds by folder and by kind, the dearest first."""
    folders, kinds = defaultdict[str, float](float), defaultdict[str, float](float)
    for line in lines:
        cost, _, name = line.rstrip("\n").partition(" ")
        folders["/".join(name.partition("::")[0].split("/")[:2])] += float(cost)
        if kind := kind_of(name):
            kinds[kind] += float(cost)
    shown = []
    for title, found in (("folder", folders), ("kind", kinds)):
        shown += [f"seconds of CPU by {title}"]
        shown += [f"{cost:8.1f}  {name}" for name, cost in sorted(found.items(), key=lambda one: -one[1])]
    return "\n".join(shown)
