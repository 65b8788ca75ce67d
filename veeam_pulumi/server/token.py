"""What a login gives: a token for requests, perhaps one for renewing it, and how long it lives."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import Any, TypeGuard

from pydantic import SecretStr

from .. import redaction
from ..errors import MfaRequired, UnexpectedAnswer
from .answer import Answer


@dataclass(frozen=True)
class Token:
    """What a login gave. `expires_in`: seconds from when the answer arrived; server clocks are not trusted."""

    access: SecretStr
    refresh: SecretStr | None
    expires_in: float

    def __reduce__(self) -> Any:
        """What an engine pickles ends in a state file."""
        raise TypeError("a token is a secret, so it is not pickled")

    @classmethod
    def parse(cls, answer: Answer) -> Token:
        """Reads an OAuth-style token answer; `expires_in` defaults to 15 minutes, the shortest of all products.

        Raises MfaRequired, and UnexpectedAnswer without a piece of the body where it gives no token.
        """
        found = None
        with contextlib.suppress(UnexpectedAnswer):
            found = answer.json()
        body = found if isinstance(found, dict) else {}
        access = body.get("access_token")
        if not is_token(access):
            if body.get("mfa_token"):  # Backup for AWS and Azure: 200, but half a login
                raise MfaRequired("the account needs a second factor (MFA), which no unattended program has")
            raise UnexpectedAnswer(f"{answer.what} was answered with {answer.status}, but without an access token")
        refresh = body.get("refresh_token")
        for secret in (access, refresh):
            redaction.learn(secret if isinstance(secret, str) else "")
        seconds = body.get("expires_in")
        if isinstance(seconds, str) and re.fullmatch(r"\d{1,8}", seconds):  # Backup for Microsoft 365
            seconds = int(seconds)
        lifetime = float(seconds) if isinstance(seconds, (int, float)) and 0 < seconds < 1e9 else 900.0
        return cls(SecretStr(access), SecretStr(refresh) if is_token(refresh) else None, lifetime)


def is_token(value: Any) -> TypeGuard[str]:
    """Whether a value can be a token: printable ASCII without blanks, so that it can be in a header."""
    return isinstance(value, str) and re.fullmatch(r"[!-~]{1,16384}", value) is not None
