"""What both dialects ask before a user is added, changed or removed."""

from __future__ import annotations

from typing import Any

from ..exchange import Call
from ..store import Doc
from . import principals, roles
from .errors import refusal
from .room import Server


def body_of(call: Call) -> dict[str, Any]:
    media = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise refusal(415, f"The media type '{media}' is not supported.", "UnexpectedContent")  # assumed
    try:
        body = call.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise refusal(400, "The request body is not a JSON object.")
    return body


def user_of(room: Server, call: Call) -> Doc:
    user = room.users.get(call.params["id"].lower())
    if user is None:
        raise refusal(404)  # assumed: also for an id that is no UUID
    return user


def check_new(room: Server, name: str, type_: str) -> None:
    """The account or group must exist in the directory already: the product creates none."""
    if not principals.resolvable(name, room.settings.names("domains"), room.settings.names("refused")):
        raise refusal(400, f"Unable to resolve account '{name}'.")  # assumed: status and text
    if room.find(name):
        # No revision has a 409. assumed: 400, and two spellings of one principal are the same user.
        raise refusal(400, f"User '{name}' already exists.", room.settings.text("duplicate"))
    if room.settings.mfa and type_.endswith("Group"):
        raise refusal(400, "Groups are not supported while multi-factor authentication is enabled.")


def four_eyes(room: Server) -> bool:
    """With four-eyes authorization on, a second administrator must approve: refused here, or accepted and not done."""
    choice = room.settings.text("four_eyes")
    if choice == "on":
        # The guide says that the request is refused; assumed: with 403 and this text.
        raise refusal(403, "The operation requires approval by a second administrator (four-eyes authorization).")
    return choice == "pending"


def save(room: Server, before: Doc, after: Doc) -> None:
    if roles.ADMIN_ROLE not in after["roles"] or after["isEnabled"] is False:
        _keep_an_administrator(room, before)
    if not four_eyes(room):
        room.users.put(after["id"], after)


def delete(room: Server, user: Doc) -> None:
    _keep_an_administrator(room, user)
    if not four_eyes(room):
        room.users.remove(user["id"])
        room.tokens.end_account(principals.key(user["name"]))


def _keep_an_administrator(room: Server, user: Doc) -> None:
    # assumed: the last assignment of the role is protected, be it a user's or a group's, and one's own is not.
    if [other["id"] for other in room.administrators()] == [user["id"]]:
        raise refusal(room.settings.number("last_admin"), "The last Backup Administrator cannot be removed.")
