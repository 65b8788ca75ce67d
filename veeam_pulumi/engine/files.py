"""How files are written and read: whole or not at all, for the owner alone, in UTF-8; and which names may be a part of
a path."""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
import uuid
from pathlib import Path
from typing import Any

from .values import EngineError

_STALE = 60  # seconds after which a draft is that of a run that was killed


def write_atomically(file: Path, text: str, mode: int | None = 0o600) -> None:
    """A reader sees the old file or the new one, never a part, also after a power cut. A link is followed.

    `mode`: who can read it; None: who could read the old one, or what is usual for a new one."""
    file = file.resolve()
    draft = file.with_name(f".{file.name}.{uuid.uuid4().hex}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if mode is None and file.exists():
            mode = file.stat().st_mode & 0o777
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
            out.flush()
            if mode is not None:
                draft.chmod(mode)
            os.fsync(handle)
        draft.replace(file)
        _sync_folder(file.parent)
        _sweep(file)
    except (OSError, UnicodeEncodeError) as error:
        draft.unlink(missing_ok=True)
        raise EngineError(f"{file} could not be written: {error}") from None
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # not every system can
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _sweep(file: Path) -> None:
    """Removes the drafts of runs that were killed while they wrote."""
    for draft in file.parent.glob(f".{file.name}.*"):
        with contextlib.suppress(OSError):
            if re.fullmatch("[0-9a-f]{32}", draft.suffix[1:]) and draft.stat().st_mtime < time.time() - _STALE:
                draft.unlink()


def read_text(file: Path) -> str:
    """A text file in UTF-8, with or without a byte-order mark. Raises EngineError for all else."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise EngineError(f"{file} is not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise EngineError(f"{file} cannot be read: {error.strerror}") from None


def read_exported(text: str) -> dict[str, Any]:
    """What `export` wrote. Raises EngineError for anything but a JSON object."""
    try:
        return dict(json.loads(text))
    except (ValueError, TypeError, RecursionError):
        raise EngineError("what was given is not an exported state: it is not a JSON object") from None


def read_import(file: Path) -> Any:
    """The content of an import file. Raises EngineError for anything but JSON."""
    try:
        return json.loads(read_text(file))
    except (ValueError, RecursionError):
        raise EngineError(f"{file} is not an import file: it is not JSON") from None


def check_name(name: str, what: str) -> str:
    """A name that becomes a part of a path. Raises EngineError for one that could lead elsewhere."""
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", name) or not name.strip("."):
        raise EngineError(f"{name!r} is not a {what} name: letters, digits, `-`, `_` and `.` only")
    return name
