"""Faults: what goes wrong, for which request, and how often."""

from __future__ import annotations

import fnmatch
import itertools
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

_HANDLED = {"handled": bool}
# kind -> the settings that it takes. `handled`: whether the product does the work before the fault hides its answer.
KINDS: dict[str, dict[str, type | tuple[type, ...]]] = {
    "status": {
        "status": int,
        "body": (str, dict, list),
        "headers": dict,
        "retry_after": (int, float),
        "retry_header": bool,
        "late": (int, float),
        **_HANDLED,
    },
    "delay": {"seconds": (int, float), **_HANDLED},
    "reset_before": {},
    "reset_after": {},
    "half_body": {},
    "html": {"status": int, **_HANDLED},
    "empty": {"status": int, **_HANDLED},
    "expire_token": {"keep_refresh": bool},
    "certificate": {"leaf": str},
    "refuse": {"connections": int},
}
AFTERWARDS = frozenset({"certificate", "refuse"})
"""What begins after the answer of the request that is hit; `at=0`: at once."""
_REQUIRED = {"status": "status", "delay": "seconds"}


class FaultError(ValueError):
    """An unknown kind or setting. One line, names what is allowed."""


@dataclass
class Fault:
    """`at`: the first matching request that it hits (1 = the next); `times`: how many from there on (0 = all).

    `at` is 0 for what begins afterwards, and is to begin at once.
    """

    product: str
    kind: str
    method: str | None = None
    path: str | None = None
    at: int = 1
    times: int = 1
    settings: dict[str, Any] = field(default_factory=dict)
    id: int = 0
    seen: int = 0
    hits: int = 0

    def __post_init__(self) -> None:
        allowed = KINDS.get(self.kind)
        if allowed is None:
            raise FaultError(f"unknown fault {self.kind}; known faults: {', '.join(KINDS)}")
        for name, value in self.settings.items():
            if name not in allowed:
                raise FaultError(f"fault {self.kind} has no setting {name}: it has {', '.join(allowed) or 'none'}")
            if not isinstance(value, allowed[name]) or (isinstance(value, bool) and allowed[name] is not bool):
                raise FaultError(f"fault {self.kind}: {name} is of the wrong type ({type(value).__name__})")
        needed = _REQUIRED.get(self.kind)
        if needed and needed not in self.settings:
            raise FaultError(f"fault {self.kind} needs the setting {needed}")
        if self.at < (self.kind not in AFTERWARDS) or self.times < 0:
            raise FaultError("a fault's at counts from 1, and times is not negative (0: every one)")

    def matches(self, product: str, method: str, path: str) -> bool:
        return (
            product == self.product
            and (self.method is None or self.method.upper() == method)
            and (self.path is None or fnmatch.fnmatchcase(path, self.path))
        )

    def hit(self) -> bool:
        """Count a matching request; True when it is one of those that fail."""
        self.seen += 1
        struck = self.seen >= self.at and (self.times == 0 or self.seen < self.at + self.times)
        self.hits += struck
        return struck

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Faults:
    """All faults that are planned, in the order in which they were added."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._ids = itertools.count(1)

    def add(
        self,
        product: str,
        kind: str,
        method: str | None,
        path: str | None,
        at: int,
        times: int,
        settings: Mapping[str, Any],
    ) -> Fault:
        fault = Fault(product, kind, method, path, at, times, dict(settings), id=next(self._ids))
        self._faults.append(fault)
        return fault

    def matching(self, product: str, method: str, path: str) -> list[Fault]:
        """The faults that this request meets. Each counts for itself."""
        return [fault for fault in list(self._faults) if fault.matches(product, method, path) and fault.hit()]

    def all(self) -> list[Fault]:
        return list(self._faults)

    def clear(self) -> None:
        self._faults.clear()
