"""Asynchronous actions, and requests that are repeated under the same X-Request-id."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..exchange import Call, Refusal, Reply
from . import answers, errors

if TYPE_CHECKING:
    from .room import Console

    Work = Callable[[Console, Call], Reply]

_REPEAT = 300  # seconds in which an X-Request-id stands for one operation
_LONGEST = 60  # seconds of the server's clock after which an action ends although nobody looked; assumed
_KEPT = {"succeed": 300, "failed": 3600, "canceled": 3600}  # seconds; the second is documented as "failure"


@dataclass
class Action:
    """Work that was accepted with 202, at `since`.

    `left`: how often it still says running; `until`: when it is forgotten.
    """

    id: str
    name: str
    call: Call
    work: Work
    left: int
    since: float
    status: str = "running"
    reply: Reply | None = None
    until: float = float("inf")


def tracked(name: str, work: Work) -> Work:
    """A handler of any operation but /token and /asyncActions: it may be repeated, and the server may defer it.

    assumed: the answer that is repeated may be an error, an id counts whatever the request is that carries it, and
    reads are not remembered.
    """

    def answer(room: Console, call: Call) -> Reply:
        given, now = _request_id(room, call), room.clock.now()
        key = (call.account, given)
        until, before = room.replies.get(key, (0.0, None))
        if before is not None and now < until and call.method != "GET":
            return before
        go_on(room, look=call.method == "GET")
        choice = room.settings.text("async")
        if choice == "all" or (choice == "writes" and call.method != "GET"):
            reply = _accept(room, call, name, work, given or str(uuid.uuid4()))
        else:
            reply = _outcome(room, call, work)
        if given and call.method != "GET":
            room.replies[key] = (now + _REPEAT, reply)
        return reply

    return answer


def list_all(room: Console, call: Call) -> Reply:
    mine = [action for action in room.actions.values() if _mine(room, call, action)]
    return answers.listing(room, call, [_wire(action) for action in mine])


def read(room: Console, call: Call) -> Reply:
    action = _action_of(room, call)
    _step(room, action)
    return answers.data(room, call, _wire(action))


def go_on(room: Console, look: bool) -> None:
    """Every look is a step towards the end, also one at something else: servers work on while nobody asks."""
    for action in list(room.actions.values()):
        _step(room, action, look)


def _step(room: Console, action: Action, look: bool = True) -> None:
    if action.status == "running":
        if (look and action.left == 0) or room.clock.now() - action.since >= _LONGEST:
            _finish(room, action)
        action.left -= look


def cancel(room: Console, call: Call) -> Reply:
    action = _action_of(room, call)
    if action.status != "running":
        room.fail(1000, "The action has ended already.")  # assumed
    _cancel(room, action)
    return answers.empty(room)


def result(room: Console, call: Call) -> Reply:
    action = _action_of(room, call)
    if action.status == "running":
        room.fail(1000, "The action is still running.")  # assumed
    if action.reply is None:
        room.fail(404, f"The result of action '{action.id}' does not exist.")
    if action.status != "succeed":
        own = room.settings.text("result_status") == "own"
        return Reply(action.reply.status if own else 200, action.reply.body)
    bare = room.settings.text("result_shape") == "bare"
    body = action.reply.body["data"] if bare else action.reply.body
    return Reply(200, json.dumps(body))  # as JSON, also where it is but a text


def delete_result(room: Console, call: Call) -> Reply:
    action = _action_of(room, call)
    if action.reply is None or action.status == "running":
        room.fail(404, f"The result of action '{action.id}' does not exist.")
    action.reply = None
    return answers.empty(room)


def config(room: Console, call: Call) -> Reply:
    return answers.data(room, call, {"resultRetentionTime": _KEPT["succeed"]})


def _request_id(room: Console, call: Call) -> str:
    given = call.headers.get("x-request-id", "")
    try:
        return str(uuid.UUID(given)) if given else ""
    except ValueError:
        room.fail(400, f"'{given}' is not a UUID.", parameterName="X-Request-id")  # assumed


def _accept(room: Console, call: Call, name: str, work: Work, id_: str) -> Reply:
    if id_ not in room.actions:
        action = Action(id_, name, call, work, room.settings.number("async_latency"), room.clock.now())
        if action.left == 0:
            _finish(room, action)
        room.actions[id_] = action
    origin = call.origin if room.settings.text("async_host") == "own" else "https://vspc.internal.example:1280"
    return Reply(202, headers={"Location": f"{origin}/api/v3/asyncActions/{id_}"})


def _finish(room: Console, action: Action) -> None:
    choice = room.settings.text("async_result")
    if choice == "canceled":
        _cancel(room, action)
    elif choice == "failed":
        _end(room, action, "failed", errors.error(520, 500, "The action failed."))
    else:
        reply = _outcome(room, action.call, action.work)
        _end(room, action, "succeed" if reply.status < 400 else "failed", reply)


def _cancel(room: Console, action: Action) -> None:
    status = room.settings.number("custom_status")
    _end(room, action, "canceled", errors.error(status, 1050, "The action was canceled."))


def _end(room: Console, action: Action, status: str, reply: Reply) -> None:
    action.status, action.reply, action.until = status, reply, room.clock.now() + _KEPT[status]


def _outcome(room: Console, call: Call, work: Work) -> Reply:
    try:
        return work(room, call)
    except Refusal as refusal:
        return refusal.reply


def _action_of(room: Console, call: Call) -> Action:
    action = room.actions.get(call.params["id"].lower())
    if action is None or not _mine(room, call, action):
        room.fail(404, f"Action '{call.params['id']}' does not exist.")
    return action


def _mine(room: Console, call: Call, action: Action) -> bool:
    """Only who started it can see it, and not for ever."""
    return action.call.account == call.account and room.clock.now() < action.until


def _wire(action: Action) -> dict[str, Any]:
    """The stored body comes back as it was sent, passwords in clear, as in the documents' own example."""
    call = action.call
    shown: dict[str, Any] = {
        "id": action.id,
        "initiatorUid": call.account,
        "actionName": action.name,
        "status": action.status,
        "queryParameters": {name: call.every(name) for name, _ in call.query},
    }
    if call.raw:
        try:
            shown["requestBody"] = call.json()
        except json.JSONDecodeError:
            shown["requestBody"] = call.raw.decode("utf-8", "replace")
    return shown
