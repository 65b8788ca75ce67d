"""The names of a Service Provider Console's organizations, which a roster and tenants.csv call by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from ..errors import VeeamError
from ..products.vspc.session import API, VspcSession
from ..resource.identity import normal_id
from ..server.connections import Connections
from .names import slug


def named(connections: Connections, uids: Iterable[str], known: Mapping[str, str]) -> dict[str, str]:
    """UUID -> a name for each; `known` ones (name -> UUID) keep theirs, the others are called as on their server.

    Where no server tells, the name is made from the UUID.
    """
    found = {normal_id(uid): name for name, uid in known.items()}
    left = sorted({normal_id(uid) for uid in uids} - found.keys())
    said = organizations(connections) if left else {}
    taken = set(known)
    for uid in left:
        name = slug(said.get(uid, "")) or f"company-{uid[:8]}"
        name = name if name not in taken else f"{name}-{uid[:8]}"
        taken.add(name)
        found[uid] = name
    return found


def organizations(connections: Connections) -> dict[str, str]:
    """UUID -> what its server calls it, of every organization."""
    found: dict[str, str] = {}
    for name in connections.names:
        if connections.get(name).settings.product != "vspc":
            continue
        try:
            session = cast(VspcSession, connections.open(name, "vspc"))
            shape = {"instanceUid": str, "name": str}
            rows = session.rows(f"{API}/organizations", shape=shape)
            found |= {normal_id(str(row["instanceUid"])): str(row.get("name") or "") for row in rows}
        except VeeamError as problem:  # names are a convenience: the UUIDs are what counts
            connections.warn(f"the names of companies on {name} cannot be read: {problem}")
    return found
