"""Sessions: work that goes on after an answer, at GET /api/v1/sessions. Their time is the simulator's own.

What a session is to do is data in its document, so that it outlives the process like everything else.
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

_FAILURES = ("failed", "failed_silent", "canceled")


def start(server: Server, name: str, type_: str, work: Doc, failure: str = "") -> Doc:
    """Begins a session; its work is done when `session_seconds` have passed. `failure`: why it will fail."""
    now = server.clock.now()
    found: Doc = {
        "id": str(uuid.uuid4()),
        "name": name,
        "type": type_,
        "began": now,
        "ends": now + server.settings.number("session_seconds"),
        "work": work,
        "failure": failure,
        "resource": work.get("id") if server.settings.text("session_resource") == "at_once" else None,
        "result": None,
    }
    server.sessions.put(found["id"], found)
    return found


def settle(server: Server) -> None:
    """Does the work of the sessions whose time has come."""
    for one in server.sessions.all():
        if one["result"] is None and one["ends"] <= server.clock.now():
            _end(server, one)


def _end(server: Server, one: Doc) -> None:
    how = server.settings.text("session_result")
    result = "failed" if one["failure"] and how == "success" else how
    done = result in ("success", "warning", "no_result") and server.settings.text("session_lost") != "undone"
    if done or (result in _FAILURES and one["work"]["do"] == "create" and server.settings.on("failed_row")):
        _do(server, one["work"])
    named = {"finished": one["work"]["id"], "session": one["id"]}.get(
        server.settings.text("session_resource"), one["resource"]
    )
    server.sessions.put(one["id"], {**one, "result": result, "resource": named if done else None})


def _do(server: Server, work: Doc) -> None:
    if work["do"] == "delete":
        if (host := server.managed.get(work["id"])) is not None:
            gone = server.clock.now() + server.settings.number("host_delete_lag")
            server.managed.put(host["id"], {**host, "gone": gone})
    else:
        server.managed.put(work["id"], work["host"])


def read(server: Server, call: Call) -> Reply:
    return Reply(200, view(server, _of(server, call), call.revision))


def read_logs(server: Server, call: Call) -> Reply:
    """Newest first, as in the contract's example."""
    one = _of(server, call)
    records = [_record(1, "Succeeded", "Infrastructure item saving started", one)]
    if _state(one) in ("Stopped", "ActionRequired"):
        bad = {"success": "Succeeded", "no_result": "Succeeded", "warning": "Warning"}.get(one["result"], "Failed")
        said = one["failure"] or {
            "warning": "Some components are out of date",
            "action_required": "Confirm the key",
        }.get(one["result"], "Infrastructure item was processed" if bad == "Succeeded" else "The host does not answer")
        records.insert(0, _record(2, bad, said, one))
    wanted = call.first("statusFilter")
    records = [record for record in records if wanted in (None, record["status"])]
    return Reply(200, {"totalRecords": len(records), "records": records})


def list_sessions(server: Server, call: Call) -> Reply:
    """The filters that a client of managed servers needs; the server has more."""
    settle(server)
    wanted = call.every("typeFilter")
    rows = [one for one in server.sessions.all() if not wanted or one["type"] in wanted]
    rows = [] if server.settings.text("session_lost") != "off" else rows
    columns = {"CreationTime": lambda one: f"{one['began']:020.6f}", "Name": lambda one: one["name"]}
    found, pagination = lists.page(
        call, lists.ordered(call, rows, columns, "CreationTime"), *server.settings.page(False)
    )
    return Reply(200, {"data": [view(server, one, call.revision) for one in found], "pagination": pagination})


def view(server: Server, one: Doc, revision: str) -> dict[str, Any]:
    """SessionModel."""
    state = _state(one)
    shown: dict[str, Any] = {
        "id": one["id"],
        "name": one["name"],
        "jobId": "00000000-0000-0000-0000-000000000000",
        "sessionType": one["type"],
        "creationTime": _time(one["began"]),
        "state": state,
        "progressPercent": 100 if state == "Stopped" else 0,
        "usn": 1,
        "initiatedBy": "LAB\\svc-backup",
    }
    if one["resource"]:
        shown["resourceId"] = one["resource"]
    if state != "Stopped":
        return shown
    result = {"success": "Success", "warning": "Warning", "no_result": "None"}.get(one["result"], "Failed")
    message = (
        "" if one["result"] == "failed_silent" or result == "Success" else one["failure"] or _MESSAGES[one["result"]]
    )
    shown["endTime"] = _time(one["ends"])
    shown["result"] = {"result": result, "message": message, "isCanceled": one["result"] == "canceled"}
    if revisions.at_least(revision, "1.3-rev2"):
        shown["algorithm"] = "None"
    return shown


_MESSAGES = {
    "warning": "Some components are out of date",
    "failed": "Failed to save the infrastructure item",
    "canceled": "The operation was canceled",
    "no_result": "",
}


def _state(one: Doc) -> str:
    if one["result"] is None:
        return "Working"
    return "ActionRequired" if one["result"] == "action_required" else "Stopped"


def _of(server: Server, call: Call) -> Doc:
    settle(server)
    one = server.sessions.get(call.params["id"].lower())
    if one is None or server.settings.text("session_lost") != "off":
        raise refusal(404)
    return one


def _record(number: int, status: str, title: str, one: Doc) -> dict[str, Any]:
    return {
        "id": number,
        "status": status,
        "startTime": _time(one["began"]),
        "updateTime": _time(one["ends"]),
        "title": title,
        "description": "",
    }


def _time(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).isoformat()
