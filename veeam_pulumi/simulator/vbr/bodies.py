"""Bodies of requests."""

from __future__ import annotations

from typing import Any

from ..routing import Call
from .errors import refusal


def read(call: Call) -> dict[str, Any]:
    media = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise refusal(415, f"The media type '{media}' is not supported.", "UnexpectedContent")  # assumed
    try:
        body = call.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise refusal(400, "The request body is not a JSON object.")
    return body
