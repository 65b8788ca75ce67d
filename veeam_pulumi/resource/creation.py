"""One object from one create, whatever happens to the answer.

A create is never sent again, but where the product takes a repetition for the same request: that the object is not
there yet proves nothing, because the server, or a gateway before it, may still be busy with the first one.
"""

from __future__ import annotations

import time

from .. import vocabulary
from ..errors import AlreadyExists, AnswerLost, LoginRefused, ServerRefused, VeeamError
from ..server.session import Session
from .fields import Inputs, State, plain
from .identity import normal_id
from .resource import AnyResource, Resource

LOOK_SECONDS = 30.0
"""How long a server is looked at for an object whose create lost its answer."""


def create_once(
    resource: AnyResource, session: Session, typed: Inputs, seen: frozenset[str]
) -> tuple[str, State | None]:
    """Creates an object that was known to be absent -> its id, and its values where the answer had them all.

    `seen`: the ids of all rows that were looked at before. Raises AnswerLost where nobody knows what became of it.
    """
    began = time.monotonic()
    try:
        return resource.create(session, typed)
    except AnswerLost as error:
        lost, refused = error, None
    found, unseen = None, None
    if time.monotonic() - began < session.same_request_seconds:
        found, _ = _wait_for(resource, session, typed, seen, seconds=0)
        if found is None:
            try:
                return resource.create(session, typed)
            except (AlreadyExists, ServerRefused) as error:
                refused = error
            except AnswerLost as error:
                lost = error
    if found is None:
        found, unseen = _wait_for(resource, session, typed, seen, seconds=0 if refused else LOOK_SECONDS)
    if found is not None:
        return found, _complete(resource, session, found, typed)
    if unseen is not None:
        raise AnswerLost(
            f"{lost.cause}; whether it is there now cannot be seen ({unseen.cause})",
            f"run again: if it is, {vocabulary.head.adopt}",
        )
    if refused is not None:
        raise refused
    raise AnswerLost(
        f"{lost.cause}; it did not appear within {LOOK_SECONDS:.0f} s, but the server may still be working on it, so "
        "it is not created again",
        f"run again in a while: if it appeared, {vocabulary.head.adopt}",
    )


def _wait_for(
    resource: AnyResource, session: Session, typed: Inputs, seen: frozenset[str], *, seconds: float
) -> tuple[str | None, VeeamError | None]:
    """Looks for an object until it is there, for so many seconds -> its id; else why the last look showed nothing."""
    waited, pause = 0.0, 0.5
    while True:
        try:
            if (found := _appeared(resource, session, typed, seen)) is not None:
                return found, None
            unseen = None
        except VeeamError as error:
            unseen = error
        if waited >= seconds or isinstance(unseen, LoginRefused) or not session.transport.wait(pause):
            return None, unseen
        waited, pause = waited + pause, min(5.0, pause * 1.5)


def _appeared(resource: AnyResource, session: Session, typed: Inputs, seen: frozenset[str]) -> str | None:
    """The id of what our request has made: also one that the server shows under another form of the name, if new."""
    if (found := resource.find(session, typed)) is not None:
        return found
    if type(resource).lookalikes is Resource.lookalikes:
        return None
    rows = ((id if resource.id_is_name else normal_id(id), row) for id, row in resource.rows(session))
    return next((id for id in resource.lookalikes(rows, typed) if id not in seen), None)


def _complete(resource: AnyResource, session: Session, id: str, typed: Inputs) -> State | None:
    """Brings an object whose create was cut off to the inputs, as far as the server shows that it is not there yet.

    -> what the server showed, where that failed: state must not claim more, so that the next run goes on.
    """
    wanted, live = plain(typed), None
    try:
        live = resource.project(resource.read(session, id), wanted)
        if left := frozenset(resource.diff(live, wanted).changed):
            resource.update(session, id, live, typed, left)
    except VeeamError as error:
        session.warn(f"{resource.label(wanted)} was created, but is not complete; {vocabulary.head.goes_on}: {error}")
        return live
    return None
