"""Faults: each kind as a client meets it, which requests it hits, and what the log says about it."""

from __future__ import annotations

import ssl
import time
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.simulator.conftest import Connect
from veeam_pulumi.simulator import DEFAULT_PRODUCTS, FAULT_KINDS, FaultError, Simulator

USERS = "/api/v1/users"
SPEC = {"name": "made", "description": "", "password": "Some-Word-9"}


def test_a_status_with_headers_and_the_products_own_error_body(sim: Simulator, aws: httpx.Client) -> None:
    sim.fault("aws", "status", status=503, headers={"X-Proxy": "yes"})
    response = aws.get(USERS)
    assert (response.status_code, response.headers["x-proxy"]) == (503, "yes")
    assert response.json()["errorCode"] == "ServiceUnavailable"
    assert aws.get(USERS).status_code == 200, "a fault happens once unless it is told otherwise"
    record = sim.requests("aws")[-2]
    assert (record.fault, record.status, record.handled) == ("status", 503, None)


def test_too_many_requests_says_when_to_come_back(sim: Simulator, vbr: httpx.Client) -> None:
    sim.fault("vbr", "status", status=429, retry_after=2)
    response = vbr.get("/api/v1/security/users")
    assert (response.status_code, response.headers["retry-after"], response.json()["retryAfter"]) == (429, "2", 2)


def test_a_status_can_hide_that_the_work_was_done(sim: Simulator, aws: httpx.Client) -> None:
    sim.fault("aws", "status", "POST", status=500, handled=True, body="gateway")
    response = aws.post(USERS, json=SPEC)
    assert (response.status_code, response.text) == (500, "gateway")
    assert sim.lookup("aws", "made")
    assert sim.requests("aws")[-1].handled == 201


@pytest.mark.parametrize(("kind", "made"), [("reset_before", False), ("reset_after", True)])
def test_resets_are_tcp_resets(sim: Simulator, aws: httpx.Client, kind: str, made: bool) -> None:
    sim.fault("aws", kind, "POST", USERS)
    with pytest.raises(httpx.TransportError):
        aws.post(USERS, json=SPEC)
    assert (sim.lookup("aws", "made") is not None) is made
    record = sim.requests("aws", "POST")[-1]
    assert (record.path, record.status, record.fault) == (USERS, None, kind)
    assert record.body["password"] == "[secret]"


def test_a_reset_reaches_the_socket_as_one(sim: Simulator) -> None:
    # Some OpenSSL builds report a reset as an end of file: TLS is spoken by hand here to see the socket's own error.
    import socket

    sim.fault("aws", "reset_before")
    url = urlsplit(sim.url("aws"))
    inbound, outbound = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context(cafile=str(sim.ca_file)).wrap_bio(inbound, outbound, server_hostname="127.0.0.1")
    with socket.create_connection((url.hostname, url.port), timeout=5) as raw:
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                raw.sendall(outbound.read())
                inbound.write(raw.recv(65536))
        tls.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        raw.sendall(outbound.read())
        with pytest.raises(ConnectionResetError):
            while raw.recv(65536):
                pass


def test_half_a_body_ends_before_it_should(sim: Simulator, aws: httpx.Client) -> None:
    sim.fault("aws", "half_body")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        aws.post(USERS, json=SPEC)
    assert sim.lookup("aws", "made"), "the work was done: only the answer was cut"
    sim.fault("aws", "half_body", "DELETE")
    with pytest.raises(httpx.HTTPError):
        aws.delete(f"{USERS}/made")


