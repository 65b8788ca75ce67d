"""Data sources and hostile answers: each is a short error of ours, inside the connection's deadline."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.conftest import StartSimulator
from veeam_pulumi.errors import VeeamError
from veeam_pulumi.products import sessions
from veeam_pulumi.server import transport
from veeam_pulumi.server.connections import Connections
from veeam_pulumi.terraform.data import Sources

DEADLINE = 8.0
ANSWERS: dict[str, dict[str, Any]] = {
    "waits for ever": {"status": 429, "headers": {"Retry-After": "inf"}},
    "not a number": {"status": 503, "headers": {"Retry-After": "nan"}},
    "a script": {"status": 302, "headers": {"Location": "javascript:x"}},
    "no port": {"status": 301, "headers": {"Location": "https://x:port/"}},
    "15 MiB of values": {"status": 200, "body": "[" + "{}," * (5 << 20) + "{}]"},
    "brackets": {"status": 200, "body": "[" * 100_000},
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("source", ["veeam_aws_users", "veeam_vbr_users", "veeam_vbr_roles", "veeam_vspc_users"])
def test_a_data_source_ends_with_a_short_error(
    simulator: StartSimulator, source: str, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "PAUSE", lambda seconds: time.sleep(0.002))
    one = Sources()[source]
    sim = simulator(products=(one.product,))
    config = {one.product: {**sim.connections()[one.product], "deadline": DEADLINE}}
    connections = Connections(config, sessions=sessions(), warn=lambda text: None, environ={})
    connections.open(one.product, one.product).open()
    sim.fault(one.product, "status", method="GET", times=0, **ANSWERS[answer])
    began = time.monotonic()
    try:
        with pytest.raises(VeeamError) as caught:
            one.read(connections, {})
        assert time.monotonic() - began < DEADLINE + 10  # some took 33 seconds
        assert len(str(caught.value)) < 700
        assert f"(connection {one.product})" in str(caught.value)
    finally:
        connections.close()


@pytest.mark.parametrize("source", ["veeam_vbr_roles", "veeam_vbr_users"])
def test_all_requests_of_a_data_source_share_one_deadline(simulator: StartSimulator, source: str) -> None:
    one = Sources()[source]
    sim = simulator(products=(one.product,))
    config = {one.product: {**sim.connections()[one.product], "deadline": 2.0}}
    connections = Connections(config, sessions=sessions(), warn=lambda text: None, environ={})
    connections.open(one.product, one.product).open()
    sim.fault(one.product, "delay", method="GET", times=0, seconds=1.3)  # each would be in time
    sim.clear_requests()
    try:
        with pytest.raises(VeeamError):
            one.read(connections, {})
        assert len(sim.requests(one.product)) <= 2
    finally:
        connections.close()
