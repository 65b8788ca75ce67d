"""What an appliance without users answers, and the two pages around it: export, and the problem types."""

from __future__ import annotations

import csv
import io
from xml.sax.saxutils import quoteattr

from ..routing import Call, Reply
from . import bodies, errors, users
from .server import Server

INSTANCE_ID = "i-0123456789abcdef0"


def is_first_login(server: Server, call: Call) -> Reply:
    return Reply(200, {"isFirstLogin": len(server.users) == 0})


def check_instance(server: Server, call: Call) -> Reply:
    return Reply(200, {"isValid": bodies.read(server, call).get("instanceId") == INSTANCE_ID})


def create_default_user(server: Server, call: Call) -> Reply:
    """The first user, without a token. assumed: 403 once there is a user. 409 (licence terms) is not simulated."""
    if len(server.users):
        server.refuse(call, "accessDenied", "The default user exists already.")
    spec = bodies.read(server, call)
    if (spec.get("instance") or {}).get("instanceId") != INSTANCE_ID:
        server.refuse(call, "validationError", "The instance ID is not valid.")
    return Reply(201, server.shown(users.create_from(server, call, spec.get("userSpec") or {}, default=True), call))


def export(server: Server, call: Call) -> Reply:
    """A file, as CSV or XML. assumed: its columns."""
    columns = ("name", "description", "mfaEnabled", "isDefault")
    rows = [[str(user[column]) for column in columns] for user in server.users.all()]
    if "application/xml" in call.headers.get("accept", ""):
        pairs = [zip(columns, row, strict=True) for row in rows]
        lines = ["<user " + " ".join(f"{name}={quoteattr(value)}" for name, value in row) + "/>" for row in pairs]
        return Reply(200, f"<users>{''.join(lines)}</users>", "application/xml")
    text = io.StringIO()
    csv.writer(text).writerows([list(columns), *rows])
    return Reply(200, text.getvalue(), "text/csv")


def problem_page(server: Server, call: Call) -> Reply:
    kind = call.params["kind"]
    if kind not in errors.KINDS:
        server.refuse(call, "resourceNotFound")
    return Reply(200, errors.page(kind), "text/html")
