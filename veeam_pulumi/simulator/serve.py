"""uvicorn in one daemon thread: one event loop for all servers, started and stopped together."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from . import wire
from .certificates import Identity


class Waiting(uvicorn.Server):
    """Sleeps until it is told to end. uvicorn itself looks ten times a second: with many servers that adds up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ended = asyncio.Event()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self._ended.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Waits for what is going on, not a tenth of a second in any case: `_leave` has sent the clients away."""
        for listening in (*self.servers, *(sockets or ())):
            listening.close()
        latest = time.monotonic() + 1
        while (self.server_state.connections or self.server_state.tasks) and time.monotonic() < latest:
            await asyncio.sleep(0.002)
        for task in self.server_state.tasks:
            task.cancel()

    def end(self) -> None:
        self.should_exit = True
        self._ended.set()


@dataclass
class Listener:
    """A server: an application behind a socket, with TLS if it has an identity."""

    app: ASGIApp
    socket: wire.CountingSocket
    traffic: wire.Traffic
    identity: Identity | None = None
    loaded: Identity | None = None

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def server(self) -> Waiting:
        config = uvicorn.Config(
            self.app,
            http=wire.protocol(self.traffic),
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            date_header=False,
            # A connection that idles while a slow test thinks must not be closed under it.
            timeout_keep_alive=300,
            timeout_graceful_shutdown=1,
        )
        config.load()
        if self.identity is not None:
            config.ssl = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context = config.ssl
        return Waiting(config)

    def show(self, identity: Identity, floor: str) -> None:
        """From the next handshake on: another certificate, another oldest TLS version."""
        self.identity = identity
        if self.context is not None:
            if self.loaded is not identity:  # most often only something else has changed
                identity.load_into(self.context)
                self.loaded = identity
            self.context.minimum_version = ssl.TLSVersion.TLSv1_3 if floor == "1.3" else ssl.TLSVersion.TLSv1_2


class Servers:
    """All listeners of one simulator."""

    def __init__(self, listeners: list[Listener]) -> None:
        self._listeners = listeners
        self._servers = [listener.server() for listener in listeners]
        self._failed: list[BaseException] = []
        # The plain selector loop, on every platform: others do not call `accept` on our socket.
        self._loop = asyncio.SelectorEventLoop()
        self._thread = threading.Thread(target=self._run, name="veeam-simulator", daemon=True)

    def start(self) -> None:
        self._thread.start()
        while not all(server.started for server in self._servers):
            if not self._thread.is_alive():
                raise RuntimeError(f"the simulator did not start: {self._failed}")
            time.sleep(0.002)

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._leave)
            self._thread.join(timeout=10)
        elif not self._loop.is_closed():
            self._loop.close()
        for listener in self._listeners:
            listener.socket.close()

    def _leave(self) -> None:
        for server, listener in zip(self._servers, self._listeners, strict=True):
            # Nobody is let in from here on: CPython 3.11 forgets a connection whose server closes right behind it.
            self._loop.remove_reader(listener.socket)
            server.end()
            # Clients that keep their connection would be waited for; a machine that is switched off does not wait.
            for transport in list(listener.traffic.lines.values()):
                transport.abort()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:
            self._failed.append(error)
        finally:
            with contextlib.suppress(Exception):
                self._loop.run_until_complete(_settle())
            asyncio.set_event_loop(None)
            self._loop.close()

    async def _serve(self) -> None:
        running: list[Coroutine[Any, Any, None]] = [
            server.serve(sockets=[listener.socket])
            for server, listener in zip(self._servers, self._listeners, strict=True)
        ]
        await asyncio.gather(*running)


async def _settle() -> None:
    """End what is still going on, such as the handshake of a client that never said a word, and let it clean up."""
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for _ in range(3):
        await asyncio.sleep(0)


def scratch_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="veeam-simulator-")


def write_private(path: Path, text: str) -> None:
    """A file for its owner's eyes, also if it was there before with other rights."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text)
