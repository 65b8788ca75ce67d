"""Changes on a Service Provider Console: a JSON Patch, an array sent as application/json (anything else gets 415).

Paths are in camelCase here; servers take other cases too. One request is done whole or not at all (error 1001).
"""

from __future__ import annotations

from typing import Any

from ...errors import AnswerLost
from .session import VspcSession


def patch(session: VspcSession, path: str, values: dict[str, Any]) -> None:
    """Sets values by their paths; restrictions first, what loosens next to last, a password last."""
    ordered = sorted(values.items(), key=_rank)
    operations = [{"op": "replace", "path": at, "value": value} for at, value in ordered]
    try:
        session.write("PATCH", path, operations)
    except AnswerLost:  # it sets values, so it may be sent again; with the same X-Request-id
        session.write("PATCH", path, operations)


def _rank(write: tuple[str, Any]) -> int:
    if write[0] == "/credentials/password":
        return 3
    if write in (("/status", "Disabled"), ("/mfaPolicyStatus", "Enabled")):
        return 0
    return 2 if write in (("/status", "Enabled"), ("/mfaPolicyStatus", "Disabled")) else 1
