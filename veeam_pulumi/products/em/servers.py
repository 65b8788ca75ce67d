"""Looking at the backup servers of an Enterprise Manager: all of them, the one of an id, the one of an address.

* A query has its rows deeper than a list (`Entities.BackupServers.BackupServers`), and pages of 100 unasked. Lists
  have no pages in any sample; where they have some, they are followed.
* An empty result may be null or an empty list; nothing at all in XML.
* A row does not show the address, only a Name that may be another: what a query finds is taken at its word, once it has
  shown that it filters.
"""

from __future__ import annotations

import re
import time
from typing import Any

from ...errors import IncompleteList, InvalidInput, NotFound, ServerRefused, UnexpectedAnswer
from ...resource.fields import State
from ...resource.identity import normal_id, path_part, same_id
from ...server.body import fitting
from ...server.names import fold, same_name
from ...server.paging import MOST_ROWS
from .session import EmSession

SERVERS = "/api/backupServers"
LISTED_SECONDS = 30.0
NOBODYS = "no-server-at-all.invalid"
"""An address that no machine can have: the end is reserved (RFC 2606)."""
NUMBER = (int, str)
"""XML has no numbers, and the documents show texts in JSON too."""
ROW = {
    "uid": str, "name": str, "description": str, "version": str, "vbrcertificatethumbprint": str,
    "port": NUMBER, "wcfport": NUMBER,
}  # fmt: skip
"""A backup server in the common form."""


def every(session: EmSession, path: str = SERVERS, **params: str) -> list[dict[str, Any]]:
    """All backup servers of a list or a query, in the common form. Raises IncompleteList."""
    params = {"format": "Entity", **params}
    found: dict[str, dict[str, Any]] = {}
    page = pages = 1
    while page <= pages:
        body = session.get(path, **params)
        before = len(found)
        for row in _rows(body):
            found.setdefault(identifier(row), row)
        paging = fitting(body.get("paginginfo"), {"pagescount": NUMBER, "pagesize": NUMBER}, "paging info") or {}
        pages = number(paging.get("pagescount")) or 1
        if len(found) == before and pages > 1:
            raise IncompleteList(
                f"the list of backup servers ended at page {page} of {pages}",
                "run again; if it stays, report the server's build",
            )
        if len(found) > MOST_ROWS:
            raise IncompleteList(f"the list has no end: {len(found)} rows and more", "report the server's build")
        page += 1
        # Lists have no pages in any sample, queries have pages of 100 unasked.
        params |= {"pageSize": str(paging.get("pagesize") or 100), "page": str(page)}
    return list(found.values())


def one(session: EmSession, id: str) -> dict[str, Any] | None:
    """The server of that id; None when a complete list does not have it, whatever the server says about the id."""
    try:
        row = session.get(f"{SERVERS}/{path_part(id)}", format="Entity")
        if row.get("uid") and same_id(identifier(fitting(row, ROW, "a backup server")), id):
            return row
    except ServerRefused as error:
        if error.status not in (400, 404, 500):
            raise
    except UnexpectedAnswer:
        pass  # a 404 without a word; the list says what there is
    return next((row for row in every(session) if same_id(identifier(row), id)), None)


def at(session: EmSession, address: str) -> str | None:
    """The id of the server of an address, by the query and, where that has none, by Name.

    What the query finds need not bear the address as its Name; then the query has to show that it does not find every
    server. Names are looked for in a list of the last half minute, unless the address was sent in this process.
    """
    hits = _hits(session, address)
    if hits and not any(same_name(str(row.get("name")), address) for row in hits) and not _is_heeded(session, hits):
        hits = []
    rows = hits or listed(session, fresh=fold(address) in session.servers.sent)
    named = [row for row in rows if same_name(str(row.get("name")), address)]
    if not hits:  # a list of a while ago may have what is gone
        named = [row for row in named if one(session, identifier(row)) is not None]
    found = hits if len(hits) == 1 else named
    if len(found) > 1 or (hits and not found):
        shown = ", ".join(identifier(row) for row in found or hits)
        raise InvalidInput(f"several backup servers have this address: {shown}", "remove all but one of them first")
    return identifier(found[0]) if found else None


