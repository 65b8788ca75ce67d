"""The words for what changes about an object: by the program, by hand, and what becomes of that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..access.grants import Grant
from ..pulumi_state import MASKED, UNKNOWN, has_unknown
from ..redaction import looks_secret
from ..resource.fields import Marker
from .change import Change
from .markdown import code, plain

_LATER = "known only after `up`"
_ROLES = ("role", "roles", "role_ids")


def what_it_is(one: Change) -> str:
    """`gains`, `loses`, `changes`, `leaves`, or nothing where the program changes nothing."""
    if one.op == "create" and one.recorded is None:
        return "gains"
    if one.op == "delete":
        return "leaves" if one.stays else "" if one.gone else "loses"
    differs = bool(one.intended) or one.protected != one.protects
    return "changes" if one.op == "replace" or (one.op in ("create", "update") and differs) else ""


def outcome(one: Change) -> str:
    """What `up` makes of drift."""
    if one.op == "same":
        return "not touched: the preview did not get there" if one.gone and one.wanted else _SAME[one.gone]
    return {
        "create": "`up` creates it again",
        "update": "`up` sets what the program says",
        "replace": "`up` replaces it",
        "delete": "`up` deletes it",
    }[one.op]


_SAME = {True: "the program has it no more either", False: "`up` leaves it: the program says the same by now"}


def details(one: Change) -> list[str]:
    """What the program changes."""
    if one.recorded is None or one.wanted is None or (before := one.before) is None:
        return []
    found = list(_differences(one, one.recorded, one.wanted, one.intended, before, one.after))
    if one.protected != one.protects:
        found.append("protected from now on" if one.protects else "no longer protected")
    return found


def by_hand(one: Change) -> list[str]:
    """What somebody changed on the server."""
    if one.recorded is None or one.found is None or (before := one.before) is None:
        return []
    return list(_differences(one, one.recorded, one.found, one.drifted, before, one.by_hand))


def _differences(
    one: Change, old: dict[str, Any], new: dict[str, Any], names: Iterable[str], before: Grant, after: Grant | None
) -> Iterator[str]:
    secrets = one.resource.marked(Marker.secret) if one.resource else ()
    if after is not None and set(names) & set(_ROLES):
        yield from _role_changes(before, after)
        if before.administrator != after.administrator and not {MASKED, UNKNOWN} & set(after.roles):
            yield "becomes administrator" if after.administrator else "no longer administrator"
    if after is not None and before.enabled != after.enabled:
        yield "enabled" if after.enabled else "disabled"
    for name in names:
        if name in _ROLES or (name in ("is_enabled", "status") and after and before.enabled != after.enabled):
            continue
        if name == "password":
            yield "password rotated" if name in old else "password set"
        elif name in secrets:
            yield f"{name} changes ({MASKED})"
        elif name == "adopt":
            yield "no longer adopted: managed as the program's own from now on"
        elif isinstance(old.get(name), dict) and isinstance(new.get(name), dict):
            for key in sorted({*old[name], *new[name]}):
                if (old[name].get(key) or "") != (new[name].get(key) or ""):
                    yield _changed(f"{name}.{key}", old[name].get(key), new[name].get(key))
        else:
            yield _changed(name, old.get(name), new.get(name))


def _role_changes(before: Grant, after: Grant) -> Iterator[str]:
    if {MASKED, UNKNOWN} & {*before.roles, *after.roles}:
        yield f"roles: {roles(before.roles)} → {roles(after.roles)}"
        return
    was, now = ({role.casefold().removeprefix("veeam "): role for role in one.roles} for one in (before, after))
    if added := [now[role] for role in sorted(now) if role not in was]:
        yield f"gains {roles(added)}"
    if removed := [was[role] for role in sorted(was) if role not in now]:
        yield f"loses {roles(removed)}"


def _changed(name: str, old: Any, new: Any) -> str:
    if old in (None, "", []):
        return f"{name} {shown(name, new)}"
    if new in (None, "", []):
        return f"no {name} (was {shown(name, old)})"
    return f"{name} {shown(name, old)} → {shown(name, new)}"


def shown(name: str, value: Any) -> str:
    if has_unknown(value):
        return _LATER
    if looks_secret(name) or value == MASKED:
        return MASKED
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return code(value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value))


def roles(roles: Iterable[str]) -> str:
    said = {MASKED: MASKED, UNKNOWN: _LATER}
    return ", ".join(said.get(role) or plain(role) for role in roles) or "no role"


def group(one: Change) -> str:
    kind = str((one.wanted or one.recorded or {}).get("type") or "")
    return " (a group: this is for all who are in it)" if kind.endswith("Group") else ""


def number(count: int, noun: str) -> str:
    return f"one {noun}" if count == 1 else f"{count} {noun}s"
