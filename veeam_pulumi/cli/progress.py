"""How far the reading of servers is, on a terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def counted(total: int, what: str = "reading") -> Iterator[Callable[[str], None]]:
    """Counts servers on a terminal while they are read (`reading servers: 3 of 12 …`); says nothing elsewhere."""
    from rich.console import Console

    screen, done = Console(stderr=True), []
    if not screen.is_terminal:
        yield lambda connection: None
        return
    with screen.status(f"{what} servers: 0 of {total} …") as status:

        def told(connection: str) -> None:
            done.append(connection)
            status.update(f"{what} servers: {len(done)} of {total} …")

        yield told
