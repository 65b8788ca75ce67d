"""Many accounts on many servers: requests are the pages of the lists, and a constant for each server."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.conftest import StartSimulator
from veeam_pulumi.estate import ask, census, draft
from veeam_pulumi.estate.decisions import Decisions
from veeam_pulumi.products import sessions
from veeam_pulumi.server.connections import Connections
from veeam_pulumi.simulator import Simulator

SERVERS, ACCOUNTS = 50, 100


def estate(sim: Simulator, servers: int) -> Connections:
    """So many connections, each read whole, to one simulated server."""
    here = {**sim.connections()["vbr"], "product": "vbr"}
    names = [f"vbr{number:02}" for number in range(servers)]
    return Connections(dict.fromkeys(names, here), sessions=sessions(), warn=print, environ={})


def asked(sim: Simulator) -> Counter[str]:
    """Requests by method and path, ids as `*`."""
    return Counter(f"{one.method} {re.sub('[0-9a-f-]{36}', '*', one.path)}" for one in sim.requests("vbr"))


def populate(sim: Simulator, number: int) -> None:
    """So many users, with those of the installation."""
    for count in range(number - 2):
        roles = [
            "Backup Administrator" if count % 10 == 0 else "Restore Operator" if count % 10 == 1 else "Backup Viewer"
        ]
        sim.drift("vbr", "add", rf"LAB\u{count:04}", {"roles": roles})


def test_five_thousand_accounts_on_fifty_servers_cost_pages_and_a_constant(simulator: StartSimulator) -> None:
    sim = simulator({"vbr.page_size": 40}, products=("vbr",))
    populate(sim, ACCOUNTS)
    known = estate(sim, SERVERS)
    sim.clear_requests()
    answers = ask.answers(ask.Estate(known), ask.Question("anything"))
    assert answers.asked["complete"]
    assert len(answers.asked["grants"]) == SERVERS * ACCOUNTS == 5000
    pages = -(-ACCOUNTS // 40)
    each = {
        "GET /api/v1/serverTime": 2,  # the newest revision is refused, the next is spoken
        "POST /api/oauth2/token": 1,
        "GET /api/v1/security/users": 1 + pages,  # which dialect; every page
        "GET /api/v1/security/roles": 1,
        "GET /api/v1/credentials": 1,
        "GET /api/v1/backupInfrastructure/managedServers": 1,
        "GET /api/v1/security/roles/*/permissions": 3,  # one for each role that somebody has
        "GET /api/v1/serverInfo": 1,
        "POST /api/oauth2/logout": 1,
    }
    assert asked(sim) == {request: SERVERS * number for request, number in each.items()}


@pytest.mark.parametrize("build", ["13.0.1.180", "13.1.0.411"])
def test_more_accounts_cost_their_pages_alone(simulator: StartSimulator, build: str) -> None:
    sim = simulator({"vbr.build": build, "vbr.page_size": 20}, products=("vbr",))
    counts = []
    for number in (40, 120):
        sim.reset()
        populate(sim, number)
        sim.clear_requests()
        known = estate(sim, 2)
        found = census.take(known)
        known.close()
        assert [server.rows["vbr.User"] for server in found.servers] == [number, number]
        counts.append(asked(sim))
    assert counts[1] - counts[0] == {"GET /api/v1/security/users": 2 * 4}  # 6 pages instead of 2
    assert counts[0] - counts[1] == {}


def test_two_thousand_accounts_on_twenty_servers_are_a_hundred_people(
    simulator: StartSimulator,
) -> None:
    sim = simulator(products=("vbr",))
    for number in range(100):
        sim.drift("vbr", "add", rf"LAB\u{number:04}", {"roles": ["Backup Viewer"]})
    known = estate(sim, 20)
    found = census.take(known)
    lines = draft.decide(found, Decisions(), [], [])
    known.close()
    entries, rest = draft.drafts(found.items, lines, {})
    assert sum(server.rows["vbr.User"] for server in found.servers) == 20 * 102
    assert (len(entries), rest) == (100, [])
    assert len(draft.share(entries, {})) == 1
    pages, beside = 1, 11  # revision twice, login, dialect, version, roles, what two may, credentials, servers, logout
    assert len(sim.requests()) == 20 * (pages + beside)


def test_thousands_of_grants_are_one_document(simulator: StartSimulator) -> None:
    sim = simulator(products=("vbr",))
    for number in range(300):
        sim.drift("vbr", "add", rf"LAB\u{number:04}", {"roles": ["Backup Administrator"]})
    known = Connections(sim.connections(), sessions=sessions(), warn=print, environ={})
    answers = ask.answers(ask.Estate(known), ask.Question())
    assert len(answers.asked["grants"]) == 302
    assert {one["rule"] for one in answers.asked["findings"]} >= {"ORP-1", "DEL-2"}
