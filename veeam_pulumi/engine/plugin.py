"""The provider: a `python -m pulumi.dynamic` process, spoken to over gRPC exactly as the real engine does."""

import contextlib
import json
import re
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from veeam_pulumi.engine.state import dumps
from veeam_pulumi.engine.values import EngineError, State, from_struct, plain, to_struct

_OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
_SEVERITIES = ("debug", "info", "warning", "error")
Log = Callable[[str, str, str], None]


@dataclass(frozen=True)
class Diff:
    """What a provider says about old outputs and new inputs; `changed` None leaves the answer to the engine."""

    changed: bool | None
    replaces: list[str]
    delete_first: bool


class EngineService(engine_pb2_grpc.EngineServicer):
    """Where program and providers log to: their messages are diagnostics of the run."""

    def __init__(self, log: Log):
        self._log = log

    def Log(self, request: Any, context: Any = None) -> empty_pb2.Empty:
        """The SDK sends four debug messages a resource: those are dropped."""
        if request.severity:
            self._log(_SEVERITIES[request.severity], request.message, request.urn)
        return empty_pb2.Empty()


class Plugins:
    """The plugin processes of a run: one for each configuration that is asked for (usually one)."""

    def __init__(self, root: Path, project: str, environ: Mapping[str, str], log: Log):
        self._start = (root, project, environ, log)
        self._running: dict[str, Plugin] = {}
        self._lock = threading.Lock()
        self._server: grpc.Server | None = None

    def get(self, config: dict[str, Any]) -> "Plugin":
        """The plugin that is configured with this, started now if need be."""
        with self._lock:
            if self._server is None:
                self._server = grpc.server(ThreadPoolExecutor(4))
                engine_pb2_grpc.add_EngineServicer_to_server(EngineService(self._start[3]), self._server)
                self._address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
                self._server.start()
            key = json.dumps(plain(config), sort_keys=True)
            if key not in self._running:
                self._running[key] = Plugin(*self._start, self._address, plain(config))
            return self._running[key]

    def close(self) -> None:
        """Ends the processes and waits for them: providers log out at exit."""
        for plugin in self._running.values():
            plugin.close()
        if self._server is not None:
            self._server.stop(0).wait()


