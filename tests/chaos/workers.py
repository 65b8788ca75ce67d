"""Worker processes: the engine does one run at a time in a process, with providers that are forked, see fork_server."""

from __future__ import annotations

import itertools
import multiprocessing
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import typer

from tests import fork_server
from tests.chaos.campaign import Servers, run
from tests.chaos.cases import Case
from tests.chaos.trial import Row
from veeam_pulumi.engine import plugin

_servers = Servers()
_numbers = itertools.count()


def run_all(parts: list[list[Case]], workers: int) -> Iterator[Row]:
    """The rows of all parts, as they come; says on stderr how far it is."""
    done, total, spawn = 0, sum(map(len, parts)), multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(parts)), mp_context=spawn) as pool:
        try:
            for future in as_completed([pool.submit(_one, part) for part in parts]):
                rows = future.result()
                done += len(rows)
                for row in rows:
                    if not row.good:
                        typer.echo(str(row), err=True)
                typer.echo(f"{done} of {total} cases", err=True)
                yield from rows
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # else ^C would wait for what has not begun


def _one(cases: list[Case]) -> list[Row]:
    """In a worker process, whose servers live as long as it does."""
    if fork_server.AVAILABLE:
        plugin.start = fork_server.start  # type: ignore[assignment]
    with tempfile.TemporaryDirectory(prefix="veeam-chaos-") as name:
        return run(cases, _servers, Path(name) / str(next(_numbers)))
