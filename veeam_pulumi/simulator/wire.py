"""The sockets: counted at the TCP, TLS and HTTP level, and broken on request in ways that a real network breaks."""

from __future__ import annotations

import asyncio
import select
import socket
import struct
from dataclasses import dataclass, field
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol


@dataclass
class Traffic:
    """What reached a server, below the level of requests.

    `connections`: accepted TCP connections. `handshakes`: those whose TLS handshake the client completed.
    `bytes`: decrypted bytes of requests; 0 proves that no credential was sent. `refusing`: how many connections are
    going to be refused, negative for all of them.
    """

    connections: int = 0
    handshakes: int = 0
    bytes: int = 0
    refusing: int = 0
    lines: dict[tuple[str, int], asyncio.Transport] = field(default_factory=dict, repr=False, compare=False)

    def clear(self) -> None:
        self.connections = self.handshakes = self.bytes = self.refusing = 0


class CountingSocket(socket.socket):
    """A listening socket that counts whom it accepts: a client that refuses the certificate gets no further."""

    traffic: Traffic

    def accept(self) -> tuple[socket.socket, Any]:
        accepted = super().accept()
        self.traffic.connections += 1
        if self.traffic.refusing:
            self.traffic.refusing -= 1
            # Only once it speaks: CPython 3.11 forgets to close a socket that dies before `wrap_socket` looks at it.
            select.select([accepted[0]], [], [], 1)
            _reset(accepted[0])
            accepted[0].close()
            raise ConnectionAbortedError  # for asyncio: nobody is there any more
        return accepted


def listen(port: int, traffic: Traffic) -> CountingSocket:
    """A listening socket on 127.0.0.1; port 0 takes a free one."""
    # The protocol is named because asyncio turns Nagle's delay off only where it reads TCP: 40 ms a request otherwise.
    listening = CountingSocket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.traffic = traffic
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError as error:
        listening.close()
        raise OSError(f"port {port} on 127.0.0.1 is not free: {error.strerror}") from None
    listening.listen(128)
    listening.setblocking(False)
    return listening


def protocol(traffic: Traffic) -> type[H11Protocol]:
    """uvicorn's HTTP protocol, counting, and remembering the transport of every client for `reset` and `hang_up`."""

    class Counted(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            traffic.handshakes += 1
            super().connection_made(transport)
            if self.client:
                traffic.lines[self.client] = transport

        def data_received(self, data: bytes) -> None:
            traffic.bytes += len(data)
            super().data_received(data)

        def connection_lost(self, exc: Exception | None) -> None:
            if self.client:
                traffic.lines.pop(self.client, None)
            super().connection_lost(exc)

    return Counted


def reset(traffic: Traffic, client: tuple[str, int]) -> None:
    """Send a TCP RST. SO_LINGER 0 makes the kernel do it; without it an abort may still end with a polite FIN."""
    transport = traffic.lines.get(client)
    if transport is not None:
        _reset(transport.get_extra_info("socket"))
        transport.abort()


def _reset(raw: Any) -> None:
    """Its end will be a reset."""
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hang_up(traffic: Traffic, client: tuple[str, int]) -> None:
    """Close in good order after what was written so far has gone out."""
    transport = traffic.lines.get(client)
    if transport is not None:
        transport.close()
