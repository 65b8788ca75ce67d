"""Clients of the shared simulator: real TLS, real sockets."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from veeam_pulumi.simulator import Simulator

Connect = Callable[..., httpx.Client]
Known = Callable[..., str]
REVISION = {"aws": "1.0-rev0", "vbr": "1.3-rev1"}
TOKEN_PATH = {"aws": "/api/v1/token", "vspc": "/api/v3/token", **dict.fromkeys(("vbr", "azure"), "/api/oauth2/token")}


@pytest.fixture
def connect(sim: Simulator) -> Iterator[Connect]:
    """A client for a product, without a token, closed at the end of the test."""
    with ExitStack() as stack:

        def make(product: str, revision: str | None = None, **options: Any) -> httpx.Client:
            trust = ssl.create_default_context(cafile=str(sim.ca_file))
            client = httpx.Client(base_url=sim.url(product), verify=trust, timeout=10, **options)
            if product in REVISION:
                client.headers["x-api-version"] = revision or REVISION[product]
            return stack.enter_context(client)

        yield make


def log_in(client: httpx.Client, product: str, username: str, password: str) -> httpx.Response:
    form = {"grant_type": "password", "username": username, "password": password}
    response = client.post(TOKEN_PATH[product], data=form)
    if "access_token" in response.text:
        client.headers["authorization"] = f"Bearer {response.json()['access_token']}"
    return response


@pytest.fixture
def enter(sim: Simulator, connect: Connect) -> Connect:
    """A client that is logged in as the calling administrator."""

    def make(product: str, revision: str | None = None) -> httpx.Client:
        client = connect(product, revision)
        assert log_in(client, product, sim.username(product), sim.password(product)).status_code == 200
        return client

    return make


@pytest.fixture
def aws(enter: Connect) -> httpx.Client:
    return enter("aws")


@pytest.fixture
def vbr(enter: Connect) -> httpx.Client:
    return enter("vbr")


@pytest.fixture
def vspc(enter: Connect) -> httpx.Client:
    return enter("vspc")


@pytest.fixture
def known(sim: Simulator) -> Known:
    """Puts a user on vspc behind everyone's back and answers with the UID."""

    def make(name: str = "s.smith", **values: Any) -> str:
        sim.drift("vspc", "add", name, values)
        return str((sim.lookup("vspc", name) or {})["instanceUid"])

    return make
