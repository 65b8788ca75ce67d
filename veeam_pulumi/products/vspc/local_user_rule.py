r"""A rule that lets a Windows user or group into the Administrator Portal of Veeam Service Provider Console.

* The only way to a portal role: POST /users cannot give one. For portal administrators alone, in every version.
* Path /users/serviceProvider/localUserRule; enumerations are in lower case here (`operator`, not `PortalOperator`).
  PATCH is a JSON Patch; SID, type and context cannot be patched.
* The SID is what identifies the principal. The console can look it up, but wants a domain password in the query of that
  request, where logs keep it: so it is never asked, and a new rule needs the SID.
* portalAdministrator reaches everything, siteAdministrator sites, operator and readonlyOperator companies (guide).
* The installation's own rows (SIDs below S-1-0: local administrators, site administrators) are never changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, Field

from ...errors import InvalidInput, Protected
from ...resource.fields import (
    UNKNOWN,
    ConnectionName,
    Inputs,
    Normal,
    Problem,
    Row,
    State,
    computed,
    identity,
    replace,
    unordered,
)
from ...resource.grant import Grant, rights_of, text, texts, unreadable
from ...resource.identity import normal_id, path_part
from ...resource.resource import Resource
from ...resource.types import Guid, Name, Switch, Text
from ...server.body import require_row
from ...server.names import fold, same_name
from . import portal
from .patch import patch
from .rights import beyond
from .session import API, VspcSession

RULES = f"{API}/users/serviceProvider/localUserRule"
Type = Literal["winNTUser", "winNTGroup", "user", "group"]
RoleType = Literal[
    "portalAdministrator", "siteAdministrator", "operator", "readonlyOperator", "portalOperator",
    "portalReadonlyOperator",
]  # fmt: skip
Context = Literal["machine", "domain", "applicationDirectory"]
OnOff = Literal["enabled", "disabled"]


class LocalUserRuleInputs(Inputs):
    connection: ConnectionName = "vspc"
    name: Annotated[Name, identity, replace, Normal(fold)] = Field(
        description=r"`DOMAIN\name` or `HOST\name`. Case does not matter."
    )
    type: Annotated[Type, replace, Normal(lambda written: fold(portal.kind(written)))] = Field(
        description="What the name stands for; `user` is `winNTUser`, `group` is `winNTGroup`."
    )
    role_type: Annotated[RoleType, Normal(lambda written: fold(portal.role(written)))] = Field(
        description="The portal role; `portalOperator` is `operator`, `portalReadonlyOperator` is `readonlyOperator`."
    )
    sid: Annotated[str | None, Field(pattern=r"(?i)^S-1(-\d{1,10}){1,15}$"), replace, computed, Normal(str.upper)] = (
        Field(None, description="The SID of the user or group; needed for a new rule.")
    )
    description: Annotated[Text, Field(max_length=2048)] = Field("", description="Any text, at most 2048 characters.")
    enabled: Switch = Field(True, description="Whether the rule counts. Disabling cuts access at once.")
    company_uids: Annotated[list[Guid], unordered, Normal(normal_id)] = Field(
        [], description="The companies that an operator reaches; all if empty."
    )
    site_uids: Annotated[list[Guid], unordered, Normal(normal_id)] = Field(
        [], description="The Cloud Connect sites that a site administrator reaches; all if empty."
    )
    context_type: Annotated[Context, replace] = Field("domain", description="Where the name is known.")
    mfa_policy_status: OnOff = Field("disabled", description="Whether a second factor is asked for.")
    has_access_to_provider: Annotated[Switch | None, computed] = Field(
        None, description="Whether the provider's own resources are shown; the server decides when left out."
    )


class LocalUserRuleOutputs(BaseModel):
    pass


class VspcLocalUserRule(Resource[LocalUserRuleInputs, VspcSession]):
    """A rule that lets a Windows user or group into the Administrator Portal.

    The only way to a portal role. The id is the rule's UID.
    """

    kind = "vspc.LocalUserRule"
    inputs = LocalUserRuleInputs
    outputs = LocalUserRuleOutputs
    follows: ClassVar = {"has_access_to_provider": ("role_type",)}

    def problems(self, inputs: State) -> Iterator[Problem]:
        written = inputs.get("role_type")
        if not isinstance(written, str):
            return
        fits = {"operator": "company_uids", "readonlyoperator": "company_uids", "siteadministrator": "site_uids"}
        for name in ("company_uids", "site_uids"):
            # What the run will tell may be none.
            if inputs.get(name) not in (None, [], UNKNOWN) and fits.get(fold(portal.role(written))) != name:
                yield Problem(name, f"does not fit the role {written}")

    def needs(self, inputs: State) -> Iterator[Problem]:
        sid = inputs.get("sid")
        if sid is None:
            account = f"[System.Security.Principal.NTAccount]'{inputs.get('name')}'"
            command = f"({account}).Translate([System.Security.Principal.SecurityIdentifier]).Value"
            yield Problem("sid", f"a new rule needs the SID of its user or group; PowerShell shows it: {command}")
        elif isinstance(sid, str) and portal.is_preset(sid):
            yield Problem(
                "sid", "is one of the installation's own rows (S-1-0), which are never changed: declare your own rules"
            )

    def create(self, session: VspcSession, inputs: LocalUserRuleInputs) -> tuple[str, State | None]:
        gave = session.write("POST", RULES, portal.body(inputs))
        made = gave.get("data") if isinstance(gave, dict) else None
        id = made.get("instanceUid") if isinstance(made, dict) else None
        if isinstance(id, str) and id:
            return id, portal.values(require_row(made, portal.ROW, "instanceUid", id))
        found = self.find(session, inputs)
        if found is None:
            raise InvalidInput("the server accepted the rule, but has none of that name", "look at it, then run again")
        return found, None

    def row(self, session: VspcSession, id: str) -> Row:
        row: Row = require_row(session.get(_path(id)).get("data"), portal.ROW, "instanceUid", id)
        return row

    def rows(self, session: VspcSession) -> Iterator[tuple[str, Row]]:
        return ((str(row["instanceUid"]), row) for row in session.rows(RULES, shape=portal.ROW))

    def values(self, session: VspcSession, row: Row) -> State:
        return portal.values(row)

    def update(
        self, session: VspcSession, id: str, old: State, new: LocalUserRuleInputs, changed: frozenset[str]
    ) -> None:
        writes: dict[str, Any] = {
            path: value
            for name, path, value in (
                ("description", "/description", new.description),
                ("enabled", "/enabled", new.enabled),
                ("role_type", "/roleType", portal.role(new.role_type)),
                ("mfa_policy_status", "/mfaPolicyStatus", new.mfa_policy_status),
                ("has_access_to_provider", "/hasAccessToProvider", new.has_access_to_provider),
            )
            if name in changed
        }
        if changed & {"company_uids", "site_uids", "role_type"}:
            writes["/scope"] = portal.scope(new.company_uids, new.site_uids)
        patch(session, _path(id), writes)

    def delete(self, session: VspcSession, id: str, state: State) -> None:
        session.write("DELETE", _path(id))

    def is_own_login(self, session: VspcSession, id: str, values: State) -> bool:
        return same_name(str(values.get("name")), str(session.me().get("userName")))

    def protect(self, session: VspcSession, id: str, state: State) -> None:
        if portal.is_preset(str(state.get("sid"))):
            raise Protected.default_administrator("console")
        if self.is_own_login(session, id, state):
            raise Protected.own_login(session.connection.how_to_set("username", "NAME"))
        if not portal.administers(state):
            return

        def administrators() -> set[str]:
            return {known for known, row in self.rows(session) if portal.administers(portal.values(row))}

        if not session.may_leave(id, administrators):
            raise Protected.last_administrator("Portal Administrator")

    def protect_update(
        self, session: VspcSession, id: str, old: State, new: LocalUserRuleInputs, changed: frozenset[str]
    ) -> None:
        less = "role_type" in changed and portal.administers(old)
        if less or ("enabled" in changed and not new.enabled) or portal.is_preset(str(old.get("sid"))):
            self.protect(session, id, old)

    def matches(self, row: Row, inputs: LocalUserRuleInputs) -> bool:
        if inputs.sid is not None:
            return str(row.get("sid")).upper() == inputs.sid.upper()
        return same_name(str(row.get("name")), inputs.name)

    def grant(self, values: State) -> Grant:
        roles = texts(values.get("role_type"))
        rights, unknown = rights_of(roles, portal.RIGHTS, lambda written: fold(portal.role(written)))
        kind = text(values.get("type"))
        return Grant(
            text(values.get("name")),
            text(values.get("connection") or "vspc"),
            roles,
            rights,
            unknown,
            principal="rule",
            type=kind,
            group=portal.kind(kind) != "winNTUser",
            enabled=values.get("enabled") is not False,
            may_be_off=unreadable(values.get("enabled"), True, False),
            built_in=portal.is_preset(str(values.get("sid"))),
            beyond=beyond(map(portal.role, roles)),
        )

    def blind_spot(self, session: VspcSession, id: str, state: State) -> str:
        return session.sees_a_part(frozenset({"PortalAdministrator"}))

    def collection(self, session: VspcSession) -> str:
        return RULES


def _path(id: str) -> str:
    return f"{RULES}/{path_part(id)}"
