"""One resource in a preview: what the state recorded, what its server has, and what the program wants.

A secret is `[secret]` on both sides, so a changed password shows only by what it depends on, or by being all that is
left to explain an update. What an object is, its provider says and not its type: a program names its types freely.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..products import grant, resources
from ..pulumi_state import MASKED, NOT_ON_A_SERVER, PROVIDER, Urn, contains, is_foreign, kind_of, opened
from ..resource import fields
from ..resource.fields import Marker, at
from ..resource.grant import Grant, unknown_kind
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
    moving: frozenset[str] = frozenset()
    """The properties that come from resources that change."""
    reasons: tuple[str, ...] = ()
    """The properties that the engine names for the change; a dynamic provider names none."""
    ignored: tuple[str, ...] = ()
    """The properties whose changes the program ignores (`ignore_changes`), as it writes them."""

    @cached_property
    def kind(self) -> str:
        """`vbr.User`; empty for what is not an object on a server, or none that this package manages."""
        values = self.wanted if self.wanted is not None else self.recorded
        kind = kind_of(self.urn.type, values or {})
        return "" if kind in NOT_ON_A_SERVER else kind

    @cached_property
    def foreign(self) -> bool:
        """Whether code runs for it that is none of this package's, before or after."""
        return any(is_foreign(self.urn.type, one) for one in (self.recorded, self.wanted) if one is not None)

    @property
    def runs_foreign_code(self) -> bool:
        """Whether `up` has foreign code do something: all but leaving an object alone."""
        before, after = (one and one.get(PROVIDER) for one in (self.recorded, self.wanted))
        return self.foreign and (self.op != "same" or before != after)

    @cached_property
    def resource(self) -> Resource[Any, Any] | None:
        return None if self.foreign else resources().get(self.kind)

    @cached_property
    def before(self) -> Grant | None:
        """What the account was given so far, as recorded."""
        return self._grant(self.recorded)

    @cached_property
    def by_hand(self) -> Grant | None:
        """What it has on the server."""
        return self._grant(None if self.found is None else {**self._provider(), **self.found})

    @cached_property
    def after(self) -> Grant | None:
        """What it will have, with what only the server decides as it was: of a new object, nobody knows that yet."""
        if self.wanted is None:
            return None
        recorded = {} if self.makes else self.recorded or {}
        return self._grant(self.resource.foreseen(recorded, self.wanted) if self.resource else self.wanted)

    @property
    def makes(self) -> bool:
        """Whether another object than the recorded one will be there: it was gone, or is replaced."""
        return self.op in ("create", "replace")

    @cached_property
    def makes_another(self) -> bool:
        """Whether what is made may stand for somebody else: an argument that tells objects apart differs, or is hidden.

        Another Windows account behind the name of a rule, another user of an API key.
        """
        if not self.makes or self.recorded is None or self.wanted is None:
            return False
        if self.resource is None:
            return True
        telling, wanted = self.resource.marked(Marker.replace), self.wanted
        return bool({*telling} & {*self._differing(self.recorded, wanted)}) or any(
            _masked(wanted.get(n)) for n in telling
        )

    @property
    def adopts(self) -> bool:
        """Whether an object that is there already is taken over as it is, rather than made."""
        return self.op == "create" and self.recorded is None and (self.wanted or {}).get("adopt") is True

    @property
    def takes_password(self) -> bool:
        """Whether the password that an adopted account has, somebody's own, is replaced by the program's."""
        if self.op != "update" or self.resource is None:
            return False
        return self.resource.takes_password(self.recorded or {}, self.wanted or {}, self.intended)

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
        changed |= {name for name in self.reasons if self.resource and name in self.resource.fields}
        secrets = self.resource.secrets if self.resource else ()
        changed |= {place[0] for place in secrets if place[-1] == "password" and place[0] in self.moving}
        if not changed and not self.drifted and self.protected == self.protects:
            changed |= self.hidden
        return tuple(sorted(changed))

    @cached_property
    def hidden(self) -> frozenset[str]:
        """The secrets that an update may change, because the preview hides both sides."""
        if self.op != "update" or self.resource is None:
            return frozenset()
        return frozenset(place[0] for place in self.resource.secrets if at(self.wanted or {}, place) == MASKED)

    @cached_property
    def drifted(self) -> tuple[str, ...]:
        """The properties that differ on the server from what is recorded."""
        if self.recorded is None or self.found is None or self.found == self.recorded or self.resource is None:
            return ()
        known = {name: self.recorded[name] for name in self.resource.fields if name in self.recorded}
        return tuple(sorted(self._differing(self.found, known)))

    @property
    def drift_ignored(self) -> tuple[str, ...]:
        """The properties that differ on the server, and that the program leaves so on purpose."""
        heads = {path.partition(".")[0].partition("[")[0] for path in self.ignored}
        return tuple(name for name in self.drifted if name in heads or "*" in heads)

    @property
    def gone(self) -> bool:
        """Whether the object is recorded, but no longer on its server."""
        return self.recorded is not None and self.found is None

    def _provider(self) -> Values:
        return {key: value for key, value in (self.recorded or {}).items() if key == PROVIDER}

    def _grant(self, values: Values | None) -> Grant | None:
        if values is None or not (kind := kind_of(self.urn.type, values)) or kind in NOT_ON_A_SERVER:
            return None
        known = opened(values, fields.UNKNOWN)
        return unknown_kind(kind, known) if is_foreign(self.urn.type, values) else grant(kind, known)

    def _differing(self, old: Values, new: Values) -> Iterator[str]:
        if self.resource is None:  # of a kind that nobody knows, every property counts
            old, new = ({key: value for key, value in one.items() if key != PROVIDER} for one in (old, new))
            yield from (name for name in new if old.get(name) != new[name])
            return
        for name in self.resource.fields:
            if _masked(old.get(name)) or _masked(new.get(name)):
                if old.get(name) != new.get(name):
                    yield name
                old, new = ({key: value for key, value in one.items() if key != name} for one in (old, new))
        try:
            yield from self.resource.diff(old, opened(new, fields.UNKNOWN)).changed
        except (AttributeError, TypeError, ValueError):  # values of a form that no check has seen
            yield from (name for name in self.resource.fields if old.get(name) != new.get(name))


def _masked(value: Any) -> bool:
    return contains(value, lambda part: bool(part == MASKED))
