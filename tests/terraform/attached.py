"""The provider served by the test's own process: Terraform finds it by TF_REATTACH_PROVIDERS, and starts none.

Terraform starts a provider two or three times a command, and each start is a second of imports. Attached, one provider
serves all of a command, without TLS; what belongs to starting, the handshake and its certificates, is tested by those
tests that say `real_start`.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from unittest import mock

from veeam_pulumi import vocabulary
from veeam_pulumi.terraform import answers
from veeam_pulumi.terraform.grpc import Server
from veeam_pulumi.terraform.messages import request
from veeam_pulumi.terraform.plugin import handlers
from veeam_pulumi.terraform.provider import Provider
from veeam_pulumi.terraform.vocabulary import TerraformWords

ADDRESSES = [f"registry.{host}/veeam-pulumi/veeam" for host in ("terraform.io", "opentofu.org")]


_KEPT = dict[str, bytes]()
"""The schema, which is the same for every command; that the provider keeps it itself is a matter of starting."""


class Served:
    """A provider whose other answers are made anew each time."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def answer(self, method: str, asked: bytes) -> bytes:
        if method not in answers.KEPT:
            return self._answer(method, asked)
        if method not in _KEPT:
            _KEPT[method] = self._answer(method, asked)
        return _KEPT[method]

    def _answer(self, method: str, asked: bytes) -> bytes:
        return bytes(self._provider.answer(method, request(method).read(asked)))

    def stream(self, method: str, asked: bytes) -> Iterator[bytes]:
        return map(bytes, self._provider.stream(method, request(method).read(asked)))


@contextlib.contextmanager
def attached(folder: Path, environ: Mapping[str, str]) -> Iterator[str]:
    """A provider for one command, with these variables and in this folder -> TF_REATTACH_PROVIDERS."""
    ours = {key: value for key, value in environ.items() if key.startswith("VEEAM_")}
    before, words = Path.cwd(), vocabulary.head
    with tempfile.TemporaryDirectory(prefix="veeam-") as sockets, mock.patch.dict(os.environ, ours):
        os.chdir(folder)
        vocabulary.speak(TerraformWords())
        provider = Provider()
        try:
            with _serving(Served(provider), Path(sockets) / "plugin") as path:
                yield json.dumps({address: _attachment(path) for address in ADDRESSES})
        finally:
            provider.close()
            vocabulary.speak(words)
            os.chdir(before)


def _attachment(path: Path) -> dict[str, object]:
    """As go-plugin reads it; `Test`: Terraform does not end the process."""
    address = {"Network": "unix", "String": str(path)}
    return {"Protocol": "grpc", "ProtocolVersion": 6, "Pid": os.getpid(), "Test": True, "Addr": address}


@contextlib.contextmanager
def _serving(served: Served, path: Path) -> Iterator[Path]:
    """The provider on a socket."""
    done = threading.Event()
    server = Server(str(path), handlers(served, done), None)
    try:
        yield path
    finally:
        done.set()
        server.close()
