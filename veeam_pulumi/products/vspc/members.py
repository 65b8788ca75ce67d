"""Objects inside of a company, in the contract's words in snake case: what answers say of them, what requests write.

* Texts that nobody gave read as null or as "" (seen on a live console): both are nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel

from ...resource.fields import State, nested


def camel(name: str) -> str:
    """`tax_id` -> `taxId`."""
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


def shape(model: type[BaseModel]) -> dict[str, Any]:
    """What a row of the object looks like."""
    return {camel(name): _shape(info.annotation) for name, info in model.model_fields.items()}


def _shape(annotation: Any) -> Any:
    if (inner := nested(annotation)) is not None:
        return shape(inner)
    return next(kind for kind in (bool, int, str) if kind in _types(annotation))


def _types(annotation: Any) -> set[Any]:
    return {annotation}.union(*map(_types, [part for part in get_args(annotation) if not isinstance(part, str)]))


def read(model: type[BaseModel], row: Any) -> State:
    """An object of an answer by field name, without what says nothing."""
    found = {}
    for name, info in model.model_fields.items():
        value = row.get(camel(name)) if isinstance(row, dict) else None
        inner = nested(info.annotation)
        found[name] = read(inner, value) if inner is not None and value is not None else value
    return {name: value for name, value in found.items() if value not in (None, "")}


def wire(values: Mapping[str, Any]) -> dict[str, Any]:
    """An object as a request has it."""
    return {camel(name): wire(value) if isinstance(value, Mapping) else value for name, value in values.items()}
