"""The process that Terraform starts: go-plugin's handshake, and protocol 6 on a Unix socket with mutual TLS.

* Terraform sends its certificate (ECDSA P-521, made for this run) in PLUGIN_CLIENT_CERT; only who holds its key may
  drive a provider that holds administrators' credentials. OpenSSL can verify that curve; grpcio's BoringSSL cannot.
* One line on stdout says where and with which certificate to connect; whatever else is printed goes to stderr.
* Terraform's Ctrl-C reaches the whole process group, and so may a SIGTERM of whoever ends a job; what to do about it,
  Terraform says (StopProvider, Shutdown). Until then calls go on: an object whose create is cut off is in no state.
"""

from __future__ import annotations

import base64
import gc
import os
import signal
import ssl
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol, TextIO

from . import answers, sockets
from .grpc import Handler, Server
from .messages import CALLS, STREAMS, request

if TYPE_CHECKING:
    from .provider import Provider

_COOKIE = ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
_CORE_PROTOCOL, _PROTOCOL = 1, 6
_SHUTDOWN = "/plugin.GRPCController/Shutdown"


class Answers(Protocol):
    """Who answers the calls of protocol 6, in what travels."""

    def answer(self, method: str, asked: bytes) -> bytes: ...

    def stream(self, method: str, asked: bytes) -> Iterator[bytes]: ...


class LazyProvider:
    """The provider, made by the first call that needs it: one that only serves its schema loads no product."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: Provider | None = None

    def answer(self, method: str, asked: bytes) -> bytes:
        if method in answers.NOTHING:
            return b""
        if method in answers.KEPT and (kept := answers.kept(method)) is not None:
            return kept
        found = self._provider().answer(method, request(method).read(asked))
        if method in answers.KEPT and not found.diagnostics:
            answers.keep(method, bytes(found))
        return bytes(found)

    def stream(self, method: str, asked: bytes) -> Iterator[bytes]:
        return map(bytes, self._provider().stream(method, request(method).read(asked)))

    def close(self) -> None:
        if self._made is not None:
            self._made.close()

    def _provider(self) -> Provider:
        with self._lock:
            if self._made is None:
                from .. import vocabulary
                from ..server import log
                from .provider import Provider
                from .vocabulary import TerraformWords

                log.configure()
                vocabulary.speak(TerraformWords())
                self._made = Provider()
                gc.freeze()  # the modules stay; from here on there may be garbage
                gc.enable()
            return self._made


def handlers(provider: Answers, done: threading.Event) -> dict[str, Handler]:
    """What is served until `done`, by the path of its call."""

    def call(method: str) -> Handler:
        return lambda asked: [provider.answer(method, asked)]

    def events(method: str) -> Handler:
        return lambda asked: provider.stream(method, asked)

    def printed(_: bytes) -> Iterator[bytes]:
        """What the provider prints: nothing; stdout is stderr, which Terraform reads by itself."""
        done.wait()
        yield from ()

    return {
        "/plugin.GRPCStdio/StreamStdio": printed,
        _SHUTDOWN: lambda _: [b""],
        **{f"/tfplugin6.Provider/{method}": call(method) for method in CALLS},
        **{f"/tfplugin6.Provider/{method}": events(method) for method in STREAMS},
    }


def main() -> None:
    """`terraform-provider-veeam`, which only Terraform starts."""
    if os.environ.get(_COOKIE[0]) != _COOKIE[1]:
        sys.exit(
            "This is a Terraform provider; `terraform` starts it. How to make terraform find it: veeam-pulumi terraform"
        )
    # A terminal, or the end of a job, sends them to the whole group. Terraform lets what runs come to its end, then
    # sends Shutdown: a provider that is gone by then has lost what it was creating.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    out, done, provider = _keep_stdout(), threading.Event(), LazyProvider()
    with sockets.folder() as folder:
        # Without a client certificate the client speaks no TLS at all (TF_DISABLE_PLUGIN_TLS).
        client = os.environ.get("PLUGIN_CLIENT_CERT")
        context, certificate = _tls(client, folder) if client else (None, "")
        server = Server(
            f"{folder}/plugin",
            handlers(provider, done),
            context,
            lambda path: done.set() if path == _SHUTDOWN else None,
        )
        with out:
            out.write(f"{_CORE_PROTOCOL}|{_PROTOCOL}|unix|{folder}/plugin|grpc|{certificate}\n")
        parent = os.getppid()
        while not done.wait(1) and os.getppid() == parent:  # another parent: Terraform was killed
            pass
        done.set()
        server.close()
        provider.close()


def _keep_stdout() -> TextIO:
    """stdout for the handshake alone: what anything else prints must not break it."""
    kept = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    return kept


def _tls(client: str, folder: str) -> tuple[ssl.SSLContext, str]:
    """A context with a certificate for this run that lets in nobody but the client; and that certificate."""
    from .certificate import own

    der, pem = own()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    file = os.open(f"{folder}/own.pem", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="ascii") as own_pem:
        own_pem.write(pem)
    context.load_cert_chain(f"{folder}/own.pem")
    os.unlink(f"{folder}/own.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=client)
    context.set_alpn_protocols(["h2"])
    return context, base64.b64encode(der).decode().rstrip("=")
