"""The way to a server through a proxy: which proxy, whom it has to be, and how long it may take to open the way.

The connection's `proxy` counts, or else HTTPS_PROXY, ALL_PROXY and NO_PROXY. A proxy that is spoken to with TLS is
trusted by the system's store alone: pins and CA files are the server's.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import ssl
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, getproxies_environment, proxy_bypass

import httpcore
import httpx

from .. import redaction
from ..errors import SettingsError
from . import tls
from .settings import Connection, fault


def chosen(connection: Connection, trust: ssl.SSLContext | None = None) -> httpx.Proxy | None:
    """The proxy that this connection goes through. `trust`: other than the system's, for looking at it.

    Raises SettingsError for an address of the environment that is none of a proxy.
    """
    known, parts = getproxies(), urlsplit(connection.settings.url)
    for one in known.values():  # they may hold passwords
        redaction.learn_url(one)
    own = connection.settings.proxy
    address = own.get_secret_value() if own else None
    if address is None and not bypassed(parts.hostname or "", parts.port, known.get("no", "")):
        way = "https" if known.get("https") else "all"
        address = known.get(way)
        if address and (why := fault(unquote(address))):
            raise SettingsError(
                f"connection {connection.name}: the environment variable {way.upper()}_PROXY {why}; nothing was sent",
                f"correct it, or {connection.how_to_set('proxy', 'http://HOST:PORT')}",
            )
    if not address:
        return None
    address = address if "://" in address else f"http://{address}"
    try:
        if not re.match(r"https?://[^/]", address, re.IGNORECASE):
            raise ValueError  # socks5:// needs a package that is not there
        require_host(httpx.URL(address))
        context = trust or tls.proxy_context() if address.lower().startswith("https:") else None
        return httpx.Proxy(address, ssl_context=context)
    except (ValueError, httpx.InvalidURL):  # without the address: it may hold a password
        raise SettingsError(
            f"connection {connection.name}: the address of its proxy is not http://HOST:PORT",
            f"correct HTTPS_PROXY, or {connection.how_to_set('proxy', 'http://HOST:PORT')}",
        ) from None


def require_host(url: httpx.URL) -> None:
    """Raises ValueError for a host or a port that no connection can be made to: one that names cannot have.

    Else it is found out when the name is looked up, by an error that says nothing of it.
    """
    if not 0 < (url.port or 1) < 65536:
        raise ValueError
    url.host.encode("idna")  # an empty part, or one of more than 63 letters; `host` itself decodes `xn--…`


def bypassed(host: str, port: int | None, exceptions: str) -> bool:
    """Whether NO_PROXY takes a server out: `*`, a name with what is below it, an address, a network (`10.0.0.0/8`),
    each also with a port. As curl and Go read it: case, a dot at the end and the form of an address do not matter."""
    if not getproxies_environment():
        return bool(proxy_bypass(host))  # the system's settings, on Windows and macOS
    return any(map(_matcher(host, port or 443), exceptions.lower().replace(",", " ").split()))


def _matcher(host: str, port: int) -> Callable[[str], bool]:
    """Whether one exception of NO_PROXY is about this server."""
    address, called = _network(host), _name(host)

    def fits(one: str) -> bool:
        named, _, at = one.rpartition(":") if re.fullmatch(r"(\[.*\][^:]*|[^:]*):\d+", one) else (one, "", "")
        if at and int(at) != port:
            return False
        if one == "*":
            return True
        if address:
            network = _network(named)
            return type(network) is type(address) and address.subnet_of(network)  # type: ignore[arg-type]
        name = _name(named.removeprefix("*").lstrip("."))
        return bool(name) and f".{called}".endswith(f".{name}")

    return fits


def _name(host: str) -> str:
    """A host as it is compared."""
    host = host.lower().removesuffix(".")
    with contextlib.suppress(UnicodeError):
        return host.encode("idna").decode()
    return host


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """An address or a network, of version 4 where it is one in the clothes of version 6; None for a name."""
    try:
        found = ipaddress.ip_network(text.replace("[", "").replace("]", ""), strict=False)
    except ValueError:
        return None
    within = found.network_address.ipv4_mapped if isinstance(found, ipaddress.IPv6Network) else None
    return ipaddress.ip_network((within, found.prefixlen - 96)) if within and found.prefixlen >= 96 else found


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
