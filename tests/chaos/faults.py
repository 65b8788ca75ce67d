"""What goes wrong, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from veeam_pulumi.simulator import Simulator

TIMEOUT, LATE = 0.6, 0.9
"""Seconds that a client waits for an answer in these runs, and after which a late server answers."""


@dataclass(frozen=True)
class Fault:
    """A fault of the simulator. `lasting`: every request from the chosen one on meets it, until the run has ended.

    `own`: only at an operation's own requests, not at those of logging in and out, which are the same everywhere.
    `next`: it begins after an answer, and shows at the next request.
    """

    kind: str
    settings: dict[str, Any] = field(default_factory=dict)
    lasting: bool = False
    own: bool = False
    next: bool = False

    def plan(self, sim: Simulator, product: str, at: int) -> None:
        """Makes the `at`-th request from now on meet it."""
        times = 0 if self.lasting and not self.next else 1
        sim.fault(product, self.kind, at=at - self.next, times=times, **self.settings)


FAULTS = {
    "refused": Fault("refuse", {"connections": 1}, next=True),
    "reset before": Fault("reset_before"),
    "reset after": Fault("reset_after"),
    "timeout, done later": Fault("delay", {"seconds": LATE, "handled": False}, own=True),
    "timeout, done": Fault("delay", {"seconds": LATE, "handled": True}),
    "half a body": Fault("half_body"),
    "no body": Fault("empty", own=True),
    "401": Fault("status", {"status": 401}),
    "token expired": Fault("expire_token", {"keep_refresh": True}, own=True),
    "token revoked": Fault("expire_token", {"keep_refresh": False}, own=True),
    "429": Fault("status", {"status": 429, "retry_after": 1}),
    "500": Fault("status", {"status": 500}),
    "500, done": Fault("status", {"status": 500, "handled": True}, own=True),
    "503": Fault("status", {"status": 503}),
    "503, done": Fault("status", {"status": 503, "handled": True}, own=True),
    "503, done later": Fault("status", {"status": 503, "late": LATE}, own=True),
    "520": Fault("status", {"status": 520}),
    "HTML, 502": Fault("html", {"status": 502}),
    "HTML, 200": Fault("html", {"status": 200}, own=True),
    "HTML, 404": Fault("html", {"status": 404}, own=True),
    "certificate, lasting": Fault("certificate", {"leaf": "self_signed"}, lasting=True, next=True),
    "refused, lasting": Fault("refuse", {"connections": 0}, lasting=True, own=True, next=True),
    "reset after, lasting": Fault("reset_after", lasting=True, own=True),
    "timeout, done later, lasting": Fault("delay", {"seconds": LATE, "handled": False}, lasting=True, own=True),
    "503, lasting": Fault("status", {"status": 503}, lasting=True, own=True),
}
