"""Being logged in: the token, when it is renewed, and what was refused; shared by all threads of a process.

A token is renewed before it runs out; a renewal that fails falls back to the password, never to itself. A 401 leads to
one new login, whoever of the threads comes first. A refused login is remembered: every later operation fails at once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from ..errors import LoginRefused, ServerUnreachable, VeeamError
from . import log
from .token import Token

_UNANSWERED = 2
"""So many logins may be answered with 5xx, or with nothing that can be read, in one process."""


class Login:
    """The login of one session. `log_in` and `renew` ask the server for a token, with `lock` held."""

    def __init__(
        self,
        log_in: Callable[[], Token],
        renew: Callable[[Token], Token],
        lock: threading.RLock,
        connection: str,
    ) -> None:
        self._log_in, self._renew, self._lock, self._connection = log_in, renew, lock, connection
        self.token: Token | None = None
        self.renew_at = self._lifetime = 0.0
        self._refusal: VeeamError | None = None
        self._unanswered = 0
        self._unproven = 0
        """Logins since a request was last answered with anything but 401."""

    @property
    def may_succeed(self) -> bool:
        """Whether a login is still tried in this process: none was refused, or answered badly too often."""
        return self._refusal is None

    def current(self) -> Token:
        """A token that lives; logs in, or renews it, where it has to."""
        with self._lock:
            if self.token and time.monotonic() < self.renew_at:
                return self.token
            if self.token and self.token.refresh:
                try:
                    return self.keep(self._renew(self.token))
                except VeeamError as error:  # single-use refresh tokens get lost: the password always works
                    why = f"the token could not be renewed, logging in again: {error}"
                    log.event(logging.INFO, why, connection=self._connection)
            return self._fresh()

    def again(self, refused: Token) -> Token | None:
        """After a 401: one new login for all threads that held the refused token; None where that did not help."""
        with self._lock:
            if self.token and self.token is not refused:
                return self.token
            return self._fresh() if self._unproven < 2 else None

    def accepted(self, *, sliding: bool) -> None:
        """A request was answered with anything but 401. `sliding`: a token's life counts from its last use."""
        self._unproven = 0
        if sliding:
            self.renew_at = time.monotonic() + self._lifetime

    def unanswered(self, cause: str) -> None:
        """A login was answered badly, and the server may have counted it. Raises where it is not to be sent again."""
        self._unanswered += 1
        if self._unanswered >= _UNANSWERED:
            self._refusal = ServerUnreachable(
                f"{cause}; the login was tried {_UNANSWERED} times, and is not tried again in this run",
                "run again when the server is well",
            )
            raise self._refusal from None

    def end(self) -> Token | None:
        """Forgets the token -> the one to log out with."""
        with self._lock:
            token, self.token = self.token, None
            return token

    def keep(self, token: Token) -> Token:
        self.token = token
        self._lifetime = token.expires_in - min(30.0, token.expires_in * 0.2)
        self.renew_at = time.monotonic() + self._lifetime
        return token

    def _fresh(self) -> Token:
        self.token = None
        if self._refusal:
            raise type(self._refusal)(self._refusal.cause, self._refusal.fix)
        try:
            found = self.keep(self._log_in())
        except LoginRefused as error:
            self._refusal = error
            raise
        self._unproven += 1
        self._unanswered = 0
        return found
