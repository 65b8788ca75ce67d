"""`python -m tests.bench`: measures, shows a table, writes build/bench.json."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from tests.bench import estate, hcl, roster, who
from tests.bench.alone import NAME, measure_alone, verdicts
from tests.bench.measure import CONCURRENCY, RUNS, Measure, measure
from tests.bench.objects import PRODUCTS
from tests.bench.report import table, write
from tests.bench.servers import Servers
from tests.bench.stack import OPERATIONS, Failed

KNOWN = (NAME, *PRODUCTS, hcl.NAME, roster.NAME, who.NAME, estate.NAME)


def bench(
    products: Annotated[str, typer.Option(help="Which, separated by commas.")] = ",".join(KNOWN),
    sizes: Annotated[str, typer.Option(help="How many objects, separated by commas.")] = "1,100,1000",
    entries: Annotated[int, typer.Option(min=1, help="How many entries the roster has.")] = 300,
    accounts: Annotated[int, typer.Option(min=3, help="How many accounts `who` reads, in hundreds.")] = 5000,
    taken: Annotated[int, typer.Option(min=20, help="How many accounts `discover` takes over.")] = 2000,
    out: Annotated[Path, typer.Option(metavar="FILE", dir_okay=False)] = Path("build/bench.json"),
) -> None:
    """Seconds and requests of create, a run with nothing to do, refresh and destroy, beside a provider that does
    nothing and beside plain httpx; of the engine alone, which ends with 1 if many objects cost too much; of Terraform;
    of a roster over all products; of `who`; and of taking over an estate."""
    names, counts = _products(products), _sizes(sizes)
    chosen = [PRODUCTS[name] for name in names if name in PRODUCTS]
    terraform = hcl.NAME in names and hcl.BINARY is not None
    missing = [hcl.MISSING] if hcl.NAME in names and not terraform else []
    # While a program runs, the engine takes sys.stdout for what the program prints: these are the real ones.
    screen, progress = Console(file=sys.stdout), _progress(Console(file=sys.stderr))
    about = _about()
    found, slow = list[Measure](), list[str]()
    try:
        knobs = [knob for one in (PRODUCTS.values() if roster.NAME in names else chosen) for knob in one.knobs]
        with tempfile.TemporaryDirectory(prefix="veeam-bench-") as name, progress:
            runs = len(chosen) * RUNS + (NAME in names) + hcl.RUNS * terraform
            total = runs * sum(counts) + (entries if roster.NAME in names else 0)
            total += accounts if who.NAME in names else 0
            total += taken if estate.NAME in names else 0
            bar = progress.add_task("starting", total=total)

            def step(text: str, done: int = 0) -> None:
                progress.update(bar, description=text, advance=done)
                if done:
                    progress.console.print(text, highlight=False, soft_wrap=True)

            for count in sorted(counts) if NAME in names else ():
                found += measure_alone(count, Path(name) / f"{NAME}-{count}", step)
            with Servers(Path(name) / "simulator", knobs) as servers:
                for count in sorted(counts):
                    for product in chosen:
                        folder = Path(name) / f"{product.name}-{count}"
                        found += measure(product, count, servers, folder, step)
                    if terraform:
                        found += hcl.measure_terraform(count, servers, Path(name) / f"{hcl.NAME}-{count}", step)
                if roster.NAME in names:
                    found += roster.measure_roster(entries, servers, Path(name) / roster.NAME, step)
                if who.NAME in names:
                    found += who.measure_who(accounts, servers, Path(name) / who.NAME, step)
                if estate.NAME in names:
                    found += estate.measure_estate(taken, servers, Path(name) / estate.NAME, step)
    except (Failed, RuntimeError, KeyboardInterrupt) as problem:
        typer.echo(f"error: {problem or 'interrupted'}", err=True)
        raise typer.Exit(1) from None
    finally:  # what was measured so far is worth having
        if found:
            growth, slow = verdicts(found)
            notes = [*growth, *(f"{one.name}: {one.note}" for one in chosen if one.note), *missing]
            screen.print(table(found, about, notes))
            write(out, about, notes, found)
            screen.print(f"{out} has all of it.", highlight=False)
    if missing and not found:
        screen.print(*missing)
    if slow:
        typer.echo(f"error: {'; '.join(slow)}", err=True)
        raise typer.Exit(1)


def _progress(console: Console) -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    # A live display takes over stdout and stderr, and so does the engine.
    return Progress(*columns, console=console, redirect_stdout=False, redirect_stderr=False, transient=True)


def _products(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := sorted(set(names) - set(KNOWN)) or not names:
        raise typer.BadParameter(f"{unknown if names else 'none given'}; known ones: {', '.join(KNOWN)}")
    return list(dict.fromkeys(names))


def _sizes(text: str) -> set[int]:
    try:
        found = {int(size) for size in text.split(",")}
    except ValueError:
        found = {0}
    if min(found) < 1:
        raise typer.BadParameter(f"{text!r}: whole numbers from 1, separated by commas")
    return found


def _about() -> dict[str, Any]:
    load = os.getloadavg() if hasattr(os, "getloadavg") else ()
    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "load_before": [round(one, 2) for one in load],
        "versions": {name: version(name) for name in ("veeam-pulumi", "pulumi", "httpx", "pydantic", "grpcio")},
        "concurrency": CONCURRENCY,
        "operations": list(OPERATIONS),
    }


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(bench)
    app()
