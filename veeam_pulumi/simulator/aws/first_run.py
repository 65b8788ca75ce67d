"""What an appliance without users answers, and the two pages around it: export, and the problem types."""

from __future__ import annotations

import csv
import io
from xml.sax.saxutils import quoteattr

from ..exchange import Call, Reply
from . import problems, users
from .room import Appliance

INSTANCE_ID = "i-0123456789abcdef0"


def is_first_login(room: Appliance, call: Call) -> Reply:
    return Reply(200, {"isFirstLogin": len(room.users) == 0})


def check_instance(room: Appliance, call: Call) -> Reply:
    return Reply(200, {"isValid": users.body_of(room, call).get("instanceId") == INSTANCE_ID})


def create_default_user(room: Appliance, call: Call) -> Reply:
    """The first user, without a token. assumed: 403 once there is a user. 409 (licence terms) is not simulated."""
    if len(room.users):
        room.refuse(call, "accessDenied", "The default user exists already.")
    spec = users.body_of(room, call)
    if (spec.get("instance") or {}).get("instanceId") != INSTANCE_ID:
        room.refuse(call, "validationError", "The instance ID is not valid.")
    return Reply(201, room.wire(users.create_from(room, call, spec.get("userSpec") or {}, default=True), call.origin))


def export(room: Appliance, call: Call) -> Reply:
    """A file, as CSV or XML. assumed: its columns."""
    columns = ("name", "description", "mfaEnabled", "isDefault")
    rows = [[str(user[column]) for column in columns] for user in room.users.all()]
    if "application/xml" in call.headers.get("accept", ""):
        pairs = [zip(columns, row, strict=True) for row in rows]
        lines = ["<user " + " ".join(f"{name}={quoteattr(value)}" for name, value in row) + "/>" for row in pairs]
        return Reply(200, f"<users>{''.join(lines)}</users>", "application/xml")
    text = io.StringIO()
    csv.writer(text).writerows([list(columns), *rows])
    return Reply(200, text.getvalue(), "text/csv")


def problem_page(room: Appliance, call: Call) -> Reply:
    kind = call.params["kind"]
    if kind not in problems.KINDS:
        room.refuse(call, "resourceNotFound")
    return Reply(200, problems.page(kind), "text/html")
