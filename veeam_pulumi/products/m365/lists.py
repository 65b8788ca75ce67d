"""The three lists of a restore operator role, changed one member at a time.

* GET, POST and DELETE ?ids=… of /RbacRoles/{id}/operators, selectedItems, excludedItems. A DELETE names the ids of the
  wrappers, which only the GET tells.
* What a PUT of the role does to a list that it leaves out is not said. So lists are never changed by a PUT, and one
  that has to be sent names every list whole, as the server has it at that moment.
* A role has always an operator, one for specific objects always an object, and nothing is selected and excluded at
  once. Within that, what takes access away goes first, and what gives access comes last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ...errors import ServerRefused
from ...resource.identity import path_part
from .members import ITEM, Key, key_of
from .session import M365Session

LISTS = {"operators": "operators", "selected_items": "selectedItems", "excluded_items": "excludedItems"}
"""Argument -> the list of the API."""
Wanted = dict[str, dict[Key, dict[str, Any]]]
"""By argument: what a request has of each member, by kind and id."""


def role_path(session: M365Session, id: str) -> str:
    return session.path(f"RbacRoles/{path_part(id)}")


def read(session: M365Session, id: str) -> dict[str, list[dict[str, Any]]]:
    """The lists of a role as the server has them, by argument."""
    return {name: session.array(f"{role_path(session, id)}/{path}", ITEM) for name, path in LISTS.items()}


def bring(session: M365Session, id: str, wanted: Wanted, *, specific: bool) -> None:
    """Brings the lists to what is wanted. `specific`: the role is, or is to be, one for specific objects."""
    now = read(session, id)
    held = {name: {key: one for one in items if (key := key_of(one))} for name, items in now.items()}

    def add(name: str, keys: Iterable[Key]) -> None:
        if new := [wanted[name][key] for key in keys if key not in held[name]]:
            post(session, id, name, new)
            held[name].update({key: {} for key in keys})

    def take(name: str, keys: Iterable[Key]) -> None:
        if gone := [str(held[name].pop(key)["id"]) for key in [*keys]]:
            path = f"{role_path(session, id)}/{LISTS[name]}"
            session.gave(session.request("DELETE", path, params={"ids": ",".join(gone)}))

    gone = {name: [key for key in held[name] if key not in wanted[name]] for name in LISTS}
    new = {name: [key for key in wanted[name] if key not in held[name]] for name in LISTS}
    selected, excluded, operators = "selected_items", "excluded_items", "operators"
    if specific and len(gone[selected]) == len(held[selected]):
        add(selected, [key for key in new[selected] if key not in held[excluded]])
    if len(gone[selected]) < len(held[selected]) or not specific:
        take(selected, gone.pop(selected))
    add(excluded, [key for key in new[excluded] if key not in held[selected]])
    if len(gone[operators]) < len(held[operators]):
        take(operators, gone.pop(operators))
    take(excluded, gone[excluded])
    add(operators, new[operators])
    add(selected, new[selected])
    take(operators, gone.get(operators, ()))
    if wanted[selected] or not specific:
        take(selected, gone.get(selected, ()))
    add(excluded, new[excluded])


def post(session: M365Session, id: str, name: str, items: list[dict[str, Any]]) -> None:
    """Adds members. A server that refuses them without an id of their wrapper gets the member's."""
    path = f"{role_path(session, id)}/{LISTS[name]}"
    try:
        session.write("POST", path, items)
    except ServerRefused as error:
        if not wants_ids(error):
            raise
        session.write("POST", path, [with_id(one) for one in items])


def wants_ids(error: ServerRefused) -> bool:
    return error.status == 400 and re.match(r"\W*id\b", error.words, re.IGNORECASE) is not None


def with_id(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "id": str(item[str(item["type"]).lower()]["id"])}


def without_links(item: dict[str, Any]) -> dict[str, Any]:
    """A wrapper as it was read, without what only the server says."""
    return {key: value for key, value in item.items() if key != "_links"}
