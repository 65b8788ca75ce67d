"""Resources as rules see them, whoever tells of them: a policy engine, a state, a preview.

What an object is, its provider says and not its type. What is not known, or is a secret that nobody opened, stays in
the values as such (`fields.UNKNOWN`, `[secret]`): a rule says so, it does not pass over it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..products import complete, grant, resources
from ..pulumi_state import MASKED, NOT_ON_A_SERVER, Urn, is_foreign, kind_of, opened, own_names
from ..resource.fields import UNKNOWN
from ..resource.grant import LATER, Grant, unknown_kind

HIDDEN = frozenset({LATER, MASKED})
"""What stands for a name, a role or a connection that cannot be read."""


class NoDocument(ValueError):
    """What was given is not output of `preview --json` or `stack export` that rules can judge."""


@dataclass(frozen=True)
class Resource:
    """A resource that a program declares."""

    urn: str
    type: str
    values: Mapping[str, Any] = field(default_factory=dict)
    """Opened: see `pulumi_state.opened`."""
    protect: bool = False
    parent: str = ""
    """Its parent's URN."""

    @property
    def name(self) -> str:
        return Urn.of(self.urn).name

    @property
    def stack(self) -> str:
        return Urn.of(self.urn).stack

    @property
    def kind(self) -> str:
        """`vbr.User`, `BreakGlass`; empty for what this package does not manage."""
        return kind_of(self.type, self.values)

    @cached_property
    def grant(self) -> Grant | None:
        """What it lets whom do; None for what is not an object on a server of ours."""
        if not self.kind or self.kind in NOT_ON_A_SERVER:
            return None
        return unknown_kind(self.kind, self.values) if self.is_foreign else grant(self.kind, self.values)

    @property
    def is_foreign(self) -> bool:
        """Whether it brings code along that is not of this package."""
        return is_foreign(self.type, self.values)


def of_document(document: Mapping[str, Any]) -> list[Resource]:
    """The resources of `stack export`, or those that there will be after what `preview --json` shows.

    Raises NoDocument for anything else, for a preview that failed, and for one that does not show everything.
    """
    try:
        return [_resource(entry) for entry in _entries(document)]
    except NoDocument:
        raise
    except (AttributeError, KeyError, TypeError, ValueError):
        raise NoDocument("a value in it has another form than in the output of `preview` or `stack export`") from None


def _resource(entry: Mapping[str, Any]) -> Resource:
    token = str(entry["type"])
    outputs, inputs = (opened(own_names(token, entry.get(key) or {}), UNKNOWN) for key in ("outputs", "inputs"))
    kind = "" if is_foreign(token, inputs) else kind_of(token, inputs)
    known, inputs = resources().get(kind), complete(kind, inputs)
    return Resource(
        urn=str(entry["urn"]),
        type=token,
        values=known.foreseen(outputs, inputs) if known else {**outputs, **inputs},
        protect=entry.get("protect") is True,
        parent=str(entry.get("parent") or ""),
    )


def _entries(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if isinstance(document.get("deployment"), Mapping):
        yield from document["deployment"].get("resources") or ()
        return
    if not {"steps", "changeSummary", "diagnostics"} & document.keys():
        raise NoDocument("that is the output of neither `preview --json` nor `stack export`")
    if any(one.get("severity") == "error" for one in document.get("diagnostics") or ()):
        raise NoDocument("the preview failed, so it does not show what there will be: correct what it says first")
    steps, counts = document.get("steps") or (), document.get("changeSummary") or {}
    if not steps and not any(counts.values()):
        raise NoDocument("the preview has nothing in it, not even the stack: its own output says why")
    if int(counts.get("same") or 0) > sum(step["op"] == "same" for step in steps):
        raise NoDocument("the preview leaves out what is unchanged: make it with --show-sames")
    last: dict[str, Mapping[str, Any]] = {}
    for step in steps:  # one that is refreshed or replaced has more than one: the last new state counts
        if new := step.get("newState"):
            made = step["op"] in ("create", "replace", "create-replacement")
            last[step["urn"]] = {**new, "outputs": {}} if made else new  # those of the old object say nothing of it
        elif step["op"] == "delete":
            last.pop(step["urn"], None)
    yield from last.values()
