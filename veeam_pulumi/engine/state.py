"""The state of a stack: Pulumi's deployment (version 3), and how it changes during a run."""

import contextlib
import datetime
import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..pulumi_state import SECRET, SIGNATURE, is_secret
from . import values as v
from .secrets import Crypter
from .values import EngineError, State, Unanswered, dumps, unsupported

PROVIDER = "pulumi:providers:"
_VERSION = "embedded-1"  # any text will do: the magic is its hash
_REFUSED = {"snippets", "extensions", "viewOf", "initErrors", "taint", "resourceHooks", "replacementTrigger"}
_LINKS = ("parent", "deletedWith", "dependencies", "replaceWith", "propertyDependencies")
_DELAY = 0.2  # seconds that results may wait for others before they are saved
Write = Callable[[list[State], list[State]], None]


def now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


def document(resources: Iterable[State], pending: Iterable[State], crypter: Crypter) -> dict[str, Any]:
    """A deployment: who wrote it, what opens its secrets, and what is in it."""
    content = {
        "manifest": {"time": now(), "magic": hashlib.sha256(_VERSION.encode()).hexdigest(), "version": _VERSION},
        "secrets_providers": {"type": "passphrase", "state": {"salt": crypter.salt}},
        "resources": list(resources),
        "pending_operations": list(pending),
    }
    return {**v.compact(content), "metadata": {}}


def opened(state: Any, crypter: Crypter | None) -> Any:
    """State as the file has it -> secrets readable."""

    def text(part: State) -> str:
        if "ciphertext" in part and crypter is None:
            raise EngineError("the state holds secrets but names no secrets provider to open them")
        return crypter.decrypt(part["ciphertext"]) if crypter and "ciphertext" in part else str(part["plaintext"])

    def value(part: State) -> Any:
        try:
            return v.secret(json.loads(text(part)))
        except (ValueError, RecursionError):
            raise EngineError("the state is malformed: a secret of it is not JSON") from None

    return v.walk(state, lambda part: value(part) if is_secret(part) else part)


def closed(state: Any, crypter: Crypter | None) -> Any:
    """The reverse; without a crypter secrets are shown (`export --show-secrets`)."""

    def sealed(text: str) -> State:
        return {SIGNATURE: SECRET, **({"ciphertext": crypter.encrypt(text)} if crypter else {"plaintext": text})}

    return v.walk(state, lambda part: sealed(dumps(part.get("value"))) if is_secret(part) else part)


def references(entry: State) -> set[str]:
    """The URNs that a resource names."""
    wired = (entry.get("propertyDependencies") or {}).values()
    lists = [entry.get("dependencies"), entry.get("replaceWith"), *wired]
    return {urn for urns in lists for urn in urns or ()} | {entry[key] for key in _LINKS[:2] if entry.get(key)}


def needed(entry: State) -> set[str]:
    """The URNs of what must be there as long as this resource is."""
    return {*references(entry), provider_of(entry)} - {""}


def provider_of(entry: State) -> str:
    """The URN of a resource's provider, which it names as `URN::ID`."""
    return str(entry.get("provider", "")).rpartition("::")[0]


def renamed(entry: State, names: dict[str, str | None]) -> State:
    """The entry with the URNs it names replaced; a URN that becomes None is no longer named."""
    if not names.keys() & references(entry):
        return entry

    def new(part: Any) -> Any:
        if isinstance(part, list):
            return [urn for old in part if (urn := names.get(old, old))]
        return names.get(part, part) if isinstance(part, str) else part

    return v.compact({**entry, **{key: v.walk(entry[key], new) for key in _LINKS if entry.get(key)}})


def check_integrity(resources: list[State]) -> list[State]:
    """Holds a state to the rules of the real engine, and refuses what this one does not know."""
    seen = set[str]()
    live = set[str]()
    for entry in resources:
        urn = entry.get("urn", "?")
        kind = entry.get("type", "")
        provider = entry.get("provider")
        refuse_unknown(entry, urn)
        if kind.startswith(PROVIDER) and kind[len(PROVIDER) :] not in ("pulumi-python", "pulumi"):
            raise unsupported(f"provider {kind[len(PROVIDER) :]!r} (only Python dynamic providers)")
        wrong = [f"names {name}, which does not come before it" for name in references(entry) - seen]
        wrong += ["its provider does not come before it"] * bool(provider and provider not in seen)
        wrong += ["`custom` and `id` do not agree"] * (bool(entry.get("custom")) != bool(entry.get("id")))
        wrong += ["it has no type"] * (not kind)
        wrong += ["it is listed twice"] * (urn in live and not entry.get("delete"))
        if wrong:
            raise EngineError(f"snapshot integrity error: {urn}: {wrong[0]}")
        seen |= {urn, f"{urn}::{entry.get('id')}"}
        live |= set() if entry.get("delete") else {urn}
    return resources


