"""Managed servers in the census: objects that are listed, taken over, and nobody's accounts."""

from __future__ import annotations

from tests.conftest import StartSimulator
from tests.specimens import VBR_SERVER
from veeam_pulumi.estate import census, draft
from veeam_pulumi.estate.inventory import inventory, principal
from veeam_pulumi.estate.people import join
from veeam_pulumi.products import sessions
from veeam_pulumi.server.connections import Connections


def test_they_are_shown_and_nobody_gets_a_right_by_them(simulator: StartSimulator) -> None:
    sim = simulator({"vbr.own_server": "listed"}, products=("vbr",))
    VBR_SERVER.add(sim)
    known = Connections(sim.connections(), sessions=sessions(), warn=print, environ={})
    found = census.take(known)
    known.close()
    items = {one.values["name"]: one for one in found.items if one.kind == "vbr.ManagedServer"}
    assert {name: (one.standing, principal(one)) for name, one in items.items()} == {
        "vbr01.lab.local": ("built in", "server"),
        "pve01.lab.local": ("unmanaged", "server"),
        "esx01.lab.local": ("unmanaged", "server"),
    }
    listed = {one["name"] for one in inventory(found)["objects"] if one["kind"] == "vbr.ManagedServer"}
    assert listed == {"esx01.lab.local ViHost", "pve01.lab.local ProxmoxNode", "vbr01.lab.local WindowsHost"}
    assert {item.kind for person in join(found.items, []) for item in person.items} == {"vbr.User"}
    # What discover would write takes the server over as it is; a type without a model cannot be declared.
    assert draft.problem(items["esx01.lab.local"]) == ""
    assert draft.declared(items["esx01.lab.local"])["type"] == "ViHost"
    assert "must be one of" in draft.problem(items["pve01.lab.local"])
