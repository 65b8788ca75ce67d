"""Who changed users and roles of a backup server: GET /api/v1/authorization/events (1.2-rev1 and later).

* Backup and Security Administrators see it. It has four-eyes requests, changed settings, and users and groups that were
  added, changed and deleted; how long a server keeps them is not said.
* Name and description are free English text, without an id of the object: an account is found by its name in them. The
  text of a changed role is in no document.
* No field is required. Requests that are pending, rejected or expired changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from ...server.events import Event, moment

PATH = "/api/v1/authorization/events"
SHAPE = dict.fromkeys(
    ("id", "name", "description", "state", "creationTime", "createdBy", "processedBy", "processedTime"), str
)
_DONE = ("Info", "Approved")
_LONGEST_REQUEST = timedelta(days=30)
"""So long a four-eyes request can wait: it may be older than the approval that counts."""


def read(rows: Callable[..., Iterator[dict[str, Any]]], since: datetime) -> Iterator[Event]:
    """What happened since a time, all pages or an error. `rows`: a session's, all rows of a list."""
    after = (since - _LONGEST_REQUEST).strftime("%Y-%m-%dT%H:%M:%SZ")
    asked = {"createdAfterFilter": after, "orderColumn": "CreationTime", "orderAsc": "true"}
    for row in rows(PATH, shape=SHAPE, **asked):
        at = moment(row.get("processedTime")) or moment(row.get("creationTime"))
        if at is not None and at >= since and row.get("state") in _DONE:
            text = " ".join(str(row.get(key) or "") for key in ("name", "description"))
            approved = str(row.get("processedBy") or "") if row.get("state") == "Approved" else ""
            yield Event(at, text, by=str(row.get("createdBy") or ""), approved_by=approved)
