"""The sessions of Enterprise Manager: found by their token, dead after a while without a request."""

from __future__ import annotations

import base64
import hashlib
import secrets
import uuid
from dataclasses import dataclass

from ..credentials import Clock


@dataclass
class Logon:
    id: str
    account: str
    seen: float


class Logons:
    """In memory only, and tokens as digests."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_token: dict[str, Logon] = {}

    def open(self, account: str) -> tuple[str, Logon]:
        """A new session, and its token: base64 of sixteen bytes. It has nothing to do with the session's id.

        12.x takes the id's text for those bytes. Clients must not count on that, and here they cannot.
        """
        token = base64.b64encode(secrets.token_bytes(16)).decode()
        logon = Logon(str(uuid.uuid4()), account, self._clock.now())
        self._by_token[_digest(token)] = logon
        return token, logon

    def use(self, token: str, idle: int) -> Logon | None:
        """The session of a request. Its time starts afresh with every one."""
        self.alive(idle)
        logon = self._by_token.get(_digest(token))
        if logon is not None:
            logon.seen = self._clock.now()
        return logon

    def alive(self, idle: int) -> list[Logon]:
        now = self._clock.now()
        self._by_token = {key: logon for key, logon in self._by_token.items() if now - logon.seen < idle}
        return list(self._by_token.values())

    def end(self, id: str) -> None:
        self._by_token = {key: logon for key, logon in self._by_token.items() if logon.id != id}

    def end_account(self, account: str) -> None:
        self._by_token = {key: logon for key, logon in self._by_token.items() if logon.account != account}

    def clear(self) -> None:
        self._by_token.clear()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
