"""The server's state, and who can come in with which revision, and which of the two users APIs is there."""

from __future__ import annotations

import re
import uuid
from typing import Any

from ..credentials import Tokens, hash_password
from ..product import Environment
from ..routing import Call, Op, Refusal, Reply
from ..store import Doc
from . import principals, revisions, roles, views
from .errors import error, refusal
from .knobs import Settings

_CHANGES_NOTHING = re.compile(r"/api/(oauth2/\w+|v1/connectionCertificate)/?", re.I)


class Server:
    """A Backup & Replication server: role assignments, roles, credentials, sessions; the directory behind it, with
    passwords."""

    def __init__(self, environment: Environment) -> None:
        self.users = environment.store.shelf("vbr.users")
        self.roles = environment.store.shelf("vbr.roles")
        self.directory = environment.store.shelf("vbr.directory")
        self.events = environment.store.shelf("vbr.events")
        self.credentials = environment.store.shelf("vbr.credentials")
        self.managed = environment.store.shelf("vbr.managed")
        self.sessions = environment.store.shelf("vbr.sessions")
        self.tokens = Tokens(environment.clock)
        self.clock = environment.clock
        self.identity = environment.identity
        self.settings = Settings(environment.knobs)

    def clear(self) -> None:
        for shelf in (
            self.users,
            self.roles,
            self.directory,
            self.events,
            self.credentials,
            self.managed,
            self.sessions,
        ):
            shelf.clear()
        self.tokens.clear()

    # -- users

    def add(self, name: str, type_: str, role_ids: list[str], service: bool = False, **optional: Any) -> Doc:
        """`optional`: description, accountType, isEnabled of the users dialect; None where they were not given."""
        user: Doc = {
            "id": str(uuid.uuid4()),
            "name": principals.canonical(name, self.settings.text("canonical")),
            "type": type_,
            "roles": role_ids,
            "isServiceAccount": service,
            "description": optional.get("description"),
            "accountType": optional.get("accountType") or principals.account_type(name),
            "isEnabled": optional.get("isEnabled"),
        }
        self.users.put(user["id"], user)
        return user

    def find(self, name: str) -> Doc | None:
        wanted = principals.key(name)
        return next((user for user in self.users.all() if principals.key(user["name"]) == wanted), None)

    def has_mfa(self, user: Doc) -> bool:
        """Groups and service accounts are exempt (documented)."""
        return self.settings.mfa and not user["isServiceAccount"] and user["type"].endswith("User")

    def administrators(self) -> list[Doc]:
        return [user for user in self.users.all() if roles.ADMIN_ROLE in user["roles"]]

    def set_password(self, name: str, password: str) -> None:
        """A password of the directory: the product itself keeps none."""
        self.directory.put(principals.key(name), {"name": name, "password": hash_password(password)})

    def find_role(self, name_or_id: str) -> Doc | None:
        return self.roles.get(name_or_id.lower()) or next(
            (role for role in self.roles.all() if roles.same_name(role, name_or_id)), None
        )

    def in_security(self, user: Doc, revision: str) -> dict[str, Any]:
        return views.security(user, self._roles_of(user), revision, self.has_mfa(user))

    def in_users(self, user: Doc, every_field: bool) -> dict[str, Any]:
        return views.users(user, self._roles_of(user), every_field)

    def _roles_of(self, user: Doc) -> list[Doc]:
        return [role for role in (self.roles.get(id_) for id_ in user["roles"]) if role is not None]

    # -- who can come in

    def admit(self, op: Op[Any], call: Call) -> None:
        """`page` needs nothing, `open` a revision, `user` a token, `admin` the role Backup Administrator.

        `security`: that role, or Security Administrator; `store`: whoever can store credentials, operators too.
        """
        if op.access == "page":
            return
        self._check_revision(call)
        self._check_dialect(op, call)
        if op.access == "open":
            return
        state, call.account = self.tokens.check(call.bearer() or "")
        if state != "valid" and call.bearer() and self.settings.text("rejected_token") == "empty":
            raise Refusal(Reply(401))
        if state == "expired":
            raise refusal(401, "Token is expired", "ExpiredToken")  # assumed: in the enumeration, in no example
        user = self.find(call.account) if state == "valid" else None
        if user is None:
            raise refusal(401)
        admitted = roles.admitted(op.access, call.revision)
        if admitted is not None and admitted.isdisjoint(user["roles"]):
            raise refusal(403)

    def _check_revision(self, call: Call) -> None:
        known = self.settings.revisions
        call.revision = call.headers.get("x-api-version", "")
        if not call.revision and self.settings.text("version_header") == "optional":
            call.revision = known[-1]
        if call.revision not in known:
            # assumed: a missing header is answered like an unknown revision.
            if self.settings.version >= (13, 1):
                raise refusal(400, "The specified API version is not supported.", "NotImplemented")
            # In the words of live servers of 11 and 12.2; the errorCode is in no contract.
            listed = ", ".join(f"v{revision}" for revision in known)
            raise refusal(
                400, f"Unsupported RESTAPI version. The following versions are supported: {listed}", "BadRequest"
            )

    def _check_dialect(self, op: Op[Any], call: Call) -> None:
        """`since` of a route: a dialect, or the revision that brought it (the security dialect then)."""
        dialect = self.settings.text("dialect")
        if not op.since:
            return
        if dialect not in ("both", "users" if op.since == "users" else "security"):
            raise Refusal(self.trouble(404, "", call.origin))
        if op.since != "users" and not revisions.at_least(call.revision, op.since):
            # No document says what the path answers under an older revision.
            how = self.settings.text("old_revision")
            if how == "404_empty":
                raise Refusal(Reply(404))
            raise (
                refusal(400, "The specified API version is not supported.", "NotImplemented")
                if how == "400"
                else refusal(404)
            )

    def trouble(self, status: int, message: str, origin: str) -> Reply:
        return error(status, message)  # assumed: an unknown path is answered like an unknown resource

    def no_such_path(self, status: int, origin: str) -> Reply:
        return self.trouble(status, "", origin)

    def is_write(self, method: str, path: str) -> bool:
        return method not in ("GET", "HEAD", "OPTIONS") and not _CHANGES_NOTHING.fullmatch(path)

    def expire_tokens(self, keep_refresh: bool) -> None:
        self.tokens.expire_all(keep_refresh)
