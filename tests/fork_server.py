"""Starts Python processes that have imported pulumi and veeam_pulumi already.

A provider process spends nine tenths of its time on importing what the one before it imported. `start` has the
signature and the effect of `veeam_pulumi.engine.plugin.start`: what it starts is `python -u -m pulumi.dynamic`, with
its own folder, environment, arguments, session and streams, forked from a process that has done the imports. What is
not the same as in a real start, and is therefore tested with one: the interpreter's own options and variables, that the
imports work at all, and what an interpreter clears away when all is done.

gRPC may be imported before a fork, never used: its threads would be missing in the child.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, NoReturn

AVAILABLE = hasattr(os, "pidfd_open")
"""Linux since 5.3: elsewhere processes are started in full."""
_PACKAGE = Path(__file__).parents[1] / "veeam_pulumi"
_ENVIRON = dict(os.environ)
"""That of the test run. By the time the first process is wanted, `os.environ` may be a program's: the engine lends it
the variables of its stack, and a `sitecustomize` of one test would load into the processes of all the others."""


class Process:
    """A forked process, as far as `subprocess.Popen` is used of one. It leads a session of its own."""

    def __init__(self, pid: int, pidfd: int, stdout: IO[str]) -> None:
        self.pid, self.stdout, self._pidfd, self._ended = pid, stdout, pidfd, False

    def send_signal(self, number: int) -> None:
        if not self._ended:
            signal.pidfd_send_signal(self._pidfd, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Raises subprocess.TimeoutExpired. The exit code is not known: 0."""
        if not self._ended:
            waiting = select.poll()
            waiting.register(self._pidfd, select.POLLIN)
            if not waiting.poll(None if timeout is None else timeout * 1000):
                raise subprocess.TimeoutExpired(f"the process {self.pid}", timeout or 0)
            self._ended = True
            os.close(self._pidfd)
        return 0


class ForkServer:
    """The process that forks; it ends with the process that made it."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        with theirs:
            command = f"from tests.fork_server import serve; serve({theirs.fileno()})"
            self._process = subprocess.Popen(
                [sys.executable, "-u", "-c", command],
                cwd=Path(__file__).parents[1],
                env=_ENVIRON,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        atexit.register(self._end)

    def _end(self) -> None:
        self._socket.close()
        self._process.wait()  # its seconds, and those of what it forked, count among those of the tests

    def start(self, module: str, arguments: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Process:
        """`python -u -m module arguments`; its stderr goes where its stdout goes."""
        ours, theirs = os.pipe()
        request = json.dumps([module, list(arguments), str(folder), dict(environ)]).encode()
        with self._lock:
            try:
                # Longer than any packet: the request goes through a pipe of its own.
                reading, writing = os.pipe()
                socket.send_fds(self._socket, [b"fork"], [theirs, reading])
                os.close(reading)
                with os.fdopen(writing, "wb") as pipe:
                    pipe.write(request)
                pid, [pidfd], _, _ = socket.recv_fds(self._socket, 32, 1)
            finally:
                os.close(theirs)
        return Process(int(pid), pidfd, os.fdopen(ours, encoding="utf-8", errors="replace"))


def serve(number: int) -> None:
    """Forks until the other side has gone."""
    for name in ("dill", "grpc._channel", "grpc._server", "httpx", "pulumi.dynamic", "pulumi.metadata"):
        importlib.import_module(name)
    for room in ("dynamic", "products", "resource", "server"):
        for _, name, _ in pkgutil.walk_packages([str(_PACKAGE / room)], f"{_PACKAGE.name}.{room}."):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()
    given = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    usual = [path for path in sys.path if path and path not in given]
    channel = socket.socket(fileno=number)
    while True:
        message, files, _, _ = socket.recv_fds(channel, 16, 2)
        if not message:
            with contextlib.suppress(ChildProcessError):
                while True:
                    os.waitpid(-1, 0)
            return
        stdout, request = files
        pid = os.fork()
        if not pid:
            channel.close()
            with os.fdopen(request, encoding="utf-8") as pipe:
                _become(json.loads(pipe.read()), stdout, usual)
        os.close(stdout)
        os.close(request)
        pidfd = os.pidfd_open(pid)
        socket.send_fds(channel, [str(pid).encode()], [pidfd])
        os.close(pidfd)
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _become(request: tuple[str, list[str], str, dict[str, str]], stdout: int, usual: list[str]) -> NoReturn:
    """What an interpreter does between its start and `-m`, and then that."""
    module, arguments, folder, environ = request
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.dup2(stdout, 1)
    os.dup2(stdout, 2)
    os.close(stdout)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    added = [str(Path(path).resolve()) for path in environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.path[:] = [str(Path.cwd()), *added, *usual]
    sys.argv[:] = ["-m", *arguments]
    importlib.invalidate_caches()
    if any(Path(path, "sitecustomize.py").exists() for path in added):
        sys.modules.pop("sitecustomize", None)
        importlib.import_module("sitecustomize")
    _end_after(lambda: runpy._run_module_as_main(module))  # type: ignore[attr-defined]


def _end_after(run: Callable[[], object]) -> NoReturn:
    """As an interpreter ends, up to the handlers of `atexit`. What it then clears, module by module, is copied for it
    page by page: as much work as that of a provider itself."""
    code = 0
    try:
        run()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else bool(end.code)
        if not isinstance(end.code, int | None):
            print(end.code, file=sys.stderr)
    except BaseException as error:
        trace = error.__traceback__
        while trace and trace.tb_frame.f_code.co_filename == __file__:
            trace = trace.tb_next
        sys.excepthook(type(error), error.with_traceback(trace), trace)
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


_server: list[ForkServer] = []
_making = threading.Lock()


def running() -> ForkServer:
    """The one of this test run."""
    with _making:
        if not _server:
            _server.append(ForkServer())
    return _server[0]


def start(engine: str, folder: Path, environ: Mapping[str, str]) -> Process:
    """A provider process, as `veeam_pulumi.engine.plugin.start` starts it."""
    return running().start("pulumi.dynamic", [engine], folder, environ)
