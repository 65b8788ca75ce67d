"""The way to a server through a proxy: which proxy, whom it has to be, and how long it may take to open the way.

The connection's `proxy` counts, or else HTTPS_PROXY, ALL_PROXY and NO_PROXY. A proxy that is spoken to with TLS is
trusted by the system's store alone: pins and CA files are the server's.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from .. import redaction
from ..errors import SettingsError
from . import tls
from .settings import Connection


def chosen(connection: Connection, trust: ssl.SSLContext | None = None) -> httpx.Proxy | None:
    """The proxy that this connection goes through. `trust`: other than the system's, for looking at it.

    Raises SettingsError for an address of the environment that is none of a proxy.
    """
    known, parts = getproxies(), urlsplit(connection.settings.url)
    for one in known.values():  # they may hold passwords
        redaction.learn_url(one)
    own = connection.settings.proxy
    address = own.get_secret_value() if own else None
    if address is None and not (proxy_bypass(parts.hostname or "") or proxy_bypass(parts.netloc)):
        address = known.get("https") or known.get("all")
    if not address:
        return None
    address = address if "://" in address else f"http://{address}"
    try:
        context = trust or tls.proxy_context() if address.lower().startswith("https:") else None
        return httpx.Proxy(address, ssl_context=context)
    except (ValueError, httpx.InvalidURL):  # without the address: it may hold a password
        raise SettingsError(
            f"connection {connection.name}: the address of its proxy is not http://HOST:PORT",
            f"correct HTTPS_PROXY, or {connection.how_to_set('proxy', 'http://HOST:PORT')}",
        ) from None


class Way:
    """How far one exchange came; the `trace` of its request.

    While it is `opening`, a proxy was asked to open the way and has not answered: nothing of the request was sent.
    """

    opening = False

    def __call__(self, event: str, about: Mapping[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            _keep_time(about["return_value"])
        elif event == "http11.send_request_headers.started":
            self.opening = about["request"].method == b"CONNECT"
        elif event == "http11.receive_response_headers.complete":
            self.opening = False


def _keep_time(stream: httpcore.NetworkStream) -> None:
    """Makes a stream without TLS, on which only a proxy's first words are read, keep the time of the exchange."""
    read = stream.read

    def in_time(max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            left = tls.left()
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from None
        return read(max_bytes, left if timeout is None else min(left, timeout))

    stream.read = in_time  # type: ignore[method-assign]
