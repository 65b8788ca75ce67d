"""Bodies of requests: JSON objects, whose members are text."""

from __future__ import annotations

from typing import Any

from ..routing import Call
from .server import Server

_MEDIA = ("application/json", "text/json", "application/json-patch+json", "application/csp-report")


def read(server: Server, call: Call) -> dict[str, Any]:
    media = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if call.raw and media not in _MEDIA and not (media.startswith("application/") and media.endswith("+json")):
        server.refuse(call, "validationError", f"The media type '{media}' is not supported.", 415)  # assumed
    try:
        body = call.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        server.refuse(call, "validationError", "The request body is not a JSON object.")
    return body


def text(server: Server, call: Call, spec: dict[str, Any], key: str) -> str | None:
    value = spec.get(key)
    if value is not None and not isinstance(value, str):
        server.refuse(call, "validationError", f"The field '{key}' must be a string.")
    return value


def required(server: Server, call: Call, key: str) -> str:
    value = text(server, call, read(server, call), key)
    if value is None:
        server.refuse(call, "validationError", f"The field '{key}' is required.")
    return value
