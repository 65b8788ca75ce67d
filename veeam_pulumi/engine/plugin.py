"""The provider: a `python -m pulumi.dynamic` process, spoken to over gRPC exactly as the real engine does."""

import contextlib
import re
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from .values import EngineError, Unanswered, dumps, from_struct, plain, to_struct, unsupported

_SEVERITIES = ("debug", "info", "warning", "error")
_FAREWELL = 3  # seconds that a provider has to see that the engine is gone
Log = Callable[[str, str, str], None]


class Plugins(engine_pb2_grpc.EngineServicer):
    """The plugin processes of a run, one for each configuration that is asked for (usually one), and Pulumi's Engine
    service, where they and the program log to: their messages are diagnostics of the run."""

    def __init__(self, folder: Path, project: str, environ: Mapping[str, str], log: Log):
        self._folder = folder
        self._environ = {**environ, "PULUMI_PROJECT": project}
        self._log = log
        self._running = dict[str, Plugin]()
        self._lock = threading.Lock()
        self._closed = False
        self._server = grpc.server(ThreadPoolExecutor(4))
        engine_pb2_grpc.add_EngineServicer_to_server(self, self._server)
        self._address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def Log(self, request: Any, context: Any = None) -> Empty:
        """The SDK sends four debug messages a resource: those are dropped."""
        if request.severity:
            self._log(_SEVERITIES[request.severity], request.message, request.urn)
        return Empty()

    def RequirePulumiVersion(self, request: Any, context: Any = None) -> Any:
        raise unsupported(f"require_pulumi_version({request.pulumi_version_range!r})")

    def get(self, config: dict[str, Any]) -> "Plugin":
        """The plugin that is configured with this, started now if need be."""
        with self._lock:
            if self._closed:
                raise EngineError("the run has ended")
            text = dumps(plain(config))
            if text not in self._running:
                environ = {**self._environ, "PULUMI_CONFIG": text}
                self._running[text] = Plugin(self._folder, environ, self._log, self._address)
                self._running[text].call("Configure", args=config)
            return self._running[text]

    def kill(self) -> None:
        """What runs is not waited for: its calls fail. Callable from a signal handler. Providers that watch the engine
        see it go, log out and end by themselves."""
        self._server.stop(0)
        for plugin in list(self._running.values()):
            plugin.kill()

    def close(self) -> None:
        """Ends the processes and waits for them: providers log out at exit."""
        with self._lock:
            self._closed = True
            for plugin in self._running.values():
                plugin.close()
        self._server.stop(0).wait()


def start(engine: str, folder: Path, environ: Mapping[str, str]) -> "subprocess.Popen[str]":
    """The process of a provider: it prints its port, and logs to the Engine service at the address `engine`."""
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.dynamic", engine],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,  # ^C is for the engine, which lets operations finish
    )


class Plugin:
    """One plugin process."""

    def __init__(self, folder: Path, environ: Mapping[str, str], log: Log, engine: str):
        self._log = log
        self._said = deque[str](maxlen=20)
        self._process = start(engine, folder, environ)
        self._reader = threading.Thread(target=self._read_on, daemon=True)
        assert self._process.stdout
        for line in self._process.stdout:
            if line.strip().isdigit():
                break
            self._said.append(line.strip())
        else:
            self._process.kill()
            self._process.wait()
            raise EngineError(f"the provider process did not start; it said: {' | '.join(self._said)}")
        self._reader.start()
        self._port = int(line)
        unlimited = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
        self._channel = grpc.insecure_channel(f"127.0.0.1:{self._port}", options=unlimited)
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)

    def call(self, method: str, **fields: Any) -> dict[str, Any]:
        """Calls the provider; structures go and come in plain. The answer holds the fields that were set."""
        message = {key: to_struct(plain(value)) if isinstance(value, dict) else value for key, value in fields.items()}
        try:
            answer = getattr(self._stub, method)(getattr(provider_pb2, f"{method}Request")(**message))
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.UNKNOWN:
                raise EngineError(_final_error(error.details() or "")) from None
            raise Unanswered(
                f"the provider process did not answer {method}: {error.details()}; it said: {' | '.join(self._said)}"
            ) from None
        return {
            field.name: from_struct(value) if isinstance(value, Struct) else value
            for field, value in answer.ListFields()
        }

    def kill(self) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=_FAREWELL)
        self._process.kill()

    def close(self) -> None:
        """SIGINT is the plugin's way to end. CPython can miss it while other threads run, so it is sent again as long
        as the plugin still listens; a second one after that would break into what providers do at exit."""
        self._channel.close()
        try:
            for _ in range(10):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port), timeout=1):
                    self._process.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(timeout=1)
                    break
        finally:
            self._process.kill()
            self._process.wait()
        self._reader.join(timeout=1)  # a child of the plugin may still hold the pipe

    def _read_on(self) -> None:
        assert self._process.stdout
        with self._process.stdout as lines:
            for line in lines:
                self._said.append(line.rstrip())
                self._log("info", line.rstrip("\n"), "")


def _final_error(text: str) -> str:
    """The last exception of a formatted traceback: `Class: message`, all lines of the message, no frames. What is no
    traceback is what a provider chose to say."""
    last = re.split(r"\n\n(?:During handling|The above exception was)[^\n]*:\n\n(?=Traceback )", text)[-1].rstrip("\n")
    found = re.match(r"Traceback \(most recent call last\):\n(?:[ \t].*\n)*(?P<error>\S[\s\S]*)", last)
    return (
        re.sub(r"\A[A-Za-z_][\w.]*(?:\.<locals>)?\.(?=\w+(?::|$))", "", found["error"]) if found else text.rstrip("\n")
    )
