"""How wide a state is: on an engine, that is what an object costs.

What the program does not say and is as declared is in no state. Absent means default: drift on it shows all the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pulumi.dynamic import ConfigureRequest
from pulumi.dynamic.config import Config

from tests import specimens
from tests.specimens import Specimen
from veeam_pulumi.dynamic import load, process, provider
from veeam_pulumi.estate.managed import of_pulumi
from veeam_pulumi.policy.resources import of_document
from veeam_pulumi.products import complete, resources
from veeam_pulumi.review import preview
from veeam_pulumi.simulator import Simulator

PASSWORD = "Canary-bdFH-9"
WIDTH = {
    "aws.User": (3, 8),
    "azure.User": (4, 8),
    "em.Account": (2, 6),
    "em.BackupServer": (4, 12),
    "m365.RestoreRole": (6, 12),
    "vbr.Credential Standard": (3, 7),
    "vbr.Credential Linux": (4, 8),
    "vbr.Role": (8, 11),
    "vbr.ManagedServer vsphere": (5, 11),
    "vbr.ManagedServer linux": (5, 10),
    "vbr.ManagedServer single-use": (8, 13),
    "vbr.ManagedServer windows": (5, 9),
    "vbr.ManagedServer hyper-v": (5, 10),
    "vbr.ManagedServer cluster": (5, 10),
    "vbr.ManagedServer scvmm": (5, 10),
    "vbr.User security": (2, 6),
    "vbr.User users": (3, 8),
    "vspc.Company": (5, 8),
    "vspc.User direct": (5, 8),
    "vspc.LocalUserRule": (6, 8),
    "vspc.ApiKey": (2, 7),
    "vspc.User async": (5, 8),
    "vspc.User disabled": (6, 9),
}
"""Properties of inputs and of outputs in the state of each specimen, without the provider's."""


