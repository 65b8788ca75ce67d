"""An API key of a user of Veeam Service Provider Console: a machine's way in, as that user.

* POST /users/{user}/logins/apikey has everything in its query, and the key in `parameters` of its answer: once, and
  never again. So the key is kept from the create.
* A create whose answer is lost leaves a key that nobody can use. Each create carries a random mark in the description:
  a key with the mark of this very create is revoked, any other is left alone: the next create of that description
  says that it is there. Once the key is here, the mark goes.
* A repeat under the same X-Request-id is the same request (main file), and is tried first.
* `scopes` is written once for each, as the contract says. Only description and status change; everything else is
  another key. `disabledDueTo…` comes from the server.
* Deleting revokes it at once. Which key a connection logs in with, no read tells: a key of the connection's own user
  whose secret is not known may be it.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, SecretStr

from ... import redaction
from ...errors import InvalidInput, NotFound, Protected, UnexpectedAnswer, VeeamError
from ...resource.fields import ConnectionName, Inputs, Marker, Row, State, identity, kept, replace, unordered
from ...resource.grant import Grant, every_right, text, unreadable
from ...resource.identity import path_part, same_id
from ...resource.resource import Resource
from ...resource.types import Guid, Name, Switch
from ...server.body import fitting
from . import api_key_mark
from .names import USERS
from .patch import patch
from .session import VspcSession

LOGINS = f"{USERS}/logins"
ROW = {
    "id": int, "userUid": str, "userName": str, "description": str, "status": str, "isReadAccessOnly": bool,
    "identityProviderName": str, "creationDate": str, "scopes": [str],
}  # fmt: skip
Scope = Literal["integration", "rest", "ui"]
OnOff = Literal["enabled", "disabled"]


class ApiKeyInputs(Inputs):
    connection: ConnectionName = "vspc"
    user: Annotated[Guid, identity, replace] = Field(description="The UID of the user: the `id` of a `vspc.User`.")
    description: Annotated[Name, Field(max_length=100, pattern=r"^[^<>=]+$"), identity] = Field(
        description="What the key is for: 1 to 100 characters without `<`, `>` and `=`; tells it from other keys of "
        "the user."
    )
    is_read_access_only: Annotated[Switch, replace] = Field(False, description="Whether it may only read.")
    scopes: Annotated[list[Scope], Field(min_length=1), unordered, replace] = Field(
        ["rest"], description="What it is for, one or more."
    )
    status: OnOff = Field("enabled", description="Whether it counts.")


class ApiKeyOutputs(BaseModel):
    # The marker's short name would be this field here.
    secret: Annotated[SecretStr | None, Marker.secret, kept] = Field(
        None, description="The key itself, a secret; none for a key that was made elsewhere."
    )
    user_name: str | None = Field(None, description="The name of the user.")
    creation_date: str | None = Field(None, description="When it was made, as the server writes it.")


class VspcApiKey(Resource[ApiKeyInputs, VspcSession]):
    """An API key of a user: a machine's way in, as that user.

    The id is a number. The key is shown once, when it is made: `secret` keeps it, as a secret.
    """

    kind = "vspc.ApiKey"
    id_is_name = True  # a small number, which another console has too
    owner_kind = "vspc.User"
    inputs = ApiKeyInputs
    outputs = ApiKeyOutputs

    def create(self, session: VspcSession, inputs: ApiKeyInputs) -> tuple[str, State | None]:
        mark = api_key_mark.new()
        params = {
            "description": f"{inputs.description} {mark}",
            "scopes": list(inputs.scopes),
            "isReadAccessOnly": str(inputs.is_read_access_only).lower(),
        }
        path = f"{USERS}/{path_part(inputs.user)}/logins/apikey"
        row = api_key_mark.create(session, path, params, mark, lambda: self._of(session))
        id, key = str(row["id"]), row["parameters"]
        redaction.learn(key)
        known = {"user": inputs.user, "description": inputs.description, "scopes": list(inputs.scopes)}
        values: State = {**known, "is_read_access_only": inputs.is_read_access_only, "secret": key}
        with contextlib.suppress(UnexpectedAnswer):  # what else the answer says is less than what it must not lose
            values |= _values({**fitting(row, ROW, "the API key"), "description": inputs.description})
        writes = {
            "/description": inputs.description,
            **({"/status": "disabled"} if inputs.status == "disabled" else {}),
        }
        try:
            patch(session, _path(inputs.user, id), writes)
            values["status"] = inputs.status
        except VeeamError as error:  # it is there, and its secret is only here
            session.warn(f"the API key {id} was created, but its description still ends with {mark}: {error.cause}")
            values["description"] = params["description"]
        return id, values

    def _of(self, session: VspcSession, **params: Any) -> list[dict[str, Any]]:
        rows = session.rows(LOGINS, key="id", shape=ROW, **params)
        return [row for row in rows if row.get("identityProviderName") == "AK"]

    def row(self, session: VspcSession, id: str) -> Row:
        if not id.isascii() or not id.isdecimal():
            raise InvalidInput(
                f"{id!r} is not the id of an API key", "ids are numbers: GET /api/v3/users/logins lists them"
            )
        rule = [{"property": "id", "operation": "equals", "value": int(id)}]
        found = [row for row in self._of(session, filter=json.dumps(rule)) if str(row["id"]) == id]
        if not found:
            raise NotFound(f"the list of logins has no {id}", status=404, words="not in the list of logins")
        return found[0]

    def rows(self, session: VspcSession) -> Iterator[tuple[str, Row]]:
        return ((str(row["id"]), row) for row in self._of(session))

    def values(self, session: VspcSession, row: Row) -> State:
        return _values(row)

    def update(self, session: VspcSession, id: str, old: State, new: ApiKeyInputs, changed: frozenset[str]) -> None:
        simple = {"description": "/description", "status": "/status"}
        patch(session, _path(new.user, id), {at: getattr(new, name) for name, at in simple.items() if name in changed})

    def delete(self, session: VspcSession, id: str, state: State) -> None:
        session.write("DELETE", _path(str(state["user"]), id))

    def protect(self, session: VspcSession, id: str, state: State) -> None:
        token, secret = session.settings.token, state.get("secret")
        if token is None or secret not in (None, token.get_secret_value()):
            return
        if secret or same_id(str(state.get("user")), str(session.me().get("instanceUid"))):
            sure = "is" if secret else "may be"
            raise Protected(
                f"it {sure} the key that this connection logs in with: it is not revoked or disabled",
                f"log in with another: {session.connection.how_to_set('token')}",
            )

    def protect_update(
        self, session: VspcSession, id: str, old: State, new: ApiKeyInputs, changed: frozenset[str]
    ) -> None:
        if "status" in changed and new.status == "disabled":
            self.protect(session, id, old)

    def matches(self, row: Row, inputs: ApiKeyInputs) -> bool:
        return same_id(str(row.get("userUid")), inputs.user) and row.get("description") == inputs.description

    def picked(self, session: VspcSession, rows: Iterable[tuple[str, Row]], inputs: ApiKeyInputs) -> str | None:
        known = [(id, row) for id, row in rows if same_id(str(row.get("userUid")), inputs.user)]
        api_key_mark.warn_of_left(session, known, inputs.description)
        return super().picked(session, known, inputs)

    def grant(self, values: State) -> Grant:
        by, why = "POST /users/{user}/logins/apikey", "an API key may what its user may"
        account = text(values.get("user_name") or values.get("user"))
        connection = text(values.get("connection") or "vspc")
        status, reads = values.get("status"), values.get("is_read_access_only")
        enabled = status != "disabled"
        if reads is True:
            reading = ("read-only API key",)
            return Grant(account, connection, reading, principal="key", enabled=enabled, service_account=True)
        return Grant(
            account,
            connection,
            ("API key",),
            every_right(f"{by}: {why}", "API key"),
            (why,),
            principal="key",
            enabled=enabled,
            may_be_off=unreadable(status, "enabled", "disabled") or unreadable(reads, False),
            service_account=True,
            same_as=str(values.get("user") or ""),
        )

    def blind_spot(self, session: VspcSession, id: str, state: State) -> str:
        return session.sees_a_part()

    def collection(self, session: VspcSession) -> str:
        return LOGINS


def _path(user: str, id: str) -> str:
    return f"{USERS}/{path_part(user)}/logins/{path_part(id)}"


def _values(row: dict[str, Any]) -> State:
    status = str(row.get("status"))
    return {
        "user": row.get("userUid"),
        "description": row.get("description"),
        "is_read_access_only": row.get("isReadAccessOnly"),
        "scopes": row.get("scopes") or None,
        # What the server disabled (disabledDueToUser, …) is its own business.
        "status": status if status in ("enabled", "disabled") else None,
        "user_name": row.get("userName"),
        "creation_date": row.get("creationDate"),
    }
