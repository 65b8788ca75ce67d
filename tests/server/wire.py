"""Servers and proxies on real sockets, smaller and more odd than the simulated products: one thread per connection."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
_DAY = datetime.timedelta(days=1)


class Authority:
    """A throw-away CA in a folder; `leaf` makes certificates of it."""

    def __init__(self, folder: Path, name: str = "Throw-away CA") -> None:
        self._folder, self._key = folder, ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        self._certificate = self._sign(self._name, self._key.public_key(), (), -1, 30, ca=True)
        self.file = folder / "ca.pem"
        self.file.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def leaf(
        self,
        names: tuple[str, ...] = ("127.0.0.1", "::1", "localhost"),
        start: float = -1,
        end: float = 30,
        rsa_bits: int | None = None,
        called: str = "",
        ca: bool = False,
        sent: Authority | None = None,
    ) -> Leaf:
        """`called`: its CN, where that is not its first name. `ca`: a CA itself. `sent`: a CA that it sends along."""
        key: Any = rsa.generate_private_key(65537, rsa_bits) if rsa_bits else ec.generate_private_key(ec.SECP256R1())
        made = self._sign(_name(called or names[0]), key.public_key(), names, start, end, ca)
        more = sent._certificate.public_bytes(serialization.Encoding.PEM) if sent else b""
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file = self._folder / f"{made.serial_number:x}.pem"
        file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM) + more)
        return Leaf(file, made.fingerprint(hashes.SHA256()).hex().upper())

    @property
    def pem(self) -> str:
        return self._certificate.public_bytes(serialization.Encoding.PEM).decode()

    def below(self, folder: Path) -> Authority:
        """An intermediate CA of this one."""
        made = Authority(folder, "Throw-away intermediate")
        made._certificate = self._sign(made._name, made._key.public_key(), (), -1, 30, ca=True)
        return made

    def self_signed(self) -> Leaf:
        """The CA's own certificate and key, as a server shows them that uses them itself."""
        private = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file = self._folder / "self_signed.pem"
        file.write_bytes(private + self.file.read_bytes())
        return Leaf(file, self._certificate.fingerprint(hashes.SHA256()).hex().upper())

    def _sign(
        self, name: x509.Name, public: Any, names: tuple[str, ...], start: float, end: float, ca: bool = False
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + start * _DAY)
            .not_valid_after(now + end * _DAY)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if ca:  # Python 3.13 insists on it
            usage = dict.fromkeys(
                ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
                 "encipher_only", "decipher_only"), False,
            )  # fmt: skip
            builder = builder.add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName([_alternative(one) for one in names]), False)
        return builder.sign(self._key, hashes.SHA256())


class Leaf:
    """A server's certificate with its key in a PEM file, and its SHA-256 fingerprint."""

    def __init__(self, file: Path, pin: str) -> None:
        self.file, self.pin = file, pin

    @property
    def der(self) -> bytes:
        begin = "-----BEGIN CERTIFICATE-----"
        return ssl.PEM_cert_to_DER_cert(begin + self.file.read_text().split(begin)[1])

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("DEFAULT@SECLEVEL=0")  # so that it takes keys that no client should take
        context.load_cert_chain(self.file)
        return context


class Listener:
    """with Listener(serve) as one: one.port. `serve` gets every accepted socket, in a thread of its own."""

    def __init__(self, serve: Callable[[socket.socket], None], host: str = "127.0.0.1") -> None:
        self._serve, self.host = serve, host
        self._socket = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.port: int = self._socket.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                accepted, _ = self._socket.accept()
                self._open.append(accepted)
                thread = threading.Thread(target=self._run, args=(accepted,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _run(self, accepted: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):  # ssl.SSLError is an OSError
            self._serve(accepted)
        accepted.close()

    def __enter__(self) -> Any:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in (self._socket, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join(5)


class Server(Listener):
    """An HTTPS server that answers every request with the same bytes, and keeps what it was sent once it had TLS.

    `answer` may also be a function that gets the TLS socket after each request's head.
    """

    def __init__(
        self, leaf: Leaf, answer: bytes | Callable[[ssl.SSLSocket], None] = OK, host: str = "127.0.0.1"
    ) -> None:
        self.context, self.answer = leaf.context(), answer
        self.handshakes, self.received = 0, b""
        super().__init__(self._tls, host)
        self.url = f"https://{f'[{host}]' if ':' in host else host}:{self.port}"

    def show(self, leaf: Leaf) -> None:
        """From the next handshake on."""
        self.context = leaf.context()

    def _tls(self, accepted: socket.socket) -> None:
        with self.context.wrap_socket(accepted, server_side=True) as secure:
            self._open.append(secure)
            self.handshakes += 1
            while self._request(secure):
                if callable(self.answer):
                    self.answer(secure)
                else:
                    secure.sendall(self.answer)

    def _request(self, secure: ssl.SSLSocket) -> bool:
        """Reads one request, head and body; whether there was one."""
        text, length = b"", 0
        while b"\r\n\r\n" not in text or len(text.partition(b"\r\n\r\n")[2]) < length:
            got = secure.recv(65536)
            self.received += got
            if not got:
                return False
            text += got
            found = re.search(rb"content-length: (\d+)", text.lower())
            length = int(found[1]) if found else 0
        return True


class Proxy(Listener):
    """A proxy that only knows CONNECT: passes through, refuses (`status`), or intercepts with a `leaf`.

    `own`: it is spoken to with TLS, too. `answer`: what it does in place of any of this, once it was asked.
    """

    def __init__(
        self,
        status: str = "200 Connection established",
        leaf: Leaf | None = None,
        own: Leaf | None = None,
        answer: Callable[[socket.socket], None] | None = None,
    ) -> None:
        self._status, self._leaf, self._own, self._answer = status, leaf, own, answer
        self.asked: list[bytes] = []
        self.seen = b""
        super().__init__(self._connect)
        self.url = f"{'https' if own else 'http'}://127.0.0.1:{self.port}"

    def _connect(self, accepted: socket.socket) -> None:
        if self._own is None:
            self._converse(accepted)
            return
        with self._own.context().wrap_socket(accepted, server_side=True) as secure:
            self._open.append(secure)
            self._converse(secure)

    def _converse(self, accepted: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head and (got := accepted.recv(65536)):
            head += got
        if not head:
            return
        self.asked.append(head)
        if self._answer is not None:
            self._answer(accepted)
            return
        accepted.sendall(f"HTTP/1.1 {self._status}\r\n\r\n".encode())
        if not self._status.startswith("200"):
            return
        if self._leaf is not None:
            with self._leaf.context().wrap_socket(accepted, server_side=True) as secure:
                self._open.append(secure)
                while got := secure.recv(65536):
                    self.seen += got
                    secure.sendall(OK)
            return
        host, _, port = head.split()[1].decode().rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port)), 5) as onward:
            self._open.append(onward)
            back = threading.Thread(target=_pump, args=(onward, accepted), daemon=True)
            back.start()
            _pump(accepted, onward, self)
            back.join(5)


def _pump(source: socket.socket, sink: socket.socket, proxy: Proxy | None = None) -> None:
    with contextlib.suppress(OSError):
        while got := source.recv(65536):
            if proxy:
                proxy.seen += got
            sink.sendall(got)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(text: str) -> x509.GeneralName:
    if text.startswith("DNS:"):
        return x509.DNSName(text.removeprefix("DNS:"))
    with contextlib.suppress(ValueError):
        return x509.IPAddress(ipaddress.ip_address(text))
    return x509.DNSName(text)
