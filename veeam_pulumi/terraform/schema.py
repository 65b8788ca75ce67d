"""What Terraform has to know of a resource, from its models: attributes with type, flags and description.

An attribute of a secret argument `password` comes in two forms: `password`, which state keeps in clear (marked
sensitive), and the write-only `password_wo` (Terraform 1.11 and later), which it never keeps, with a number
`password_wo_version` whose change sends it again.
"""

from __future__ import annotations

import json
import types
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr

from ..products import file_of, sessions
from ..resource import descriptions
from ..resource.fields import UNKNOWN, Marker, Place, nested
from ..resource.resource import Resource
from ..server.settings import Settings
from .messages import message
from .values import RESERVED

AnyResource = Resource[Any, Any]
_MARKDOWN = 1
_SINGLE, _LIST, _MAP = 1, 2, 4
_SIMPLE = {str: "string", SecretStr: "string", int: "number", float: "number", bool: "bool"}


@dataclass(frozen=True)
class Attribute:
    """One attribute: a type of Terraform's (`"string"`, `["set", "string"]`) or attributes nested in it."""

    name: str
    type: Any = None
    nested: tuple[Attribute, ...] = ()
    nesting: int = 0
    required: bool = False
    computed: bool = False
    default: Any = None
    sensitive: bool = False
    write_only: bool = False
    read_only: bool = False
    """Set by the server alone."""
    description: str = field(default="", compare=False)

    def message(self) -> Any:
        given: dict[str, Any] = {"type": json.dumps(self.type).encode()}
        if self.nested:
            inner = [one.message() for one in self.nested]
            given = {"nested_type": message("Object", attributes=inner, nesting=self.nesting)}
        return message(
            "Attribute",
            name=RESERVED.get(self.name, self.name),
            required=self.required,
            optional=not self.required and not self.read_only,
            computed=self.computed or self.read_only,
            sensitive=self.sensitive,
            write_only=self.write_only,
            description=self.description,
            description_kind=_MARKDOWN,
            **given,
        )

    def filled(self, value: Any) -> Any:
        """A value with null for what is not set in it, as Terraform writes objects; sets in order, each item once."""
        if value is None or value is UNKNOWN:
            return value
        if not self.nested:
            is_set = isinstance(self.type, list) and self.type[0] == "set"
            return sorted(set(value)) if is_set and UNKNOWN not in value else value
        if self.nesting == _SINGLE:
            return filled(self.nested, value)
        if self.nesting == _MAP:
            return {key: filled(self.nested, one) for key, one in value.items()}
        return [filled(self.nested, one) for one in value]


def filled(attributes: Iterable[Attribute], values: dict[str, Any]) -> dict[str, Any]:
    """Values of all attributes, null where there is none."""
    return {one.name: one.filled(values.get(one.name)) for one in attributes}


def block(attributes: Iterable[Attribute], description: str = "", version: int = 0) -> Any:
    """A schema message."""
    found = [one.message() for one in sorted(attributes, key=lambda one: one.name)]
    about = message("Block", attributes=found, description=description, description_kind=_MARKDOWN)
    return message("Schema", version=version, block=about)


def type_name(kind: str) -> str:
    """`em.BackupServer` -> `veeam_em_backup_server`."""
    return f"veeam_{kind.partition('.')[0]}_{file_of(kind)}"


def attributes(resource: AnyResource) -> dict[str, Attribute]:
    """The attributes of a resource by name: `id`, its arguments without `adopt`, what the server adds, `server`."""
    about = descriptions.with_replacing(resource)
    found = [Attribute("id", "string", read_only=True, description="The id on the server; what `import` takes.")]
    for name, declared in resource.fields.items():
        if name == "adopt":
            continue
        model = _of(name, resource.inputs.model_fields[name].annotation, Marker.unordered in declared.markers)
        text = about[name]
        if Marker.secret in declared.markers:
            found += _secret(name, text, needed=declared.required)
            continue
        # What no server shows cannot be asked of who imports an object: the plan of a create asks for it.
        needed = declared.required and Marker.write_only not in declared.markers
        defaulted = declared.default is not None or Marker.computed in declared.markers
        found.append(replace(model, required=needed, computed=defaulted, default=declared.default, description=text))
    for name, info in resource.outputs.model_fields.items():
        hidden = name in resource.secret_outputs
        found.append(replace(_of(name, info.annotation), read_only=True, sensitive=hidden, description=about[name]))
    found.append(Attribute("server", "string", read_only=True, description=about["server"]))
    return {one.name: one for one in found}


