"""Who changed users, keys and rules of a Service Provider Console: GET /eventLogs/activityLogs (3.5.1 and later).

* Portal Administrators see it; a console keeps three months unless somebody set it otherwise.
* There is no filter by type and no id of a record: the earliest come first, so that new records move nothing. The
  message alone names the object; the actor is the UID of a user, or null.
* Types are written in more than one way (`SSO…`, `Sso…`), one with a comma behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any

from ...server.body import fitting
from ...server.events import Event, moment
from ...server.paging import all_rows

PATH = "/api/v3/eventLogs/activityLogs"
SHAPE = dict.fromkeys(("message", "activityLogType", "date", "userUid", "organizationUid"), str)
_TYPES = frozenset({
    "companyusercreated", "companyuserremoved", "companyusermodified", "companyuserrolemodified",
    "companyuserstatusupdated", "companyuserlocationcreated", "companyuserlocationremoved", "userrecordcreated",
    "userrecordremoved", "userrecordmodified", "userrecordenabled", "userrecorddisabled", "userrecordrecreated",
    "userlogintypecreated", "userlogintyperemoved", "usertokenrevoked", "clientusermfapolicymodified",
    "providerusermfapolicymodified", "companymfapolicymodified", "companymfapolicyenforcementupdated",
    "ssouserroleupdate", "companycreated", "companymodified", "companydeleted", "companystatusupdated",
    "companyrestapiaccessmodified", "resellercreated", "resellermodified", "resellerdeleted", "resellerstatusupdated",
})  # fmt: skip
"""The types that are about who has access; a login that names its user is none."""
_LINE = "line"


def read(get: Callable[..., dict[str, Any]], since: datetime) -> Iterator[Event]:
    """What happened since a time, the earliest first; all pages or an error. `get`: a session's."""
    start = since.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    window = {"from": start, "dateSortingDirection": "ascending"}

    def page(offset: int, limit: int) -> tuple[Any, Any]:
        body = get(PATH, **window, offset=offset, limit=limit)
        rows, meta = body.get("data"), fitting(body.get("meta"), {"pagingInfo": {}}, "meta") or {}
        if isinstance(rows, list):
            rows = [{**row, _LINE: offset + at} if isinstance(row, dict) else row for at, row in enumerate(rows)]
        return rows, (meta.get("pagingInfo") or {}).get("total")

    for row in all_rows(page, _LINE, shape=SHAPE):
        at = moment(row.get("date"))
        if at is not None and str(row.get("activityLogType")).strip(" ,").lower() in _TYPES:
            yield Event(at, str(row.get("message") or ""), by_id=str(row.get("userUid") or ""))
