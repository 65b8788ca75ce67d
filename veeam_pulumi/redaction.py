"""The one place where text leaves the process: what is secret is hidden here, in logs, warnings and errors."""

from __future__ import annotations

import base64
import html
import json
import re
import threading
from urllib.parse import quote, quote_plus, unquote

HIDDEN = "[secret]"

_secrets: set[str] = set()
_lock = threading.Lock()


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
