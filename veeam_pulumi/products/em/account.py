r"""An account of Enterprise Manager: a person or group of a directory, and what they may do there.

* All of /api/security is for Portal Administrators. There is no PUT: roles are a list of their own below the account,
  whether all machines may be restored is a switch, everything else is as it was created.
* POST /api/security/accounts is answered with 201 and nothing: no id, no Location. The account is looked up by name,
  and a list may lag behind. Names come back as `DOMAIN\name` or `name@domain` whatever was sent.
* The entity has no roles; each has to be asked for. The last role of an account cannot be taken away, so new ones are
  added before old ones go.
* POST /api/security/accounts/{id} *turns* AllowRestoreAllVms over: sent twice, it has done nothing. It is read before
  and after, and not sent again where its answer got lost: the server may be late.
* What a restore scope was made from does not come back: the list shows names. So scopes are known from the last apply.
* An unknown id may be answered with 500: an account is gone when a complete list does not have it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field

from ... import vocabulary
from ...errors import AnswerLost, Protected
from ...resource.fields import (
    ConnectionName,
    Inputs,
    Normal,
    Problem,
    Row,
    State,
    identity,
    kept,
    replace,
    unordered,
    write_only,
)
from ...resource.grant import Grant, rights_of, text, texts
from ...resource.resource import Resource
from ...resource.types import Name, Switch, Text
from ...server.names import fold, same_name
from ..account_names import is_default_administrator, may_be_account
from . import accounts as every
from .rights import ROLES, beyond
from .session import EmSession

ADMINISTRATOR = "Portal Administrator"
Type = Literal["User", "Group", "ExternalUser", "ExternalGroup"]
Role = Literal[
    "Portal Administrator",
    "Portal User",
    "VM Restore Operator",
    "File Restore Operator",
    "Exchange Restore Operator",
    "Oracle Restore Operator",
    "SQL Restore Operator",
]


class AccountInputs(Inputs):
    connection: ConnectionName = "em"
    name: Annotated[Name, identity, replace, kept, Normal(fold)] = Field(
        description=r"`DOMAIN\name`; `name@DOMAIN` where Enterprise Manager runs on Linux; `name@suffix` for an "
        "external user. Case does not matter."
    )
    roles: Annotated[list[Role], Field(min_length=1), unordered] = Field(description="One or more of the roles.")
    type: Annotated[Type, replace] = Field("User", description="What the name stands for.")
    allow_restore_all_vms: Switch = Field(True, description="Whether every machine may be restored.")
    restore_scopes: Annotated[list[Name], unordered, write_only] = Field(
        [],
        description="What may be restored where not everything may: references of hierarchy objects. The server never "
        "shows them again: what somebody else changes there cannot be seen. Needs Enterprise Plus.",
    )
    flr_in_place_only: Annotated[Switch, replace] = Field(
        False, description="Whether files may only be restored to where they were."
    )
    flr_extensions: Annotated[Text, replace] = Field(
        "", description="The extensions that file restores are limited to, with commas between them: `doc,pptx`."
    )
    sql_deny_in_place: Annotated[Switch, replace] = Field(
        False, description="Whether databases may not be restored to where they were."
    )


class AccountOutputs(BaseModel):
    resolved_name: str = Field(description="The name as Enterprise Manager shows it, which may be in another form.")
    uid: str = Field(description="`urn:veeam:EnterpriseAccount:` and the id, as other requests want it.")


class EmAccount(Resource[AccountInputs, EmSession]):
    """An account of Enterprise Manager: a person or group of a directory, and what they may do there.

    A Portal Administrator of Enterprise Manager acts on every backup server below it. The id is the account's GUID.
    Enterprise Manager keeps no password: it asks Windows or the directory.
    """

    kind = "em.Account"
    inputs = AccountInputs
    outputs = AccountOutputs
    derived: ClassVar = {"resolved_name": "name"}
    listed = found_in_list = False  # the roles of each account cost a request; `find` needs none

    def problems(self, inputs: State) -> Iterator[Problem]:
        if inputs.get("allow_restore_all_vms") is True and inputs.get("restore_scopes") not in (None, []):
            yield Problem("restore_scopes", "has no effect while allow_restore_all_vms is True: set it to False")

    def needs(self, inputs: State) -> Iterator[Problem]:
        # The server never shows the scopes of an account that is there.
        if inputs.get("allow_restore_all_vms") is False and inputs.get("restore_scopes") in (None, []):
            yield Problem("restore_scopes", "is needed where allow_restore_all_vms is False: nothing could be restored")

    def create(self, session: EmSession, inputs: AccountInputs) -> tuple[str, State | None]:
        spec = {
            "AccountType": inputs.type,
            "AccountName": inputs.name,
            "Roles": {"EnterpriseRoles": [{"EnterpriseRoleUid": uid} for uid in every.uids(session, inputs.roles)]},
            "AllowRestoreAllVms": inputs.allow_restore_all_vms,
            **({"HierarchyScopeObjects": every.scopes(inputs.restore_scopes)} if inputs.restore_scopes else {}),
            "FlrSettings": {
                "FlrInplaceOnly": inputs.flr_in_place_only,
                # The misspelling is the product's.
                **({"FlrExtentionRestrictions": inputs.flr_extensions} if inputs.flr_extensions else {}),
            },
            "SqlSettings": {"DenyInPlaceRestore": inputs.sql_deny_in_place},
        }
        every.refuse_lookalike(session, inputs.name)
        every.write(session, "POST", every.ACCOUNTS, "EnterpriseAccountCreateSpec", spec)
        for _ in every.looks(session):
            if (id := every.alike_to(session, inputs.name)) is not None:
                return id, None
        raise AnswerLost(
            "the server accepted the account, but no list shows it (yet)",
            f"run again: if it appeared, {vocabulary.head.adopt}",
        )

    def row(self, session: EmSession, id: str) -> Row:
        return every.with_roles(session, every.one(session, id))

    def rows(self, session: EmSession) -> Iterator[tuple[str, Row]]:
        for id in every.names(session):
            yield id, every.with_roles(session, every.one(session, id))

    def values(self, session: EmSession, row: Row) -> State:
        return every.values(row)

    def update(self, session: EmSession, id: str, old: State, new: AccountInputs, changed: frozenset[str]) -> None:
        if "allow_restore_all_vms" in changed and not new.allow_restore_all_vms and not new.restore_scopes:
            session.warn(f"{new.name} may restore nothing but what is in the scopes that it had before: declare some")
        if not new.allow_restore_all_vms:
            every.turn(session, id, to=False)
        if "restore_scopes" in changed:
            every.replace_scopes(session, id, every.scopes(new.restore_scopes))
        if "roles" in changed:
            every.replace_roles(session, id, new.roles)
        if new.allow_restore_all_vms:
            every.turn(session, id, to=True)

    def delete(self, session: EmSession, id: str, state: State) -> None:
        every.delete(session, id)

    def find(self, session: EmSession, inputs: AccountInputs) -> str | None:
        names = every.names(session).items()
        return next((id for id, name in names if same_name(name, inputs.name)), None)

    def is_own_login(self, session: EmSession, id: str, values: State) -> bool:
        names = {str(values[key]) for key in ("name", "resolved_name") if values.get(key)}
        return any(may_be_account(name, session.settings.username or "") for name in names)

    def protect(self, session: EmSession, id: str, state: State) -> None:
        if is_default_administrator(str(state.get("resolved_name") or state.get("name"))):
            raise Protected.default_administrator("server")
        if self.is_own_login(session, id, state):
            raise Protected.own_login(session.connection.how_to_set("username", "NAME"))
        if ADMINISTRATOR in (state.get("roles") or ()) and not session.may_leave(
            id, lambda: {one for one in every.names(session) if ADMINISTRATOR in every.roles_of(session, one)}
        ):
            raise Protected.last_administrator(ADMINISTRATOR)

    def protect_update(
        self, session: EmSession, id: str, old: State, new: AccountInputs, changed: frozenset[str]
    ) -> None:
        if "roles" in changed and ADMINISTRATOR in (old.get("roles") or ()) and ADMINISTRATOR not in new.roles:
            self.protect(session, id, old)

    def grant(self, values: State) -> Grant:
        roles = texts(values.get("roles"))
        account, kind = text(values.get("name")), text(values.get("type") or "User")
        return Grant(
            account,
            text(values.get("connection") or "em"),
            roles,
            *rights_of(roles, ROLES, lambda role: fold(role.strip())),
            principal="account",
            type=kind,
            group=kind.endswith("Group"),
            built_in=is_default_administrator(account),
            beyond=beyond(account, kind, roles),
        )

    def collection(self, session: EmSession) -> str:
        return every.ACCOUNTS
