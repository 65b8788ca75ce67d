"""`python -m tests.chaos`: runs the campaign, shows a table, writes build/chaos.json."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tests.chaos.campaign import Servers, learn
from tests.chaos.cases import batches, every, without_faults
from tests.chaos.faults import FAULTS
from tests.chaos.report import table, totals, write
from tests.chaos.subjects import OPERATIONS, SUBJECTS
from tests.chaos.trial import Row
from tests.chaos.workers import run_all


def campaign(
    kinds: Annotated[str, typer.Option(help=f"Which, separated by commas: {', '.join(SUBJECTS)}.")] = "",
    operations: Annotated[str, typer.Option(help=f"Which: {', '.join(OPERATIONS)}.")] = "",
    faults: Annotated[str, typer.Option(help="Which, such as `reset after`; see tests/chaos/faults.py.")] = "",
    part: Annotated[
        str, typer.Option(metavar="K/N", help="Only every N-th case, from the K-th on: for several machines or days.")
    ] = "1/1",
    size: Annotated[int, typer.Option(help="How many cases run together.", min=1)] = 60,
    workers: Annotated[int, typer.Option(help="How many run at the same time.", min=1)] = 2,
    out: Annotated[Path, typer.Option(metavar="FILE", dir_okay=False)] = Path("build/chaos.json"),
) -> None:
    """Counts duplicates, orphans, ghosts, leaked secrets, hung runs and what was not repaired, over all cases."""
    for name in [name for name in os.environ if name.startswith(("VEEAM_", "PULUMI_"))]:
        del os.environ[name]
    first, step = part_of(part)
    plain = without_faults(_chosen(kinds, SUBJECTS), _chosen(operations, OPERATIONS))
    screen, began = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 132), time.monotonic()
    rows, interrupted = list[Row](), False
    try:
        with Servers() as servers, tempfile.TemporaryDirectory(prefix="veeam-chaos-") as name:
            sent = learn(plain, servers, Path(name))
        rows += run_all(batches(every(sent, _chosen(faults, FAULTS))[first::step], size), workers)
    except KeyboardInterrupt:
        interrupted = True  # what is done by then counts
    missed = [row for row in rows if not row.struck]
    place = {name: at for at, name in enumerate(FAULTS)}
    rows = sorted((row for row in rows if row.struck), key=lambda row: (place[row.case.fault_name], str(row.case)))
    screen.print(table(rows))
    for row in (row for row in rows if not row.good):
        screen.print(str(row), markup=False, highlight=False, soft_wrap=True)
    if missed:
        screen.print(f"not counted: {len(missed)} cases whose fault was not met, such as {missed[0].case}")
    write(out, rows)
    found = totals(rows)
    screen.print(
        f"{', '.join(f'{key} {value}' for key, value in found.items())}; {time.monotonic() - began:.0f} s; {out}",
        highlight=False,
        soft_wrap=True,
    )
    if interrupted:
        typer.echo("interrupted: these are not all cases", err=True)
    if interrupted or not found.pop("cases") or any(found.values()):
        raise typer.Exit(1)


def part_of(text: str) -> tuple[int, int]:
    """Where the cases of a part begin, and the step from one to the next."""
    first, _, step = text.partition("/")
    if not (first.isdecimal() and step.isdecimal() and 0 < int(first) <= int(step)):
        raise typer.BadParameter(f"{text!r} is not a part such as 2/3: the second of three")
    return int(first) - 1, int(step)


def _chosen(text: str, known: Mapping[str, object]) -> list[str]:
    """The names that start with one of the words; all without any."""
    words = [word.strip().replace("_", " ") for word in text.split(",") if word.strip()]
    if unknown := [word for word in words if not any(name.startswith(word) for name in known)]:
        raise typer.BadParameter(f"{', '.join(unknown)}; known kinds: {', '.join(known)}")
    return [name for name in known if not words or name.startswith(tuple(words))]


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(campaign)
    app()
