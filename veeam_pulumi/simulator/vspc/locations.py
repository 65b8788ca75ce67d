"""The locations that a user is confined to."""

from __future__ import annotations

from ..routing import Call, Reply
from ..store import Doc
from . import answers, rules
from .server import Server


def list_all(server: Server, call: Call) -> Reply:
    held = server.user_of(call)["locations"]
    return answers.listing(server, call, [place for place in server.locations.all() if place["instanceUid"] in held])


def assign(server: Server, call: Call) -> Reply:
    """The location is in the query, there is no body. assumed: it must be one of the user's organization."""
    user, place = server.user_of(call), _location(server, call)
    if place["organizationUid"] != user["organizationUid"]:
        server.fail(400, "The location belongs to another organization.", parameterName="locationUid")
    if place["instanceUid"] not in user["locations"]:
        user["locations"].append(place["instanceUid"])
        server.save(user)
    return answers.data(server, call, server.wire(user, call.revision))


def take_away(server: Server, call: Call) -> Reply:
    user, place = server.user_of(call), _location(server, call)
    if place["instanceUid"] not in user["locations"]:
        server.fail(404, f"Location '{place['instanceUid']}' is not assigned to the user.")  # assumed
    user["locations"].remove(place["instanceUid"])
    server.save(user)
    return answers.empty(server)


def _location(server: Server, call: Call) -> Doc:
    try:
        uid = rules.uid(call.first("locationUid"))
    except ValueError as error:
        server.fail(400, f"The parameter 'locationUid' {error}.", parameterName="locationUid")
    place = server.locations.get(uid)
    if place is None:
        server.fail(404, f"Location '{uid}' does not exist.")
    return place
