"""The state of a stack: Pulumi's deployment (version 3) in Pulumi's file backend, and how it changes during a run."""

import contextlib
import datetime
import getpass
import hashlib
import json
import os
import re
import shutil
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from veeam_pulumi.engine.secrets import Crypter
from veeam_pulumi.engine.values import SIGNATURE, EngineError, State, compact, is_secret, unsupported

_VERSION = "embedded-1"  # any text will do: the magic is its hash
_REFUSED = ("viewOf", "initErrors", "taint", "resourceHooks", "replacementTrigger")
Pending = dict[str, Any]


def now() -> str:
    """The time as state files write it."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


def dumps(value: Any) -> str:
    """Compact JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def write_atomically(file: Path, text: str, durable: bool = False) -> None:
    """A reader sees the old file or the new one, never a part."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{uuid.uuid4().hex}")
    with draft.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        if durable:
            os.fsync(handle.fileno())
    draft.replace(file)


class Backend:
    """The folder of a `file://` backend, in the layout that the CLI has used since project-scoped stacks."""

    def __init__(self, url: str, cwd: Path, project: str):
        if not url.startswith("file://"):
            raise unsupported(f"backend {url!r} (only file://…)")
        self.project, self.root = project, (cwd / Path(unquote(url[7:])).expanduser()).resolve() / ".pulumi"
        meta = self.root / "meta.yaml"
        if not meta.exists() and list((self.root / "stacks").glob("*.json")):
            raise unsupported(f"the legacy layout of {self.root}")
        if meta.exists() and not re.search(r"^version: *1$", meta.read_text(encoding="utf-8"), re.M):
            raise unsupported(f"the layout that {meta} names (only version 1)")

    def file(self, stack: str, project: str | None = None) -> Path:
        """Where a stack lives."""
        if not re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", stack):
            raise EngineError(f"{stack!r} is not a stack name: letters, digits, `-`, `_` and `.` only")
        file = self.root / "stacks" / (project or self.project) / f"{stack}.json"
        if packed := [other for end in ("gz", "zst") if (other := file.with_name(f"{file.name}.{end}")).exists()]:
            raise unsupported(f"the compressed stack file {packed[0]}")
        return file

    def stacks(self) -> list[str]:
        """The stacks of the project."""
        return sorted(file.stem for file in (self.root / "stacks" / self.project).glob("[!.]*.json"))

    def remove(self, stack: str) -> None:
        """Forgets a stack."""
        self.file(stack).unlink()
        shutil.rmtree(self._locks(stack), ignore_errors=True)

    def load(self, stack: str, phrase: str, project: str | None = None) -> tuple[list[State], list[Pending]]:
        """Resources and pending operations with secrets opened; a state that this engine cannot honour is refused."""
        file = self.file(stack, project)
        if not file.exists():
            raise EngineError(f"no stack named '{stack}' found; create it with `stack init {stack}`", 6)
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            latest = content.get("checkpoint", {}).get("latest") or {}
        except (ValueError, AttributeError):
            raise EngineError(f"the stack file is not valid JSON: {file}") from None
        if content.get("version") != 3:
            raise unsupported(f"version {content.get('version')!r} of the stack file {file} (only 3)")
        if odd := [key for key in ("snippets", "extensions") if latest.get(key)]:
            raise unsupported(f"`{odd[0]}` in the stack file {file}")
        provider = latest.get("secrets_providers") or {}
        if provider.get("type") not in (None, "", "passphrase"):
            raise unsupported(f"secrets provider {provider['type']!r} of the state (only passphrase)")
        salt = (provider.get("state") or {}).get("salt")
        crypter = Crypter(phrase, salt) if salt else None
        resources: list[State] = [opened(entry, crypter) for entry in latest.get("resources") or []]
        check_integrity(resources)
        return resources, [opened(entry, crypter) for entry in latest.get("pending_operations") or []]

    def writer(self, stack: str, crypter: Crypter) -> Callable[..., None]:
        """A function that writes the stack file; it keeps the text of what has not changed since it last did."""
        file, texts = self.file(stack), dict[int, tuple[State, str]]()

        def text(entry: State) -> str:
            known = texts.get(id(entry))
            if known is None or known[0] is not entry:
                known = texts[id(entry)] = (entry, dumps(closed(entry, crypter)))
            return known[1]

        def write(resources: list[State], pending: list[Pending], durable: bool = False) -> None:
            parts = [dumps(header(crypter))[1:-1], '"metadata":{}']
            for name, entries in (("resources", resources), ("pending_operations", pending)):
                parts += [f'"{name}":[{",".join(map(text, entries))}]'] if entries else []
            latest = f'{{"stack":"organization/{self.project}/{stack}","latest":{{{",".join(parts)}}}}}'
            try:
                write_atomically(file, f'{{"version":3,"checkpoint":{latest}}}', durable)
                if not (self.root / "meta.yaml").exists():
                    write_atomically(self.root / "meta.yaml", "version: 1\n")
            except OSError as problem:
                raise EngineError(f"the state could not be written: {problem}") from None

        return write

    def _locks(self, stack: str) -> Path:
        return self.root / "locks" / "organization" / self.project / stack

    @contextlib.contextmanager
    def lock(self, stack: str) -> Iterator[None]:
        """The lock protocol of the backend: look, write one's own file, look again."""
        mine = self._locks(stack) / f"{uuid.uuid4()}.json"
        self._refuse_if_locked(mine)
        write_atomically(
            mine,
            dumps(
                {
                    "pid": os.getpid(),
                    "username": getpass.getuser(),
                    "hostname": socket.gethostname(),
                    "timestamp": now(),
                }
            ),
        )
        try:
            self._refuse_if_locked(mine)
            yield
        finally:
            mine.unlink(missing_ok=True)

    @staticmethod
    def _refuse_if_locked(mine: Path) -> None:
        holders = []
        for file in sorted(set(mine.parent.glob("[!.]*")) - {mine}):
            holders.append(f"\n  {file}")
            with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
                lock = json.loads(file.read_text(encoding="utf-8"))
                holders[-1] += (
                    f": created by {lock['username']}@{lock['hostname']} (pid {lock['pid']}) at {lock['timestamp']}"
                )
        if holders:
            raise EngineError(
                f"the stack is currently locked by {len(holders)} lock(s). Either wait for the other process(es) to"
                f" end or delete the lock file (`pulumi cancel` does it).{''.join(holders)}"
            )


