"""What a preview with --refresh needs: the least accounts of docs/environments.md, which can read and not write."""

from __future__ import annotations

from collections.abc import Callable

from tests.conftest import StartSimulator
from tests.stacks.conftest import Stack
from veeam_pulumi.simulator.vspc.seeds import READ_ONLY_API_KEY


def test_a_key_that_only_reads_is_enough_for_a_refresh_of_tenants(open_stack: Callable[..., Stack]) -> None:
    tenants = open_stack("tenants", vspc="vspc")
    tenants.run("up")
    tenants.environ |= {"VEEAM_VSPC_TOKEN": READ_ONLY_API_KEY, "VEEAM_VSPC_READ_ONLY": "true"}
    tenants.sim.drift("vspc", "update", "m.jones", {"role": "CompanyAdministrator"})
    tenants.run("preview", refresh=True, expect_no_changes=True, expect=7)
    assert "~role" in tenants.text
    assert tenants.sim.requests(writes_only=True) == []
    tenants.run("up", refresh=True, expect=1)
    assert tenants.sim.lookup("vspc", "m.jones")["role"] == "CompanyAdministrator"  # type: ignore[index]


def test_a_portal_user_is_enough_for_a_refresh_of_servers(
    open_stack: Callable[..., Stack], simulator: StartSimulator
) -> None:
    servers = open_stack("servers", em="em", vbr01="vbr", vbr02="vbr")
    servers.lead("vbr02", simulator(products=("vbr",)), "vbr")
    servers.run("up")
    servers.sim.drift("em", "add", r"LAB\viewer", {"role": "Portal User", "password": "Viewer-9"})
    servers.environ |= {"VEEAM_EM_USERNAME": r"LAB\viewer", "VEEAM_EM_PASSWORD": "Viewer-9"}
    servers.sim.drift("em", "update", "vbr01.lab.local", {"description": "by hand"})
    servers.run("preview", refresh=True, expect_no_changes=True, expect=7)
    assert "~description" in servers.text
    assert servers.sim.requests(writes_only=True) == []
    servers.run("up", refresh=True, expect=1)
    assert "Portal Administrator" in servers.text
    assert servers.sim.lookup("em", "vbr01.lab.local")["description"] == "by hand"  # type: ignore[index]