def write_only(place: Place) -> Place:
    """Where the form of a secret is that no state keeps."""
    return (*place[:-1], f"{place[-1]}_wo")


def again(place: Place) -> Place:
    """Where the number is whose change sends it again."""
    return (*place[:-1], f"{place[-1]}_wo_version")


def _secret(name: str, text: str, *, needed: bool) -> list[Attribute]:
    either = f" Either this or `{name}_wo` is needed to create the object." if needed else ""
    found = [
        Attribute(name, "string", sensitive=True, description=f"{text}{either} Terraform keeps it in its state."),
        Attribute(f"{name}_wo", "string", sensitive=True, write_only=True, description=f"{text} Never in the state."),
    ]
    again = f"Any number; another one sends `{name}_wo` to the server again."
    return (
        [*found, Attribute(f"{name}_wo_version", "number", description=again)]
        if needed or name == "password"
        else found
    )


def model_attributes(model: type[BaseModel], *, leave_out: Iterable[str] = ()) -> tuple[Attribute, ...]:
    """The attributes of a model of settings or of a part of an argument."""
    found, about = [], descriptions.of_model(model)
    for name, info in model.model_fields.items():
        if name not in leave_out:
            one = _of(name, info.annotation)
            secret = SecretStr in _parts(info.annotation)
            found.append(replace(one, required=info.is_required(), sensitive=secret, description=about[name]))
    return tuple(found)


def setting_attributes() -> tuple[Attribute, ...]:
    """The attributes of a connection: what all have, then what only some products have, and which.

    None is required: every setting may come from the environment, the product from the connection's name.
    """
    found = {one.name: replace(one, required=False) for one in model_attributes(Settings)}
    for product, session in sessions().items():
        for one in model_attributes(session.settings_model, leave_out=Settings.model_fields):
            found[one.name] = replace(one, description=f"Only for `{product}`. {one.description}")
    return tuple(found.values())


def _argument_parts(model: type[BaseModel]) -> tuple[Attribute, ...]:
    """The same of a part of an argument, whose secrets have both forms."""
    found = list[Attribute]()
    for one in model_attributes(model):
        secret = Marker.secret in model.model_fields[one.name].metadata
        found += _secret(one.name, one.description, needed=False) if secret else [one]
    return tuple(found)


def listed(resource: AnyResource) -> tuple[Attribute, ...]:
    """The attributes of an object in a list: everything but secrets and what is for us alone."""
    ours = ("connection", "server", *resource.marked(Marker.local))
    return tuple(
        replace(one, required=False, computed=False, default=None, read_only=True)
        for one in _without_secrets(attributes(resource).values())
        if one.name not in ours
    )


def _without_secrets(found: Iterable[Attribute]) -> Iterator[Attribute]:
    for one in found:
        if not one.sensitive and not one.name.endswith("_wo_version"):
            yield replace(one, nested=tuple(_without_secrets(one.nested)))


def _of(name: str, annotation: Any, unordered: bool = False) -> Attribute:
    """The attribute of a model's field, without flags."""
    (inner,) = [one for one in _parts(annotation) if one is not type(None)][:1]
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        return Attribute(name, nested=_argument_parts(inner), nesting=_SINGLE)
    if get_origin(inner) is list and (element := nested(inner)) is not None:
        return Attribute(name, nested=model_attributes(element), nesting=_LIST)
    return Attribute(name, _type(inner, unordered))


def _type(annotation: Any, unordered: bool = False) -> Any:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return "string"
    if origin in (list, tuple):
        return ["set" if unordered else "list", _type(next(iter(_parts(inner[0]))))]
    if origin is dict:
        return ["map", _type(inner[1])]
    return _SIMPLE[annotation]


def _parts(annotation: Any) -> list[Any]:
    """The alternatives of a type, out of what is annotated."""
    if get_origin(annotation) is Annotated:
        return _parts(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [part for one in get_args(annotation) for part in _parts(one)]
    return [annotation]
