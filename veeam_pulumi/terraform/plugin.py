"""The process that Terraform starts: go-plugin's handshake, and protocol 6 on a Unix socket with mutual TLS.

* Terraform sends its certificate (ECDSA P-521, made for this run) in PLUGIN_CLIENT_CERT; only who holds its key may
  drive a provider that holds administrators' credentials. OpenSSL can verify that curve; grpcio's BoringSSL cannot.
* One line on stdout says where and with which certificate to connect; whatever else is printed goes to stderr.
* Terraform's Ctrl-C reaches the whole process group, and so may a SIGTERM of whoever ends a job; what to do about it,
  Terraform says (StopProvider, Shutdown). Until then calls go on: an object whose create is cut off is in no state.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime
import os
import signal
import ssl
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grpclib.const import Cardinality, Handler
from grpclib.server import Server

from .. import vocabulary
from ..server import log
from . import answers, sockets
from .messages import CALLS, MESSAGES, STREAMS, message, request
from .vocabulary import TerraformWords

_COOKIE = ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
_CORE_PROTOCOL, _PROTOCOL = 1, 6
_THREADS = 16


if TYPE_CHECKING:
    from .provider import Provider


class LazyProvider:
    """The provider, made by the first call that needs it: one that only serves its schema loads no product."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: Provider | None = None

    def answer(self, method: str, asked: Any) -> Any:
        if method in answers.KEPT and (found := answers.kept(method)) is not None:
            return found
        found = self._provider().answer(method, asked)
        if method in answers.KEPT and not found.diagnostics:
            answers.keep(method, found)
        return found

    def stream(self, method: str, asked: Any) -> Iterator[Any]:
        return self._provider().stream(method, asked)

    def close(self) -> None:
        if self._made is not None:
            self._made.close()

    def _provider(self) -> Provider:
        with self._lock:
            if self._made is None:
                from .provider import Provider

                self._made = Provider()
            return self._made


class Service:
    """Handlers by the path of their call."""

    def __init__(self, provider: Provider | LazyProvider, done: asyncio.Event) -> None:
        self._provider, self._done = provider, done
        self._threads = ThreadPoolExecutor(_THREADS)

    def __mapping__(self) -> dict[str, Handler]:
        def unary(name: str, asks: Any, says: Any, answer: Callable[[Any], Awaitable[Any]]) -> dict[str, Handler]:
            async def handle(stream: Any) -> None:
                await stream.send_message(await answer(await stream.recv_message()))

            return {name: Handler(handle, Cardinality.UNARY_UNARY, asks, says)}

        def call(method: str) -> Callable[[Any], Awaitable[Any]]:
            async def answer(asked: Any) -> Any:
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._threads, self._provider.answer, method, asked)

            return answer

        def events(method: str) -> Callable[[Any], Awaitable[None]]:
            async def answer(stream: Any) -> None:
                asked, loop = await stream.recv_message(), asyncio.get_running_loop()
                for event in await loop.run_in_executor(
                    self._threads, lambda: list(self._provider.stream(method, asked))
                ):
                    await stream.send_message(event)

            return answer

        async def shut_down(_: Any) -> Any:
            asyncio.get_running_loop().call_later(0.05, self._done.set)
            return message("Empty")

        async def printed(stream: Any) -> None:
            """What the provider prints: nothing; stdout is stderr, which Terraform reads by itself."""
            await stream.recv_message()
            await self._done.wait()

        empty = MESSAGES["Empty"]
        stdio = Handler(printed, Cardinality.UNARY_STREAM, empty, MESSAGES["StdioData"])
        found = {
            "/plugin.GRPCStdio/StreamStdio": stdio,
            **unary("/plugin.GRPCController/Shutdown", empty, empty, shut_down),
        }
        for method in CALLS:
            path = f"/tfplugin6.Provider/{method}"
            found |= unary(path, request(method), MESSAGES[f"{method}Response"], call(method))
        for method in STREAMS:
            handler = Handler(events(method), Cardinality.UNARY_STREAM, request(method), MESSAGES[f"{method}Event"])
            found[f"/tfplugin6.Provider/{method}"] = handler
        return found


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
    log.configure()
    vocabulary.speak(TerraformWords())
    asyncio.run(_serve())


async def _serve() -> None:
    out, done, provider = _keep_stdout(), asyncio.Event(), LazyProvider()
    with contextlib.closing(provider), sockets.folder() as folder:
        # Without a client certificate the client speaks no TLS at all (TF_DISABLE_PLUGIN_TLS).
        client = os.environ.get("PLUGIN_CLIENT_CERT")
        context, certificate = _tls(client, folder) if client else (None, "")
        server = Server([Service(provider, done)])
        await server.start(path=str(folder / "plugin"), ssl=context)
        with out:
            out.write(f"{_CORE_PROTOCOL}|{_PROTOCOL}|unix|{folder / 'plugin'}|grpc|{certificate}\n")
        watch = asyncio.create_task(_orphaned(done))
        await done.wait()
        watch.cancel()
        server.close()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(server.wait_closed(), 1)


async def _orphaned(done: asyncio.Event) -> None:
    """Ends the provider when Terraform was killed."""
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(1)
    done.set()


def _keep_stdout() -> Any:
    """stdout for the handshake alone: what anything else prints must not break it."""
    kept = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    return kept


def _tls(client: str, folder: Path) -> tuple[ssl.SSLContext, str]:
    """A context with a certificate for this run that lets in nobody but the client; and that certificate."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP384R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "own.pem"
    pem.touch(mode=0o600)
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(pem)
    pem.unlink()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=client)
    context.set_alpn_protocols(["h2"])
    der = certificate.public_bytes(serialization.Encoding.DER)
    return context, base64.b64encode(der).decode().rstrip("=")
