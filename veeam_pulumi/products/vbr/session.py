"""Logging in to Veeam Backup & Replication, and finding out which users API it has.

* POST /api/oauth2/token with a form; servers take the grant in either case, lower case is what was seen to work.
* Every request needs `x-api-version`, the token request too. Servers serve older revisions and refuse newer ones with
  400 and the list of what they know. GET /api/v1/serverTime answers without a login.
* MFA is not supported over REST: such an account gets the same 401 AccessDenied as a wrong password (13.0.1).
* The refresh token works once. POST /api/oauth2/logout ends both.
* Errors are {errorCode, message, resourceId}; 401 and 403 share the code AccessDenied, so the status decides.
* `/api/v1/security/users` exists since 13.0.1 (build 13.0.1.180, revision 1.3-rev1). The other dialect,
  `/api/v1/users`, has one role per user, an account type and a description.
* REST listens on 9419; 13.1 has it on 443 too, and says that 9419 is to be removed.
* GET /api/v1/serverInfo tells the build, to a Backup Administrator only.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ...errors import InvalidInput, ServerRefused, UnexpectedAnswer, VeeamError
from ...resource.identity import normal_id, path_part
from ...server import log
from ...server.answer import Answer
from ...server.body import Shape, fitting, words
from ...server.events import Event
from ...server.paging import all_rows
from ...server.session import Session
from ...server.settings import Connection, Warn
from . import events
from .settings import VbrSettings

if TYPE_CHECKING:
    from ...server.transport import Transport

USERS = {"security": "/api/v1/security/users", "users": "/api/v1/users"}
ROLES = {"security": "/api/v1/security/roles", "users": "/api/v1/roles"}
ROW = {
    "id": str, "name": str, "username": str, "type": str, "roles": [{"id": str, "name": str, "isBuiltIn": bool}],
    "isServiceAccount": bool, "isBuiltIn": bool, "roleId": str, "roleName": str, "accountType": str, "description": str,
    "isEnabled": bool, "mfaEnabled": bool,
}  # fmt: skip
"""A user of either dialect, or a role."""


class VbrSession(Session):
    """A session on a backup server."""

    product = "vbr"
    default_port = 9419
    token_path = "/api/oauth2/token"
    logout_request = ("POST", "/api/oauth2/logout")
    manager_role = "Backup Administrator"
    login_hint = ": a wrong password, or an account with MFA that is not a service account, which gets the same answer"
    settings_model = VbrSettings
    settings: VbrSettings
    not_found = "NotFound"
    version_header = "x-api-version"
    version_probe = "/api/v1/serverTime"
    revisions = (
        "1.3-rev2", "1.3-rev1", "1.3-rev0", "1.2-rev1", "1.2-rev0", "1.1-rev2", "1.1-rev1", "1.1-rev0",
    )  # fmt: skip

    _dialect = ""
    _roles: list[dict[str, Any]] | None = None
    keeps_what_it_accepts = False
    """Whether a user that was accepted in this process was seen to be there: no second administrator is asked first."""

    def __init__(self, connection: Connection, transport: Transport, warn: Warn) -> None:
        super().__init__(connection, transport, warn)
        self._creating = threading.Lock()
        if urlsplit(connection.settings.url).port == self.default_port:
            elsewhere = f"{connection.settings.url.rstrip('/').removesuffix(f':{self.default_port}')}:443"
            transport.nobody_listens = (
                f"a server of 13.1 or later may listen on 443 only: {connection.how_to_set('url', elsewhere)}; or "
            )
        self._permissions: dict[str, list[str] | ServerRefused] = {}

    def first_create(self) -> contextlib.AbstractContextManager[Any]:
        """Lets one thread create alone, until it is known whether the server keeps what it accepts."""
        return contextlib.nullcontext() if self.keeps_what_it_accepts else self._creating

    def error(self, answer: Answer) -> tuple[str, str] | None:
        try:
            body = answer.json()
        except UnexpectedAnswer:
            return None
        code = words(body.get("errorCode")) if isinstance(body, dict) else ""
        return (code, words(body.get("message"))) if code else None

    @property
    def dialect(self) -> str:
        """`security` or `users`; asks the server once where the settings say `auto`."""
        with self._lock:
            if not self._dialect:
                wanted = self.settings.api
                with log.probing():
                    self._dialect = self._ask_dialect() if wanted == "auto" else wanted
            return self._dialect

    def _ask_dialect(self) -> str:
        self.open()  # what is wrong with the login says nothing about the dialect
        foreign: UnexpectedAnswer | None = None
        for dialect, path in USERS.items():
            try:
                self.get(path, limit=1)
            except UnexpectedAnswer as error:  # of a proxy, or the web server's own 404 of a server without this path
                foreign = error
                continue
            except ServerRefused as error:
                if error.status == 403:  # it is there, for accounts with another role
                    return dialect
                if error.status not in (400, 404, 405):
                    raise
                continue
            return dialect
        tried = f"neither {' nor '.join(USERS.values())} answers in revision {self.revision}"
        build = self._build()
        if foreign is not None and not _older(build):
            raise UnexpectedAnswer(f"{tried}, and not only in this product's words: {foreign.cause}", foreign.fix)
        fix = "update the server"
        if self.settings.api_version != "auto":
            fix += f", or {self.connection.how_to_set('api_version', 'auto')}"
        raise InvalidInput(
            f"this server has no users in its REST API: {tried}; its build is {build}, and managing users "
            "needs 13.0.1 (build 13.0.1.180)",
            fix,
        )

    def _build(self) -> str:
        try:
            return self.version() or "unknown"
        except VeeamError:
            return "unknown"

    def version(self) -> str:
        return str(self.get("/api/v1/serverInfo").get("buildVersion") or "")

    def speaks(self) -> str:
        return f"{self.revision}, dialect {self.dialect}"

    def manages(self) -> bool:
        return self.may_read(USERS[self.dialect])

    def user(self, id: str) -> str:
        """The path of a user."""
        return f"{USERS[self.dialect]}/{path_part(id)}"

    def role(self, id: str) -> str:
        """The path of a role."""
        return f"{ROLES['security']}/{path_part(id)}"

    def permissions(self, id: str, *, fresh: bool = False) -> list[str]:
        """The permissions of a role, in order; asked once per process unless `fresh`, a refusal too."""
        id = normal_id(id)
        with self._lock:
            if fresh or id not in self._permissions:
                try:
                    found = self.get(f"{self.role(id)}/permissions").get("permissions")
                    self._permissions[id] = sorted(fitting(found, [str], "permissions") or ())
                except ServerRefused as error:
                    self._permissions[id] = error
            known = self._permissions[id]
            if isinstance(known, ServerRefused):
                raise known
            return known

    def roles(self, *, fresh: bool = False) -> list[dict[str, Any]]:
        """The server's roles, `{id, name, …}`; read once per process unless `fresh`."""
        with self._lock:
            if self._roles is None or fresh:
                self._roles = list(self.rows(ROLES[self.dialect]))
            return self._roles

    def access_events(self, since: datetime) -> Iterator[Event]:
        return events.read(self.rows, since)

    def rows(self, path: str, *, key: str = "id", shape: Shape = ROW, **params: Any) -> Iterator[dict[str, Any]]:
        """All rows of a list, a page when it is needed."""

        def page(offset: int, limit: int) -> tuple[Any, Any]:
            body = self.get(path, **params, skip=offset, limit=limit)
            # Documents show the role list of the dialect `users` without pagination.
            pagination = fitting(body.get("pagination"), {}, "pagination") or {}
            return body.get("data"), pagination.get("total")

        return all_rows(page, key, shape=shape)


def _older(build: str) -> bool:
    """Whether a build is known to have no users in its REST API: 13.0.1.180 is the first that has."""
    numbers = [int(part) for part in re.findall(r"\d{1,9}", build)]
    return bool(numbers) and numbers < [13, 0, 1, 180]