def _hits(session: EmSession, address: str) -> list[dict[str, Any]]:
    quoted = address.replace('"', '""')
    return every(session, "/api/query", type="BackupServer", format="Entities", filter=f'IpOrDnsName=="{quoted}"')


def _is_heeded(session: EmSession, hits: list[dict[str, Any]]) -> bool:
    """Whether the query's filter counts: the same one for an address that no server can have finds none of these."""
    found = {identifier(row) for row in hits}
    return not any(identifier(row) in found for row in _hits(session, NOBODYS))


def listed(session: EmSession, *, fresh: bool = False) -> list[dict[str, Any]]:
    """The backup servers of a list that is at most half a minute old, and what was seen since."""
    servers = session.servers
    with servers.lock:
        if fresh or time.monotonic() > servers.listed_at + LISTED_SECONDS:
            servers.listed_at = time.monotonic()
            servers.rows = {identifier(row): row for row in every(session)}
        return list(servers.rows.values())


def _rows(body: Any) -> list[dict[str, Any]]:
    """The servers in an answer; a query has them two levels deeper than a list (`Entities.BackupServers.…`)."""
    node = body.get("entities") if isinstance(body, dict) and "entities" in body else body
    while isinstance(node, dict) and "backupservers" in node:
        node = node["backupservers"]
    if node in (None, "") and isinstance(body, dict) and {"backupservers", "entities"} & body.keys():
        return []  # an empty result: null in JSON, nothing in XML
    if not isinstance(node, list) or not all(row.get("uid") for row in fitting(node, [ROW], "a list")):
        raise UnexpectedAnswer("the server answered without a list of backup servers")
    return node


def number(value: int | str | None) -> int:
    """A number of an answer; 0 where there is none. Raises UnexpectedAnswer."""
    if re.fullmatch(r"\d{0,18}", str(value or ""), re.ASCII) is None:
        raise UnexpectedAnswer("the server answered with something else where a number should be")
    return int(value or 0)


def identifier(row: dict[str, Any]) -> str:
    """The GUID of a backup server: the last part of its UID, `urn:veeam:BackupServer:…`."""
    return normal_id(str(row["uid"]).rpartition(":")[2].strip())


def linked(data: Any) -> str | None:
    """The GUID of the backup server that an answer is, or that one of its links leads to.

    Hosts in links are Enterprise Manager's own idea of its name, and types of links vary: only the path counts.
    """
    if not isinstance(data, dict):
        return None
    if data.get("type") == "BackupServer" and isinstance(data.get("uid"), str):
        return identifier(data)
    links = data.get("links") or [{"rel": "Related", "href": data.get("href")}]
    links = [link for link in links if isinstance(link, dict)] if isinstance(links, list) else []
    hrefs = [str(link.get("href")) for link in links if str(link.get("rel")).lower() == "related"]
    found = [re.search(r"/backupservers/([0-9a-f-]{36})", href, re.IGNORECASE) for href in hrefs]
    return next((match.group(1) for match in found if match), None)


def not_found(id: str) -> NotFound:
    """What is raised where a complete list does not have the id."""
    return NotFound(f"the list of backup servers has no {id}", status=404, words="not in the list of backup servers")


def values_of(row: dict[str, Any]) -> State:
    """A server in the common form by field name; numbers are text in XML, and 0 or nothing where there is none."""
    wcf_port = number(row.get("wcfport"))
    return {
        "dns_name_or_ip_address": row.get("name"),  # as a rule
        "description": row.get("description") or "",
        "port": number(row.get("port")) or None,
        "wcf_port": wcf_port or None,
        "vbr_certificate_thumbprint": row.get("vbrcertificatethumbprint") or None,
        "name": row.get("name"),
        "uid": str(row["uid"]).replace(" ", ""),
        "version": row.get("version") or None,
    }
