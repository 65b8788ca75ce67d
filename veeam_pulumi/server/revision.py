"""Which API revision a server is spoken to in: the one of the settings, or the first that it does not refuse."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..errors import LoginRefused
from .answer import Answer
from .settings import Connection

_REVISION = re.compile(r"\bv?(\d+\.\d+-rev\d+)\b")
"""A revision in a server's list of them; older servers write `v1.1-rev2` (VBR 11 and 12)."""
_ABOUT_REVISION = re.compile(
    r"version.{0,80}(support|invalid)|(support|invalid).{0,80}version|api[ -]?version", re.IGNORECASE | re.DOTALL
)


class Revision:
    """The revision of one session; `known`: what `api_version: auto` tries, the preferred one first."""

    def __init__(self, connection: Connection, known: Sequence[str]) -> None:
        self._connection, self._known = connection, known
        self._wanted = connection.settings.api_version
        self.chosen = "" if self._wanted == "auto" else self._wanted
        """Empty until it is found."""
        self.candidates = list(known) if self._wanted == "auto" else []

    def rejected(self, answer: Answer) -> bool:
        """Notes that the server refused the first of the candidates; whether there is another."""
        rejected = self.candidates[:1]
        listed = set(_REVISION.findall(answer.text())) - {*rejected}
        self.candidates = [one for one in self.candidates[1:] if not listed or one in listed]
        if self.candidates:
            self.chosen = self.candidates[0]
        return bool(self.candidates)

    def none_left(self, why: str) -> LoginRefused:
        """The error of a server that knows no revision that could be spoken."""
        how_to_set = self._connection.how_to_set
        if self._wanted != "auto" or not self._known:
            return LoginRefused(
                f"the server does not know the API revision {self._wanted} of the connection ({why})",
                how_to_set("api_version", "auto" if self._wanted != "auto" else "REVISION"),
            )
        return LoginRefused(
            f"the server accepts none of the API revisions {', '.join(self._known)}; {why}",
            f"update the server, or {how_to_set('api_version', 'REVISION')}",
        )


def refuses(answer: Answer) -> bool:
    """Whether a server does not know the API revision it was asked in. An OAuth error is about the account."""
    if answer.status != 400 or (form := answer.form()) not in ("JSON", "XML"):
        return False
    body = answer.json() if form == "JSON" else {}
    if not isinstance(body, dict) or isinstance(body.get("error"), str):
        return False
    return _ABOUT_REVISION.search(answer.text()) is not None
