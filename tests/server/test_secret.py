"""A secret is looked at before it is used: one that cannot be meant is an error that says where it came from."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.server.wire import Authority, Server
from veeam_pulumi.errors import InvalidInput, SettingsError, VeeamError
from veeam_pulumi.products import sessions
from veeam_pulumi.server import tls
from veeam_pulumi.server.connections import Connections
from veeam_pulumi.server.settings import Connection, Settings
from veeam_pulumi.server.transport import Transport

FAULTS = {
    "": "is empty",
    "  \t": "is blank",
    "Canary-\nx": "has a line break in it (U+000A, inside)",
    "Canary-x\r\nX-Injected: 1": "has a line break in it (U+000D, inside)",
    "Canary-\u2028x": "has a line break in it (U+2028, inside)",
    "\ufeffCanary-x": "has a byte-order mark in it (U+FEFF, at its beginning)",
    "Canary-x\ufeff": "has a byte-order mark in it (U+FEFF, at its end)",
    "Canary-\u200bx": "has a zero-width character in it (U+200B, inside)",
    "Canary-x\u200d": "has a zero-width character in it (U+200D, at its end)",
    "\u2060Canary-x": "has a zero-width character in it (U+2060, at its beginning)",
    "Canary-\u00adx": "has a zero-width character in it (U+00AD, inside)",
    "Canary-x\u3164": "has a zero-width character in it (U+3164, at its end)",
    "Canary-\U000e0041x": "has a zero-width character in it (U+E0041, inside)",
    "Canary-\u202ex": "has a character that turns the direction of writing in it (U+202E, inside)",
    "\u2067Canary-x": "has a character that turns the direction of writing in it (U+2067, at its beginning)",
    "Canary-\udce9x": "has a byte in it that is not UTF-8 text (inside)",
    "Canary\ud83d-x": "has half a character in it (U+D83D, inside)",
    "Canary-\0x": "has a control character in it (U+0000, inside)",
    "Canary-x\t": "has a control character in it (U+0009, at its end)",
    "Canary-\x1b[2Jx": "has a control character in it (U+001B, inside)",
    "Canary-\x85x": "has a line break in it (U+0085, inside)",
}
SEEN = ["Canary-é", "Canary-Ж字ß", "پاسورد", "Canary-😀", "Canary x ", "Canary-e\u0301", "Canary\u00a0x"]
"""What somebody may have typed: letters of every script, accents that are characters of their own, pictures, blanks."""
FOR_HEADERS = {"Canary-é": "no header can hold", "Canary x": "no header can hold", "Canary-“x”": "no header can hold"}


def refused(config: Mapping[str, Any], folder: Path, environ: Mapping[str, str] | None = None) -> str:
    """What is said about a connection whose secret is none; its server counts handshakes."""
    with Server(Authority(folder).leaf()) as server:
        base = {"product": "vspc", "url": server.url, "username": "svc", "tls": {"insecure": True}, **config}
        with pytest.raises(SettingsError) as caught:
            connections = Connections(
                {"vspc": base}, sessions=sessions(), warn=print, environ=environ or {}, folder=folder
            )
            connections.open("vspc", "vspc").get("/api/v3/users")
        assert server.handshakes == 0
    text = str(caught.value)
    assert text.isprintable()
    assert "Canary" not in text
    return text


@pytest.mark.parametrize(("secret", "why"), FAULTS.items())
def test_a_password_of_the_config(tmp_path: Path, secret: str, why: str) -> None:
    text = refused({"password": secret}, tmp_path)
    assert f"connection vspc: its password {why}" in text
    assert "pulumi config set --path --secret 'veeam:connections.vspc.password'" in text


@pytest.mark.parametrize(("secret", "why"), FAULTS.items())
def test_a_password_of_the_environment(tmp_path: Path, secret: str, why: str) -> None:
    text = refused({}, tmp_path, {"VEEAM_VSPC_PASSWORD": secret})
    assert f"connection vspc: the environment variable VEEAM_VSPC_PASSWORD {why}" in text


@pytest.mark.parametrize(("secret", "why"), {**FAULTS, **FOR_HEADERS}.items())
def test_an_api_key(tmp_path: Path, secret: str, why: str) -> None:
    assert f"its token {why}" in refused({"token": secret, "username": None}, tmp_path) or why == "no header can hold"
    assert why in refused({"username": None}, tmp_path, {"VEEAM_VSPC_TOKEN": secret})


@pytest.mark.parametrize(("secret", "why"), [one for one in FAULTS.items() if not {"\0", "\ud83d"} & {*one[0]}])
def test_a_variable_that_password_env_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str, why: str
) -> None:
    monkeypatch.setenv("SOME_PASSWORD", secret)
    text = refused({"password_env": "SOME_PASSWORD"}, tmp_path)
    assert f"the environment variable SOME_PASSWORD (its password_env) {why}" in text


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"\r\n\n", "is empty"),
        (b"\xef\xbb\xbfCanary-x\r\n", "has a byte-order mark in it"),
        (b"Canary-x\nCanary-y\n", "has a line break in it"),
        ("Canary-\u200bx\n".encode(), "has a zero-width character in it (U+200B, inside)"),
        ("Canary-x\u200f\n".encode(), "has a character that turns the direction of writing in it (U+200F, at its end)"),
        ("Canary-x".encode("utf-16"), "it is not UTF-8 text"),
        ("Canary-x".encode("utf-16-le"), "has a control character in it (U+0000, inside)"),
        ("Canary-é".encode("latin-1"), "it is not UTF-8 text"),
    ],
)
def test_a_password_file(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "password.txt").write_bytes(content)
    text = refused({"password_file": "password.txt"}, tmp_path)
    assert "its password_file" in text
    assert why in text


def test_a_password_file_with_a_line_break_at_its_end(tmp_path: Path) -> None:
    (tmp_path / "password.txt").write_bytes("pä ss w%rd\r\n".encode())
    connection = Connection("a", Settings(product="vbr", url="https://a", password_file="password.txt"), tmp_path)
    assert connection.secret().get_secret_value() == "pä ss w%rd"


@pytest.mark.parametrize("secret", SEEN)
def test_what_somebody_may_have_typed_is_a_password(tmp_path: Path, secret: str) -> None:
    (tmp_path / "password.txt").write_bytes(secret.encode())
    ways = [{"password": secret}, {"password_file": "password.txt"}]
    for way in ways:
        connection = Connection("a", Settings(product="vbr", url="https://a", **way), tmp_path)
        assert connection.secret().get_secret_value() == secret


@pytest.mark.parametrize("character", ["\u200b", "\u202e", "\ufeff", "%E2%80%8B", "%0d%0a", "%00"])
@pytest.mark.parametrize(
    ("name", "said"),
    {
        "proxy": "connection vspc: proxy: has",
        "VEEAM_VSPC_PROXY": "connection vspc: proxy: has",
        "HTTPS_PROXY": "connection vspc: the environment variable HTTPS_PROXY has",
        "ALL_PROXY": "connection vspc: the environment variable ALL_PROXY has",
    }.items(),
)
def test_the_password_of_a_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str, character: str
) -> None:
    for each in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(each, raising=False)
    address = f"http://svc:Canary-{character}x@127.0.0.1:1"
    if name in ("HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, address)
    config = {"password": "pa55word", **({name: address} if name == "proxy" else {})}
    text = refused(config, tmp_path, {name: address})
    assert said in text
    assert "in it (U+" in text


@pytest.mark.parametrize("name", ["svc\n", "\ufeffsvc", "svc\udce9", "svc\x00", "s\u200bvc", "svc\u202e"])
def test_a_user_name(tmp_path: Path, name: str) -> None:
    assert "its username" in refused({"username": name, "password": "pa55word"}, tmp_path)


@pytest.mark.parametrize("body", [{"a": "x\ud800"}, {"a": {"b": ["\udfff"]}}])
def test_half_a_character_in_a_value_is_an_error_with_a_type(tmp_path: Path, body: Any) -> None:
    """JSON can hold it as an escape; a form, a header and XML cannot."""
    connection = Connection("a", Settings(product="vbr", url="https://127.0.0.1:1", tls={"insecure": True}, timeout=1))
    transport = Transport(connection, print, pause=lambda seconds: None)
    with pytest.raises(InvalidInput, match="half a character") as caught:
        transport.send("POST", "/token", form={"password": "Canary-\ud800"})
    assert caught.value.__cause__ is None
    assert "Canary" not in str(caught.value)
    with pytest.raises(VeeamError, match="one of its headers|half a character"):
        transport.send("GET", "/x", headers={"x-api-version": "1.1\u2011rev2"})


def test_no_keys_of_a_connection_are_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SSLKEYLOGFILE makes Python write what decrypts a recorded connection, and the password in it."""
    keys = tmp_path / "keys.log"
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    authority = Authority(tmp_path)
    with Server(leaf := authority.leaf()) as server:
        for trust in ({"ca_file": str(authority.file)}, {"thumbprint": leaf.pin}, {"insecure": True}):
            connection = Connection("a", Settings(product="vbr", url=server.url, tls=trust))
            transport = Transport(connection, print)
            assert transport.send("GET", "/x").ok
            transport.close()
        assert tls.proxy_context().keylog_filename is None
        assert server.handshakes == 3
    assert not keys.exists()
    assert ssl.create_default_context().keylog_filename == str(keys)  # what this test would have seen


@pytest.mark.parametrize(
    "address",
    [
        "socks5://proxy:1080",
        "socks5h://u:Canary-1@proxy",
        "ftp://proxy",
        "http://",
        "http://p:x",
        "http://u:Canary-1@proxy:99999",
        "http://a..b:3128",
        "http://xn--a:3128",
    ],
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "ALL_PROXY"])
def test_a_proxy_of_another_kind_is_an_error_with_a_type(
    monkeypatch: pytest.MonkeyPatch, name: str, address: str
) -> None:
    for each in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv(name, address)
    connection = Connection("a", Settings(product="vbr", url="https://vbr01:9419"))
    with pytest.raises(SettingsError, match="the address of its proxy is not http://HOST:PORT") as caught:
        Transport(connection, print)
    assert "Canary" not in str(caught.value)
