"""The activity log: GET /eventLogs/activityLogs, for portal administrators. Objects are named in texts alone.

assumed: the texts; and that rules of the Administrator Portal are logged as user records, because no type is theirs.
"""

from __future__ import annotations

import datetime
from typing import Any

from ..routing import Call, Reply
from ..store import Doc
from . import lists, seeds
from .server import Server


def record(server: Server, by: str, what: str, message: str, organization: str | None = None) -> None:
    """`by`: the UID of a user; `what`: a value of the type."""
    number = 1 + (server.counters.get("activity") or {"last": 0})["last"]
    server.counters.put("activity", {"last": number})
    entry: Doc = {
        "message": message,
        "activityLogType": what,
        "activityKind": "Internal",
        "date": server.now().isoformat(),
        "userUid": by,
        "organizationUid": organization or seeds.PROVIDER,
    }
    server.activity.put(f"{number:09d}", entry)


def of_user(server: Server, by: str, user: Doc, done: str) -> None:
    """A user was Created, Modified or Removed: portal users have types of their own."""
    prefix = "UserRecord" if user["organizationUid"] == seeds.PROVIDER else "CompanyUser"
    record(server, by, f"{prefix}{done}", f"User {user['userName']} was {done.lower()}.", user["organizationUid"])


def list_all(server: Server, call: Call) -> Reply:
    """No filter and no sort but by date; the newest come first unless somebody asks otherwise."""
    start, end = _moment(server, call, "from"), _moment(server, call, "to")
    found = [
        entry
        for entry in server.activity.all()
        if (start is None or datetime.datetime.fromisoformat(entry["date"]) >= start)
        and (end is None or datetime.datetime.fromisoformat(entry["date"]) <= end)
        and call.first("userUid") in (None, entry["userUid"])
        and call.first("organizationUid") in (None, entry["organizationUid"])
        and call.first("activityLogKind") in (None, entry["activityKind"])
    ]
    found.sort(key=lambda entry: str(entry["date"]), reverse=call.first("dateSortingDirection") != "ascending")
    rows, info = lists.page(server, call, found)
    hidden: dict[str, Any] = {"userUid": None} if server.settings.text("activity_user") == "missing" else {}
    return Reply(200, {"meta": {"pagingInfo": info}, "data": [{**row, **hidden} for row in rows]})


def _moment(server: Server, call: Call, name: str) -> datetime.datetime | None:
    text = call.first(name)
    try:
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None
    except ValueError:
        server.fail(400, f"The value of {name} is not a date.", parameterName=name)
