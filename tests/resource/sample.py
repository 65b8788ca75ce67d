"""A small resource of no product, kept in memory, for testing what the core does with any resource."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, SecretStr

from veeam_pulumi.errors import NotFound, Protected
from veeam_pulumi.resource.fields import (
    Inputs,
    Normal,
    Problem,
    Row,
    State,
    computed,
    identity,
    kept,
    replace,
    secret,
    unordered,
    write_only,
)
from veeam_pulumi.resource.grant import Grant
from veeam_pulumi.resource.resource import Resource
from veeam_pulumi.server.session import Session


class Address(BaseModel):
    city: Annotated[str, Field(min_length=1), Normal(str.casefold)]
    floor: int = 0
    door: Annotated[int | None, computed] = None


class BadgeInputs(Inputs):
    connection: str = Field("door", pattern=r"^[a-z][a-z0-9-]*$")
    name: Annotated[str, Field(min_length=2), identity, replace, Normal(str.casefold)]
    password: Annotated[SecretStr, Field(min_length=4), secret, write_only]
    rooms: Annotated[list[str], Field(default_factory=list, max_length=30), unordered, Normal(str.casefold)]
    level: Literal["guest", "staff"] = "guest"
    kind: Annotated[str, replace] = "card"
    number: Annotated[int | None, computed] = None
    note: Annotated[str, Field(max_length=60)] = ""
    address: Address | None = None
    sponsor: Annotated[str | None, kept] = None


class BadgeOutputs(BaseModel):
    serial: str


class Badge(Resource[BadgeInputs, Session]):
    """Its server is the dict `objects`; `calls` notes every hook, `faults` lists errors to raise by hook."""

    kind = "door.Badge"
    inputs = BadgeInputs
    outputs = BadgeOutputs

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []
        self.faults: dict[str, list[Exception | None]] = {}

    def _call(self, hook: str) -> None:
        self.calls.append(hook)
        fault = self.faults[hook].pop(0) if self.faults.get(hook) else None
        if fault is not None:
            raise fault

    def grant(self, values: State) -> Grant:
        return Grant(str(values.get("name")), "door", principal="account")

    def problems(self, inputs: State) -> Iterator[Problem]:
        if inputs.get("level") == "guest" and inputs.get("kind") == "key":
            yield Problem("kind", "a guest gets no key")

    def create(self, session: Session, inputs: BadgeInputs) -> tuple[str, State | None]:
        id = f"{inputs.name.lower()}-{len(self.calls)}"
        if not self.faults.get("create") or getattr(self.faults["create"][0], "handled", False):
            self.objects[id] = {
                "name": inputs.name.upper(),
                "rooms": inputs.rooms,
                "level": inputs.level,
                "kind": inputs.kind,
                "note": inputs.note,
                "number": inputs.number or 7,
                "serial": f"S-{id}",
                "password": inputs.password.get_secret_value(),
            }
        self._call("create")
        return id, None

    def row(self, session: Session, id: str) -> Row:
        self._call("read")
        if id not in self.objects:
            raise NotFound("no such badge", status=404, code="NotFound", words="no such badge")
        return self.objects[id]

    def rows(self, session: Session) -> Iterator[tuple[str, Row]]:
        self._call("list")
        yield from list(self.objects.items())

    def values(self, session: Session, row: Row) -> State:
        return {key: value for key, value in row.items() if key != "password"}

    def update(self, session: Session, id: str, old: State, new: BadgeInputs, changed: frozenset[str]) -> None:
        if not self.faults.get("update") or getattr(self.faults["update"][0], "handled", False):
            for name in changed - {"password"}:
                self.objects[id][name] = getattr(new, name)
            if "password" in changed:
                self.objects[id]["password"] = new.password.get_secret_value()
        self._call("update")

    def delete(self, session: Session, id: str, state: State) -> None:
        if id not in self.objects:
            self.calls.append("delete")
            raise NotFound("no such badge", status=404, code="NotFound", words="no such badge")
        if not self.faults.get("delete") or getattr(self.faults["delete"][0], "handled", False):
            del self.objects[id]
        self._call("delete")

    def protect(self, session: Session, id: str, state: State) -> None:
        if state["name"] == "janitor":
            raise Protected("the janitor stays")

    def find(self, session: Session, inputs: BadgeInputs) -> str | None:
        self._call("find")
        same = [id for id, badge in self.objects.items() if badge["name"].casefold() == inputs.name.casefold()]
        return same[0] if same else None

    def matches(self, row: Row, inputs: BadgeInputs) -> bool:
        return bool(row["name"].casefold() == inputs.name.casefold())

    def collection(self, session: Session) -> str:
        return "/badges"
