"""Pulumi's file backend: where the state of a stack is, how it is read and written, and its lock."""

import contextlib
import getpass
import hashlib
import json
import os
import re
import shutil
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from .files import check_name, read_text, write_atomically
from .secrets import Crypter
from .shape import shaped
from .state import Write, check_integrity, closed, document, now, opened, refuse_unknown
from .values import EngineError, State, command, dumps, unsupported


class Backend:
    """The folder of a `file://` backend, in the layout that the CLI has used since project-scoped stacks."""

    def __init__(self, url: str, cwd: Path, project: str):
        if not url.startswith("file://"):
            raise unsupported(f"backend {url!r} (only file://…)")
        self.project = project
        self.root = (cwd / Path(unquote(url[7:])).expanduser()).resolve() / ".pulumi"
        self.url = f"file://{self.root.parent}"
        self._meta = self.root / "meta.yaml"
        layout = read_text(self._meta) if self._meta.exists() else "version: 1"
        legacy = not self._meta.exists() and any((self.root / "stacks").glob("*.json"))
        if legacy or not re.search(r"^version: *1$", layout, re.M):
            raise unsupported(f"the layout of {self.root} (only version 1)")

    def file(self, stack: str, project: str | None = None) -> Path:
        check_name(stack, "stack")
        file = self.root / "stacks" / check_name(project or self.project, "project") / f"{stack}.json"
        if packed := list(file.parent.glob(f"{stack}.json.[gz]*")):
            raise unsupported(f"the compressed stack file {packed[0]}")
        return file

    def existing(self, stack: str, project: str | None = None) -> Path:
        if not (file := self.file(stack, project)).exists():
            raise EngineError(
                f"no stack named '{stack}' found; create it with `veeam-pulumi engine stack init {stack}`", 6
            )
        return file

    def stacks(self) -> list[str]:
        return sorted(file.stem for file in (self.root / "stacks" / self.project).glob("[!.]*.json"))

    def remove(self, stack: str) -> None:
        self.file(stack).unlink()
        shutil.rmtree(self._locks(stack), ignore_errors=True)

    def load(self, stack: str, phrase: str, project: str | None = None) -> tuple[list[State], list[State]]:
        """The resources of a stack and its pending operations."""
        return self.read(self.latest(stack, project), phrase, stack)

    def latest(self, stack: str, project: str | None = None) -> dict[str, Any]:
        """The deployment of a stack as it is in the file, secrets closed."""
        file = self.existing(stack, project)
        try:
            content = json.loads(read_text(file))
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict):
            raise EngineError(f"the stack file is not valid JSON: {file}")
        if content.get("version") != 3:
            raise unsupported(f"version {content.get('version')!r} of the stack file {file} (only 3)")
        checkpoint = content.get("checkpoint") or {}
        latest = checkpoint.get("latest") or {} if isinstance(checkpoint, dict) else None
        if not isinstance(latest, dict):
            raise EngineError(f"the stack file holds no deployment: {file}")
        return latest

    def read(self, latest: dict[str, Any], phrase: str, stack: str) -> tuple[list[State], list[State]]:
        """What is in a deployment, with secrets opened; one that this engine cannot honour is refused."""
        latest = shaped(latest)
        manifest = latest.get("manifest") or {}
        version = manifest.get("version", "")
        magic = manifest.get("magic", "")
        if magic != (hashlib.sha256(version.encode()).hexdigest() if version else ""):
            raise EngineError("magic cookie mismatch; possible tampering/corruption detected")
        provider = latest.get("secrets_providers") or {"type": "passphrase"}
        if provider["type"] != "passphrase":
            raise unsupported(f"secrets provider {provider['type']!r} of the state (only passphrase)")
        refuse_unknown(latest, f"stack '{stack}'")
        salt = (provider.get("state") or {}).get("salt")
        crypter = Crypter(phrase, salt) if salt else None
        resources, pending = (opened(latest.get(key) or [], crypter) for key in ("resources", "pending_operations"))
        return check_integrity(resources), pending

    def writer(self, stack: str, crypter: Crypter) -> Write:
        """A function that writes the stack file. What has not changed since it last did is neither encrypted nor
        formatted again: a write costs little more than the disk does."""
        file = self.file(stack)
        known = dict[int, tuple[State, str]]()

        def write(resources: list[State], pending: list[State]) -> None:
            nonlocal known  # with its text we keep the entry itself: no other one can get its id
            known = {
                id(entry): known.get(id(entry)) or (entry, dumps(closed(entry, crypter)))
                for entry in (*resources, *pending)
            }
            parts = {"resources": resources, "pending_operations": pending}
            lists = [f'"{key}":[{",".join(known[id(one)][1] for one in part)}]' for key, part in parts.items() if part]
            content = ",".join([dumps(document([], [], crypter))[1:-1], *lists])
            name = dumps(f"organization/{self.project}/{stack}")
            write_atomically(file, f'{{"version":3,"checkpoint":{{"stack":{name},"latest":{{{content}}}}}}}')
            if not self._meta.exists():
                write_atomically(self._meta, "version: 1\n")

        return write

    def _locks(self, stack: str) -> Path:
        return self.root / "locks" / "organization" / self.project / check_name(stack, "stack")

    def unlock(self, stack: str) -> None:
        """Removes whatever locks the stack."""
        for file in self._locks(stack).glob("[!.]*"):
            file.unlink(missing_ok=True)

    @contextlib.contextmanager
    def lock(self, stack: str) -> Iterator[None]:
        """The lock protocol of the backend: look, write one's own file, look again."""
        mine = self._locks(stack) / f"{uuid.uuid4()}.json"
        _refuse_if_locked(mine, stack)
        who = {"pid": os.getpid(), "username": getpass.getuser(), "hostname": socket.gethostname(), "timestamp": now()}
        write_atomically(mine, dumps(who))
        try:
            _refuse_if_locked(mine, stack)
            yield
        finally:
            mine.unlink(missing_ok=True)


def _refuse_if_locked(mine: Path, stack: str) -> None:
    holders = []
    for file in sorted(set(mine.parent.glob("[!.]*")) - {mine}):
        holders.append(f"\n  {file}")
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            lock = json.loads(file.read_text(encoding="utf-8"))
            by = f"{lock['username']}@{lock['hostname']} (pid {lock['pid']}) at {lock['timestamp']}"
            holders[-1] += f": created by {by}"
    if holders:
        raise EngineError(
            f"the stack is currently locked by {len(holders)} lock(s). Either wait for the other process(es) to"
            f" end or delete the lock file with {command('cancel', stack)}.{''.join(holders)}"
        )
