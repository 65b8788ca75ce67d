"""Changes on a Service Provider Console: a JSON Patch, an array sent as application/json (anything else gets 415).

Paths are in camelCase here; servers take other cases too. One request is done whole or not at all (error 1001).
"""

from __future__ import annotations

from typing import Any

from ...errors import AnswerLost
from .session import VspcSession


def patch(session: VspcSession, path: str, values: dict[str, Any], **params: Any) -> Any:
    """Sets values by their paths, all at once (the order says nothing) -> the object in the answer."""
    operations = [{"op": "replace", "path": at, "value": value} for at, value in values.items()]

    def once() -> Any:
        return session.gave(session.request("PATCH", path, params=params or None, body=operations, repeat=False))

    try:
        gave = once()
    except AnswerLost:  # it sets values, so it may be sent again; with the same X-Request-id
        gave = once()
    return gave.get("data") if isinstance(gave, dict) else None
