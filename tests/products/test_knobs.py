"""Knobs that no test of a product is about: a life on their other values ends well, or is refused in one line.

Which knobs those are is looked up: a new one is tried here until a test is written about it.
"""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.products.conftest import Servers, ServersOf
from tests.specimens import ALL, PASSWORD, Specimen, specimen
from veeam_pulumi.errors import VeeamError
from veeam_pulumi.simulator import PRODUCTS
from veeam_pulumi.simulator.knobs import Knob

HERE = Path(__file__)
MOST_CONCERNED = {"em.duplicate_account": "em.Account", "em.edition": "em.Account", "em.in_role_name": "em.Account",
                  "em.scopes_reply": "em.Account", "vbr.custom_login": "vbr.Role",
                  "vspc.duplicate_rule": "vspc.LocalUserRule"}  # fmt: skip
"""Of a product with several kinds: which one a knob is about. Else its users."""
REFUSED = {"em.edition": "The license does not allow restore scopes", "vspc.maintenance": "refuses the login"}
"""What no life can go on with, and what the error says."""


def untold() -> list[Knob]:
    """The knobs whose name no other test of the package has, but for those of the simulator itself and of TLS."""
    files = [file for file in HERE.parents[1].rglob("*.py") if "simulator" not in file.parts and file != HERE]
    told = set(re.findall(r"\b(\w+)\b", " ".join(file.read_text(encoding="utf-8") for file in files)))
    knobs = [one for product in PRODUCTS for one in import_module(f"veeam_pulumi.simulator.{product}.knobs").KNOBS]
    return [one for one in knobs if one.name.partition(".")[2] not in told]


def values(knob: Knob) -> list[Any]:
    """What it can be set to besides its default; of a number the smallest one."""
    found: list[Any] = [one for one in knob.choices if one not in (knob.default, "preset")]
    return found + ([knob.number[0]] if knob.number else [])


def concerned(knob: Knob) -> Specimen:
    product = knob.name.partition(".")[0]
    kinds = [one.kind for one in ALL if one.product == product]
    return specimen(MOST_CONCERNED.get(knob.name) or next((one for one in kinds if one.endswith(".User")), kinds[0]))


CASES = [
    pytest.param(concerned(knob), knob.name, value, id=f"{knob.name}={value}")
    for knob in untold()
    for value in values(knob)
]


@pytest.mark.parametrize(("one", "knob", "value"), CASES)
def test_a_life_on_the_other_side_of_a_knob(servers: ServersOf, one: Specimen, knob: str, value: Any) -> None:
    there = servers(one.kind, {**one.knobs, knob: value})
    before = there.sim.objects(one.product)
    if said := REFUSED.get(knob):
        with pytest.raises(VeeamError, match=said) as refused:
            life(there, one)
        assert "\n" not in str(refused.value) and PASSWORD not in str(refused.value)
        for row in there.sim.objects(one.product)[one.rows]:
            if row not in before[one.rows]:
                there.sim.drift(one.product, "delete", str(row[one.title]))
    else:
        life(there, one)
    assert there.sim.objects(one.product) == before


def life(there: Servers, one: Specimen) -> None:
    """Create, change, look, again nothing to change, delete, gone."""
    id, state = there.create(**one.inputs(password=PASSWORD))
    state = there.update(id, state, **one.changed)
    found = there.read(id, state)
    assert found is not None
    assert there.changed(found, **one.changed) == set()
    there.delete(id, state)
    assert there.read(id, state) is None
