r"""A user of Veeam Backup & Replication: roles for an account of Windows, a directory or an identity provider.

* Two dialects. `security` (13.0.1, revision 1.3-rev1 and later): {name, type, roles[], isServiceAccount}; no PUT on the
  user: roles have one of their own, which replaces the whole set, and the service-account mode a POST whose key is
  `isServiceAccountEnable`. `users`: {username, roleId, accountType, description, isEnabled}, PUT {roleId}.
* Names and type cannot be changed. Servers may show a name in another form than it was given (`TECH\john` as
  `john@tech.local`), so the typed name stays in state and `resolved_name` has the server's.
* Servers send null where their schema requires a value: null is absent.
* Creating is synchronous, 201 with the user. With four-eyes authorization on, a change waits for a second
  administrator: of the users that a process creates, the first is read back before any answer is believed.
* Service-account mode turns MFA off, so it comes last.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, Field

from ... import vocabulary
from ...errors import AlreadyExists, InvalidInput, ServerRefused, VeeamError
from ...resource.fields import (
    ConnectionName,
    Inputs,
    Normal,
    Problem,
    Row,
    State,
    computed,
    identity,
    kept,
    replace,
    unordered,
)
from ...resource.grant import Grant
from ...resource.resource import Resource
from ...resource.types import Name, Switch, Text
from ...server.body import require_row
from ...server.names import fold, same_name
from ..account_names import alike, user_part
from . import guard, rights, rows
from . import roles as role
from .dialects import name_of, new_user, refuse_foreign
from .session import ROW, USERS, VbrSession

Type = Literal["InternalUser", "InternalGroup", "ExternalUser", "ExternalGroup"]
AccountType = Literal["Local", "ActiveDirectory"]


class UserInputs(Inputs):
    connection: ConnectionName = "vbr"
    name: Annotated[Name, identity, kept, replace, Normal(fold)] = Field(
        description=r"The account: `DOMAIN\name`, `name@domain.tld`, or `.\name` on an appliance. Case does not matter."
    )
    roles: Annotated[list[Name], Field(min_length=1), unordered, Normal(role.normal)] = Field(
        description="Names or ids of roles, at least one, a `vbr.Role` by its id; in the dialect `users` exactly one. "
        "Order, case and a leading `Veeam ` do not matter."
    )
    type: Annotated[Type, replace] = Field(
        "InternalUser",
        description="Where the account is: internal is Windows or Active Directory, external an identity "
        "provider. The dialect `users` has internal users only.",
    )
    is_service_account: Switch = Field(
        False, description="Logs in without a second factor. Not for groups. Dialect `security` only."
    )
    description: Text = Field("", description="Any text. Dialect `users` only.")
    account_type: Annotated[AccountType | None, replace, computed] = Field(
        None, description="Left out, it follows from the name. Dialect `users` only."
    )
    is_enabled: Switch = Field(True, description="Whether the account can log in. Dialect `users` only.")


class UserOutputs(BaseModel):
    role_ids: dict[str, str] = Field(description="The server's id of each role, by the role as written.")
    resolved_name: str = Field(description="The account as the server names it.")
    mfa_enabled: bool | None = Field(
        None, description="Whether the account has a second factor; none before 13.1, which does not say so."
    )
    custom_permissions: dict[str, list[str]] | None = Field(
        None, description="Of custom roles that the account has: what the server says that they may, by the role's id."
    )


class VbrUser(Resource[UserInputs, VbrSession]):
    """A user or group of a backup server: roles for an account that exists in Windows or a directory.

    The server never makes the account itself, and never deletes it. Needs VBR 13.0.1 (build 13.0.1.180) for
    `/api/v1/security/users`, the dialect `security`, or a server with `/api/v1/users`, the dialect `users`. The id is
    the server's UUID.
    """

    kind = "vbr.User"
    inputs = UserInputs
    outputs = UserOutputs
    derived: ClassVar = {"resolved_name": "name", "role_ids": "roles"}
    follows: ClassVar = {"custom_permissions": ("roles",)}

    def problems(self, inputs: State) -> Iterator[Problem]:
        if inputs.get("is_service_account") is True and str(inputs.get("type", "")).endswith("Group"):
            yield Problem("is_service_account", "must be False for a group: only users can be service accounts")

    def same(self, name: str, old: State, new: State) -> bool:
        if name == "roles" and old.get("roles") and new.get("roles"):
            return role.same(old["roles"], new["roles"], {**(new.get("role_ids") or {}), **(old.get("role_ids") or {})})
        return super().same(name, old, new)

    def project(self, live: State, known: State) -> State:
        state = super().project(live, known)
        if live.get("role_ids"):  # by the roles as written
            state["role_ids"] = role.ids_of(state["roles"], live["role_ids"], known.get("role_ids") or {})
        return state

    def create(self, session: VbrSession, inputs: UserInputs) -> tuple[str, State | None]:
        refuse_foreign(session.dialect, inputs)
        found = role.resolve(session, inputs.roles)
        body = new_user(session.dialect, inputs, found)
        with session.first_create():
            try:
                made = session.write("POST", USERS[session.dialect], body)
            except ServerRefused as error:
                raise self._explained(session, inputs, error) from None
            # Accepted without the user: it must be there, or it waits for approval.
            id = made.get("id") if isinstance(made, dict) else None
            id = id if id and isinstance(id, str) else next(iter(self.lookalikes(self.rows(session), inputs)), None)
            if id is None:
                raise InvalidInput(
                    "the server accepted the user, but has none of that name",
                    "if it asks a second administrator to approve changes (four-eyes), have it approved, then "
                    + vocabulary.head.again_adopting,
                )
            try:
                if not session.keeps_what_it_accepts:
                    values = self.read(session, id)
                    session.keeps_what_it_accepts = True
                else:
                    values = self.values(session, require_row(made, ROW, "id", id))
            except VeeamError:  # read again, where what is wrong with it is said
                return id, None
        return id, values if rows.is_whole(session.dialect, values) else None

    def _explained(self, session: VbrSession, inputs: UserInputs, error: ServerRefused) -> VeeamError:
        """What a refused create comes from, where a look at the server tells: it may show the name in another form."""
        if error.status in (400, 409):
            with contextlib.suppress(VeeamError):
                for id, name in self.lookalikes(self.rows(session), inputs).items():
                    return AlreadyExists(
                        f"{error.cause}; the server has {name!r} (id {id}), which seems to be the same account",
                        f"write its name as {name!r}: in that form {vocabulary.head.adopt}",
                        id=id,
                    )
        return error

    def row(self, session: VbrSession, id: str) -> Row:
        found: Row = require_row(session.get(session.user(id)), ROW, "id", id)
        return found

    def rows(self, session: VbrSession) -> Iterator[tuple[str, Row]]:
        return ((str(row["id"]), row) for row in session.rows(USERS[session.dialect]))

    def values(self, session: VbrSession, row: Row) -> State:
        return rows.values(session.dialect, row) | rights.listed(session, row)

    def update(self, session: VbrSession, id: str, old: State, new: UserInputs, changed: frozenset[str]) -> None:
        refuse_foreign(session.dialect, new)
        path, found = session.user(id), role.resolve(session, new.roles)
        wanted = {str(one["id"]) for one in found.values()}
        # Another spelling of the roles it has sends nothing.
        new_roles = "roles" in changed and wanted != set((old.get("role_ids") or {}).values())
        if session.dialect == "users":
            body: dict[str, Any] = {"roleId": next(iter(wanted))} if new_roles else {}
            body |= {"description": new.description} if "description" in changed else {}
            body |= {"isEnabled": new.is_enabled} if "is_enabled" in changed else {}
            if body:
                session.write("PUT", path, body)
            return
        mode = {"isServiceAccountEnable": new.is_service_account}
        if "is_service_account" in changed and not new.is_service_account:
            session.write("POST", f"{path}/changeServiceAccountMode", mode)
        if new_roles:
            session.write("PUT", f"{path}/roles", {"roles": role.references(found)})
        if "is_service_account" in changed and new.is_service_account:
            session.write("POST", f"{path}/changeServiceAccountMode", mode)

    def delete(self, session: VbrSession, id: str, state: State) -> None:
        session.write("DELETE", session.user(id))

    def is_own_login(self, session: VbrSession, id: str, values: State) -> bool:
        return guard.is_own_login(session, values)

    def protect(self, session: VbrSession, id: str, state: State) -> None:
        guard.refuse_lockout(session, id, state)

    def protect_update(
        self, session: VbrSession, id: str, old: State, new: UserInputs, changed: frozenset[str]
    ) -> None:
        wanted = role.resolve(session, new.roles).values() if "roles" in changed else None
        guard.refuse_demotion(session, id, old, wanted, "is_enabled" in changed and not new.is_enabled)

    def matches(self, row: Row, inputs: UserInputs) -> bool:
        return same_name(name_of(row), inputs.name)

    def key(self, values: State) -> str:
        return user_part(str(values.get("name")))

    def lookalikes(self, rows: Iterable[tuple[str, Row]], inputs: UserInputs) -> dict[str, str]:
        # Not the server's name filter: that would miss a name shown in another form. The same form goes first.
        found = [(id, name_of(row)) for id, row in rows if alike(name_of(row), inputs.name)]
        return dict(sorted(found, key=lambda one: not same_name(one[1], inputs.name)))

    def grant(self, values: State) -> Grant:
        return rights.grant(values)

    def grant_now(self, session: VbrSession, values: State) -> Grant:
        return rights.grant_now(session, values)

    def collection(self, session: VbrSession) -> str:
        return USERS[session.dialect]
