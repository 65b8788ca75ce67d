"""The shell around a certificate, in process: what each answer of Pulumi's form holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pulumi
import pytest
from pulumi.dynamic import ConfigureRequest
from pulumi.dynamic.config import Config
from pulumi.output import Unknown

import veeam_pulumi as veeam
from tests.conftest import StartSimulator
from veeam_pulumi.dynamic import load, provider
from veeam_pulumi.simulator import Simulator

KIND = "vbr.ServerCertificate"


@pytest.fixture
def sim(simulator: StartSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A configured plugin process, as it were: this one."""
    sim = simulator(products=("vbr", "em"))
    monkeypatch.setattr(provider, "_connections", None)
    monkeypatch.setattr(provider, "_config", None)
    monkeypatch.setattr("sys.argv", ["plugin"])
    monkeypatch.chdir(tmp_path)
    connections = sim.connections()
    connections["old"] = {**connections["vbr"]}
    load(KIND).configure(ConfigureRequest(Config({"veeam:connections": json.dumps(connections)}, "conf")))
    yield sim
    provider.connections().close()


def test_the_life_of_a_certificate(sim: Simulator) -> None:
    shell = load(KIND)
    inputs = {"connection": "vbr", "__provider": "x"}
    assert shell.check({}, inputs).failures == []
    made = shell.create(inputs)
    assert made.id == sim.url("vbr").removeprefix("https://")
    assert made.outs is not None
    assert made.outs["thumbprint"] == sim.thumbprint("vbr", "sha1")
    assert "__provider" not in made.outs

    assert shell.diff(made.id, made.outs, inputs).changes is False
    sim.fault("vbr", "certificate", at=0)
    seen = shell.read(made.id, made.outs)
    assert (seen.id, seen.inputs) == (made.id, {"connection": "vbr"})
    assert seen.outs is not None
    assert seen.outs["thumbprint"] == sim.thumbprint("vbr", "sha1") != made.outs["thumbprint"]

    found = shell.diff(made.id, made.outs, {"connection": "old"})
    assert (found.changes, found.replaces) == (True, [])
    updated = shell.update(made.id, made.outs, {"connection": "old"}).outs
    assert updated is not None
    assert updated["connection"] == "old"
    sim.clear_requests()
    shell.delete(made.id, updated)
    assert sim.requests() == []


def test_a_connection_that_cannot_be_is_told_by_check(sim: Simulator) -> None:
    def said(connection: object) -> list[str]:
        return [one.reason for one in load(KIND).check({}, {"connection": connection}).failures]

    assert "there is no connection 'nope'" in said("nope")[0]
    assert "is of product em, this resource needs vbr" in said("em")[0]
    assert said(Unknown()) == []  # type: ignore[no-untyped-call]
    assert sim.requests() == []


def test_options_that_cannot_work_are_refused() -> None:
    with pytest.raises(veeam.errors.InvalidInput, match="the option import_ does not work"):
        veeam.vbr.ServerCertificate("x", opts=pulumi.ResourceOptions(import_="vbr01:9419"))
