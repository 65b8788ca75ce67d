"""A user of Veeam Backup for AWS.

* The name is the id (there is no other) and cannot be changed; it is percent-encoded in paths (`svc$`, `@`).
* POST /api/v1/users {name, description, password} -> 201 with the user. Revision 1.0-rev0 has no role to choose: the
  server gives its default, probably full administration. Which one that is, only a login of the new user tells.
* PUT /api/v1/users/{name} {description, password, oldPassword}: documents contradict each other on whether
  `oldPassword` is required, so it is sent whenever it is known. A wrong one is refused, also where only the description
  changes.
* No answer ever holds a password: its drift cannot be seen.
* validateName, validateDescription and validatePassword (1.0-rev0) say what the server's rules are; rules differ by
  version (2.0: 8 characters with upper, lower, digit; 10: a special one too). They are asked why a user was refused.
* The default administrator (`isDefault`) cannot be removed. A 404 may be the web framework's own, or empty.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field, SecretStr

from ...errors import AnswerLost, NotFound, Protected, ServerRefused, UnexpectedAnswer, VeeamError
from ...resource.fields import ConnectionName, Inputs, Normal, Row, State, identity, kept, replace, secret, write_only
from ...resource.grant import Grant, rights_of, text, texts
from ...resource.identity import path_part
from ...resource.resource import Resource
from ...resource.types import Name, Secret, Text, VerifyPassword
from ...server.body import fitting, require_row
from ...server.names import fold, same_name
from ...server.paging import all_rows
from .rights import ROLES
from .rows import ROW, values_of
from .session import AwsSession

USERS = "/api/v1/users"
CHANGED_OUTSIDE = (
    "if the password was changed outside this program, give the one that the server has now as current_password"
)
DEFAULT_ROLE = "the server's default role"


class UserInputs(Inputs):
    connection: ConnectionName = "aws"
    name: Annotated[Name, identity, replace, Normal(fold)] = Field(
        description="Lower-case Latin letters, digits, `_`, `-`, and `$` at the end; at most 32 characters; not "
        "`admin` since 5a."
    )
    password: Annotated[Secret, secret, write_only] = Field(
        description="The password; the server's rules for it depend on its version."
    )
    description: Text = Field("", description="Any text, at most 255 characters.")
    current_password: Annotated[Secret | None, secret, write_only] = Field(
        None,
        description="The password that the server has now, where the state does not know it: to set the first one.",
    )
    verify_password: VerifyPassword = False


class UserOutputs(BaseModel):
    mfa_enabled: bool = Field(description="Whether the user has a second factor.")
    is_default: bool = Field(description="Whether it is the appliance's default administrator.")
    role: Annotated[str | None, kept] = Field(
        None,
        description="The role, where an answer names it; else the one that the user got when it was created; none "
        "where nothing told.",
    )


class AwsUser(Resource[UserInputs, AwsSession]):
    """A user of a Backup for AWS appliance, with the server's default role.

    The API revision that is known whole (1.0-rev0) has no role to choose: a user made by it gets the server's default,
    **probably full administration**. The id is the name. Passwords are never returned by the server: a password that
    somebody else changed cannot be seen.
    """

    kind = "aws.User"
    id_is_name = True
    inputs = UserInputs
    outputs = UserOutputs

    def create(self, session: AwsSession, inputs: UserInputs) -> tuple[str, State | None]:
        body = {"name": inputs.name, "description": inputs.description, "password": inputs.password}
        try:
            row = session.write("POST", USERS, body)
        except (ServerRefused, UnexpectedAnswer) as error:
            raise self._explained(session, error, body) from None
        try:
            values = values_of(require_row(row, ROW, "name", inputs.name))
        except UnexpectedAnswer:  # it is made; what it is like can be read
            session.role_of_new_users(inputs.name, inputs.password, None)
            return inputs.name, None
        role = session.role_of_new_users(inputs.name, inputs.password, values["role"])
        return inputs.name, {**values, "role": role}

    def _explained(self, session: AwsSession, refused: VeeamError, given: Mapping[str, Any]) -> VeeamError:
        """What of the values the server does not take, in its words; the refusal itself where it says nothing."""
        if isinstance(refused, ServerRefused) and refused.status in (401, 403):
            return refused
        for key, value in given.items():
            with contextlib.suppress(VeeamError):  # revisions without these endpoints say it when they refuse
                said = session.write("POST", f"{USERS}/validate{key.title()}", {key: value}, repeat=True)
                for message in fitting(said, [{"message": str, "severity": str}], "messages") or []:
                    if message.get("severity") == "Error":
                        words = str(message.get("message"))
                        cause = f'the server refuses the {key}: "{words}"'
                        return ServerRefused(cause, f"choose another {key}", status=400, words=words)
        return refused

    def row(self, session: AwsSession, id: str) -> Row:
        try:
            found: Row = require_row(session.get(_path(id)), ROW, "name", id)
            return found
        except UnexpectedAnswer:  # perhaps a 404 without the product's words: its complete list knows
            if any(same_name(known, id) for known, _ in self.rows(session)):
                raise
        raise NotFound(f"the list of users has no {id}", status=404, words="not in the list of users")

    def rows(self, session: AwsSession) -> Iterator[tuple[str, Row]]:
        for row in all_rows(lambda offset, limit: _page(session, offset, limit), "name", shape=ROW):
            yield str(row["name"]), row

    def values(self, session: AwsSession, row: Row) -> State:
        values = values_of(row)
        return {**values, "role": values["role"] or session.seen_roles.get(str(row["name"]))}

    def update(self, session: AwsSession, id: str, old: State, new: UserInputs, changed: frozenset[str]) -> None:
        if changed <= {"current_password"}:
            return  # only said how to take over; nothing to tell the server
        body: dict[str, Any] = {"description": new.description}
        body |= {"password": new.password} if "password" in changed else {}
        for current in (candidates := _current_passwords(old, new)):
            try:
                self._put(session, id, {**body, **({"oldPassword": current} if current else {})})
                return
            except ServerRefused as error:
                if error.status not in (400, 403, 409, 422):
                    raise
                if current is candidates[-1]:
                    error.fix = "; ".join(filter(None, [error.fix, CHANGED_OUTSIDE]))
                    raise self._explained(session, error, {key: body[key] for key in body.keys() & changed}) from None

    def _put(self, session: AwsSession, id: str, body: dict[str, Any]) -> None:
        try:
            session.write("PUT", _path(id), body)
        except AnswerLost:  # repeatable; if it had worked, the next candidate for oldPassword is the right one
            session.write("PUT", _path(id), body)

    def delete(self, session: AwsSession, id: str, state: State) -> None:
        try:
            session.write("DELETE", _path(id))
        except UnexpectedAnswer:
            self.row(session, id)
            raise

    def is_own_login(self, session: AwsSession, id: str, values: State) -> bool:
        return same_name(id, session.settings.username or "")

    def protect(self, session: AwsSession, id: str, state: State) -> None:
        if state.get("is_default"):
            raise Protected.default_administrator("appliance")
        if self.is_own_login(session, id, state):
            raise Protected.own_login(session.connection.how_to_set("username", "NAME"))

    def find(self, session: AwsSession, inputs: UserInputs) -> str | None:
        try:
            return str(self.row(session, inputs.name)["name"])
        except NotFound:
            return None

    def matches(self, row: Row, inputs: UserInputs) -> bool:
        return same_name(str(row["name"]), inputs.name)

    def grant(self, values: State) -> Grant:
        role = values.get("role") or DEFAULT_ROLE
        rights, unknown = rights_of(texts(role), ROLES, str.lower)
        mfa = values.get("mfa_enabled")
        return Grant(
            text(values.get("name")),
            text(values.get("connection") or "aws"),
            texts(role),
            rights,
            unknown,
            principal="account",
            mfa=mfa if isinstance(mfa, bool) else None,
            built_in=values.get("is_default") is True,
        )

    def verified_login(self, inputs: UserInputs, live: State) -> str | None:
        return inputs.name if inputs.verify_password and not live.get("mfa_enabled") else None

    def blind_spot(self, session: AwsSession, id: str, state: State) -> str:
        return "its list of users has it" if id in dict(self.rows(session)) else ""

    def collection(self, session: AwsSession) -> str:
        return USERS


def _current_passwords(old: State, new: UserInputs) -> list[SecretStr | None]:
    """What the server's password may be: of the last apply, as given for taking the user over, or the new one already
    (a change whose answer was lost, in this run or in one that was cut off)."""
    known: list[SecretStr | None] = [SecretStr(old["password"])] if old.get("password") else []
    if new.current_password:  # of an adopted user only this one is known for sure
        known.insert(0 if old.get("adopted") else len(known), new.current_password)
    return list(dict.fromkeys([*(known or [None]), new.password]))


def _page(session: AwsSession, offset: int, limit: int) -> tuple[Any, Any]:
    """A page of the list and its total; some revisions have `data` and `pagination`, as other products of Veeam do."""
    body = session.get(USERS, Offset=offset, Limit=limit)
    pagination = fitting(body.get("pagination"), {}, "pagination") or {}
    rows = next((body[key] for key in ("results", "data") if body.get(key) is not None), None)
    return rows, body.get("totalCount", pagination.get("total"))


def _path(name: str) -> str:
    return f"{USERS}/{path_part(name)}"
