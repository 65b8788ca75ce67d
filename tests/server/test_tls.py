"""Whom a connection trusts, on real sockets: before the handshake is over, no byte of a request is sent."""

from __future__ import annotations

import ssl
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import StartSimulator
from veeam_pulumi.errors import CertificateRefused, ServerUnreachable
from veeam_pulumi.server import tls
from veeam_pulumi.server.settings import Connection, Settings
from veeam_pulumi.server.transport import Transport
from veeam_pulumi.simulator import Simulator


@pytest.fixture
def sim(simulator: StartSimulator) -> Simulator:
    return simulator(products=("aws",))


class Asked:
    """One request to the simulated appliance with the given trust; what the user was warned of."""

    def __init__(self, sim: Simulator, **trust: Any) -> None:
        self.warnings: list[str] = []
        connection = Connection("aws", Settings(product="aws", url=sim.url("aws"), tls=tls_settings(**trust)))
        self.transport = Transport(connection, self.warnings.append, pause=lambda seconds: None)
        self.sim = sim

    def status(self) -> int:
        try:
            return self.transport.send(
                "GET", "/api/v1/users/isFirstLogin", headers={"x-api-version": "1.0-rev0"}
            ).status
        finally:
            self.transport.close()

    def refusal(self) -> str:
        with pytest.raises(CertificateRefused) as caught:
            self.status()
        assert self.sim.traffic("aws").bytes == 0
        return str(caught.value)


def tls_settings(**trust: Any) -> Any:
    return trust


def test_a_ca_file(sim: Simulator) -> None:
    assert Asked(sim, ca_file=str(sim.ca_file)).status() == 200


def test_the_systems_store_does_not_know_a_private_ca(sim: Simulator) -> None:
    text = Asked(sim).refusal()
    assert "its certificate is not trusted: its issuer is not trusted here; nothing was sent" in text
    assert f"SHA-256 {sim.thumbprint('aws')}, SHA-1 {sim.thumbprint('aws', 'sha1')}" in text
    assert f"'veeam:connections.aws.tls.thumbprint' {sim.thumbprint('aws')}" in text


@pytest.mark.parametrize("algorithm", ["sha256", "sha1"])
@pytest.mark.parametrize("form", ["{}", "lower", "colons", "spaces"])
def test_a_pin_in_any_spelling(sim: Simulator, algorithm: str, form: str) -> None:
    pin = sim.thumbprint("aws", algorithm)
    pairs = [pin[i : i + 2] for i in range(0, len(pin), 2)]
    spelled = {"{}": pin, "lower": pin.lower(), "colons": ":".join(pairs), "spaces": "\u200e" + " ".join(pairs)}[form]
    assert Asked(sim, thumbprint=spelled).status() == 200


def test_another_certificate_than_the_pinned_one(sim: Simulator) -> None:
    old = sim.thumbprint("aws")
    sim.set(**{"aws.tls": "self_signed"})
    text = Asked(sim, thumbprint=old).refusal()
    assert "its certificate is not the pinned one, nothing was sent" in text
    assert "if it was renewed on purpose: set tls.thumbprint with `pulumi config set --path " in text
    assert f"'veeam:connections.aws.tls.thumbprint' {sim.thumbprint('aws')}`" in text


@pytest.mark.parametrize(
    ("leaf", "reason"),
    [
        ("expired", "it has expired"),
        ("wrong_host", "it was issued for another"),
        ("self_signed", "it is self-signed"),
    ],
)
def test_name_dates_and_issuer_are_told_apart(sim: Simulator, leaf: str, reason: str) -> None:
    sim.set(**{"aws.tls": leaf})
    assert f"its certificate is not trusted: {reason}" in Asked(sim, ca_file=str(sim.ca_file)).refusal()


@pytest.mark.parametrize("leaf", ["wrong_host", "self_signed", "expired"])
def test_a_pin_replaces_chain_name_and_dates_but_an_expired_one_warns(sim: Simulator, leaf: str) -> None:
    sim.set(**{"aws.tls": leaf})
    asked = Asked(sim, thumbprint=sim.thumbprint("aws"))
    assert asked.status() == 200
    assert [
        warning for warning in asked.warnings if "the pinned certificate expired on 20" in warning
    ] == asked.warnings
    assert bool(asked.warnings) is (leaf == "expired")


def test_a_pin_is_checked_on_every_new_connection(sim: Simulator) -> None:
    asked = Asked(sim, thumbprint=sim.thumbprint("aws"))
    headers = {"x-api-version": "1.0-rev0", "Connection": "close"}
    assert asked.transport.send("GET", "/api/v1/users/isFirstLogin", headers=headers).ok
    sim.set(**{"aws.tls": "self_signed"})
    bytes_before = sim.traffic("aws").bytes
    with pytest.raises(CertificateRefused):
        asked.status()
    assert sim.traffic("aws").bytes == bytes_before


