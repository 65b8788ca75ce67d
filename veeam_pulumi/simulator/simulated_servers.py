"""The running servers as Python and the control plane see them: state, knobs, faults, the request log."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from . import serve, wire
from .certificates import Identity
from .credentials import Clock
from .faults import Fault, Faults
from .keys import Keys
from .knobs import Knobs, Value
from .product import Product, Running
from .request_log import Record, RequestLog

HOST = "127.0.0.1"


class SimulatedServers:
    """What may be asked of servers that a `Simulator` has started, and done to them, without a request of a client."""

    ca_file: Path
    control_url: str
    _keys: Keys

    def __init__(self, products: Iterable[Product], knobs: Mapping[str, object]) -> None:
        self._products = {product.name: product for product in products}
        self._knobs = Knobs([knob for product in self._products.values() for knob in product.knobs], knobs)
        self._lock, self._clock = threading.RLock(), Clock()
        self._request_log, self._faults = RequestLog(), Faults()
        self._running: dict[str, Running] = {}
        self._listeners: dict[str, serve.Listener] = {}

    # -- where it is

    @property
    def products(self) -> tuple[str, ...]:
        return tuple(self._products)

    def url(self, product: str) -> str:
        return f"https://{HOST}:{self._listeners[self._known(product)].port}"

    def username(self, product: str) -> str:
        return self._products[self._known(product)].username

    def password(self, product: str) -> str:
        """The password that the calling administrator is installed with."""
        return self._products[self._known(product)].password

    def thumbprint(self, product: str, algorithm: str = "sha256") -> str:
        """Of the certificate that the server shows now; upper-case hex. algorithm: sha256 or sha1."""
        return self._identity(self._known(product)).thumbprint(algorithm)

    def connections(self) -> dict[str, dict[str, Any]]:
        """What `veeam:connections` needs in order to reach these servers."""
        return {
            name: {
                "product": name,
                "url": self.url(name),
                "username": self.username(name),
                "password": self.password(name),
                "tls": {"ca_file": str(self.ca_file.resolve())},
            }
            for name in self._products
        }

    def variables(self) -> dict[str, str]:
        """The same as environment variables, which win over a stack's config."""
        found = {}
        for name, connection in self.connections().items():
            for setting in ("url", "username", "password"):
                found[f"VEEAM_{name.upper()}_{setting.upper()}"] = str(connection[setting])
            found[f"VEEAM_{name.upper()}_TLS_CA_FILE"] = str(connection["tls"]["ca_file"])
        return found

    # -- state

    def reset(self) -> None:
        """As it was started: objects, knobs, clock and certificates; no fault, no request in the log, no traffic."""
        with self._lock:
            self._knobs.reset()
            self._clock.reset()
            for running in self._running.values():
                running.seed()
            for name in self._products:
                self._listeners[name].identity = self._leaf(name)
                self._listeners[name].traffic.clear()
            self._show_certificates()
            self._faults.clear()
            self._request_log.clear()

    def objects(self, product: str) -> dict[str, list[dict[str, Any]]]:
        """Everything that the product holds, as its API shows it, by kind ("users", …). No secrets."""
        with self._lock:
            return self._running[self._known(product)].objects()

    def lookup(self, product: str, name: str) -> dict[str, Any] | None:
        """One of its objects (a user, a backup server) by name, compared as the product compares names."""
        with self._lock:
            return self._running[self._known(product)].lookup(name)

    def can_login(self, product: str, username: str, password: str) -> bool:
        """Whether this is the account's password and the account may use it. No request, nothing in the log.

        On aws and vspc a second factor is not asked for. On em also whether these are the credentials that it keeps for
        one of its backup servers: so a test sees that a rotated password has arrived.
        """
        with self._lock:
            return self._running[self._known(product)].can_login(username, password)

    def drift(self, product: str, action: str, name: str, values: Mapping[str, Any] | None = None) -> None:
        """Change users and servers behind everyone's back. action: add, update, delete. No rule, nothing is logged."""
        if action not in ("add", "update", "delete"):
            raise ValueError(f"unknown drift {action}; known ones: add, update, delete")
        with self._lock:
            self._running[self._known(product)].drift(action, name, values or {})

    # -- behaviour

    def set(self, **changes: object) -> None:
        """Turn knobs while the servers run: `sim.set(**{"aws.mfa": "pending"})`."""
        with self._lock:
            before = self._knobs.all()
            self._knobs.set(changes)
            for name in self._products:
                if self._knobs.all()[f"{name}.tls"] != before[f"{name}.tls"]:
                    self._listeners[name].identity = self._leaf(name)
            self._show_certificates()

    def knobs(self) -> dict[str, Value]:
        with self._lock:
            return self._knobs.all()

    def advance(self, seconds: float) -> None:
        """Let the servers' clocks run ahead, so that tokens age without anybody waiting."""
        with self._lock:
            self._clock.advance(seconds)

    def fault(
        self,
        product: str,
        kind: str,
        method: str | None = None,
        path: str | None = None,
        at: int = 1,
        times: int = 1,
        **settings: Any,
    ) -> Fault:
        """Plan a fault for the `at`-th matching request from now on, and `times - 1` after it (0: every one).

        path: a pattern such as `/api/v1/users/*`, against the path as it is on the wire. The README lists the kinds,
        and those that begin at once with `at=0`.
        """
        with self._lock:
            fault = self._faults.add(self._known(product), kind, method, path, at, times, settings)
            if at == 0:
                self._begin(product, fault)
            return fault

    def faults(self) -> list[Fault]:
        return self._faults.all()

    def clear_faults(self) -> None:
        with self._lock:
            self._faults.clear()
            for name in self._products:
                self._listeners[name].traffic.refusing = 0

    # -- what happened

    def requests(
        self, product: str | None = None, method: str | None = None, writes_only: bool = False
    ) -> list[Record]:
        """The request log, oldest first. writes_only leaves out reads, logins, logouts and validations."""
        with self._lock:
            return self._request_log.find(product, method, writes_only)

    def clear_requests(self) -> None:
        with self._lock:
            self._request_log.clear()

    def traffic(self, product: str) -> wire.Traffic:
        """What reached the server's socket: connections, handshakes, bytes."""
        return self._listeners[self._known(product)].traffic

    # -- certificates

    def _identity(self, product: str) -> Identity:
        identity = self._listeners[product].identity
        assert identity is not None
        return identity

    def _leaf(self, product: str) -> Identity:
        return self._keys.leaf(product, self._knobs.text(f"{product}.tls"))

    def _begin(self, product: str, fault: Fault) -> None:
        listener, settings = self._listeners[product], fault.settings
        with self._lock:
            if fault.kind == "refuse":
                listener.traffic.refusing = settings.get("connections", 1) or -1
            else:
                listener.identity = self._keys.another(str(settings.get("leaf", "good")))
                self._show_certificates()

    def _show_certificates(self) -> None:
        for name in self._products:
            self._listeners[name].show(self._identity(name), self._knobs.text(f"{name}.tls_min"))

    def _known(self, product: str) -> str:
        if product not in self._products:
            raise ValueError(f"product {product} is not simulated here: {', '.join(self._products)} are")
        return product
