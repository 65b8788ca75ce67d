"""The envelope of what went well: `{"meta", "data", "errors"}`. The examples carry `data` alone, lists also `meta`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..exchange import Call, Reply
from . import queries

if TYPE_CHECKING:
    from .room import Console

_NO_PAGE = {"pagingInfo": {"total": 0, "count": 0, "offset": 0}}


def data(room: Console, call: Call, value: Any) -> Reply:
    body = {"data": queries.selected(room, call, value)}
    return Reply(200, {"meta": None, **body, "errors": None} if _full(room) else body)


def listing(room: Console, call: Call, rows: Sequence[dict[str, Any]]) -> Reply:
    """A list after filter, sort, offset, limit and select."""
    found, info = queries.page(room, call, queries.ordered(room, call, queries.filtered(room, call, rows)))
    body = {"meta": {"pagingInfo": info}, "data": [queries.selected(room, call, row) for row in found]}
    return Reply(200, {**body, "errors": None} if _full(room) else body)


def empty(room: Console) -> Reply:
    """A delete: 200, with `errors` as an empty list, which the schema requires here and nowhere else."""
    body: dict[str, Any] = {"errors": [], "data": {}}
    return Reply(200, {"meta": None, **body} if _full(room) else body)


def none() -> Reply:
    """POST /users up to REST 3.0, in the words of its example: the error in it is a generated placeholder."""
    return Reply(
        200, {"meta": _NO_PAGE, "data": "None", "errors": [{"message": "string", "type": "unspecified", "code": 0}]}
    )


def _full(room: Console) -> bool:
    return room.settings.text("envelope") == "full"
