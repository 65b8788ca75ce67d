"""Bodies of requests: a role, and operators and items as wrappers around a member."""

from __future__ import annotations

import uuid
from typing import Any

from ..routing import Call
from ..store import Doc
from . import views
from .server import Server

LISTS = ("operators", "selectedItems", "excludedItems")
_TYPES = {"operators": ("User", "Group"), "selectedItems": ("User", "Group", "Site", "Team")}
_TYPES["excludedItems"] = _TYPES["selectedItems"]
_NEEDED = {
    "User": ("id", "displayName", "name", "type"),
    "Group": ("id", "displayName", "name", "type"),
    "Site": ("id", "url", "title", "isCloud", "isPersonal"),
    "Team": ("id", "description", "displayName", "mail"),
}
_KINDS = {
    "User": ("User", "SharedMailbox", "PublicMailbox"),
    "Group": ("Office365", "Security", "Distribution", "DynamicDistribution", "Unknown"),
}
_NULLABLE = {"type", "url", "isCloud", "isPersonal"}  # and the name of a group


def read(server: Server, call: Call) -> Any:
    if call.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        server.fail(call, 415, "The media type is not supported.")
    try:
        return call.json()
    except ValueError:
        server.fail(call, 400, "The body is not JSON.")


def role(server: Server, call: Call) -> dict[str, Any]:
    """The members that were given; lists with their wrappers. What is null is there as None."""
    body = read(server, call)
    if not isinstance(body, dict):
        server.fail(call, 400, "The body must be a JSON object.")
    found: dict[str, Any] = {}
    for name in ("name", "description", "roleType"):
        if name in body:
            if not isinstance(body[name], str) and body[name] is not None:
                server.fail(call, 400, f"The value of {name} must be a text.")
            found[name] = body[name]
    for name in ("id", "organizationId"):
        if body.get(name) is not None and not _is_uuid(body[name]):
            server.fail(call, 400, f"The value of {name} must be a UUID.")
    if found.get("roleType") not in (None, "EntireOrganization", "SpecificObjects"):
        server.fail(call, 400, f"The value '{found['roleType']}' is not valid for roleType.")
    for name in LISTS:
        if name in body:
            found[name] = None if body[name] is None else wrappers(server, call, name, body[name])
    return found


def _is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(uuid.UUID(value))
    except ValueError:
        return False


def wrappers(server: Server, call: Call, name: str, items: Any) -> list[Doc]:
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        server.fail(call, 400, f"The value of {name} must be an array of objects.")
    return [_wrapper(server, call, name, item) for item in items]


def _wrapper(server: Server, call: Call, name: str, item: dict[str, Any]) -> Doc:
    kind = item.get("type")
    if kind not in _TYPES[name] or (kind == "Team" and call.revision == "v6"):
        server.fail(call, 400, f"The type '{kind}' is not valid in {name}.")
    member = item.get(kind.lower())
    if not isinstance(member, dict):
        server.fail(call, 400, f"{name} of type {kind} need the member {kind.lower()}.")
    for key in _NEEDED[kind]:
        nullable = key in _NULLABLE or (kind == "Group" and key == "name")
        if key not in member or (member[key] is None and not nullable):
            server.fail(call, 400, f"{kind.lower()}.{key} is required.")
    for key, value in member.items():
        if value is not None and not isinstance(value, bool if key in ("isCloud", "isPersonal") else str):
            server.fail(call, 400, f"{kind.lower()}.{key} is of the wrong type.")
    if member.get("type") not in (None, *_KINDS.get(kind, (member.get("type"),))):
        server.fail(call, 400, f"{kind.lower()}.type is not valid.")
    given = item.get("id")
    if given is not None and not isinstance(given, str):
        server.fail(call, 400, "id must be a text.")
    if given is None and server.settings.on("wrapper_id_required"):
        server.fail(call, 400, "id is required.")
    known = server.named(kind, str(member["id"]))
    if known is None and server.settings.text("unknown_member") == "400":
        server.fail(call, 400, f"{kind} '{member['id']}' does not exist in the organization.")
    how = server.settings.text("wrapper_id")
    own = str(uuid.uuid4()) if how == "made" or (how == "echoed" and not given) else given
    shown = views.member(known) if known else {**member}
    return {"type": kind, kind.lower(): shown, "id": shown["id"] if how == "member" else own, "_links": {}}
