"""One HTTP client per connection and process: trust, time limits, retries.

The retry policy, all of it:

* A read (GET) is repeated when there was no connection, no answer, half an answer, or one of 429, 500,
  502, 503, 504, 520. Four attempts, waiting about 0.5, 1, 2 seconds between them (with jitter), or what `Retry-After`
  or a `retryAfter` in the body says.
* A write, and a login, is repeated only where it provably was not handled: no connection was made, or the answer was
  429. After a reset, a timeout, half an answer or a 5xx it raises `AnswerLost`: whoever wrote looks at the server
  first, and what creates something is never sent again, because the server or a gateway may still be busy with it.
* A 5xx that the product means as its final word (Service Provider Console: 520 with a code of its own) is an answer.
* One request has `timeout` seconds from the connection to the last byte of its answer, however slowly that drips.
* Everything that belongs to one operation shares one deadline (`deadline`, 600 s); no wait begins that would pass it.
* A server that used up all attempts is not asked again for 30 seconds: three hundred resources fail at once.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import re
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar
from typing import Any

import httpx
from pydantic import SecretBytes, SecretStr

from .. import redaction
from ..errors import AnswerLost, CertificateRefused, InvalidInput, ServerUnreachable, UnexpectedAnswer, VeeamError
from . import deadline, log, proxy, tls
from .answer import CHECK_URL, Answer
from .attempts import ATTEMPTS, backoff
from .settings import Connection, Warn

REPEATED = frozenset({429, 500, 502, 503, 504, 520})
LARGEST_BODY = 16 * 1024 * 1024
FAIL_FAST_SECONDS = 30.0
LONGEST_WAIT = 86_400.0
"""Seconds; no deadline is that far away, and no clock takes much more."""
PAUSE: Callable[[float], Any] = time.sleep


def _content(body: Any) -> bytes | None:
    """The bytes of a request's body; secrets get into it only here."""
    if isinstance(body, SecretBytes):
        return body.get_secret_value()
    return None if body is None else json.dumps(redaction.reveal(body)).encode()


