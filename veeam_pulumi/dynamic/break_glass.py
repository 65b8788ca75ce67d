"""The list of a stack's break-glass accounts: who takes one away by accident is told how to do it on purpose.

Only diff knows what a stack had before, and it runs in previews too. The engine itself would refuse to delete the
protected accounts, but in words that know nothing of a roster.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pulumi import ResourceOptions
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

from ..core.errors import Protected
from . import load

__all__ = ["BreakGlass"]


class BreakGlassProvider(ResourceProvider):
    """Keeps the list; refuses a new one in which an account is missing that was protected."""

    serialize_as_secret_always = False

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return load, ("BreakGlass",)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        if gone := sorted(set(_olds["protected"]) - set(_news["accounts"])):
            raise Protected(
                f"{', '.join(gone)} would be deleted, but is a break-glass account; nothing was changed",
                "on purpose: leave the entry as it was but for `break_glass: false`, run `pulumi up`, then remove it",
                about=str(_news["roster"]),
            ) from None
        return DiffResult(_olds["protected"] != _news["protected"])

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult("break-glass", _plain(props))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        return ReadResult(id_, _plain(props), _plain(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(_plain(_news))


def _plain(props: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in props.items() if name != "__provider"}


class BreakGlass(Resource, module="veeam", name="BreakGlass"):
    """The accounts of a roster in a stack, and which of them are for breaking the glass."""

    def __init__(
        self,
        resource_name: str,
        *,
        roster: str,
        accounts: Sequence[str],
        protected: Sequence[str],
        opts: ResourceOptions | None = None,
    ) -> None:
        """
        :param roster: The roster's file name, for messages.
        :param accounts: `PERSON@CONNECTION` of everybody in the stack.
        :param protected: Those of them that are break-glass.
        """
        props = {"roster": roster, "accounts": [*accounts], "protected": [*protected]}
        super().__init__(load("BreakGlass"), resource_name, props, opts)
