"""What the plugin process owes its engine: short errors, warnings at the right resource, an end when nobody listens.

* The SDK answers every exception with `traceback.format_exc()`, found by the global name `traceback` of the plugin's
  `__main__`: that name is where the text can be chosen. There is no supported hook.
* Providers hear no URN; the request that the SDK's servicer is answering has one, in a frame above.
* pulumi.log does not reach the engine from a plugin: warnings go to the engine's own Log service, whose address is the
  plugin's first argument.
* A plugin outlives an engine that was killed: it stays logged in, and finishes what it began.
* After a second Ctrl-C the engine interrupts the plugin and kills it five seconds later (CLI 3.260). Until then Python
  waits for what runs, and calls nothing that is to be done at its exit.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from .. import redaction
from ..errors import VeeamError
from ..pulumi_state import Urn
from .vocabulary import words

_PLUGIN = "pulumi.dynamic.__main__"
_LOOK = 1.0  # seconds between two looks at the engine's port
_lock = threading.Lock()
_refused_to: dict[tuple[str, str], dict[str, None]] = {}
"""(server, cause) -> the resources with that error, in the order in which they had it."""
_at_end: list[Callable[[], None]] = []
_ending = threading.Lock()
"""Held by whoever ends the process: Python, or the thread that looks at the engine."""


def prepare() -> None:
    """Called whenever a provider is loaded; does something once, and only in a plugin process."""
    main: Any = sys.modules["__main__"]
    if getattr(main.__spec__, "name", "") != _PLUGIN or not hasattr(main, "traceback"):
        return
    with _lock:
        if isinstance(main.traceback, SimpleNamespace):
            return
        main.traceback = SimpleNamespace(format_exc=explain)
        words.stack = lambda: Urn.of(urn()).stack
        if os.environ.get("PULUMI_RUN_PROGRAM", "").lower() not in ("1", "true"):
            words.changed = "already changed? run with --run-program, or set {variable}"
        threading.Thread(target=_watch, args=(_address(),), daemon=True).start()


def program_runs() -> None:
    """The program of the stack runs, so that the settings are those of today."""
    words.changed = ""


def at_end(close: Callable[[], None]) -> None:
    """`close` is called once, just before the process ends: by itself, without an engine, or when it is interrupted."""
    if not _at_end:
        atexit.register(_close)
    _at_end.append(close)


def _close() -> bool:
    """Whether this is the first to end the process."""
    first = _ending.acquire(blocking=False)
    if first:
        for close in _at_end:
            with contextlib.suppress(Exception):  # best effort: the process ends in any case
                close()
    return first


def explain() -> str:
    """The text of the exception that is being handled: our own errors are their lines, all others their traceback."""
    error = sys.exc_info()[1]
    if isinstance(error, VeeamError):
        return _counted(error)
    return redaction.hide(traceback.format_exc())


def _counted(error: VeeamError) -> str:
    """The text of an error. What a connection refuses to one resource it refuses to many: the first one says it in
    full, the others say how many there are."""
    if not (error.server and error.about):
        return error.shown()
    with _lock:
        refused = _refused_to.setdefault((error.server, error.cause), {})
        refused.setdefault(error.about)
        first, count = next(iter(refused)), len(refused)
    if error.about == first:
        return error.shown()
    return redaction.hide(f"{error.about}: the same error as {first} ({count} so far)")


def warn(message: str) -> None:
    """Shows a warning as a diagnostic of the resource that is being worked on; on stderr where there is no engine."""
    try:
        with grpc.insecure_channel(_address()) as channel:
            request = engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=message, urn=urn())
            engine_pb2_grpc.EngineStub(channel).Log(request, timeout=5)
    except (grpc.RpcError, ValueError):
        print(f"warning: {message}", file=sys.stderr)


def _address() -> str:
    return sys.argv[1] if len(sys.argv) > 1 else ""


def given() -> set[str]:
    """The names of the inputs that the state of the resource holds, as the engine tells the SDK but not the provider;
    empty where that is not known."""
    return set(getattr(_request(), "inputs", ())) - {"__provider"}


def urn() -> str:
    """The URN of the resource that this thread works on; empty where no engine asked for it."""
    found = getattr(_request(), "urn", "")
    return found if isinstance(found, str) else ""


def _request() -> Any:
    """The request that this thread answers: a local variable of the SDK's servicer, in a frame above."""
    frame = sys._getframe().f_back
    while frame and not (
        frame.f_globals.get("__name__") == "__main__" and hasattr(frame.f_locals.get("request"), "urn")
    ):
        frame = frame.f_back
    return frame.f_locals["request"] if frame else None


def _watch(address: str) -> None:
    """Ends the process when nobody listens at the engine's address any more, or what runs keeps it from ending."""
    host, _, port = address.rpartition(":")
    if not port.isdigit():
        return
    tasks = ThreadPoolExecutor(1)
    while not _refused(host, int(port)) and not _interrupted(tasks):
        time.sleep(_LOOK)
    if _interrupted(tasks):
        time.sleep(_LOOK)  # it ends by itself where nothing runs
    if _close():
        os._exit(1)


def _interrupted(tasks: ThreadPoolExecutor) -> bool:
    """Whether the interpreter has begun to end: it takes no more tasks then."""
    try:
        tasks.submit(int)
    except RuntimeError:
        return True
    return False


def _refused(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    except OSError:  # no proof: out of descriptors, a slow machine
        return False
    return False
