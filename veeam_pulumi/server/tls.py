"""Whom a connection trusts: the system's certificate store, a CA file, or one pinned certificate.

A pin is checked on the very socket that then carries the credentials, at the end of its handshake, on every new
connection of the pool; that works through proxies as well. It replaces the checks of chain, name and dates, because
Veeam servers install themselves with a self-signed certificate.

The sockets also keep the time of a whole exchange: a timeout of a socket starts anew with every byte, so a server that
drips could hold a thread for hours.
"""

from __future__ import annotations

import contextlib
import contextvars
import hashlib
import re
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

# OpenSSL's verify codes that mean something else than "nobody vouches for it".
_REASONS = {
    9: "it is not valid yet",
    10: "it has expired",
    18: "it is self-signed",
    19: "its chain ends in a CA that is not trusted here",
    20: "its issuer is not trusted here",
    21: "its issuer is not trusted here",
    24: "its issuer may not issue certificates",
    26: "it is not meant for a server",
    62: "it was issued for another host name",
    64: "it was issued for another IP address",
    66: "its key is too weak",
    68: "it is signed with a weak algorithm",
}
_OTHER_NAME = (62, 64)


_LONGEST_SUBJECT, _NAMES_SHOWN = 200, 5
_PREFIX = re.compile(r"\s*sha-?(?:1|256)(?:\s+fingerprint)?\s*[:=]", re.IGNORECASE)
"""What `openssl x509 -fingerprint` and others put in front of a fingerprint."""


@dataclass(frozen=True)
class Certificate:
    """What a person needs to recognise a certificate."""

    sha256: str
    sha1: str
    subject: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime

    @classmethod
    def parse(cls, der: bytes) -> Certificate:
        """Reads a DER certificate; a malformed one still has its fingerprints."""
        from cryptography import x509  # a sixth of a start, and few starts show a certificate

        sha256, sha1 = hashlib.sha256(der).hexdigest().upper(), hashlib.sha1(der).hexdigest().upper()
        epoch = datetime.fromtimestamp(0, timezone.utc)
        try:
            read = x509.load_der_x509_certificate(der)
            subject, start, end = read.subject.rfc4514_string(), read.not_valid_before_utc, read.not_valid_after_utc
            subject = subject if len(subject) <= _LONGEST_SUBJECT else f"{subject[:_LONGEST_SUBJECT]}…"
        except ValueError:
            return cls(sha256, sha1, "(unreadable)", (), epoch, epoch)
        try:
            extension = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            names = tuple(str(name.value) for name in extension)
        except (x509.ExtensionNotFound, ValueError):
            names = ()
        return cls(sha256, sha1, subject, names, start, end)

    @property
    def expired(self) -> bool:
        return datetime.now(timezone.utc) > self.not_after

    @property
    def brief(self) -> str:
        """What tells it from another one, for an error; the SHA-1 is what consoles show."""
        return f"{self.subject}, SHA-1 {self.sha1}"

    def __str__(self) -> str:
        more = f" and {len(self.names) - _NAMES_SHOWN} more" if len(self.names) > _NAMES_SHOWN else ""
        names = f", for {', '.join(self.names[:_NAMES_SHOWN])}{more}" if self.names else ""
        dates = f"{self.not_before:%Y-%m-%d} to {self.not_after:%Y-%m-%d}"
        return f"{self.subject}{names}, valid {dates}, SHA-256 {self.sha256}, SHA-1 {self.sha1}"


class PinMismatch(ssl.SSLCertVerificationError):
    """Raised inside the handshake, so that the socket is closed before anything is sent."""

    certificate: Certificate


class ProxyFailed(ssl.SSLError):
    """The handshake with a proxy failed, not the one with the server behind it; the cause says why."""


class CertificateSeen(ssl.SSLError):
    """Raised at the end of a handshake by `handshake_only`: carries the certificate, sends nothing."""

    certificate: Certificate


_end: contextvars.ContextVar[float] = contextvars.ContextVar("veeam_exchange_end", default=float("inf"))


@contextlib.contextmanager
def ending(end: float) -> Iterator[None]:
    """What this thread does with these sockets inside ends at `end` (monotonic seconds), with a TimeoutError."""
    token = _end.set(end)
    try:
        yield
    finally:
        _end.reset(token)


def left() -> float:
    """The seconds that are left. Raises TimeoutError where there are none."""
    if (rest := _end.get() - time.monotonic()) <= 0:
        raise TimeoutError("the answer did not end in time")
    return rest


class _Socket(ssl.SSLSocket):
    def do_handshake(self, block: bool = False) -> None:
        self._hurry()
        super().do_handshake(block)
        _inspect(self)

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        self._hurry()
        return super().recv(buflen, flags)

    def _hurry(self) -> None:
        timeout, rest = self.gettimeout(), left()
        if rest < (float("inf") if timeout is None else timeout):
            self.settimeout(rest)


