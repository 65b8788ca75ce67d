r"""Who made the differences between two snapshots: by whom, where a server tells; by hand, where nobody declared it.

What state or a roster explains is declared. A server's own log (of Backup & Replication and of Service Provider
Console) names its objects in free text alone: the latest entry that has the account's name in it counts, in whatever
form the name stands there (`LAB\jdoe`, `jdoe@lab.local`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from ..errors import VeeamError
from ..server.connections import Connections
from ..server.events import Event, moment
from ..server.names import fold
from .census import Census
from .history import Difference
from .people import login

_CLOCKS = timedelta(minutes=10)
"""So much may the clocks of a server and of whoever saved the snapshot differ."""
DECLARED = ("managed", "adopted", "break-glass")


@dataclass(frozen=True)
class Log:
    """What a server tells of who changed access since the earlier snapshot."""

    connection: str
    product: str
    kept: bool = True
    """Whether the product keeps a log that an API shows."""
    events: Sequence[Event] = ()
    problem: str = ""
    """Why it could not be read; empty if it was, to its end."""

    @property
    def says(self) -> str:
        """What it was good for, in a line."""
        if self.problem:
            return f"who did it could not be read: {self.problem}"
        if not self.kept:
            return "the server keeps no record of who changes access, or shows none"
        return f"{len(self.events)} entries of its log were read"


def as_data(log: Log) -> dict[str, Any]:
    """`{"connection", "product", "kept", "events": number, "problem"}`"""
    return {**vars(log), "events": len(log.events)}


def read(
    connections: Connections, changes: Sequence[Difference], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[Log]:
    """The logs of the servers that something changed on, since each was read for the snapshot `before`."""
    since = {one["connection"]: moment(one["at"]) or moment(before["at"]) for one in before["servers"]}
    products = {one["connection"]: str(one["product"]) for one in after["servers"]}
    found = []
    for name in sorted({one.grant["connection"] for one in changes}):
        start = since.get(name) or datetime.now(timezone.utc)
        try:
            events = connections.open(name, products[name]).access_events(start - _CLOCKS)
            log = Log(name, products[name], kept=events is not None, events=tuple(events or ()))
        except VeeamError as error:
            log = Log(name, products[name], problem=str(error))
        found.append(log)
    return found


def attributed(
    changes: Iterable[Difference],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    census: Census,
    logs: Sequence[Log],
) -> list[Difference]:
    """The same differences, each with how it came about and, where a server tells, who made it and when."""
    names = {
        (grant["connection"], fold(str(grant["id"]))): str(grant["account"])
        for document in (before, after)
        for grant in document["grants"]
    }
    missing = {(one.connection, one.kind, fold(one.id)) for one in census.missing}
    events = {log.connection: log.events for log in logs}
    found = []
    for one in changes:
        at, by = _by(one, events.get(one.grant["connection"], ()), names)
        found.append(replace(one, how=_how(one, missing), by=by, at=at))
    return found


def _how(one: Difference, missing: set[tuple[str, str, str]]) -> str:
    grant = one.grant
    declared = bool(grant.get("declared_by")) or grant["standing"] in DECLARED
    if one.change == "lost":  # state lets go of what is removed by a run
        still = (grant["connection"], grant["kind"], fold(str(grant["id"]))) in missing
        return "declared" if declared and not still else "by hand"
    return "declared" if declared and not grant.get("drift") else "by hand"


def _by(one: Difference, events: Iterable[Event], names: Mapping[tuple[str, str], str]) -> tuple[str, str]:
    """(when, who) of the latest event that names the account; empty where none does."""
    name = str(one.grant.get("account") or one.grant["name"])
    told = max((event for event in events if about(event.text, name)), key=lambda event: event.at, default=None)
    if told is None:
        return "", ""
    actor = told.by or names.get((one.grant["connection"], fold(told.by_id)), "")
    actor = actor or (f"user {told.by_id}" if told.by_id else "somebody whom the log does not name")
    approved = f", approved by {told.approved_by}" if told.approved_by else ""
    return told.at.isoformat(timespec="seconds"), actor + approved


def about(text: str, name: str) -> bool:
    """Whether a text of a log has an account's name in it, in whatever form."""
    if re.search(rf"(?<![\w.@\\-]){re.escape(fold(name))}(?![\w@\\-])", fold(text)):
        return True
    return any(_same(word.rstrip("."), name) for word in re.split(r"[\s,;:()\[\]'\"]+", text) if word)


def _same(one: str, other: str) -> bool:
    """Two forms of one account's name; a bare login proves nothing."""
    return login(one) == login(other) and _domain(one) == _domain(other) != ""


def _domain(name: str) -> str:
    r"""`LAB\x`, `x@lab.local` -> `lab`"""
    before, _, _ = name.rpartition("\\")
    return fold(before or name.partition("@")[2]).partition(".")[0]
