"""What is repeated and what is not, and what becomes of every kind of broken answer."""

from __future__ import annotations

import contextlib
import gzip
import ssl
import time
from collections.abc import Iterator
from email.utils import formatdate
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from veeam_pulumi import redaction
from veeam_pulumi.errors import AnswerLost, ServerUnreachable, UnexpectedAnswer
from veeam_pulumi.products import sessions
from veeam_pulumi.server import deadline, log, transport
from veeam_pulumi.server.answer import Answer
from veeam_pulumi.server.settings import Connection, Settings
from veeam_pulumi.server.transport import Transport

Reply = httpx.Response | Exception


class Server:
    """Answers with the replies of a list, one per request; notes requests and the waits between them."""

    def __init__(self, *replies: Reply, **changes: Any) -> None:
        self.replies, self.requests, self.waits = list(replies), list[httpx.Request](), list[float]()
        connection = Connection("vbr", Settings(product="vbr", url="https://vbr01:9419", **changes))
        self.transport = Transport(
            connection, lambda message: None, http=httpx.MockTransport(self._answer), pause=self.waits.append
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    def get(self, path: str = "/x", **more: Any) -> Answer:
        return self.transport.send("GET", path, **more)

    def post(self, **more: Any) -> Answer:
        return self.transport.send("POST", "/x", body={"a": 1}, **more)


OK = httpx.Response(200, json={"ok": True})
REFUSED = httpx.ConnectError("connection refused")
RESET = httpx.ReadError("connection reset")
TIMEOUT = httpx.ReadTimeout("timed out")


@pytest.mark.parametrize("reply", [*map(httpx.Response, (429, 500, 502, 503, 504)), REFUSED, RESET, TIMEOUT])
def test_a_read_is_repeated(reply: Reply) -> None:
    server = Server(reply, reply, reply, OK)
    assert server.get().json() == {"ok": True}
    assert [0.4, 0.8, 1.6] <= server.waits <= [0.6, 1.2, 2.4]


@pytest.mark.parametrize("reply", [httpx.Response(429), REFUSED, httpx.ConnectTimeout("t"), httpx.ProxyError("403")])
def test_a_write_is_repeated_where_it_provably_was_not_handled(reply: Reply) -> None:
    server = Server(reply, OK)
    assert server.post().ok
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "reply",
    [
        RESET,
        TIMEOUT,
        httpx.RemoteProtocolError("closed"),
        *map(httpx.Response, (500, 502, 503, 504, 520)),
        httpx.Response(503, headers={"Retry-After": "1"}),
    ],
)
def test_any_other_write_is_not_repeated(reply: Reply) -> None:
    server = Server(reply)
    with pytest.raises(AnswerLost):
        server.post()
    assert len(server.requests) == 1


def test_a_write_that_changes_nothing_may_be_repeated() -> None:
    assert Server(RESET, OK).post(repeat=True).ok


@pytest.mark.parametrize("value", ["7", formatdate(1_800_000_007, usegmt=True)], ids=["seconds", "date"])
def test_retry_after_is_obeyed(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1_800_000_000.0)
    server = Server(httpx.Response(429, headers={"Retry-After": value}), OK)
    server.get()
    assert server.waits == [7.0]


def test_a_retry_after_in_the_body_is_obeyed() -> None:
    """Service Provider Console has no header for it."""
    server = Server(httpx.Response(429, json={"errors": [{"type": "transport", "code": 429, "retryAfter": 25}]}), OK)
    assert server.post().json() == {"ok": True}
    assert server.waits == [25.0]


def test_a_final_word_of_the_product_is_an_answer_whatever_its_status() -> None:
    server = Server(httpx.Response(520), httpx.Response(520))
    for send in (server.get, server.post):
        assert send(is_final=lambda answer: answer.status == 520).status == 520
    assert server.waits == []


def test_the_same_request_of_one_operation_has_the_same_id() -> None:
    with deadline.operation(10):
        one = deadline.request_id("POST", "/users", "{}")
        assert one == deadline.request_id("POST", "/users", "{}")
        assert one != deadline.request_id("POST", "/users", '{"a": 1}')
    with deadline.operation(10):
        assert one != deadline.request_id("POST", "/users", "{}")
    assert deadline.request_id("POST") != deadline.request_id("POST")


@pytest.mark.parametrize("value", ["soon", "", "-5"])
def test_a_retry_after_that_makes_no_sense(value: str) -> None:
    server = Server(httpx.Response(429, headers={"Retry-After": value}), OK)
    server.get()
    assert 0 <= server.waits[0] < 1


