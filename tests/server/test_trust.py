"""Trust on real sockets that no product would open: what the other side saw is what counts."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.wire import OK, Authority, Leaf, Listener, Proxy, Server
from veeam_pulumi.errors import (
    AnswerLost,
    CertificateRefused,
    ServerUnreachable,
    SettingsError,
    UnexpectedAnswer,
    VeeamError,
)
from veeam_pulumi.server import deadline
from veeam_pulumi.server.answer import Answer
from veeam_pulumi.server.settings import Connection, Settings
from veeam_pulumi.server.transport import Transport

SECRET = "Canary-of-the-wire-Kq7"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def good(authority: Authority) -> Leaf:
    return authority.leaf()


@pytest.fixture
def to() -> Iterator[Callable[..., Transport]]:
    """to(server, ca_file=…, proxy=…) -> a Transport"""
    made: list[Transport] = []

    def start(server: Server, ca: Authority | None = None, pin: str = "", **more: Any) -> Transport:
        trust: Any = {"ca_file": str(ca.file)} if ca else {"thumbprint": pin} if pin else {}
        connection = Connection("vbr", Settings(product="vbr", url=server.url, tls=trust, **more))
        made.append(Transport(connection, lambda message: None, pause=lambda seconds: None))
        return made[-1]

    yield start
    for one in made:
        one.close()


def log_in(one: Transport, **more: Any) -> Answer:
    """A request as a login is: the password is in it."""
    return one.send("POST", "/token", form={"grant_type": "password", "password": SECRET}, repeat=True, **more)


To = Callable[..., Transport]


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        ({"names": ("veeam.example",)}, "it was issued for another IP address"),
        ({"start": -9, "end": -2}, "it has expired"),
        ({"start": 2}, "it is not valid yet"),
        ({"rsa_bits": 1024}, "its key is too weak"),
    ],
    ids=["name", "expired", "early", "key"],
)
def test_reasons_are_told_apart_and_nothing_is_sent(
    authority: Authority, to: To, certificate: dict[str, Any], reason: str
) -> None:
    leaf = authority.leaf(**certificate)
    with Server(leaf) as server:
        with pytest.raises(
            CertificateRefused, match=f"its certificate is not trusted: {reason}; nothing was"
        ) as caught:
            log_in(to(server, authority))
        assert f"SHA-256 {leaf.pin}" in str(caught.value)
        assert server.received == b""


def test_another_host_name(authority: Authority, to: To) -> None:
    with Server(authority.leaf(names=("veeam.example",))) as server:
        server.url = server.url.replace("127.0.0.1", "localhost")
        with pytest.raises(CertificateRefused, match="it was issued for another host name; nothing was sent"):
            log_in(to(server, authority))
        assert server.received == b""


def test_every_new_connection_of_the_pool_is_checked(authority: Authority, good: Leaf, to: To) -> None:
    """One connection is held busy, so that the next request needs another; by then the certificate has changed."""
    busy, go_on = threading.Event(), threading.Event()

    def answer(secure: ssl.SSLSocket) -> None:
        if not busy.is_set():
            busy.set()
            go_on.wait(10)
        secure.sendall(OK)

    other = authority.leaf()
    with Server(good, answer) as server:
        one = to(server, pin=good.pin)
        first: list[int] = []
        thread = threading.Thread(target=lambda: first.append(log_in(one).status))
        thread.start()
        assert busy.wait(10)
        server.show(other)
        before = server.received
        assert SECRET.encode() in before
        with pytest.raises(CertificateRefused) as caught:
            log_in(one)
        assert "its certificate is not the pinned one, nothing was sent" in str(caught.value)
        assert f"'veeam:connections.vbr.tls.thumbprint' {other.pin}`" in str(caught.value)
        go_on.set()
        thread.join()
        assert first == [200]
        assert server.received == before
        assert log_in(one).ok  # on the connection that was checked at its beginning
        assert server.handshakes == 2


@pytest.mark.parametrize("trust", ["ca", "pin"])
def test_a_server_that_speaks_only_old_tls_gets_nothing(authority: Authority, good: Leaf, to: To, trust: str) -> None:
    with Server(good) as server:
        with pytest.warns(DeprecationWarning):
            server.context.minimum_version = ssl.TLSVersion.TLSv1
            server.context.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(ServerUnreachable, match="the TLS handshake failed"):
            log_in(to(server, authority) if trust == "ca" else to(server, pin=good.pin))
        assert (server.handshakes, server.received) == (0, b"")


@pytest.mark.parametrize("trust", ["ca", "pin"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_1_2_alone_and_1_3_alone(
    authority: Authority, good: Leaf, to: To, trust: str, version: ssl.TLSVersion
) -> None:
    with Server(good) as server:
        server.context.minimum_version = server.context.maximum_version = version
        assert log_in(to(server, authority) if trust == "ca" else to(server, pin=good.pin)).ok
        with pytest.raises(CertificateRefused):
            log_in(to(server, pin="0" * 64))
        assert server.received.count(SECRET.encode()) == 1


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_ipv6_literals(authority: Authority, good: Leaf, to: To) -> None:
    try:
        server = Server(good, host="::1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with server:
        assert log_in(to(server, authority)).ok
        assert f"host: [::1]:{server.port}".encode() in server.received.lower()
    with Server(authority.leaf(names=("127.0.0.1",)), host="::1") as server:
        with pytest.raises(CertificateRefused, match="it was issued for another IP address"):
            log_in(to(server, authority))
        assert server.received == b""


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_leads_nowhere(authority: Authority, good: Leaf, to: To, status: int, scheme: str) -> None:
    with Server(good) as other:
        target = other.url.replace("https", scheme)
        with Server(
            good, f"HTTP/1.1 {status} X\r\nLocation: {target}/\r\nContent-Length: 0\r\n\r\n".encode()
        ) as server:
            one = to(server, authority)
            for send in (log_in, lambda it: it.send("GET", "/users", headers={"Authorization": SECRET})):
                with pytest.raises(UnexpectedAnswer, match="was redirected to 'http.*not followed"):
                    send(one)
        assert (other.handshakes, other.received) == (0, b"")


def test_a_certificate_of_another_host_behind_the_same_address(authority: Authority, good: Leaf, to: To) -> None:
    """As after a change of DNS: whoever answers has a certificate of the same CA, for its own name."""
    with Server(good) as server:
        one = to(server, authority)
        assert one.send("GET", "/", headers={"Connection": "close"}).ok
        server.show(authority.leaf(names=("other.example",)))
        before = server.received
        with pytest.raises(CertificateRefused, match="issued for another"):
            log_in(one)
        assert server.received == before


# ---- proxies


@pytest.mark.parametrize("by", ["setting", "environment"])
@pytest.mark.parametrize("trust", ["ca", "pin"])
def test_through_a_proxy(
    authority: Authority, good: Leaf, to: To, trust: str, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server(good) as server, Proxy() as proxy:
        more = {"proxy": proxy.url} if by == "setting" else {}
        if by == "environment":
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert log_in(to(server, authority if trust == "ca" else None, "" if trust == "ca" else good.pin, **more)).ok
        assert SECRET.encode() in server.received
        assert proxy.asked[0].startswith(f"CONNECT 127.0.0.1:{server.port} HTTP/1.1".encode())
        assert SECRET.encode() not in proxy.seen + proxy.asked[0]
        with pytest.raises(CertificateRefused):
            log_in(to(server, pin="0" * 64, **more))
        assert server.received.count(SECRET.encode()) == 1


def test_a_proxy_that_intercepts_gets_nothing_unless_its_ca_is_trusted(
    authority: Authority, good: Leaf, to: To, tmp_path: Path
) -> None:
    company = Authority(tmp_path)
    with Server(good) as server, Proxy(leaf=company.leaf()) as proxy:
        for trust in ({"ca": authority}, {"pin": good.pin}, {}):
            with pytest.raises(CertificateRefused, match="nothing was sent"):
                log_in(to(server, proxy=proxy.url, **trust))
        assert proxy.seen == b""
        assert log_in(to(server, company, proxy=proxy.url)).ok
        assert SECRET.encode() in proxy.seen
        assert server.received == b""


@pytest.mark.parametrize("status", ["403 Forbidden", "407 Proxy Authentication Required", "502 Bad Gateway"])
@pytest.mark.parametrize("by", ["setting", "environment"])
def test_a_proxy_that_refuses_is_named(
    authority: Authority, good: Leaf, to: To, status: str, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server(good) as server, Proxy(status) as proxy:
        more = {"proxy": proxy.url} if by == "setting" else {}
        if by == "environment":
            monkeypatch.setenv("https_proxy", proxy.url)
        with pytest.raises(ServerUnreachable) as caught:
            log_in(to(server, authority, **more))
        assert f"no connection through the proxy (ProxyError: {status})" in str(caught.value)
        assert "'veeam:connections.vbr.proxy' http://HOST:PORT`" in str(caught.value)
        assert "connections.vbr.url" not in str(caught.value)
        assert server.received == b""


def test_a_proxy_that_is_not_there_is_named(authority: Authority, good: Leaf, to: To) -> None:
    with Proxy() as proxy:
        pass
    with Server(good) as server:
        with pytest.raises(ServerUnreachable, match="no connection through the proxy .*connections.vbr.proxy'"):
            log_in(to(server, authority, proxy=proxy.url))
        assert server.handshakes == 0


def test_a_server_that_no_proxy_is_asked_for(
    authority: Authority, good: Leaf, to: To, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server(good) as server:
        assert log_in(to(server, authority)).ok
    with pytest.raises(ServerUnreachable, match="check the address and the firewall.*connections.vbr.url'"):
        log_in(to(server, authority))


def test_through_a_proxy_that_is_spoken_to_with_tls(
    authority: Authority, good: Leaf, to: To, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))  # for the proxy's own certificate
    with Server(good) as server, Proxy(own=good) as proxy:
        assert log_in(to(server, pin=good.pin, proxy=proxy.url)).ok
        assert log_in(to(server, authority, proxy=proxy.url)).ok
        assert SECRET.encode() not in proxy.seen
        with pytest.raises(CertificateRefused, match="not the pinned one, nothing was sent"):
            log_in(to(server, pin="0" * 64, proxy=proxy.url))
        assert server.received.count(SECRET.encode()) == 2


@pytest.mark.parametrize("by", ["setting", "environment"])
@pytest.mark.parametrize("trust", ["ca", "pin"])
def test_a_proxy_whose_own_certificate_is_refused(
    authority: Authority, good: Leaf, to: To, trust: str, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the proxy's, by name and fingerprint; no advice to pin it as the server's, which would not help."""
    own = authority.leaf()
    with Server(good) as server, Proxy(own=own) as proxy:
        more = {"proxy": proxy.url} if by == "setting" else {}
        if by == "environment":
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        one = to(server, authority if trust == "ca" else None, "" if trust == "ca" else good.pin, **more)
        for ask in (log_in, lambda it: it.look(5), lambda it: it.send("POST", "/users", body={})):
            with pytest.raises(
                ServerUnreachable, match="the certificate of the proxy itself is not trusted: its "
            ) as caught:
                ask(one)
            assert not isinstance(caught.value, CertificateRefused)
            assert "nothing was sent; it has CN=127.0.0.1, for 127.0.0.1, ::1, localhost, valid " in str(caught.value)
            assert f"SHA-256 {own.pin}" in str(caught.value)
            assert "SSL_CERT_FILE; if not, set proxy with " in str(caught.value)
            assert "'veeam:connections.vbr.proxy' http://HOST:PORT`" in str(caught.value)
            assert "tls." not in str(caught.value)
        assert one.peek() is None
        assert (proxy.asked, server.handshakes) == ([], 0)


