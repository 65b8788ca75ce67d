"""The declared fields of a resource: markers that say what a field means beyond its type, and how values compare."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from ..server.settings import CONNECTION_NAME

SCHEMA = 1
Row = dict[str, Any]
"""An object as a server answers it."""
State = dict[str, Any]
"""A resource's state: its inputs and outputs as JSON in snake_case, and `schema`, `server`, `adopted`."""


class Marker(enum.Enum):
    """What a field means beyond its type."""

    replace = "a change replaces the object"
    secret = "never shown; secret in state"
    write_only = "the server never returns it"
    identity = "the natural key"
    unordered = "a set: order and duplicates do not matter"
    computed = "set by the server when left out"


replace, secret, write_only = Marker.replace, Marker.secret, Marker.write_only
identity, unordered, computed = Marker.identity, Marker.unordered, Marker.computed


@dataclass(frozen=True)
class Normal:
    """How values of a field are compared, where that is not by their spelling. Inputs and state keep the spelling."""

    form: Callable[[Any], Any]


Paths = list[tuple[Any, ...]]


class Unknown:
    """A value that only the run will tell. There is one, UNKNOWN; heads translate their own form into it."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


def has_unknown(value: Any) -> bool:
    """Whether UNKNOWN stands anywhere in a value."""
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    return any(map(has_unknown, value)) if isinstance(value, (list, tuple)) else value is UNKNOWN


ConnectionName = Annotated[str, Field(pattern=f"^{CONNECTION_NAME}$")]


class Inputs(BaseModel):
    """The arguments that every resource has. A subclass gives `connection` its default, the product's name."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    connection: ConnectionName = ""
    adopt: bool = False


@dataclass(frozen=True)
class Problem:
    """Something wrong with an argument. `property` is empty for a secret: engines print the value beside it."""

    property: str
    reason: str


@dataclass(frozen=True)
class Diff:
    """What a change of inputs means: the fields that differ, and those of them that replace the object."""

    changed: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True)
class InputField:
    """A declared input: its default (None where it is required), markers and normal form."""

    name: str
    default: Any
    required: bool
    markers: frozenset[Marker]
    normal: Callable[[Any], Any] = field(default=lambda value: value)

    def same(self, one: Any, other: Any) -> bool:
        """Whether two values mean the same. Empty and absent do; an unknown one never does."""
        if has_unknown(one) or has_unknown(other):
            return False
        if one in (None, "", []) or other in (None, "", []):
            return one in (None, "", []) and other in (None, "", [])
        if Marker.unordered in self.markers:
            return bool({self.normal(item) for item in one} == {self.normal(item) for item in other})
        return bool(self.normal(one) == self.normal(other))


def plain(model: BaseModel) -> State:
    """A model as JSON-like data with secrets in clear, for state only."""

    def clear(value: Any) -> Any:
        if isinstance(value, SecretStr):
            return value.get_secret_value()
        if isinstance(value, Mapping):
            return {key: clear(item) for key, item in value.items() if item is not None}
        return [clear(item) for item in value] if isinstance(value, (list, tuple)) else value

    data = model.model_dump()
    return {name: clear(value) for name, value in data.items() if value is not None}


def input_field(name: str, info: Any) -> InputField:
    markers = frozenset(item for item in info.metadata if isinstance(item, Marker))
    forms = [item.form for item in info.metadata if isinstance(item, Normal)]
    required = info.is_required()
    default = None if required else info.get_default(call_default_factory=True)
    return InputField(name, default, required, markers, *forms[:1])


def without_unknown(value: Any, path: tuple[Any, ...], unknown: Paths) -> Any:
    """A value without what is UNKNOWN in it; the places of that are added to `unknown`.

    A list with an UNKNOWN in it is left to the run: its length and the indices of its problems would be wrong.
    """
    if value is UNKNOWN or (isinstance(value, (list, tuple)) and has_unknown(value)):
        unknown.append(path)
        return UNKNOWN
    if isinstance(value, Mapping):
        pruned = {key: without_unknown(item, (*path, key), unknown) for key, item in value.items()}
        return {key: item for key, item in pruned.items() if item is not UNKNOWN}
    return value
