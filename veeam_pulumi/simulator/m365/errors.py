"""Errors of the server: a message, and since v8 a code. No live one has been published, and no status is declared."""

from __future__ import annotations

from typing import Any

from ..routing import Refusal, Reply

_CODES = {
    400: "ParameterValidationFailure",
    403: "ResourceAccessDenied",
    404: "ResourceNotFound",
    409: "OperationConflict",
}


def error(status: int, message: str, version: str = "v8", form: str = "preset") -> Reply:
    """`form`: preset follows the version: v6 knows a message alone, v7 hardly a code."""
    if form == "empty":
        return Reply(status)
    body: dict[str, Any] = {"message": message or "The request failed."}
    if version == "v8" and form == "preset":
        body.update(errorCode=_CODES.get(status, "HttpError"), stackTrace=None)
    return Reply(status, body)


def refusal(status: int, message: str, version: str, form: str) -> Refusal:
    return Refusal(error(status, message, version, form))
