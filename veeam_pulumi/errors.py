"""Every error that this package raises on purpose.

    VeeamError
    ├── SettingsError        a connection's settings are missing, unknown or contradictory
    ├── InvalidInput         the arguments of a resource cannot be right, or not on this server
    ├── ServerUnreachable    no connection to the server, or it stays unavailable
    │   └── CertificateRefused   the server's certificate is not the one to trust; nothing was sent
    ├── AnswerLost           a write was sent, its answer is not known: it may have been handled
    ├── LoginRefused         wrong user name or password, or an account that may not use the REST API
    │   └── MfaRequired          the account needs a second factor
    ├── ServerRefused        the server answered with an error of its own
    │   └── NotFound             the product's own "there is no such object"
    ├── UnexpectedAnswer     an answer that is not the product's: a proxy's page, half a body, a redirect
    ├── IncompleteList       a list that could not be read to its end
    ├── NotProvenGone        an object did not show up, but that proves nothing: state keeps it
    ├── AlreadyExists        create met an object of that name; how to adopt it
    └── Protected            refused by this package: would lock somebody out

An error is one line: what it was about, on which server, the cause with the server's own words, what to do next.
"""

from __future__ import annotations

from typing import Any

from . import redaction, vocabulary


class VeeamError(Exception):
    """An error in one line.

    `cause` says what is wrong, `fix` what to do next; `about` (the resource, ``vbr.User 'TECH\\john'``) and `server`
    (``vbr01:9419, connection vbr``) are filled in by whoever knows them while the error travels up.
    """

    def __init__(self, cause: str, fix: str = "", *, about: str = "", server: str = "") -> None:
        # Servers repeat what they were sent: hidden here, a secret is in no message, repr or traceback.
        cause, fix, about = redaction.line(cause), redaction.line(fix), redaction.line(about)
        super().__init__(cause)
        self.cause, self.fix, self.about, self.server = cause, fix, about, server

    def __str__(self) -> str:
        where = f"{self.about or 'request'} on {self.server}" if self.server else self.about
        text = ": ".join(part for part in (where, self.cause) if part)
        # Hidden again: a token of a later login may have been in the words of an earlier error.
        return " ".join(redaction.hide(f"{text}; {self.fix}" if self.fix else text).split())

    def fill(self, *, about: str = "", server: str = "") -> VeeamError:
        """Adds what was not known where the error was raised."""
        self.about, self.server = self.about or about, self.server or server
        return self


class SettingsError(VeeamError):
    """A connection's settings are missing, unknown or contradictory."""


class InvalidInput(VeeamError):
    """The arguments of a resource cannot be right, or not on this server."""


class ServerUnreachable(VeeamError):
    """No connection to the server, or it stays unavailable over all attempts."""


class CertificateRefused(ServerUnreachable):
    """The server's certificate is not the one to trust. No byte of a request was sent.

    `certificate` is the one that it has (a `server.tls.Certificate`), None where it could not be seen.
    """

    def __init__(self, cause: str, fix: str = "", *, certificate: Any = None) -> None:
        super().__init__(cause, fix)
        self.certificate = certificate


class AnswerLost(VeeamError):
    """A write was sent and its answer is not known: it may have been handled.

    That it is not there now proves nothing: a gateway or the server may still be busy with it. `answer` is the 5xx
    answer, if there was one.
    """

    def __init__(self, cause: str, fix: str = "", *, answer: Any = None) -> None:
        super().__init__(cause, fix)
        self.answer = answer


class LoginRefused(VeeamError):
    """Wrong user name or password, or an account that may not use the REST API."""


class MfaRequired(LoginRefused):
    """The account needs a second factor, which no unattended program has."""


class ServerRefused(VeeamError):
    """The server answered with an error of its own: `status` (HTTP), `code` and `words` as it gave them."""

    def __init__(self, cause: str, fix: str = "", *, status: int, code: str = "", words: str = "") -> None:
        super().__init__(cause, fix)
        self.status = status
        self.code, self.words = redaction.hide(code, 10_000), redaction.hide(words, 10_000)

    def reworded(self, cause: str, fix: str) -> ServerRefused:
        """The same answer of the server, said in other words."""
        return type(self)(cause, fix, status=self.status, code=self.code, words=self.words)


class NotFound(ServerRefused):
    """The product's own "there is no such object"; no proof that the object is gone (see `lifecycle.read`)."""


class UnexpectedAnswer(VeeamError):
    """An answer that is not the product's: a proxy's page, half a body, a redirect, something that is not JSON."""


class IncompleteList(VeeamError):
    """A list that could not be read to its end; half a list would look like deletions."""


class NotProvenGone(VeeamError):
    """An object did not show up, but that proves nothing; state keeps it."""


class AlreadyExists(VeeamError):
    """Create met an object of that name on the server; `id` is its id, where that is known."""

    def __init__(self, cause: str, fix: str = "", *, id: str = "") -> None:
        super().__init__(cause, fix)
        self.id = id


class Protected(VeeamError):
    """Refused by this package, because it would lock somebody out."""

    @classmethod
    def default_administrator(cls, owner: str) -> Protected:
        """Of an account that the `owner` (server, appliance) was installed with."""
        return cls(
            f"it is the {owner}'s default administrator, which is never deleted, disabled or demoted",
            f"on purpose only in the product's own console; out of the state with {vocabulary.head.forget}",
        )

    @classmethod
    def own_login(cls, how_to_set_another: str) -> Protected:
        """Of the account that the connection logs in with."""
        return cls(
            "it is the account that this connection logs in with, which is never deleted, disabled or demoted",
            f"log in with another account: {how_to_set_another}",
        )

    @classmethod
    def last_administrator(cls, role: str) -> Protected:
        """Of the only account that is left with a role that somebody must have."""
        return cls(
            f"it is the last account with the role {role}: nobody could manage the server any more",
            f"give {role} to another account first",
        )
