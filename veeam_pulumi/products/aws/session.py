"""Logging in to Veeam Backup for AWS.

* POST /api/v1/token with a form, grants in lower case; DELETE /api/v1/token logs out (revision 1.0-rev0).
* Every request needs `x-api-version`. 1.0-rev0 is the only contract known whole; product 7.0 and later no longer accept
  it, so older revisions are tried upwards. GET /users/isFirstLogin answers without a login.
* The token answer has `roleName`, the role of the account (1.0-rev0); nothing else shows one.
* An account with MFA gets 200 with `mfa_token` and no access token.
* Access tokens live 15 minutes (2.0) or an hour, and an administrator can change that: only `expires_in` counts. A
  refresh token is replaced by every renewal.
* Errors are application/problem+json: `errorCode`, `title`, `details` (plural; `detail` in other products).
* A value that is wrong may be refused by the web framework: 400, and `errors` {field: [text]} without an errorCode.
* GET /api/v1/system/version (1.0-rev0, needs a login): {about, version}.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import SecretStr

from ...errors import ServerRefused, UnexpectedAnswer, VeeamError
from ...server import log
from ...server.answer import Answer
from ...server.body import words
from ...server.session import Session
from ...server.settings import Connection, Warn

if TYPE_CHECKING:
    from ...server.transport import Transport


class AwsSession(Session):
    """A session on a Backup for AWS appliance."""

    product = "aws"
    default_port = 11005
    token_path = "/api/v1/token"
    logout_request = ("DELETE", "/api/v1/token")
    manager_role = "Portal Administrator"
    manager_list = "/api/v1/users"
    one_row: ClassVar = {"Offset": 0, "Limit": 1}
    not_found = "NotFound"
    version_header = "x-api-version"
    version_probe = "/api/v1/users/isFirstLogin"
    revisions = (
        "1.0-rev0", "1.1-rev0", "1.1-rev1", "1.2-rev0", "1.3-rev0",
        "1.4-rev0", "1.5-rev0", "1.5-rev1", "1.6-rev0", "1.7-rev0", "1.8-rev0",
    )  # fmt: skip

    def error(self, answer: Answer) -> tuple[str, str] | None:
        try:
            body = answer.json()
        except UnexpectedAnswer:
            return None
        if not isinstance(body, dict):
            return None
        if answer.status == 400 and isinstance(body.get("errors"), dict):
            return _of_framework(body["errors"])
        code = words(body.get("errorCode"))
        said = (words(body.get(key)) for key in ("details", "detail", "title", "message")) if code else ()
        return (code, next(filter(None, said), "")) if code else None

    def __init__(self, connection: Connection, transport: Transport, warn: Warn) -> None:
        super().__init__(connection, transport, warn)
        self.seen_roles: dict[str, str | None] = {}
        self._role_lock, self._role_of_new, self._role_asked = threading.Lock(), "", False
        self._tried: tuple[str, SecretStr, bool | None] | None = None
        """User and password of the login for a role, and whether it let in: `lets_in` needs no second one."""

    def role_of_new_users(self, name: str, password: SecretStr, said: str | None) -> str | None:
        """The role that the server gave a user of this name, which it was not asked for; None where nothing tells.

        All that are made the same way get the same one, so the first of a process logs in once; and a warning says it.
        """
        with self._role_lock:
            if not self._role_asked:
                self._role_asked = True
                self._role_of_new = said or self._role_by_login(name, password)
                shown = self._role_of_new or "its default role, which it does not show (probably Portal Administrator)"
                self.warn(
                    f"new users get {shown}: this API has no role to choose; change it in the appliance's console"
                )
            self.seen_roles[name] = said or self._role_of_new or None
            return self.seen_roles[name]

    def _role_by_login(self, name: str, password: SecretStr) -> str:
        """What the token endpoint calls the role of a user; "" where it does not let it in."""
        try:
            answer = self.ask_login(name, password, attempts=1)
            let_in = answer.ok or (False if answer.status in (400, 401, 403) else None)
            self._tried = (name, password, let_in)
            body = answer.json() if answer.ok else {}
            role = words(body.get("roleName")) if isinstance(body, dict) else ""
            if answer.ok:
                self.logout(self.token(answer))
            return role
        except VeeamError as error:
            log.event(logging.INFO, f"no role of a new user: {type(error).__name__}", connection=self.connection.name)
            return ""

    def lets_in(self, user: str, password: SecretStr) -> bool | None:
        if self._tried is not None and self._tried[:2] == (user, password):
            return self._tried[2]
        return super().lets_in(user, password)

    def version(self) -> str:
        try:
            return str(self.get("/api/v1/system/version").get("version") or "")
        except ServerRefused as error:
            if error.status in (404, 405):
                return ""  # what revisions after 1.0-rev0 have in its place is not known
            raise


def _of_framework(fields: dict[str, Any]) -> tuple[str, str] | None:
    """Code (there is none) and words of a refused value, by the fields that are named."""
    said = [
        f"{name}: {text}".removeprefix(": ")
        for name, texts in fields.items()
        if isinstance(texts, list)
        for text in map(words, texts)
        if text
    ]
    return ("", "; ".join(said)) if said else None
