"""/api/tasks, for the session that started them. To others they are not there, nor to the same user's next session."""

from __future__ import annotations

from ..routing import Call, Reply
from .formats import Node
from .server import Server
from .tasks import Task


def list_tasks(server: Server, call: Call) -> Reply:
    mine = server.tasks.of(call.session)
    for task in mine:
        task.look()
    return server.answer(call, 200, Node("Tasks", {}, {"Tasks": [server.task_node(call, task) for task in mine]}))


def read(server: Server, call: Call) -> Reply:
    task = _task_of(server, call)
    task.look()
    return server.answer(call, 200, server.task_node(call, task))


def delete(server: Server, call: Call) -> Reply:
    server.tasks.remove(_task_of(server, call).id)
    return Reply(204)


def _task_of(server: Server, call: Call) -> Task:
    for task in server.tasks.of(call.session):
        if task.id == call.params["id"].lower():
            return task
    raise server.refusal(call, 404, f"Task '{call.params['id']}' does not exist.")
