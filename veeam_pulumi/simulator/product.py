"""A product as the simulator starts it: a name, a place, its knobs, and how to build it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.applications import Starlette

from .certificates import Identity
from .credentials import Clock
from .exchange import Op, Room, application
from .knobs import Knob, Knobs
from .store import Store

R = TypeVar("R", bound=Room)


@dataclass(frozen=True)
class World:
    """What a product finds around it. `identity` is the certificate that its server shows at the moment."""

    store: Store
    knobs: Knobs
    clock: Clock
    lock: AbstractContextManager[Any]
    identity: Callable[[], Identity]


Build = Callable[[World], tuple[Room, Starlette]]


@dataclass(frozen=True)
class Product:
    """`place`: its port is the port base plus this; the control plane has 0."""

    name: str
    title: str
    place: int
    username: str
    password: str
    knobs: tuple[Knob, ...]
    build: Build


def assemble(room: Callable[[World], R], table: tuple[Op[R], ...]) -> Build:
    def build(world: World) -> tuple[Room, Starlette]:
        made = room(world)
        return made, application(made, table, world.lock)

    return build
