"""The census: for every connection and kind the complete list, each object with what it lets its holder do.

Lists are complete or an error: a server that could not be read whole has its problem in its heading, and makes the
census incomplete. Reads only; one login for each connection.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Literal

from ..errors import ServerRefused, VeeamError
from ..products import resources
from ..resource import lifecycle
from ..resource.fields import Marker, State
from ..resource.grant import LATER, Grant
from ..resource.identity import normal_id
from ..resource.resource import AnyResource
from ..server.connections import Connections
from ..server.names import fold
from ..server.session import Session
from .managed import Managed

AT_ONE_TIME = 16
Standing = Literal["managed", "adopted", "break-glass", "own login", "built in", "unmanaged"]
"""What manages an object; the first that fits, from right to left of what somebody would want to know."""


@dataclass(frozen=True)
class Item:
    """An object on a server."""

    connection: str
    kind: str
    id: str
    values: State
    """The server's values by field name."""
    grant: Grant
    standing: Standing
    managed: Managed | None = None

    @property
    def product(self) -> str:
        return self.kind.partition(".")[0]

    @property
    def drift(self) -> tuple[str, ...]:
        """The arguments that the server has otherwise than state."""
        return self.managed.drift(self.values) if self.managed else ()

    @property
    def name(self) -> str:
        """What the server calls it; its id where it has no name."""
        if self.grant.is_account and self.grant.account != LATER:
            return self.grant.account
        key = (self.values.get(name) for name in resources()[self.kind].marked(Marker.identity))
        return " ".join(str(one) for one in key if one) or self.id

    @property
    def held_by(self) -> Iterator[Item]:
        """Whom an object that lets nobody in gives its rights to: each like an account of their own."""
        for one in self.grant.holders:
            grant = replace(self.grant, account=one.account, principal="account", group=one.group, holders=())
            yield replace(self, id=f"{self.id}/{'group' if one.group else 'user'}:{one.account}", grant=grant)


@dataclass
class Server:
    """A connection and what was read there."""

    connection: str
    product: str = ""
    server: str = ""
    """`host:port`"""
    version: str = ""
    at: datetime.datetime | None = None
    """When reading ended, in UTC."""
    rows: dict[str, int] = field(default_factory=dict)
    """Kind -> the objects of the complete list."""
    below: list[str] = field(default_factory=list)
    """The servers of other products that it logs in to, where no kind lists them."""
    problem: str = ""
    """Why it could not be read whole; empty if it was."""


@dataclass
class Census:
    """What is on the servers."""

    servers: list[Server]
    items: list[Item]
    missing: list[Managed]
    """What state holds and no complete list has: on servers that were read."""

    @property
    def complete(self) -> bool:
        return not any(one.problem for one in self.servers)


def take(
    connections: Connections,
    managed: Iterable[Managed] = (),
    *,
    only: Collection[str] = (),
    kinds: Collection[str] = (),
    progress: Callable[[str], None] = lambda connection: None,
) -> Census:
    """Reads every list of every connection, many connections at one time.

    `only`: these connections, all if empty; `kinds`: these kinds, all if empty. `progress` is told each connection that
    is done. Raises SettingsError for a connection that is not known; a server that cannot be read is in the census.
    """
    names = sorted({connections.get(name).name for name in only} if only else connections.names)
    held: dict[tuple[str, str, str], Managed] = {}
    for one in managed:
        held[connections.resolve(one.connection) or one.connection, one.kind, fold(one.id)] = one

    def read(name: str) -> tuple[Server, list[Item]]:
        found = _read(connections, name, held, kinds)
        progress(name)
        return found

    with ThreadPoolExecutor(AT_ONE_TIME) as threads:
        done = list(threads.map(read, names))
    items = [item for _, found in done for item in found]
    seen = {(item.connection, item.kind, fold(item.id)) for item in items}
    listed = {(server.connection, kind) for server, _ in done for kind in server.rows}
    missing = [one for key, one in held.items() if key not in seen and key[:2] in listed]
    return Census([server for server, _ in done], items, missing)


def _read(
    connections: Connections, name: str, held: Mapping[tuple[str, str, str], Managed], kinds: Collection[str]
) -> tuple[Server, list[Item]]:
    server, items = Server(name), list[Item]()
    try:
        server.product = connections.get(name).settings.product
        session = connections.open(name, server.product)
        server.server = session.server
        session.open()
        for kind, resource in resources().items():
            if resource.product == server.product and (not kinds or kind in kinds):
                items += _listed(resource, session, connections, server, held, asked=bool(kinds))
        owners = {normal_id(item.id): item for item in items}
        items = [_as_owner(item, owners) for item in items]
        server.version = session.version()
        server.below = [*session.servers_below()]
    except VeeamError as error:
        server.problem = server.problem or str(error)
    server.at = datetime.datetime.now(datetime.timezone.utc)
    return server, items


def _listed(
    resource: AnyResource,
    session: Session,
    connections: Connections,
    server: Server,
    held: Mapping[tuple[str, str, str], Managed],
    *,
    asked: bool,
) -> list[Item]:
    """All objects of a kind; where they cannot be read, none and the problem: other kinds may be readable."""
    try:
        if not (asked or _available(resource, session)):
            return []
        rows = lifecycle.listing(resource, connections, server.connection)
    except ServerRefused as error:
        server.problem = server.problem or str(error)
        return []
    server.rows[resource.kind] = len(rows)
    return [_item(resource, session, server.connection, id, values, held) for id, values in rows]


def _as_owner(item: Item, owners: Mapping[str, Item]) -> Item:
    """An object that has the rights of another, with these; as it is where a complete list has no such other."""
    owner = owners.get(normal_id(item.grant.same_as)) if item.grant.same_as else None
    return item if owner is None else replace(item, grant=item.grant.as_owner(owner.grant))


def _available(resource: AnyResource, session: Session) -> bool:
    try:
        return resource.available(session)
    except VeeamError as error:
        raise error.fill(about=resource.kind, server=session.where) from None


def _item(
    resource: AnyResource,
    session: Session,
    name: str,
    id: str,
    values: State,
    held: Mapping[tuple[str, str, str], Managed],
) -> Item:
    grant = resource.grant_now(session, {**values, "connection": name})
    state = held.get((name, resource.kind, fold(id)))
    standing: Standing
    if resource.is_own_login(session, id, values):
        standing = "own login"
    elif state is not None:
        standing = "break-glass" if state.break_glass else "adopted" if state.adopted else "managed"
    else:
        standing = "built in" if grant.built_in else "unmanaged"
    return Item(name, resource.kind, id, values, grant, standing, state)
