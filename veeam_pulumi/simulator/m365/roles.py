"""Restore operator roles, and their three lists. Every call is done when it is answered; arrays are bare."""

from __future__ import annotations

import uuid
from typing import Any

from ..routing import Call, Reply
from ..store import Doc
from . import bodies, views
from .organizations import organization_of
from .server import Server

_STRANGE = {"type": "PersonalSites", "id": "00000000-0000-4000-8000-00000000ffff", "_links": {}}


def list_all(server: Server, call: Call) -> Reply:
    return Reply(200, [views.role(role) for role in server.roles.all()])


def of_organization(server: Server, call: Call) -> Reply:
    home = organization_of(server, call)["id"]
    return Reply(200, [views.role(role) for role in server.roles.all() if role["organizationId"] == home])


def read(server: Server, call: Call) -> Reply:
    return Reply(200, views.role(_role_of(server, call)))


def create(server: Server, call: Call) -> Reply:
    """201 since v8, 200 before."""
    home, spec = organization_of(server, call), bodies.role(server, call)
    if server.settings.text("app_auth") == "basic":
        server.fail(call, 400, "The organization was not added with modern authentication.")
    for name in ("name", "roleType", "operators"):
        if not spec.get(name) and not (name == "operators" and spec.get(name) == []):
            server.fail(call, 400, f"{name} is required.")
    role = {
        "id": str(uuid.uuid4()),
        "organizationId": home["id"],
        "description": "",
        "selectedItems": [],
        "excludedItems": [],
        **{name: value for name, value in spec.items() if value is not None},
    }
    _check(server, call, role)
    server.roles.put(role["id"], role)
    return Reply(201 if call.revision == "v8" else 200, views.role(role))


def update(server: Server, call: Call) -> Reply:
    """The same model. What becomes of a list that it leaves out, or of a null, no document says: knobs decide."""
    role, spec = _role_of(server, call), bodies.role(server, call)
    how = server.settings.text("put_omitted_lists")
    for name in bodies.LISTS:
        if name not in spec and how != "kept":
            if how == "refused":
                server.fail(call, 400, f"{name} is required.")
            role[name] = []
    for name, value in spec.items():
        if value is not None:
            role[name] = value
        elif server.settings.text("put_nulls") == "cleared":
            role[name] = [] if name in bodies.LISTS else "" if name == "description" else role[name]
    _check(server, call, role)
    server.roles.put(role["id"], role)
    return Reply(204)


def delete(server: Server, call: Call) -> Reply:
    role = server.roles.get(call.params["id"].lower())
    if role is None and server.settings.text("delete_twice") == "204":
        return Reply(204)
    server.roles.remove(_role_of(server, call)["id"])
    return Reply(204)


def list_items(server: Server, call: Call) -> Reply:
    role, name = _role_of(server, call), _list_name(call)
    strange = [_STRANGE] if name == "selectedItems" and server.settings.on("unknown_kind") else []
    return Reply(200, [*role[name], *strange])


def read_item(server: Server, call: Call) -> Reply:
    role = _role_of(server, call)
    for item in role[_list_name(call)]:
        if item["id"] == call.params["item"]:
            return Reply(200, item)
    return server.fail(call, 404, f"'{call.params['item']}' does not exist.")


def add_items(server: Server, call: Call) -> Reply:
    role, name = _role_of(server, call), _list_name(call)
    new = bodies.wrappers(server, call, name, bodies.read(server, call))
    role[name] = [*role[name], *_fresh(server, call, role[name], new)]
    _check(server, call, role)
    server.roles.put(role["id"], role)
    return Reply(204)


def take_items(server: Server, call: Call) -> Reply:
    """`ids`: the wrappers' ids, with commas."""
    role, name = _role_of(server, call), _list_name(call)
    ids = [one for text in call.every("ids") for one in text.split(",") if one]
    if not ids:
        server.fail(call, 400, "ids is required.")
    if not set(ids) <= {item["id"] for item in role[name]} and server.settings.text("unknown_ids") == "404":
        server.fail(call, 404, "An id does not exist.")
    role[name] = [item for item in role[name] if item["id"] not in ids]
    _check(server, call, role)
    server.roles.put(role["id"], role)
    return Reply(204)


def _role_of(server: Server, call: Call) -> Doc:
    given = call.params["id"]
    role = server.roles.get(given.lower())
    if role is None:
        server.fail(call, 404, f"Role '{given}' does not exist.")
    return role


def _list_name(call: Call) -> str:
    return call.params["what"]


def member_of(item: dict[str, Any]) -> tuple[str, str]:
    return str(item["type"]), str((item.get(str(item["type"]).lower()) or {}).get("id"))


def _fresh(server: Server, call: Call, held: list[Doc], new: list[Doc]) -> list[Doc]:
    how, known = server.settings.text("duplicate_operator"), {member_of(item) for item in held}
    if how == "400" and known & {member_of(item) for item in new}:
        server.fail(call, 400, "It is in the list already.")
    return new if how == "twice" else [item for item in new if member_of(item) not in known]


def _check(server: Server, call: Call, role: Doc) -> None:
    """What holds for a role whatever request made it so."""
    if not role["operators"] and server.settings.text("empty_operators") == "400":
        server.fail(call, 400, "A role needs an operator.")
    if role["roleType"] == "SpecificObjects" and not role["selectedItems"]:
        server.fail(call, 400, "selectedItems is required for SpecificObjects.")
    both = {member_of(one) for one in role["selectedItems"]} & {member_of(one) for one in role["excludedItems"]}
    if both:
        server.fail(call, 400, "An object is selected and excluded.")
    how = server.settings.text("duplicate_name")
    others = (one for one in server.roles.all() if one["id"] != role["id"])
    same = [
        one
        for one in others
        if (one["organizationId"], one["name"].lower()) == (role["organizationId"], role["name"].lower())
    ]
    if same and how != "allowed":
        server.fail(call, int(how), f"Role '{role['name']}' already exists.")
