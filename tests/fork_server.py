"""Starts Python processes that have imported pulumi and veeam_pulumi already.

A provider process spends nine tenths of its time on importing what the one before it imported. `start` has the
signature and the effect of `veeam_pulumi.engine.plugin.start`: what it starts is `python -u -m pulumi.dynamic`, with
its own folder, environment, arguments, session and streams, forked from a process that has done the imports. `command`
makes a `veeam-pulumi` of that kind, for scripts. What is not the same as in a real start, and is therefore tested with
one: the interpreter's own options and variables, that the imports work at all, what an interpreter clears away when all
is done, and for commands the process group.

gRPC may be imported before a fork, never used: its threads would be missing in the child.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import hashlib
import importlib
import marshal
import os
import pkgutil
import runpy
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, NoReturn

AVAILABLE = hasattr(os, "pidfd_open")
"""Linux since 5.3: elsewhere processes are started in full."""
_ROOT = Path(__file__).parents[1]
_ENVIRON = dict(os.environ)
"""That of the test run. By the time the first process is wanted, `os.environ` may be a program's: the engine lends it
the variables of its stack, and a `sitecustomize` of one test would load into the processes of all the others."""
COMMAND = "veeam-pulumi"
"""In the place of a module: what the console script runs."""
_LIBRARIES = ("dill", "grpc._channel", "grpc._server", "httpx", "pulumi.dynamic", "pulumi.metadata")
_ROOMS = {
    "": ("dynamic", "products", "resource", "server"),
    COMMAND: ("access", "cli", "doctor", "engine", "estate", "policy", "review"),
}
"""What is imported before the first fork of all, and before the first one of a command."""
SALT = b"8 bytes."
"""Of every new stack."""
_LEFT_ALONE, _WAITED_FOR = b"0", b"1"
"""What asks for a process first says whether that is to end with it."""
_STUB = """#!{python} -IS
# A client of tests/fork_server.py: hands its streams over, passes signals on, and ends as the forked process does.
import _signal, _socket, marshal, os, sys
server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
server.connect({address!r})
streams = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
server.sendmsg([{waited_for!r}], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
server.sendall(marshal.dumps(({command!r}, sys.argv, os.getcwd(), dict(os.environ))))
server.shutdown(_socket.SHUT_WR)
pid = int.from_bytes(server.recv(4), "big")
for number in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP):
    _signal.signal(number, lambda number, frame: os.kill(pid, number))
code = int.from_bytes(server.recv(4), "big", signed=True)
if code < 0:
    _signal.signal(-code, _signal.SIG_DFL)
    os.kill(os.getpid(), -code)
os._exit(code)
"""


class Process:
    """A forked process, as far as `subprocess.Popen` is used of one. It leads a session of its own."""

    def __init__(self, server: socket.socket, stdout: IO[str]) -> None:
        pid, [self._pidfd], _, _ = socket.recv_fds(server, 4, 1)
        self.pid, self.stdout, self._server = int.from_bytes(pid, "big"), stdout, server
        self._code: int | None = None

    def send_signal(self, number: int) -> None:
        if self._code is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Raises subprocess.TimeoutExpired."""
        if self._code is None:
            waiting = select.poll()
            waiting.register(self._server, select.POLLIN)
            if not waiting.poll(None if timeout is None else timeout * 1000):
                raise subprocess.TimeoutExpired(f"the process {self.pid}", timeout or 0)
            self._code = int.from_bytes(self._server.recv(4), "big", signed=True)
            self._server.close()
            os.close(self._pidfd)
        return self._code