def test_no_wait_begins_that_would_pass_the_deadline() -> None:
    server = Server(httpx.Response(503, headers={"Retry-After": "60"}), OK)
    with deadline.operation(5), deadline.operation(1000), pytest.raises(ServerUnreachable, match="answered with 503"):
        server.get()
    assert server.waits == []


def test_a_deadline_that_has_passed() -> None:
    server = Server(OK)
    with deadline.operation(0), pytest.raises(ServerUnreachable, match="the operation's deadline of 600 s has passed"):
        server.get()
    assert server.requests == []


def test_a_server_that_used_up_all_attempts_is_not_asked_again_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(*[REFUSED] * 4, OK)
    for _ in range(3):
        with pytest.raises(ServerUnreachable, match="no connection.*; check the address and the firewall"):
            server.get()
    assert len(server.requests) == 4
    now = time.monotonic()
    monkeypatch.setattr("time.monotonic", lambda: now + 31)
    assert server.get().ok


@pytest.mark.parametrize("status", [429, 500])
def test_the_last_answer_is_given_when_it_may_have_words(status: int) -> None:
    server = Server(*[httpx.Response(status, json={"message": "why"})] * 4)
    assert server.get().json() == {"message": "why"}
    assert len(server.requests) == 4


def test_a_redirect_is_never_followed() -> None:
    server = Server(httpx.Response(307, headers={"Location": "https://elsewhere/"}))
    with pytest.raises(UnexpectedAnswer, match="redirected to 'https://elsewhere/', not followed"):
        server.post()
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("body", "sketch"),
    [
        (b"", "an empty body"),
        (b"<!DOCTYPE html><title> Bad\nGateway </title>", r"an HTML page \('Bad\\nGateway'\)"),
        (b"<html></html>", "an HTML page instead"),
        (b'{"half": ', "'{\"half\": '"),
        (b"\xff\xfe", "instead of JSON"),
        (b"[" * 100_000, "instead of JSON"),
    ],
)
def test_what_is_no_json_is_described(body: bytes, sketch: str) -> None:
    with pytest.raises(UnexpectedAnswer, match=sketch):
        Server(httpx.Response(200, content=body)).get().json()


def test_a_byte_order_mark_is_tolerated() -> None:
    assert Server(httpx.Response(200, content=b'\xef\xbb\xbf{"a": 1}')).get().json() == {"a": 1}


def test_a_body_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "LARGEST_BODY", 1 << 20)

    def chunks() -> Iterator[bytes]:
        while True:
            yield b"x" * 65536

    with pytest.raises(UnexpectedAnswer, match="is larger than 1 MiB"):
        Server(httpx.Response(200, content=chunks())).get()


def test_a_write_whose_answer_is_too_large_may_have_been_handled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "LARGEST_BODY", 1 << 20)
    with pytest.raises(AnswerLost, match="is larger than 1 MiB, which is not read"):
        Server(httpx.Response(201, content=b"x" * 2_000_000)).post()


def test_nothing_compressed_is_asked_for_or_unfolded() -> None:
    bomb = gzip.compress(b"0" * 30_000_000)
    server = Server(OK, httpx.Response(200, stream=httpx.ByteStream(bomb), headers={"Content-Encoding": "gzip"}))
    server.get()
    assert server.requests[0].headers["accept-encoding"] == "identity"
    with pytest.raises(UnexpectedAnswer, match="the answer to GET /x is compressed \\('gzip'\\), which is not read"):
        server.get()


def test_cookies_are_not_even_read() -> None:
    """The standard library stumbles over some, and says so on stderr."""
    Server(httpx.Response(200, headers={"Set-Cookie": "a=b; Max-Age=" + "9" * 400}, json={})).get()


@pytest.mark.parametrize("value", ["9" * 400, "1e999", "Mon, 01 Jan 0001 00:00:00 +2359"])
def test_a_retry_after_beyond_all_clocks_is_not_waited_for(value: str) -> None:
    server = Server(httpx.Response(429, headers={"Retry-After": value}), OK)
    with deadline.operation(5), contextlib.suppress(ServerUnreachable):
        server.get()
    assert sum(server.waits) < 5


def test_a_secret_that_an_answer_repeats_is_not_shown_in_part() -> None:
    """Neither the cut nor the quotes may come before the secret is hidden."""
    redaction.learn(secret := "pä55\\word'\"-and-longer")
    for front in ("x" * 70, "<html><title>", ""):
        with pytest.raises(UnexpectedAnswer) as caught:
            Server(httpx.Response(200, text=f"{front}{secret}</title>")).get().json()
        assert "55" not in str(caught.value)


