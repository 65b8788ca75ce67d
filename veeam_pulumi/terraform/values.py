"""Values as Terraform writes them (msgpack of its own type system) <-> values as the resources know them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgpack

from ..resource.fields import UNKNOWN
from .messages import message

RESERVED = {"connection": "connection_name"}
"""Arguments whose names Terraform keeps for itself in resources, and what they are called there."""
_CORE = {outside: name for name, outside in RESERVED.items()}
_UNKNOWN = msgpack.ExtType(0, b"\x00")


def decode(value: Any) -> Any:
    """A DynamicValue -> None, texts, numbers, lists, maps. What is not known yet, refined or not, is UNKNOWN."""
    if not value.msgpack:
        return None
    # An unknown with something known about it ("starts with LAB\") has code 12 and its facts as content.
    return msgpack.unpackb(value.msgpack, ext_hook=lambda _code, _data: UNKNOWN, strict_map_key=False)


def encode(value: Any) -> Any:
    """The other way round."""
    return message("DynamicValue", msgpack=msgpack.packb(_plain(value)))


def _plain(value: Any) -> Any:
    if value is UNKNOWN:
        return _UNKNOWN
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def inside(values: Any) -> Any:
    """The attributes of an object, or null, by the core's names."""
    return None if values is None else {_CORE.get(name, name): value for name, value in values.items()}


def outside(values: Any) -> Any:
    """The other way round."""
    return None if values is None else {RESERVED.get(name, name): value for name, value in values.items()}


def without_null(value: Any) -> Any:
    """A value without the attributes that nobody set; Terraform writes them as null."""
    if isinstance(value, Mapping):
        return {key: without_null(item) for key, item in value.items() if item is not None}
    return [without_null(item) for item in value] if isinstance(value, list) else value
