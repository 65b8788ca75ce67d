"""Tasks: what goes on after an answer. Running, then OperationFinished (done, but not yet in EM's database), Finished.

Time is told by looks, so that no test has to wait: every poll of a task moves it on, and so does every list and query
of backup servers, for clients that look for the server instead of the task.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .formats import Node
from .hosts import Failure
from .views import link, path

Effect = Callable[[], "dict[str, Any] | None"]


@dataclass
class Task:
    """`claims`: the full name of the server that it is about to connect. `related`: what came of it."""

    id: str
    session: str
    operation: str
    effect: Effect
    failure: Failure | None
    running: int
    finishing: int
    claims: str = ""
    state: str = "Running"
    related: dict[str, Any] | None = None

    def look(self) -> None:
        if self.running:
            self.running -= 1
        elif self.finishing and self.failure is None:
            self.finishing -= 1
            self.state = "OperationFinished"
        elif self.state != "Finished":
            self.state = "Finished"
            self.related = self.effect() if self.failure is None else None

    def node(self, base: str, with_related: bool) -> Node:
        href = f"{base}/api/tasks/{self.id}"
        links = [link("Delete", href)]
        if self.related and with_related:
            links.append(
                link("Related", f"{base}{path(self.related)}?format=Entity", "BackupServer", self.related["name"])
            )
        children: dict[str, Any] = {"Links": links, "TaskId": self.id, "State": self.state}
        return Node(
            "Task",
            {"Type": "Task", "Href": href},
            {**children, "Operation": self.operation, "Result": self._result()},
        )

    def _result(self) -> Node | None:
        if self.state == "Running":
            return None
        flags: dict[str, Any] = {"Success": self.failure is None, "CredentialsNeeded": None, "ConfirmationNeeded": None}
        if self.failure is None:
            return Node("Result", flags, {"Message": "Ok" if self.state == "Finished" else self.state})
        if self.failure.needs:
            flags[self.failure.needs] = True
        return Node("Result", flags, {"Message": self.failure.message})


class Tasks:
    """All tasks of all sessions; a session sees its own."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._all: dict[str, Task] = {}
        self._numbers = itertools.count(1)

    def start(
        self, session: str, operation: str, effect: Effect, failure: Failure | None, looks: tuple[int, int], claims: str
    ) -> Task:
        task = Task(f"task-{next(self._numbers)}", session, operation, effect, failure, *looks, claims)
        self._all[task.id] = task
        return task

    def of(self, session: str) -> list[Task]:
        return [task for task in self._all.values() if task.session == session]

    def unfinished(self) -> list[Task]:
        return [task for task in self._all.values() if task.state != "Finished"]

    def remove(self, id: str) -> None:
        """assumed: what is not finished by then does not happen any more (it is described as a stop, too)."""
        self._all.pop(id, None)