def refuse_unknown(content: dict[str, Any], where: str) -> None:
    for key in _REFUSED & {key for key, value in content.items() if value}:
        raise unsupported(f"`{key}` in the state of {where}")


@dataclass
class Step:
    """One thing to do with one resource; `op` is the name that Pulumi gives it."""

    op: str
    urn: str
    old: State | None
    new: State | None
    changes: list[str] = field(default_factory=list)
    replaces: list[str] = field(default_factory=list)

    @property
    def protects(self) -> bool:
        """Whether a resource that stays is protected from now on, or no longer: shown with its changes."""
        return bool(self.old and self.new and bool(self.old.get("protect")) is not bool(self.new.get("protect")))


def _is(one: State, other: State) -> bool:
    """Whether both are of one object; a replaced object (`delete`) has the URN of its successor."""
    return one["urn"] == other["urn"] and all(one.get(key) == other.get(key) for key in ("id", "delete"))


class Deployment:
    """The resources during a run: first what it has finished, in that order, then what it has not touched yet.

    Every operation is on disk as pending before it starts; operations that start together share one write. Results are
    saved together, at most 200 ms after the first of them: until then their pending entries stand for them. Without
    `write` (preview) nothing leaves the memory."""

    def __init__(self, olds: list[State], pending: list[State], write: Write | None):
        self.olds = olds
        self.done = dict[str, State]()
        self._pending = pending
        self._write = write
        self.names = dict[str, str | None]()
        self._timer = False
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._version = 1
        self._written = 0

    def resources(self) -> list[State]:
        """What the state file holds after the next write."""
        left = [renamed(old, self.names) for old in self.olds] if self.names else self.olds
        return [*self.done.values(), *left]

    def change(self, new: State | None, old: State | None = None, kept: State | None = None) -> None:
        """One resource is finished: `new` takes the place of `old`, of which only `kept` stays."""
        with self._changing():
            self.done.update({new["urn"]: new} if new else {})
            if old:
                self.olds = [left for each in self.olds if (left := kept if _is(each, old) else each)]

    def refreshed(self, olds: list[State]) -> None:
        """What was read takes the place of everything."""
        with self._changing():
            self.olds = olds

    def rename(self, was: str, urn: str) -> None:
        """An aliased resource has a new URN: entries not touched yet must not name the old one."""
        with self._changing():
            self.names[was] = urn

    @contextlib.contextmanager
    def operation(self, kind: str, entry: State) -> Iterator[None]:
        """`creating`, `updating`, `deleting` or `reading` is in the state file while the body runs."""
        pending = {"resource": {key: entry[key] for key in entry if key != "outputs"}, "type": kind}
        with self._changing():
            self._pending.append(pending)
        self.save()
        try:
            yield
        except Unanswered:  # the entry stays, and the next run names it
            raise
        except BaseException:
            self._ended(pending)
            raise
        self._ended(pending)

    def _ended(self, pending: State) -> None:
        with self._changing():
            self._pending.remove(pending)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """Somebody saves what the body changes before long."""
        with self._lock:
            yield
            self._version += 1
            if self._write and not self._timer:
                self._timer = True
                timer = threading.Timer(_DELAY, self._save_in_time)
                timer.daemon = True
                timer.start()

    def _save_in_time(self) -> None:
        self._timer = False
        with contextlib.suppress(EngineError):  # the next save fails too, and that one is heard
            self.save()

    def save(self) -> None:
        """Writes the state if it has changed. Who has to wait for the writer finds it done by the next one."""
        mine = self._version
        with self._writing:
            if self._write and self._written < mine:
                with self._lock:
                    version = self._version
                    resources = self.resources()
                    pending = self._pending[:]
                self._write(resources, pending)
                self._written = version