@pytest.mark.parametrize("status", [502, 404, 200])
def test_a_proxys_page(sim: Simulator, aws: httpx.Client, status: int) -> None:
    sim.fault("aws", "html", status=status)
    response = aws.post(USERS, json=SPEC)
    assert (response.status_code, response.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert sim.lookup("aws", "made") is None


def test_an_empty_answer(sim: Simulator, aws: httpx.Client) -> None:
    sim.fault("aws", "empty")
    response = aws.post(USERS, json=SPEC)
    assert (response.status_code, response.content) == (200, b"")
    assert sim.lookup("aws", "made")


@pytest.mark.parametrize("handled", [False, True])
def test_a_delay_before_or_after_the_work(sim: Simulator, aws: httpx.Client, handled: bool) -> None:
    sim.fault("aws", "delay", seconds=0.3, handled=handled)
    with pytest.raises(httpx.ReadTimeout):
        aws.post(USERS, json=SPEC, timeout=0.1)
    assert (sim.lookup("aws", "made") is not None) is handled
    time.sleep(0.4)
    assert sim.lookup("aws", "made"), "a client that gives up does not stop the server"


@pytest.mark.parametrize("keep", [False, True])
def test_expired_tokens(sim: Simulator, connect: Connect, keep: bool) -> None:
    client = connect("aws")
    form = {"grant_type": "password", "username": "Admin", "password": sim.password("aws")}
    pair = client.post("/api/v1/token", data=form).json()
    client.headers["authorization"] = f"Bearer {pair['access_token']}"
    sim.fault("aws", "expire_token", keep_refresh=keep)
    assert client.get(USERS).json()["errorCode"] == "ExpiredToken"
    again = client.post("/api/v1/token", data={"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]})
    assert again.status_code == (200 if keep else 401)


def test_a_certificate_that_changes_under_the_client(sim: Simulator, aws: httpx.Client, connect: Connect) -> None:
    before = sim.thumbprint("aws")
    sim.fault("aws", "certificate", leaf="self_signed")
    assert aws.get(USERS).status_code == 200
    assert sim.thumbprint("aws") != before
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        aws.get(USERS)
    sim.reset()
    assert connect("aws").get(USERS).status_code == 401
    assert sim.thumbprint("aws") == before


def test_connections_are_refused(sim: Simulator, aws: httpx.Client) -> None:
    sim.fault("aws", "refuse", connections=2)
    assert aws.get(USERS).status_code == 200
    for _ in range(2):
        with pytest.raises(httpx.ConnectError):
            aws.get(USERS)
    assert aws.get(USERS).status_code == 200
    sim.fault("aws", "refuse", at=2, connections=0)
    assert [aws.get(USERS).status_code for _ in range(2)] == [200, 200]
    for _ in range(3):
        with pytest.raises(httpx.ConnectError):
            aws.get(USERS)
    sim.clear_faults()
    assert aws.get(USERS).status_code == 200


def test_what_begins_after_an_answer_can_begin_at_once(sim: Simulator, connect: Connect) -> None:
    sim.fault("aws", "refuse", at=0)
    with pytest.raises(httpx.ConnectError):
        connect("aws").get(USERS)
    assert connect("aws").get(USERS).status_code == 401
    sim.fault("aws", "certificate", at=0, leaf="expired")
    with pytest.raises(httpx.ConnectError, match="certificate has expired"):
        connect("aws").get(USERS)
    sim.fault("aws", "certificate", at=0)
    assert connect("aws").get(USERS).status_code == 401


def test_faults_choose_their_requests(sim: Simulator, aws: httpx.Client) -> None:
    sim.fault("aws", "status", "get", f"{USERS}/*", at=2, times=2, status=500)
    assert [aws.get(f"{USERS}/Admin").status_code for _ in range(4)] == [200, 500, 500, 200]
    assert aws.get(USERS).status_code == 200
    sim.clear_faults()
    sim.fault("aws", "status", times=0, status=500)
    sim.fault("aws", "delay", seconds=0.01)
    assert [aws.get(USERS).status_code for _ in range(3)] == [500] * 3
    assert sim.faults()[0].hits == 3
    sim.clear_faults()
    assert aws.get(USERS).status_code == 200


@pytest.mark.parametrize(
    ("kind", "settings", "says"),
    [
        ("boom", {}, "unknown fault boom; known faults: status"),
        ("status", {}, "needs the setting status"),
        ("delay", {"second": 1}, "has no setting second: it has seconds, handled"),
        ("status", {"status": "500"}, "status is of the wrong type"),
        ("delay", {"seconds": True}, "wrong type"),
    ],
)
def test_wrong_faults_are_refused_in_one_line(sim: Simulator, kind: str, settings: dict[str, Any], says: str) -> None:
    with pytest.raises(FaultError, match=says) as caught:
        sim.fault("aws", kind, **settings)
    assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match=f"not simulated here: {', '.join(DEFAULT_PRODUCTS)} are"):
        sim.fault("gcp", "empty")
    with pytest.raises(FaultError, match="counts from 1"):
        sim.fault("aws", "empty", at=0)


def test_the_readme_lists_every_kind_and_every_setting() -> None:
    from tests.simulator.test_knobs import readme

    for kind, settings in FAULT_KINDS.items():
        row = next(line for line in readme().splitlines() if line.startswith(f"| `{kind}`"))
        assert all(f"`{setting}`" in row for setting in settings), kind
