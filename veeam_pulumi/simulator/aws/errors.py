"""Errors of the appliance: application/problem+json with `errorCode` and, unlike RFC 9457, `details` in the plural."""

from __future__ import annotations

from typing import Any

from ..routing import Reply

# problem type -> status, title, errorCode. The types are documented; which errorCode goes with which is assumed.
_PROBLEMS = {
    "accessDenied": (403, "Access denied", "AccessDenied"),
    "noAccessToken": (401, "No access token", "AccessDenied"),
    "invalidAccessToken": (401, "Invalid access token", "InvalidToken"),
    "expiredAccessToken": (401, "Expired access token", "ExpiredToken"),
    "resourceNotFound": (404, "Resource not found", "NotFound"),
    "validationError": (400, "Validation error", "UnexpectedContent"),
    "serviceUnavailable": (503, "Service unavailable", "ServiceUnavailable"),
    "notImplemented": (501, "Not implemented", "NotImplemented"),
    "unknownError": (500, "Unknown error", "UnknownError"),
    "unsupportedApiVersion": (400, "Unsupported API version", "NotImplemented"),
    "apiVersionUnspecified": (400, "API version is unspecified", "UnexpectedContent"),
    "invalidApiVersion": (400, "Invalid API version", "UnexpectedContent"),
    "ambiguousApiVersion": (400, "Ambiguous API version", "UnexpectedContent"),
    "licenseAgreementsIsNotAccepted": (409, "License agreements are not accepted", "AccessDenied"),
    "repositoryUsedByPolicy": (400, "Repository is used by a policy", "UnexpectedContent"),
    "failedToRemoveUserPolicy": (400, "Failed to remove the user's policy", "UnexpectedContent"),
    "policyAlreadyStarted": (400, "Policy is already started", "UnexpectedContent"),
}
KINDS = tuple(_PROBLEMS)
_BY_STATUS = {
    400: "validationError",
    401: "invalidAccessToken",
    403: "accessDenied",
    404: "resourceNotFound",
    405: "unknownError",
    501: "notImplemented",
    503: "serviceUnavailable",
}


def problem(kind: str, origin: str, details: str = "", status: int | None = None, key: str = "details") -> Reply:
    """An error answer. `origin` is scheme, host and port as the client wrote them."""
    usual, title, code = _PROBLEMS[kind]
    body: dict[str, Any] = {
        "type": f"{origin}/api/v1/problems/{kind}",
        "title": title,
        "status": status or usual,
        "errorCode": code,
    }
    if details:
        body[key] = details
    return Reply(body["status"], body, "application/problem+json")


def by_status(status: int, origin: str, details: str, key: str) -> Reply:
    """The error that goes with a status, for unknown paths and for faults."""
    reply = problem(_BY_STATUS.get(status, "unknownError"), origin, details, status, key)
    if status == 405:
        reply.body.update(title="Method not allowed", errorCode="MethodNotAllowed")
    return reply


def framework(status: int, details: str = "") -> Reply:
    """ASP.NET's own problem, which has no errorCode. assumed: no live one has been published."""
    body: dict[str, Any] = {
        "type": f"https://tools.ietf.org/html/rfc7231#section-6.5.{4 if status == 404 else 1}",
        "title": "Not Found" if status == 404 else "One or more validation errors occurred.",
        "status": status,
        "traceId": "00-0123456789abcdef0123456789abcdef-0123456789abcdef-00",
    }
    if details:
        body["errors"] = {"": [details]}
    return Reply(status, body, "application/problem+json; charset=utf-8")


def page(kind: str) -> str:
    return f"<html><head><title>{_PROBLEMS[kind][1]}</title></head><body>{_PROBLEMS[kind][1]}</body></html>"
