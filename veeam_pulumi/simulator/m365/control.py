"""What the control plane does with the server: install it, look at it, change it behind everyone's back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from ..credentials import hash_password, password_matches
from ..store import Doc
from . import bodies, seeds, views
from .server import Server

_ROLE_VALUES = {"name", "description", "roleType", "organizationId", *bodies.LISTS}
_OBJECT_VALUES = {"kind", "name", "displayName", "type"}


def seed(server: Server) -> None:
    server.clear()
    server.admins.put(seeds.ADMIN.lower(), {"name": seeds.ADMIN, "password": hash_password(seeds.ADMIN_PASSWORD)})
    for id_, name in seeds.ORGANIZATIONS:
        server.organizations.put(id_, {"id": id_, "name": name})
    for home, people in ((seeds.CONTOSO, seeds.PEOPLE), (seeds.FABRIKAM, seeds.ELSEWHERE)):
        for kind, number, name, display, type_ in people:
            values = {"kind": kind, "name": name, "displayName": display, "type": type_}
            _add_object(server, number, {**values, "organizationId": home})


def objects(server: Server) -> dict[str, list[dict[str, Any]]]:
    """Roles with their lists, which the API shows one by one."""
    return {"roles": [_shown(role) for role in server.roles.all()]}


def lookup(server: Server, name: str) -> dict[str, Any] | None:
    """A role by name or id."""
    role = _find(server, name)
    return _shown(role) if role else None


def can_login(server: Server, username: str, password: str) -> bool:
    admin = server.admins.get(username.lower())
    return admin is not None and password_matches(password, admin["password"])


def drift(server: Server, action: str, name: str, values: Mapping[str, Any]) -> None:
    """Of a role, by name or id: its values, where a list holds names such as `User:jane@contoso.example`.

    Of an object of Contoso's directory, with `kind` among the values (User, Group, Site, Team) or by an e-mail or URL:
    kind, name, displayName, type. Of an administrator, with `password` alone.
    """
    if set(values) == {"password"}:
        server.admins.put(name.lower(), {"name": name, "password": hash_password(str(values["password"]))})
        return
    known = next((one for one in server.objects.all() if one["name"].lower() == name.lower()), None)
    if "kind" in values or (known and not _find(server, name)):
        _drift_of_object(server, action, name, values, known)
        return
    role = _find(server, name)
    _check("roles", action, name, set(values) - _ROLE_VALUES, role is not None)
    if action == "delete" and role:
        server.roles.remove(role["id"])
        return
    new: Doc = {"id": str(uuid.uuid4()), "organizationId": seeds.CONTOSO, "name": name, "description": ""}
    role = role or {**new, "roleType": "EntireOrganization", **{key: [] for key in bodies.LISTS}}
    changes = {key: _members(server, value) if key in bodies.LISTS else value for key, value in values.items()}
    server.roles.put(role["id"], {**role, **changes})


def _drift_of_object(server: Server, action: str, name: str, values: Mapping[str, Any], known: Doc | None) -> None:
    _check("directory objects", action, name, set(values) - _OBJECT_VALUES, known is not None)
    if known is None:
        defaults = {"name": name, "displayName": name, "type": "User"}
        _add_object(server, 100 + len(server.objects), {**defaults, **values})
    elif action == "delete":
        server.objects.remove(known["id"])
    else:
        server.objects.put(known["id"], {**known, **values})


def _check(kind: str, action: str, name: str, unknown: set[str], exists: bool) -> None:
    if unknown:
        raise ValueError(f"m365 {kind} have no {', '.join(sorted(unknown))}")
    if exists == (action == "add"):
        raise ValueError(f"there is {'already' if exists else 'no'} {name} on m365")


def _members(server: Server, names: list[str]) -> list[Doc]:
    found = []
    for text in names:
        kind, _, name = str(text).partition(":")
        one = server.named(kind, name)
        if one is None:
            raise ValueError(f"m365 has no {text}: a list holds texts such as User:jane@contoso.example")
        found.append({"type": kind, kind.lower(): views.member(one), "id": str(uuid.uuid4()), "_links": {}})
    return found


def _add_object(server: Server, number: int, values: dict[str, Any]) -> None:
    id_ = seeds.object_id(number)
    if server.settings.text("id_form") == "long" and values["kind"] in ("User", "Group"):
        id_ += "00000000-0000-0000-0000-000000000000"
    server.objects.put(id_, {"id": id_, "organizationId": seeds.CONTOSO, **values})


def _find(server: Server, name: str) -> Doc | None:
    return next((role for role in server.roles.all() if name.lower() in (role["id"], role["name"].lower())), None)


def _shown(role: Doc) -> dict[str, Any]:
    return {key: value for key, value in role.items() if key != "_links"}
