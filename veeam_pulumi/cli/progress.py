"""How far the reading of servers is, on a terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def reading(total: int) -> Iterator[Callable[[str], None]]:
    """Counts servers on a terminal while they are read; says nothing elsewhere."""
    from rich.console import Console

    screen, done = Console(stderr=True), []
    if not screen.is_terminal:
        yield lambda connection: None
        return
    with screen.status(f"reading {total} servers …") as status:

        def told(connection: str) -> None:
            done.append(connection)
            status.update(f"reading servers: {len(done)} of {total} …")

        yield told
