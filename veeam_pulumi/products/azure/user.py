"""A user of Veeam Backup for Microsoft Azure: a name, a role, and a password or an identity provider behind it.

* POST /users -> 201 with the user (200 before version 3), PUT /users/{id} with what changes -> 200, DELETE -> 204; no
  request is answered with 202. Ids are texts, numbers as a rule. Requests may hold only the members of their model.
* The web interface cannot rename a user, and whether PUT does is not said: another name is another user. `type` and
  the identity provider are for creating only.
* A PUT sets a password without the old one. No answer ever holds one: its drift cannot be seen.
* Names have at most 32 letters, digits, `_` and `-`; those of an identity provider are what it calls the user. Whether
  case counts is not said: a name that differs in case alone is refused here. Descriptions hold letters, digits, dots,
  commas and spaces only, says the guide; the server decides.
* Roles that other products' accounts have (`VeeamUpdater`, `IntegrationOperator`) cannot be given.
* An unknown id is answered with 404 or 400, so a user is gone when a complete list does not have it.
* The default administrator and the last portal administrator with a password stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from ...errors import InvalidInput, NotFound, Protected, ServerRefused
from ...resource.fields import ConnectionName, Inputs, Problem, Row, State, identity, replace, secret, write_only
from ...resource.grant import Grant, rights_of, text, texts
from ...resource.identity import path_part
from ...resource.resource import Resource
from ...resource.types import Name, Secret, Text, VerifyPassword
from ...server.body import fitting, require_row
from ...server.names import fold, same_name
from ...server.paging import all_rows
from .rights import ROLES
from .rows import ROW, values_of
from .session import AzureSession

ADMINISTRATOR = "PortalAdmin"
OF_OTHER_PRODUCTS = ("VeeamUpdater", "IntegrationOperator")
"""Roles of accounts that other products make for themselves."""
Role = Literal["PortalAdmin", "PortalOperator", "RestoreOperator", "ReadOnlyUser"]
Type = Literal["Internal", "IdentityProvider"]


class UserInputs(Inputs):
    connection: ConnectionName = "azure"
    name: Annotated[Name, identity, replace] = Field(
        description="What to log in with: at most 32 Latin letters, digits, `_` and `-`; of a user of an identity "
        "provider what that calls them."
    )
    role: Role = Field(description="What the user may do; the first two can delete backups.")
    password: Annotated[Secret | None, secret, write_only] = Field(
        None, description="The password; needed to create a user of the type Internal."
    )
    description: Text = Field("", description="Letters, digits, dots, commas and spaces.")
    type: Annotated[Type, replace] = Field(
        "Internal", description="Who keeps the password: the appliance or an identity provider."
    )
    identity_provider_entity_id: Annotated[Name | None, replace] = Field(
        None, description="The identity provider of a user of the type IdentityProvider, by its entity id."
    )
    verify_password: VerifyPassword = False


class UserOutputs(BaseModel):
    mfa_enabled: bool = Field(description="Whether the user has a second factor.")
    is_default: bool = Field(description="Whether it is the appliance's default administrator.")


class AzureUser(Resource[UserInputs, AzureSession]):
    """A user of a Backup for Azure appliance.

    The id is the server's own. Passwords are never returned: what somebody else changed there cannot be seen.
    """

    kind = "azure.User"
    id_is_name = True  # a small number, which another appliance has too
    inputs = UserInputs
    outputs = UserOutputs

    def problems(self, inputs: State) -> Iterator[Problem]:
        name, external = inputs.get("name"), inputs.get("type") == "IdentityProvider"
        if isinstance(name, str) and inputs.get("type") == "Internal" and not re.fullmatch("[A-Za-z0-9_-]{1,32}", name):
            yield Problem("name", "must be 1 to 32 Latin letters, digits, _ and -")
        if external and inputs.get("password") is not None:
            yield Problem("password", "is for the type Internal: an identity provider keeps its own", secret=True)
        if inputs.get("type") == "Internal" and isinstance(inputs.get("identity_provider_entity_id"), str):
            yield Problem("identity_provider_entity_id", "is for the type IdentityProvider")

    def needs(self, inputs: State) -> Iterator[Problem]:
        if inputs.get("type") == "Internal" and inputs.get("password") is None:
            yield Problem("password", "is required to create a user of the type Internal", secret=True)
        if inputs.get("type") == "IdentityProvider" and inputs.get("identity_provider_entity_id") is None:
            yield Problem("identity_provider_entity_id", "is required to create a user of the type IdentityProvider")

    def create(self, session: AzureSession, inputs: UserInputs) -> tuple[str, State | None]:
        body = {
            "name": inputs.name,
            "description": inputs.description,
            "role": inputs.role,
            "type": inputs.type,
            **({"password": inputs.password} if inputs.password else {}),
            **({"identityProviderEntityId": inputs.identity_provider_entity_id} if inputs.type != "Internal" else {}),
        }
        made = session.write("POST", session.path("users"), body)
        if isinstance(made, dict) and made.get("id") and made.get("name") == inputs.name:
            fitting(made, ROW, "the user")
            return str(made["id"]), values_of(made)
        found = self.find(session, inputs)
        if found is None:
            raise InvalidInput("the server accepted the user, but has none of that name", "look at it, then run again")
        return found, None

    def row(self, session: AzureSession, id: str) -> Row:
        try:
            found: Row = require_row(session.get(_path(session, id)), ROW, "id", id)
            return found
        except ServerRefused as error:
            if error.status not in (400, 404):
                raise
            listed = next((row for known, row in self.rows(session) if known == id), None)
        if listed is None:
            raise NotFound(f"the list of users has no {id}", status=404, words="not in the list of users")
        return listed

    def rows(self, session: AzureSession) -> Iterator[tuple[str, Row]]:
        def page(offset: int, limit: int) -> tuple[Any, Any]:
            body = session.get(session.path("users"), Offset=offset, Limit=limit)
            return body.get("results"), body.get("totalCount")

        for row in all_rows(page, "id", shape=ROW):
            yield str(row["id"]), row

    def values(self, session: AzureSession, row: Row) -> State:
        return values_of(row)

    def update(self, session: AzureSession, id: str, old: State, new: UserInputs, changed: frozenset[str]) -> None:
        body: dict[str, Any] = {name: getattr(new, name) for name in ("role", "description") if name in changed}
        if "password" in changed and new.password is not None:
            body["password"] = new.password
        if body:
            session.write("PUT", _path(session, id), body)

    def delete(self, session: AzureSession, id: str, state: State) -> None:
        try:
            session.write("DELETE", _path(session, id))
        except ServerRefused as error:
            if error.status in (400, 404):
                self.row(session, id)
            raise

    def is_own_login(self, session: AzureSession, id: str, values: State) -> bool:
        return same_name(str(values.get("name")), session.settings.username or "")

    def protect(self, session: AzureSession, id: str, state: State) -> None:
        if state.get("is_default"):
            raise Protected.default_administrator("appliance")
        if self.is_own_login(session, id, state):
            raise Protected.own_login(session.connection.how_to_set("username", "NAME"))
        if not _administers(state):
            return

        def administrators() -> set[str]:
            return {known for known, row in self.rows(session) if _administers(values_of(row))}

        if not session.may_leave(id, administrators):
            raise Protected.last_administrator(ADMINISTRATOR)

    def protect_update(
        self, session: AzureSession, id: str, old: State, new: UserInputs, changed: frozenset[str]
    ) -> None:
        if "role" in changed and old.get("role") == ADMINISTRATOR:
            self.protect(session, id, old)

    def matches(self, row: Row, inputs: UserInputs) -> bool:
        return same_name(str(row.get("name")), inputs.name)

    def key(self, values: State) -> str:
        return fold(str(values.get("name")))

    def picked(self, session: AzureSession, rows: Iterable[tuple[str, Row]], inputs: UserInputs) -> str | None:
        found = [(id, str(row["name"])) for id, row in rows if self.matches(row, inputs)]
        exact = [id for id, name in found if name == inputs.name]
        if found and not exact:
            raise InvalidInput(f"there is a user {found[0][1]!r}, which differs in case alone", "write it like that")
        return next(iter(exact), None)

    def grant(self, values: State) -> Grant:
        roles, mfa = texts(values.get("role")), values.get("mfa_enabled")
        rights, unknown = rights_of(roles, ROLES, str.lower)
        return Grant(
            text(values.get("name")),
            text(values.get("connection") or "azure"),
            roles,
            rights,
            unknown,
            principal="account",
            type=text(values.get("type") or "Internal"),
            mfa=mfa if isinstance(mfa, bool) and values.get("type") != "IdentityProvider" else None,
            built_in=values.get("is_default") is True or text(values.get("role")) in OF_OTHER_PRODUCTS,
        )

    def verified_login(self, inputs: UserInputs, live: State) -> str | None:
        return inputs.name if inputs.verify_password and not live.get("mfa_enabled") else None

    def collection(self, session: AzureSession) -> str:
        return session.path("users")


def _administers(state: State) -> bool:
    return state.get("role") == ADMINISTRATOR and state.get("type", "Internal") == "Internal"


def _path(session: AzureSession, id: str) -> str:
    return session.path(f"users/{path_part(id)}")
