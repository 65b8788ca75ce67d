"""Which proxy a connection goes through, and which servers NO_PROXY takes out."""

from __future__ import annotations

import pytest

from veeam_pulumi.server import proxy
from veeam_pulumi.server.settings import Connection, Settings


@pytest.mark.parametrize(
    ("exceptions", "host", "without"),
    [
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("192.168.1.7/24", "192.168.1.200", True),
        ("fd00::/8", "fd12::1", True),
        ("[fd00::]/8", "fe80::1", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("example.com", "vbr01.example.com", True),
        (".example.com", "vbr01.example.com", True),
        ("*.example.com", "vbr01.example.com", True),
        ("example.com", "badexample.com", False),
        ("a, 172.16.0.0/12 b", "172.20.0.1", True),
        ("vbr01:9419", "vbr01", True),
        ("vbr01:443", "vbr01", False),
        ("10.0.0.0/8:9419", "10.1.2.3", True),
        ("10.0.0.0/99", "10.1.2.3", False),
        ("vbr01.", "vbr01", True),
        ("vbr01", "vbr01.", True),
        (".example.com.", "vbr01.example.com", True),
        ("VBR01", "vbr01", True),
        ("vbr01", "VBR01", True),
        ("Example.COM", "VBR01.example.com", True),
        ("vbr01.example.com", "vbr01", False),
        ("::ffff:10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3", "::ffff:10.1.2.3", True),
        ("10.1.2.3", "::ffff:a01:203", True),
        ("10.0.0.0/8", "::ffff:10.1.2.3", True),
        ("::ffff:10.0.0.0/104", "10.1.2.3", True),
        ("::ffff:10.0.0.0/104", "11.1.2.3", False),
        ("::/0", "10.1.2.3", False),
        ("0.0.0.0/0", "fd12::1", False),
        ("[fd12::1]", "fd12::1", True),
        ("[fd12::1]:9419", "fd12::1", True),
        ("[fd12::1]:443", "fd12::1", False),
        ("FD12:0:0::1", "fd12::1", True),
        ("fd12::1:9419", "fd12::1", False),
        ("[fd00::]/8", "fd12::1", True),
        ("[fd00::]/8:9419", "fd12::1", True),
        ("2.3", "10.1.2.3", False),
        ("10.1.2.3", "10.1.2.30", False),
        ("vbr01:9419", "VBR01.", True),
        ("example.com:443", "vbr01.example.com", False),
        ("münchen.example", "xn--mnchen-3ya.example", True),
        ("xn--mnchen-3ya.example", "vbr.münchen.example", True),
        (",, ,", "vbr01", False),
        (":9419", "vbr01", False),
        (".", "vbr01", False),
        ("*", "vbr01", True),
        ("*", "fd12::1", True),
        ("", "vbr01", False),
    ],
)
def test_whom_no_proxy_takes_out(monkeypatch: pytest.MonkeyPatch, exceptions: str, host: str, without: bool) -> None:
    """As curl and Go read it; where they differ, as curl does (7.86 and later): `2.3` is no end of an address."""
    for each in ("https_proxy", "all_proxy", "no_proxy", "ALL_PROXY"):
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", exceptions)
    shown = f"[{host}]" if ":" in host else host
    connection = Connection("a", Settings(product="vbr", url=f"https://{shown}:9419"))
    assert (proxy.chosen(connection) is None) is without
