"""The policy pack as the Pulumi CLI runs it: a process in the pack's folder that is asked over gRPC."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2 as messages
from pulumi.runtime.proto import analyzer_pb2_grpc

POLICY = Path(__file__).parents[2] / "policy"
SIGNATURE, SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"


@dataclass(frozen=True)
class Said:
    """One diagnostic."""

    rule: str
    level: str
    message: str
    resource: str


@dataclass
class Analyzer:
    """The running pack."""

    stub: Any

    def info(self) -> Any:
        return self.stub.GetAnalyzerInfo(empty_pb2.Empty())

    def configure(self, config: Mapping[str, Mapping[str, Any]]) -> None:
        """What `--policy-pack-config` names; the CLI sends every rule's level."""
        given = {}
        for rule, values in config.items():
            level = str(values.get("enforcementLevel", "mandatory")).upper()
            rest = {key: value for key, value in values.items() if key != "enforcementLevel"}
            given[rule] = messages.PolicyConfig(
                enforcementLevel=messages.EnforcementLevel.Value(level), properties=struct(rest)
            )
        self.stub.Configure(messages.ConfigureAnalyzerRequest(policyConfig=given))

    def resources(self, state: Mapping[str, Any]) -> list[Said]:
        """Each resource on its own, with its inputs: before it is written."""
        found = []
        for entry in entries(state):
            request = messages.AnalyzeRequest(
                properties=struct(entry.get("inputs") or {}), **described(entry, with_parent=False)
            )
            found += said(self.stub.Analyze(request))
        return found

    def stack(self, state: Mapping[str, Any]) -> list[Said]:
        """All resources, with their outputs: at the end."""
        request = messages.AnalyzeStackRequest(
            resources=[
                messages.AnalyzerResource(properties=struct(entry.get("outputs") or {}), **described(entry))
                for entry in entries(state)
            ]
        )
        return said(self.stub.AnalyzeStack(request))


@contextmanager
def started(project: str, stack: str = "dev", folder: Path = POLICY) -> Iterator[Analyzer]:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", "."],
        cwd=folder,
        env={**os.environ, "PULUMI_PROJECT": project, "PULUMI_STACK": stack, "PULUMI_DRY_RUN": "true"},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
            yield Analyzer(analyzer_pb2_grpc.AnalyzerStub(channel))
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()


def entries(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = state["deployment"]["resources"]
    return found


def described(entry: Mapping[str, Any], with_parent: bool = True) -> dict[str, Any]:
    parent = entry.get("parent", "")
    options = messages.AnalyzerResourceOptions(protect=entry.get("protect", False), parent=parent)
    urn = entry["urn"]
    more = {"parent": parent} if with_parent else {}
    return {"type": entry["type"], "urn": urn, "name": urn.rpartition("::")[2], "options": options, **more}


def struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """Properties as the engine sends them: secrets marked, and in clear."""
    found = struct_pb2.Struct()
    found.update({key: sent(value) for key, value in values.items() if not key.startswith("__")})
    return found


def sent(value: Any) -> Any:
    if isinstance(value, Mapping):
        if "plaintext" in value:
            return {SIGNATURE: SECRET, "value": json.loads(value["plaintext"])}
        return {key: sent(item) for key, item in value.items()}
    return [sent(item) for item in value] if isinstance(value, list) else value


def said(response: Any) -> list[Said]:
    level = messages.EnforcementLevel.Name
    return [
        Said(one.policyName, level(one.enforcementLevel).lower(), one.message.partition("\n")[2], one.urn[-40:])
        for one in response.diagnostics
    ]
