"""Certificates, good and wrong, and the proof that nothing was sent to a server with a wrong one."""

from __future__ import annotations

import hashlib
import socket
import ssl
from urllib.parse import urlsplit

import httpx
import pytest

from tests.simulator.conftest import Connect, log_in
from veeam_pulumi.simulator import Simulator


@pytest.mark.parametrize(
    ("kind", "says"),
    [("expired", "certificate has expired"), ("wrong_host", "IP address mismatch"), ("self_signed", "self.signed")],
)
def test_a_wrong_certificate_is_refused_and_gets_no_byte(
    sim: Simulator, connect: Connect, kind: str, says: str
) -> None:
    sim.set(**{"aws.tls": kind})
    client = connect("aws")
    with pytest.raises(httpx.ConnectError, match=says):
        log_in(client, "aws", "Admin", sim.password("aws"))
    seen = sim.traffic("aws")
    assert (seen.connections, seen.bytes) == (1, 0)
    assert sim.requests("aws") == []
    sim.set(**{"aws.tls": "good"})
    assert log_in(client, "aws", "Admin", sim.password("aws")).status_code == 200
    assert sim.traffic("aws").bytes > 0
    assert sim.traffic("vbr").connections == 0


def test_a_connection_that_says_nothing_is_counted(sim: Simulator) -> None:
    url = urlsplit(sim.url("vbr"))
    context = ssl.create_default_context(cafile=str(sim.ca_file))
    raw = socket.create_connection((url.hostname, url.port), timeout=5)
    with context.wrap_socket(raw, server_hostname="localhost") as tls:
        leaf = tls.getpeercert(binary_form=True) or b""
    assert hashlib.sha256(leaf).hexdigest().upper() == sim.thumbprint("vbr")
    assert hashlib.sha1(leaf).hexdigest().upper() == sim.thumbprint("vbr", "sha1")
    seen = sim.traffic("vbr")
    assert (seen.connections, seen.bytes) == (1, 0)


def test_thumbprints_have_two_algorithms(sim: Simulator) -> None:
    with pytest.raises(ValueError, match="allowed are sha256, sha1"):
        sim.thumbprint("aws", "md5")


def test_a_server_may_speak_tls_1_3_only(sim: Simulator) -> None:
    context = ssl.create_default_context(cafile=str(sim.ca_file))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with httpx.Client(verify=context) as client:
        assert client.get(f"{sim.url('aws')}/api/v1/users").status_code == 400
    sim.set(**{"aws.tls_min": "1.3"})
    with httpx.Client(verify=context) as client, pytest.raises(httpx.ConnectError):
        client.get(f"{sim.url('aws')}/api/v1/users")


def test_the_names_in_a_certificate(sim: Simulator) -> None:
    context = ssl.create_default_context(cafile=str(sim.ca_file))
    with httpx.Client(verify=context) as client:
        for host in ("127.0.0.1", "localhost"):
            url = sim.url("aws").replace("127.0.0.1", host)
            assert client.get(f"{url}/api/v1/users", headers={"x-api-version": "1.0-rev0"}).status_code == 401
