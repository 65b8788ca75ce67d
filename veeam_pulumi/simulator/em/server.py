"""The server's parts, who can come in, and the form of answers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ..product import Environment
from ..routing import Call, Op, Refusal, Reply
from ..store import Doc
from . import errors, views
from .directory import Directory
from .formats import Node, as_json, as_xml
from .hosts import Failure
from .inventory import Inventory
from .knobs import Settings
from .logons import Logon, Logons
from .tasks import Effect, Task, Tasks

HEADER = "X-RestSvcSessionId"
_BOM = b"\xef\xbb\xbf"
_NOT_A_WRITE = re.compile(r"/api/(sessionMngr|logonSessions/[^/]+|tasks/[^/]+)/?", re.I)


class Server:
    """Enterprise Manager: the backup servers that it knows, its own accounts, its sessions and tasks."""

    def __init__(self, environment: Environment) -> None:
        self.settings = Settings(environment.knobs)
        self.directory = Directory(environment.store.shelf("em.accounts"), self.settings)
        self.logons = Logons(environment.clock)
        self.tasks = Tasks()
        self.inventory = Inventory(environment.store.shelf("em.servers"), self.settings, self.tasks)

    def clear(self) -> None:
        self.logons.clear()
        self.tasks.clear()
        self.inventory.clear()
        self.directory.clear()

    # -- answers

    def base(self, call: Call) -> str:
        """Scheme and host of links. Servers were seen to put another name there than the one that was asked."""
        return call.origin if self.settings.text("href_host") == "own" else "https://em01.lab.local:9398"

    def entity(self, call: Call, known: Doc) -> Node:
        certificates = self.settings.release.certificates
        return views.entity(self.inventory.shown(known), self.base(call), certificates)

    def reference(self, call: Call, known: Doc, tag: str = "Ref") -> Node:
        return views.reference(self.inventory.shown(known), self.base(call), tag)

    def wants_json(self, call: Call) -> bool:
        """Accept decides: JSON where it contains application/json, else XML."""
        return "application/json" in call.headers.get("accept", "").lower()

    def wants_entity(self, call: Call) -> bool:
        return (call.first("format") or "").lower() == "entity"

    def answer(self, call: Call, status: int, node: Node, headers: Mapping[str, str] | None = None) -> Reply:
        if not self.wants_json(call):
            return Reply(status, as_xml(node), "application/xml", headers or {})
        text = json.dumps(as_json(node, self.settings.camel), ensure_ascii=False).encode()
        return Reply(status, (_BOM if self.settings.on("bom") else b"") + text, headers=headers or {})

    def refusal(self, call: Call, status: int, message: str) -> Refusal:
        headers = {"WWW-Authenticate": "Basic Realm=RestSvc"} if status == 401 else {}
        return Refusal(self.answer(call, status, errors.error(status, message), headers))

    def trouble(self, status: int, message: str, origin: str) -> Reply:
        """assumed: always JSON. Servers were seen to answer errors in another format than they were asked for."""
        return Reply(status, as_json(errors.error(status, message), self.settings.camel))

    # -- tasks

    def start(self, call: Call, operation: str, effect: Effect, failure: Failure | None, claims: str = "") -> Task:
        looks = (self.settings.number("task_latency"), self.settings.number("task_finishing"))
        return self.tasks.start(call.session, operation, effect, failure, looks, claims)

    def task_node(self, call: Call, task: Task) -> Node:
        return task.node(self.base(call), self.settings.on("related"))

    # -- who can come in

    def admit(self, op: Op[Any], call: Call) -> None:
        """`open` needs nothing, `user` a session, `admin` a session of a Portal Administrator."""
        call.query = [(name.lower(), value) for name, value in call.query]
        if op.access != "open":
            logon = self.logons.use(self._token(call), self.settings.number("idle_timeout"))
            if logon is None or self.directory.find(logon.account) is None:
                raise self.refusal(call, 401, "Unauthorized")
            call.account, call.session = logon.account, logon.id
        if op.access == "admin" and not self.directory.is_admin(call.account):
            raise self.refusal(call, 403, "Access denied")
        if op.since and (call.first("action") or "").lower() != op.since:
            raise self.refusal(call, 400, f"The action '{call.first('action') or ''}' is not supported.")  # assumed

    def alive(self) -> list[Logon]:
        return self.logons.alive(self.settings.number("idle_timeout"))

    def _token(self, call: Call) -> str:
        """Documented: where both arrive, the cookie counts and the header is ignored."""
        pairs = (pair.strip().partition("=") for pair in call.headers.get("cookie", "").split(";"))
        cookie = next((value for name, _, value in pairs if name == HEADER), "")
        header = call.headers.get(HEADER.lower(), "")
        how = self.settings.text("cookie")
        if how == "off":
            return header
        return cookie or header if how == "wins" else header or cookie

    def no_such_path(self, status: int, origin: str) -> Reply:
        return self.trouble(status, "", origin)

    def is_write(self, method: str, path: str) -> bool:
        return method not in ("GET", "HEAD", "OPTIONS") and not _NOT_A_WRITE.fullmatch(path)

    def expire_tokens(self, keep_refresh: bool) -> None:
        self.logons.clear()
