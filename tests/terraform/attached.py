"""The provider served by the test's own process: Terraform finds it by TF_REATTACH_PROVIDERS, and starts none.

Terraform starts a provider two or three times a command, and each start is a second of imports. Attached, one provider
serves all of a command, without TLS; what belongs to starting, the handshake and its certificates, is tested by those
tests that say `real_start`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from unittest import mock

from grpclib.server import Server

from veeam_pulumi import vocabulary
from veeam_pulumi.terraform.plugin import Service
from veeam_pulumi.terraform.provider import Provider
from veeam_pulumi.terraform.vocabulary import TerraformWords

ADDRESSES = [f"registry.{host}/veeam-pulumi/veeam" for host in ("terraform.io", "opentofu.org")]


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
            with _serving(provider, Path(sockets) / "plugin") as path:
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
def _serving(provider: Provider, path: Path) -> Iterator[Path]:
    """The provider on a socket, by a thread of its own."""
    started, loop = threading.Event(), asyncio.new_event_loop()
    ending: list[asyncio.Event] = []

    async def serve() -> None:
        done, until = asyncio.Event(), asyncio.Event()
        ending.append(until)
        server = Server([Service(provider, done)])
        await server.start(path=str(path))
        started.set()
        await until.wait()
        server.close()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(server.wait_closed(), 1)

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield path
    finally:
        loop.call_soon_threadsafe(ending[0].set)
        thread.join(10)
        loop.close()
