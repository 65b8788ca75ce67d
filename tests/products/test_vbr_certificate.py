"""The certificate of a backup server, asked of simulated servers: no login, strict reading, errors that name it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.products.conftest import ServersOf
from veeam_pulumi.errors import CertificateRefused, ServerRefused, ServerUnreachable, UnexpectedAnswer, VeeamError
from veeam_pulumi.products.vbr import certificate

PATH = "/api/v1/serverCertificate"


def test_what_the_server_tells(servers: ServersOf) -> None:
    vbr = servers("vbr.User", username=None, password=None)
    found = certificate.read(vbr.connections, "vbr")
    assert set(found) == set(certificate.FIELDS)
    assert found["thumbprint"] == vbr.sim.thumbprint("vbr", "sha1")
    assert found["server"] == vbr.sim.url("vbr").removeprefix("https://")
    asked = [(one.method, one.path) for one in vbr.sim.requests()]
    assert set(asked[:-1]) == {("GET", "/api/v1/serverTime")}  # once for each revision that it does not know
    assert asked[-1] == ("GET", PATH)


@pytest.mark.parametrize("build", ["12.0.0.1420", "12.3.1.1139", "13.1.0.411"])
def test_every_release_tells_it(servers: ServersOf, build: str) -> None:
    vbr = servers("vbr.User", {"vbr.build": build})
    assert certificate.read(vbr.connections, "vbr")["thumbprint"] == vbr.sim.thumbprint("vbr", "sha1")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, UnexpectedAnswer),
        ([], UnexpectedAnswer),
        ({"thumbprint": None}, UnexpectedAnswer),
        ({"thumbprint": "A" * 64}, UnexpectedAnswer),
        ({"thumbprint": 40}, UnexpectedAnswer),
        ({"thumbprint": "A" * 40, "subject": ["CN"]}, UnexpectedAnswer),
    ],
)
def test_an_answer_that_is_no_certificate(servers: ServersOf, body: Any, error: type[VeeamError]) -> None:
    vbr = servers("vbr.User")
    vbr.sim.fault("vbr", "status", path=PATH, status=200, body=body)
    with pytest.raises(error) as caught:
        certificate.read(vbr.connections, "vbr")
    assert str(caught.value).startswith("vbr.ServerCertificate on 127.0.0.1:")
    assert "(connection vbr): " in str(caught.value)


def test_an_older_answer_may_say_less(servers: ServersOf) -> None:
    vbr = servers("vbr.User")
    vbr.sim.fault("vbr", "status", path=PATH, status=200, body={"thumbprint": "ab" * 20, "subject": None})
    assert set(certificate.read(vbr.connections, "vbr")) == {"thumbprint", "server"}


def test_errors_of_the_server_and_of_trust(servers: ServersOf) -> None:
    vbr = servers("vbr.User")
    vbr.sim.fault("vbr", "status", path=PATH, status=403)
    with pytest.raises(ServerRefused, match=r"^vbr.ServerCertificate on .* GET /api/v1/serverCertificate was refused"):
        certificate.read(vbr.connections, "vbr")
    vbr.sim.fault("vbr", "status", path=PATH, status=503, times=0)
    with pytest.raises(ServerUnreachable, match=r"^vbr.ServerCertificate on "):
        certificate.read(vbr.connections, "vbr")
    vbr.sim.clear_faults()
    with pytest.raises(CertificateRefused, match=r"^vbr.ServerCertificate on "):
        certificate.read(vbr.connect(tls={"thumbprint": "AB" * 20}), "vbr")
