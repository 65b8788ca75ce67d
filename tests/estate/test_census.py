"""The census against the simulated servers: complete lists, and how each object stands to us."""

from __future__ import annotations

from veeam_pulumi.estate import census, managed
from veeam_pulumi.products import sessions
from veeam_pulumi.server.connections import Connections
from veeam_pulumi.simulator import Simulator


def test_every_server_is_read_whole(connections: Connections) -> None:
    found = census.take(connections)
    assert found.complete
    assert {one.product for one in found.servers} >= {"aws", "em", "vbr", "vspc"}
    for server in found.servers:
        assert sum(server.rows.values()) == len([one for one in found.items if one.connection == server.connection])
        assert server.at is not None


def test_the_own_login_and_what_is_built_in_are_told_from_what_nobody_declared(connections: Connections) -> None:
    found = census.take(connections)
    for connection in ("aws", "vbr", "vspc"):
        standings = [one.standing for one in found.items if one.connection == connection]
        assert standings.count("own login") == 1, connection


def test_what_a_state_holds_is_managed_and_what_it_only_has_is_missing(
    by_hand: Simulator, connections: Connections
) -> None:
    first = next(one for one in census.take(connections, only=["vbr"]).items if one.standing == "unmanaged")
    held = [
        managed.Managed("vbr.User", "vbr", first.id.upper(), "urn:here", adopted=True),
        managed.Managed("vbr.User", "vbr", "00000000-0000-0000-0000-00000000dead", "urn:gone"),
        managed.Managed("aws.User", "aws", "elsewhere", "urn:not-read"),
    ]
    found = census.take(connections, held, only=["vbr"])
    assert next(one for one in found.items if one.id == first.id).standing == "adopted"
    assert [one.address for one in found.missing] == ["urn:gone"]


def test_a_name_that_only_looks_like_a_managed_one_is_unmanaged(sim: Simulator, connections: Connections) -> None:
    for name in ("strasse", "stra\u00dfe", "mi\u212ae"):  # the last has a Kelvin sign for its k
        sim.drift("aws", "add", name, {"description": "by hand"})
    held = [managed.Managed("aws.User", "aws", name, f"urn:{name}") for name in ("STRASSE", "mike")]
    found = census.take(connections, held, only=["aws"])
    standings = {one.id: one.standing for one in found.items}
    assert (standings["strasse"], standings["stra\u00dfe"], standings["mi\u212ae"]) == (
        "managed",
        "unmanaged",
        "unmanaged",
    )
    assert [one.address for one in found.missing] == ["urn:mike"]


def test_a_server_that_cannot_be_read_makes_the_census_incomplete(sim: Simulator) -> None:
    settings = {**sim.connections()["aws"], "url": "https://127.0.0.1:9", "deadline": 3}
    known = Connections({"aws": settings}, sessions=sessions(), warn=lambda text: None, environ={})
    found = census.take(known)
    known.close()
    assert not found.complete
    assert found.items == []
    assert "no connection" in found.servers[0].problem
