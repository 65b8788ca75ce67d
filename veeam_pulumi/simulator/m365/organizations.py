"""Organizations, and looking up what their directories hold: people, groups, sites, teams."""

from __future__ import annotations

import fnmatch

from ..routing import Call, Reply
from ..store import Doc
from . import views
from .server import Server

_SET = "4e0c7b1d-93a2-4f58-8d16-2b7c9a5e3f04"  # of the server's cache; assumed: the same for everybody
# path -> kind, and the queries that look for its name and display name
KINDS = {
    "users": ("User", "userName"),
    "groups": ("Group", "groupName"),
    "sites": ("Site", "filter"),
    "teams": ("Team", ""),
}


def list_all(server: Server, call: Call) -> Reply:
    """A page since v8, an array before."""
    rows = [views.organization(one) for one in server.organizations.all()]
    if call.revision != "v8":
        return Reply(200, rows)
    return _page(server, call, rows)


def read(server: Server, call: Call) -> Reply:
    return Reply(200, views.organization(organization_of(server, call)))


def look_up(server: Server, call: Call) -> Reply:
    """Pages without a total since v8: read on until one is shorter than its limit."""
    organization = organization_of(server, call)
    kind, query = KINDS[call.params["what"].lower()]
    own = [one for one in server.objects.all() if one["kind"] == kind and one["organizationId"] == organization["id"]]
    name, display = call.first(query) if query else None, call.first("displayName")
    found = [one for one in own if _named(server, one["name"], name) and _like(one["displayName"], display)]
    return _page(server, call, [views.found(one) for one in found])


def look_at(server: Server, call: Call) -> Reply:
    organization_of(server, call)
    kind, _ = KINDS[call.params["what"].lower()]
    found = server.named(kind, call.params["id"])
    if found is None:
        server.fail(call, 404, f"{kind} '{call.params['id']}' does not exist.")
    return Reply(200, views.found(found))


def organization_of(server: Server, call: Call) -> Doc:
    found = server.organizations.get(call.params["organization"].lower())
    if found is None:
        server.fail(call, 404, f"Organization '{call.params['organization']}' does not exist.")
    return found


def _named(server: Server, name: str, wanted: str | None) -> bool:
    """Whether a search is for the whole name or a part of it is not said."""
    if wanted is None:
        return True
    exact = server.settings.text("user_search") == "exact"
    return name.lower() == wanted.lower() if exact else wanted.lower() in name.lower()


def _like(name: str, pattern: str | None) -> bool:
    return pattern is None or fnmatch.fnmatchcase(name.lower(), pattern.lower())


def _page(server: Server, call: Call, rows: list[dict[str, object]]) -> Reply:
    offset, limit = call.whole("offset", 0, 0), call.whole("limit", 1, server.settings.number("page_size"))
    if offset is None or limit is None or limit > 10_000:
        server.fail(call, 400, "The value of offset or limit is not valid.")
    body: dict[str, object] = {
        "offset": offset,
        "limit": limit,
        "setId": _SET,
        "results": rows[offset : offset + limit],
        "_links": {},
    }
    return Reply(200, body if call.revision == "v8" else {**body, "totalCount": len(rows)})