def test_a_proxys_certificate_for_another_name(
    authority: Authority, good: Leaf, to: To, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with Server(good) as server, Proxy(own=authority.leaf(names=("proxy.example",))) as proxy:
        with pytest.raises(ServerUnreachable, match="of the proxy itself is not trusted: it was issued for another IP"):
            log_in(to(server, authority, proxy=proxy.url))
        assert proxy.asked == []


def test_a_server_behind_a_proxy_with_tls_keeps_its_own_name_in_the_error(
    authority: Authority, good: Leaf, to: To, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with Server(authority.leaf(end=-0.5)) as server, Proxy(own=good) as proxy:
        with pytest.raises(
            CertificateRefused, match="its certificate is not trusted: it has expired; nothing was sent"
        ):
            log_in(to(server, authority, proxy=proxy.url))
        assert server.received == b""


def test_a_proxy_that_speaks_no_tls_is_named(authority: Authority, good: Leaf, to: To) -> None:
    def refuse(accepted: socket.socket) -> None:
        accepted.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" if accepted.recv(65536) else b"")

    with Server(good) as server, Listener(refuse) as proxy:
        one = to(server, authority, proxy=f"https://127.0.0.1:{proxy.port}")
        with pytest.raises(ServerUnreachable, match="handshake with the proxy itself failed.*connections.vbr.proxy'"):
            log_in(one, attempts=1)


def test_an_address_of_the_environment_that_is_none_of_a_proxy(
    authority: Authority, good: Leaf, to: To, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"gopher://me:{SECRET}@proxy.example:70")
    with Server(good) as server:
        with pytest.raises(SettingsError, match="address of its proxy is not http.*correct HTTPS_PROXY, or") as caught:
            to(server, authority)
        assert SECRET not in str(caught.value)


# ---- time


def drip(text: bytes, seconds: float = 0.05) -> Callable[[socket.socket], None]:
    """An answer that never pauses long enough for a socket's own timeout, and never ends."""

    def answer(secure: socket.socket) -> None:
        secure.sendall(text)
        with contextlib.suppress(OSError):
            while True:
                secure.sendall(b" ")
                time.sleep(seconds)

    return answer


DRIPS = {
    "head": b"HTTP/1.1 200 OK\r\nX-Long: ",
    "body": b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n",
    "status": b"HTTP/1.1 200 ",
}


@pytest.mark.parametrize(
    ("trust", "part", "through"),
    [
        ("ca", "head", "nothing"),
        ("pin", "body", "nothing"),
        ("ca", "status", "proxy"),
        ("pin", "head", "proxy"),
        ("ca", "body", "proxy with TLS"),
        ("pin", "status", "proxy with TLS"),
    ],
)
def test_a_server_that_drips_is_given_up_in_time(
    authority: Authority, good: Leaf, to: To, trust: str, part: str, through: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))  # for the proxy's own certificate
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(Server(good, drip(DRIPS[part])))
        own = good if through == "proxy with TLS" else None
        more = {"proxy": stack.enter_context(Proxy(own=own)).url} if through != "nothing" else {}
        one = to(server, authority if trust == "ca" else None, "" if trust == "ca" else good.pin, timeout=1.5, **more)
        began = time.monotonic()
        with pytest.raises(AnswerLost, match="its answer was lost"):
            one.send("POST", "/users", body={})
        assert 1 < time.monotonic() - began < 10


OPENINGS: dict[str, Callable[[socket.socket], Any]] = {
    "drips": drip(b"HTTP/1.1 200 Connection"),
    "drips headers": drip(b"HTTP/1.1 200 OK\r\nX-Long: "),
    "says nothing": lambda accepted: accepted.recv(1),
    "hangs up": lambda accepted: None,
    "is no proxy": lambda accepted: accepted.sendall(b"220 mail.example ESMTP\r\n"),
}


@pytest.mark.parametrize("own", [False, True], ids=["plain", "TLS"])
@pytest.mark.parametrize("opening", OPENINGS)
def test_a_proxy_that_does_not_open_the_way_is_given_up_in_time(
    authority: Authority, good: Leaf, to: To, opening: str, own: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was sent to the server then, so a write is not in doubt."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))  # for the proxy's own certificate
    with Server(good) as server, Proxy(own=good if own else None, answer=OPENINGS[opening]) as proxy:
        one = to(server, authority, proxy=proxy.url, timeout=0.3)
        began = time.monotonic()
        with pytest.raises(ServerUnreachable, match="no connection through the proxy .*connections.vbr.proxy'"):
            one.send("POST", "/users", body={}, attempts=1)
        with pytest.raises(ServerUnreachable, match="no connection through the proxy"):
            one.look(0.3)
        assert time.monotonic() - began < 20
        patient = to(server, pin=good.pin, proxy=proxy.url, timeout=60)
        with deadline.operation(0.3), pytest.raises(ServerUnreachable, match="no connection through the proxy"):
            patient.send("POST", "/users", body={})
        assert time.monotonic() - began < 25
        assert server.handshakes == 0


def test_the_deadline_ends_what_drips(authority: Authority, good: Leaf, to: To) -> None:
    with Server(good, drip(DRIPS["body"])) as server:
        one = to(server, authority, timeout=60)
        began = time.monotonic()
        with deadline.operation(0.5), pytest.raises(VeeamError):
            one.send("GET", "/users")
        assert time.monotonic() - began < 20


def test_a_slow_answer_in_time_is_an_answer(authority: Authority, good: Leaf, to: To) -> None:
    def slowly(secure: ssl.SSLSocket) -> None:
        for part in (OK[:20], OK[20:40], OK[40:]):
            secure.sendall(part)
            time.sleep(0.1)

    with Server(good, slowly) as server:
        assert to(server, authority, timeout=5).send("GET", "/users").json() == {}


def test_a_handshake_that_never_ends(authority: Authority, good: Leaf, to: To) -> None:
    with Server(good) as server:
        server._serve = lambda accepted: bool(accepted.recv(65536) and accepted.recv(65536))
        one = to(server, authority, timeout=0.3)
        began = time.monotonic()
        with deadline.operation(1), pytest.raises(ServerUnreachable):
            log_in(one)
        assert time.monotonic() - began < 20
