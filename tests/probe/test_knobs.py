"""What nobody knows of the servers: a server that answers in the other way is named in the summary of a probe."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from tests.conftest import StartSimulator
from tests.probe.probing import lines, probed
from veeam_pulumi.probe import folder
from veeam_pulumi.probe.replay import differences
from veeam_pulumi.simulator import PRODUCTS

# The knobs of what nobody knows, without their product.
UNKNOWN = {
    "refusals", "rejected_token", "unauthorized", "not_found", "unknown_id", "unknown_user", "unknown_path",
    "login_errors", "server_time", "dates", "stored_port", "put_credentials", "rotation", "four_eyes", "error_body",
}  # fmt: skip
# (knobs, the question that names it, whether it could delete, duplicate or lock out)
READS = [
    ({"vbr.refusals": "empty"}, "no-token", False),
    ({"vbr.rejected_token": "body"}, "invented-token", False),
    ({"vbr.server_time": "missing"}, "time", False),
    ({"aws.refusals": "empty"}, "no-token", False),
    ({"aws.not_found": "empty"}, "unknown-id", False),
    ({"aws.not_found": "framework"}, "unknown-id", False),
    ({"aws.dates": "offset"}, "dates", False),
    ({"aws.dates": "z"}, "dates", False),
    ({"aws.release": "9", "aws.dates": "plain"}, "dates", False),
    ({"azure.refusals": "empty"}, "no-token", False),
    ({"azure.unknown_id": "400"}, "unknown-id", False),
    ({"em.refusals": "empty"}, "dead-session", False),
    ({"em.unknown_id": "400"}, "unknown-id", False),
    ({"em.unknown_id": "500"}, "unknown-id-xml", False),
    ({"m365.unauthorized": "error"}, "no-token", False),
    ({"m365.error_body": "empty"}, "unknown-id", False),
    ({"vspc.refusals": "empty"}, "no-token", False),
    ({"vspc.unknown_user": "1100"}, "unknown-id", False),
    ({"vspc.unknown_path": "404"}, "unknown-path", False),
]
WRITES = [
    ({"vbr.four_eyes": "on"}, "write-create", False),
    ({"vbr.four_eyes": "pending"}, "write-read", True),
    ({"em.stored_port": "443"}, "write-read", False),
    ({"aws.rotation": "ignored"}, "write-login-changed", True),
    ({"azure.rotation": "ignored"}, "write-login-changed", True),
    ({"vspc.rotation": "ignored"}, "write-login-changed", True),
    ({"aws.login_errors": "oauth"}, "write-login-removed", False),
    ({"azure.login_errors": "oauth"}, "write-login-removed", False),
]
NEVER = {
    "em.put_credentials": "Enterprise Manager shows credentials to nobody, and the probe's server is used by none",
    "vbr.login_errors": "only a wrong password of an account of the directory would show it",
    "m365.login_errors": "likewise",
    "vspc.login_errors": "the console's own words are OAuth's",
    "m365.refusals": "its refusals are without a body as it is: `unauthorized` is the knob",
}
"""What no probe can see, and why."""
CASES = [
    pytest.param(knobs, question, harmful, write, id=" ".join(f"{name}={value}" for name, value in knobs.items()))
    for write, cases in ((False, READS), (True, WRITES))
    for knobs, question, harmful in cases
]


def test_every_knob_of_what_nobody_knows_is_seen_by_a_probe_or_cannot_be() -> None:
    knobs = [one for product in PRODUCTS for one in import_module(f"veeam_pulumi.simulator.{product}.knobs").KNOBS]
    there = {knob.name for knob in knobs if knob.name.partition(".")[2] in UNKNOWN}
    named = {name for given, _, _ in (*READS, *WRITES) for name in given if not name.endswith(".release")}
    assert there == named | NEVER.keys()
    assert not named & NEVER.keys()


@pytest.mark.parametrize(("knobs", "question", "harmful", "write"), CASES)
def test_a_server_that_answers_in_the_other_way_is_named(
    simulator: StartSimulator, tmp_path: Path, knobs: dict[str, str], question: str, harmful: bool, write: bool
) -> None:
    product = next(iter(knobs)).partition(".")[0]
    sim = simulator(knobs, products=(product,))
    before = sim.objects(product)
    code, made, _ = probed(sim, product, tmp_path / "out", write=write)
    line = lines(made)[question]
    assert "**otherwise**" in line
    assert ("(could " in line) == harmful
    assert code == harmful
    assert sim.objects(product) == before
    if not write and question != "dates":  # the form of a value is nothing that a comparison looks at
        assert any(one.startswith(f"{question}: ") for one in differences(folder.read(made)))
