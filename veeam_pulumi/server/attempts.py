"""How often a request is sent, and how long to wait in between. The policy is in transport.py.

A file of its own: products need these numbers before there is anything to send, when no HTTP client is loaded yet.
"""

from __future__ import annotations

import random

ATTEMPTS = 4


def backoff(attempt: int) -> float:
    """Seconds to wait after the `attempt`-th time, with jitter, so that many clients do not come back together."""
    return min(10.0, 0.5 * 2.0 ** (attempt - 1)) * random.uniform(0.8, 1.2)
