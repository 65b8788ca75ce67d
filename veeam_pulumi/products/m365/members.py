"""Operators and items of a restore operator role: written by name or id, compared by id.

* A request needs more of a member than its id: everything that the organization's directory says of it. The directory
  calls a mailbox `Shared`, a role `SharedMailbox`.
* Whether a search finds a part of a name or the whole is not said: what comes is compared again, and has to be one.
* Ids are opaque texts: UUIDs in v8, 72 characters in v6. The id of the wrapper around a member is the server's own.
* Kinds that no contract names (the console knows personal sites) are shown, and never touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ...errors import InvalidInput
from ...resource.fields import UNKNOWN
from ...resource.grant import LATER, Holder
from ...resource.identity import path_part
from ...resource.types import Name
from ...server.names import fold
from .session import M365Session

Key = tuple[str, str]
"""Kind in lower case and id."""
_TEXTS = dict.fromkeys(
    ("id", "displayName", "name", "type", "url", "title", "mail", "description", "onPremisesSid", "parentUrl"), str
)
SHAPE = {**_TEXTS, "isCloud": bool, "isPersonal": bool}
ITEM = {"id": str, "type": str, "user": SHAPE, "group": SHAPE, "site": SHAPE, "team": SHAPE}
_MAILBOXES = {"Shared": "SharedMailbox", "Public": "PublicMailbox"}
# kind -> path, the query for its name, the query for its display name, its name, its display name, what is sent of it
_KINDS = {
    "user": ("Users", "userName", "displayName", "name", "displayName", ("id", "displayName", "name", "type")),
    "group": ("Groups", "groupName", "displayName", "name", "displayName", ("id", "displayName", "name", "type")),
    "site": ("Sites", "", "", "url", "title", ("id", "url", "title", "isCloud", "isPersonal")),
    "team": ("Teams", "", "displayName", "mail", "displayName", ("id", "displayName", "description", "mail")),
}


class _One(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="after")
    def _is_one(self) -> _One:
        if len([name for name in type(self).model_fields if getattr(self, name) is not None]) != 1:
            raise ValueError(f"needs exactly one of {', '.join(type(self).model_fields)}")
        return self


class Operator(_One):
    user: Name | None = Field(None, description="E-mail address, display name or id of a user.")
    group: Name | None = Field(None, description="E-mail address, display name or id of a group: its members.")


class RoleItem(_One):
    user: Name | None = Field(None, description="E-mail address, display name or id of a user.")
    group: Name | None = Field(None, description="E-mail address, display name or id of a group: its members alone.")
    site: Name | None = Field(None, description="URL, title or id of a site.")
    team: Name | None = Field(None, description="E-mail address, display name or id of a team; since v7.")


def written(items: Iterable[Mapping[str, Any]]) -> list[str]:
    """Members as the program writes them: `user:jane@contoso.example`."""
    return [f"{kind}:{fold(str(name))}" for item in items for kind, name in item.items() if name is not None]


def known(items: Iterable[Any]) -> list[str]:
    """The same, of those members that are known in a preview."""
    return [
        one for item in items if isinstance(item, Mapping) and UNKNOWN not in item.values() for one in written([item])
    ]


def holders(operators: Any) -> Iterator[Holder]:
    """The people and groups that a list of operators names; LATER for what only the run will tell."""
    for item in operators if isinstance(operators, (list, tuple)) else ():
        for kind, name in item.items() if isinstance(item, Mapping) else [("user", UNKNOWN)]:
            if name is not None:
                yield Holder(LATER if name is UNKNOWN else str(name), group=kind == "group")


def same(old: list[Any], new: list[Any], ids: Mapping[str, str]) -> bool:
    """Whether two lists, as written, have the same members by what is known of their ids."""
    return {ids.get(one, one) for one in written(old)} == {ids.get(one, one) for one in written(new)}


def key_of(item: Mapping[str, Any]) -> Key | None:
    """The member of a wrapper; None for a kind that is not known."""
    kind = str(item.get("type")).lower()
    member = item.get(kind)
    return (kind, fold(str(member["id"]))) if kind in _KINDS and isinstance(member, dict) and member.get("id") else None


def shown(item: Mapping[str, Any]) -> dict[str, str]:
    """A member as a program writes it: `{"user": "jane@contoso.example"}`; by its id where it has no name."""
    kind = str(item["type"]).lower()
    _, _, _, name, display, _ = _KINDS[kind]
    member = item[kind]
    return {kind: str(member.get(name) or member.get(display) or member["id"])}


def ids(items: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """How members may be written -> `kind:id`, the same for all spellings."""
    found: dict[str, str] = {}
    for item in items:
        if (key := key_of(item)) is None:
            continue
        kind, id = key
        for text in (item[kind]["id"], *shown(item).values()):
            found[f"{kind}:{fold(str(text))}"] = f"{kind}:{id}"
    return found


def resolve(session: M365Session, organization: str, items: Iterable[Mapping[str, Any]]) -> dict[Key, dict[str, Any]]:
    """Members as written -> what a request has of each, by kind and id. Raises InvalidInput for one there is not."""
    found: dict[Key, dict[str, Any]] = {}
    for item in items:
        for kind, name in item.items():
            if name is not None:
                member = _look_up(session, organization, kind, str(name))
                session.met[f"{kind}:{fold(str(name))}"] = f"{kind}:{fold(str(member['id']))}"
                found[kind, fold(str(member["id"]))] = _wrapper(session, kind, member)
    return found


def _look_up(session: M365Session, organization: str, kind: str, name: str) -> dict[str, Any]:
    path, by_name, by_display, name_key, display_key, _ = _KINDS[kind]
    all_of = session.path(f"Organizations/{path_part(organization)}/{path}")
    search: dict[str, str] = {}  # an id, or what no search is for: all of them
    if "@" in name:
        search = {by_name: name} if by_name else {}
    elif by_display and not re.fullmatch("[0-9A-Fa-f-]{32,80}", name):
        search = {by_display: name}
    rows = list(session.pages(all_of, SHAPE, **search))
    for key in ("id", name_key, display_key):
        fits = [row for row in rows if fold(str(row.get(key))) == fold(name)]
        if len(fits) == 1:
            return fits[0]
        if fits:
            which = ", ".join(sorted(str(row.get(name_key) or row["id"]) for row in fits))
            raise InvalidInput(f"the organization has {len(fits)} of the name {name!r} ({kind})", f"name one: {which}")
    raise InvalidInput(
        f"the organization has no {kind} {name!r}", "check the spelling, and that the server has read the organization"
    )


def _wrapper(session: M365Session, kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    *_, keys = _KINDS[kind]
    member = {key: row.get(key) for key in keys}
    if kind == "user":
        member["type"] = _MAILBOXES.get(str(row.get("type")), row.get("type"))
    if kind == "team":
        member["description"] = row.get("description") or ""
    return {"type": kind.capitalize(), kind: member}
