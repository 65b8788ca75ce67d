"""The declared fields of a resource: markers that say what a field means beyond its type, and how values compare."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StrictBool

from ..server.settings import is_connection_name

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
    kept = "the server shows it in another form, if at all: what the program says stays"
    present = "whether it is there at all counts: empty is not absent"
    local = "for this package alone: no server hears of it"


replace, secret, write_only, kept = Marker.replace, Marker.secret, Marker.write_only, Marker.kept
identity, unordered, computed, local = Marker.identity, Marker.unordered, Marker.computed, Marker.local
present = Marker.present


@dataclass(frozen=True)
class Normal:
    """How values of a field are compared, where that is not by their spelling. Inputs and state keep the spelling."""

    form: Callable[[Any], Any]


Paths = list[tuple[Any, ...]]
Place = tuple[str, ...]
"""Where a field is: `("password",)`, or inside of an argument, `("owner_credentials", "password")`."""


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


def _connection_name(text: str) -> str:
    if not is_connection_name(text):
        raise ValueError("must be lower-case letters, digits and `-`, a letter first")
    return text


ConnectionName = Annotated[
    str, AfterValidator(_connection_name), Field(description="The name of the connection to the server.")
]


class Inputs(BaseModel):
    """The arguments that every resource has. A subclass gives `connection` its default, the product's name."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    connection: ConnectionName = ""
    adopt: StrictBool = Field(
        False,
        description="Take over an object that the server has already, as it is, and keep whatever is left out here; it "
        "is never deleted.",
    )


@dataclass(frozen=True)
class Problem:
    """Something wrong with an argument. Of a `secret` one no head may print the value beside it."""

    property: str
    reason: str
    secret: bool = False

    def __str__(self) -> str:
        return f"{self.property}: {self.reason}"


@dataclass(frozen=True)
class Diff:
    """What a change of inputs means: the fields that differ, and those of them that replace the object."""

    changed: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True)
class InputField:
    """A declared input, or a part of one: its default (None where it is required), markers and normal form."""

    name: str
    default: Any
    required: bool
    markers: frozenset[Marker]
    normal: Callable[[Any], Any] = field(default=lambda value: value)
    parts: Mapping[str, InputField] = field(default_factory=dict)
    """The fields of a nested value."""

    def same(self, one: Any, other: Any) -> bool:
        """Whether `one`, which is there, means what `other` asks for. An unknown value never does.

        Absent is the default, and empty is absent. Nested values are compared part by part.
        """
        if has_unknown(one) or has_unknown(other):
            return False
        if Marker.present in self.markers and (one is None) != (other is None):
            return False
        one, other = (self.default if value is None else value for value in (one, other))
        if self.parts and isinstance(one or {}, Mapping) and isinstance(other or {}, Mapping):
            return all(part.satisfied(one or {}, other or {}) for part in self.parts.values())
        one, other = self._normal(one), self._normal(other)
        return bool(one == other) or (_is_empty(one) and _is_empty(other))

    def satisfied(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
        """Whether the old values have what the new ones say about this field."""
        left_open = new.get(self.name) is None and Marker.computed in self.markers
        return left_open or self.same(old.get(self.name), new.get(self.name))

    def _normal(self, value: Any) -> Any:
        if _is_empty(value):
            return value
        return {self.normal(item) for item in value} if Marker.unordered in self.markers else self.normal(value)

    def spelled(self, said: Any, known: Any) -> Any:
        """What the server says, each part of it in the known spelling where that means the same.

        Of a nested value, parts that the server would set itself and that nobody asked for are left out.
        """
        if said is None or known is None:
            return said
        if self.same(said, known):
            return known
        if not (self.parts and isinstance(said, Mapping) and isinstance(known, Mapping)):
            return said
        asked = [part for part in self.parts.values() if Marker.computed not in part.markers or part.name in known]
        found = {part.name: part.spelled(said.get(part.name), known.get(part.name)) for part in asked}
        return {name: value for name, value in found.items() if value is not None}


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
    said = [*info.metadata, *_of_parts(info.annotation)]
    markers = frozenset(item for item in info.metadata if isinstance(item, Marker))
    forms = [item.form for item in said if isinstance(item, Normal)]
    required = info.is_required()
    default = None if required else info.get_default(call_default_factory=True)
    normal = {"normal": forms[0]} if forms else {}
    return InputField(name, default, required, markers, **normal, parts=input_fields(nested(info.annotation)))


def input_fields(model: type[BaseModel] | None) -> dict[str, InputField]:
    """The fields of a model of inputs, or of a part of them, by name."""
    return {name: input_field(name, info) for name, info in model.model_fields.items()} if model else {}


def places(fields: Mapping[str, InputField], marker: Marker) -> Iterator[Place]:
    """The fields with a marker, those inside of others too (of a list's items none: nothing tells them apart)."""
    for name, declared in fields.items():
        if marker in declared.markers:
            yield (name,)
        else:
            yield from ((name, *inner) for inner in places(declared.parts, marker))


def at(values: Mapping[str, Any], place: Place) -> Any:
    """What stands at a place; None where nothing does."""
    found: Any = values
    for name in place:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def put(values: Mapping[str, Any], place: Place, value: Any) -> State:
    """The same values with another one at a place; None takes it away. What does not hold the place stays."""
    first, *inner = place
    if inner and not isinstance(values.get(first), Mapping):
        return dict(values)
    here = put(values[first], tuple(inner), value) if inner else value
    return {**{name: one for name, one in values.items() if name != first}, **({} if here is None else {first: here})}


def nested(annotation: Any) -> type[BaseModel] | None:
    """The model in a type (`Profile`, `Profile | None`, `list[Item] | None`); None where there is none."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(nested, get_args(annotation))), None)


def _of_parts(annotation: Any) -> list[Any]:
    """What is said of the alternatives of a type (`Guid | None`), or of the items of a list."""
    found: list[Any] = []
    for part in get_args(annotation):
        found += [*getattr(part, "__metadata__", ()), *_of_parts(part)]
    return found


def _is_empty(value: Any) -> bool:
    return value in (None, "", [], {})


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
