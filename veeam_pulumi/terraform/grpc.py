"""gRPC for one client on a Unix socket: what Terraform and go-plugin use of it, over `h2`.

A thread for every call that runs, one that reads; no asyncio, no grpclib: loading them took longer than serving.
TLS goes through memory, so that only one thread at a time is in OpenSSL, while another waits for the socket.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RequestReceived, StreamEnded, StreamReset
from h2.exceptions import ProtocolError

Handler = Callable[[bytes], Iterable[bytes]]
"""Takes the request's message, makes those of the answer. Whatever it raises is said to be a defect of the server."""
_CHUNK = 1 << 16
_UNIMPLEMENTED, _INTERNAL = "12", "13"
_HEAD = [(":status", "200"), ("content-type", "application/grpc")]


class Server:
    """Serves handlers by their path (`/tfplugin6.Provider/ReadResource`) until it is closed."""

    def __init__(
        self,
        path: str,
        handlers: Mapping[str, Handler],
        context: ssl.SSLContext | None,
        answered: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`answered` hears the path of every call whose whole answer was sent."""
        self.handlers, self.context, self.answered = handlers, context, answered
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(path)
        self._socket.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Nobody else gets in; calls that run come to their end."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for the next one
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=_Connection(client, self).serve, daemon=True).start()


class _Connection:
    """One connection. Its lock is held by whoever touches `h2` or TLS."""

    def __init__(self, client: socket.socket, server: Server) -> None:
        self._socket, self._server = client, server
        self._h2 = H2Connection(H2Configuration(client_side=False))
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None
        if server.context:
            self._tls = server.context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._changed = threading.Condition()
        """Notified when there is more room to send, and when nobody waits for an answer any more."""
        self._asked = dict[int, tuple[str, bytearray]]()
        """Path and body by stream, of calls that are not complete or not answered."""
        self._over = False

    def serve(self) -> None:
        """Until the client goes. One that breaks TLS's or HTTP's rules is one that goes."""
        try:
            with self._socket:
                shaken = self._tls is None
                if shaken:
                    self._begin()
                while data := self._socket.recv(_CHUNK):
                    with self._changed:
                        if self._tls is not None:
                            self._incoming.write(data)
                            if not shaken and not (shaken := self._shake()):
                                continue
                        self._heard(data if self._tls is None else b"".join(self._deciphered()))
        except (OSError, ProtocolError):  # OSError: also what TLS refuses
            with contextlib.suppress(OSError):
                self._flush()
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()

    def _begin(self) -> None:
        self._h2.initiate_connection()
        self._send()

    def _shake(self) -> bool:
        """Goes on with TLS's handshake -> whether it is complete. Raises ssl.SSLError."""
        assert self._tls is not None
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
            return False
        self._begin()
        return True

    def _deciphered(self) -> Iterator[bytes]:
        assert self._tls is not None
        with contextlib.suppress(ssl.SSLWantReadError):
            while data := self._tls.read(_CHUNK):
                yield data

    def _flush(self) -> None:
        if data := self._outgoing.read():
            self._socket.sendall(data)

    def _send(self) -> None:
        data = self._h2.data_to_send()
        if data and self._tls is not None:
            self._tls.write(data)
            self._flush()
        elif data:
            self._socket.sendall(data)

    def _heard(self, data: bytes) -> None:
        for event in self._h2.receive_data(data):
            self._react(event)
        self._send()
        self._changed.notify_all()

    def _react(self, event: Event) -> None:
        if isinstance(event, RequestReceived):
            path = next((bytes(value).decode() for name, value in event.headers if name == b":path"), "")
            self._asked[event.stream_id] = path, bytearray()
        elif isinstance(event, DataReceived):
            self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            if event.stream_id in self._asked:
                self._asked[event.stream_id][1].extend(event.data)
        elif isinstance(event, StreamEnded) and event.stream_id in self._asked:
            # Not a daemon: a call that creates something is not cut off by the end of the process.
            threading.Thread(target=self._answer, args=(event.stream_id, *self._asked[event.stream_id])).start()
        elif isinstance(event, StreamReset):
            self._asked.pop(event.stream_id, None)

    def _answer(self, stream: int, path: str, body: bytearray) -> None:
        with contextlib.suppress(_Gone):
            status = "0"
            try:
                self._say(stream)
                for said in self._said(path, body):
                    self._say(stream, struct.pack(">?I", False, len(said)) + said)
            except _Gone:
                raise
            except NotImplementedError:
                status = _UNIMPLEMENTED
            except BaseException:  # a SystemExit ends no more than its thread, and Terraform would wait for ever
                status = _INTERNAL
            self._say(stream, status=status)
            self._server.answered(path)

    def _said(self, path: str, body: bytearray) -> Iterable[bytes]:
        if path not in self._server.handlers:
            raise NotImplementedError
        compressed, length = struct.unpack_from(">?I", body)
        if compressed or len(body) != 5 + length:
            raise ValueError("a request is one message, as it is")
        return self._server.handlers[path](bytes(body[5:]))

    def _say(self, stream: int, data: bytes = b"", *, status: str = "") -> None:
        """Sends data as the client has room for it; at the end, a status; else the beginning of an answer.

        Raises _Gone where nobody waits for this answer any more.
        """
        with self._changed:
            try:
                if status:
                    self._waited_for(stream)
                    self._h2.send_headers(stream, [("grpc-status", status)], end_stream=True)
                    del self._asked[stream]
                elif not data:
                    self._waited_for(stream)
                    self._h2.send_headers(stream, _HEAD)
                while data:
                    self._waited_for(stream)
                    room = min(self._h2.local_flow_control_window(stream), self._h2.max_outbound_frame_size)
                    if room <= 0:
                        self._changed.wait()
                        continue
                    self._h2.send_data(stream, data[:room])
                    self._send()
                    data = data[room:]
                self._send()
            except (OSError, ProtocolError):
                raise _Gone from None

    def _waited_for(self, stream: int) -> None:
        if self._over or stream not in self._asked:
            raise _Gone


class _Gone(Exception):
    """The client has gone, or takes no answer to this call any more."""
