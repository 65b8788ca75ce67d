"""A preview, read from the JSON of `pulumi preview --json`.

With `--refresh`, a `refresh` step carries the recorded state twice; what was found is the old state of the next step.
Without `--show-sames` the steps of what is unchanged are left out, and nothing tells them from vanished objects but the
count in `changeSummary` (CLI 3.260).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..errors import SettingsError
from ..products import MOST_DELETES, complete, most_deletes
from ..pulumi_state import (
    MASKED,
    SIGNATURE,
    UNKNOWN,
    Urn,
    is_dynamic,
    kind_of,
    opened,
    own_name,
    own_names,
    provider_kind,
)
from ..redaction import lines, looks_secret
from .change import Change, Values

OWNERS = ("veeam:access:Person", "veeam:tenants:Company")
_PARTS = ("steps", "changeSummary", "diagnostics", "duration")


class Unreadable(Exception):
    """What was given is not a preview. Its text goes on after the name of what was given: `FILE is empty …`."""


@dataclass(frozen=True)
class Diagnostic:
    """What the engine or a provider had to say."""

    severity: str
    text: str
    urn: str = ""


@dataclass(frozen=True)
class Preview:
    """A whole preview."""

    changes: tuple[Change, ...]
    diagnostics: tuple[Diagnostic, ...]
    refreshed: bool
    """Whether it looked at the servers."""
    incomplete: bool
    """Whether it leaves out what is unchanged, so that drift cannot be told in full."""
    most_deletes: int | None = MOST_DELETES
    """How many objects one run may delete on a connection, as the stack's config says; None for no limit."""

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


def read(given: bytes) -> Preview:
    """The preview in a file. Raises Unreadable."""
    try:
        text = given.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("is not the JSON of `pulumi preview --json`: it is not UTF-8 text") from None
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
    order = sorted(changes, key=lambda one: (one.owner == "", one.owner.lower(), one.owner, one.kind, one.urn.name))
    limit = _most_deletes(document.get("config"))
    return Preview(tuple(order), said, refreshed, refreshed and (hidden or failed), limit)


def _most_deletes(config: Any) -> int | None:
    """`veeam:maxDeletes` of the stack; the default where it is not said, or cannot be read."""
    try:
        return most_deletes(str((config if isinstance(config, Mapping) else {}).get("veeam:maxDeletes") or ""))
    except SettingsError:
        return MOST_DELETES


def _document(text: str) -> Values:
    if not text.strip():
        raise Unreadable("is empty: the preview wrote nothing; its own output says why")
    try:
        document = json.loads(text)
    except ValueError:
        first = text.strip().splitlines()[0][:300]
        said = f": it says `{first}`" if first.startswith("error:") else ""
        raise Unreadable(f"is not the JSON of `pulumi preview --json`{said}") from None
    if not isinstance(document, dict) or not any(key in document for key in _PARTS):
        raise Unreadable("is JSON, but not that of `pulumi preview --json`: it has no steps and no diagnostics")
    if not isinstance(document.get("steps") or [], list):
        raise Unreadable("is not the JSON of `pulumi preview --json`: its steps are not a list")
    if not any(document.get(key) for key in ("steps", "changeSummary", "diagnostics")):
        raise Unreadable("has nothing in it, not even the stack: the preview did not run; its own output says why")
    return document


def _step(one: Any) -> Values:
    if not (isinstance(one, dict) and isinstance(one.get("urn"), str) and isinstance(one.get("op"), str)):
        raise Unreadable("is not the JSON of `pulumi preview --json`: a step has no op or no urn")
    for key in ("oldState", "newState"):
        if not isinstance(one.get(key) or {}, dict):
            raise Unreadable(f"is not the JSON of `pulumi preview --json`: {key} of a step is not an object")
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
    needs = (wanted or {}).get("propertyDependencies") or {}
    token = Urn.of(urn).type
    kind = next((kind for one in (wanted, recorded) if one and (kind := provider_kind(one.get("inputs") or {}))), "")
    kind = kind or ("" if is_dynamic(token) else kind_of(token, {}))
    before, now = _values(recorded, token, kind), _values(found, token, kind)
    return Change(
        Urn.of(urn),
        op,
        _owner(urn, parents),
        before,
        now,
        None if wanted is None else _opened(wanted.get("inputs") or {}, token, kind),
        custom=any(state.get("custom") for state in _states(group)),
        protected=bool((recorded or {}).get("protect")),
        protects=bool((wanted or (recorded if op == "same" else None) or {}).get("protect")),
        stays=bool((recorded or {}).get("retainOnDelete") or (before or {}).get("adopted")),
        moving=frozenset(own_name(token, name) for name, others in needs.items() if touched.intersection(others or ())),
        reasons=tuple(own_name(token, str(name)) for step in rest for name in step.get("diffReasons") or ()),
        ignored=tuple(own_name(token, str(path)) for path in (wanted or recorded or {}).get("ignoreChanges") or ()),
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
    return "update" if ops - {"same", "remove-pending-replace"} else "same"  # what nobody knows may be any change


def _owner(urn: str, parents: Mapping[str, str]) -> str:
    seen = {urn}
    while (urn := parents.get(urn, "")) and urn not in seen:
        seen.add(urn)
        if (parent := Urn.of(urn)).type in OWNERS:
            return parent.name
    return ""


def _values(state: Values | None, token: str, kind: str) -> Values | None:
    values = state and {**(state.get("inputs") or {}), **(state.get("outputs") or {})}
    return None if values is None else _opened(values, token, kind)


def _opened(values: Values, token: str, kind: str) -> Values:
    """With what absent means: a state of our kinds leaves out what is as declared."""
    found: Values = opened(complete(kind, own_names(token, values)))
    return found


def _diagnostics(said: Any, secrets: set[str]) -> Iterator[Diagnostic]:
    for one in said if isinstance(said, list) else []:
        if isinstance(one, dict):
            text = str(one.get("message") or "")
            for secret in sorted(secrets, key=lambda found: (-len(found), found)):
                text = text.replace(secret, MASKED)
            yield Diagnostic(str(one.get("severity") or "info"), text.strip(), str(one.get("urn") or ""))


def _plain_secrets(steps: Iterable[Values]) -> set[str]:
    """Secrets that are in the preview in clear (`--show-secrets`, or never marked), so that no text repeats them."""

    def walk(value: Any, name: str) -> Iterator[str]:
        if isinstance(value, Mapping) and SIGNATURE in value:
            yield from walk(opened(value), "secret")
        elif isinstance(value, Mapping):
            for key, item in value.items():
                yield from walk(item, key if looks_secret(key) else name)
        elif isinstance(value, list):
            for item in value:
                yield from walk(item, name)
        elif isinstance(value, str) and name and value not in (MASKED, UNKNOWN) and len(value) > 3:
            yield value
            yield from lines(value)

    parts = (state.get(key) or {} for state in _states(steps) for key in ("inputs", "outputs"))
    return {secret for part in parts for secret in walk(part, "")}
