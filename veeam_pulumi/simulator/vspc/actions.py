"""Asynchronous actions, and requests that are repeated under the same X-Request-id."""

from __future__ import annotations

import json
import uuid
from typing import Any

from ..routing import Call, Refusal, Reply
from . import answers, errors
from .server import Action, Server, Work

_REPEAT = 300  # seconds in which an X-Request-id stands for one operation
_LONGEST = 60  # seconds of the server's clock after which an action ends although nobody looked; assumed
_KEPT = {"succeed": 300, "failed": 3600, "canceled": 3600}  # seconds; the second is documented as "failure"


def tracked(name: str, work: Work) -> Work:
    """A handler of any operation but /token and /asyncActions: it may be repeated, and the server may defer it.

    assumed: the answer that is repeated may be an error, an id counts whatever the request is that carries it, and
    reads are not remembered.
    """

    def answer(server: Server, call: Call) -> Reply:
        given, now = _request_id(server, call), server.clock.now()
        key = (call.account, given)
        until, before = server.replies.get(key, (0.0, None))
        if before is not None and now < until and call.method != "GET":
            return before
        go_on(server, look=call.method == "GET")
        choice = server.settings.text("async")
        if choice == "all" or (choice == "writes" and call.method != "GET"):
            reply = _accept(server, call, name, work, given or str(uuid.uuid4()))
        else:
            reply = _outcome(server, call, work)
        if given and call.method != "GET":
            server.replies[key] = (now + _REPEAT, reply)
        return reply

    return answer


def list_all(server: Server, call: Call) -> Reply:
    mine = [action for action in server.actions.values() if _mine(server, call, action)]
    return answers.listing(server, call, [_wire(action) for action in mine])


def read(server: Server, call: Call) -> Reply:
    action = _action_of(server, call)
    _step(server, action)
    return answers.data(server, call, _wire(action))


def go_on(server: Server, look: bool) -> None:
    """Every look is a step towards the end, also one at something else: servers work on while nobody asks."""
    for action in list(server.actions.values()):
        _step(server, action, look)


def _step(server: Server, action: Action, look: bool = True) -> None:
    if action.status == "running":
        if (look and action.left == 0) or server.clock.now() - action.since >= _LONGEST:
            _finish(server, action)
        action.left -= look


def cancel(server: Server, call: Call) -> Reply:
    action = _action_of(server, call)
    if action.status != "running":
        server.fail(1000, "The action has ended already.")  # assumed
    _cancel(server, action)
    return answers.empty(server)


def result(server: Server, call: Call) -> Reply:
    action = _action_of(server, call)
    if action.status == "running":
        server.fail(1000, "The action is still running.")  # assumed
    if action.reply is None:
        server.fail(404, f"The result of action '{action.id}' does not exist.")
    if action.status != "succeed":
        own = server.settings.text("result_status") == "own"
        return Reply(action.reply.status if own else 200, action.reply.body)
    bare = server.settings.text("result_shape") == "bare"
    body = action.reply.body["data"] if bare else action.reply.body
    return Reply(200, json.dumps(body))  # as JSON, also where it is but a text


def delete_result(server: Server, call: Call) -> Reply:
    action = _action_of(server, call)
    if action.reply is None or action.status == "running":
        server.fail(404, f"The result of action '{action.id}' does not exist.")
    action.reply = None
    return answers.empty(server)


def config(server: Server, call: Call) -> Reply:
    return answers.data(server, call, {"resultRetentionTime": _KEPT["succeed"]})


def _request_id(server: Server, call: Call) -> str:
    given = call.headers.get("x-request-id", "")
    try:
        return str(uuid.UUID(given)) if given else ""
    except ValueError:
        server.fail(400, f"'{given}' is not a UUID.", parameterName="X-Request-id")  # assumed


def _accept(server: Server, call: Call, name: str, work: Work, id_: str) -> Reply:
    if id_ not in server.actions:
        action = Action(id_, name, call, work, server.settings.number("async_latency"), server.clock.now())
        if action.left == 0:
            _finish(server, action)
        server.actions[id_] = action
    origin = call.origin if server.settings.text("async_host") == "own" else "https://vspc.internal.example:1280"
    return Reply(202, headers={"Location": f"{origin}/api/v3/asyncActions/{id_}"})


def _finish(server: Server, action: Action) -> None:
    choice = server.settings.text("async_result")
    if choice == "canceled":
        _cancel(server, action)
    elif choice == "failed":
        _end(server, action, "failed", errors.error(520, 500, "The action failed."))
    else:
        reply = _outcome(server, action.call, action.work)
        _end(server, action, "succeed" if reply.status < 400 else "failed", reply)


def _cancel(server: Server, action: Action) -> None:
    status = server.settings.number("custom_status")
    _end(server, action, "canceled", errors.error(status, 1050, "The action was canceled."))


def _end(server: Server, action: Action, status: str, reply: Reply) -> None:
    action.status, action.reply, action.until = status, reply, server.clock.now() + _KEPT[status]


def _outcome(server: Server, call: Call, work: Work) -> Reply:
    try:
        return work(server, call)
    except Refusal as refusal:
        return refusal.reply


def _action_of(server: Server, call: Call) -> Action:
    action = server.actions.get(call.params["id"].lower())
    if action is None or not _mine(server, call, action):
        server.fail(404, f"Action '{call.params['id']}' does not exist.")
    return action


def _mine(server: Server, call: Call, action: Action) -> bool:
    """Only who started it can see it, and not for ever."""
    return action.call.account == call.account and server.clock.now() < action.until


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
