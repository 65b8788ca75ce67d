"""Authorization events: GET /api/v1/authorization/events, since 1.2. Who changed users and roles, in free text.

assumed: the texts of names and descriptions, which no document shows for users and roles; and that a change under
four-eyes authorization leaves a pending request.
"""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from ..routing import Call, Reply
from ..store import Doc
from . import lists, revisions
from .errors import refusal
from .server import Server

_COLUMNS = {
    "Name": "name", "State": "state", "CreationTime": "creationTime", "ProcessedTime": "processedTime",
    "ExpirationTime": "expirationTime", "Description": "description", "InitiatedBy": "createdBy",
    "ProcessedBy": "processedBy",
}  # fmt: skip
_DAYS = 7
"""An approval waits for so long unless somebody set it otherwise (guide)."""


def record(server: Server, by: str, name: str, description: str, approved_by: str = "") -> None:
    """Notes what somebody did; under four-eyes authorization, what somebody asks for, until a second one approves."""
    now = _now(server)
    pending = server.settings.text("four_eyes") != "off"
    event: Doc = {
        "id": str(uuid.uuid4()),
        "name": "Four-eyes authorization request" if pending or approved_by else name,
        "description": description,
        "state": "Approved" if approved_by else "Pending" if pending else "Info",
        "creationTime": now.isoformat(),
        "createdBy": by,
        "expirationTime": (now + datetime.timedelta(days=_DAYS)).isoformat(),
    }
    if approved_by:
        event |= {"processedBy": approved_by, "processedTime": now.isoformat()}
    server.events.put(event["id"], event)


def list_all(server: Server, call: Call) -> Reply:
    _check_revision(call)
    found = [event for event in server.events.all() if _wanted(call, event)]
    columns = {column: _column(key) for column, key in _COLUMNS.items()}
    ordered = lists.ordered(call, found, columns, "CreationTime")
    rows, pagination = lists.page(call, ordered, *server.settings.page(False))
    hidden = ("createdBy", "processedBy") if server.settings.text("events_actor") == "missing" else ()
    data = [{key: value for key, value in event.items() if key not in hidden} for event in rows]
    return Reply(200, {"data": data, "pagination": pagination})


def read(server: Server, call: Call) -> Reply:
    _check_revision(call)
    event = server.events.get(call.params["id"].lower())
    if event is None:
        raise refusal(404)
    return Reply(200, event)


def _check_revision(call: Call) -> None:
    """Both dialects have the events. assumed: older revisions answer as for an unknown path."""
    if not revisions.at_least(call.revision, "1.2-rev0"):
        raise refusal(404)


def _wanted(call: Call, event: Doc) -> bool:
    for key, field in (("created", "creationTime"), ("processed", "processedTime"), ("expire", "expirationTime")):
        for way, sign in (("After", 1), ("Before", -1)):
            limit, at = _moment(call, f"{key}{way}Filter"), event.get(field)
            if limit is not None and (at is None or sign * (_parsed(at) - limit).total_seconds() < 0):
                return False
    pattern, states = call.first("nameFilter"), call.every("stateFilter")
    return (
        (not states or event["state"] in states)
        and (pattern is None or any(lists.name_matches(pattern, str(value)) for value in event.values()))
        and all(
            lists.name_matches(call.first(f"{key}Filter"), str(event.get(key, "")))
            for key in ("createdBy", "processedBy")
        )
    )


def _moment(call: Call, name: str) -> datetime.datetime | None:
    text = call.first(name)
    try:
        return _parsed(text) if text else None
    except ValueError:
        raise refusal(400, f"The value '{text}' is not valid for {name}.") from None


def _parsed(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def _now(server: Server) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(server.clock.now(), datetime.timezone.utc)


def _column(key: str) -> Any:
    return lambda event: event.get(key) or ""