def test_insecure_trusts_anybody_and_warns(sim: Simulator) -> None:
    sim.set(**{"aws.tls": "self_signed"})
    asked = Asked(sim, insecure=True)
    assert asked.status() == 200
    assert asked.warnings == ["connection aws: TLS verification is off (tls.insecure): anybody can pose as this server"]


def test_servers_that_speak_only_tls_1_3(simulator: StartSimulator) -> None:
    sim = simulator({"aws.tls_min": "1.3"}, products=("aws",))
    assert Asked(sim, ca_file=str(sim.ca_file)).status() == 200
    assert Asked(sim, thumbprint=sim.thumbprint("aws")).status() == 200


def test_the_refusal_of_a_server_that_cannot_be_looked_at_again(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Transport, "peek", lambda self: None)
    text = Asked(sim).refusal()
    assert "nothing was sent; if that is the server's own certificate" in text


def test_peeking_where_nobody_listens() -> None:
    connection = Connection("aws", Settings(product="aws", url="https://127.0.0.1:1"))
    transport = Transport(connection, print)
    assert transport.peek() is None
    transport.close()


def test_a_thumbprint_that_is_none() -> None:
    for text in ("", "AB", "AB" * 21, "XY" * 20):
        with pytest.raises(ValueError, match="40 \\(SHA-1\\) or 64"):
            tls.normal_thumbprint(text)


def test_a_certificate_that_cannot_be_read_still_has_fingerprints() -> None:
    found = tls.Certificate.parse(b"no certificate")
    assert (found.subject, len(found.sha256), len(found.sha1)) == ("(unreadable)", 64, 40)


def test_reasons_of_other_tls_errors() -> None:
    assert tls.reason(ssl.SSLError("odd")) != ""
    assert tls.Certificate("", "", "", (), datetime.min, datetime.max.replace(tzinfo=timezone.utc)).expired is False


def test_tls_inside_a_proxys_tls(sim: Simulator) -> None:
    """The check also sits on the SSLObject that httpcore uses there."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = tls.pinned_context("AB" * 20, print)
    inner = context.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    import socket

    host, port = sim.url("aws").removeprefix("https://").split(":")
    with socket.create_connection((host, int(port))) as wire, pytest.raises(tls.PinMismatch):
        while True:
            try:
                inner.do_handshake()
            except ssl.SSLWantReadError:
                wire.sendall(outgoing.read())
                incoming.write(wire.recv(65536))


def test_a_ca_file_counts_from_the_folder_of_the_project(sim: Simulator, tmp_path: Path) -> None:
    (tmp_path / "lab.pem").write_bytes(sim.ca_file.read_bytes())
    trust: Any = {"ca_file": "lab.pem"}
    connection = Connection("aws", Settings(product="aws", url=sim.url("aws"), tls=trust), tmp_path)
    transport = Transport(connection, print)
    assert transport.send("GET", "/api/v1/users/isFirstLogin", headers={"x-api-version": "1.0-rev0"}).ok
    transport.close()


@pytest.mark.parametrize("trust", ["ca_file", "thumbprint", "insecure"])
def test_a_look_at_the_certificate_sends_nothing(sim: Simulator, trust: str) -> None:
    value: Any = {"ca_file": str(sim.ca_file), "thumbprint": sim.thumbprint("aws", "sha1"), "insecure": True}[trust]
    seen = Asked(sim, **{trust: value}).transport.look(5)
    assert (seen.sha256, seen.sha1) == (sim.thumbprint("aws"), sim.thumbprint("aws", "sha1"))
    assert sim.traffic("aws").bytes == 0


@pytest.mark.parametrize("trust", [{}, {"thumbprint": "0" * 40}])
def test_a_look_at_a_certificate_that_is_not_to_be_trusted(sim: Simulator, trust: dict[str, str]) -> None:
    with pytest.raises(CertificateRefused, match="nothing was sent") as caught:
        Asked(sim, **trust).transport.look(5)
    assert caught.value.certificate.sha256 == sim.thumbprint("aws")
    assert sim.traffic("aws").bytes == 0


def test_a_look_at_something_that_is_no_server(sim: Simulator) -> None:
    connection = Connection("aws", Settings(product="aws", url=sim.control_url.replace("http:", "https:")))
    with pytest.raises(ServerUnreachable, match="the TLS handshake failed"):
        Transport(connection, print).look(5)
