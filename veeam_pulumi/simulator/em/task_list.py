"""/api/tasks, for the session that started them. To others they are not there, nor to the same user's next session."""

from __future__ import annotations

from ..exchange import Call, Reply
from .formats import Node
from .room import Manager
from .tasks import Task


def list_tasks(room: Manager, call: Call) -> Reply:
    mine = room.tasks.of(call.session)
    for task in mine:
        task.look()
    return room.answer(call, 200, Node("Tasks", {}, {"Tasks": [room.task_node(call, task) for task in mine]}))


def read(room: Manager, call: Call) -> Reply:
    task = _task_of(room, call)
    task.look()
    return room.answer(call, 200, room.task_node(call, task))


def delete(room: Manager, call: Call) -> Reply:
    room.tasks.remove(_task_of(room, call).id)
    return Reply(204)


def _task_of(room: Manager, call: Call) -> Task:
    for task in room.tasks.of(call.session):
        if task.id == call.params["id"].lower():
            return task
    raise room.refusal(call, 404, f"Task '{call.params['id']}' does not exist.")