@pytest.fixture(autouse=True)
def configured(sim: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A configured plugin process, as it were: this one."""
    monkeypatch.setattr(provider, "_connections", None)
    monkeypatch.setattr(provider, "_config", None)
    monkeypatch.setattr("sys.argv", ["plugin"])
    monkeypatch.chdir(tmp_path)
    load("vbr.User").configure(ConfigureRequest(Config({"veeam:connections": json.dumps(sim.connections())}, "conf")))
    yield
    provider.connections().close()


def of(kind: str) -> Any:
    """The provider of a kind."""
    return load(kind)


@pytest.mark.parametrize("one", specimens.ALL, ids=[one.label for one in specimens.ALL])
def test_a_state_holds_what_the_program_says_and_what_the_server_adds(
    one: Specimen, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    sim.set(**one.knobs)
    dynamic, spec, said = of(one.kind), resources()[one.kind], one.inputs(password=PASSWORD)
    checked = dynamic.check({}, said)
    assert (checked.failures, checked.inputs) == ([], said)
    made = dynamic.create(said)
    outs: dict[str, Any] = made.outs or {}
    assert said.keys() <= outs.keys()
    assert {name for name in outs.keys() - said.keys() if outs[name] == spec.defaults.get(name)} == set()
    assert (len(checked.inputs), len(outs)) == WIDTH[one.label]

    monkeypatch.setattr(process, "given", lambda: {*said})
    seen = dynamic.read(made.id, outs)
    assert (seen.outs.keys(), seen.inputs) == (outs.keys(), {name: outs[name] for name in said})
    assert dynamic.diff(made.id, seen.outs, said).changes is False
    changed = dynamic.update(made.id, outs, one.inputs("changed", PASSWORD)).outs or {}
    assert len(changed) <= len(outs) + len(one.inputs("changed", PASSWORD).keys() - said.keys())
    dynamic.delete(made.id, changed)


def user(**more: Any) -> dict[str, Any]:
    return specimens.specimen("vspc.User").inputs(password=PASSWORD, **more)


def test_drift_on_what_nobody_says_shows_and_is_put_right(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    vspc, said = of("vspc.User"), user()
    made = vspc.create(said)
    sim.drift("vspc", "update", "s.smith", {"status": "Disabled"})
    monkeypatch.setattr(process, "given", lambda: {*said})
    seen = vspc.read(made.id, made.outs)
    assert seen.outs == {**made.outs, "status": "Disabled"}
    assert seen.inputs == {**said, "status": "Disabled"}
    assert vspc.diff(made.id, seen.outs, said).changes is True
    # The engine shows the difference of the inputs: from what it is to what it is declared as.
    wanted = vspc.check(seen.inputs, said).inputs
    assert wanted == {**said, "status": "Enabled"}
    updated = vspc.update(made.id, seen.outs, wanted)
    assert (sim.lookup("vspc", "s.smith") or {})["status"] == "Enabled"
    assert vspc.check(wanted, said).inputs == said
    assert vspc.diff(made.id, updated.outs, said).changes is False
    assert vspc.read(made.id, updated.outs).outs == made.outs


def test_a_refresh_narrows_the_state_of_an_earlier_release_once_its_inputs_are(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    vspc, said = of("vspc.User"), user()
    made = vspc.create(said)
    inputs = complete("vspc.User", said)
    wide = {**inputs, **made.outs, "adopted": False}
    monkeypatch.setattr(process, "given", lambda: {*inputs})
    assert vspc.read(made.id, wide).outs == {**inputs, **made.outs}
    assert vspc.diff(made.id, wide, said).changes is False
    assert vspc.check(inputs, said).inputs == said
    # Beside a change nothing is shown as removed.
    assert vspc.check(inputs, user(role="CompanyTenant")).inputs == {
        **inputs,
        "role": "CompanyTenant",
    }
    monkeypatch.setattr(process, "given", lambda: {*said})
    assert vspc.read(made.id, wide).outs == made.outs


def test_an_argument_that_is_no_longer_said_is_shown_with_its_default(sim: Simulator) -> None:
    vspc, said = of("vspc.User"), user()
    assert vspc.check(user(status="Disabled"), said).inputs == {**said, "status": "Enabled"}
    assert vspc.diff("1", {**said, "status": "Disabled", "server": "x", "schema": 1}, said).changes is True


def test_of_an_adopted_object_state_has_all_and_making_it_ours_shows_all(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = specimens.specimen("vspc.User")
    one.add(sim, PASSWORD)
    sim.drift("vspc", "update", "s.smith", {"status": "Disabled"})
    vspc, said = of("vspc.User"), {**one.adopting()}
    made = vspc.create(vspc.check({}, said).inputs)
    assert made.outs["adopted"] is True
    assert made.outs["status"] == "Disabled"
    assert made.outs.keys() >= resources()["vspc.User"].defaults.keys() - {"verify_password"}
    monkeypatch.setattr(process, "given", lambda: {*said})
    seen = vspc.read(made.id, made.outs)
    assert (seen.outs, seen.inputs) == (made.outs, said)
    shown = complete("vspc.User", user())
    del shown["connection"]  # which is where it was, adopted or not
    assert vspc.check(said, user()).inputs == shown


def test_what_is_only_read_is_shown_as_it_is(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    vspc = of("vspc.User")
    made = vspc.create(user())
    monkeypatch.setattr(process, "given", lambda: {"connection"})
    seen = vspc.read(made.id, {"connection": "vspc"})
    assert seen.outs["status"] == "Enabled"
    assert vspc.read(made.id, seen.outs).outs == seen.outs


@pytest.mark.parametrize("one", specimens.ALL, ids=[one.label for one in specimens.ALL])
def test_reviews_policies_and_reports_read_the_same_in_a_state_that_is_as_wide_as_can_be(one: Specimen) -> None:
    module, _, name = one.kind.partition(".")
    token, said = f"pulumi-python:dynamic/veeam/{module}:{name}", one.inputs(password=PASSWORD)

    def read(inputs: dict[str, Any], outputs: dict[str, Any]) -> tuple[Any, ...]:
        urn, code = f"urn:pulumi:dev::conf::{token}::one", {"__provider": one.golden}
        entry = {"urn": urn, "type": token, "id": "1", "custom": True}
        entry |= {"inputs": {**inputs, **code}, "outputs": {**outputs, **code}}
        steps = [{"op": "same", "urn": urn, "oldState": entry, "newState": entry}]
        (change,) = preview.read(json.dumps({"steps": steps, "changeSummary": {"same": 1}}).encode()).changes
        (managed,) = of_pulumi({"resources": [entry]})
        (judged,) = of_document({"deployment": {"resources": [entry]}})
        assert judged.values == {**judged.values, **resources()[one.kind].defaults, **said}
        seen = (change.before, change.after, change.intended, change.drifted)
        return (*seen, managed.connection, managed.values, judged.grant, judged.values)

    added = {"schema": 1, "server": "server:443"}
    wide = complete(one.kind, said)
    assert read(said, {**said, **added}) == read(wide, {**wide, **added})
