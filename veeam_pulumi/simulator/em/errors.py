"""Errors of the server: a message and the status, in the format that was asked for."""

from __future__ import annotations

from .formats import Node

_TEXTS = {401: "Unauthorized", 403: "Access denied", 404: "Not found", 405: "Method not allowed"}


def error(status: int, message: str) -> Node:
    return Node(
        "Error",
        {"Message": message or _TEXTS.get(status, "Error"), "StatusCode": status, "Status": None},
        {"FirstChanceExceptionMessage": None, "StackTrace": None},
    )