def header(crypter: Crypter) -> dict[str, Any]:
    """Who wrote the state, and what opens its secrets."""
    magic = hashlib.sha256(_VERSION.encode()).hexdigest()
    return {
        "manifest": {"time": now(), "magic": magic, "version": _VERSION},
        "secrets_providers": {"type": "passphrase", "state": {"salt": crypter.salt}},
    }


def opened(value: Any, crypter: Crypter | None) -> Any:
    """State as the file has it -> secrets readable."""
    if isinstance(value, dict) and is_secret(value) and "value" not in value:
        text = value.get("plaintext")
        if text is None and crypter is None:
            raise EngineError("the state holds secrets but names no secrets provider to open them")
        text = crypter.decrypt(value["ciphertext"]) if crypter and text is None else text
        return {SIGNATURE: value[SIGNATURE], "value": json.loads(str(text))}
    if isinstance(value, dict):
        return {key: opened(item, crypter) for key, item in value.items()}
    return [opened(item, crypter) for item in value] if isinstance(value, list) else value


def closed(value: Any, crypter: Crypter | None) -> Any:
    """The reverse; without a crypter secrets are shown (`export --show-secrets`)."""
    if is_secret(value):
        text = dumps(value["value"])
        return {
            SIGNATURE: value[SIGNATURE],
            **({"ciphertext": crypter.encrypt(text)} if crypter else {"plaintext": text}),
        }
    if isinstance(value, dict):
        return {key: closed(item, crypter) for key, item in value.items()}
    return [closed(item, crypter) for item in value] if isinstance(value, list) else value


def references(entry: State) -> Iterator[str]:
    """The URNs that a resource names."""
    yield from filter(None, (entry.get("parent"), entry.get("deletedWith")))
    for urns in (
        entry.get("dependencies"),
        entry.get("replaceWith"),
        *(entry.get("propertyDependencies") or {}).values(),
    ):
        yield from urns or ()


def renamed(entry: State, names: dict[str, str | None]) -> State:
    """The entry with the URNs it names replaced; a URN that becomes None is no longer named."""

    def new(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: new(urns) for key, urns in value.items()}
        return (
            [urn for old in value or () if (urn := names.get(old, old))]
            if isinstance(value, list)
            else names.get(value, value)
        )

    keys = ("parent", "deletedWith", "dependencies", "replaceWith", "propertyDependencies")
    known = names.keys() & set(references(entry))
    return compact({**entry, **{key: new(entry[key]) for key in keys if entry.get(key)}}) if known else entry


