"""Logging in to Veeam Backup Enterprise Manager, and what its requests and answers look like.

* POST /api/sessionMngr/?v=latest with HTTP Basic (UTF-8) and no body -> 201 and the header `X-RestSvcSessionId`, which
  every request then carries. The server sets a cookie of the same name, and a cookie beats the header: none is kept.
* A session dies after 15 idle minutes, counted from its last request, and its tasks with it. DELETE
  /api/logonSessions/{id} ends it.
* Accept chooses the parser of the request too: both headers name the same, single media type.
* Unknown ids are answered with 404, 400 or 500, depending on version and resource: none of them proves anything.
* Servers, and everything that concerns accounts, need the role Portal Administrator; without it: 403.
"""

from __future__ import annotations

import base64
import contextlib
import math
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from pydantic import SecretStr

from ... import redaction
from ...errors import InvalidInput, ServerRefused, UnexpectedAnswer, VeeamError
from ...server.answer import Answer
from ...server.attempts import ATTEMPTS
from ...server.body import fitting, words
from ...server.session import Session
from ...server.settings import Connection, Warn
from ...server.token import Token, is_token
from . import wire
from .settings import EmSettings

if TYPE_CHECKING:
    from ...server.transport import Transport

IDLE_SECONDS = 15 * 60
VERSIONS = ("v1_5", "v1_6", "v1_7")
"""What Enterprise Manager 13 still serves; 1.4 and older are no longer supported."""


@dataclass
class Servers:
    """The backup servers that were seen last, by id; what this process made and has not compared; what it sent."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    listed_at: float = -math.inf
    made: dict[str, dict[str, Any]] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)


class EmSession(Session):
    """A session on an Enterprise Manager."""

    product = "em"
    default_port = 9398
    manager_role = "Portal Administrator"
    managed = "servers"
    manager_list = "/api/security/accounts"
    login_hint = ": a wrong password, or an account without a role in Enterprise Manager"
    settings_model = EmSettings
    settings: EmSettings
    sliding = True
    one_row: ClassVar = {"format": "Entity"}

    _session_id = ""

    def __init__(self, connection: Connection, transport: Transport, warn: Warn) -> None:
        super().__init__(connection, transport, warn)
        self.servers = Servers()

    def ask_login(self, user: str, password: SecretStr, *, attempts: int = ATTEMPTS) -> Answer:
        basic = base64.b64encode(f"{user}:{password.get_secret_value()}".encode()).decode()
        redaction.learn(basic)
        version = "latest" if self.settings.api_version == "auto" else self.settings.api_version
        return self.transport.send(
            "POST",
            "/api/sessionMngr/",
            params={"v": version},
            headers={**self.headers(), "Authorization": SecretStr(f"Basic {basic}")},
            attempts=attempts,
            private=True,
        )

    def token(self, answer: Answer) -> Token:
        access = answer.headers.get("x-restsvcsessionid", "")
        if not is_token(access):
            raise UnexpectedAnswer(f"{answer.what} was answered with {answer.status}, but without X-RestSvcSessionId")
        body = None
        with contextlib.suppress(UnexpectedAnswer):
            body = self.parse(answer)
        self._session_id = words(body.get("sessionid")) if isinstance(body, dict) else ""
        redaction.learn(access)
        return Token(SecretStr(access), None, IDLE_SECONDS)

    def logout(self, token: Token) -> None:
        headers: dict[str, str | SecretStr] = {**self.headers(), **self.authorization(token)}
        self.transport.send(
            "DELETE",
            f"/api/logonSessions/{quote(self._session_id, safe='')}",
            headers=headers,
            attempts=1,
            timeout=5,
            private=True,
        )

    def speaks(self) -> str:
        """Which versions of the API there are, of which `auto` takes the latest. The product's own is not shown."""
        listed = self.get("/api/").get("supportedversions")
        rows = listed.get("supportedversions") if isinstance(listed, dict) else listed
        names = [row["name"] for row in fitting(rows, [{"name": str}], "supported versions") or [] if row.get("name")]
        known = [name for name in names if name in VERSIONS]
        if names and not known:
            raise InvalidInput(
                f"this server knows only the API versions {', '.join(names)}; this package needs {VERSIONS[0]}",
                "update Enterprise Manager to 11 or later",
            )
        chosen = known[-1] if known and self.settings.api_version == "auto" else self.settings.api_version
        return f"{chosen}, {self.settings.format}"

    def authorization(self, token: Token) -> dict[str, SecretStr]:
        return {"X-RestSvcSessionId": token.access}

    def headers(self) -> dict[str, str]:
        return {"Accept": self.media}

    @property
    def media(self) -> str:
        return f"application/{self.settings.format}"

    def parse(self, answer: Answer) -> Any:
        # SyntaxError is what ElementTree calls broken XML. Suppressed: such an error carries what it could not read.
        with contextlib.suppress(ValueError, RecursionError, SyntaxError):
            return wire.read(answer.body)
        raise answer.unlike(self.settings.format.upper())

    def error(self, answer: Answer) -> tuple[str, str] | None:
        """`{Message, StatusCode, …}`, in JSON or XML; there are no codes beside the status."""
        try:
            body = self.parse(answer)
        except UnexpectedAnswer:
            return None
        said = words(body.get("message")) if isinstance(body, dict) else ""
        return ("", said) if said else None

    def problem(self, answer: Answer) -> VeeamError:
        if answer.status == 401:  # a dead session, in any words
            return ServerRefused(f"{answer.what} was refused with 401", status=401)
        return super().problem(answer)

    def is_final(self, answer: Answer) -> bool:
        # Reads of unknown ids may get 500 with the product's own error; asking again gives the same.
        return answer.method == "GET" and answer.status == 500 and type(self.problem(answer)) is ServerRefused
