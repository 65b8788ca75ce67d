"""The real plugin process of Pulumi's dynamic providers, driven over gRPC as an engine does."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime import rpc
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc


class _Log(engine_pb2_grpc.EngineServicer):
    def __init__(self) -> None:
        self.messages: list[tuple[int, str]] = []
        self.urns: list[str] = []

    def Log(self, request: Any, context: Any) -> Any:
        self.messages.append((request.severity, request.message))
        self.urns.append(request.urn)
        return empty_pb2.Empty()


def struct(values: dict[str, Any]) -> Any:
    """A dict as an engine sends it."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(rpc.serialize_properties(values, {}))
    finally:
        loop.close()


class Plugin:
    """with Plugin(folder, config, provider_string) as plugin: plugin.check({}, {...})"""

    def __init__(self, folder: Path, config: dict[str, str], provider: str) -> None:
        self._folder, self._config, self._provider, self._log = folder, config, provider, _Log()

    def __enter__(self) -> Plugin:
        self._engine = grpc.server(ThreadPoolExecutor(2))
        engine_pb2_grpc.add_EngineServicer_to_server(self._log, self._engine)
        port = self._engine.add_insecure_port("127.0.0.1:0")
        self._engine.start()
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", "pulumi.dynamic", f"127.0.0.1:{port}"],
            cwd=self._folder,
            env={**os.environ, "PULUMI_PROJECT": "conf"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        self._channel = grpc.insecure_channel(f"127.0.0.1:{int(self._process.stdout.readline())}")
        self.stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self.stub.Configure(provider_pb2.ConfigureRequest(args=struct(self._config)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._channel.close()
        # As an engine ends its plugins. Again and again, because CPython may miss a signal that another thread got.
        for _ in range(20):
            self._process.send_signal(signal.SIGINT)
            try:
                self.stderr = self._process.communicate(timeout=1.5)[1].decode()
                break
            except subprocess.TimeoutExpired:
                continue
        else:
            self._process.kill()
            self.stderr = "the plugin did not end"
        self._engine.stop(0)

    @property
    def warned(self) -> list[str]:
        """The resources that the warnings are about."""
        return self._log.urns

    def lose_engine(self, seconds: float) -> int:
        """The engine is gone, as after kill -9 -> the exit code of the plugin. Raises TimeoutExpired where it stays."""
        self._engine.stop(0).wait()
        return self._process.wait(seconds)

    @property
    def warnings(self) -> list[str]:
        return [message for severity, message in self._log.messages if severity == 2]

    def _props(self, values: dict[str, Any]) -> Any:
        return struct({**values, "__provider": self._provider} if values else {})

    def _plain(self, values: Any) -> dict[str, Any]:
        return {k: v for k, v in rpc.deserialize_properties(values, True).items() if k != "__provider"}

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        request = provider_pb2.CheckRequest(olds=self._props(olds), news=self._props(news))
        answer = self.stub.Check(request)
        return self._plain(answer.inputs), [(one.property, one.reason) for one in answer.failures]

    def diff(self, id: str, olds: dict[str, Any], news: dict[str, Any]) -> tuple[str, list[str], bool]:
        answer = self.stub.Diff(provider_pb2.DiffRequest(id=id, olds=self._props(olds), news=self._props(news)))
        return (
            provider_pb2.DiffResponse.DiffChanges.Name(answer.changes),
            list(answer.replaces),
            answer.deleteBeforeReplace,
        )

    def create(self, news: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        answer = self.stub.Create(provider_pb2.CreateRequest(properties=self._props(news)))
        return answer.id, self._plain(answer.properties)

    def read(
        self, id: str, outputs: dict[str, Any], inputs: dict[str, Any]
    ) -> tuple[str, dict[str, Any], dict[str, Any]]:
        request = provider_pb2.ReadRequest(id=id, properties=self._props(outputs), inputs=self._props(inputs))
        answer = self.stub.Read(request)
        return answer.id, self._plain(answer.properties), self._plain(answer.inputs)

    def update(self, id: str, olds: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
        answer = self.stub.Update(provider_pb2.UpdateRequest(id=id, olds=self._props(olds), news=self._props(news)))
        return self._plain(answer.properties)

    def delete(self, id: str, outputs: dict[str, Any]) -> None:
        urn = f"urn:pulumi:dev::conf::pulumi-python:dynamic::{id}"
        self.stub.Delete(provider_pb2.DeleteRequest(id=id, urn=urn, properties=self._props(outputs)))
