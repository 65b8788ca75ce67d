"""The one place where text leaves the process: what is secret is hidden here, in logs, warnings and errors.

`VEEAM_LOG=info` writes a line for every request to stderr, and at the end a summary of every connection; `debug` adds
queries, the sizes of answers, logins and waits. `VEEAM_LOG_FORMAT=json` makes every line JSON. A line never holds a
body or an Authorization header.
"""

from __future__ import annotations

import base64
import html
import json
import logging
import os
import re
import sys
import threading
from typing import Any
from urllib.parse import quote, quote_plus, unquote

HIDDEN = "[secret]"
logger = logging.getLogger("veeam_pulumi")
logger.addHandler(logging.NullHandler())  # a library is silent until its log is configured

_secrets: set[str] = set()
_lock = threading.Lock()


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


def learn(secret: str) -> None:
    """From now on `secret` is hidden wherever it shows up, also as JSON, in a URL, in a form, in XML, HTML or a repr.

    Fewer than three characters are not hidden: that would blot out ordinary words and give the length away.
    """
    if len(secret) < 3 or secret in _secrets:
        return
    forms = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    forms |= {quote(secret, safe=""), quote_plus(secret), html.escape(secret), html.escape(secret, quote=False)}
    # .NET's JSON escapes more than it has to.
    forms.add(re.sub(r"[^ -~]|[\"&'+<>\\`]", lambda found: f"\\u{ord(found[0]):04X}", secret))
    with _lock:
        _secrets.update(forms)


def learn_url(url: str) -> None:
    """Hides the password that a URL may hold, as that of a proxy: as it is written, and as it is sent."""
    if found := re.search("//([^:@/]*):(.*)@", url):  # greedy: also where a URL is malformed because of its password
        user, password = map(unquote, found.groups())
        for secret in (found[2], password, base64.b64encode(f"{user}:{password}".encode()).decode()):
            learn(secret)


def hide(text: str) -> str:
    """`text` with every known secret replaced; longest first, because one secret may contain another."""
    with _lock:
        found = [secret for secret in _secrets if secret in text]
    for secret in sorted(found, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def line(text: str, most: int = 1000) -> str:
    """`text` for a message: no secret, nothing that a terminal would act on, not endless. Hidden before it is cut."""
    text = hide(text[: 10 * most])
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " for char in text)
    return text if len(text) <= most else f"{text[:most]}…"


def quoted(text: str, most: int = 400) -> str:
    """A piece of a server's text in quotes, hidden before quoting and cutting make a secret unlike itself."""
    return repr(hide(text)[:most])


def event(level: int, message: str, **fields: Any) -> None:
    """Logs a line: a few words, and values by name; those that are None are left out."""
    given = {key: value for key, value in fields.items() if value is not None}
    logger.log(level, "%s", message, extra={"veeam": given})


def request(method: str, url: str, *, detail: dict[str, Any], **fields: Any) -> None:
    """Logs one attempt of one request: at info when it was answered well, else as a warning; `detail` with debug."""
    level = logging.INFO if isinstance(fields.get("status"), int) and fields["status"] < 400 else logging.WARNING
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
