"""What Pulumi's JSON means, in states, previews and requests: secrets, what is not known yet, URNs.

Facts: sdk/python/lib/pulumi/runtime/rpc.py (signatures, the unknown value), sdk/go/common/resource/urn/urn.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Stands for a value that only `up` will tell."""
SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key of an object that is a special value; what it holds says which."""
SECRET = "1b47061264138c4ac30d75fd1eb44270"
MASKED = "[secret]"
"""What previews show for a secret."""


def contains(value: Any, test: Callable[[Any], bool]) -> bool:
    """Whether the test holds for the value or anything in it."""
    items = value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ()
    return test(value) or any(contains(item, test) for item in items)


def is_secret(value: Any) -> bool:
    return isinstance(value, Mapping) and value.get(SIGNATURE) == SECRET


def is_unknown(value: Any) -> bool:
    return isinstance(value, str) and value == UNKNOWN


def has_unknown(value: Any) -> bool:
    """Whether a value, or a part of it, is known only after `up`."""
    return contains(value, is_unknown)


@dataclass(frozen=True)
class Urn:
    """A resource's name in Pulumi, in parts: `urn:pulumi:STACK::PROJECT::PARENT-TYPES$TYPE::NAME`."""

    stack: str
    project: str
    types: str
    """Its type behind those of its parents, `$` between them."""
    name: str
    """May hold `::` itself."""

    @classmethod
    def of(cls, text: str) -> Urn:
        """The parts of a URN; empty where there are fewer."""
        head, project, types, name = (*text.split("::", 3), "", "", "")[:4]
        return cls(head.removeprefix("urn:pulumi:"), project, types, name)

    @property
    def type(self) -> str:
        return self.types.rpartition("$")[2]

    def __str__(self) -> str:
        return f"urn:pulumi:{self.stack}::{self.project}::{self.types}::{self.name}"
