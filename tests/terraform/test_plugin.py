"""The process that Terraform starts: the handshake, whom it lets in, and how it ends. Needs no terraform."""

from __future__ import annotations

import datetime
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from veeam_pulumi.terraform import sockets

COMMAND = [sys.executable, "-m", "veeam_pulumi.terraform"]
COOKIE = {"TF_PLUGIN_MAGIC_COOKIE": "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"}
PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-m', 'veeam_pulumi.terraform'])"
# HTTP/2's greeting with no settings of ours; the server's own settings are a frame of type 4.
GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])


def certificate(folder: Path) -> Path:
    """A client's certificate and key as go-plugin makes them for a run: ECDSA on P-521, its own issuer."""
    key, name = (
        ec.generate_private_key(ec.SECP521R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]),
    )
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA512())
    )
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / f"{made.serial_number}.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(*form))
    return file


def public(file: Path) -> str:
    return file.read_text().partition("-----BEGIN PRIVATE KEY-----")[0]


@dataclass
class Plugin:
    """A provider process, and what its first line says."""

    process: subprocess.Popen[str]
    line: str

    @property
    def socket(self) -> Path:
        return Path(self.line.split("|")[3])

    def context(self, client: Path | None) -> ssl.SSLContext:
        """TLS as Terraform speaks it: the certificate of the first line, and no other, is the server's."""
        text = self.line.split("|")[5]
        der = b64decode(text + "=" * (-len(text) % 4))
        context = ssl.create_default_context(cadata=der)
        context.set_alpn_protocols(["h2"])
        if client:
            context.load_cert_chain(client)
        return context

    def answer(self, context: ssl.SSLContext | None) -> bytes:
        """What the server says first; nothing where it lets nobody in."""
        with socket.socket(socket.AF_UNIX) as plain:
            plain.settimeout(10)
            plain.connect(str(self.socket))
            try:
                stream = context.wrap_socket(plain, server_hostname="localhost") if context else plain
                with stream:
                    stream.sendall(GREETING)
                    return stream.recv(9)
            except (ssl.SSLError, ConnectionError):
                return b""


Start = Callable[..., Plugin]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A short one: the path of a socket has 107 characters, and pytest's own grows with its runs."""
    with tempfile.TemporaryDirectory(prefix="veeam-") as folder:
        yield Path(folder)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a provider; `client`: the file of the certificate that it is told of."""
    running = list[subprocess.Popen[str]]()

    def plugin(client: Path | None = None, command: list[str] = COMMAND, place: Path | None = None) -> Plugin:
        if place is None:
            (place := tmp_path / f"s{len(running)}").mkdir()
        environ = {**os.environ, **COOKIE, "PLUGIN_UNIX_SOCKET_DIR": str(place)}
        environ |= {"PLUGIN_CLIENT_CERT": public(client)} if client else {}
        process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout and process.stderr
        line = process.stdout.readline().strip()
        assert line, f"it ended with {process.wait(20)}: {process.stderr.read()}"
        return Plugin(process, line)

    yield plugin
    for process in running:
        process.kill()
        process.communicate(timeout=20)


def lets_in(answer: bytes) -> bool:
    return answer[3:4] == b"\x04"


def test_a_person_who_starts_it_is_told_what_it_is() -> None:
    done = subprocess.run(COMMAND, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "This is a Terraform provider; `terraform` starts it. How to make terraform find it: veeam-pulumi terraform\n"
    )


def test_only_who_holds_the_clients_key_gets_in(start: Start, tmp_path: Path) -> None:
    client, other = certificate(tmp_path), certificate(tmp_path)
    plugin = start(client)
    core, protocol, network, _, kind, _ = plugin.line.split("|")
    assert (core, protocol, network, kind) == ("1", "6", "unix", "grpc")
    assert plugin.socket.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in plugin.socket.parent.iterdir()] == ["plugin"]  # its own key lies nowhere

    assert lets_in(plugin.answer(plugin.context(client)))
    assert plugin.answer(plugin.context(None)) == b""
    assert plugin.answer(plugin.context(other)) == b""
    assert not lets_in(plugin.answer(None))
    assert lets_in(plugin.answer(plugin.context(client)))


def test_without_a_certificate_of_the_client_there_is_no_tls(start: Start) -> None:
    """TF_DISABLE_PLUGIN_TLS: terraform 1.11 crashes if it gets a certificate all the same."""
    plugin = start()
    assert plugin.line.endswith("|grpc|")
    assert lets_in(plugin.answer(None))


def test_it_ends_cleanly_and_says_one_line(start: Start) -> None:
    plugin = start()
    for number in (signal.SIGINT, signal.SIGTERM):  # reach it too; Terraform says what to do about it
        plugin.process.send_signal(number)
        time.sleep(0.2)
        assert lets_in(plugin.answer(None))
    with grpc.insecure_channel(f"unix:{plugin.socket}") as channel:
        channel.unary_unary("/plugin.GRPCController/Shutdown")(b"", timeout=10)
    rest, errors = plugin.process.communicate(timeout=20)
    assert (plugin.process.returncode, rest, errors) == (0, "", "")
    assert not plugin.socket.parent.exists()


def test_it_ends_when_terraform_was_killed(start: Start) -> None:
    parent = start(command=[sys.executable, "-c", PARENT])
    assert lets_in(parent.answer(None))
    parent.process.kill()
    _, errors = parent.process.communicate(timeout=20)  # until the provider too has let go of stderr
    assert errors == ""
    assert not parent.socket.parent.exists()


def test_what_a_killed_one_leaves_the_next_one_takes_away(start: Start, tmp_path: Path) -> None:
    (place := tmp_path / "all").mkdir()
    living, killed = start(place=place), start(place=place)
    killed.process.kill()
    killed.process.wait(20)
    assert killed.socket.exists()
    for name, mode in (("veeam-provider-notours", 0o755), ("veeam-other", 0o700), ("veeam-provider-full", 0o700)):
        (place / name).mkdir(mode=mode)
    (place / "veeam-provider-full" / "kept").touch()
    (place / "veeam-provider-link").symlink_to(tmp_path)

    next_one = start(place=place)
    assert {one.name for one in place.iterdir()} == {
        *(one.socket.parent.name for one in (living, next_one)),
        *("veeam-provider-notours", "veeam-other", "veeam-provider-full", "veeam-provider-link"),
    }
    assert lets_in(living.answer(None)) and lets_in(next_one.answer(None))


def test_many_that_start_at_once_take_nothing_from_each_other(tmp_path: Path) -> None:
    (base := tmp_path / "b").mkdir()
    stop, gone = threading.Event(), list[str]()

    def come_and_go() -> None:
        while not stop.is_set():
            with sockets.folder() as folder:
                Path(folder, "plugin").touch()
                if not Path(folder).is_dir():
                    gone.append(folder)

    with mock.patch.dict(os.environ, {"PLUGIN_UNIX_SOCKET_DIR": str(base)}):
        threads = [threading.Thread(target=come_and_go) for _ in range(6)]
        for one in threads:
            one.start()
        time.sleep(1)
        stop.set()
        for one in threads:
            one.join(20)
    assert (gone, [*base.iterdir()]) == ([], [])
