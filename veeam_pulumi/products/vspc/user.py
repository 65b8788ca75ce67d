r"""A user of Veeam Service Provider Console: somebody of a company, a reseller or the provider.

* POST /users {organizationUid, role, profile, credentials} gives the user in `data`; REST 3.0 (console 4.0) gives the
  text "None" there, and the user is looked up by name within the organization.
* PATCH is a JSON Patch: an array, sent as application/json. User name and organization cannot be patched.
* A user is created enabled: a disabled one is patched afterwards. No answer ever holds a password.
* `mfaPolicyStatus` reads `EnabledByInheritance` where the company enforces MFA, whatever the user's own setting is.
* DELETE answers 200. A user that is gone is 404, or error 1100.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import BaseModel, Field

from ...errors import Protected, ServerRefused, UnexpectedAnswer, VeeamError
from ...resource.fields import (
    ConnectionName,
    Inputs,
    Normal,
    Problem,
    Row,
    State,
    computed,
    identity,
    plain,
    replace,
    secret,
    write_only,
)
from ...resource.grant import Grant, rights_of, text, texts, unreadable
from ...resource.identity import path_part, same_id
from ...resource.resource import Resource
from ...resource.types import Guid, Name, Secret, VerifyPassword
from ...server.body import require_row
from ...server.names import fold
from . import backup_resource as share
from . import profile as who
from .names import USERS, appeared, explained, is_user, named, needs_password_alone, values_of
from .patch import patch
from .rights import ROLES, beyond
from .roles import NOT_BY_POST, OWNERS, Role
from .session import ROW, VspcSession
from .undo import take_back

Switch = Literal["Enabled", "Disabled"]


class UserInputs(Inputs):
    connection: ConnectionName = "vspc"
    organization_uid: Annotated[Guid, identity, replace] = Field(
        description="UID of the company, reseller or provider: the console shows it, `GET /api/v3/organizations` lists "
        "them."
    )
    user_name: Annotated[Name, identity, replace, Normal(fold)] = Field(
        description="What to log in with; case does not matter."
    )
    password: Annotated[Secret, Field(max_length=128), secret, write_only] = Field(
        description="The password, 1 to 128 characters; the console may ask for more."
    )
    role: Role = Field(
        description="What the user may do. Owners, CompanyTenant and roles of the portal are given in other ways: with "
        "a warning, and a console is likely to refuse them."
    )
    profile: who.Profile = Field(description="Who the user is; `{}` is fine.")
    status: Switch = Field("Enabled", description="Whether the user may log in.")
    mfa_policy_status: Switch = Field("Disabled", description="Whether the user has to enrol a second factor.")
    backup_resource: Annotated[share.BackupResource | None, computed] = Field(
        None, description="Only for the role CompanySubtenant: the share of a cloud repository."
    )
    verify_password: VerifyPassword = False


class UserOutputs(BaseModel):
    mfa_policy_configuration_status: str | None = Field(
        None, description="`Configured` once the user has enrolled a second factor, else `NotConfigured`."
    )


class VspcUser(Resource[UserInputs, VspcSession]):
    """A user of a company, a reseller or the provider on a Service Provider Console.

    The id is the console's UUID of the user. Passwords are never returned: a password that somebody else changed
    cannot be seen.
    """

    kind = "vspc.User"
    inputs = UserInputs
    outputs = UserOutputs
    follows: ClassVar = {
        "mfa_policy_configuration_status": ("mfa_policy_status", "status"),
        "backup_resource": ("role",),
    }

    def problems(self, inputs: State) -> Iterator[Problem]:
        if inputs.get("backup_resource") and inputs.get("role") in set(get_args(Role)) - {"CompanySubtenant"}:
            yield Problem("backup_resource", "is only for the role CompanySubtenant")

    def create(self, session: VspcSession, inputs: UserInputs) -> tuple[str, State | None]:
        if why := NOT_BY_POST.get(inputs.role):
            session.warn(f"{inputs.role} is usually not given by creating a user: {why}")
        body: dict[str, Any] = {
            "organizationUid": inputs.organization_uid,
            "role": inputs.role,
            "profile": who.body(plain(inputs.profile)),
            "credentials": {"userName": inputs.user_name, "password": inputs.password},
            "backupResource": share.body(session, inputs.backup_resource),
        }
        body |= {"mfaPolicyStatus": "Enabled"} if inputs.mfa_policy_status == "Enabled" else {}
        try:
            gave = session.write("POST", USERS, body)
        except ServerRefused as error:
            raise explained(session, inputs.user_name, inputs.organization_uid, error) from None
        made = gave.get("data") if gave else None
        id = made.get("instanceUid") if isinstance(made, dict) else None
        id = id if id and isinstance(id, str) else appeared(session, inputs.user_name, inputs.organization_uid)
        if inputs.status == "Disabled":
            try:
                made = patch(session, _path(id), {"/status": "Disabled"})
            except VeeamError as error:
                stays = f"the user {id} was created, but could not be disabled and is enabled now"
                why = "the user could not be disabled after it was created, so it was deleted again"
                take_back(session, error, lambda: session.write("DELETE", _path(id)), stays=stays, why=why)
                return id, {"status": "Enabled"}
        try:
            row = require_row(made, ROW, "instanceUid", id)
            return id, self.values(session, row) if row.get("userName") else None
        except VeeamError:  # it is made; what it is like can be read
            return id, None

    def row(self, session: VspcSession, id: str) -> Row:
        row: Row = require_row(session.get(_path(id)).get("data"), ROW, "instanceUid", id)
        if not row.get("userName"):
            raise UnexpectedAnswer(f"GET {USERS}/{id} was answered without a user")
        return row

    def rows(self, session: VspcSession) -> Iterator[tuple[str, Row]]:
        return ((str(row["instanceUid"]), row) for row in session.rows(USERS))

    def values(self, session: VspcSession, row: Row) -> State:
        values = values_of(row)
        if values["role"] == "CompanySubtenant":  # nobody else has one
            values["backup_resource"] = share.read(session, str(row["instanceUid"]))
        return values

    def update(self, session: VspcSession, id: str, old: State, new: UserInputs, changed: frozenset[str]) -> None:
        simple = {"status": "/status", "mfa_policy_status": "/mfaPolicyStatus", "role": "/role"}
        writes = {path: getattr(new, name) for name, path in simple.items() if name in changed}
        if "profile" in changed:
            writes |= who.changes(old.get("profile") or {}, plain(new.profile))
        if "password" in changed:
            writes["/credentials/password"] = new.password
        if writes:
            patch(session, _path(id), writes)
        if "backup_resource" in changed and new.backup_resource:
            wanted = share.changes(old.get("backup_resource") or {}, plain(new.backup_resource))
            patch(session, f"{_path(id)}/backupResource", wanted)

    def delete(self, session: VspcSession, id: str, state: State) -> None:
        session.write("DELETE", _path(id))

    def is_own_login(self, session: VspcSession, id: str, values: State) -> bool:
        return same_id(str(session.me().get("instanceUid")), id)

    def protect(self, session: VspcSession, id: str, state: State) -> None:
        if self.is_own_login(session, id, state):
            raise Protected.own_login(session.connection.how_to_set("username", "NAME"))
        if state.get("role") in OWNERS:
            raise Protected.default_administrator("organization")

    def protect_update(
        self, session: VspcSession, id: str, old: State, new: UserInputs, changed: frozenset[str]
    ) -> None:
        # Which of two roles is the lesser one depends on who is asked: of these accounts none is changed.
        if "role" in changed or ("status" in changed and new.status == "Disabled"):
            self.protect(session, id, old)

    def find(self, session: VspcSession, inputs: UserInputs) -> str | None:
        found = named(session, inputs.user_name, inputs.organization_uid)
        return str(found[0]["instanceUid"]) if found else None

    def matches(self, row: Row, inputs: UserInputs) -> bool:
        return is_user(row, inputs.user_name, inputs.organization_uid)

    def grant(self, values: State) -> Grant:
        roles = texts(values.get("role"))
        return Grant(
            text(values.get("user_name")),
            text(values.get("connection") or "vspc"),
            roles,
            *rights_of(roles, ROLES, str.lower),
            principal="account",
            organization=text(values.get("organization_uid")),
            enabled=values.get("status") != "Disabled",
            may_be_off=unreadable(values.get("status"), "Enabled", "Disabled"),
            built_in=values.get("role") in OWNERS,  # made with the company or reseller
            beyond=beyond(roles),
        )

    def verified_login(self, inputs: UserInputs, live: State) -> str | None:
        return inputs.user_name if inputs.verify_password and needs_password_alone(live) else None

    def blind_spot(self, session: VspcSession, id: str, state: State) -> str:
        return session.blind_spot(str(state.get("organization_uid")))

    def collection(self, session: VspcSession) -> str:
        return USERS


def _path(id: str) -> str:
    return f"{USERS}/{path_part(id)}"
