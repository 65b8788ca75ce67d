"""Answers that are the same at every start: schemas, kept in a file by version, so that serving them loads no product.

Terraform starts the provider two or three times a command, the first time only for the schema. The file is named by a
digest of the sources that a schema follows from, as they lie on the disk; whoever may not write a cache does without.
This file loads as little as it can (no pathlib, no tempfile): it is part of every start.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterator
from functools import cache

KEPT = ("GetMetadata", "GetProviderSchema", "GetResourceIdentitySchemas", "GetFunctions")
NOTHING = ("ValidateDataResourceConfig", "StopProvider")
"""Calls that are answered with nothing, whatever they ask: for these alone no product is loaded either. The start that
checks a configuration in which there are only data sources gets no others."""
_FILES = 12
"""How many files stay: those of three versions."""
_SOURCES = ("products", "resource", "server", "terraform", "dynamic")


def kept(method: str) -> bytes | None:
    """The answer of a method as an earlier process gave it; None where there is none."""
    with contextlib.suppress(OSError):
        name = _file(method)
        with open(name, "rb") as file:
            found = os.fstat(file.fileno())
            if found.st_uid == os.getuid() and not found.st_mode & 0o022:  # else somebody else may have written it
                content = file.read()
                # Half a file has not the digest of all of it.
                if hashlib.sha256(content[32:]).digest() == content[:32]:
                    return content[32:]
    return None


def keep(method: str, answer: bytes) -> None:
    """Keeps an answer for later processes, if the folder can be written."""
    with contextlib.suppress(OSError):
        folder, name = _folder(), _file(method)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        new = f"{name}.{os.getpid()}"
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(hashlib.sha256(answer).digest() + answer)
        os.replace(new, name)
        by_age = sorted(os.scandir(folder), key=lambda one: one.stat().st_mtime, reverse=True)
        for old in by_age[_FILES:]:
            os.unlink(old)


def forget() -> None:
    """Takes all of them away."""
    with contextlib.suppress(OSError):
        for one in os.scandir(_folder()):
            os.unlink(one)
        os.rmdir(_folder())
        os.rmdir(os.path.dirname(_folder()))


def _folder() -> str:
    """Raises OSError without a home."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.expanduser("~/.cache")
    if not os.path.isabs(base):
        raise FileNotFoundError("no home")
    return os.path.join(base, "veeam-pulumi", "terraform")


def _file(method: str) -> str:
    return os.path.join(_folder(), f"{_digest()}.{method}")


@cache
def _digest() -> str:
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    found = [sys.version, root]
    for part in _SOURCES:
        for path, about in _sources(os.path.join(root, part)):
            # An installation may give every file the same time of change, but not the time of being written here.
            found.append(f"{path} {about.st_size} {about.st_mtime_ns} {about.st_ctime_ns}")
    return hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()[:32]


def _sources(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    for one in os.scandir(folder):
        if one.name.endswith(".py"):
            yield one.path, one.stat()
        elif one.is_dir() and one.name != "__pycache__":
            yield from _sources(one.path)
