"""Answers that are the same at every start: schemas, kept in a file by version, so that serving them loads no product.

Terraform starts the provider two or three times a command, the first time only for the schema. The file is named by a
digest of the release and of the sources that a schema follows from; whoever may not write a cache does without.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .messages import MESSAGES

KEPT = ("GetMetadata", "GetProviderSchema", "GetResourceIdentitySchemas", "GetFunctions")
_FILES = 12
"""How many files stay: those of three versions."""


def kept(method: str) -> Any:
    """The answer of a method as an earlier process gave it; None where there is none."""
    try:
        file = _folder() / f"{_digest()}.{method}"
        found = file.stat()
        if found.st_uid != os.getuid() or found.st_mode & 0o022:  # somebody else may have written it
            return None
        return MESSAGES[f"{method}Response"].FromString(file.read_bytes())
    except Exception:  # no home, no file, half a file: then it is derived
        return None


def keep(method: str, answer: Any) -> None:
    """Keeps an answer for later processes, if the folder can be written."""
    with contextlib.suppress(OSError, RuntimeError):
        folder = _folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(answer.SerializeToString())
        Path(name).replace(folder / f"{_digest()}.{method}")
        by_age = sorted(folder.iterdir(), key=lambda one: one.stat().st_mtime, reverse=True)
        for old in by_age[_FILES:]:
            old.unlink()


def forget() -> None:
    """Takes all of them away."""
    with contextlib.suppress(OSError, RuntimeError):
        shutil.rmtree(_folder())
        _folder().parent.rmdir()


def _folder() -> Path:
    """Raises RuntimeError without a home."""
    base = os.environ.get("XDG_CACHE_HOME")
    return Path(base if base and Path(base).is_absolute() else Path.home() / ".cache") / "veeam-pulumi" / "terraform"


@cache
def _digest() -> str:
    root = Path(__file__).parents[1]
    found = [version("veeam-pulumi"), sys.version, str(root)]
    for part in ("products", "resource", "server", "terraform", "dynamic"):
        for file in sorted((root / part).rglob("*.py")):
            about = file.stat()
            found.append(f"{file} {about.st_size} {about.st_mtime_ns}")
    return hashlib.sha256("\n".join(found).encode()).hexdigest()[:32]
