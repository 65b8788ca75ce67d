"""A restore operator role of Veeam Backup for Microsoft 365: who can restore whose mailboxes, sites and teams.

* POST /Organizations/{id}/RbacRoles with the lists -> 200 (v6, v7) or 201 (v8); everything else is answered with 204.
  Every call is done when it is answered.
* GET /RbacRoles/{id} has no operators and no items: they are three more requests, bare arrays.
* PUT takes the model of POST. What becomes of what it leaves out is not said: it is sent whole, and only where name,
  description or type change. Lists are changed by requests of their own, see `lists`.
* A role for specific objects needs an object. A role stays in its organization.
* Nothing says whether names are unique: here one name is one role of an organization.
* An unknown id may be answered with 404 and nothing: a role is gone when a complete list does not have it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field

from ...errors import AlreadyExists, InvalidInput, NotFound, ServerRefused, UnexpectedAnswer
from ...resource.fields import ConnectionName, Inputs, Normal, Problem, Row, State, identity, replace
from ...resource.grant import Grant, rights_of, text, texts
from ...resource.identity import path_part
from ...resource.resource import Resource
from ...resource.types import Name, Text
from ...server.body import require_row
from ...server.names import fold
from . import lists, members
from .lists import LISTS
from .members import Operator, RoleItem
from .rights import ROLES
from .session import M365Session

Type = Literal["EntireOrganization", "SpecificObjects"]
SPECIFIC = "SpecificObjects"
ROW = dict.fromkeys(("id", "organizationId", "name", "description", "roleType"), str)
_PUT = {"name": "name", "description": "description", "role_type": "roleType"}


class RestoreRoleInputs(Inputs):
    connection: ConnectionName = "m365"
    organization: Annotated[Name, identity, replace, Normal(fold)] = Field(
        description="The organization, by its name or id. Case does not matter."
    )
    name: Annotated[Name, identity, Normal(fold)] = Field(
        description="No other role of the organization may have it. Case does not matter."
    )
    role_type: Type = Field(description="What may be restored: all that the organization has, or `selected_items`.")
    operators: Annotated[list[Operator], Field(min_length=1)] = Field(
        description="Who can restore, at least one. The order does not matter."
    )
    selected_items: list[RoleItem] = Field(
        [], description="What may be restored; needed for `SpecificObjects`, and only there."
    )
    excluded_items: list[RoleItem] = Field([], description="What may not be restored, whatever else says so.")
    description: Text = Field("", description="Any text.")


class RestoreRoleOutputs(BaseModel):
    organization_id: str = Field(description="UUID of the organization.")
    organization_name: str = Field(description="The organization as the server names it.")
    member_ids: dict[str, str] = Field(
        description="The ids of operators and items, by how they are written: `user:jane@contoso.example`."
    )
    other_items: list[str] = Field(description="Operators and items of kinds that no contract names: never touched.")


class M365RestoreRole(Resource[RestoreRoleInputs, M365Session]):
    """A restore operator role of an organization: who can restore whose mailboxes, sites and teams.

    Operators and items are looked up in the organization. The id is the server's UUID.
    """

    kind = "m365.RestoreRole"
    inputs = RestoreRoleInputs
    outputs = RestoreRoleOutputs
    follows: ClassVar = dict.fromkeys(("member_ids", "other_items"), ("role_type", *LISTS))
    listed = found_in_list = False  # the lists of each role cost three requests; `find` needs none

    def problems(self, inputs: State) -> Iterator[Problem]:
        selected, excluded = inputs.get("selected_items"), inputs.get("excluded_items")
        if inputs.get("role_type") == SPECIFIC and selected == []:
            yield Problem("selected_items", "is needed for the type SpecificObjects")
        if inputs.get("role_type") == "EntireOrganization" and selected:
            yield Problem("selected_items", "is for the type SpecificObjects")
        if isinstance(selected, list) and isinstance(excluded, list):
            both = {*members.known(selected)} & {*members.known(excluded)}
            if both:
                yield Problem("excluded_items", f"{sorted(both)[0]} is selected too: it can only be one of the two")

    def same(self, name: str, old: State, new: State) -> bool:
        if name == "organization" and new.get(name):
            own = [old.get(key) for key in (name, "organization_id", "organization_name")]
            return fold(str(new[name])) in [fold(str(one)) for one in own if one]
        if name in LISTS:
            ids = {**(new.get("member_ids") or {}), **(old.get("member_ids") or {})}
            return members.same(old.get(name) or [], new.get(name) or [], ids)
        return super().same(name, old, new)

    def project(self, live: State, known: State) -> State:
        state = super().project(live, known)
        if "member_ids" in live:
            ids = {**(known.get("member_ids") or {}), **live["member_ids"]}
            written = [one for name in LISTS for one in members.written(state.get(name) or [])]
            state["member_ids"] = {one: ids[one] for one in sorted(set(written)) if one in ids}
        return state

    def create(self, session: M365Session, inputs: RestoreRoleInputs) -> tuple[str, State | None]:
        home = str(session.organization(inputs.organization)["id"])
        wanted = _wanted(session, home, inputs)
        body = {"organizationId": home, **{key: getattr(inputs, name) for name, key in _PUT.items()}}
        spec = {**body, **{LISTS[name]: [*wanted[name].values()] for name in LISTS}}
        path = session.path(f"Organizations/{path_part(home)}/RbacRoles")
        try:
            made = session.write("POST", path, spec)
        except ServerRefused as error:
            if not lists.wants_ids(error):
                raise
            whole = {LISTS[name]: [lists.with_id(one) for one in wanted[name].values()] for name in LISTS}
            made = session.write("POST", path, {**body, **whole})
        id = made.get("id") if isinstance(made, dict) else None
        id = id if id and isinstance(id, str) else self.find(session, inputs)
        if id is None:
            raise InvalidInput("the server accepted the role, but has none of that name", "look at it, then run again")
        return id, None

    def row(self, session: M365Session, id: str) -> Row:
        found = self._role(session, id)
        return {**found, **lists.read(session, id)}

    def _role(self, session: M365Session, id: str) -> Row:
        try:
            found: Row = require_row(session.get(lists.role_path(session, id)), ROW, "id", id)
            return found
        except (ServerRefused, UnexpectedAnswer) as error:
            if isinstance(error, ServerRefused) and error.status not in (400, 404):
                raise
            if any(fold(str(one.get("id"))) == fold(id) for one in session.array(self.collection(session), ROW)):
                raise
        raise NotFound(f"the list of roles has no {id}", status=404, words="not in the list of roles")

    def rows(self, session: M365Session) -> Iterator[tuple[str, Row]]:
        for one in session.array(self.collection(session), ROW):
            yield str(one["id"]), {**one, **lists.read(session, str(one["id"]))}

    def values(self, session: M365Session, row: Row) -> State:
        home = str(row.get("organizationId"))
        names = [str(one.get("name")) for one in session.organizations() if fold(str(one["id"])) == fold(home)]
        items = [one for name in LISTS for one in row[name]]
        ids = members.ids(items)
        met = {text: id for text, id in session.met.items() if id in ids.values()}
        return {
            **{name: row.get(key) for name, key in _PUT.items()},
            **{name: [members.shown(one) for one in row[name] if members.key_of(one)] for name in LISTS},
            "organization": next(iter(names), home),
            "organization_id": home,
            "organization_name": next(iter(names), home),
            "member_ids": {**met, **ids},
            "other_items": [f"{one.get('type')} {one.get('id')}" for one in items if members.key_of(one) is None],
        }

    def update(
        self, session: M365Session, id: str, old: State, new: RestoreRoleInputs, changed: frozenset[str]
    ) -> None:
        row = self._role(session, id)
        home = str(row.get("organizationId"))
        if "name" in changed and (other := self.find(session, new)) not in (None, id):
            raise AlreadyExists(f"the organization has a role of that name (id {other})", "choose another", id=other)
        wanted = _wanted(session, home, new)
        lists.bring(session, id, wanted, specific=SPECIFIC in (row.get("roleType"), new.role_type))
        if changed & _PUT.keys():
            now = {
                LISTS[name]: list(map(lists.without_links, items)) for name, items in lists.read(session, id).items()
            }
            body = {"organizationId": home, **{key: getattr(new, name) for name, key in _PUT.items()}, **now}
            session.write("PUT", lists.role_path(session, id), body)
            lists.bring(session, id, wanted, specific=new.role_type == SPECIFIC)

    def delete(self, session: M365Session, id: str, state: State) -> None:
        try:
            session.write("DELETE", lists.role_path(session, id))
        except (ServerRefused, UnexpectedAnswer):
            self._role(session, id)
            raise

    def find(self, session: M365Session, inputs: RestoreRoleInputs) -> str | None:
        home = str(session.organization(inputs.organization)["id"])
        found = session.array(session.path(f"Organizations/{path_part(home)}/RbacRoles"), ROW)
        return next((str(one["id"]) for one in found if fold(str(one.get("name"))) == fold(inputs.name)), None)

    def grant(self, values: State) -> Grant:
        rights, unknown = rights_of(texts(values.get("role_type")), ROLES, str.lower)
        name, connection = text(values.get("name")), text(values.get("connection") or "m365")
        home = str(values.get("organization_id") or "")
        return Grant(
            "",
            connection,
            (name,),
            rights,
            unknown,
            principal="role",
            organization=home,
            holders=tuple(members.holders(values.get("operators"))),
        )

    def collection(self, session: M365Session) -> str:
        return session.path("RbacRoles")


def _wanted(session: M365Session, home: str, inputs: RestoreRoleInputs) -> lists.Wanted:
    given = {name: [one.model_dump() for one in getattr(inputs, name) or ()] for name in LISTS}
    return {name: members.resolve(session, home, items) for name, items in given.items()}