class _Object(ssl.SSLObject):
    """What httpcore uses for TLS inside a proxy's TLS."""

    def do_handshake(self) -> None:
        super().do_handshake()
        _inspect(self)

    def read(self, len: int = 1024, buffer: Any = None) -> Any:
        left()
        return super().read(len, buffer)


class _ProxySocket(_Socket):
    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except ssl.SSLError as error:
            raise ProxyFailed(reason(error)) from error


class _LastSocket(ssl.SSLSocket):
    def do_handshake(self, block: bool = False) -> None:
        super().do_handshake(block)
        _stop(self)


class _LastObject(ssl.SSLObject):
    def do_handshake(self) -> None:
        super().do_handshake()
        _stop(self)


def _certificate(peer: ssl.SSLSocket | ssl.SSLObject) -> Certificate:
    return Certificate.parse(peer.getpeercert(binary_form=True) or b"")


def _inspect(peer: ssl.SSLSocket | ssl.SSLObject) -> None:
    if isinstance(peer.context, InspectingContext):  # any other has checked by itself
        peer.context.inspect(_certificate(peer))


def _stop(peer: ssl.SSLSocket | ssl.SSLObject) -> None:
    _inspect(peer)
    error = CertificateSeen("seen")
    error.certificate = _certificate(peer)
    raise error


class InspectingContext(ssl.SSLContext):
    """Verifies nothing itself; hands the peer's certificate to `inspect`, which raises to refuse it."""

    sslsocket_class = _Socket
    sslobject_class = _Object
    inspect: Callable[[Certificate], None]


def _inspecting(inspect: Callable[[Certificate], None]) -> InspectingContext:
    context = InspectingContext(ssl.PROTOCOL_TLS_CLIENT)
    _harden(context)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.inspect = inspect
    return context


def _harden(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION  # which could bring in another certificate than the one looked at


def normal_thumbprint(text: str) -> str:
    """A fingerprint as consoles show it (any case, colons, spaces) -> 40 or 64 upper-case hex digits.

    Raises ValueError for anything else. SHA-1 (40) is what Veeam's consoles show; SHA-256 (64) is the better pin.
    """
    # U+200E is what Windows' certificate dialog puts in front of a copied thumbprint.
    digits = re.sub("[\\s:\u200e-]", "", _PREFIX.sub("", text)).upper()
    if not re.fullmatch(r"[0-9A-F]{40}|[0-9A-F]{64}", digits):
        raise ValueError("a thumbprint has 40 (SHA-1) or 64 (SHA-256) hex digits")
    return digits


def verifying_context(ca_file: Path | None) -> ssl.SSLContext:
    """Chain, name and dates against the system's store or `ca_file`."""
    # Not ssl.create_default_context, which writes the keys of every connection to the file that SSLKEYLOGFILE names.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    else:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if sys.version_info >= (3, 13):  # as create_default_context has it since
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    _harden(context)
    context.hostname_checks_common_name = False  # as in Go and browsers: only what a CA looked at names a host
    context.sslsocket_class, context.sslobject_class = _Socket, _Object
    return context


def proxy_context() -> ssl.SSLContext:
    """For a proxy that is spoken to with TLS: the system's store. Its refusal is a `ProxyFailed`."""
    context = verifying_context(None)
    context.sslsocket_class = _ProxySocket
    return context


def pinned_context(thumbprint: str, warn: Callable[[str], None]) -> ssl.SSLContext:
    """Only the certificate with this fingerprint; an expired one warns once."""
    pin, warned = normal_thumbprint(thumbprint), [False]

    def inspect(certificate: Certificate) -> None:
        if pin not in (certificate.sha1, certificate.sha256):
            error = PinMismatch("the certificate is not the pinned one")
            error.certificate = certificate
            raise error
        if certificate.expired and not warned[0]:
            warned[0] = True
            warn(f"the pinned certificate expired on {certificate.not_after:%Y-%m-%d}; it is still accepted")

    return _inspecting(inspect)


def insecure_context() -> ssl.SSLContext:
    """Trusts anybody: for a lab only."""
    return _inspecting(lambda _certificate: None)


def handshake_only(context: ssl.SSLContext) -> ssl.SSLContext:
    """Makes a context end every handshake that it accepts with `CertificateSeen`, before anything is sent."""
    context.sslsocket_class, context.sslobject_class = _LastSocket, _LastObject
    return context


def reason(error: ssl.SSLError, certificate: Certificate | None = None) -> str:
    """Why a certificate was refused, in words: name, dates and key told apart."""
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in _OTHER_NAME and certificate and not certificate.names:
            return "it names no host (its CN does not count)"
        return _REASONS.get(error.verify_code, error.verify_message)
    return str(getattr(error, "reason", None) or error)
