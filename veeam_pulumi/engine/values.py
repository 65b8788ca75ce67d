"""Property values as they travel between program, provider and state: plain JSON, plus secrets and unknowns."""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct

from ..pulumi_state import MASKED, SECRET, SIGNATURE, UNKNOWN, contains, is_secret
from ..redaction import visible

State = dict[str, Any]
"""One resource as it is in a deployment. Never changed in place: a change makes a new one."""

_REFUSED = {"c44067f5952c0a294b673a41bacd8c17": "an asset", "0def7320c3a5731c473e5ecbe6d01bc7": "an archive"}
_ABSENT = object()


def command(words: str, stack: str) -> str:
    """A command of this engine, as messages name it."""
    return f"`veeam-pulumi engine {words} --stack {stack}`"


class EngineError(Exception):
    """Something the user has to act on: one message, and the exit code that Pulumi would give."""

    def __init__(self, message: str, exit_code: int = 1, urn: str = ""):
        super().__init__("\n".join(map(visible, message.split("\n"))))  # names in it may come from a file
        self.exit_code = exit_code
        self.urn = urn


class Refused(EngineError):
    """Something is protected: it stays, with what it needs, and the rest of the run goes on."""


class Unanswered(EngineError):
    """The provider process is gone: nobody knows how far an operation got."""


def unsupported(feature: str) -> EngineError:
    """What this engine does not do, it refuses by name: never a silent skip."""
    return EngineError(f"{feature} is not supported by the embedded engine; use `pulumi` for this")


def from_struct(value: Any) -> Any:
    """A Struct in plain Python: None goes out of objects, whole numbers become ints, as state files write them."""
    value = MessageToDict(value) if isinstance(value, Struct) else value
    if isinstance(value, dict):
        if kind := _REFUSED.get(str(value.get(SIGNATURE))):
            raise unsupported(f"a property that is {kind}")
        return {key: from_struct(item) for key, item in sorted(value.items()) if item is not None}
    if isinstance(value, list):
        return [from_struct(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e21 else value


def to_struct(values: dict[str, Any]) -> Struct:
    struct = Struct()
    struct.update(values)
    return struct


def walk(value: Any, change: Callable[[Any], Any]) -> Any:
    """Rebuilds a value from the outside in: where `change` returns something else than it got, that is taken."""
    if (changed := change(value)) is not value:
        return changed
    if isinstance(value, dict):
        return {key: walk(item, change) for key, item in value.items()}
    return [walk(item, change) for item in value] if isinstance(value, list) else value


def secret(value: Any) -> dict[str, Any]:
    """Marks a value as secret; a secret is never wrapped twice."""
    return value if is_secret(value) else {SIGNATURE: SECRET, "value": plain(value)}


def carries_secret(value: Any) -> bool:
    return contains(value, is_secret)


def plain(value: Any) -> Any:
    """The value without marks, as providers get it (they do not accept secrets)."""
    return walk(value, lambda part: plain(part.get("value")) if is_secret(part) else part)


def without_unknowns(value: Any) -> Any:
    """The value without what is not known in it: only previews tell providers of unknowns."""
    if isinstance(value, dict):
        return {key: without_unknowns(item) for key, item in value.items() if plain(item) != UNKNOWN}
    return [without_unknowns(item) for item in value if plain(item) != UNKNOWN] if isinstance(value, list) else value


def masked(value: Any) -> Any:
    return walk(value, lambda part: MASKED if is_secret(part) else part)


def mark(outs: dict[str, Any], ins: dict[str, Any], keys: Iterable[str] = ()) -> dict[str, Any]:
    """Providers answer in plain: what has the name of a secret, or one of `keys`, becomes one (again)."""

    def marked(out: Any, given: Any) -> Any:
        if is_secret(given):
            return secret(out)
        if isinstance(out, dict) and isinstance(given, dict) and not is_secret(out):
            return mark(out, given)
        return secret(out) if isinstance(out, list) and carries_secret(given) else out  # a list as a whole

    return {key: secret(out) if key in keys else marked(out, ins.get(key)) for key, out in outs.items()}


def parse_path(path: str) -> list[str | int]:
    """A property path such as `tags.x`, `items[0]`, `map["a key"]` or `*`, in steps."""
    steps: list[str | int] = []
    for index, quoted, name in re.findall(r"""\[(\d+|\*)\]|\["((?:[^"\\]|\\.)*)"\]|([^.\[\]]+)""", path):
        steps.append(int(index) if index.isdigit() else index or re.sub(r"\\(.)", r"\1", quoted) or name)
    return steps


def ignoring(paths: Iterable[str], old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The new inputs with the old values at ignored paths; what was added there goes, what was removed comes back."""
    for path in paths:
        new = _restored(parse_path(path), old, new)
    return new


def _restored(path: list[str | int], old: Any, new: Any) -> Any:
    if not path:
        return old
    if is_secret(new) and isinstance(new.get("value"), dict | list):
        return secret(_restored(path, plain(old), new["value"]))
    old = old.get("value") if is_secret(old) else old
    step = path[0]
    rest = path[1:]
    if isinstance(new, dict):
        former = old if isinstance(old, dict) else {}
        chosen = sorted({*former, *new}) if step == "*" else [str(step)]
        restored = {key: _restored(rest, former.get(key, _ABSENT), new.get(key, _ABSENT)) for key in chosen}
        return {key: value for key, value in {**new, **restored}.items() if value is not _ABSENT}
    if isinstance(new, list) and isinstance(old, list):
        return [
            _restored(rest, old[i], item) if step in ("*", i) and i < len(old) else item for i, item in enumerate(new)
        ]
    return new


def compact(state: State) -> State:
    """A resource without what is false or empty: state files leave that out."""
    return {key: value for key, value in state.items() if value or key == "custom"}


def dumps(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def same(one: Any, other: Any) -> bool:
    """Equality as JSON has it: `true` is not 1."""
    return one == other and json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def changed_keys(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Top-level properties that differ, as `~a`, `+b` or `-c`."""
    return [
        ("+" if key not in old else "-" if key not in new else "~") + key
        for key in sorted({*old, *new})
        if not same(old.get(key), new.get(key))
    ]
