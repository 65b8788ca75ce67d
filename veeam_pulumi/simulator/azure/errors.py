"""Errors of the appliance: application/problem+json, with other members for every status and no code."""

from __future__ import annotations

from typing import Any

from ..routing import Reply

_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    415: "Unsupported Media Type",
}
_TRACE = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-00"


def problem(status: int, detail: str = "", fields: dict[str, list[str]] | None = None, eula: bool = False) -> Reply:
    """`fields`: what is wrong with which property, for 400."""
    body: dict[str, Any] = {
        "type": f"https://httpstatuses.com/{status}",
        "title": _TITLES.get(status, "Error"),
        "status": status,
    }
    if status == 400:
        body.update(detail=detail or None, errors=fields, traceId=_TRACE)
    elif status == 401:
        body.update(detail=detail or None, extensions=None)
    elif status == 403:
        body.update(licenseAgreementAcceptanceRequired=True if eula else None, extensions=None)
    elif status in (404, 409):
        body.update(detail=detail or None, instance=None, traceId=_TRACE)
    else:
        body.update(traceId=_TRACE)
    return Reply(status, body, "application/problem+json")


def refused_login(status: int) -> Reply:
    """The token endpoint's own form; 400 and 401 are both declared, and a knob says which it is."""
    text = "Invalid user name or password."
    if status == 400:
        return problem(400, text)
    body = {**problem(401, text).body, "instance": None, "traceId": _TRACE}
    body.pop("extensions")
    return Reply(401, body, "application/problem+json")
