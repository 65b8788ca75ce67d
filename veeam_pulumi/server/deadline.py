"""What the requests of one operation share: when it has to end, and an id."""

from __future__ import annotations

import contextlib
import contextvars
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class _Operation:
    """What requests of one operation share: when it has to end (monotonic seconds), and an id."""

    end: float
    id: uuid.UUID


_operation: contextvars.ContextVar[_Operation | None] = contextvars.ContextVar("veeam_operation", default=None)


def current() -> _Operation | None:
    """The operation that this code runs in."""
    return _operation.get()


@contextlib.contextmanager
def operation(seconds: float) -> Iterator[None]:
    """Gives everything inside one deadline; an operation inside an operation keeps the outer one."""
    if _operation.get() is not None:
        yield
        return
    token = _operation.set(_Operation(time.monotonic() + seconds, uuid.uuid4()))
    try:
        yield
    finally:
        _operation.reset(token)


def request_id(*what: str) -> str:
    """A UUID for a request: the same for the same request of one operation, so that a server can tell a repetition."""
    found = current()
    return str(uuid.uuid5(found.id if found else uuid.uuid4(), "\n".join(what)))
