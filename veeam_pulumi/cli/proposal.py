"""What a preview proposes, read from the JSON of `pulumi preview --json`: for each resource what the state recorded,
what the server has, and what the program wants.

* A secret is `[secret]` on both sides, so a changed password shows only by what it depends on, or by being all that is
  left to explain an update.
* With `--refresh`, a `refresh` step carries the recorded state twice; what was found is the old state of the next step.
  Without `--show-sames` the steps of what is unchanged are left out, and nothing tells them from vanished objects but
  the count in `changeSummary` (CLI 3.260).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..access.grants import Grant, grant, kind_of
from ..core.resource import UNKNOWN, Marker, Resource
from ..products import resources

SECRET = "[secret]"
SENTINEL = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What stands in a preview for a value that only `up` will tell."""
OWNERS = ("veeam:access:Person", "veeam:tenants:Company")
OWN = "pulumi-python:dynamic/veeam:"
"""Resources of ours that are on no server: generated passwords."""
_SECRETIVE = ("passw", "passphrase", "secret", "token", "credential", "private_key", "privatekey", "apikey", "api_key")
_PARTS = ("steps", "changeSummary", "diagnostics", "duration")
Values = dict[str, Any]


class Unreadable(Exception):
    """What was given is no preview."""


@dataclass(frozen=True)
class Urn:
    """A resource's name in Pulumi, in parts."""

    stack: str
    project: str
    token: str
    name: str

    @classmethod
    def of(cls, text: str) -> Urn:
        head, project, types, name = (*text.split("::", 3), "", "", "")[:4]
        return cls(head.rpartition(":")[2], project, types.rpartition("$")[2], name)


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
        return kind_of(self.urn.token)

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
            changed |= {name for name in secrets if self.wanted.get(name) == SECRET}
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
        return None if values is None else grant(self.urn.token, values)

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


@dataclass(frozen=True)
class Diagnostic:
    """What the engine or a provider had to say."""

    severity: str
    text: str
    urn: str = ""


@dataclass(frozen=True)
class Proposal:
    """A whole preview."""

    changes: tuple[Change, ...]
    diagnostics: tuple[Diagnostic, ...]
    refreshed: bool
    """Whether it looked at the servers."""
    incomplete: bool
    """Whether it leaves out what is unchanged, so that drift cannot be told in full."""

    @property
    def failed(self) -> bool:
        return any(one.severity == "error" for one in self.diagnostics)

    @property
    def title(self) -> tuple[str, str]:
        """(project, stack)"""
        urns = [one.urn for one in self.changes] + [Urn.of(one.urn) for one in self.diagnostics if one.urn]
        return (urns[0].project, urns[0].stack) if urns else ("", "")

    @cached_property
    def servers(self) -> dict[str, str]:
        """`host:port` of each connection, as far as the state knows."""
        found: dict[str, str] = {}
        for one in self.changes:
            if one.server and (has := one.by_hand or one.before):
                found.setdefault(has.connection, one.server)
        return found


def read(text: str) -> Proposal:
    """The preview in a text. Raises Unreadable."""
    document = _document(text)
    steps = [_step(one) for one in document.get("steps") or []]
    by_urn: dict[str, list[Values]] = {}
    for step in steps:
        by_urn.setdefault(step["urn"], []).append(step)
    said = tuple(_diagnostics(document.get("diagnostics") or [], _plain_secrets(steps)))
    failed = any(one.severity == "error" for one in said)
    refreshed = any(step["op"] == "refresh" for step in steps)
    summary = document.get("changeSummary") or {}
    hidden = int(summary.get("same") or 0) > sum(step["op"] == "same" for step in steps)
    parents = {
        urn: str(state["parent"]) for urn, group in by_urn.items() for state in _states(group) if "parent" in state
    }
    touched = {urn for urn, group in by_urn.items() if {step["op"] for step in group} - {"same", "refresh", "read"}}
    changes = [_change(urn, group, parents, touched, hidden or failed) for urn, group in by_urn.items()]
    order = sorted(changes, key=lambda one: (one.owner == "", one.owner.casefold(), one.owner, one.kind, one.urn.name))
    return Proposal(tuple(order), said, refreshed, refreshed and (hidden or failed))


def secretive(name: str) -> bool:
    """Whether a property of this name is never shown, secret or not."""
    return any(part in name.casefold() for part in _SECRETIVE)


def _document(text: str) -> Values:
    if not text.strip():
        raise Unreadable("is empty: the preview wrote nothing; its own output says why")
    try:
        document = json.loads(text)
    except ValueError:
        first = text.strip().splitlines()[0]
        said = f": it says `{first}`" if first.startswith("error:") else ""
        raise Unreadable(f"is not the JSON of `pulumi preview --json`{said}") from None
    if not isinstance(document, dict) or not any(key in document for key in _PARTS):
        raise Unreadable("is JSON, but not that of `pulumi preview --json`: it has no steps and no diagnostics")
    if not isinstance(document.get("steps") or [], list):
        raise Unreadable("is not the JSON of `pulumi preview --json`: its steps are no list")
    return document