class Plugin:
    """One plugin process; its methods are the provider's, in plain values."""

    def __init__(
        self, root: Path, project: str, environ: Mapping[str, str], log: Log, engine: str, config: dict[str, str]
    ):
        self._channel: grpc.Channel | None = None
        self._log, self._said = log, deque[str](maxlen=20)
        self._process = subprocess.Popen(  # a session of its own: ^C is for the engine, which lets operations finish
            [sys.executable, "-u", "-m", "pulumi.dynamic", engine],
            cwd=root,
            text=True,
            start_new_session=True,
            env={**environ, "PULUMI_PROJECT": project, "PULUMI_CONFIG": dumps(config)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            errors="replace",
        )
        assert self._process.stdout is not None and self._process.stderr is not None
        self._readers = [threading.Thread(target=self._pass_on, args=(self._process.stderr,), daemon=True)]
        self._readers[0].start()
        port = self._process.stdout.readline().strip()  # the first line is the port
        self._readers.append(threading.Thread(target=self._pass_on, args=(self._process.stdout,), daemon=True))
        self._readers[1].start()
        if not port.isdigit():
            self.close()
            raise EngineError(f"the provider process did not start; it said: {' | '.join([port, *self._said])}")
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=_OPTIONS)
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self._call("Configure", provider_pb2.ConfigureRequest(args=to_struct(config)))

    def check(
        self, urn: str, olds: dict[str, Any], news: dict[str, Any]
    ) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """The inputs as the provider wants them, and what is wrong with them: (property, reason)."""
        answer = self._call("Check", provider_pb2.CheckRequest(urn=urn, olds=_sent(olds), news=_sent(news)))
        return from_struct(answer.inputs), [(failure.property, failure.reason) for failure in answer.failures]

    def diff(self, state: State, news: dict[str, Any], olds: dict[str, Any] | None = None) -> Diff:
        """Old OUTPUTS against new inputs: that is all that dynamic providers get to see."""
        answer = self._call(
            "Diff",
            provider_pb2.DiffRequest(
                id=state["id"],
                urn=state["urn"],
                olds=_sent(state.get("outputs", {}) if olds is None else olds),
                news=_sent(news),
                old_inputs=_sent(state.get("inputs", {})),
            ),
        )
        return Diff({1: False, 2: True}.get(answer.changes), list(answer.replaces), answer.deleteBeforeReplace)

    def create(self, urn: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The new object's id and outputs."""
        answer = self._call("Create", provider_pb2.CreateRequest(urn=urn, properties=_sent(inputs)))
        if not answer.id:
            raise EngineError(f"the provider returned no id for {urn}: nothing can be kept of what it created")
        return answer.id, from_struct(answer.properties)

    def read(self, urn: str, id: str, props: dict[str, Any] | None, inputs: dict[str, Any]) -> tuple[str, Any, Any]:
        """(id, outputs, inputs): id "" says that it is gone, inputs None that the provider keeps the old ones."""
        answer = self._call(
            "Read", provider_pb2.ReadRequest(urn=urn, id=id, properties=_sent(props or {}), inputs=_sent(inputs))
        )
        return (
            answer.id,
            from_struct(answer.properties),
            from_struct(answer.inputs) if answer.HasField("inputs") else None,
        )

    def update(self, state: State, news: dict[str, Any]) -> dict[str, Any]:
        """The outputs after the update."""
        answer = self._call(
            "Update",
            provider_pb2.UpdateRequest(
                id=state["id"],
                urn=state["urn"],
                olds=_sent(state.get("outputs", {})),
                news=_sent(news),
                old_inputs=_sent(state.get("inputs", {})),
            ),
        )
        return dict(from_struct(answer.properties))

    def delete(self, state: State) -> None:
        """Deletes the object."""
        self._call(
            "Delete",
            provider_pb2.DeleteRequest(
                id=state["id"],
                urn=state["urn"],
                properties=_sent(state.get("outputs", {})),
                old_inputs=_sent(state.get("inputs", {})),
            ),
        )

    def close(self) -> None:
        """SIGINT is the plugin's way to end; it gets time for what it does at exit."""
        if self._channel is not None:
            self._channel.close()
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            self._process.send_signal(sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=10)
                break
        for reader in self._readers:
            reader.join(timeout=1)  # a child of the plugin may still hold the pipes
        for pipe in filter(None, (self._process.stdout, self._process.stderr)):
            pipe.close()

    def _call(self, method: str, request: Any) -> Any:
        try:
            return getattr(self._stub, method)(request)
        except grpc.RpcError as problem:
            if problem.code() == grpc.StatusCode.UNKNOWN:
                raise EngineError(final_error(problem.details() or "")) from None
            said = f"; it said: {' | '.join(self._said)}" if self._said else ""
            raise EngineError(f"the provider process did not answer {method}: {problem.details()}{said}") from None

    def _pass_on(self, pipe: IO[str]) -> None:
        for line in pipe:
            self._said.append(line.rstrip())
            self._log("info", line.rstrip("\n"), "")


def final_error(text: str) -> str:
    """The last exception of a formatted traceback: `Class: message`, all lines of the message, no frames."""
    last = re.split(
        r"\n\n(?:During handling of the above exception, another exception occurred|The above exception was the"
        r" direct cause of the following exception):\n\n(?=Traceback )",
        text,
    )[-1].rstrip("\n")
    found = re.match(r"Traceback \(most recent call last\):\n(?:[ \t].*\n)*(?P<error>\S[\s\S]*)", last)
    return re.sub(r"\A[A-Za-z_][\w.]*(?:\.<locals>)?\.(?=\w+(?::|$))", "", found["error"] if found else last)


def _sent(values: dict[str, Any]) -> Any:
    return to_struct(plain(values))
