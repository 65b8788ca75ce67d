"""Data sources: what a server has, as lists. One for every resource, and the roles of a backup server."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ..errors import ServerRefused, VeeamError
from ..products import file_of, files, in_file, of_product, resources
from ..resource import lifecycle
from ..resource.fields import State
from ..resource.grant import Grant
from ..resource.identity import normal_id
from ..server.connections import Connections
from ..server.deadline import operation
from ..server.session import Session
from .schema import AnyResource, Attribute, filled, listed

_LIST = 2


@dataclass(frozen=True)
class Source:
    """A list of everything of one kind on one server."""

    product: str
    items: Attribute
    rows: Callable[[Connections, str], list[dict[str, Any]]]
    description: str

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        about = f"The connection to ask; `{self.product}` if it is not given."
        connection = Attribute("connection", "string", computed=True, default=self.product, description=about)
        return (connection, Attribute("id", "string", read_only=True, description="The connection."), self.items)

    def read(self, connections: Connections, config: dict[str, Any]) -> dict[str, Any]:
        connection = config.get("connection") or self.product
        rows = self.rows(connections, connection)
        return filled(self.attributes, {"id": connection, "connection": connection, self.items.name: rows})


class Sources(Mapping[str, Source]):
    """By type name (`veeam_vbr_users`), each made when it is asked for: a process often needs one."""

    def __getitem__(self, name: str) -> Source:
        """Raises KeyError."""
        if name == _ROLES_NAME:
            return _ROLES
        product = name.removeprefix("veeam_").partition("_")[0]
        for file in files(product):
            if _name(product, file) == name and (resource := in_file(product, file)) is not None:
                return _of(resource)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        yield from map(source_name, resources())
        yield _ROLES_NAME

    def __len__(self) -> int:
        return len(resources()) + 1


def source_name(kind: str) -> str:
    """`vbr.User` -> `veeam_vbr_users`"""
    return _name(kind.partition(".")[0], file_of(kind))


def _name(product: str, file: str) -> str:
    """Of the resource in a file. The roles that somebody made are listed apart from all roles of a server."""
    if (product, file) == ("vbr", "role"):
        return "veeam_vbr_custom_roles"
    return re.sub("(?<![ae])ys$", "ies", f"veeam_{product}_{file}s")


@cache
def _of(resource: AnyResource) -> Source:
    name = source_name(resource.kind).removeprefix(f"veeam_{resource.product}_")
    nested = (*listed(resource), *_RIGHTS)
    items = Attribute(name, nested=nested, nesting=_LIST, read_only=True, description="In order of their id.")

    def rows(connections: Connections, connection: str) -> list[dict[str, Any]]:
        found = lifecycle.listing(resource, connections, connection)
        session = connections.open(connection, resource.product)
        with operation(session.settings.deadline):
            grants = {id: _grant(resource, session, {**state, "connection": connection}) for id, state in found}
        if any(one.same_as for one in grants.values()):
            owners = _owners(resource, connections, connection)
            grants = {
                id: one.as_owner(owners[normal_id(one.same_as)]) if normal_id(one.same_as) in owners else one
                for id, one in grants.items()
            }
        return [
            {**state, "id": id, "rights": [*grants[id].rights], "is_administrator": grants[id].is_administrator}
            for id, state in sorted(found, key=lambda one: one[0])
        ]

    return Source(resource.product, items, rows, f"All {name.replace('_', ' ')} of a server, or an error.")


def _grant(resource: AnyResource, session: Session, values: State) -> Grant:
    """What an object lets its holder do, as far as the server itself tells; a company's owner is in another list."""
    declared = resource.grant(values)
    return declared if declared.principal == "company" else resource.grant_now(session, values)


def _owners(resource: AnyResource, connections: Connections, connection: str) -> dict[str, Grant]:
    """The grants of those whose rights objects of a kind have, by id; none where they are not shown."""
    owner = of_product(resource.product)[resource.owner_kind]
    with contextlib.suppress(ServerRefused):
        found = lifecycle.listing(owner, connections, connection)
        return {normal_id(id): owner.grant({**state, "connection": connection}) for id, state in found}
    return {}


_RIGHTS = (
    Attribute(
        "rights",
        ["list", "string"],
        read_only=True,
        description="What it lets its holder do: `destroy`, `destroy_maybe`, `weaken`, `grant`, `secrets`, `restore`, "
        "`own_key`; every one where the server does not say.",
    ),
    Attribute(
        "is_administrator", "bool", read_only=True, description="Whether it may change who has access, or nobody knows."
    ),
)


def _roles(connections: Connections, connection: str) -> list[dict[str, Any]]:
    from ..products.vbr.session import VbrSession  # no other data source needs it

    session = connections.open(connection, "vbr")
    assert isinstance(session, VbrSession)
    try:
        with operation(session.settings.deadline):
            found = [{key: row.get(key) for key in ("id", "name", "description")} for row in session.roles()]
    except VeeamError as error:
        raise error.fill(about="the roles", server=session.where) from None
    return sorted(found, key=lambda one: str(one["name"]))


_TEXTS = tuple(Attribute(name, "string", read_only=True) for name in ("id", "name", "description"))
_ROLES_NAME = "veeam_vbr_roles"
_ROLES = Source(
    "vbr",
    Attribute("roles", nested=_TEXTS, nesting=_LIST, read_only=True, description="In order of their name."),
    _roles,
    "The roles that a backup server has; a `veeam_vbr_user` names them by name or id.",
)
