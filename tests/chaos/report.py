"""What came of the cases, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table

from tests.chaos.trial import COUNTS, Row


def totals(rows: Iterable[Row]) -> dict[str, int]:
    rows = list(rows)
    return {"cases": len(rows), **{name: sum(getattr(row, name) for row in rows) for name in COUNTS}}


def table(rows: Iterable[Row]) -> Table:
    """By fault and resource: how many cases, in how many the next run needed `adopt`, and what went wrong."""
    shown = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    shown.add_column("fault", no_wrap=True)
    shown.add_column("resource", no_wrap=True)
    for name in ("cases", "adopted", *COUNTS):
        shown.add_column(name, justify="right", no_wrap=True)
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.case.fault_name, row.case.subject_name), []).append(row)
    last = ""
    for (fault, subject), some in groups.items():
        found = totals(some)
        numbers = [found["cases"], sum(row.adopted for row in some), *(found[name] for name in COUNTS)]
        style = "" if all(row.good for row in some) else "bold red"
        shown.add_row(fault if fault != last else "", subject, *map(str, numbers), style=style)
        last = fault
    return shown


def write(file: Path, rows: Iterable[Row]) -> None:
    rows = list(rows)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({**totals(rows), "rows": [row.as_dict() for row in rows]}, indent=1) + "\n")