class Address(str):
    """Where a fork server listens."""

    def start(self, module: str, arguments: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Process:
        """`python -u -m module arguments`; its stderr goes where its stdout goes, and there is nothing to read."""
        ours, theirs = os.pipe()
        server = socket.socket(socket.AF_UNIX)
        with Path(os.devnull).open() as nothing, os.fdopen(theirs, "w"):
            server.connect(self)
            socket.send_fds(server, [_LEFT_ALONE], [nothing.fileno(), theirs, theirs])
            server.sendall(marshal.dumps((module, ["-m", *arguments], str(folder), dict(environ))))
            server.shutdown(socket.SHUT_WR)
        return Process(server, os.fdopen(ours, encoding="utf-8", errors="replace"))


class ForkServer:
    """The process that forks; it ends with the process that made it."""

    def __init__(self) -> None:
        self.address = Address(f"\0veeam-tests-{secrets.token_hex(8)}")
        theirs, self._alive = os.pipe()
        with socket.socket(socket.AF_UNIX) as listener, os.fdopen(theirs):
            listener.bind(self.address)
            listener.listen(64)
            numbers = listener.fileno(), theirs
            address = str(self.address)
            command = f"from tests import fork_server; fork_server.serve({address!r}, *{numbers})"
            self._process = subprocess.Popen(
                [sys.executable, "-u", "-c", command],
                cwd=_ROOT,
                env=_ENVIRON,
                pass_fds=numbers,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        atexit.register(self._end)

    def _end(self) -> None:
        atexit.unregister(self._end)
        os.close(self._alive)
        self._process.wait()  # its seconds, and those of what it forked, count among those of the tests


def serve(address: str, listening: int, alive: int) -> None:
    """Forks until the process that made this one has gone, and what was forked has ended."""
    _preload("")
    _addresses.append(Address(address))
    _keys.append(Path(tempfile.mkdtemp(prefix="veeam-tests-keys-")))
    given = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    usual = [path for path in sys.path if path and path not in given]
    listener = socket.socket(fileno=listening)
    forked, clients = dict[int, tuple[int, socket.socket]](), dict[int, int]()
    waiting = select.poll()
    waiting.register(listening, select.POLLIN)
    waiting.register(alive, 0)
    ended = False
    while forked or not ended:
        for number, _ in waiting.poll():
            if number == listening:
                client, _ = listener.accept()
                kind, streams, _, _ = socket.recv_fds(client, 1, 3)
                if kind == _WAITED_FOR:
                    _preload(COMMAND)
                if not (pid := os.fork()):
                    _become(client, streams, usual)
                for stream in streams:
                    os.close(stream)
                pidfd = os.pidfd_open(pid)
                forked[pidfd] = pid, client
                waiting.register(pidfd, select.POLLIN)
                if kind == _WAITED_FOR:
                    clients[client.fileno()] = pidfd
                    waiting.register(client, 0)
                with contextlib.suppress(OSError):  # it has gone
                    socket.send_fds(client, [pid.to_bytes(4, "big")], [pidfd])
            elif number in clients:
                waiting.unregister(number)
                signal.pidfd_send_signal(clients.pop(number), signal.SIGKILL)
            elif number in forked:
                waiting.unregister(number)
                pid, client = forked.pop(number)
                code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                if clients.pop(client.fileno(), None):
                    waiting.unregister(client)
                with contextlib.suppress(OSError):
                    client.sendall(code.to_bytes(4, "big", signed=True))
                client.close()
                os.close(number)
            else:
                ended = True
                waiting.unregister(listening)
                waiting.unregister(alive)
    shutil.rmtree(_keys[0])


@cache
def _preload(kind: str) -> None:
    for name in _LIBRARIES:
        importlib.import_module(name)
    for room in _ROOMS[kind]:
        for _, name, _ in pkgutil.walk_packages([str(_ROOT / "veeam_pulumi" / room)], f"veeam_pulumi.{room}."):
            importlib.import_module(name)
    if kind == COMMAND:
        typer = importlib.import_module("typer.main")
        vars(typer)["get_command"] = cache(typer.get_command)  # it makes the whole command line
        typer.get_command(importlib.import_module("veeam_pulumi.cli.main").app)
    gc.collect()
    gc.freeze()


def _become(client: socket.socket, streams: list[int], usual: list[str]) -> NoReturn:
    """What an interpreter does between its start and what it is to run, and then that."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with client.makefile("rb") as file:
        module, arguments, folder, environ = marshal.loads(file.read())
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    added = [str(Path(path).resolve()) for path in environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    first = str(Path(arguments[0]).parent) if module == COMMAND else str(Path.cwd())
    sys.path[:] = [first, *added, *usual]
    sys.argv[:] = arguments
    importlib.invalidate_caches()
    if any(Path(path, "sitecustomize.py").exists() for path in added):
        sys.modules.pop("sitecustomize", None)
        importlib.import_module("sitecustomize")
    if module == COMMAND:
        _run_command()
    _end_after(lambda: runpy._run_module_as_main(module))  # type: ignore[attr-defined]


def _run_command() -> NoReturn:
    """With streams as an interpreter makes them, providers that are forked, too, and keys that are derived once."""
    from veeam_pulumi.cli.main import main
    from veeam_pulumi.engine import plugin
    from veeam_pulumi.engine import secrets as engine_secrets

    plugin.start = start  # type: ignore[assignment]
    engine_secrets.new_salt = lambda: SALT
    engine_secrets._key = _kept(engine_secrets._key)  # type: ignore[assignment]
    sys.stdin, sys.stdout = os.fdopen(0, encoding="utf-8"), os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = os.fdopen(2, "w", 1, encoding="utf-8", errors="backslashreplace")
    _end_after(main)


def _kept(key: Callable[[str, bytes], bytes]) -> Callable[[str, bytes], bytes]:
    """What a million rounds give is written down for the next command."""

    def look(phrase: str, salt: bytes) -> bytes:
        file = Path(_keys[0], hashlib.sha256(salt + phrase.encode()).hexdigest())
        if not file.exists():
            new = file.with_suffix(f".{os.getpid()}")
            new.write_bytes(key(phrase, salt))
            new.replace(file)
        return file.read_bytes()

    return look


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


_addresses: list[Address] = []
_keys: list[Path] = []
"""The folder with the keys of the commands' stacks."""
_making = threading.Lock()


def running() -> Address:
    """That of this test run."""
    with _making:
        if not _addresses:
            _addresses.append(ForkServer().address)
    return _addresses[0]


def start(engine: str, folder: Path, environ: Mapping[str, str]) -> Process:
    """A provider process, as `veeam_pulumi.engine.plugin.start` starts it."""
    return running().start("pulumi.dynamic", [engine], folder, environ)


def command(folder: Path) -> Path:
    """Puts a `veeam-pulumi` into a folder."""
    file = folder / COMMAND
    file.write_text(
        _STUB.format(python=sys.executable, address=str(running()), command=COMMAND, waited_for=_WAITED_FOR)
    )
    file.chmod(0o755)
    return file
