"""A login that is answered wrongly, in any way: one attempt, two where the server is not well, for a whole run.

The answer may hold a token, so nothing of it is shown. `make fuzz` tries all bodies with all statuses.
"""

from __future__ import annotations

import itertools
import logging
import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.pairs import combined
from tests.products.malformed import BODIES, STATUSES
from veeam_pulumi.errors import LoginRefused, ServerUnreachable, VeeamError
from veeam_pulumi.products import sessions
from veeam_pulumi.server.settings import Connection
from veeam_pulumi.server.transport import Transport

PRODUCTS = sorted(sessions())
LOGINS = ("/token", "/sessionMngr/")
TOKEN = "Canary-Token-abc.def-ghi"
OPERATIONS = 4
WORSE = [
    TOKEN.encode(),
    f'{{"access_token": "{TOKEN}", }}'.encode(),
    f'{{access_token: "{TOKEN}"}}'.encode(),
    f"access_token={TOKEN}&token_type=bearer".encode(),
    f"<html><title>{TOKEN}</title>{TOKEN}</html>".encode(),
    f'{{"errorCode": "{TOKEN}", "message": "{TOKEN}", "error": "{TOKEN}", "error_description": "{TOKEN}"}}'.encode(),
    f'{{"errors": [{{"code": "{TOKEN}", "message": "{TOKEN}"}}]}}'.encode(),
    f"<Error><Message>{TOKEN}</Message></Error>".encode(),
    f'{{"message": "{TOKEN}"}}'.encode(),
    f'{{"access_token": ["{TOKEN}"]}}'.encode(),
    f'{{"access_token": {{"value": "{TOKEN}"}}}}'.encode(),
    f'{{"access_token": "{TOKEN}\\r\\nX-Injected: 1"}}'.encode(),
    f'{{"access_token": "{TOKEN}\\u0000"}}'.encode(),
    f'{{"access_token": "{TOKEN}\\u200b"}}'.encode(),
    f'{{"access_token": "{TOKEN}\\ud800"}}'.encode(),
    f'{{"access_token": "{TOKEN}"}}'.encode("utf-16"),
    f'{{"access_token": "{TOKEN}"}}{{"access_token": "{TOKEN}"}}'.encode(),
    f"{{'access_token': '{TOKEN}'}}".encode(),
    f'[{{"access_token": "{TOKEN}"}}]'.encode(),
    f'"{TOKEN}"'.encode(),
    f'{{"access_token": "{TOKEN}", "x": '.encode() + b"[" * 5_000,
    f'{{"access_token": "{TOKEN * 50_000}"}}'.encode(),
]
"""Bodies of a token endpoint in which a token stands where nobody looks for one."""
ALL = int(os.environ.get("FUZZ", "0")) > 300


class Console:
    """A server of one product; `login` is what it answers to logins."""

    def __init__(self, product: str, login: Callable[[], httpx.Response], **changes: Any) -> None:
        self.login, self.count = login, Counter[str]()
        base: dict[str, Any] = {"product": product, "url": "https://host:1", "username": "svc"}
        base |= {"password": "pa55word", "tls": {"thumbprint": "0" * 64}}  # no store of certificates to load
        connection = Connection(product, sessions()[product].settings_model(**{**base, **changes}))
        transport = Transport(connection, print, http=httpx.MockTransport(self._answer), pause=lambda seconds: None)
        self.session = sessions()[product](connection, transport, print)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.count[request.url.path] += 1
        if request.method == "POST" and request.url.path.endswith(LOGINS):
            return self.login()
        if request.url.path.endswith("/ServiceInstance"):  # Microsoft 365 tells its version without a login
            return httpx.Response(401)
        return httpx.Response(404, content=b"not here")

    @property
    def logins(self) -> int:
        return sum(number for path, number in self.count.items() if path.endswith(LOGINS))

    def work(self) -> list[VeeamError]:
        """What several operations come to."""
        errors = []
        for _ in range(OPERATIONS):
            try:
                self.session.get("/things")
            except VeeamError as error:
                errors.append(error)
        return errors


def same(errors: list[VeeamError]) -> str:
    """The line that all of them are."""
    assert len(errors) == OPERATIONS
    (line,) = {str(error) for error in errors}
    assert line.isprintable()
    assert len(line) < 1500
    return line


