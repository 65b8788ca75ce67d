"""Errors of the server: errorCode, message, and a resourceId that live servers send as null."""

from __future__ import annotations

from ..routing import Refusal, Reply

_CODES = {
    400: "UnexpectedContent",
    401: "AccessDenied",
    403: "AccessDenied",
    404: "NotFound",
    405: "MethodNotAllowed",
    500: "ServiceUnavailable",
    503: "ServiceUnavailable",
}
_TEXTS = {
    401: "Unauthorized. Get bearer JWT token at /api/login",
    403: "Forbidden",
    404: "Resource does not exist",
    405: "Method is not allowed",
}


def error(status: int, message: str = "", code: str = "") -> Reply:
    """401 and 403 share the code AccessDenied; there is no 409 in any revision."""
    code = code or _CODES.get(status, "UnknownError")
    return Reply(status, {"errorCode": code, "message": message or _TEXTS.get(status, "Error"), "resourceId": None})


def refusal(status: int, message: str = "", code: str = "") -> Refusal:
    return Refusal(error(status, message, code))
