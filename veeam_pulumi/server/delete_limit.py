"""A limit to what one run can destroy: so many DELETEs per connection and process, and no more.

A program that lost its loop, a configuration that was selected by mistake: the first 25 objects are gone, the others
are kept and named. Replacements and backup servers count; what was gone already and what was only adopted do not.
"""

from __future__ import annotations

import re
import threading

from .. import vocabulary
from ..errors import Protected, SettingsError

MOST = 25


def limit(text: str | None) -> int | None:
    """How many objects a run may delete on a connection; None for no limit. Raises SettingsError."""
    if not text:
        return MOST
    if text.strip().lower() == "none":
        return None
    if not re.fullmatch(r"\s*\d+(\.0)?\s*", text):
        raise SettingsError(
            f"{vocabulary.head.limit} (or VEEAM_MAX_DELETES) is {text!r}, neither a number nor none",
            vocabulary.head.set_limit(MOST),
        )
    return int(text.partition(".")[0])


class DeleteLimit:
    """What this process deleted on one connection; `most` of it, None for no limit."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._done: list[str] = []

    def take(self, label: str) -> None:
        """Counts one more, before its request is sent. Raises Protected where that would be one too many."""
        with self._lock:
            if self._most is not None and len(self._done) >= self._most:
                shown = ", ".join(self._done[:3]) + (", …" if len(self._done) > 3 else "")
                raise Protected(
                    f"this run has deleted {len(self._done)} objects on this connection ({shown}), which is the limit; "
                    "this one is kept",
                    "if all of this is meant, run again: every run may delete as many; or set VEEAM_MAX_DELETES=N|none "
                    f"or {vocabulary.head.set_limit('N')}",
                )
            self._done.append(label)

    def give_back(self, label: str) -> None:
        """Counts one less: it was gone already, or the server refused to delete it."""
        with self._lock:
            self._done.remove(label)
