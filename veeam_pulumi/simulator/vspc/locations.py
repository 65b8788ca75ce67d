"""The locations that a user is confined to."""

from __future__ import annotations

from ..exchange import Call, Reply
from ..store import Doc
from . import answers, rules, users
from .room import Console


def list_all(room: Console, call: Call) -> Reply:
    held = users.user_of(room, call)["locations"]
    return answers.listing(room, call, [place for place in room.locations.all() if place["instanceUid"] in held])


def assign(room: Console, call: Call) -> Reply:
    """The location is in the query, there is no body. assumed: it must be one of the user's organization."""
    user, place = users.user_of(room, call), _location(room, call)
    if place["organizationUid"] != user["organizationUid"]:
        room.fail(400, "The location belongs to another organization.", parameterName="locationUid")
    if place["instanceUid"] not in user["locations"]:
        user["locations"].append(place["instanceUid"])
        room.save(user)
    return answers.data(room, call, room.wire(user, call.revision))


def take_away(room: Console, call: Call) -> Reply:
    user, place = users.user_of(room, call), _location(room, call)
    if place["instanceUid"] not in user["locations"]:
        room.fail(404, f"Location '{place['instanceUid']}' is not assigned to the user.")  # assumed
    user["locations"].remove(place["instanceUid"])
    room.save(user)
    return answers.empty(room)


def _location(room: Console, call: Call) -> Doc:
    try:
        uid = rules.uid(call.first("locationUid"))
    except ValueError as error:
        room.fail(400, f"The parameter 'locationUid' {error}.", parameterName="locationUid")
    place = room.locations.get(uid)
    if place is None:
        room.fail(404, f"Location '{uid}' does not exist.")
    return place
