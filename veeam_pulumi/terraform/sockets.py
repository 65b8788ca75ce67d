"""The folder of a provider's socket: one for each process, and none that stays for good.

A process that is killed leaves its folder behind. It held a lock on it, which ends with the process on every system
that has Unix sockets; so the next one to start tells what is left over, and takes it away.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

_PREFIX = "veeam-provider-"
_OURS = {"plugin", "own.pem"}
"""What may lie in it; a folder with anything else is somebody else's."""


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder (mode 0700) as long as the context lasts, where Terraform wants it or in the temporary folder."""
    base = Path(os.environ.get("PLUGIN_UNIX_SOCKET_DIR") or tempfile.gettempdir())
    _tidy(base)
    made, lock = _made(base)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(lock)


def _made(base: Path) -> tuple[Path, int]:
    """A new folder and the lock on it."""
    while True:
        made = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
        # Until it is locked, another process that starts takes it for one that was left behind.
        with contextlib.suppress(FileNotFoundError):
            handle = os.open(made, os.O_RDONLY)
            with contextlib.suppress(OSError):  # a file system without locks: nobody takes it away there
                fcntl.flock(handle, fcntl.LOCK_EX)
            if made.exists():
                return made, handle
            os.close(handle)


def _tidy(base: Path) -> None:
    """Takes away what processes of this user left behind that are gone."""
    with contextlib.suppress(OSError):
        for left in [*base.glob(f"{_PREFIX}*")]:
            with contextlib.suppress(OSError):
                _remove_if_left(left)


def _remove_if_left(one: Path) -> None:
    """Raises OSError where its process lives, or it is gone by now."""
    found = one.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o777 != 0o700:
        return
    handle = os.open(one, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if {file.name for file in one.iterdir()} <= _OURS:
            shutil.rmtree(one)
    finally:
        os.close(handle)
