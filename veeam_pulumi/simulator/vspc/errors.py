"""Errors of the console: `{"errors": [{message, type, code, …}]}`. The code decides; the HTTP status only follows."""

from __future__ import annotations

from typing import Any

from ..routing import Reply

# assumed: which type goes with which code (only their names are documented), and the texts.
_TYPES = {401: "security", 403: "security", 429: "transport", 504: "transport", 1000: "retryableLogical"}
_TEXTS = {
    401: "The access token is missing, expired or not valid.",
    403: "The operation is not allowed.",
    404: "The resource does not exist.",
    405: "The method is not supported.",
    415: "The media type is not supported.",
}


# What a portal shows under every address that is not the API's.
PAGE = (
    '<!DOCTYPE html><html manifest=""><head><meta charset="UTF-8"><title></title><base href="/"></head>'
    '<body><div id="root"></div></body></html>'
)


def unsupported_version(uri: str) -> Reply:
    """Without a client version: the web framework's own form, whose `error` is an object (seen)."""
    text = f"The HTTP resource that matches the request URI '{uri}' is not supported."
    return Reply(400, {"error": {"code": "UnsupportedApiVersion", "message": text, "innerError": None}})


def error(status: int, code: int, message: str = "", **more: Any) -> Reply:
    """`more`: parameterName, propertyName, retryAfter, failedJsonPatch."""
    known = "unspecified" if code in (500, 502, 503) else "logical"
    text = message or _TEXTS.get(code, "The server could not process the request.")
    return Reply(status, {"errors": [{"message": text, "type": _TYPES.get(code, known), "code": code, **more}]})


def by_status(status: int, message: str) -> Reply:
    """The error that goes with a status, for unknown paths and for faults. The example of 429 is without a message."""
    reply = error(520 if status >= 500 else status, status, message)
    if status == 429:
        del reply.body["errors"][0]["message"]
    return reply
