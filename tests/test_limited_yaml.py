"""YAML that is made to be expensive: refused soon, wherever a file from outside is read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from veeam_pulumi.access import person
from veeam_pulumi.dynamic import process, provider
from veeam_pulumi.engine.config import read_yaml
from veeam_pulumi.engine.values import EngineError
from veeam_pulumi.limited_yaml import load
from veeam_pulumi.policy.files import plain_secrets

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
"""Aliases of aliases: some 300 bytes that stand for 400 million values."""
EXPENSIVE = pytest.mark.parametrize(
    "text",
    [
        f"name: p\nruntime: python\n{BOMB}config: {{'x:y': *i}}",
        "config: " + "[" * 30_000,
        "config: &a {b: *a}",
        "config: {'x:y': " + "9" * 6_000 + "}",
    ],
    ids=["aliases", "brackets", "itself", "digits"],
)


@pytest.fixture(autouse=True)
def _soon() -> Iterator[None]:
    began = time.process_time()
    yield
    assert time.process_time() - began < 10


@EXPENSIVE
def test_it_is_a_yaml_error(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        load(text)


@pytest.mark.parametrize(
    "text",
    [
        "config: {a: 1}\nconfig: {b: 2}\n",
        "config:\n  veeam:connections: {vbr: {url: 'https://a'}}\n  veeam:connections: {vbr: {url: 'https://evil'}}\n",
        '{"config": {"x:y": {"a": 1, "b": 2, "a": 3}}}',
        "config: {x: 1, 'x': 2}",
        "config: {1: a, 1: b}",
    ],
)
def test_a_key_that_is_there_twice_is_an_error(text: str, tmp_path: Path) -> None:
    """The last one would count, and a reviewer reads the first."""
    with pytest.raises(yaml.YAMLError, match="duplicate key"):
        load(text)
    (tmp_path / "Pulumi.dev.yaml").write_text(text)
    with pytest.raises(EngineError, match="could not load"):
        read_yaml(tmp_path / "Pulumi.dev.yaml")


def test_a_date_that_there_is_not_is_an_error() -> None:
    with pytest.raises(yaml.YAMLError, match="month"):
        load("last_day: 2026-99-99")


def test_what_people_write_is_read_as_ever() -> None:
    text = "a: &one {x: 1, y: [2026-01-31, yes]}\nb:\n  <<: *one\n  x: 2\n"
    assert load(text) == yaml.safe_load(text)
    assert load("") is None


@EXPENSIVE
def test_the_policy_says_that_nobody_can_say_what_is_in_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(text)
    (found,) = plain_secrets(tmp_path)
    assert "it cannot be read as YAML settings" in str(found)


@EXPENSIVE
def test_another_stacks_file_is_passed_over(tmp_path: Path, text: str) -> None:
    (tmp_path / "Pulumi.other.yaml").write_text(text)
    (tmp_path / "Pulumi.latin.yaml").write_bytes("config: {'veeam:connections': {übung: {}}}".encode("latin-1"))
    (tmp_path / "Pulumi.prod.yaml").write_text("config: {'veeam:connections': {vbr-dr: {}, no: {}}}")
    (tmp_path / "Pulumi.text.yaml").write_text("config: {'veeam:connections': '{\"vbr-text\": {}}'}")
    assert person._elsewhere(tmp_path) == {"vbr-dr", "no", "vbr-text"}


@EXPENSIVE
def test_a_limit_of_deletions_that_nobody_can_read_is_none(
    tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(text)
    monkeypatch.setattr(process, "urn", lambda: "urn:pulumi:dev::p::t::n")
    assert provider._limit_of_today(tmp_path) is None


@EXPENSIVE
def test_the_embedded_engine_says_so_in_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text(text)
    with pytest.raises(EngineError, match="could not load") as caught:
        read_yaml(tmp_path / "Pulumi.dev.yaml")
    assert len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)
