"""What both dialects ask before a user is added, changed or removed."""

from __future__ import annotations

from ..routing import Call
from ..store import Doc
from . import events, principals, roles
from .errors import refusal
from .server import Server


def user_of(server: Server, call: Call) -> Doc:
    user = server.users.get(call.params["id"].lower())
    if user is None:
        raise refusal(404)  # assumed: also for an id that is not a UUID
    return user


def check_new(server: Server, name: str, type_: str) -> None:
    """The account or group must exist in the directory already: the product creates none."""
    if not principals.resolvable(name, server.settings.names("domains"), server.settings.names("refused")):
        raise refusal(400, f"Unable to resolve account '{name}'.")  # assumed: status and text
    if server.find(name):
        # No revision has a 409. assumed: 400, and two spellings of one principal are the same user.
        raise refusal(400, f"User '{name}' already exists.", server.settings.text("duplicate"))
    if server.settings.mfa and type_.endswith("Group"):
        raise refusal(400, "Groups are not supported while multi-factor authentication is enabled.")


def four_eyes(server: Server) -> bool:
    """With four-eyes authorization on, a second administrator must approve: refused here, or accepted and not done."""
    choice = server.settings.text("four_eyes")
    if choice == "on":
        # The guide says that the request is refused; assumed: with 403 and this text.
        raise refusal(403, "The operation requires approval by a second administrator (four-eyes authorization).")
    return choice == "pending"


def added(server: Server, call: Call, name: str, role_ids: list[str]) -> None:
    events.record(server, call.account, "User or group added", f"{name} was added{_with(server, role_ids)}.")


def save(server: Server, call: Call, before: Doc, after: Doc) -> None:
    if roles.ADMIN_ROLE not in after["roles"] or after["isEnabled"] is False:
        _keep_an_administrator(server, before)
    waits = four_eyes(server)
    changed = f"{after['name']} was changed{_with(server, after['roles'])}."
    events.record(server, call.account, "Settings of user or group changed", changed)
    if not waits:
        server.users.put(after["id"], after)


def delete(server: Server, call: Call, user: Doc) -> None:
    _keep_an_administrator(server, user)
    waits = four_eyes(server)
    events.record(server, call.account, "User or group deleted", f"{user['name']} was deleted.")
    if not waits:
        server.users.remove(user["id"])
        server.tokens.end_account(principals.key(user["name"]))


def _with(server: Server, role_ids: list[str]) -> str:
    names = [str(role["name"]) for role in map(server.roles.get, role_ids) if role]
    return f" with the roles {', '.join(names)}" if names else ""


def _keep_an_administrator(server: Server, user: Doc) -> None:
    # assumed: the last assignment of the role is protected, be it a user's or a group's, and one's own is not.
    if [other["id"] for other in server.administrators()] == [user["id"]]:
        raise refusal(server.settings.number("last_admin"), "The last Backup Administrator cannot be removed.")
