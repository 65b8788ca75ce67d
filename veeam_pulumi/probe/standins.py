"""Stand-ins: everything of an answer that is somebody's own is replaced by something of the same form.

What is kept is listed, and all else is replaced: words of the product (roles, types, error codes), versions, dates,
switches, counts. Texts of errors are kept with every value in them replaced that stands in for something elsewhere, and
whatever looks like an account, an address or an id. The same value gets the same stand-in in all answers of one probe.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import string
from collections.abc import Iterable
from typing import Any

KEPT = frozenset({
    "errorcode", "code", "token_type", "buildversion", "serverversion", "version", "platform", "statuscode",
    ".issued", ".expires",
})  # fmt: skip
"""Members that hold words of the product or its version, in lower case."""
TEXTS = frozenset({"message", "details", "detail", "title", "error", "error_description", "firstchancemessage"})
"""Members that hold sentences of the server: kept but for what is somebody's own in them."""
HEADERS = frozenset({"content-type", "retry-after", "www-authenticate", "x-api-version", "location", "allow"})
_GUID = re.compile(r"\b[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b", re.IGNORECASE)
_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}\b", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
_ACCOUNT = re.compile(
    r"[\w.-]+\\+[\w.$-]+|[\w.+-]+@[\w.-]+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|local|lan|internal)\b"
)
_QUOTED = re.compile(r"(?<=['\"‘“«])[^'\"’”»]{1,200}(?=['\"’”»])")
_VERSION = re.compile(r"v?\d+(?:\.\d+){1,3}(?:-rev\d+)?|v\d+(?:_\d+)?")


class StandIns:
    """The stand-ins of one probe. `own`: what is known to be somebody's; `words`: what is the product's."""

    def __init__(self, own: Iterable[str], words: Iterable[str]) -> None:
        self._salt = secrets.token_bytes(16)
        self._words = {word.casefold() for word in words}
        self._found: dict[str, str] = {}
        for one in own:
            self.of(one)

    def of(self, value: str) -> str:
        """The stand-in of a value: letters for letters, digits for digits, and the same marks between them."""
        if not value or value.casefold() in self._words:
            return value
        if value not in self._found:
            self._found[value] = self._made(value)
        return self._found[value]

    def _made(self, value: str) -> str:
        if _ADDRESS.fullmatch(value):
            last = 1 + len(self._found) % 250
            return f"192.0.2.{last}" if "." in value else f"2001:db8::{last:x}"
        for attempt in range(9):
            stream = self._stream(f"{attempt}{value}", len(value))
            made = "".join(
                _like(char, number, bool(_GUID.fullmatch(value))) for char, number in zip(value, stream, strict=True)
            )
            if made.casefold() != value.casefold():
                return made
        return "x" * len(value)

    def _stream(self, value: str, length: int) -> bytes:
        return hashlib.shake_256(self._salt + value.encode("utf-8", "surrogatepass")).digest(length)

    def learn(self, data: Any, key: str = "") -> None:
        """Notes every value of a body that is somebody's own, so that texts of errors are freed of it as well."""
        if isinstance(data, dict):
            for name, inner in data.items():
                self.learn(inner, str(name).lower())
        elif isinstance(data, list):
            for inner in data:
                self.learn(inner, key)
        elif isinstance(data, str) and not self._is_kept(key, data) and key not in TEXTS:
            self.of(data)

    def _is_kept(self, key: str, value: str) -> bool:
        return (
            key in KEPT
            or not value.strip()
            or value.casefold() in self._words
            or _DATE.fullmatch(value) is not None
            or (key in ("name", "supportedversions") and _VERSION.fullmatch(value) is not None)
        )

    def body(self, data: Any, key: str = "") -> Any:
        """A body with stand-ins."""
        if isinstance(data, dict):
            return {name: self.body(inner, str(name).lower()) for name, inner in data.items()}
        if isinstance(data, list):
            return [self.body(inner, key) for inner in data]
        if isinstance(data, bool) or data is None:
            return data
        if isinstance(data, (int, float)):
            return int(self.of(str(data))) if key.endswith("id") and isinstance(data, int) else data
        if self._is_kept(key, data):
            return self.text(data)
        return self.text(data) if key in TEXTS else self.of(data)

    def text(self, text: str) -> str:
        """A sentence without what is somebody's own."""
        found = sorted(self._found, key=len, reverse=True)
        for one in found:
            if len(one) > 2:
                text = re.sub(re.escape(one), lambda _, one=one: self._found[one], text, flags=re.IGNORECASE)  # type: ignore[misc]
        made = set(self._found.values())
        for pattern in (_GUID, _ADDRESS, _ACCOUNT, _QUOTED):
            text = pattern.sub(lambda hit: hit[0] if hit[0] in made or self._is_word(hit[0]) else self.of(hit[0]), text)
        return text

    def _is_word(self, text: str) -> bool:
        return text.casefold() in self._words or _VERSION.fullmatch(text) is not None or text in self._found.values()

    def xml(self, text: str) -> str:
        """An XML text with stand-ins in its elements and attributes."""

        def element(hit: re.Match[str]) -> str:
            return f"{hit[1]}{hit[2]}{hit[3]}>{self.body(hit[4], hit[2].lower())}<"

        def attribute(hit: re.Match[str]) -> str:
            kept = hit[1].lower().startswith("xmlns") or hit[1].lower() in ("version", "encoding", "type", "rel")
            return f' {hit[1]}="{self.text(hit[2]) if kept else self.body(hit[2], hit[1].lower())}"'

        text = re.sub(r' ([\w:.-]+)="([^"]*)"', attribute, text)
        return re.sub(r"(<)([\w:.-]+)([^<>]*)>([^<>]+)<", element, text)

    def headers(self, headers: Iterable[tuple[str, str]]) -> dict[str, str]:
        found = {name.lower(): value for name, value in headers}
        kept = {name: self.text(value) for name, value in found.items() if name in HEADERS}
        if "x-restsvcsessionid" in found:
            kept["x-restsvcsessionid"] = self.of(found["x-restsvcsessionid"])
        return kept


def _like(char: str, number: int, hexadecimal: bool) -> str:
    if hexadecimal and char in string.hexdigits:
        return "0123456789abcdef"[number % 16]
    if char.isdigit():
        return str(1 + number % 9)
    if char.isupper():
        return string.ascii_uppercase[number % 26]
    return string.ascii_lowercase[number % 26] if char.isalpha() else char


def parsed(body: bytes) -> Any:
    """A JSON body as data; None for what is none."""
    try:
        return json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
