"""A backup server's certificate in programs: asked once and remembered, so that previews are quiet."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import StartSimulator
from tests.engine.conftest import Project
from veeam_pulumi.simulator import Simulator

PROGRAM = """
import pulumi
import veeam_pulumi as veeam

shown = veeam.vbr.get_server_certificate("vbr")
assert veeam.vbr.get_server_certificate("vbr") is shown
veeam.em.BackupServer(
    "vbr01",
    dns_name_or_ip_address="vbr01.lab.local",
    username="LAB\\\\svc",
    password="Secret-1",
    vbr_certificate_thumbprint=shown.thumbprint,
)
pulumi.export("certificate", {name: getattr(shown, name) for name in (
    "thumbprint", "subject", "issued_to", "issued_by", "valid_from", "valid_to", "serial_number", "server")})
"""


@pytest.fixture
def sim(simulator: StartSimulator) -> Simulator:
    return simulator(products=("vbr", "em"))


@pytest.fixture
def stack(embedded: Project, sim: Simulator) -> Project:
    (embedded.folder / "__main__.py").write_text(PROGRAM)
    for name, one in sim.connections().items():
        for key in ("url", "username", "password"):
            embedded.set(f"veeam:connections.{name}.{key}", one[key], path=True, secret=key == "password")
        embedded.set(f"veeam:connections.{name}.tls.ca_file", one["tls"]["ca_file"], path=True)
    return embedded


def kept(sim: Simulator) -> Any:
    """The thumbprint by which Enterprise Manager knows the server."""
    return (sim.lookup("em", "vbr01.lab.local") or {}).get("vbrCertificateThumbprint")


def sent(sim: Simulator) -> list[str]:
    """`vbr GET /path` of everything that was asked since the last look, logins and the search for a revision apart."""
    found = [f"{one.product} {one.method} {one.path}" for one in sim.requests()]
    sim.clear_requests()
    return [line for line in found if not line.endswith(("/serverTime", "/token", "/api/", "v=latest"))]


ASKED = "vbr GET /api/v1/serverCertificate"


def test_the_certificate_is_asked_once_and_remembered(stack: Project, sim: Simulator) -> None:
    assert stack.preview().exit_code == 0, stack.text
    assert sim.requests() == []

    result = stack.up()
    assert result.exit_code == 0, stack.text
    shown = result.outputs["certificate"]
    assert shown["thumbprint"] == sim.thumbprint("vbr", "sha1") == kept(sim)
    assert shown["server"] == sim.url("vbr").removeprefix("https://")
    assert shown["subject"] == shown["issued_to"] == "CN=localhost"
    assert shown["issued_by"] == "CN=Simulator throw-away CA"
    assert shown["valid_from"] < shown["valid_to"]
    assert int(shown["serial_number"], 16) > 0
    assert sent(sim).count(ASKED) == 1

    for again in (stack.preview, stack.up):
        assert again(expect_no_changes=True).exit_code == 0, stack.text
    assert sim.requests() == []


def test_no_login_is_needed(stack: Project, sim: Simulator) -> None:
    assert stack.up(
        target=["urn:pulumi:dev::small::pulumi-python:dynamic/veeam/vbr:ServerCertificate::certificate-of-vbr"]
    )
    assert {(one.method, one.path) for one in sim.requests("vbr")} == {
        ("GET", "/api/v1/serverTime"),
        ("GET", "/api/v1/serverCertificate"),
    }


def test_a_renewed_certificate_shows_in_a_refresh_and_reaches_enterprise_manager(
    stack: Project, sim: Simulator
) -> None:
    assert stack.up().exit_code == 0
    old = kept(sim)
    sim.fault("vbr", "certificate", at=0)
    new = sim.thumbprint("vbr", "sha1")
    assert new != old
    assert stack.up(expect_no_changes=True).exit_code == 0, stack.text  # without a refresh nobody looks
    sent(sim)

    assert stack.preview(refresh=True, expect_no_changes=True).exit_code == 7
    assert "vbr_certificate_thumbprint" in stack.text
    assert "1 to update" in stack.text
    assert sim.requests(writes_only=True) == []
    assert stack.up(refresh=True).exit_code == 0, stack.text
    assert kept(sim) == new
    assert stack.up(refresh=True, expect_no_changes=True).exit_code == 0, stack.text


def test_destroying_forgets_it_and_asks_the_server_nothing(stack: Project, sim: Simulator) -> None:
    assert stack.up().exit_code == 0
    sent(sim)
    assert stack.destroy().exit_code == 0, stack.text
    assert sim.requests("vbr") == []


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"kind": "status", "status": 500, "times": 0}, "vbr.ServerCertificate on "),
        ({"kind": "html", "times": 0}, "vbr.ServerCertificate on "),
    ],
)
def test_what_goes_wrong_names_the_server(stack: Project, sim: Simulator, fault: dict[str, Any], said: str) -> None:
    kind = fault.pop("kind")
    sim.fault("vbr", kind, path="/api/v1/serverCertificate", **fault)
    assert stack.up().exit_code != 0
    assert said in stack.text
    assert "connection vbr" in stack.text
    assert kept(sim) is None


def test_a_connection_that_is_not_there_is_refused_in_the_preview(stack: Project) -> None:
    program = (
        (stack.folder / "__main__.py")
        .read_text()
        .replace('get_server_certificate("vbr")', 'get_server_certificate("vbr-old")')
    )
    (stack.folder / "__main__.py").write_text(program)
    assert stack.preview().exit_code != 0
    assert "there is no connection 'vbr-old'" in stack.text
