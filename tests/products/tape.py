"""A server that plays back what real answers looked like, and spoils one of them on the way; over TLS, on a socket.

While it records it stands before a simulated server and passes everything on. Played back, it answers as that server
did, without its state: what was seen before a write is answered until that write comes, then what was seen after it.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from veeam_pulumi.simulator.certificates import authority, leaf

NO_WRITE = re.compile(r"GET |.*/(token|sessionMngr|logonSessions|logout|validate)", re.IGNORECASE)
"""Requests that change nothing that is managed."""
HOPS = ("connection", "content-length", "transfer-encoding", "date", "server", "keep-alive")


@dataclass(frozen=True)
class Reply:
    """An answer before it goes out."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def wire(self, *, body: bytes | None = None, status: int | None = None, extra: str = "", length: str = "") -> bytes:
        """The answer as bytes, with other parts where they are given."""
        body = self.body if body is None else body
        framing = extra if "Transfer-Encoding" in extra else f"Content-Length: {length or len(body)}\r\n{extra}"
        lines = "".join(f"{name}: {value}\r\n" for name, value in self.headers)
        return f"HTTP/1.1 {status or self.status} X\r\n{lines}{framing}\r\n".encode() + body


@dataclass
class Recording:
    """What one operation asked and was answered: by how many writes went before, and by request."""

    order: list[str] = field(default_factory=list)
    replies: dict[tuple[int, str], list[Reply]] = field(default_factory=lambda: defaultdict(list))
    writes: int = 0

    def note(self, request: str, reply: Reply) -> None:
        request = unmarked(request)
        self.order.append(request)
        self.replies[self.writes, request].append(reply)
        self.writes += not NO_WRITE.match(request)

    def reply(self, request: str, writes: int, number: int) -> Reply:
        """The answer to the `number`-th request of this kind after so many writes; of the nearest that was seen."""
        seen = [(before, replies) for (before, known), replies in self.replies.items() if known == request]
        if not seen:
            return Reply(404, (("Content-Type", "text/plain"),), b"not on the tape")
        past = [one for one in seen if one[0] <= writes]
        replies = max(past)[1] if past else min(seen)[1]
        return replies[min(number, len(replies) - 1)]


@dataclass
class Play:
    """One run of a recording. `spoil` makes bytes of the reply to `request`: the first time, or every time."""

    recording: Recording
    request: str = ""
    always: bool = False
    spoil: Callable[[Reply], bytes] = lambda reply: reply.wire()
    asked: Counter[tuple[int, str]] = field(default_factory=Counter)
    writes: int = 0
    spoiled: int = 0

    def answer(self, request: str) -> tuple[bytes, bool]:
        """-> (what to send, whether to hang up then)."""
        request = unmarked(request)
        reply = self.recording.reply(request, self.writes, self.asked[self.writes, request])
        self.asked[self.writes, request] += 1
        self.writes += not NO_WRITE.match(request)
        if request == self.request and (self.always or not self.spoiled):
            self.spoiled += 1
            return self.spoil(reply), True
        return reply.wire(), False


def unmarked(request: str) -> str:
    """A request without the random mark that the create of an API key carries in its query."""
    return re.sub(r"(%28|\()[0-9a-f]{12}(%29|\))", "MARK", request)


class Tape:
    """The server. `record` and `play` say what it does from now on."""

    def __init__(self) -> None:
        certificate = leaf(authority())
        self.thumbprint = certificate.thumbprint()
        self._trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.load_into(self._trust)
        self._trust.num_tickets = 0  # nobody resumes
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.server = f"127.0.0.1:{self._listening.getsockname()[1]}"
        self._answer: Callable[[str, dict[str, str], bytes], tuple[bytes, bool]] = lambda *_: (b"", True)
        threading.Thread(target=self._accept, daemon=True).start()

    def record(self, recording: Recording, server: httpx.Client) -> None:
        def forward(request: str, headers: dict[str, str], body: bytes) -> tuple[bytes, bool]:
            method, _, target = request.partition(" ")
            kept = {name: value for name, value in headers.items() if name not in (*HOPS, "host", "accept-encoding")}
            found = server.request(method, target, headers={**kept, "accept-encoding": "identity"}, content=body)
            shown = tuple((name, value) for name, value in found.headers.items() if name not in HOPS)
            recording.note(request, reply := Reply(found.status_code, shown, found.content))
            return reply.wire(), False

        self._answer = forward

    def play(self, play: Play) -> None:
        self._answer = lambda request, headers, body: play.answer(request)

    def stop(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # stopped
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        client.settimeout(10)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else 40 ms for each answer
        with client, contextlib.suppress(OSError), self._trust.wrap_socket(client, server_side=True) as wire:
            stream = wire.makefile("rb")
            while line := stream.readline().decode("latin-1"):
                headers = {}
                while text := stream.readline().decode("latin-1").strip():
                    name, _, value = text.partition(":")
                    headers[name.casefold()] = value.strip()
                body = stream.read(int(headers.get("content-length", 0)))
                answer, last = self._answer(line.rpartition(" ")[0], headers, body)
                wire.sendall(answer)
                if last:
                    return