def _step(one: Any) -> Values:
    if not (isinstance(one, dict) and isinstance(one.get("urn"), str) and isinstance(one.get("op"), str)):
        raise Unreadable("is not the JSON of `pulumi preview --json`: a step has no op or no urn")
    for key in ("oldState", "newState"):
        if not isinstance(one.get(key) or {}, dict):
            raise Unreadable(f"is not the JSON of `pulumi preview --json`: {key} of a step is no object")
    return one


def _states(steps: Iterable[Values]) -> Iterator[Values]:
    for step in steps:
        yield from (step[key] for key in ("newState", "oldState") if step.get(key))


def _change(urn: str, group: list[Values], parents: Mapping[str, str], touched: set[str], unsure: bool) -> Change:
    looked = [step for step in group if step["op"] == "refresh"]
    rest = [step for step in group if step["op"] != "refresh" and not (step.get("oldState") or {}).get("delete")]
    recorded = next((step["oldState"] for step in (*looked, *rest) if step.get("oldState")), None)
    found = next((step["oldState"] for step in rest if step.get("oldState")), None) if rest else recorded
    if looked and looked[0].get("newState") != looked[0].get("oldState"):
        found = looked[0].get("newState")
    elif looked and not rest and not unsure:
        found = None
    wanted = next((step["newState"] for step in reversed(rest) if step.get("newState")), None)
    op = _op({step["op"] for step in rest})
    if op == "delete":
        wanted = None
    needs = ((wanted or {}).get("propertyDependencies") or {}).get("password") or ()
    return Change(
        Urn.of(urn),
        op,
        _owner(urn, parents),
        _values(recorded),
        _values(found),
        None if wanted is None else dict(wanted.get("inputs") or {}),
        custom=any(state.get("custom") for state in _states(group)),
        protected=bool((recorded or {}).get("protect")),
        protects=bool((wanted or (recorded if op == "same" else None) or {}).get("protect")),
        stays=bool((recorded or {}).get("retainOnDelete") or (_values(recorded) or {}).get("adopted")),
        new_password=bool(touched.intersection(needs)),
        reasons=tuple(str(name) for step in rest for name in step.get("diffReasons") or ()),
    )


def _op(ops: set[str]) -> str:
    if ops & {"replace", "create-replacement", "import-replacement"}:
        return "replace"
    for op, names in {
        "create": {"create", "import"},
        "update": {"update"},
        "delete": {"delete", "delete-replaced"},
        "read": {"read", "read-replacement", "discard", "read-discard", "discard-replaced"},
    }.items():
        if ops & names:
            return op
    return "same"


def _owner(urn: str, parents: Mapping[str, str]) -> str:
    seen = {urn}
    while (urn := parents.get(urn, "")) and urn not in seen:
        seen.add(urn)
        if (parent := Urn.of(urn)).token in OWNERS:
            return parent.name
    return ""


def _values(state: Values | None) -> Values | None:
    return None if state is None else {**(state.get("inputs") or {}), **(state.get("outputs") or {})}


def _diagnostics(said: Any, secrets: set[str]) -> Iterator[Diagnostic]:
    for one in said if isinstance(said, list) else []:
        if isinstance(one, dict):
            text = str(one.get("message") or "")
            for secret in sorted(secrets, key=lambda found: (-len(found), found)):
                text = text.replace(secret, SECRET)
            yield Diagnostic(str(one.get("severity") or "info"), text.strip(), str(one.get("urn") or ""))


def _plain_secrets(steps: Iterable[Values]) -> set[str]:
    """Secrets that stand in the preview in clear (`--show-secrets`, or never marked), so that no text repeats them."""

    def walk(value: Any, name: str) -> Iterator[str]:
        if isinstance(value, Mapping):
            for key, item in value.items():
                yield from walk(item, key if secretive(key) else name)
        elif isinstance(value, list):
            for item in value:
                yield from walk(item, name)
        elif isinstance(value, str) and name and value not in (SECRET, SENTINEL) and len(value) > 3:
            yield value

    parts = (state.get(key) or {} for state in _states(steps) for key in ("inputs", "outputs"))
    return {secret for part in parts for secret in walk(part, "")}


def _masked(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_masked, value.values()))
    return any(map(_masked, value)) if isinstance(value, list) else value == SECRET


def unknown(value: Any) -> bool:
    """Whether a value, or a part of it, is known only after `up`."""
    if isinstance(value, Mapping):
        return any(map(unknown, value.values()))
    return any(map(unknown, value)) if isinstance(value, list | tuple) else value == SENTINEL


def _core(value: Any) -> Any:
    """A value with the sentinel as `core` has it."""
    if isinstance(value, Mapping):
        return {key: _core(item) for key, item in value.items()}
    return [_core(item) for item in value] if isinstance(value, list) else UNKNOWN if value == SENTINEL else value
