"""What a backup server goes on with after its answer, on an engine: sessions that get lost, and a server that restarts.

Whatever happens, one server is managed, and the state knows it: no duplicate, no orphan.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.test_lives import LIVED, Stack, stack  # noqa: F401 - a fixture
from veeam_pulumi.simulator import Simulator

SERVER = LIVED["vbr.ManagedServer vsphere"]
PROGRAM = SERVER.program(SERVER.first)
ADOPTING = SERVER.program(SERVER.kept)


def held(sim: Simulator) -> list[str]:
    return [row["id"] for row in sim.objects("vbr")["managedServers"] if row["name"] == SERVER.name]


def creates(one: Stack) -> int:
    return len([sent for sent in one.sim.requests("vbr") if (sent.method, sent.write) == ("POST", True)])


def begin(stack: Any, seconds: float, **knobs: Any) -> Stack:  # noqa: F811
    one: Stack = stack(SERVER)
    one.project.environ["VEEAM_VBR_DEADLINE"] = str(seconds)
    one.sim.set(**knobs)
    return one


def settled(one: Stack) -> None:
    """The next `up` has nothing to do, and what the state holds is what the server has."""
    one.run("refresh")
    one.up(PROGRAM)
    assert one.writes() == []
    (id,) = held(one.sim)
    deployment = one.project.export()["deployment"]
    assert [row["id"] for row in deployment["resources"] if row["urn"].endswith("::user")] == [id]


def test_a_session_that_is_lost_although_its_work_is_done(stack: Any) -> None:  # noqa: F811
    one = begin(stack, 60, **{"vbr.session_lost": "done"})
    one.up(PROGRAM)
    assert creates(one) == 1
    settled(one)
    one.run("destroy")
    assert held(one.sim) == []


def test_a_session_that_is_lost_with_its_work_is_not_repeated_by_that_run(
    stack: Any,  # noqa: F811
) -> None:
    one = begin(stack, 6, **{"vbr.session_lost": "undone"})
    one.run("up", PROGRAM, expect=1)
    assert "its session got lost" in one.project.said
    assert (creates(one), held(one.sim), one.state()) == (1, [], {})
    one.sim.set(**{"vbr.session_lost": "off"})
    one.up(PROGRAM)
    assert creates(one) == 1
    settled(one)


def test_a_lost_session_whose_work_is_done_later_is_adopted_and_made_ours(
    stack: Any,  # noqa: F811
) -> None:
    one = begin(stack, 6, **{"vbr.session_lost": "done", "vbr.session_seconds": 3600})
    one.run("up", PROGRAM, expect=1)
    assert creates(one) == 1
    one.sim.advance(3600)
    one.sim.set(**{"vbr.session_lost": "off", "vbr.session_seconds": 0})
    one.run("up", PROGRAM, expect=1)
    assert "it exists already" in one.project.said
    assert "adopt=True" in one.project.said
    assert one.writes() == []
    one.up(ADOPTING)
    assert one.writes() == []
    one.up(PROGRAM)
    settled(one)


@pytest.mark.parametrize("lost", ["off", "done"])
def test_a_server_that_restarts_while_its_session_runs(
    stack: Any,  # noqa: F811
    lost: str,
) -> None:
    """Tokens are void, nobody listens for a moment; afterwards the session is still there, or forgotten."""
    one = begin(stack, 90, **{"vbr.session_seconds": 2, "vbr.session_lost": lost})
    one.sim.fault("vbr", "expire_token", path="/api/v1/sessions/*", keep_refresh=False)
    one.sim.fault("vbr", "refuse", path="/api/v1/sessions/*", at=2, connections=2)
    (one.project.folder / "__main__.py").write_text("import pulumi\nimport veeam_pulumi as veeam\n" + PROGRAM)
    result = one.project.up()
    assert result.exit_code == 0, one.project.text
    assert (creates(one), len(held(one.sim))) == (1, 1)
    settled(one)
