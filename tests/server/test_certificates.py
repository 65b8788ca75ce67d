"""Certificates of every odd form: what is not to be trusted is refused with a short error, and nothing was sent."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.server.test_trust import SECRET, To, log_in, to
from tests.server.wire import OK, Authority, Listener, Server
from veeam_pulumi.errors import CertificateRefused, ServerUnreachable
from veeam_pulumi.server import tls

__all__ = ["to"]
SHORT = 1600
HOST, ADDRESS, NO_NAME = "another host name", "another IP address", "it names no host"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def refused(server: Server, one: Any) -> str:
    """What is said of the server's certificate; nothing of a request came out of TLS on its side."""
    before = server.received
    with pytest.raises(CertificateRefused) as caught:
        log_in(one)
    assert server.received == before
    text = str(caught.value)
    assert SECRET not in text
    assert text.isprintable()
    assert len(text) < SHORT
    assert "nothing was sent" in text
    return text


@pytest.mark.parametrize(
    ("names", "called", "url", "reason"),
    [
        (("localhost",), "x", "localhost", ""),
        ((), "localhost", "localhost", NO_NAME),
        ((), "127.0.0.1", "127.0.0.1", NO_NAME),
        (("other.example",), "localhost", "localhost", HOST),
        (("other.example",), "127.0.0.1", "127.0.0.1", ADDRESS),
        (("DNS:127.0.0.1",), "127.0.0.1", "127.0.0.1", ADDRESS),
        (("127.0.0.1",), "x", "localhost", HOST),
        (("127.0.0.2",), "x", "127.0.0.1", ADDRESS),
        (("LOCALHOST",), "x", "localhost", ""),
        (("*",), "x", "localhost", HOST),
        (("local*",), "x", "localhost", HOST),
        (("*.localhost",), "x", "localhost", HOST),
        (("*.lab.localhost",), "x", "vbr01.lab.localhost", ""),
        (("*.lab.localhost",), "x", "a.vbr01.lab.localhost", HOST),
        (("*.lab.localhost",), "x", "lab.localhost", HOST),
        (("*.*.localhost",), "x", "a.vbr01.localhost", HOST),
        (("vbr*.localhost",), "x", "vbr01.localhost", HOST),
        (("vbr01.localhost",), "x", "VBR01.localhost", ""),
        (("vbr01.localhost",), "x", "vbr01.localhost.", HOST),
        (("xn--mnchen-3ya.localhost",), "x", "münchen.localhost", ""),
        (("xn--mnchen-3ya.localhost",), "x", "xn--mnchen-3ya.localhost", ""),
        (("xn--mnchen-3ya.localhost",), "x", "munchen.localhost", HOST),
        (("*.lab.localhost",), "x", "xn--mnchen-3ya.lab.localhost", ""),
    ],
)
def test_names(
    authority: Authority, to: To, monkeypatch: pytest.MonkeyPatch,
    names: tuple[str, ...], called: str, url: str, reason: str,
) -> None:  # fmt: skip
    """A CN counts for nothing, a wildcard for one whole part below two more; case does not matter."""
    look = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *more, **rest: look("127.0.0.1", *more, **rest))
    with Server(authority.leaf(names=names, called=called)) as server:
        server.url = f"https://{url}:{server.port}"
        if reason:
            assert reason in refused(server, to(server, authority))
        else:
            assert log_in(to(server, authority)).ok


@pytest.mark.parametrize("dates", [{"start": -9, "end": -0.01}, {"start": 0.01}], ids=["expired", "early"])
def test_dates_count_to_the_minute(authority: Authority, to: To, dates: dict[str, float]) -> None:
    with Server(authority.leaf(**dates)) as server:  # type: ignore[arg-type]
        assert "it has expired" in (text := refused(server, to(server, authority))) or "not valid yet" in text


