"""The log of requests on stderr; nothing secret reaches it.

`VEEAM_LOG=info` writes a line for every request, and at the end a summary of every connection; `debug` adds queries,
the sizes of answers, logins and waits. `VEEAM_LOG_FORMAT=json` makes every line JSON. A line never holds a body or an
Authorization header.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from ..redaction import hide

_probing = ContextVar("probing", default=False)
logger = logging.getLogger("veeam_pulumi")
logger.addHandler(logging.NullHandler())  # a library is silent until its log is configured


def _redact(record: logging.LogRecord) -> bool:
    """Hides before any handler sees the record, also one of a program that this package is a part of."""
    record.msg, record.args = hide(record.getMessage()), ()
    if record.exc_info:
        record.exc_text = hide(logging.Formatter().formatException(record.exc_info))
        record.exc_info = None
    if fields := getattr(record, "veeam", None):
        record.veeam = {key: hide(one) if isinstance(one, str) else one for key, one in fields.items()}
    return True


for _logger in (logger, logging.getLogger("httpx")):  # which logs every URL
    _logger.addFilter(_redact)
# Its debug log shows answers' headers before anybody knows that the id of a session stands there.
logging.getLogger("httpcore").setLevel(logging.INFO)


def event(level: int, message: str, **fields: Any) -> None:
    """Logs a line: a few words, and values by name; those that are None are left out."""
    given = {key: value for key, value in fields.items() if value is not None}
    logger.log(level, "%s", message, extra={"veeam": given})


@contextlib.contextmanager
def probing() -> Iterator[None]:
    """While the body asks a server what it speaks: a refusal is an answer like any other, and no warning."""
    before = _probing.set(True)
    try:
        yield
    finally:
        _probing.reset(before)


def request(method: str, url: str, *, detail: dict[str, Any], **fields: Any) -> None:
    """Logs one attempt of one request: at info when it was answered well, else as a warning; `detail` with debug."""
    status = fields.get("status")
    fine = isinstance(status, int) and status < (500 if _probing.get() else 400)
    level = logging.INFO if fine else logging.WARNING
    event(level, f"{method} {url}", **fields, **(detail if logger.getEffectiveLevel() <= logging.DEBUG else {}))


class _Format(logging.Formatter):
    def __init__(self, as_json: bool) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = getattr(record, "veeam", {})
        if self._as_json:
            head = {"time": self.formatTime(record), "level": record.levelname.lower(), "message": record.getMessage()}
            return hide(json.dumps({**head, **fields}))
        return hide(" ".join([super().format(record), *(f"{key}={value}" for key, value in fields.items())]))


class _Stderr(logging.Handler):
    """Looks stderr up at every line: the plugin and the tests replace it."""

    def emit(self, record: logging.LogRecord) -> None:
        print(self.format(record), file=sys.stderr)


def configure() -> None:
    """Sets the log up from the environment; a second call replaces the first."""
    wanted = os.environ.get("VEEAM_LOG", "").lower()
    logger.propagate = False
    logger.setLevel({"info": logging.INFO, "debug": logging.DEBUG}.get(wanted, logging.CRITICAL))
    handler = _Stderr()
    handler.setFormatter(_Format(os.environ.get("VEEAM_LOG_FORMAT", "").lower() == "json"))
    logger.handlers[:] = [handler]
