"""A product as the simulator starts it: a name, a port, its knobs, and how to build its server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from starlette.applications import Starlette

from .certificates import Identity
from .credentials import Clock
from .knobs import Knob, Knobs
from .routing import Op, Server, application, routes
from .store import Store

S = TypeVar("S", bound=Server)
S_contra = TypeVar("S_contra", bound=Server, contravariant=True)
_Objects = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Environment:
    """What a product finds around it. `identity` is the certificate that its server shows at the moment."""

    store: Store
    knobs: Knobs
    clock: Clock
    lock: AbstractContextManager[Any]
    identity: Callable[[], Identity]


class Control(Protocol[S_contra]):
    """`control.py` of a product: what the control plane asks of its server, and no client can."""

    def seed(self, server: S_contra) -> None: ...
    def objects(self, server: S_contra) -> _Objects: ...
    def lookup(self, server: S_contra, name: str) -> dict[str, Any] | None: ...
    def can_login(self, server: S_contra, username: str, password: str) -> bool: ...
    def drift(self, server: S_contra, action: str, name: str, values: Mapping[str, Any]) -> None: ...


@dataclass(frozen=True)
class Running:
    """A product's server, ready to listen, and the control plane's way to it."""

    server: Server
    application: Starlette
    seed: Callable[[], None]
    objects: Callable[[], _Objects]
    lookup: Callable[[str], dict[str, Any] | None]
    can_login: Callable[[str, str], bool]
    drift: Callable[[str, str, Mapping[str, Any]], None]


Build = Callable[[Environment], Running]


@dataclass(frozen=True)
class Product:
    """`port_offset`: its port is the port base plus this; the control plane has 0."""

    name: str
    title: str
    port_offset: int
    username: str
    password: str
    knobs: tuple[Knob, ...]
    build: Build


def assemble(server: Callable[[Environment], S], table: tuple[Op[S], ...], control: Control[S]) -> Build:
    def build(environment: Environment) -> Running:
        made = server(environment)
        return Running(
            made,
            application(made, routes(table), environment.lock),
            partial(control.seed, made),
            partial(control.objects, made),
            partial(control.lookup, made),
            partial(control.can_login, made),
            partial(control.drift, made),
        )

    return build
