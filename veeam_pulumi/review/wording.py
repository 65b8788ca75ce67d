"""The words for what changes about an object: by the program, by hand, and what becomes of that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..markdown import code, plain
from ..pulumi_state import MASKED, has_unknown
from ..redaction import looks_secret
from ..resource.grant import LATER, WORDS, Grant, compared_role
from .change import Change
from .gates import HIDDEN, PRIVILEGES

_LATER = "known only after `up`"
_ROLES = ("role", "roles", "role_type")
_SAME = {True: "the program has it no more either", False: "`up` leaves it: the program says the same by now"}
_OUTCOMES = {
    "create": "`up` creates it again",
    "update": "`up` sets what the program says",
    "replace": "`up` replaces it",
    "delete": "`up` deletes it",
}


def what_it_is(one: Change) -> str:
    """`gains`, `adopts`, `loses`, `changes`, `leaves`, or nothing where the program changes nothing."""
    if one.op == "create" and one.recorded is None:
        return "adopts" if one.adopts else "gains"
    if one.op == "delete":
        return "leaves" if one.stays else "" if one.gone else "loses"
    differs = bool(one.intended) or one.protected != one.protects
    return "changes" if one.op == "replace" or (one.op in ("create", "update") and differs) else ""


def outcome(one: Change) -> str:
    """What `up` makes of drift."""
    if one.op == "same" and one.gone and one.wanted:
        return "not touched: the preview did not get there"
    ignored = one.drift_ignored
    names = ", ".join(map(code, ignored))
    if ignored and (one.op == "same" or {*ignored} == {*one.drifted}):
        return f"`up` leaves it: the program ignores changes of {names} (`ignore_changes`)"
    said = _SAME[one.gone] if one.op == "same" else _OUTCOMES[one.op]
    return f"{said}, but ignores changes of {names} (`ignore_changes`)" if ignored else said


def details(one: Change) -> list[str]:
    """What the program changes."""
    if one.recorded is None or one.wanted is None or (before := one.before) is None:
        return []
    found = list(_differences(one, one.recorded, one.wanted, one.intended, before, one.after))
    if one.takes_password:
        found.append("**the password that the account has now stops working**")
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
    secrets = one.resource.secrets if one.resource else ()
    if after is not None and set(names) & set(_ROLES):
        yield from _role_changes(before, after)
        if not after.unknown and before.is_administrator != after.is_administrator:
            yield "becomes administrator" if after.is_administrator else "no longer administrator"
    if after is not None and before.enabled != after.enabled:
        yield "enabled" if after.enabled else "disabled"
    for name in names:
        if name in _ROLES or (name in ("is_enabled", "status") and after and before.enabled != after.enabled):
            continue
        if name == "password":
            yield "password rotated" if name in old else "password set"
        elif (name,) in secrets:
            yield f"{name} changes ({MASKED})"
        elif name == "adopt":
            yield "no longer adopted: managed as the program's own from now on"
        elif isinstance(old.get(name), Mapping) and isinstance(new.get(name), Mapping):
            differing = [
                key
                for key in sorted({*old[name], *new[name]})
                if (old[name].get(key) or "") != (new[name].get(key) or "")
            ]
            for key in differing:
                yield _changed(f"{name}.{key}", old[name].get(key), new[name].get(key))
            for place in () if differing else secrets:  # which looks the same before and after
                if place[0] == name:
                    yield f"{'.'.join(place)} changes ({MASKED})"
        else:
            yield _changed(name, old.get(name), new.get(name))


def _role_changes(before: Grant, after: Grant) -> Iterator[str]:
    if HIDDEN & {*before.roles, *after.roles}:
        yield f"roles: {roles(before.roles)} → {roles(after.roles)}"
        return
    was, now = ({compared_role(role): role for role in one.roles} for one in (before, after))
    if added := [now[role] for role in sorted(now) if role not in was]:
        yield f"gains {roles(added)}"
    if removed := [was[role] for role in sorted(was) if role not in now]:
        yield f"loses {roles(removed)}"


def _changed(name: str, old: Any, new: Any) -> str:
    said = name if re.fullmatch(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*", name) else code(name)
    if old in (None, "", []):
        return f"{said} {shown(name, new)}"
    if new in (None, "", []):
        return f"no {said} (was {shown(name, old)})"
    return f"{said} {shown(name, old)} → {shown(name, new)}"


def shown(name: str, value: Any) -> str:
    """A value from elsewhere in a code span; a secret one, or one that only `up` will tell, said as such."""
    if has_unknown(value) or value == LATER:
        return _LATER
    if looks_secret(name) or value == MASKED:
        return MASKED
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return code(str(value).lower() if isinstance(value, bool) else str(_without_secrets(value)))


def _without_secrets(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: MASKED if looks_secret(str(key)) else _without_secrets(item) for key, item in value.items()}
    return [_without_secrets(item) for item in value] if isinstance(value, list) else value


def roles(roles: Iterable[str]) -> str:
    said = {MASKED: MASKED, LATER: _LATER}
    return ", ".join(said.get(role) or plain(role) for role in roles) or "no role"


def privileges(has: Grant) -> list[str]:
    """What makes an account one to look at, in words."""
    if has.unknown:
        return ["may be administrator"]
    words = {**WORDS, "grant": "administrator"}
    return [words[right] for right in PRIVILEGES if has.may(right)]


def group(has: Grant) -> str:
    return " (a group: this is for all who are in it)" if has.group else ""


def number(count: int, noun: str) -> str:
    return f"one {noun}" if count == 1 else f"{count} {noun}s"