def test_a_message_shows_nothing_that_a_terminal_would_act_on() -> None:
    text = str(UnexpectedAnswer("a\x1b[2J\u202eb\ud800c" + "x" * 5000, "d\x07"))
    assert text.isprintable()
    assert text.startswith(r"a\x1b[2J\u202eb\ud800c")
    assert len(text) < 1100


def test_a_request_carries_json_and_no_cookies() -> None:
    server = Server(httpx.Response(200, headers={"Set-Cookie": "node=1; Path=/"}), OK)
    server.post(headers={"x-api-version": "1"})
    server.post()
    first, second = server.requests
    assert first.headers["content-type"] == "application/json"
    assert first.headers["x-api-version"] == "1"
    assert first.read() == b'{"a": 1}'
    assert "cookie" not in second.headers


def test_secrets_in_a_body_are_revealed_to_the_server_only(capsys: pytest.CaptureFixture[str]) -> None:
    server = Server(OK)
    body = {"name": "a", "list": [SecretStr('top "secret" 1')], "in": {"p": SecretStr("deep secret")}}
    server.transport.send("POST", "/x", body=body)
    assert server.requests[0].read() == b'{"name": "a", "list": ["top \\"secret\\" 1"], "in": {"p": "deep secret"}}'
    assert (
        redaction.hide('{"p": "top \\"secret\\" 1"} deep%20secret deep+secret') == '{"p": "[secret]"} [secret] [secret]'
    )


@pytest.mark.parametrize("as_json", [False, True])
def test_the_log_has_a_line_per_attempt(
    as_json: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VEEAM_LOG", "info")
    monkeypatch.setenv("VEEAM_LOG_FORMAT", "json" if as_json else "")
    log.configure()
    redaction.learn("pa55word-in-path")
    try:
        Server(RESET, OK).get("/users/pa55word-in-path")
    finally:
        monkeypatch.delenv("VEEAM_LOG")
        log.configure()
    first, second = capsys.readouterr().err.splitlines()
    assert "GET https://vbr01:9419/users/[secret]" in first
    assert ('"status": "ReadError"' if as_json else "status=ReadError") in first
    assert ('"attempt": 2' if as_json else "attempt=2") in second
    assert first.startswith("{") is as_json


def test_the_log_is_silent_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure()
    Server(RESET, OK).get()
    assert capsys.readouterr().err == ""


def test_a_tls_failure_that_is_no_refused_certificate() -> None:
    error = httpx.ConnectError("x")
    error.__cause__ = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")
    with pytest.raises(ServerUnreachable, match="the TLS handshake failed"):
        Server(*[error] * 4).get()


def test_very_short_secrets_are_not_hidden_because_that_would_give_them_away() -> None:
    redaction.learn("ab")
    assert redaction.hide("cabbage") == "cabbage"


def test_an_id_that_no_url_can_hold_is_an_error_of_its_own() -> None:
    server = Server()
    with pytest.raises(UnexpectedAnswer, match=r"^GET /users/x+… cannot be sent \(URL too long\): no id"):
        server.get(f"/users/{'x' * 100_000}")
    assert server.requests == []


def no_listener() -> httpx.ConnectError:
    """As httpx raises it where a host is there, and nobody listens on the port."""
    error = httpx.ConnectError("[Errno 111] Connection refused")
    error.__cause__ = ConnectionRefusedError(111, "Connection refused")
    return error


@pytest.mark.parametrize(
    ("product", "url", "error", "named"),
    [
        ("vbr", "https://vbr01:9419", no_listener(), True),
        ("vbr", "https://[fd00::1]:9419", no_listener(), True),
        ("vbr", "https://vbr01:9443", no_listener(), False),
        ("vbr", "https://vbr01:9419", httpx.ConnectTimeout("timed out"), False),
        ("aws", "https://aws01:9419", no_listener(), False),
    ],
)
def test_where_nobody_listens_on_9419_port_443_is_named(
    product: str, url: str, error: httpx.TransportError, named: bool
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error

    model = sessions()[product].settings_model
    connection = Connection("dr", model(product=product, url=url, username="ann", password=SecretStr("Passw0rd-qzx")))
    on = Transport(connection, lambda text: None, http=httpx.MockTransport(answer), pause=lambda seconds: None)
    session = sessions()[product](connection, on, lambda text: None)
    with pytest.raises(ServerUnreachable, match="no connection") as caught:
        session.open()
    assert ("443 only" in str(caught.value)) == named
    assert (f"{url.removesuffix(':9419')}:443" in str(caught.value)) == named
    assert "check the address and the firewall" in str(caught.value)