@dataclass(frozen=True)
class _Request:
    """One request, its secrets still guarded; `repeat`: it may be sent twice, `timeout`: seconds."""

    method: str
    path: str
    headers: Mapping[str, str | SecretStr]
    repeat: bool
    timeout: float
    params: Mapping[str, Any] | None = None
    body: Any = None
    form: Mapping[str, Any] | None = None
    is_final: Callable[[Answer], bool] = lambda answer: False
    private: bool = False

    @property
    def what(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Tally:
    """What one connection cost: requests with every repetition, those repetitions, logins, seconds of all requests."""

    requests: int = 0
    retries: int = 0
    logins: int = 0
    seconds: float = 0.0


class _NoCookies(CookieJar):
    """Keeps none, and does not even read them."""

    def extract_cookies(self, response: Any, request: Any) -> None:
        pass


class Transport:
    """Sends requests to one server; thread-safe.

    `http` replaces the network in tests. `pause` waits between attempts.
    """

    def __init__(
        self,
        connection: Connection,
        warn: Warn,
        *,
        http: httpx.BaseTransport | None = None,
        pause: Callable[[float], Any] | None = None,
    ) -> None:
        settings = connection.settings
        self._connection, self._settings = connection, settings
        self._warn, self._pause = warn, pause or PAUSE
        self._slots = threading.BoundedSemaphore(settings.concurrency)
        self._silent_until, self._silence, self._silence_fix = 0.0, "", ""
        self.tally, self._counting = Tally(), threading.Lock()
        self.nobody_listens = ""
        """What else to do where the server refuses the connection: what its product knows about its port."""
        self._proxy = proxy.chosen(connection)
        # No cookies: a load balancer's cookie must not carry one session's state into the next.
        self._client = httpx.Client(
            base_url=settings.url,
            transport=http,
            verify=connection.context(warn),
            proxy=self._proxy if http is None else None,
            trust_env=False,  # the proxy is chosen already
            timeout=settings.timeout,
            follow_redirects=False,
            cookies=_NoCookies(),
            # What is not compressed cannot unfold into gigabytes.
            headers={"User-Agent": "veeam-pulumi", "Accept": "application/json", "Accept-Encoding": "identity"},
            limits=httpx.Limits(max_connections=settings.concurrency, max_keepalive_connections=settings.concurrency),
        )

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str | SecretStr] | None = None,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        media: str = "application/json",
        form: Mapping[str, Any] | None = None,
        repeat: bool | None = None,
        attempts: int = ATTEMPTS,
        timeout: float | None = None,
        is_final: Callable[[Answer], bool] = lambda answer: False,
        private: bool = False,
    ) -> Answer:
        """One request, with the retries of the module's docstring -> the answer, whatever its status.

        `body` is sent as JSON (SecretBytes: as they are, of type `media`), `form` as a form; they and `headers` may
        hold SecretStr. `repeat`: may it be sent twice (default: only a GET). `is_final`: whether an answer of 500 and
        more is the product's final word. `private`: of the answer nothing is shown in errors, a redirect is returned.
        Raises ServerUnreachable, CertificateRefused, AnswerLost (writes), UnexpectedAnswer (redirects, half bodies).
        """
        if time.monotonic() < self._silent_until:
            raise ServerUnreachable(self._silence, self._silence_fix)
        given = dict(headers or {}) | ({"Content-Type": media} if body is not None else {})
        repeat = method == "GET" if repeat is None else repeat
        request = _Request(
            method, path, given, repeat, timeout or self._settings.timeout, params, body, form, is_final, private
        )
        with deadline.operation(self._settings.deadline):  # of its own, where it is part of none
            return self._within(request, attempts)

    def _within(self, request: _Request, attempts: int) -> Answer:
        for attempt in range(1, attempts + 1):
            result, wait = self._attempt(request, attempt)
            if isinstance(result, Answer):
                return result
            problem = result
            if attempt == attempts or not self.wait(backoff(attempt) if wait is None else wait):
                break
        if attempts == ATTEMPTS:
            self.rest(problem.cause, problem.fix)
        raise problem

    def rest(self, cause: str, fix: str) -> ServerUnreachable:
        """Leaves the server alone for half a minute -> the error that says why."""
        self._silent_until = time.monotonic() + FAIL_FAST_SECONDS
        self._silence = f"{cause} (not asked again for {FAIL_FAST_SECONDS:.0f} s)"
        self._silence_fix = fix
        return ServerUnreachable(cause, fix)

    def _attempt(self, request: _Request, attempt: int) -> tuple[Answer | VeeamError, float | None]:
        """-> (the answer, or why to try again; seconds the server asks to wait). Raises what no repetition fixes."""
        began = time.monotonic()
        status: int | str = "-"
        received: int | None = None
        way = proxy.Way()
        try:
            with self._slots:
                answer = self._exchange(request, way)
            status, received = answer.status, len(answer.body)
            if 300 <= answer.status < 400 and not request.private:
                to = redaction.quoted(answer.headers.get("location", "nowhere"))
                raise UnexpectedAnswer(
                    f"{answer.what} was redirected to {to}, not followed",
                    f"if that is the right server: {self._connection.how_to_set('url')}",
                )
            if answer.status != 429 and (answer.status < 500 or request.is_final(answer)):
                return answer, None
            if not request.repeat and answer.status != 429:
                seen = answer.form() if request.private else answer.sketch()
                raise AnswerLost(
                    f"{answer.what} was answered with {answer.status} and {seen}",
                    answer=answer,
                )
            if answer.status not in REPEATED:
                return answer, None
            problem = f"{answer.what} was answered with {answer.status} {attempt} times"
            if attempt == ATTEMPTS and answer.status in (429, 500, 520):
                return answer, None  # its words say more than ours
            return ServerUnreachable(problem, "try again when the server is well"), _retry_after(answer)
        except httpx.HTTPError as error:
            status = type(error).__name__
            return self._failure(error, request, way), None
        finally:
            seconds = time.monotonic() - began
            with self._counting:
                self.tally.requests += 1
                self.tally.retries += attempt > 1
                self.tally.seconds += seconds
            log.request(
                request.method,
                f"{self._settings.url}{request.path}",
                status=status,
                seconds=round(seconds, 3),
                attempt=attempt,
                connection=self._connection.name,
                request_id=request.headers.get("X-Request-id"),
                detail={"query": str(httpx.QueryParams(request.params)) or None, "received": received},
            )

    def _built(self, request: _Request, seconds: float, way: proxy.Way) -> httpx.Request:
        try:
            return self._client.build_request(
                request.method,
                request.path,
                headers=redaction.reveal(request.headers),
                params=request.params,
                content=_content(request.body),
                data=redaction.reveal(request.form),
                timeout=seconds,
                extensions={"trace": way},
            )
        except UnicodeEncodeError:  # which carries what it could not encode
            raise InvalidInput(
                f"{request.what} cannot be sent: it has half a character (a lone surrogate) in it",
                "look for it in the settings of the connection and in the values of the resource",
            ) from None
        except httpx.InvalidURL as error:  # ids are in paths: a server may have given one of 100,000 letters
            raise UnexpectedAnswer(
                f"{request.method} {request.path[:80]}… cannot be sent ({error}): no id of this product is like that",
                "check the id, and that the connection's url is the server's REST API",
            ) from None

    def _exchange(self, request: _Request, way: proxy.Way) -> Answer:
        seconds = request.timeout
        if (current := deadline.current()) is not None:
            seconds = min(seconds, current.end - time.monotonic())
        if seconds <= 0:
            raise ServerUnreachable(
                f"the operation's deadline of {self._settings.deadline:g} s has passed",
                self._connection.how_to_set("deadline", "SECONDS"),
            )
        sent = self._built(request, seconds, way)
        with tls.ending(time.monotonic() + seconds):
            try:
                response = self._client.send(sent, stream=True)
            except (httpx.InvalidURL, ValueError):  # httpx reads the address of a redirect before anybody asks for it
                raise UnexpectedAnswer(
                    f"{request.what} was redirected to something that is not an address, not followed", CHECK_URL
                ) from None
            try:
                if (encoding := response.headers.get("content-encoding", "identity")).lower() != "identity":
                    shown = "" if request.private else f" ({redaction.quoted(encoding)})"
                    raise self._unreadable(request, f"compressed{shown}")
                body = bytearray()
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > LARGEST_BODY:
                        raise self._unreadable(request, f"larger than {LARGEST_BODY >> 20} MiB")
            finally:
                response.close()
        return Answer(request.method, request.path, response.status_code, response.headers, bytes(body))

    @staticmethod
    def _unreadable(request: _Request, what: str) -> VeeamError:
        """The error of an answer that is not read; a write was handled all the same."""
        kind = UnexpectedAnswer if request.repeat else AnswerLost
        return kind(f"the answer to {request.what} is {what}, which is not read", CHECK_URL)

    def _failure(self, error: httpx.HTTPError, request: _Request, way: proxy.Way) -> VeeamError:
        """What an exchange that broke off means; raised where trying again cannot help or is not safe."""
        tls_error = _tls_error(error)
        if isinstance(tls_error, tls.ProxyFailed):
            return self._proxy_failed(tls_error.__cause__)
        if isinstance(tls_error, tls.PinMismatch):
            certificate = tls_error.certificate
            raise CertificateRefused(
                f"its certificate is not the pinned one, nothing was sent; it has {certificate}",
                f"if it was renewed on purpose: {self._connection.how_to_set('tls.thumbprint', certificate.sha256)}",
                certificate=certificate,
            ) from None
        if isinstance(tls_error, ssl.SSLCertVerificationError):
            raise self._refused(tls_error) from None
        # Before there is a connection nothing of an answer can be in the reason.
        safe = not request.private or isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout))
        shown = f": {error}" if str(error) and safe else ""
        cause = f"{type(error).__name__}{shown}"
        if isinstance(error, httpx.LocalProtocolError):  # it may show the header, and a token in it
            raise InvalidInput(
                f"{request.what} cannot be sent: one of its headers is not what HTTP allows; nothing was sent",
                "look for line breaks and for characters that are not ASCII in the settings of the connection",
            ) from None
        if way.opening or isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)):
            if tls_error is not None and not way.opening:
                cause = f"the TLS handshake failed ({tls.reason(tls_error)})"
            elif self._proxy is not None:
                return ServerUnreachable(
                    f"no connection through the proxy ({cause})",
                    f"check that the proxy runs and lets this server through; {self._set_proxy()}",
                )
            more = self.nobody_listens if _is_refused(error) else ""
            return ServerUnreachable(
                f"no connection ({cause})",
                f"{more}check the address and the firewall, or {self._connection.how_to_set('url')}",
            )
        if not request.repeat:
            raise AnswerLost(f"{request.what} was sent, but its answer was lost ({cause})") from None
        return ServerUnreachable(f"no answer to {request.what} ({cause})", "try again when the server is well")

    def _set_proxy(self) -> str:
        command = self._connection.how_to_set("proxy", "http://HOST:PORT")
        return f"{command}; without it HTTPS_PROXY and NO_PROXY count"

    def _proxy_failed(self, error: BaseException | None) -> ServerUnreachable:
        """The error of a proxy with which TLS could not begin; raised where its certificate is refused."""
        assert isinstance(error, ssl.SSLError)
        if not isinstance(error, ssl.SSLCertVerificationError):
            return ServerUnreachable(
                f"no connection through the proxy (the TLS handshake with the proxy itself failed: "
                f"{tls.reason(error)})",
                f"check that the proxy is spoken to with https; {self._set_proxy()}",
            )
        seen, shown = proxy.chosen(self._connection, tls.handshake_only(tls.insecure_context())), ""
        with contextlib.suppress(VeeamError):
            shown = f"; it has {self._handshake(tls.insecure_context(), self._settings.timeout, seen)}"
        raise ServerUnreachable(
            f"the certificate of the proxy itself is not trusted: {tls.reason(error)}; nothing was sent{shown}",
            "if that is the right proxy, add the CA that issued it to this system's store or name it in SSL_CERT_FILE; "
            f"if not, {self._set_proxy()}",
        ) from None

    def _refused(self, error: ssl.SSLCertVerificationError) -> CertificateRefused:
        certificate = self.peek()
        shown = f"; it has {certificate}" if certificate else ""
        pin = certificate.sha256 if certificate else "SHA-256"
        return CertificateRefused(
            f"its certificate is not trusted: {tls.reason(error, certificate)}; nothing was sent{shown}",
            f"if that is the server's own certificate: {self._connection.how_to_set('tls.thumbprint', pin)}; "
            f"or name the CA that issued it: {self._connection.how_to_set('tls.ca_file', 'FILE')}",
            certificate=certificate,
        )

    def peek(self) -> tls.Certificate | None:
        """The certificate that the server shows, trusted or not; sends nothing."""
        try:
            return self._handshake(tls.insecure_context(), self._settings.timeout, self._proxy)
        except VeeamError:
            return None

    def look(self, timeout: float) -> tls.Certificate:
        """The certificate that the server shows, if it is to be trusted; one try, sends nothing.

        Raises ServerUnreachable, or CertificateRefused with the certificate.
        """
        return self._handshake(self._connection.context(self._warn), timeout, self._proxy)

    def _handshake(self, trust: ssl.SSLContext, timeout: float, through: httpx.Proxy | None) -> tls.Certificate:
        way, last = proxy.Way(), tls.handshake_only(trust)
        try:
            with (
                httpx.Client(verify=last, proxy=through, timeout=timeout, trust_env=False) as client,
                tls.ending(time.monotonic() + timeout),
            ):
                client.get(self._settings.url, extensions={"trace": way})
        except httpx.HTTPError as error:
            seen = _tls_error(error)
            if isinstance(seen, tls.CertificateSeen):
                return seen.certificate
            asked = _Request("GET", "/", {}, repeat=True, timeout=timeout)
            raise self._failure(error, asked, way) from None
        raise AssertionError("a handshake that is to end went on")

    def wait(self, seconds: float) -> bool:
        """Waits; False at once where that would pass the operation's deadline."""
        if (current := deadline.current()) is not None and time.monotonic() + seconds >= current.end:
            return False
        log.event(logging.DEBUG, f"waiting {seconds:.2f} s", connection=self._connection.name)
        self._pause(seconds)
        return True

    def close(self) -> None:
        self._client.close()


def _retry_after(answer: Answer) -> float | None:
    """`Retry-After` as seconds or as a date, or `retryAfter` in the body -> seconds; None without one."""
    text = answer.headers.get("retry-after", "")
    if not text and (in_body := re.search(rb'"retryAfter"\s*:\s*(\d+)', answer.body)):
        text = in_body.group(1).decode()
    with contextlib.suppress(ValueError):
        seconds = float(text)
        return min(max(0.0, seconds), LONGEST_WAIT) if math.isfinite(seconds) else None
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return min(max(0.0, parsedate_to_datetime(text).timestamp() - time.time()), LONGEST_WAIT)
    return None


def _is_refused(error: BaseException | None) -> bool:
    """Whether there is a host, and nobody listens on that port."""
    while error is not None and not isinstance(error, ConnectionRefusedError):
        error = error.__cause__ or error.__context__
    return error is not None


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    """The TLS error among the causes: httpx wraps httpcore, which wraps ssl."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error
