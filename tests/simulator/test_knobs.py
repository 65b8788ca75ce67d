"""Knobs: parsing, the one-line errors, and the page that documents them."""

from __future__ import annotations

from pathlib import Path

import pytest

import veeam_pulumi.simulator as package
from veeam_pulumi.simulator import PRODUCTS, KnobError, Simulator
from veeam_pulumi.simulator.aws.knobs import RELEASES
from veeam_pulumi.simulator.knobs import Knobs, parse_pairs
from veeam_pulumi.simulator.vspc.knobs import RELEASES as CONSOLES

ALL = {knob.name: knob for product in PRODUCTS.values() for knob in product.knobs}


def readme() -> str:
    return (Path(package.__file__).parent / "README.md").read_text()


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_knob_is_documented_with_its_values_and_its_default(name: str) -> None:
    row = next((line for line in readme().splitlines() if line.startswith(f"| `{name}`")), "")
    _, _, values, default, *_ = row.split("|") if row else ("", "", "", "", "")
    knob = ALL[name]
    shown = ",".join(knob.default) if isinstance(knob.default, tuple) else str(knob.default)
    assert all(f"`{choice}`" in values for choice in knob.choices), f"{name} has values that the README does not name"
    assert default.strip() == (f"`{shown}`" if shown else "none")


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_knob_takes_its_default_and_its_choices(name: str) -> None:
    for value in (ALL[name].default, *ALL[name].choices):
        assert ALL[name].parse(value) == value


@pytest.mark.parametrize(
    ("pair", "says"),
    [
        ("vbr.dialect=old", "vbr.dialect=old: allowed are security, users, both, none"),
        ("aws.token_life=soon", "allowed are preset, a whole number from 1 to 31536000"),
        ("aws.token_life=0", "allowed are preset"),
        ("vbr.build=12", "a build from 11.0.0.837 on"),
        ("vbr.build=11.0.0.1", "a build from 11.0.0.837 on"),
        ("vbr.token_life=preset", "allowed are a whole number"),
        ("aws.colour=red", "unknown knob aws.colour; known knobs:"),
        ("dialect", "a knob is given as NAME=VALUE"),
    ],
)
def test_wrong_knobs_are_one_line_that_says_what_is_allowed(pair: str, says: str) -> None:
    with pytest.raises(KnobError) as caught:
        Knobs(ALL.values(), parse_pairs([pair]))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", sorted(RELEASES))
def test_the_readme_shows_what_a_release_presets(name: str) -> None:
    release = RELEASES[name]
    row = next(line for line in readme().splitlines() if line.startswith(f"| {name} |"))
    lives = f"{release.access} s / {release.refresh} s"
    assert row == f"| {name} | {', '.join(release.revisions)} | {lives} | {release.passwords} | {release.admin_name} |"


@pytest.mark.parametrize("name", sorted(CONSOLES))
def test_the_readme_shows_what_a_console_is(name: str) -> None:
    assert f"| {name} | {CONSOLES[name].build} | {CONSOLES[name].rest} |" in readme().splitlines()


def test_a_wrong_knob_among_others_changes_nothing(sim: Simulator) -> None:
    with pytest.raises(KnobError):
        sim.set(**{"aws.mfa": "pending", "vbr.dialect": "old"})
    assert sim.knobs()["aws.mfa"] == "off"
    sim.set(**{"vbr.domains": ["LAB", "TECH"], "vbr.mfa": True})
    assert (sim.knobs()["vbr.domains"], sim.knobs()["vbr.mfa"]) == (("LAB", "TECH"), "on")
    sim.reset()
    assert (sim.knobs()["vbr.domains"], sim.knobs()["vbr.mfa"]) == (("*",), "off")