def check_integrity(resources: list[State]) -> None:
    """The rules that the real engine holds a state to, and what this one does not know."""
    seen, providers, live = set[str](), set[str](), set[str]()
    for entry in resources:
        urn, kind, provider = entry.get("urn", "?"), str(entry.get("type")), entry.get("provider")
        for feature in [f"`{key}` in the state of {urn}" for key in _REFUSED if entry.get(key)]:
            raise unsupported(feature)
        if kind.startswith("pulumi:providers:") and kind.split(":")[2] not in ("pulumi-python", "pulumi"):
            raise unsupported(f"provider {kind.split(':')[2]!r} (only Python dynamic providers)")
        wrong = [f"names {name}, which does not come before it" for name in references(entry) if name not in seen]
        wrong += ["its provider does not come before it"] if provider and provider not in providers else []
        wrong += ["it has no type"] if not entry.get("type") else []
        wrong += ["`custom` and `id` do not agree"] if bool(entry.get("custom")) != bool(entry.get("id")) else []
        wrong += ["it is there twice"] if urn in live and not entry.get("delete") else []
        if wrong:
            raise EngineError(f"snapshot integrity error: {urn}: {wrong[0]}")
        seen.add(urn)
        live |= set() if entry.get("delete") else {urn}
        providers |= {f"{urn}::{entry['id']}"} if kind.startswith("pulumi:providers:") else set()


class Deployment:
    """The resources during a run: first what it has finished, in that order, then what it has not touched yet.

    Every operation is on disk as pending before it starts. Operations that start together share one write; results are
    written with the next start or within a fifth of a second."""

    def __init__(self, olds: list[State], pending: list[Pending], write: Callable[..., None] | None):
        self.olds, self.done, self._write = olds, dict[str, State](), write
        self._shown, self._pending = dict[int, State | None](), dict(enumerate(pending))
        self._names: dict[str, str | None] = {}
        self._lock, self._writing, self._closing = threading.Lock(), threading.Lock(), threading.Event()
        self._version = self._written = 0
        self._ticker = threading.Thread(target=self._tick, daemon=True)
        if write:
            self._ticker.start()

    def resources(self) -> list[State]:
        """What the state file holds after the next write."""
        rest = [self._shown.get(id(old), old) for old in self.olds]
        return [*self.done.values(), *(old for old in rest if old is not None)]

    def change(self, new: State | None, old: State | None = None, kept: State | None = None) -> None:
        """One resource is finished: `new` takes the place of `old`, of which only `kept` stays."""
        with self._lock:
            self._version += 1
            if new is not None:
                self.done[new["urn"]] = new
            if old is not None:
                self._shown[id(old)] = renamed(kept, self._names) if kept else None

    def reset(self, olds: list[State]) -> None:
        """The resources as a refresh found them."""
        with self._lock:
            self.olds, self._version = olds, self._version + 1

    def rename(self, was: str, urn: str) -> None:
        """An aliased resource has a new URN: entries not touched yet must not name the old one."""
        with self._lock:
            self._names[was] = urn
            for old in self.olds:
                if (shown := self._shown.get(id(old), old)) is not None:
                    self._shown[id(old)] = renamed(shown, {was: urn})

    @contextlib.contextmanager
    def operation(self, kind: str, entry: State, live: bool = True) -> Iterator[None]:
        """`creating`, `updating`, `deleting` or `reading` stands in the state file while the body runs."""
        token = uuid.uuid4().int
        if live:
            with self._lock:
                self._pending[token] = {
                    "resource": {key: entry[key] for key in entry if key != "outputs"},
                    "type": kind,
                }
                self._version += 1
                mine = self._version
            self._flush(mine)
        try:
            yield
        finally:
            with self._lock:
                self._pending.pop(token, None)
                self._version += 1

    def close(self) -> None:
        """Writes what is left, durably."""
        self._closing.set()
        if self._write:
            self._ticker.join()
            self._write(self.resources(), list(self._pending.values()), durable=True)

    def _flush(self, version: int) -> None:
        with self._writing:  # who had to wait here usually finds it done by the one before
            if self._write and self._written < version:
                with self._lock:
                    version, entries, pending = self._version, self.resources(), list(self._pending.values())
                self._write(entries, pending)
                self._written = version

    def _tick(self) -> None:
        while not self._closing.wait(0.1):
            with contextlib.suppress(EngineError):  # the next operation, or close(), says so
                self._flush(self._version)
