"""The request log: what arrived, with every secret masked before it is kept."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote_plus
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

MASK = "[secret]"
_SECRET_KEY = re.compile(
    r"passw|passphrase|private.?key|handshake|pwd|secret|token|credential(?!s(id|storagetype)$)|scratch|^code$|_code$|"
    "authorization|api.?key",
    re.I,
)
_HIDDEN_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key", "x-restsvcsessionid"})


@dataclass
class Record:
    """One request. `path` is as it came over the wire (percent-encoded); repeated query names are joined with commas.

    `status` is what the client was sent, None when it was sent nothing; `handled` is the status with which the product
    itself answered, None when a fault kept the request from it; `fault` is the kind of the fault, if there was one.
    """

    time: float
    product: str
    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    status: int | None = None
    handled: int | None = None
    fault: str | None = None
    write: bool = False

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class RequestLog:
    """All requests to all products, oldest first."""

    def __init__(self) -> None:
        self._records: list[Record] = []

    def open(
        self,
        product: str,
        method: str,
        target: str,
        headers: list[tuple[str, str]],
        body: bytes,
        is_write: Callable[[str, str], bool],
    ) -> Record:
        """Note a request on its arrival, before anything is done about it."""
        path, _, query = target.partition("?")
        record = Record(
            time.time(),
            product,
            method,
            path,
            masked_query(query),
            masked_headers(headers),
            masked_body(body, dict(headers).get("content-type", "")),
            write=is_write(method, path),
        )
        self._records.append(record)
        return record

    def find(self, product: str | None = None, method: str | None = None, writes_only: bool = False) -> list[Record]:
        return [
            record
            for record in self._records
            if product in (None, record.product)
            and (method is None or method.upper() == record.method)
            and (record.write or not writes_only)
        ]

    def clear(self) -> None:
        self._records.clear()


def masked_query(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        shown = MASK if _SECRET_KEY.search(name) else value
        found[name] = f"{found[name]},{shown}" if name in found else shown
    return found


def masked_headers(headers: list[tuple[str, str]]) -> dict[str, str]:
    return {name: MASK if _SECRET_KEY.search(name) else value for name, value in headers if name not in _HIDDEN_HEADERS}


def masked_body(body: bytes, media_type: str) -> Any:
    """JSON, forms and XML with secret values masked. Anything else is not kept: it might hold a secret anywhere."""
    if not body:
        return None
    text = body.decode("utf-8", "replace")
    if "form-urlencoded" in media_type:
        return masked(dict(parse_qsl(text, keep_blank_values=True)))
    if "xml" in media_type or text.lstrip("\ufeff \t\r\n").startswith("<"):
        return masked_xml(body)
    try:
        value = json.loads(text)
    except ValueError:
        return "[unreadable]"
    return masked(value) if isinstance(value, (dict, list)) else "[unreadable]"


def masked_xml(body: bytes) -> str:
    """The document written anew, without comments and instructions, and with [secret] for what secret names hold."""
    written: list[str] = []
    inside: list[bool] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        hidden = bool(_SECRET_KEY.search(name))
        if not any(inside):
            shown = {key: MASK if hidden or _SECRET_KEY.search(key) else value for key, value in attributes.items()}
            written.append(f"<{name}{''.join(f' {key}={quoteattr(value)}' for key, value in shown.items())}>")
        inside.append(hidden)

    def end(name: str) -> None:
        hidden = inside.pop()
        if not any(inside):
            written.append(f"{MASK if hidden else ''}</{name}>")

    def text(data: str) -> None:
        if not any(inside):
            written.append(escape(data))

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError):
        return "[unreadable]"
    return "".join(written)


def masked(value: Any) -> Any:
    if isinstance(value, dict):
        shown = {key: _veiled(inner) if _is_secret(key, inner) else masked(inner) for key, inner in value.items()}
        if "value" in shown and _SECRET_KEY.search(str(value.get("path", ""))):
            shown["value"] = MASK  # JSON Patch names its field in `path`
        return shown
    if isinstance(value, list):
        return [masked(item) for item in value]
    return value


def _veiled(value: Any) -> Any:
    """Of an object that is a secret as a whole (`credentials`) it may be seen whose it is."""
    if isinstance(value, dict) and isinstance(value.get("userName"), str):
        return {key: inner if key == "userName" or inner is None else MASK for key, inner in value.items()}
    return MASK


def _is_secret(key: object, value: object) -> bool:
    # A switch such as {"recreate": true} or a null is not a secret, whatever its name says.
    return bool(_SECRET_KEY.search(unquote_plus(str(key)))) and not isinstance(value, bool) and value is not None
