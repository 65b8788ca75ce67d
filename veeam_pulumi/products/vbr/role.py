r"""A custom role of Veeam Backup & Replication: what its holders may back up and restore, where from and where to.

* REST has custom roles since 13.1 (build 13.1.0.411, revision 1.3-rev2); the console has them since 13.0.1.
* The list, and GET /security/roles/{id}, show neither switches nor scopes: /details does. What /details answers of a
  built-in role is not said, and built-in roles cannot be changed.
* PUT takes the whole model with the id: what it leaves out may be gone. So the details are read and what changes is put
  over them; `aclInfo` and secrets of Entra ID tenants do not go back.
* Nothing says whether names are unique. Here one name is one role: it is what users are given roles by.
* What a role in use is answered with on DELETE is not said; it is refused here while somebody holds the role.
* A changed role takes effect at the next login of its holders.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, Field

from ...errors import AlreadyExists, InvalidInput, NotFound, Protected
from ...resource.fields import UNKNOWN, ConnectionName, Inputs, Normal, Row, State, identity
from ...resource.grant import Grant, rights_of, text
from ...resource.resource import Resource
from ...resource.types import Name, Switch, Text
from ...server.body import require_row
from ...server.names import fold
from . import permissions, scopes
from .dialects import name_of
from .guard import has_role
from .roles import normal
from .scopes import InventoryScope, RepositoryScope, RestorePermissionsScope, RestoreTargetScope
from .session import ROLES, USERS, VbrSession

SINCE = "1.3-rev2"
PATH = ROLES["security"]
OPTIONS = "/api/v1/security/restoreOptions"
_TEXTS = {"name": "name", "description": "description"}
_SWITCHES = {"manage_backups": "manageBackups", "manage_restores": "manageRestores"}
ROW = {
    **dict.fromkeys(("id", *_TEXTS.values()), str),
    **dict.fromkeys(_SWITCHES.values(), bool),
    **{scopes.camel(name): scopes.shape(model) for name, model in scopes.SCOPES.items()},
}


class RoleInputs(Inputs):
    connection: ConnectionName = "vbr"
    name: Annotated[Name, identity, Normal(fold)] = Field(
        description="No other role of the server may have it, a built-in one neither. Case does not matter."
    )
    manage_backups: Switch = Field(description="Whether holders create and manage backup jobs.")
    manage_restores: Switch = Field(description="Whether holders restore.")
    inventory_scope: InventoryScope = Field(description="What may be backed up.")
    repository_scope: RepositoryScope = Field(description="Where backups may be written to.")
    restore_permissions_scope: RestorePermissionsScope = Field(description="What may be restored, and how.")
    restore_target_scope: RestoreTargetScope = Field(description="Where may be restored to.")
    description: Text = Field("", description="Any text.")


class RoleOutputs(BaseModel):
    permissions: list[str] = Field(description="What the server says that the role may, in alphabetical order.")


class VbrRole(Resource[RoleInputs, VbrSession]):
    """A custom role of a backup server: what its holders may back up and restore, from where and to where.

    Needs VBR 13.1 (build 13.1.0.411). A `vbr.User` takes it by its name or by its id, the server's UUID. A role that
    somebody holds is never deleted.
    """

    kind = "vbr.Role"
    inputs = RoleInputs
    outputs = RoleOutputs
    follows: ClassVar = {"permissions": ("manage_backups", "manage_restores", *scopes.SCOPES)}
    listed = found_in_list = False  # the details of each role cost a request; `find` needs none

    def create(self, session: VbrSession, inputs: RoleInputs) -> tuple[str, State | None]:
        _require_custom_roles(session)
        self._refuse_taken(session, inputs.name)
        body = {
            **{key: getattr(inputs, name) for name, key in {**_TEXTS, **_SWITCHES}.items()},
            **{scopes.camel(name): _scope(session, inputs, name) for name in scopes.SCOPES},
        }
        made = session.write("POST", PATH, body)
        id = made.get("id") if isinstance(made, dict) else None
        id = id if id and isinstance(id, str) else self.find(session, inputs)
        if id is None:
            raise InvalidInput("the server accepted the role, but has none of that name", "look at it, then run again")
        return id, None

    def _refuse_taken(self, session: VbrSession, name: str, own: str = "") -> None:
        """Raises where another role has the name, in the form in which users are given roles."""
        for row in session.rows(PATH):
            if normal(str(row.get("name"))) != normal(name) or str(row["id"]).lower() == own.lower():
                continue
            if row.get("isBuiltIn") is True:
                raise InvalidInput(f"{row.get('name')!r} is a built-in role, which cannot be changed", "choose a name")
            raise AlreadyExists(
                f"the server has a role {row.get('name')!r} (id {row['id']})", "choose another name", id=str(row["id"])
            )

    def row(self, session: VbrSession, id: str) -> Row:
        _require_custom_roles(session)
        path = session.role(id)
        try:
            found: Row = require_row(session.get(f"{path}/details"), ROW, "id", id)
        except NotFound:
            _refuse_built_in(session.get(path))
            raise
        if not any(found.get(scopes.camel(name)) for name in scopes.SCOPES):
            _refuse_built_in(session.get(path))
        return {**found, "permissions": session.permissions(id, fresh=True)}

    def rows(self, session: VbrSession) -> Iterator[tuple[str, Row]]:
        _require_custom_roles(session)
        for listed in session.rows(PATH):
            if listed.get("isBuiltIn") is False:
                yield str(listed["id"]), self.row(session, str(listed["id"]))

    def values(self, session: VbrSession, row: Row) -> State:
        found: State = {name: row.get(key) for name, key in {**_TEXTS, **_SWITCHES}.items()}
        for name, model in scopes.SCOPES.items():
            scope = row.get(scopes.camel(name))
            found[name] = None if scope is None else scopes.said(model, scope)
        return {**found, "permissions": row["permissions"]}

    def update(self, session: VbrSession, id: str, old: State, new: RoleInputs, changed: frozenset[str]) -> None:
        if "name" in changed:
            self._refuse_taken(session, new.name, own=id)
        row = self.row(session, id)
        body = {key: value for key, value in scopes.without_computed(row).items() if key in ROW}
        for name, key in {**_TEXTS, **_SWITCHES}.items():
            if name in changed:
                body[key] = getattr(new, name)
        for name in scopes.SCOPES:
            if name in changed and getattr(new, name) is not None:
                body[scopes.camel(name)] = _scope(session, new, name)
        session.write("PUT", session.role(id), {**body, "id": id})

    def delete(self, session: VbrSession, id: str, state: State) -> None:
        _require_custom_roles(session)
        session.write("DELETE", session.role(id))

    def protect(self, session: VbrSession, id: str, state: State) -> None:
        _require_custom_roles(session)
        held = sorted(name_of(row) for row in session.rows(USERS["security"]) if has_role(row, id))
        if held:
            raise Protected(
                f"{len(held)} users or groups hold it: {', '.join(held[:5])}{', …' if held[5:] else ''}",
                "give them other roles first",
            )

    def available(self, session: VbrSession) -> bool:
        return _has_custom_roles(session)

    def find(self, session: VbrSession, inputs: RoleInputs) -> str | None:
        _require_custom_roles(session)
        own = ((str(row["id"]), row) for row in session.rows(PATH) if row.get("isBuiltIn") is not True)
        return self.picked(session, own, inputs)

    def matches(self, row: Row, inputs: RoleInputs) -> bool:
        return fold(str(row.get("name"))) == fold(inputs.name)

    def grant(self, values: State) -> Grant:
        return _grant(values)

    def foreseen(self, recorded: State, wanted: State) -> State:
        found = super().foreseen(recorded, wanted)
        if any(recorded.get(name) != wanted.get(name) for name in (*_SWITCHES, *scopes.SCOPES)):
            found.pop("permissions", None)  # they are those of the old switches and scopes
        return found

    def collection(self, session: VbrSession) -> str:
        return PATH


def _has_custom_roles(session: VbrSession) -> bool:
    session.open()  # what is wrong with the login is said first
    older = session.revisions[session.revisions.index(SINCE) + 1 :]
    return session.revision not in older and session.dialect == "security"


def _require_custom_roles(session: VbrSession) -> None:
    """Raises InvalidInput before anything is sent to a server that has no custom roles in its REST API."""
    if _has_custom_roles(session):
        return
    fix = "update the server, or make the role in its console"
    if session.settings.api_version != "auto":
        fix += f"; if it is newer, {session.connection.how_to_set('api_version', 'auto')}"
    raise InvalidInput(
        f"custom roles need 13.1 (build 13.1.0.411, revision {SINCE}, dialect security); this connection speaks "
        f"{session.speaks()}",
        fix,
    )


def _refuse_built_in(row: Row) -> None:
    if row.get("isBuiltIn") is True:
        raise InvalidInput(
            f"{row.get('name')!r} is a built-in role, which cannot be changed", "name it in the roles of a vbr.User"
        )


def _scope(session: VbrSession, inputs: RoleInputs, name: str) -> dict[str, Any]:
    scope = getattr(inputs, name).model_dump(exclude_none=True)
    return scopes.wire(scope, lambda: list(session.rows(OPTIONS, key="code", shape=scopes.OPTION)))


def _grant(values: State) -> Grant:
    """By the permissions that the server listed; before it did, by the switches. What is not known is every right."""
    name, listed = text(values.get("name")), values.get("permissions")
    backups, restores = values.get("manage_backups"), values.get("manage_restores")
    given = None
    if isinstance(listed, (list, tuple)) and UNKNOWN not in listed:
        given = permissions.rights(map(str, listed))
    elif isinstance(backups, bool) and isinstance(restores, bool):
        given = permissions.rights_of_switches(backups, restores)
    rights, unknown = rights_of((name,), {} if given is None else {name: given}, lambda role: role)
    connection = text(values.get("connection") or "vbr")
    return Grant("", connection, (name,), rights, unknown, principal="role")
