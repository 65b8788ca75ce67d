"""The appliance's state, and who can come in."""

from __future__ import annotations

import re
import uuid
from typing import Any

from ..credentials import Tokens, hash_password
from ..product import Environment
from ..routing import Call, Op, Refusal, Reply
from ..store import Doc
from . import views
from .errors import problem
from .knobs import Settings

ADMIN_ROLE = "PortalAdmin"
_NOT_A_WRITE = re.compile(r"/api/(oauth2/token|[^/]+/users/export)/?", re.I)


class Server:
    """A Backup for Azure appliance: its users and their sessions."""

    def __init__(self, environment: Environment) -> None:
        self.users = environment.store.shelf("azure.users")
        self.counters = environment.store.shelf("azure.counters")
        self.tokens = Tokens(environment.clock)
        self.clock = environment.clock
        self.settings = Settings(environment.knobs)

    def clear(self) -> None:
        self.tokens.clear()
        self.users.clear()
        self.counters.clear()

    # -- users

    def add(self, name: str, role: str, password: str | None = None, **more: Any) -> Doc:
        user: Doc = {
            "id": self._new_id(),
            "name": name,
            "description": "",
            "role": role,
            "type": "Internal",
            "identityProviderEntityId": None,
            "mfaEnabled": False,
            "isDefault": False,
            "password": hash_password(password) if password else None,
            **more,
        }
        self.save(user)
        return user

    def _new_id(self) -> str:
        if self.settings.text("id_form") == "uuid":
            return str(uuid.uuid4())
        number = 1 + (self.counters.get("users") or {"last": 0})["last"]
        self.counters.put("users", {"last": number})
        return str(number)

    def save(self, user: Doc) -> None:
        self.users.put(user["id"], user)

    def find(self, name: str) -> Doc | None:
        """assumed: the letter case of a name does not matter; a knob says otherwise."""
        heeded = self.settings.text("name_case") == "heeded"
        wanted = name if heeded else name.lower()
        return next(
            (user for user in self.users.all() if (user["name"] if heeded else user["name"].lower()) == wanted), None
        )

    def forget(self, user: Doc) -> None:
        self.users.remove(user["id"])
        self.tokens.end_account(user["id"])

    def shown(self, user: Doc, call: Call) -> dict[str, Any]:
        return views.user(user, f"{call.origin}/api/{call.revision}/users/{user['id']}")

    # -- who can come in

    def admit(self, op: Op[Any], call: Call) -> None:
        """`page` needs nothing, `user` a token, `admin` a portal administrator's.

        The API version is in the path, and is looked at before the token: 401 tells that it is served.
        """
        if op.access == "page":
            return
        call.revision = call.params.get("version", self.settings.release.versions[0])
        if call.revision not in self.settings.release.versions:
            raise Refusal(problem(404))
        if op.access == "open":
            return
        state, account = self.tokens.check(call.bearer() or "")
        user = self.users.get(account) if state == "valid" else None
        if user is None:
            raise Refusal(problem(401, "The access token is missing, expired or not valid."))
        call.account = user["id"]
        if self.settings.text("eula") == "open" and op.path != "/api/oauth2/token":
            raise Refusal(problem(403, eula=True))
        if op.access == "admin" and user["role"] != ADMIN_ROLE:
            raise Refusal(problem(403))  # assumed: also for a list of users, whatever the role

    def trouble(self, status: int, message: str, origin: str) -> Reply:
        return problem(status, message)

    def no_such_path(self, status: int, origin: str) -> Reply:
        return self.trouble(status, "", origin)

    def is_write(self, method: str, path: str) -> bool:
        return method not in ("GET", "HEAD", "OPTIONS") and not _NOT_A_WRITE.fullmatch(path)

    def expire_tokens(self, keep_refresh: bool) -> None:
        self.tokens.expire_all(keep_refresh)
