"""The transport of a probe: it sends no more than it may, and keeps what it received."""

from __future__ import annotations

from typing import Any

from ..server.answer import Answer
from ..server.transport import Transport

MOST_REQUESTS = 40
"""Reads of one server, with login and logout; `--write` may send as many again."""


class Enough(Exception):
    """The probe has sent as many requests as it may."""


class Counting(Transport):
    """Sends each request once."""

    sent, most = 0, MOST_REQUESTS - 1  # and the logout
    login: Answer | None = None
    """What the own login was answered."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.kept: list[Answer] = []
        """What was received since somebody emptied it."""

    def allow(self, more: int) -> None:
        """From now on so many requests, whatever was sent before."""
        self.most = self.sent + more

    def send(self, method: str, path: str, **more: Any) -> Answer:
        if self.sent >= self.most:
            raise Enough
        self.sent += 1
        answer = super().send(method, path, **{**more, "attempts": 1})
        if method == "POST" and self.login is None and answer.ok:
            self.login = answer
        self.kept.append(answer)
        return answer
