"""The envelope of what went well: `{"meta", "data", "errors"}`. The examples carry `data` alone, lists also `meta`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..routing import Call, Reply
from . import lists
from .server import Server

_NO_PAGE = {"pagingInfo": {"total": 0, "count": 0, "offset": 0}}


def data(server: Server, call: Call, value: Any) -> Reply:
    body = {"data": lists.selected(server, call, value)}
    return Reply(200, {"meta": None, **body, "errors": None} if _full(server) else body)


def listing(server: Server, call: Call, rows: Sequence[dict[str, Any]]) -> Reply:
    """A list after filter, sort, offset, limit and select."""
    found, info = lists.page(server, call, lists.ordered(server, call, lists.filtered(server, call, rows)))
    body = {"meta": {"pagingInfo": info}, "data": [lists.selected(server, call, row) for row in found]}
    return Reply(200, {**body, "errors": None} if _full(server) else body)


def empty(server: Server) -> Reply:
    """A delete: 200, with `errors` as an empty list, which the schema requires here and nowhere else."""
    body: dict[str, Any] = {"errors": [], "data": {}}
    return Reply(200, {"meta": None, **body} if _full(server) else body)


def none() -> Reply:
    """POST /users up to REST 3.0, in the words of its example: the error in it is a generated placeholder."""
    return Reply(
        200, {"meta": _NO_PAGE, "data": "None", "errors": [{"message": "string", "type": "unspecified", "code": 0}]}
    )


def _full(server: Server) -> bool:
    return server.settings.text("envelope") == "full"
