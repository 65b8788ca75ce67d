"""The server's state and its gate: who may come in, with which revision, and which of the two users APIs is there."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from ..credentials import Tokens, hash_password, password_matches
from ..exchange import Call, Op, Refusal, Reply
from ..product import World
from ..store import Doc
from . import principals, revisions, roles, views
from .errors import error, refusal
from .knobs import Settings

ADMIN, ADMIN_PASSWORD = "LAB\\svc-backup", "Simulated-Serv3r"
_LOGIN = re.compile(r"/api/oauth2/\w+/?", re.I)
_FIELDS = {"name", "type", "roles", "roleId", "isServiceAccount", "description", "accountType", "isEnabled", "password"}


class Server:
    """A Backup & Replication server: role assignments, roles, sessions; and the directory behind it, with passwords."""

    def __init__(self, world: World) -> None:
        self.users = world.store.shelf("vbr.users")
        self.roles = world.store.shelf("vbr.roles")
        self.directory = world.store.shelf("vbr.directory")
        self.tokens = Tokens(world.clock)
        self.clock = world.clock
        self.identity = world.identity
        self.settings = Settings(world.knobs)

    def seed(self) -> None:
        """A Windows installation: the local administrators, and the account that the caller uses."""
        for shelf in (self.users, self.roles, self.directory):
            shelf.clear()
        self.tokens.clear()
        for role in roles.seeds():
            self.roles.put(role["id"], role)
        self.add("BUILTIN\\Administrators", "InternalGroup", [roles.ADMIN_ROLE])
        self.add(ADMIN, "InternalUser", [roles.ADMIN_ROLE])
        self.set_password(ADMIN, ADMIN_PASSWORD)

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

    # -- the gate

    def admit(self, op: Op[Any], call: Call) -> None:
        """`page` needs nothing, `open` a revision, `user` a token, `admin` the role Backup Administrator."""
        if op.access == "page":
            return
        self._check_revision(call)
        self._check_dialect(op, call)
        if op.access == "open":
            return
        state, call.account = self.tokens.check(call.bearer() or "")
        if state == "expired":
            raise refusal(401, "Token is expired", "ExpiredToken")  # assumed: in the enumeration, in no example
        user = self.find(call.account) if state == "valid" else None
        if user is None:
            raise refusal(401)
        if op.access == "admin" and roles.ADMIN_ROLE not in user["roles"]:
            raise refusal(403)

    def _check_revision(self, call: Call) -> None:
        known = self.settings.revisions
        call.revision = call.headers.get("x-api-version", "")
        if not call.revision and self.settings.text("version_header") == "optional":
            call.revision = known[-1]
        if call.revision not in known:
            # The text is a v11 server's; assumed: that a missing header is answered like an unknown revision.
            listed = ", ".join(known)
            raise refusal(
                400, f"Unsupported RESTAPI version. The following versions are supported: {listed}", "NotImplemented"
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

    def is_write(self, method: str, path: str) -> bool:
        return method not in ("GET", "HEAD", "OPTIONS") and not _LOGIN.fullmatch(path)

    # -- for tests

    def objects(self) -> dict[str, list[dict[str, Any]]]:
        newest = self.settings.revisions[-1]
        return {
            "users": [self._shown(user) for user in self.users.all()],
            "roles": [roles.wire(role, newest) for role in self.roles.all()],
        }

    def lookup(self, name: str) -> dict[str, Any] | None:
        user = self.find(name)
        return self._shown(user) if user else None

    def can_login(self, username: str, password: str) -> bool:
        """A directory account with this password, a role here, not disabled, and no second factor to ask for."""
        account, user = self.directory.get(principals.key(username)), self.find(username)
        return (
            account is not None
            and password_matches(password, account["password"])
            and user is not None
            and user["isEnabled"] is not False
            and not self.has_mfa(user)
        )

    def expire_tokens(self, keep_refresh: bool) -> None:
        self.tokens.expire_all(keep_refresh)

    def drift(self, action: str, name: str, values: Mapping[str, Any]) -> None:
        """Values: those of both dialects; roles by name or id; password is the directory's, not the product's."""
        unknown = set(values) - _FIELDS
        if unknown:
            raise ValueError(f"vbr users have no {', '.join(sorted(unknown))}")
        user = self.find(name)
        if (user is None) != (action == "add"):
            raise ValueError(f"there is {'already' if user else 'no'} user {name} on vbr")
        if action == "delete" and user:
            self.users.remove(user["id"])
            self.tokens.end_account(principals.key(user["name"]))
            return
        changes = dict(values)
        if "password" in changes:
            self.set_password(str(changes.get("name", name)), str(changes.pop("password")))
        wanted = changes.pop("roles", None) or ([changes.pop("roleId")] if "roleId" in changes else None)
        if wanted is not None:
            changes["roles"] = [self._role_id(item) for item in wanted]
        if user is None:
            user = self.add(name, "InternalUser", [self._role_id("Backup Viewer")])
        self.users.put(user["id"], {**user, **changes})

    def _role_id(self, wanted: Any) -> str:
        role = self.find_role(str(wanted["id"] if isinstance(wanted, dict) else wanted))
        if role is None:
            raise ValueError(f"vbr has no role {wanted}: {', '.join(str(r['name']) for r in self.roles.all())}")
        return str(role["id"])

    def _shown(self, user: Doc) -> dict[str, Any]:
        if self.settings.text("dialect") == "users":
            return self.in_users(user, every_field=True)
        return self.in_security(user, self.settings.revisions[-1])
