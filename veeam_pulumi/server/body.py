"""What servers send is material from outside: read strictly, and what does not fit is an error before it is used.

A row has a shape, written as data: `{"id": str, "port": (int, str), "roles": [{"id": str}]}`. null and absent fit
everywhere, because servers send null for fields that their schema calls required; members that no shape names are not
looked at.
"""

from __future__ import annotations

import json
from typing import Any

from ..errors import UnexpectedAnswer
from .names import same_name

DEEPEST = 30
"""Levels of a body; the deepest that any product sends has 9."""
LARGEST = 2**63
MOST_VALUES = 1_000_000
"""In one body; the longest list of any product has a tenth of that. Reading 15 MiB of `{},` takes half a minute."""
Shape = Any
"""A type, a tuple of types, a list of one shape, or shapes by name."""
_WORDS = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "nothing"}


def read(body: bytes) -> Any:
    """JSON -> data; a byte-order mark is tolerated. Raises ValueError or RecursionError for what is none."""
    return sane(json.loads(countable(body).decode("utf-8-sig")))


def countable(body: bytes) -> bytes:
    """The same body. Raises ValueError where there are more values in it than any product sends."""
    if len(body) > MOST_VALUES and sum(map(body.count, (b",", b"{", b"[", b"<"))) > MOST_VALUES:
        raise ValueError("too many values")
    return body


def sane(data: Any) -> Any:
    """The same data. Raises ValueError where it holds what neither state nor a message could: half a surrogate pair,
    NaN, a number beyond 64 bits, more levels than any product has."""
    level = [data]
    for _ in range(DEEPEST):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inner += [*value, *value.values()]
            elif isinstance(value, list):
                inner += value
            elif isinstance(value, str):
                value.encode()
            elif isinstance(value, (int, float)) and not abs(value) < LARGEST:
                raise ValueError("no number of any product")
        if not inner:
            return data
        level = inner
    raise ValueError("too many levels")


def fitting(value: Any, shape: Shape, name: str) -> Any:
    """The same value, if it has the shape. Raises UnexpectedAnswer that says what is in the place of `name`."""
    if value is None:
        return None
    if isinstance(shape, dict) and isinstance(value, dict):
        for key, inner in shape.items():
            fitting(value.get(key), inner, key)
    elif isinstance(shape, list) and isinstance(value, list):
        for item in value:
            if fitting(item, shape[0], f"an entry of {name}") is None:
                _refuse(None, f"an entry of {name}")
    elif isinstance(shape, (dict, list)) or not isinstance(value, shape) or isinstance(value, bool) != (shape is bool):
        _refuse(value, name)
    return value


def _refuse(value: Any, name: str) -> None:
    raise UnexpectedAnswer(f"the server answered with {_WORDS.get(type(value), 'a number')} as {name}")


def require_row(row: Any, shape: dict[str, Shape], key: str, id: str) -> Any:
    """A row, if it is the one of that id and has the shape. Raises UnexpectedAnswer."""
    fitting(row, shape, "the object")
    if not isinstance(row, dict) or not same_name(str(row.get(key)), id):
        raise UnexpectedAnswer(f"the server was asked for {id!r} and answered with another object")
    return row


def words(value: Any) -> str:
    """A text of the server for a message; "" for what is none."""
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""
