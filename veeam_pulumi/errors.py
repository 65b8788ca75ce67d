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

An error says what it was about, on which server, the cause with the server's own words, and what to do next: on one
line as text (`str(error)`, for logs), on at most five short lines for a person (`error.shown()`), or as a headline and
what belongs below it (`error.headed()`).
"""

from __future__ import annotations

import difflib
import re
import textwrap
from collections.abc import Iterable
from typing import Any

from . import redaction, vocabulary

WIDEST, MOST_LINES = 88, 5
"""Of an error as a person reads it; with what engines put before it, 100 characters."""


class VeeamError(Exception):
    """What went wrong, and what to do next.

    `cause` says what is wrong, `fix` what to do next; `about` (the resource, ``vbr.User 'TECH\\john'``) and `server`
    (``vbr01:9419, connection vbr``) are filled in by whoever knows them while the error travels up.
    """

    def __init__(self, cause: str, fix: str = "", *, about: str = "", server: str = "") -> None:
        # Servers repeat what they were sent: hidden here, a secret is in no message, repr or traceback.
        cause, fix, about = redaction.line(cause), redaction.line(fix), redaction.line(about)
        super().__init__(cause)
        self.cause, self.fix, self.about, self.server = cause, fix, about, server

    @property
    def where(self) -> str:
        """`vbr.User 'TECH\\john' on vbr01:9419, connection vbr`; empty where neither is known."""
        return f"{self.about or 'request'} on {self.server}" if self.server else self.about

    @property
    def brief(self) -> str:
        """The cause, as a person needs it."""
        return self.cause

    def _parts(self) -> tuple[str, str, str]:
        """Where, the cause and the next steps; hidden again, as in `str`."""
        return redaction.hide(self.where), redaction.hide(self.brief), redaction.hide(self.fix)

    def shown(self) -> str:
        """For a person: where, the cause, the next steps, and each command on a line of its own, to be copied."""
        where, cause, fix = self._parts()
        roomy = _layout(where, cause, fix, own_lines=True)
        return "\n".join(roomy if len(roomy) <= MOST_LINES else _layout(where, cause, fix, own_lines=False))

    def headed(self) -> tuple[str, str]:
        """For an engine with headlines: the cause, as much of it as a line holds; where, the rest and the next steps.

        Nothing is in both.
        """
        where, cause, fix = self._parts()
        head, rest = _headline(cause)
        return head, "\n".join([where, *_wrapped(rest), *steps(fix)]).strip("\n")

    def __str__(self) -> str:
        text = ": ".join(part for part in (self.where, self.cause) if part)
        # Hidden again: a token of a later login may have been in the words of an earlier error.
        return " ".join(redaction.hide(f"{text}; {self.fix}" if self.fix else text).split())

    def fill(self, *, about: str = "", server: str = "") -> VeeamError:
        """Adds what was not known where the error was raised."""
        self.about, self.server = self.about or about, self.server or server
        return self


_COMMAND = re.compile(r"(.*?)`((?:veeam-pulumi|pulumi|terraform|tofu) [^`]+)`( \(.*\))?")
"""A step that ends with a command; a remark may follow it."""


def _layout(where: str, cause: str, fix: str, *, own_lines: bool) -> list[str]:
    """The lines of an error. `own_lines`: a command is on a line of its own, else behind what introduces it."""
    joined, todo = f"{where}: {cause}" if where else cause, steps(fix, own_lines=own_lines)
    if len(joined) <= WIDEST:
        return [joined, *todo]
    why = [f"{where}:", *_wrapped(cause)] if where else _wrapped(cause, "")
    room = max(MOST_LINES - len(todo), 3 if where else 2)
    if not own_lines and len(why) > room:  # a server's long words: the log has them whole
        why = [*why[: room - 1], f"{why[room - 1]} …"]
    return [*why, *todo]


def _headline(cause: str) -> tuple[str, str]:
    """A cause that is longer than a line, cut between two of its clauses, where that can be."""
    ends = [one for one in re.finditer("[:;] ", cause) if 40 < one.start() <= WIDEST and _whole(cause[: one.start()])]
    return (cause[: ends[-1].start()], cause[ends[-1].end() :]) if ends and len(cause) > WIDEST else (cause, "")


def _whole(text: str) -> bool:
    """Whether no quotation and no parenthesis is open at its end."""
    return not text.count('"') % 2 and not text.count("`") % 2 and text.count("(") == text.count(")")


def steps(fix: str, *, own_lines: bool = True) -> list[str]:
    """The lines of what to do next."""
    lines = list[str]()
    for step in re.split(r"; (?=(?:[^`]*`[^`]*`)*[^`]*$)", fix) if fix else ():
        found = _COMMAND.fullmatch(step)
        if not found:
            lines += _wrapped(step)
            continue
        said, command = found[1].rstrip(" :") or "run", found[2]
        label = said + ":" * (not said.endswith("?"))
        lines += [*_wrapped(label), f"    {command}"] if own_lines else [f"  {label} {command}"]
        lines += _wrapped(found[3].strip(" ()")) if found[3] else []
    return lines


def meant(written: str, known: Iterable[str], *, before: str = "", form: str = "{}") -> str:
    """What a mistyped name was probably to be, for an error; empty where none is like it.

    `before`: what separates it from the text before it; `form`: how the name is shown.
    """
    near = difflib.get_close_matches(written, known, n=1)
    return f"{before}did you mean {form.format(near[0])}?" if near else ""


def wrapped(text: str) -> str:
    """One sentence of an error, on lines that can be read."""
    return "\n".join(_wrapped(text, ""))


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    """Long words are whole: they are to be copied."""
    return textwrap.wrap(
        text, WIDEST, initial_indent=indent, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


class SettingsError(VeeamError):
    """A connection's settings are missing, unknown or contradictory."""

    @classmethod
    def of_line(cls, line: str) -> SettingsError:
        """From a text that says the cause and, behind a semicolon, what to do."""
        cause, _, fix = line.partition("; ")
        return cls(cause, fix)


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

    @property
    def brief(self) -> str:
        """With what tells the certificate from another one; the log has all of it."""
        return self.cause.replace(str(self.certificate), self.certificate.brief) if self.certificate else self.cause


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