def test_a_self_signed_ca_as_a_servers_own_certificate(authority: Authority, to: To, tmp_path: Path) -> None:
    """Whoever trusts the CA does not thereby trust it as a server."""
    other = Authority(tmp_path)
    with Server(other.self_signed()) as server:
        assert "it is self-signed" in refused(server, to(server, authority))
        assert "it is not meant for a server" in refused(server, to(server, other))
        assert log_in(to(server, pin=other.self_signed().pin)).ok


def test_a_chain_without_its_intermediate(authority: Authority, to: To, tmp_path: Path) -> None:
    between = authority.below(tmp_path)
    with Server(between.leaf()) as server:
        assert "its issuer is not trusted here" in refused(server, to(server, authority))
        server.show(between.leaf(sent=between))
        assert log_in(to(server, authority)).ok


def test_a_pin_of_the_issuer_is_no_pin_of_the_server(authority: Authority, to: To, tmp_path: Path) -> None:
    """The pin is the server's own certificate: one of a CA would let in everybody whom it issued one."""
    between = authority.below(tmp_path)
    with Server(between.leaf(sent=between)) as server:
        for pin in (authority.self_signed().pin, tls.Certificate.parse(ssl.PEM_cert_to_DER_cert(between.pem)).sha256):
            assert "is not the pinned one" in refused(server, to(server, pin=pin))


@pytest.mark.parametrize("length", [8, 39, 41, 63, 65])
def test_a_piece_of_the_right_fingerprint_is_no_pin(authority: Authority, length: int) -> None:
    with pytest.raises(ValueError, match="40 \\(SHA-1\\) or 64"):
        tls.normal_thumbprint((authority.leaf().pin * 2)[:length])


