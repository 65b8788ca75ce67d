"""The server's state, and who can come in."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from ..credentials import Tokens
from ..product import Environment
from ..routing import Call, Op, Refusal, Reply
from ..store import Doc
from .errors import error, refusal
from .knobs import Settings

_NOT_A_WRITE = re.compile(r"/v\d/token(/\w+)?/?", re.I)
COOKIE = "X-Antiforgery"


class Server:
    """A Backup for Microsoft 365 server: its administrators, organizations with their directories, restore roles."""

    def __init__(self, environment: Environment) -> None:
        self.admins = environment.store.shelf("m365.admins")
        self.organizations = environment.store.shelf("m365.organizations")
        self.objects = environment.store.shelf("m365.objects")
        self.roles = environment.store.shelf("m365.roles")
        self.tokens = Tokens(environment.clock)
        self.clock = environment.clock
        self.settings = Settings(environment.knobs)

    def clear(self) -> None:
        for shelf in (self.admins, self.organizations, self.objects, self.roles):
            shelf.clear()
        self.tokens.clear()

    def named(self, kind: str, wanted: str) -> Doc | None:
        """An object of a directory by id, or by its name."""
        rows = (one for one in self.objects.all() if one["kind"] == kind)
        return next((one for one in rows if wanted.lower() in (one["id"], one["name"].lower())), None)

    # -- who can come in

    def admit(self, op: Op[Any], call: Call) -> None:
        """`page` needs nothing but a prefix that is served, `admin` a token; there are no other roles."""
        call.revision = f"v{call.params['version']}"
        call.params["what"] = op.since  # which list, or which part of a directory
        if call.revision not in self.settings.release.versions:
            raise Refusal(Reply(404))
        if op.access == "page":
            return
        state, account = self.tokens.check(call.bearer() or "")
        name, _, guarded = account.partition("\n")
        if state != "valid" or self.admins.get(name) is None:
            self._unauthorized(call)
        if guarded and self.settings.on("antiforgery") and COOKIE not in call.headers.get("cookie", ""):
            self._unauthorized(call)
        call.account = name
        if self.settings.on("operator_only"):
            self.fail(call, 403, "Only restore operators may use this server.")  # assumed: status and text

    def _unauthorized(self, call: Call) -> NoReturn:
        bare = self.settings.text("unauthorized") == "empty"
        raise Refusal(Reply(401) if bare else error(401, "The token is not valid.", call.revision))

    def fail(self, call: Call, status: int, message: str) -> NoReturn:
        raise refusal(status, message, call.revision, self.settings.text("error_body"))

    def trouble(self, status: int, message: str, origin: str) -> Reply:
        return error(status, message, self.settings.release.versions[0], self.settings.text("error_body"))

    def no_such_path(self, status: int, origin: str) -> Reply:
        return Reply(status)  # assumed: refused by routing, so without a body

    def is_write(self, method: str, path: str) -> bool:
        return method not in ("GET", "HEAD", "OPTIONS") and not _NOT_A_WRITE.fullmatch(path)

    def expire_tokens(self, keep_refresh: bool) -> None:
        self.tokens.expire_all(keep_refresh)
