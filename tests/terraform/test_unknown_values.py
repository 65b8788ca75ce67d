"""Values that only the run will tell, in every argument of every kind: plan, plan again, apply, as Terraform does it.

What Terraform refuses of a provider is refused here: what a plan says is known stays so, and what is applied is what
was planned. Whole configurations of such values are applied by Terraform itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import specimens
from tests.specimens import Specimen
from tests.terraform.conftest import Folder
from tests.terraform.test_lives import KIND_OF, TOGETHER, hcl
from veeam_pulumi.resource.fields import UNKNOWN, has_unknown
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.terraform.managed import Managed
from veeam_pulumi.terraform.messages import message
from veeam_pulumi.terraform.provider import Provider
from veeam_pulumi.terraform.schema import filled, type_name
from veeam_pulumi.terraform.values import decode, encode, inside, outside

PASSWORD = "Canary-Later-7wQz"
Values = dict[str, Any]


@pytest.fixture
def provider(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    for key, value in sim.variables().items():
        monkeypatch.setenv(key, value)
    found = Provider()
    yield found
    found.close()


def begin_walk(provider: Provider) -> None:
    """As Terraform does before it plans, and before it applies."""
    config = encode({"connections": None, "max_deletes": None, "protect_imported": None})
    answer = provider.answer("ConfigureProvider", message("ConfigureProviderRequest", config=config))
    assert answer.diagnostics == []


def call(provider: Provider, method: str, managed: Managed, **fields: Any) -> Any:
    given = {name: encode(outside(value)) if name != "planned_private" else value for name, value in fields.items()}
    answer = provider.answer(method, message(f"{method}Request", type_name=managed.type_name, **given))
    assert [one.summary for one in answer.diagnostics if one.severity == 1] == []
    return answer


def stays(before: Any, after: Any, place: str = "") -> None:
    """Raises AssertionError where something known has become something else."""
    if before is UNKNOWN:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in before:
            stays(before[name], after[name], f"{place}.{name}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after) and has_unknown(before):
        for index, one in enumerate(before):
            stays(one, after[index], f"{place}[{index}]")
    else:
        assert after == before, place


def applied(provider: Provider, managed: Managed, prior: Values | None, given: Values, later: str) -> Values:
    """What is there after a run in which the argument `later` became known between plan and apply."""
    config = filled(managed.attributes.values(), given)
    unsure, made = {**config, later: UNKNOWN}, prior
    begin_walk(provider)
    call(provider, "ValidateResourceConfig", managed, config=unsure)
    asked = {"prior_state": prior, "proposed_new_state": unsure, "config": unsure}
    first = call(provider, "PlanResourceChange", managed, **asked)
    planned = inside(decode(first.planned_state))
    if first.requires_replace:  # Terraform asks again, without what is to go
        prior, asked = None, {**asked, "prior_state": None}
        planned = inside(decode(call(provider, "PlanResourceChange", managed, **asked).planned_state))
    begin_walk(provider)
    if first.requires_replace:
        call(provider, "ApplyResourceChange", managed, prior_state=made, planned_state=None, config=None)
    second = call(provider, "PlanResourceChange", managed, prior_state=prior, proposed_new_state=config, config=config)
    assert not second.requires_replace
    final = inside(decode(second.planned_state))
    stays(planned, final)
    asked = {"prior_state": prior, "planned_state": final, "config": config}
    made = inside(decode(call(provider, "ApplyResourceChange", managed, **asked).new_state))
    stays(final, made)
    assert not has_unknown(made)
    again = call(provider, "PlanResourceChange", managed, prior_state=made, proposed_new_state=config, config=config)
    assert inside(decode(again.planned_state)) == made
    return dict(made)


def arguments(one: Specimen) -> list[str]:
    return sorted({*one.first, *one.changes} | ({one.secret.partition(".")[0]} if one.secret else set()))


KINDS = [one for one in specimens.ALL if not one.alike and one.form not in ("async", "disabled")]
CASES = [(one, name) for one in KINDS for name in arguments(one)]


@pytest.mark.parametrize(("one", "name"), CASES, ids=[f"{one.label} {name}" for one, name in CASES])
def test_an_argument_that_is_known_at_the_apply(provider: Provider, sim: Simulator, one: Specimen, name: str) -> None:
    sim.set(**one.knobs)
    managed = provider.managed[type_name(one.kind)]
    before = one.inputs(password=PASSWORD) | one.needs.get(name, {})
    after = before | one.along.get(name, {}) | ({name: one.changes[name]} if name in one.changes else {})
    made = applied(provider, managed, None, before, name)
    applied(provider, managed, made, after, name)


@pytest.mark.parametrize("whole", [True, False], ids=["whole arguments", "parts of arguments"])
def test_terraform_finds_out_everything_while_it_applies(folder: Folder, sim: Simulator, whole: bool) -> None:
    lives = TOGETHER["today"]
    for life in lives:
        sim.set(**life.knobs)

    def configure(state: str) -> None:
        folder.write("".join(block(specimens.specimen(KIND_OF[life.type]), life.type, state, whole) for life in lives))

    configure("first")
    folder.apply()
    folder.plan()
    ids = {life.address: folder.state(life.address)["id"] for life in lives}
    configure("changed")
    folder.apply()
    folder.plan()
    assert {life.address: folder.state(life.address)["id"] for life in lives} == ids
    folder.run("destroy", "-auto-approve")
    assert [life.name for life in lives if sim.lookup(life.product, life.name) is not None] == []
    assert PASSWORD not in Path(folder.path / "terraform.tfstate").read_text()


def block(one: Specimen, type: str, state: str, whole: bool) -> str:
    """A resource all of whose arguments are outputs of `terraform_data`, which nobody knows before it is there."""
    seeds = []

    def later(place: str, value: Any) -> str:
        if isinstance(value, dict) and not whole:
            return "{ " + ", ".join(f"{name} = {later(f'{place}_{name}', part)}" for name, part in value.items()) + " }"
        seeds.append(f'resource "terraform_data" "{place}" {{\n  input = {hcl(value)}\n}}\n')
        return f"terraform_data.{place}.output"

    lines = [f"  {name} = {later(f'{type}_{name}', value)}" for name, value in one.inputs(state).items()]
    head, _, part = one.secret.rpartition(".")
    if part and not head:
        lines += [f'  {part}_wo = "{PASSWORD}"', f"  {part}_wo_version = {later(f'{type}_version', 1)}"]
    if head:
        (line,) = [one for one in lines if one.startswith(f"  {head} = ")]
        known = f'merge({line.partition(" = ")[2]}, {{ {part}_wo = "{PASSWORD}", {part}_wo_version = 1 }})'
        lines[lines.index(line)] = f"  {head} = {known}"
    return "".join(seeds) + f'resource "{type}" "it" {{\n' + "\n".join(lines) + "\n}\n"
