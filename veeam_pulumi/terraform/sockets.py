"""The folder of a provider's socket: one for each process, and none that stays for good.

A process that is killed leaves its folder behind. It held a lock on it, which ends with the process on every system
that has Unix sockets; so the next one to start tells what is left over, and takes it away. This file loads as little
as it can (no pathlib, no tempfile): it is part of every start.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator

_PREFIX = "veeam-provider-"
_OURS = {"plugin", "own.pem"}
"""What may lie in it; a folder with anything else is somebody else's."""


@contextlib.contextmanager
def folder() -> Iterator[str]:
    """A folder (mode 0700) as long as the context lasts, where Terraform wants it or in the temporary folder."""
    base = os.environ.get("PLUGIN_UNIX_SOCKET_DIR") or _temporary()
    _tidy(base)
    made, lock = _made(base)
    try:
        yield made
    finally:
        with contextlib.suppress(OSError):
            _remove(made)
        os.close(lock)


def _temporary() -> str:
    import tempfile  # Terraform since 1.7 names a folder

    return tempfile.gettempdir()


def _made(base: str) -> tuple[str, int]:
    """A new folder and the lock on it."""
    while True:
        made = os.path.join(base, _PREFIX + os.urandom(4).hex())  # short: a socket's path has 107 characters
        os.mkdir(made, 0o700)
        # Until it is locked, another process that starts takes it for one that was left behind.
        with contextlib.suppress(FileNotFoundError):
            handle = os.open(made, os.O_RDONLY)
            with contextlib.suppress(OSError):  # a file system without locks: nobody takes it away there
                fcntl.flock(handle, fcntl.LOCK_EX)
            if os.path.exists(made):
                return made, handle
            os.close(handle)


def _tidy(base: str) -> None:
    """Takes away what processes of this user left behind that are gone."""
    with contextlib.suppress(OSError):
        for left in [one.path for one in os.scandir(base) if one.name.startswith(_PREFIX)]:
            with contextlib.suppress(OSError):
                _remove_if_left(left)


def _remove_if_left(one: str) -> None:
    """Raises OSError where its process lives, or it is gone by now."""
    found = os.lstat(one)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o777 != 0o700:
        return
    handle = os.open(one, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if {*os.listdir(one)} <= _OURS:
            _remove(one)
    finally:
        os.close(handle)


def _remove(folder: str) -> None:
    for name in os.listdir(folder):
        os.unlink(os.path.join(folder, name))
    os.rmdir(folder)
