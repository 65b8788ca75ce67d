"""Passwords and tokens. Nothing here keeps one in clear: passwords as salted hashes, tokens as digests."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Literal

_ROUNDS = 500  # a real hash; with more of them hashing would be most of what a login costs, and nothing real is guarded


def hash_password(password: str) -> str:
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}${hashlib.pbkdf2_hmac('sha256', password.encode(), salt, _ROUNDS).hex()}"


def password_matches(password: str, stored: str | None) -> bool:
    if not stored:
        return False
    salt, _, digest = stored.partition("$")
    again = hashlib.pbkdf2_hmac("sha256", password.encode(), bytes.fromhex(salt), _ROUNDS).hex()
    return hmac.compare_digest(again, digest)


class Clock:
    """Real time plus what a test added to it, so that a token can age without anybody waiting."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += seconds

    def reset(self) -> None:
        self._ahead = 0.0


@dataclass
class _Session:
    account: str
    refresh: str
    access_until: float
    refresh_until: float


class Tokens:
    """The sessions of one server. They live in memory only: a restarted server knows no token, as after a reboot."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_access: dict[str, _Session] = {}
        self._tickets: dict[str, tuple[str, float]] = {}

    def issue(self, account: str, access_life: int, refresh_life: int) -> tuple[str, str]:
        """A new pair (access, refresh)."""
        access, refresh, now = secrets.token_urlsafe(32), secrets.token_urlsafe(32), self._clock.now()
        session = _Session(account, _digest(refresh), now + access_life, now + refresh_life)
        self._by_access[_digest(access)] = session
        return access, refresh

    def check(self, access: str) -> tuple[Literal["valid", "expired", "unknown"], str]:
        session = self._by_access.get(_digest(access))
        if session is None:
            return "unknown", ""
        return ("valid" if self._clock.now() < session.access_until else "expired"), session.account

    def redeem(self, refresh: str) -> str | None:
        """The account behind a refresh token, once: the second use of the same token gets nothing."""
        for session in self._by_access.values():
            if session.refresh and hmac.compare_digest(session.refresh, _digest(refresh)):
                session.refresh = ""
                return session.account if self._clock.now() < session.refresh_until else None
        return None

    def end(self, access: str) -> None:
        """Logout: the access token and the refresh token that was issued with it are both gone."""
        self._by_access.pop(_digest(access), None)

    def end_account(self, account: str) -> None:
        self._by_access = {key: session for key, session in self._by_access.items() if session.account != account}

    def expire_all(self, keep_refresh: bool = False) -> None:
        for session in self._by_access.values():
            session.access_until = 0.0
            if not keep_refresh:
                session.refresh = ""

    def clear(self) -> None:
        self._by_access.clear()
        self._tickets.clear()

    def ticket(self, account: str, life: int) -> str:
        """A short-lived single-use secret: an MFA token, an authorization code."""
        ticket = secrets.token_urlsafe(24)
        self._tickets[_digest(ticket)] = (account, self._clock.now() + life)
        return ticket

    def peek(self, ticket: str) -> str | None:
        account, until = self._tickets.get(_digest(ticket), ("", 0.0))
        return account if account and self._clock.now() < until else None

    def spend(self, ticket: str) -> str | None:
        account = self.peek(ticket)
        self._tickets.pop(_digest(ticket), None)
        return account


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
