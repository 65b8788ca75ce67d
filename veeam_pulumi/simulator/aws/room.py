"""The appliance's state and its gate: who may come in, and with which API revision."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import quote

from ..credentials import Tokens, hash_password, password_matches
from ..exchange import Call, Op, Refusal, Reply
from ..product import World
from ..store import Doc
from . import problems
from .knobs import Settings

ADMIN, ADMIN_PASSWORD = "Admin", "Simulated-Appl1ance"
ADMIN_ROLE = "Portal Administrator"
_REVISION = re.compile(r"\d+\.\d+(-rev\d+)?")
_NOT_A_WRITE = re.compile(r"/api/v1/(token(/authorizationCode)?|users/(validate\w+|export|checkInstanceId))/?")


class Appliance:
    """A Backup for AWS appliance: its users, their sessions, its settings."""

    def __init__(self, world: World) -> None:
        self.users = world.store.shelf("aws.users")
        self.tokens = Tokens(world.clock)
        self.clock = world.clock
        self.settings = Settings(world.knobs)
        self.mfa_keys: dict[str, str] = {}  # TOTP keys cannot be hashed, so they stay out of the state file
        self.pending_mfa: dict[str, tuple[str, str, list[str]]] = {}

    def seed(self) -> None:
        self.tokens.clear()
        self.mfa_keys.clear()
        self.pending_mfa.clear()
        self.users.clear()
        self.add(ADMIN, "Default Admin", ADMIN_PASSWORD, default=True)

    # -- users

    def add(self, name: str, description: str, password: str | None, default: bool = False) -> Doc:
        user = {
            "name": name,
            "description": description,
            "mfaEnabled": False,
            "isDefault": default,
            # 1.0-rev0 knows no role in its users; its token answer names one. assumed: new users get full rights.
            "role": ADMIN_ROLE,
            "password": hash_password(password) if password else None,
            "scratch": [],
        }
        self.save(user)
        return user

    def save(self, user: Doc) -> None:
        self.users.put(user["name"].lower(), user)  # assumed: names are unique without regard to case

    def find(self, name: str) -> Doc | None:
        return self.users.get(name.lower())

    def forget(self, name: str) -> None:
        self.users.remove(name.lower())
        self.tokens.end_account(name.lower())
        self.mfa_keys.pop(name.lower(), None)

    def wire(self, user: Doc, origin: str | None) -> dict[str, Any]:
        """A user as answers show it; without `origin`, without links."""
        shown = {key: user[key] for key in ("name", "description", "mfaEnabled", "isDefault")}
        if origin is not None and self.settings.on("links"):
            href = f"{origin}/api/v1/users/{quote(user['name'], safe='')}"
            mfa = "DisableMfa" if user["mfaEnabled"] else "EnableMfa"
            shown["_links"] = [
                {"method": "GET", "rel": "self", "href": href},
                {"method": "PUT", "rel": "update", "href": href},
                # The collection example of 2.0 has this link for the default administrator too, who cannot be deleted.
                {"method": "DELETE", "rel": "delete", "href": href},
                {"method": "POST", "rel": mfa, "href": f"{href}/{mfa[0].lower()}{mfa[1:]}"},
            ]
        return shown

    # -- the gate

    def admit(self, op: Op[Any], call: Call) -> None:
        """`open` needs the version only, `user` a token, `admin` a token of a Portal Administrator; `page` nothing."""
        if op.access == "page":
            return
        # assumed: the version is looked at before the token.
        call.revision = call.headers.get("x-api-version", "")
        if not call.revision:
            self.refuse(call, "apiVersionUnspecified", "The request header x-api-version is required.")
        if not _REVISION.fullmatch(call.revision):
            self.refuse(call, "invalidApiVersion", f"'{call.revision}' is not an API version.")
        if call.revision not in self.settings.revisions:
            self.refuse(call, "unsupportedApiVersion", f"API version '{call.revision}' is not supported.")
        if op.access == "open":
            return
        token = call.bearer()
        if token is None:
            self.refuse(call, "noAccessToken", "The request carries no access token.")
        state, call.account = self.tokens.check(token)
        if state != "valid":
            self.refuse(call, "expiredAccessToken" if state == "expired" else "invalidAccessToken")
        user = self.users.get(call.account)
        if user is None:
            self.refuse(call, "invalidAccessToken", "The user does not exist any more.")
        if op.access == "admin" and user["role"] != ADMIN_ROLE:
            self.refuse(call, "accessDenied", f"The role {user['role']} does not allow this.")

    def refuse(self, call: Call, kind: str, details: str = "", status: int | None = None) -> NoReturn:
        raise Refusal(problems.problem(kind, call.origin, details, status, self.settings.text("error_key")))

    def trouble(self, status: int, message: str, origin: str) -> Reply:
        return problems.by_status(status, origin, message, self.settings.text("error_key"))

    def is_write(self, method: str, path: str) -> bool:
        return method not in ("GET", "HEAD", "OPTIONS") and not _NOT_A_WRITE.fullmatch(path)

    # -- for tests

    def objects(self) -> dict[str, list[dict[str, Any]]]:
        return {"users": [self.wire(user, None) for user in self.users.all()]}

    def lookup(self, name: str) -> dict[str, Any] | None:
        user = self.find(name)
        return self.wire(user, None) if user else None

    def can_login(self, username: str, password: str) -> bool:
        user = self.find(username)
        return user is not None and password_matches(password, user["password"])

    def expire_tokens(self, keep_refresh: bool) -> None:
        self.tokens.expire_all(keep_refresh)

    def drift(self, action: str, name: str, values: Mapping[str, Any]) -> None:
        """Values: description, password, mfaEnabled, isDefault, role. Rules are not applied: it happened elsewhere."""
        unknown = set(values) - {"description", "password", "mfaEnabled", "isDefault", "role"}
        if unknown:
            raise ValueError(f"aws users have no {', '.join(sorted(unknown))}")
        user = self.find(name)
        if (user is None) != (action == "add"):
            raise ValueError(f"there is {'already' if user else 'no'} user {name} on aws")
        if action == "delete":
            self.forget(name)
            return
        user = user or self.add(name, "", None)
        changes = dict(values)
        if "password" in changes:
            user["password"] = hash_password(str(changes.pop("password")))
        self.save({**user, **changes})
