"""The answer as data: one document that the table, CSV, JSON, the page and snapshots are made from.

Shape (`format` 1), all texts as servers and rosters write them::

    {"format": 1, "tool": "veeam-pulumi 0.1.0", "at": "2026-11-27T10:00:00+00:00", "question": "delete-backups",
     "complete": true,
     "servers": [{"connection", "product", "server", "version", "at", "rows": {kind: number}, "problem"}],
     "grants": [{"person", "name", "account", "connection", "server", "kind", "id", "roles": [], "can": [], "why",
                 "unknown", "type", "group", "service_account", "mfa", "enabled", "until", "approved_by",
                 "standing", "guess", "owner", "reviewed_by", "reviewed_on", "source", "declared_by", "drift": []}],
     "objects": [{"connection", "server", "kind", "id", "name", "principal", "can": [], "why", "unknown", "standing",
                  "source", "declared_by", "drift": []}],
     "findings": [{"rule", "severity", "connection", "about", "message"}]}

`objects` let nobody log in: roles, servers, stored credentials, companies (`principal` says which), and `can` is what
they give to whoever holds them. `declared_by`: state, roster, or empty; `drift`: what a server has otherwise than
state. Dates are ISO 8601. `mfa` and `service_account` are true, false, or null where the server does not say; `can` has
the words of reference rights: destroy, destroy_maybe, weaken, grant, secrets, restore, own_key.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from ..resource.grant import RIGHTS
from .census import Census, Item
from .findings import Finding
from .who import Line, reasons

FORMAT = 1
COLUMNS = (
    "person", "name", "account", "connection", "server", "kind", "id", "roles", "can", "why", "unknown", "type",
    "group", "service_account", "mfa", "enabled", "until", "approved_by", "standing", "guess", "owner", "reviewed_by",
    "reviewed_on", "source", "declared_by", "drift",
)  # fmt: skip
"""The fields of a grant, and the columns of the CSV: fixed, new ones come at the end."""


def document(
    census: Census,
    lines: Sequence[Line],
    findings: Sequence[Finding],
    *,
    question: str,
    objects: Sequence[Item] = (),
    at: datetime.datetime | None = None,
) -> dict[str, Any]:
    """The answer in the shape above."""
    where = {one.connection: one.server for one in census.servers}
    return {
        "format": FORMAT,
        "tool": f"veeam-pulumi {version('veeam-pulumi')}",
        "at": (at or datetime.datetime.now(datetime.timezone.utc)).isoformat(timespec="seconds"),
        "question": question,
        "complete": census.complete,
        "servers": servers(census),
        "grants": [_grant(line, where[line.item.connection]) for line in lines],
        "objects": [_object(item, where[item.connection]) for item in objects],
        "findings": [vars(one) for one in findings],
    }


def _object(item: Item, server: str) -> dict[str, Any]:
    return {
        "connection": item.connection,
        "server": server,
        "kind": item.kind,
        "id": item.id,
        "name": item.name,
        "principal": item.grant.principal,
        "can": [right for right in RIGHTS if item.grant.may(right)],
        "why": reasons(item.grant, RIGHTS),
        "unknown": "; ".join(item.grant.unknown),
        "standing": item.standing,
        "source": item.managed.address if item.managed else "",
        "declared_by": "state" if item.managed else "",
        "drift": list(item.drift),
    }


def servers(census: Census) -> list[dict[str, Any]]:
    """What was read where, and why not all of it."""
    return [
        {
            "connection": one.connection,
            "product": one.product,
            "server": one.server,
            "version": one.version,
            "at": one.at.isoformat(timespec="seconds") if one.at else "",
            "rows": one.rows,
            "problem": one.problem,
        }
        for one in census.servers
    ]


def _grant(line: Line, server: str) -> dict[str, Any]:
    item, person, grant = line.item, line.person, line.item.grant
    review = person.entry.reviewed if person.entry else None
    return {
        "person": person.key,
        "name": person.name,
        "account": grant.account,
        "connection": item.connection,
        "server": server,
        "kind": item.kind,
        "id": item.id,
        "roles": list(grant.roles),
        "can": list(line.rights),
        "why": line.why,
        "unknown": "; ".join(grant.unknown),
        "type": grant.type,
        "group": grant.group,
        "service_account": grant.service_account,
        "mfa": grant.mfa,
        "enabled": grant.enabled,
        "until": str(person.until or ""),
        "approved_by": line.approved_by,
        "standing": item.standing,
        "guess": person.guessed(item),
        "owner": person.entry.owner if person.entry else "",
        "reviewed_by": review.by if review else "",
        "reviewed_on": str(review.on) if review else "",
        "source": item.managed.address if item.managed else "",
        "declared_by": "state" if item.managed else "roster" if person.entry and not person.guessed(item) else "",
        "drift": list(item.drift),
    }
