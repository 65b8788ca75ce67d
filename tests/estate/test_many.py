"""Many accounts on many servers: requests are the pages of the lists, and a constant for each server."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import StartSimulator
from veeam_pulumi.estate import ask, census
from veeam_pulumi.products import sessions
from veeam_pulumi.server.connections import Connections


def test_requests_are_pages_and_a_constant(simulator: StartSimulator, tmp_path: Path) -> None:
    sim = simulator(products=("vbr",))
    for number in range(900):
        sim.drift("vbr", "add", rf"LAB\u{number:04}", {"roles": ["Backup Viewer"]})
    here = sim.connections()["vbr"]
    names = [f"vbr{number:02}" for number in range(5)]  # one server under five names, each read whole
    known = Connections(
        {name: {**here, "product": "vbr"} for name in names}, sessions=sessions(), warn=print, environ={}
    )
    sim.clear_requests()
    found = census.take(known)
    known.close()
    assert found.complete
    assert len(found.items) == 5 * 902
    pages = -(-902 // 200)
    for server in found.servers:
        assert server.rows == {"vbr.User": 902}
    assert len(sim.requests("vbr")) <= 5 * (pages + 6)  # revision, login, dialect, version, roles, logout


def test_thousands_of_grants_are_one_document(simulator: StartSimulator) -> None:
    sim = simulator(products=("vbr",))
    for number in range(300):
        sim.drift("vbr", "add", rf"LAB\u{number:04}", {"roles": ["Backup Administrator"]})
    known = Connections(sim.connections(), sessions=sessions(), warn=print, environ={})
    answers = ask.answers(ask.Estate(known), ask.Question())
    assert len(answers.asked["grants"]) == 302
    assert {one["rule"] for one in answers.asked["findings"]} >= {"ORP-1", "DEL-2"}
