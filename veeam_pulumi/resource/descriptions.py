"""What a resource and its fields are, from the models: for the schemas, docstrings and tables of every head.

A field's own text is in its model, as `Field(description=…)`, a resource's in the docstring of its class. What a
model says by other means is not said there again but added here: the values that a `Literal` allows, and what the
marker `replace` means.
"""

from __future__ import annotations

import inspect
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from .fields import Marker, nested
from .resource import Resource

SERVER = "`host:port` of the server."
"""Of the one output that every resource has."""
REPLACES = f"{Marker.replace.value.capitalize()}."


def of_resource(resource: Resource[Any, Any]) -> str:
    """What the objects are, in paragraphs."""
    return inspect.cleandoc(type(resource).__doc__ or "")


def of_fields(resource: Resource[Any, Any]) -> dict[str, str]:
    """The text of each argument and output; of a field inside of an argument by its path, `profile.first_name`."""
    return {**of_model(resource.inputs), **of_model(resource.outputs), "server": SERVER}


def of_model(model: type[BaseModel]) -> dict[str, str]:
    """The text of each field of a model, and of those inside, by its path: with the values that it allows."""
    found: dict[str, str] = {}
    for name, info in model.model_fields.items():
        values = _allowed(info.annotation)
        found[name] = f"{info.description or ''} {_either(values) if values else ''}".strip()
        if (inner := nested(info.annotation)) is not None:
            found |= {f"{name}.{path}": text for path, text in of_model(inner).items()}
    return found


def with_replacing(resource: Resource[Any, Any]) -> dict[str, str]:
    """The same, with what a change does where it replaces the object."""
    return {
        name: f"{text} {REPLACES}" if name in resource.fields and name in resource.marked(Marker.replace) else text
        for name, text in of_fields(resource).items()
    }


def _allowed(annotation: Any) -> tuple[str, ...]:
    """The values of a `Literal`, wherever it is in a type."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(value for part in get_args(annotation) for value in _allowed(part))


def _either(values: tuple[str, ...]) -> str:
    *others, last = [f"`{value}`" for value in values]
    return f"{', '.join(others)} or {last}." if others else f"{last}."
