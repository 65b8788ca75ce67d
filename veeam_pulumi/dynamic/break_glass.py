"""The list of a stack's break-glass accounts: who takes one away by accident is told how to do it on purpose.

Only diff knows what a stack had before, and it runs in previews too. The engine itself would refuse to delete protected
accounts, but in words that know nothing of a roster, and would let them be demoted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi import ResourceOptions
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

from ..errors import Protected
from . import load
from .provider import own
from .vocabulary import words

__all__ = ["BreakGlass"]


DELETE = "leave the entry as it was but for `break_glass: false`, run {up}, then remove it"
CHANGE = "say `break_glass: false` in the same change, run {up}, then protect it again"


class BreakGlassProvider(ResourceProvider):
    """Keeps the list; refuses a new one in which a protected account is missing or another one than before."""

    serialize_as_secret_always = False

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return load, ("BreakGlass",)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        old, new = _olds["protected"], _news["protected"]
        gone = old.keys() - set(_news["accounts"])
        changed = {label for label in old.keys() & new.keys() if old[label] != new[label]}
        for labels, what, how in ((gone, "deleted", DELETE), (changed, "changed", CHANGE)):
            if labels:
                raise Protected(
                    f"{', '.join(sorted(labels))} would be {what}, but is a break-glass account; nothing was changed",
                    f"on purpose: {how.format(up=words.command('up'))}",
                    about=str(_news["roster"]),
                ) from None
        return DiffResult(old != new)

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult("break-glass", own(props))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        return ReadResult(id_, own(props), own(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(own(_news))


class BreakGlass(Resource, module="veeam", name="BreakGlass"):
    """The accounts of a roster in a stack, and which of them are for breaking the glass."""

    def __init__(
        self,
        resource_name: str,
        *,
        roster: str,
        accounts: Sequence[str],
        protected: Mapping[str, Mapping[str, Any]],
        opts: ResourceOptions | None = None,
    ) -> None:
        """
        :param roster: The roster's file name, for messages.
        :param accounts: `PERSON@CONNECTION` of everybody in the stack.
        :param protected: Those of them that are break-glass, with their arguments but the password.
        """
        props = {"roster": roster, "accounts": [*accounts], "protected": dict(protected)}
        super().__init__(load("BreakGlass"), resource_name, props, opts)
