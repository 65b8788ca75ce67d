"""A server's answer, read whole, and what it looks like where it is not the product's."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import redaction
from ..errors import UnexpectedAnswer
from . import body as bodies

_PAGE = re.compile(r"<(!doctype|html|head|body)\b", re.IGNORECASE)
CHECK_URL = "check that the connection's url is the server's REST API and that no proxy is in between"


@dataclass(frozen=True)
class Answer:
    """A server's answer, read whole. Tokens and echoed passwords may be in it, so its repr says where it is from."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def what(self) -> str:
        return f"{self.method} {self.path}"

    def json(self) -> Any:
        """The body as JSON (a byte-order mark is tolerated); UnexpectedAnswer says what it was instead."""
        with contextlib.suppress(ValueError, RecursionError):  # which carry what they could not read
            return bodies.read(self.body)
        raise self.unlike("JSON")

    def unlike(self, format: str) -> UnexpectedAnswer:
        """The error of a body that is not of this format."""
        return UnexpectedAnswer(
            f"{self.what} was answered with {self.status} and {self.sketch()} instead of {format}", CHECK_URL
        )

    def foreign(self) -> UnexpectedAnswer:
        """The error of a body that has the right format, and is not the product's."""
        cause = f"{self.what} was answered with {self.status}, but not in the words of this product"
        return UnexpectedAnswer(cause, CHECK_URL)

    def text(self) -> str:
        """The beginning of the body, however it is encoded."""
        return self.body[:4000].decode("utf-8", "replace")

    def form(self) -> str:
        """What kind of thing the body is, without a word of it."""
        if not self.body.strip():
            return "an empty body"
        if "\0" in (text := self.text()):
            return "bytes that are not text"
        if _PAGE.search(text):
            return "an HTML page"
        if text.lstrip("\ufeff \r\n\t").startswith("<"):
            return "XML"
        with contextlib.suppress(ValueError, RecursionError):
            bodies.read(self.body)
            return "JSON"
        return "a text that is not JSON"

    def sketch(self) -> str:
        """What an answer that is not JSON looks like, in a few words."""
        if not self.body.strip():
            return "an empty body"
        try:
            text = self.body.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = self.body.decode("latin-1")  # of a wrong guess, an echoed password would be hidden in parts only
        if "\0" in text:
            return "bytes that are not text"
        text = redaction.hide(text, 4000)
        if _PAGE.search(text):
            title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
            return f"an HTML page ({title.group(1).strip()[:80]!r})" if title else "an HTML page"
        return f"{text[:80]!r}"
