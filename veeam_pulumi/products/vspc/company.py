r"""A company of Veeam Service Provider Console: a customer, with its owner, what it may use and what its users may do.

* POST /organizations/companies {organizationInput, ownerCredentials, …}. The name is the organization's: it is renamed
  at PATCH /organizations/{uid}; /organizations/companies/{uid} takes the rest, as a JSON Patch.
* REST 3.5.1 (console 8.1) makes no owner with a company, has services of another form, and REST access among the
  company's own permissions.
* DELETE needs removeAllAgents. REST 3.5.1 also needs removeBackups, which deletes backup files: it is never sent as
  true.
* A company that is gone is 404, and so is one that the login may not see: only a portal administrator sees all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field

from ...errors import AnswerLost, InvalidInput, Protected, UnexpectedAnswer, VeeamError
from ...redaction import quoted
from ...resource.fields import (
    ConnectionName,
    Inputs,
    Normal,
    Problem,
    Row,
    State,
    computed,
    identity,
    local,
    plain,
    unordered,
)  # fmt: skip
from ...resource.grant import Grant
from ...resource.identity import same_id
from ...resource.resource import Resource
from ...resource.types import Guid, Name, Switch
from ...server.body import require_row
from ...server.names import fold, same_name
from . import claims, companies, contents, organization, owner, services
from .organization import Organization
from .owner import OwnerCredentials
from .patch import patch
from .services import CompanyServices
from .session import VspcSession
from .undo import take_back

Status = Literal["Active", "Disabled"]


class CompanyInputs(Inputs):
    connection: ConnectionName = "vspc"
    name: Annotated[Name, Field(max_length=128, pattern="^[^<>=%~]+$"), identity, Normal(fold)] = Field(
        description="1 to 128 characters without `<>=%~`. Case does not matter."
    )
    owner_credentials: Annotated[OwnerCredentials | None, computed] = Field(
        None, description="The owner, a Company Owner; needed for a new company on consoles from 9.0."
    )
    organization: Annotated[Organization | None, computed] = Field(
        None, description="Who the company is; left out, it stays as it is."
    )
    reseller_uid: Annotated[Guid | None, computed] = Field(
        None, description="UID of the reseller that it belongs to; left out, it stays whose it is."
    )
    subscription_plan_uid: Annotated[Guid | None, computed] = Field(
        None, description="UID of its subscription plan; left out, it stays as it is."
    )
    status: Status = Field("Active", description="Whether its users may log in.")
    is_rest_access_enabled: Switch = Field(False, description="Whether its users may use the REST API.")
    is_alarm_detect_enabled: Switch = Field(False, description="Whether it is told of its alarms.")
    company_services: Annotated[CompanyServices | None, computed] = Field(
        None, description="What it may use; left out, it stays as it is. Consoles from 9.0."
    )
    permissions: Annotated[list[claims.Claim] | None, unordered, computed] = Field(
        None,
        description="What its users may do with jobs, as claims such as `HostedVbrJobStartStop`; left out, they stay "
        "as they are. Consoles from 9.0.",
    )
    remove_all_agents: Annotated[Switch, local] = Field(
        False,
        description="Whether deleting the company takes the management agents off its machines. A company with agents "
        "is not deleted without it.",
    )
    delete_with_contents: Annotated[Switch, local] = Field(
        False,
        description="Whether the company is deleted although it has agents, cloud tenants, or users besides its owner.",
    )


class CompanyOutputs(BaseModel):
    login_url: str | None = Field(None, description="Where its users log in, where it has an address of its own.")


class VspcCompany(Resource[CompanyInputs, VspcSession]):
    """A company on a Service Provider Console: a customer, with its owner and what it may use.

    The id is the console's UUID of it, which is the `organization_uid` of its users. A company that holds anything is
    not deleted unless the program says so.
    """

    kind = "vspc.Company"
    inputs = CompanyInputs
    outputs = CompanyOutputs
    follows: ClassVar = companies.FOLLOWS

    def needs(self, inputs: State) -> Iterator[Problem]:
        # Whether a company needs an owner, only the console's version tells.
        login = inputs.get("owner_credentials")
        if isinstance(login, Mapping) and login.get("password") is None:
            yield Problem("owner_credentials", "password: is required to create a company", secret=True)

    def create(self, session: VspcSession, inputs: CompanyInputs) -> tuple[str, State | None]:
        modern = companies.is_modern(session, inputs)
        if modern and (inputs.owner_credentials is None or inputs.owner_credentials.password is None):
            raise InvalidInput(
                "a new company needs an owner, who needs a password", "set user_name and password of owner_credentials"
            )
        gave = companies.create(session, inputs, modern)
        made = gave.get("data") if isinstance(gave, dict) else None
        id = made.get("instanceUid") if isinstance(made, dict) else None
        id = id if id and isinstance(id, str) else self.find(session, inputs)
        if id is None:
            raise AnswerLost("the server accepted the company, but has none of that name")
        try:
            if inputs.status == "Disabled":
                made = patch(session, companies.path(id), {"/status": "Disabled"})
            if inputs.permissions is not None:
                claims.write(session, id, inputs.permissions)
        except VeeamError as error:
            stays = f"the company {id} was created, but is not complete"
            why = "the company was not complete, so it was deleted again"
            take_back(session, error, lambda: self.delete(session, id, {}), stays=stays, why=why)
            return id, {"status": "Active", "permissions": []}  # as it was made, so that the next run goes on
        try:
            row = require_row(made, companies.ROW, "instanceUid", id)
            return id, self.values(session, row) if row.get("name") else None
        except VeeamError:  # it is made; what it is like can be read
            return id, None

    def row(self, session: VspcSession, id: str) -> Row:
        found = session.get(companies.path(id)).get("data")
        row: Row = require_row(found, companies.ROW, "instanceUid", id)
        if not row.get("name"):
            raise UnexpectedAnswer(f"GET {companies.path(id)} was answered without a company")
        return row

    def rows(self, session: VspcSession) -> Iterator[tuple[str, Row]]:
        found = session.rows(companies.COMPANIES, shape=companies.ROW, **companies.EXPAND)
        return ((str(row["instanceUid"]), row) for row in found)

    def values(self, session: VspcSession, row: Row) -> State:
        return companies.values(session, row)

    def update(self, session: VspcSession, id: str, old: State, new: CompanyInputs, changed: frozenset[str]) -> None:
        modern, said, path = companies.is_modern(session, new, changed), plain(new), companies.path(id)
        writes = {at: getattr(new, name) for name, at in companies.SIMPLE.items() if name in changed}
        rest = writes.pop("/isRestAccessEnabled", None) if not modern else None
        if "company_services" in changed:
            writes |= services.changes(old.get("company_services") or {}, said.get("company_services", {}))
        about = {"/name": new.name} if "name" in changed else {}
        if "organization" in changed:
            about |= organization.changes(old.get("organization") or {}, said.get("organization", {}))
        if writes:
            patch(session, path, writes)
        if about:
            patch(session, organization.path(id), about)
        if rest is not None:
            patch(session, f"{path}/permissions", {"/permissions": ["REST"] if rest else []})
        if "reseller_uid" in changed:
            companies.move(session, id, old.get("reseller_uid"), new.reseller_uid)
        if "permissions" in changed:
            claims.write(session, id, new.permissions or [])
        if "owner_credentials" in changed and new.owner_credentials and new.owner_credentials.password:
            owner.set_password(session, path, id, new.owner_credentials.password)

    def delete(self, session: VspcSession, id: str, state: State) -> None:
        flags = {"removeAllAgents": str(state.get("remove_all_agents") is True).lower()}
        if session.major() <= 8:
            flags["removeBackups"] = "false"
        session.gave(session.request("DELETE", companies.path(id), params=flags, repeat=False))

    def is_own_login(self, session: VspcSession, id: str, values: State) -> bool:
        return same_id(str(session.me().get("organizationUid")), id)

    def protect(self, session: VspcSession, id: str, state: State) -> None:
        self._spare(session, id, state)
        contents.require_empty(session, id, state)

    def _spare(self, session: VspcSession, id: str, state: State) -> None:
        if self.is_own_login(session, id, state):
            raise Protected.own_login(session.connection.how_to_set("username", "NAME"))

    def protect_update(
        self, session: VspcSession, id: str, old: State, new: CompanyInputs, changed: frozenset[str]
    ) -> None:
        had, wanted = (old.get("owner_credentials") or {}).get("user_name"), new.owner_credentials
        if "owner_credentials" in changed and wanted and had and not same_name(had, wanted.user_name):
            raise InvalidInput(
                f"its owner is {quoted(had)}, and no request gives it another one or renames that",
                f"write {quoted(had)} as the user_name of owner_credentials",
            )
        shut = "status" in changed and new.status == "Disabled"
        if shut or ("is_rest_access_enabled" in changed and not new.is_rest_access_enabled):
            self._spare(session, id, old)

    def matches(self, row: Row, inputs: CompanyInputs) -> bool:
        return same_name(str(row.get("name")), inputs.name)

    def grant(self, values: State) -> Grant:
        return owner.grant(values)

    def grant_now(self, session: VspcSession, values: State) -> Grant:
        return replace(owner.grant(values), rights={}, unknown=())  # its owner has them, a user on the same server

    def blind_spot(self, session: VspcSession, id: str, state: State) -> str:
        return session.sees_a_part(frozenset({"PortalAdministrator"}), "companies")

    def collection(self, session: VspcSession) -> str:
        return companies.COMPANIES
