"""The simulator: it starts the servers of the products and the control plane, and ends them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType

import yaml

from . import control, serve, wire
from .aws import PRODUCT as AWS
from .azure import PRODUCT as AZURE
from .em import PRODUCT as EM
from .fault_middleware import FaultMiddleware
from .keys import Keys
from .m365 import PRODUCT as M365
from .product import Environment, Product
from .simulated_servers import HOST, SimulatedServers
from .store import Store
from .vbr import PRODUCT as VBR
from .vspc import PRODUCT as VSPC

PRODUCTS: dict[str, Product] = {product.name: product for product in (AWS, VBR, EM, VSPC, AZURE, M365)}

DEFAULT_PRODUCTS = tuple(PRODUCTS)
"""What runs where nobody says which: all of them."""


class Simulator(SimulatedServers):
    """Real HTTPS servers on 127.0.0.1 that answer as the products do, and a control plane (plain HTTP) beside them.

    knobs: `{"vbr.dialect": "users"}`; the README lists them all. port_base: the control plane's port, the products
    follow it in fixed places; 0 takes free ports. out: a folder for connections.yaml, ca.pem and control.json.
    state: a SQLite file that survives restarts. products: which of them run.
    """

    def __init__(
        self,
        knobs: Mapping[str, object] | None = None,
        port_base: int = 0,
        out: Path | None = None,
        state: Path | None = None,
        products: Iterable[str] = DEFAULT_PRODUCTS,
    ) -> None:
        super().__init__([_product(name) for name in products], knobs or {})
        self._port_base, self._out, self._state = port_base, out, state
        self._servers: serve.Servers | None = None

    def start(self) -> Simulator:
        self._store = Store(self._state)
        self._scratch = serve.scratch_folder()
        folder = self._out or Path(self._scratch.name)
        folder.mkdir(parents=True, exist_ok=True)
        self.ca_file = folder / "ca.pem"
        try:
            self._open(folder)
        except BaseException:
            self.stop()
            raise
        return self

    def _open(self, folder: Path) -> None:
        self._keys = Keys(self._store)
        for name, product in self._products.items():
            self._listeners[name] = self._listener(product)
        traffic = wire.Traffic()
        plane = wire.listen(self._port_base, traffic)
        self._listeners[""] = serve.Listener(control.application(self), plane, traffic)
        self.control_url = f"http://{HOST}:{self._listeners[''].port}"
        self._servers = serve.Servers(list(self._listeners.values()))
        self._show_certificates()
        self.ca_file.write_text(self._keys.authority.certificate_pem())  # not before the ports are ours
        self._servers.start()
        if self._out is not None:
            serve.write_private(folder / "connections.yaml", yaml.safe_dump(self.connections(), sort_keys=False))
            (folder / "control.json").write_text(json.dumps({"url": self.control_url}) + "\n")

    def _listener(self, product: Product) -> serve.Listener:
        name, traffic = product.name, wire.Traffic()
        environment = Environment(self._store, self._knobs, self._clock, self._lock, lambda: self._identity(name))
        self._running[name] = running = product.build(environment)
        if not self._store.shelf("seeded").get(name):
            running.seed()
            self._store.shelf("seeded").put(name, {"seeded": True})
        middleware = FaultMiddleware(
            name,
            running.server,
            running.application,
            self._request_log,
            self._faults,
            traffic,
            lambda fault: self._begin(name, fault),
        )
        port = self._port_base + product.port_offset if self._port_base else 0
        return serve.Listener(middleware, wire.listen(port, traffic), traffic, self._leaf(name))

    def stop(self) -> None:
        if self._servers is not None:
            self._servers.stop()
        for listener in self._listeners.values():
            listener.socket.close()
        self._store.close()
        self._scratch.cleanup()

    def __enter__(self) -> Simulator:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _product(name: str) -> Product:
    if name not in PRODUCTS:
        raise ValueError(f"unknown product {name}; known products: {', '.join(PRODUCTS)}")
    return PRODUCTS[name]
