"""stacks/servers on an engine: registered with the thumbprints that the servers show, one password in one place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import StartSimulator
from tests.stacks.conftest import Stack
from veeam_pulumi.simulator import Simulator

FIRST, SECOND = "Simulated-C0llector", "Rotated-C0llector-9"


@pytest.fixture
def second(simulator: StartSimulator) -> Simulator:
    """The other backup server: one that showed the first one's certificate would be the same server."""
    return simulator(products=("vbr",))


@pytest.fixture
def servers(open_stack: Callable[..., Stack], second: Simulator) -> Stack:
    servers = open_stack("servers", em="em", vbr01="vbr", vbr02="vbr")
    servers.lead("vbr02", second, "vbr")
    return servers


def test_the_whole_life(servers: Stack, second: Simulator) -> None:
    sim = servers.sim
    servers.run("preview")
    assert "─ pulumi-python:dynamic/veeam/em:BackupServer vbr02" in servers.text
    assert sim.requests() == []

    outputs = servers.run("up").outputs
    thumbprint, other = sim.thumbprint("vbr", "sha1"), second.thumbprint("vbr", "sha1")
    assert outputs["thumbprints"] == {"vbr01": thumbprint, "vbr02": other}
    registered = {one["address"]: one for one in sim.objects("em")["servers"]}
    assert {address: (one["description"], one["vbrCertificateThumbprint"]) for address, one in registered.items()} == {
        "vbr01.lab.local": ("Columbus", thumbprint),
        "vbr02.lab.local": ("Dayton", other),
    }
    assert sim.can_login("em", r"LAB\svc-em", FIRST)
    assert {one.path for one in sim.requests("vbr")} == {"/api/v1/serverTime", "/api/v1/serverCertificate"}

    for operation in ("preview", "up"):
        servers.run(operation, expect_no_changes=True)
        assert sim.requests() == []

    # One secret, one request for each server; nothing else is sent.
    servers.config().set("password", SECOND, secret=True)
    servers.run("preview")
    assert "2 to update" in servers.text
    assert sim.requests() == []
    servers.run("up")
    assert servers.sent() == ["em PUT", "em PUT"]
    assert sim.can_login("em", r"LAB\svc-em", SECOND)
    assert not sim.can_login("em", r"LAB\svc-em", FIRST)
    servers.run("up", expect_no_changes=True)

    # One server goes, and what another one is called changes.
    servers.changed("  vbr02: {address: vbr02.lab.local, description: Dayton}\n", "", "servers.yaml")
    servers.changed("Columbus}\n\nstaging", "Cincinnati}\n\nstaging", "servers.yaml")
    servers.run("up")
    assert sorted(servers.sent()) == ["em DELETE", "em PUT"]
    assert [one["description"] for one in sim.objects("em")["servers"]] == ["Cincinnati"]

    # The certificate is renewed: a refresh sees it, and Enterprise Manager learns of it.
    sim.fault("vbr", "certificate", at=0)
    servers.run("preview", refresh=True, expect=7, expect_no_changes=True)
    assert sim.requests(writes_only=True) == []
    servers.run("up", refresh=True)
    assert servers.sent() == ["em PUT"]
    assert [one["vbrCertificateThumbprint"] for one in sim.objects("em")["servers"]] == [sim.thumbprint("vbr", "sha1")]
    assert sim.thumbprint("vbr", "sha1") != thumbprint

    servers.run("destroy")
    assert servers.sent() == ["em DELETE"]
    assert sim.objects("em")["servers"] == []
    assert FIRST not in servers.state()
    assert SECOND not in servers.state()


def test_a_server_that_is_there_is_taken_over_as_it_is(servers: Stack) -> None:
    sim = servers.sim
    by_hand = {"description": "by hand", "username": r"LAB\\old", "password": "Old-C0llector-1"}
    sim.drift("em", "add", "vbr01.lab.local", by_hand)
    found = sim.objects("em")["servers"]
    servers.changed(
        "{address: vbr01.lab.local, description: Columbus}", "{address: vbr01.lab.local, adopt: true}", "servers.yaml"
    )
    servers.changed("  vbr02: {address: vbr02.lab.local, description: Dayton}\n", "", "servers.yaml")

    servers.run("up")
    assert servers.sent() == []
    assert sim.objects("em")["servers"] == found
    assert sim.requests("vbr") == []  # nobody's certificate is asked for
    servers.run("up", expect_no_changes=True)

    # What the file says later is set, and nothing else.
    servers.changed("adopt: true}", "adopt: true, description: Columbus}", "servers.yaml")
    servers.run("up")
    assert servers.sent() == ["em PUT"]
    assert [one["description"] for one in sim.objects("em")["servers"]] == ["Columbus"]

    # Without `adopt` it is ours, with the account of all.
    servers.changed("adopt: true, ", "", "servers.yaml")
    servers.run("up")
    assert servers.sent() == ["em PUT"]
    assert sim.can_login("em", r"LAB\svc-em", FIRST)
    servers.run("destroy")
    assert sim.objects("em")["servers"] == []


def test_an_adopted_server_stays_when_its_entry_goes(servers: Stack) -> None:
    servers.sim.drift("em", "add", "vbr01.lab.local", {"description": "by hand"})
    servers.changed("description: Columbus}", "adopt: true}", "servers.yaml")
    servers.run("up")
    servers.run("destroy")
    assert [one["address"] for one in servers.sim.objects("em")["servers"]] == ["vbr01.lab.local"]


def test_mistakes_end_the_run_before_any_request(servers: Stack) -> None:
    servers.changed("dev:\n", "dev:\n  Vbr 0: {adress: vbr00}\n  vbr01b: {address: VBR01.lab.local}\n", "servers.yaml")
    servers.run("up", expect=1)
    for line in (
        "servers.yaml:4: dev.Vbr 0.address: is missing",
        "servers.yaml:4: dev.Vbr 0.adress: unknown field; known fields: address,",
        "servers.yaml:6: dev.vbr01.address: 'vbr01.lab.local' is dev.vbr01b's already",
    ):
        assert line in servers.text
    assert "Traceback" not in servers.text
    assert servers.sim.requests() == []
    assert servers.sim.objects("em")["servers"] == []


def test_a_server_without_a_connection_is_told_in_the_preview(servers: Stack) -> None:
    servers.changed("dev:\n", "dev:\n  vbr03: {address: vbr03.lab.local}\n", "servers.yaml")
    servers.run("preview", expect=1)
    assert "there is no connection 'vbr03', did you mean 'vbr02'? (known: em, vbr01, vbr02)" in servers.text
    assert "config set --path 'veeam:connections.vbr03.url'" in servers.text
    assert servers.sim.requests() == []


@pytest.mark.parametrize(("stack", "count"), [("staging", 1), ("prod", 3)])
def test_other_environments_have_other_servers_and_a_preview_needs_none_of_them(
    open_stack: Callable[..., Stack], stack: str, count: int
) -> None:
    one = open_stack("servers", stack)
    one.config().set("password", FIRST, secret=True)
    one.config().set("veeam:connections.em.password", FIRST, path=True, secret=True)
    one.run("preview")
    assert one.text.count("em:BackupServer") == count