@pytest.mark.parametrize(
    ("product", "body", "status"),
    combined(
        PRODUCTS,
        [b"", b" \r\n", b"<html>Sign in</html>", b'{"error": "invalid_grant"}', *WORSE],
        [200, 302, 400, 401, 403, 404, 451],
    ),
)
def test_a_login_without_a_token_is_refused_once_and_for_all(
    product: str, status: int, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"Location": f"https://sso/?code={TOKEN}", "X-Token": TOKEN}
    console = Console(product, lambda: httpx.Response(status, content=body, headers=headers))
    with caplog.at_level(logging.DEBUG, "veeam_pulumi"):
        errors = console.work()
    assert {type(error) for error in errors} == {LoginRefused}
    assert console.logins == 1
    assert TOKEN not in same(errors) + caplog.text
    assert str(status) in same(errors)


@pytest.mark.parametrize(
    ("product", "body", "status"),
    combined(PRODUCTS, [b"", b"<html>Bad gateway</html>", *WORSE], [500, 503, 520, 599]),
)
def test_a_login_that_a_server_fails_at_is_tried_twice(
    product: str, status: int, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    console = Console(product, lambda: httpx.Response(status, content=body, headers={"X-Token": TOKEN}))
    with caplog.at_level(logging.DEBUG, "veeam_pulumi"):
        errors = console.work()
    assert {type(error) for error in errors} == {ServerUnreachable}
    assert console.logins == 2
    assert TOKEN not in same(errors) + caplog.text
    assert f"answered with {status}" in same(errors)


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ReadTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError(f"illegal status line: {TOKEN}"),
        httpx.Response(200, content=b"x", headers={"Content-Encoding": TOKEN}),
    ],
    ids=lambda one: type(one).__name__,
)
def test_a_login_whose_answer_cannot_be_read_is_tried_twice(product: str, trouble: Any) -> None:
    def answer() -> httpx.Response:
        if isinstance(trouble, Exception):
            raise trouble
        return httpx.Response(200, content=b"x", headers=trouble.headers)

    console = Console(product, answer)
    errors = console.work()
    assert {type(error) for error in errors} == {ServerUnreachable}
    assert console.logins == 2
    assert TOKEN not in same(errors)


@pytest.mark.parametrize("product", PRODUCTS)
def test_too_many_requests_are_no_refused_login(product: str) -> None:
    console = Console(product, lambda: httpx.Response(429, headers={"Retry-After": "1"}))
    errors = console.work()
    assert {type(error) for error in errors} == {ServerUnreachable}
    assert console.logins == 4  # those of the first operation; for the next half minute nobody asks


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_second_login_that_works_is_as_good_as_a_first(product: str) -> None:
    tokens = {"access_token": "abc", "expires_in": 900}
    answers = [httpx.Response(503), httpx.Response(200, json=tokens, headers={"X-RestSvcSessionId": "abc"})]
    console = Console(product, lambda: answers.pop(0))
    console.session.open()
    assert console.logins == 2


@pytest.mark.parametrize(
    ("product", "body", "status"),
    combined(PRODUCTS, [b"", b"<html>", b'{"error": "invalid_grant"}'], [302, 400, 401, 403, 404, 500]),
)
def test_a_refused_login_says_nothing_about_the_product_behind_it(product: str, status: int, body: bytes) -> None:
    """Not that the server has no users, nor that it should be updated: nobody got there."""
    console = Console(product, lambda: httpx.Response(status, content=body))
    with pytest.raises((LoginRefused, ServerUnreachable)) as caught:
        console.session.speaks() if product in ("vbr", "em") else console.session.open()
    assert "update" not in str(caught.value)
    assert "has no users" not in str(caught.value)


STATUS_SAMPLE = STATUSES if ALL else [200, 299, 302, 400, 404, 429, 500, 600]
BODY_SAMPLE = BODIES if ALL else BODIES[::7]


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("status", STATUS_SAMPLE)
def test_malformed_answers_to_a_login(product: str, status: int) -> None:
    for body, kind in itertools.product(BODY_SAMPLE, ["application/json", "text/html"]):
        console = Console(product, lambda body=body, kind=kind: _reply(status, body, kind))  # type: ignore[misc]
        errors = console.work()
        assert console.logins <= (4 if status == 429 else 2), (status, body[:80])
        if console.session._login.token is None and status != 429:
            same(errors)


def _reply(status: int, body: bytes, kind: str) -> httpx.Response:
    return httpx.Response(status, content=body, headers={"Content-Type": kind})
