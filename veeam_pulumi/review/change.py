"""One resource in a preview: what the state recorded, what its server has, and what the program wants.

A secret is `[secret]` on both sides, so a changed password shows only by what it depends on, or by being all that is
left to explain an update.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..access.grants import Grant, grant, kind_of
from ..products import resources
from ..pulumi_state import MASKED, Urn, contains, is_unknown
from ..resource.fields import UNKNOWN, Marker
from ..resource.resource import Resource

Values = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """One resource in a preview. Values are inputs with outputs over them; of what is wanted, inputs alone."""

    urn: Urn
    op: str
    """`create`, `update`, `replace`, `delete`, `same` or `read`."""
    owner: str
    """The person or company that it belongs to."""
    recorded: Values | None
    """As the state file has it: None for a new resource."""
    found: Values | None
    """As the server has it: what is recorded, unless the preview looked."""
    wanted: Values | None
    custom: bool = True
    """Whether a provider manages it; components and the stack itself are not."""
    protected: bool = False
    """Before the change."""
    protects: bool = False
    """After it."""
    stays: bool = False
    """Whether deleting it leaves the object on its server."""
    new_password: bool = False
    """Whether its password comes from a resource that changes."""
    reasons: tuple[str, ...] = ()
    """The properties that the engine names for the change; a dynamic provider names none."""

    @property
    def kind(self) -> str:
        return kind_of(self.urn.type)

    @cached_property
    def resource(self) -> Resource[Any, Any] | None:
        return resources().get(self.kind)

    @property
    def before(self) -> Grant | None:
        """What the account was given so far, as recorded."""
        return self._grant(self.recorded)

    @property
    def by_hand(self) -> Grant | None:
        """What it has on the server."""
        return self._grant(self.found)

    @property
    def after(self) -> Grant | None:
        """What it will have, with what only the server decides as it was."""
        declared = self.resource.fields if self.resource else {}
        kept = {key: value for key, value in (self.recorded or {}).items() if key not in declared}
        return None if self.wanted is None else self._grant({**kept, **self.wanted})

    @property
    def server(self) -> str:
        """`host:port` where the state knows it."""
        return str((self.found or {}).get("server") or (self.recorded or {}).get("server") or "")

    @cached_property
    def intended(self) -> tuple[str, ...]:
        """The properties that the program changes, compared with what is recorded. Secrets are in it when they show."""
        if self.recorded is None or self.wanted is None:
            return ()
        changed = set(self._differing(self.recorded, self.wanted))
        secrets = self.resource.marked(Marker.secret) if self.resource else ()
        changed |= {name for name in self.reasons if self.resource and name in self.resource.fields}
        changed |= {name for name in ("password",) if self.new_password and name in secrets}
        if self.op == "update" and not changed and not self.drifted and self.protected == self.protects:
            changed |= {name for name in secrets if self.wanted.get(name) == MASKED}
        return tuple(sorted(changed))

    @cached_property
    def drifted(self) -> tuple[str, ...]:
        """The properties that differ on the server from what is recorded."""
        if self.recorded is None or self.found is None or self.found == self.recorded or self.resource is None:
            return ()
        known = {name: self.recorded[name] for name in self.resource.fields if name in self.recorded}
        return tuple(sorted(self._differing(self.found, known)))

    @property
    def gone(self) -> bool:
        """Whether the object is recorded, but no longer on its server."""
        return self.recorded is not None and self.found is None

    def _grant(self, values: Values | None) -> Grant | None:
        return None if values is None else grant(self.urn.type, values)

    def _differing(self, old: Values, new: Values) -> Iterator[str]:
        if self.resource is None:
            return
        for name in self.resource.fields:
            if _masked(old.get(name)) or _masked(new.get(name)):
                if old.get(name) != new.get(name):
                    yield name
                old, new = ({key: value for key, value in one.items() if key != name} for one in (old, new))
        try:
            yield from self.resource.diff(old, {key: _core(value) for key, value in new.items()}).changed
        except (AttributeError, TypeError, ValueError):  # values of a form that no check has seen
            yield from (name for name in self.resource.fields if old.get(name) != new.get(name))


def _masked(value: Any) -> bool:
    return contains(value, lambda part: bool(part == MASKED))


def _core(value: Any) -> Any:
    """A value as resources know it: with their own mark for what is not known yet."""
    if isinstance(value, Mapping):
        return {key: _core(item) for key, item in value.items()}
    return [_core(item) for item in value] if isinstance(value, list) else UNKNOWN if is_unknown(value) else value
