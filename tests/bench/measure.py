"""One product at one size: our resources, resources that do nothing, plain requests, one after the other."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.bench.bare import CLIENTS
from tests.bench.objects import Product
from tests.bench.servers import Servers
from tests.bench.stack import OPERATIONS, Stack, connection

RUNS = 3
"""Of every operation: ours, nothing, bare."""
CONCURRENCY = 4
"""Requests at a time: the default of connections, and as many threads as a provider process has."""


class Step(Protocol):
    """Hears what is going on; with `done`, how each of the RUNS came out, and of how many objects."""

    def __call__(self, text: str, done: int = 0) -> None: ...


@dataclass
class Measure:
    """An operation on so many objects. `seconds`: by ours, nothing, bare; `requests` by kind: by ours, bare.

    Bare sends nothing where ours sends nothing, so there it has no seconds. The engine alone has those of nothing only.
    """

    product: str
    objects: int
    operation: str
    seconds: dict[str, float] = field(default_factory=dict)
    requests: dict[str, Counter[str]] = field(default_factory=dict)

    def ratio(self, to: str) -> float | None:
        """How many times as long ours takes."""
        return self.seconds["ours"] / self.seconds[to] if self.seconds.get(to) and "ours" in self.seconds else None

    @property
    def per_object(self) -> float | None:
        return self.requests["ours"].total() / self.objects if "ours" in self.requests else None


def measure(product: Product, count: int, servers: Servers, folder: Path, step: Step) -> list[Measure]:
    """All operations. Raises Failed."""
    rows = {name: Measure(product.name, count, name) for name in OPERATIONS}
    objects, settings = product.objects(count), servers.connections[product.connection]
    folder.mkdir()
    environ = connection(product.connection, settings, CONCURRENCY)
    servers.requests(product.connection)
    for who, resource in (("ours", product.resource), ("nothing", "")):
        stack = Stack(folder / who, resource, objects, environ)
        for name, row in rows.items():
            step(f"{product.name} x {count}, {who}: {name}")
            row.seconds[who] = stack.run(name)
            if resource:
                row.requests[who] = servers.requests(product.connection)
        step(summary(rows.values(), who), done=count)

    client = CLIENTS.get(product.name)
    if client is None:  # nobody has written its plain requests down
        step(f"{product.name} x {count}: its plain requests are written down nowhere", done=count)
        return list(rows.values())
    ids: list[str] = []

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        step(f"{product.name} x {count}, bare: {name}")
        began = time.perf_counter()
        yield
        rows[name].seconds["bare"] = time.perf_counter() - began
        rows[name].requests["bare"] = servers.requests(product.connection)

    with timed("create"), client(settings, CONCURRENCY) as server:
        ids = server.create_all(objects)
    with timed("refresh"), client(settings, CONCURRENCY) as server:
        server.read_all(ids)
    with timed("destroy"), client(settings, CONCURRENCY) as server:
        server.delete_all(ids)
    step(summary(rows.values(), "bare"), done=count)
    return list(rows.values())


def summary(rows: Iterable[Measure], who: str) -> str:
    one, *_ = rows = list(rows)
    seconds = ((row.operation, row.seconds.get(who)) for row in rows)
    shown = ", ".join(f"{name} {taken:.1f} s" for name, taken in seconds if taken is not None)
    return f"{one.product} x {one.objects}, {who}: {shown}"