@pytest.mark.parametrize(
    "form", [
        "{}", " {} ", "{}\n", "\u200e{}", "{:lower}", "{:colons}", "{:blanks}", "{:dashes}", "{:tabs}", "{:fixed}",
        "SHA256 Fingerprint={:colons}", "sha256 Fingerprint={:colons}", "sha256:{:lower}", "SHA-256: {:blanks}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("algorithm", ["sha256", "sha1"])
def test_a_pin_as_tools_and_consoles_print_it(authority: Authority, to: To, form: str, algorithm: str) -> None:
    leaf = authority.leaf()
    found = tls.Certificate.parse(leaf.der)
    pin = getattr(found, algorithm)
    pairs = [pin[at : at + 2] for at in range(0, len(pin), 2)]
    spelled = {
        "lower": pin.lower(), "colons": ":".join(pairs), "blanks": " ".join(pairs), "dashes": "-".join(pairs),
        "tabs": "\t".join(pairs), "fixed": "\u00a0".join(pairs),
    }  # fmt: skip
    for name, value in spelled.items():
        form = form.replace(f"{{:{name}}}", value)
    text = form.replace("{}", pin)
    if algorithm == "sha1":
        text = text.replace("SHA256", "SHA1").replace("sha256", "sha1").replace("SHA-256", "SHA-1")
    with Server(leaf) as server:
        assert log_in(to(server, pin=text)).ok


@pytest.mark.parametrize("trust", ["ca", "pin"])
def test_a_certificate_that_changes_between_two_connections_of_one_run(
    authority: Authority, to: To, tmp_path: Path, trust: str
) -> None:
    """The server hangs up after each answer, so that every request is a new connection."""
    first, other = authority.leaf(), Authority(tmp_path).leaf()
    closing = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with Server(first, closing) as server:
        one = to(server, authority) if trust == "ca" else to(server, pin=first.pin)
        assert log_in(one).ok
        server.show(other)
        assert other.pin in refused(server, one)
        assert server.received.count(SECRET.encode()) == 1
        server.show(first)
        assert log_in(one).ok


@pytest.mark.parametrize("trust", ["ca", "pin"])
def test_another_certificate_after_the_server_hung_up_in_the_middle(
    authority: Authority, to: To, tmp_path: Path, trust: str
) -> None:
    """A GET is sent again on a new connection, and the token in it only after that was checked."""
    first, other = authority.leaf(), Authority(tmp_path).leaf()

    def hang_up(secure: ssl.SSLSocket) -> None:
        server.show(other)
        secure.shutdown(socket.SHUT_RDWR)

    with Server(first, hang_up) as server:
        one = to(server, authority) if trust == "ca" else to(server, pin=first.pin)
        with pytest.raises(CertificateRefused, match="nothing was sent"):
            one.send("GET", "/users", headers={"Authorization": SECRET})
        assert server.received.count(SECRET.encode()) == 1


HUGE = tuple(f"{'x' * 50}{number}.{'y' * 50}.example" for number in range(600))
NASTY = "vbr\x1b[31m\u202e\nX-Injected: 1"


@pytest.mark.parametrize("trust", ["ca", "pin"])
@pytest.mark.parametrize("form", ["large", "enormous", "nasty", "nameless"])
def test_what_a_certificate_says_of_itself_stays_short(authority: Authority, to: To, form: str, trust: str) -> None:
    leaf = {
        "large": lambda: authority.leaf(names=HUGE, called="vbr"),
        "enormous": lambda: authority.leaf(names=HUGE * 3, called="vbr"),
        "nasty": lambda: authority.leaf(names=("vbr01",), called=NASTY),
        "nameless": lambda: authority.leaf(names=(), called=" "),
    }[form]()
    with Server(leaf) as server:
        one = to(server, authority) if trust == "ca" else to(server, pin="0" * 64)
        if form == "enormous":  # more than OpenSSL reads
            with pytest.raises(ServerUnreachable, match="the TLS handshake failed") as caught:
                log_in(one, attempts=1)
            assert len(str(caught.value)) < SHORT
            assert server.received == b""
        else:
            text = refused(server, one)
            assert leaf.pin in text
            assert "tls.thumbprint" in text


ANSWERS: dict[str, Callable[[socket.socket], Any]] = {
    "plain HTTP": lambda one: one.sendall(OK),
    "plain 400": lambda one: one.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
    "SSH": lambda one: one.sendall(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "mail": lambda one: one.sendall(b"220 mail.example ESMTP\r\n"),
    "zeros": lambda one: one.sendall(bytes(4000)),
    "an alert": lambda one: one.sendall(b"\x15\x03\x03\x00\x02\x02\x28"),
    "an endless record": lambda one: one.sendall(b"\x16\x03\x03\xff\xff" + b"a" * 70000),
    "half a record": lambda one: one.sendall(b"\x16\x03\x03\x00\x7a\x02\x00"),
    "nothing": lambda one: None,
}


@pytest.mark.parametrize("trust", ["ca", "pin"])
@pytest.mark.parametrize("answer", ANSWERS)
def test_something_else_than_tls(authority: Authority, to: To, answer: str, trust: str) -> None:
    seen = b""

    def serve(accepted: socket.socket) -> None:
        nonlocal seen
        seen += accepted.recv(65536)
        ANSWERS[answer](accepted)
        with contextlib.suppress(OSError):
            accepted.shutdown(socket.SHUT_WR)
            while more := accepted.recv(65536):
                seen += more

    with Listener(serve) as server:
        server.url = f"https://127.0.0.1:{server.port}"
        one = to(server, authority) if trust == "ca" else to(server, pin="0" * 64)
        with pytest.raises(ServerUnreachable) as caught:
            log_in(one, attempts=1)
        text = str(caught.value)
        assert text.isprintable()
        assert len(text) < SHORT
        assert SECRET.encode() not in seen
        assert b"/token" not in seen


def test_no_renegotiation_brings_in_another_certificate(authority: Authority, good_pin: str) -> None:
    """TLS 1.2 lets a server ask for another handshake in the middle, with whichever certificate it likes."""
    for context in (
        tls.verifying_context(authority.file),
        tls.pinned_context(good_pin, print),
        tls.insecure_context(),
        tls.proxy_context(),
    ):
        assert context.options & ssl.OP_NO_RENEGOTIATION
        assert context.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.fixture
def good_pin(authority: Authority) -> str:
    return authority.leaf().pin
