"""Roles of Veeam Backup & Replication: written by name or id, compared by id.

* Built-in roles lost their prefix between revisions: `Veeam Backup Administrator` (1.3-rev1) is `Backup Administrator`
  (1.3-rev2), with the same id. So the id counts, and a leading `Veeam ` and case do not.
* A custom role (13.1 and later) may bear the name of a built-in one, or of another: by that name the built-in one is
  meant, and where only custom ones have it, their ids tell them apart.
* A request needs id and name of each role, even where it only refers to it (1.3-rev1, 1.3-rev2).
"""

from __future__ import annotations

from typing import Any

from ...errors import InvalidInput, meant
from ...resource.grant import compared_role
from .session import VbrSession

Role = dict[str, Any]


def normal(written: str) -> str:
    """The form in which names and ids of roles are compared."""
    return compared_role(written)


def resolve(session: VbrSession, written: list[str]) -> dict[str, Role]:
    """Roles as written -> the server's roles, in the order written. Raises InvalidInput that lists the known ones."""
    found = _match(session.roles(), written)
    if None in found.values():  # a role may have been made since the list was read
        found = _match(session.roles(fresh=True), written)
    missing = [name for name, role in found.items() if role is None]
    if missing:
        known = sorted(str(role.get("name")) for role in session.roles())
        hint = meant(missing[0], known, before=", ", form="{!r}")
        cause = f"the server has no role {', '.join(map(repr, missing))}{hint}"
        raise InvalidInput(cause, f"its roles are: {', '.join(known)}")
    return {name: role for name, role in found.items() if role is not None}


def references(found: dict[str, Role]) -> list[Role]:
    """Resolved roles as a request names them, each once."""
    return list({one["id"]: {"id": one["id"], "name": one["name"]} for one in found.values()}.values())


def _match(roles: list[Role], written: list[str]) -> dict[str, Role | None]:
    by_id = {normal(str(role.get("id"))): role for role in roles}
    by_name: dict[str, list[Role]] = {}
    for role in roles:
        by_name.setdefault(normal(str(role.get("name"))), []).append(role)
    return {name: by_id.get(normal(name)) or _of_name(name, by_name.get(normal(name), [])) for name in written}


def _of_name(written: str, found: list[Role]) -> Role | None:
    """The role of a name. Raises InvalidInput where several could be meant."""
    exact = [role for role in found if role.get("name") == written.strip()]
    for some in ([role for role in found if role.get("isBuiltIn") is True], exact, found):
        if len(some) == 1:
            return some[0]
    if not found:
        return None
    ids = ", ".join(sorted(str(role.get("id")) for role in found))
    raise InvalidInput(f"the server has {len(found)} roles called {written!r}", f"name the right one by its id: {ids}")


def ids_of(written: list[str], live: dict[str, str], known: dict[str, str]) -> dict[str, str]:
    """Roles as written -> their ids on the server. `live`: {the server's name: id}; `known`: {as written once: id}."""
    ids = _by_form({text: id for text, id in known.items() if id in live.values()} | live)
    return {text: ids[normal(text)] for text in written if normal(text) in ids}


def same(old: list[str], new: list[str], ids: dict[str, str]) -> bool:
    """Whether two sets of roles, as written, are the same by name or by what is known of their ids."""
    known = _by_form(ids)

    def meaning(texts: list[str]) -> set[str]:
        return {known.get(normal(text), normal(text)) for text in texts}

    return meaning(old) == meaning(new)


def _by_form(ids: dict[str, str]) -> dict[str, str]:
    """The ids by the normal forms of names and of the ids themselves."""
    return {normal(text): id for text, id in ids.items()} | {normal(id): id for id in ids.values()}
