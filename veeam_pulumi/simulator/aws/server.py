"""The appliance's state, and who can come in with which API revision."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from ..credentials import Tokens, hash_password
from ..product import Environment
from ..routing import Call, Op, Refusal, Reply
from ..store import Doc
from . import errors, views
from .knobs import Settings

ADMIN_ROLE = "Portal Administrator"
_REVISION = re.compile(r"\d+\.\d+(-rev\d+)?")
_NOT_A_WRITE = re.compile(r"/api/v1/(token(/authorizationCode)?|users/(validate\w+|export|checkInstanceId))/?")


class Server:
    """A Backup for AWS appliance: its users, their sessions, its settings."""

    def __init__(self, environment: Environment) -> None:
        self.users = environment.store.shelf("aws.users")
        self.tokens = Tokens(environment.clock)
        self.clock = environment.clock
        self.settings = Settings(environment.knobs)
        self.mfa_keys: dict[str, str] = {}  # TOTP keys cannot be hashed, so they stay out of the state file
        self.pending_mfa: dict[str, tuple[str, str, list[str]]] = {}

    def clear(self) -> None:
        self.tokens.clear()
        self.mfa_keys.clear()
        self.pending_mfa.clear()
        self.users.clear()

    # -- users

    def add(self, name: str, description: str, password: str | None, default: bool = False) -> Doc:
        user = {
            "name": name,
            "description": description,
            "mfaEnabled": False,
            "isDefault": default,
            # 1.0-rev0 knows no role in its users; its token answer names one. assumed: new users get full rights.
            "role": ADMIN_ROLE if default else self.settings.text("new_role"),
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

    def shown(self, user: Doc, call: Call) -> dict[str, Any]:
        shown = views.user(user, call.origin if self.settings.on("links") else "")
        return {**shown, "role": user["role"]} if self.settings.on("shows_role") else shown

    # -- who can come in

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
        reply = errors.problem(kind, call.origin, details, status, self.settings.text("error_key"))
        if kind == "resourceNotFound" and self.settings.text("not_found") != "own":
            reply = errors.framework(404) if self.settings.text("not_found") == "framework" else Reply(404)
        if kind == "validationError" and reply.status == 400 and self.settings.text("invalid") == "framework":
            reply = errors.framework(400, details)
        raise Refusal(reply)

    def trouble(self, status: int, message: str, origin: str) -> Reply:
        return errors.by_status(status, origin, message, self.settings.text("error_key"))

    def no_such_path(self, status: int, origin: str) -> Reply:
        how = self.settings.text("not_found") if status == 404 else "own"
        if how == "own":
            return self.trouble(status, "", origin)
        return errors.framework(404) if how == "framework" else Reply(404)

    def is_write(self, method: str, path: str) -> bool:
        return method not in ("GET", "HEAD", "OPTIONS") and not _NOT_A_WRITE.fullmatch(path)

    def expire_tokens(self, keep_refresh: bool) -> None:
        self.tokens.expire_all(keep_refresh)
