"""The pages on the roster: every key, field and message against the code; the tasks followed step by step."""

from __future__ import annotations

import ast
import dataclasses
import datetime
import inspect
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from tests.access.stack import Access, make
from tests.conftest import StartSimulator
from tests.docs.pages import codes, page
from veeam_pulumi.access import accounts, located, person, roster
from veeam_pulumi.access.accounts import MORE, PRODUCTS
from veeam_pulumi.access.entries import Entry, Surroundings
from veeam_pulumi.access.roster import FIELDS, SECTIONS
from veeam_pulumi.cli.main import app
from veeam_pulumi.dynamic import break_glass
from veeam_pulumi.engine import steps as engine_steps

ACCESS = page("access.md")
TASKS = ("joiner-mover-leaver.md", "break-glass.md", "rotating-passwords.md")


# ---- what there is


def test_every_part_and_field_is_documented() -> None:
    assert list(ACCESS.rows("The roster")) == list(SECTIONS)
    rows = ACCESS.rows("Entries")
    assert set(rows) == {field for fields in FIELDS.values() for field in fields}
    defaults = {one.name: one.default for one in dataclasses.fields(Entry)}
    assert {name: rows[name][1] for name in ("break_glass", "adopt")} == {
        name: f"`{str(defaults[name]).lower()}`" for name in ("break_glass", "adopt")
    }
    assert rows["password"][1] == f"`{roster.PASSWORDS[0]}`"
    assert set(roster.PASSWORDS) <= set(codes(rows["password"][2]))


def test_every_field_of_a_profile_and_every_rule_for_names_is_documented() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| .*?\[veeam\.([\w.]+)\]", ACCESS.sections["Profiles"], re.MULTILINE)
    assert sorted((name, re.findall(r"`(\w+)`", fields), kind) for name, fields, kind in rows) == sorted(
        (one.kind.partition(".")[0], list(one.fields), one.kind) for one in (*PRODUCTS.values(), *MORE)
    )
    for name, meaning in PRODUCTS.items():
        text = ACCESS.rows("Names of accounts")[name][1].replace("`", "")
        assert text.startswith(meaning.rule), name


def test_every_setting_and_export_is_documented() -> None:
    code = inspect.getsource(person.declare)
    settings = set(re.findall(r'config\.get\("(\w+)"\)|_map\(config, "(\w+)"\)', code))
    found = {f"veeam:{one or other}" for one, other in settings}
    assert set(ACCESS.rows("Settings")) == found
    assert set(ACCESS.rows("What a stack exports")) == set(re.findall(r'pulumi\.export\("(\w+)"', code))


def noted() -> Iterator[str]:
    """The longest fixed part of every mistake in the code."""
    for module in (located, roster, accounts):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "note":
                said = node.args[1]
                parts = said.values if isinstance(said, ast.JoinedStr) else [said]
                texts = [str(one.value) for one in parts if isinstance(one, ast.Constant)]
                if longest := max(texts, key=len, default=""):
                    yield longest.replace("`", "").strip()


def test_every_mistake_is_explained_and_no_other() -> None:
    explained = list(ACCESS.rows("When something is wrong"))
    said = list(noted())
    assert len(said) > 20
    assert [text for text in said if not any(text in one for one in explained)] == []
    source = "".join(map(inspect.getsource, (located, roster))).replace("`", "").replace("{{", "{")
    for message in explained:
        assert [part for part in message.split("…") if part.strip(" :;") not in source] == [], message


def test_the_messages_of_break_glass_are_those_of_the_code() -> None:
    known = inspect.getsource(break_glass) + inspect.getsource(engine_steps)
    for message in page("break-glass.md").rows("Errors"):
        assert [part for part in message.split("…") if part.strip() not in known] == []


def test_the_example_roster_has_no_mistake(tmp_path: Path) -> None:
    (block,) = ACCESS.blocks("yaml")
    (tmp_path / "roster.yaml").write_text(block.text)
    around = Surroundings(
        environment="prod",
        connections=dict(zip(PRODUCTS, PRODUCTS, strict=True)),
        companies={"northwind": "79817d6d-4b00-4e22-b673-8758f02fa0ef"},
        passwords=["svc-em"],
        today=datetime.date(2026, 11, 22),
    )
    assert [one.key for one in roster.read(tmp_path / "roster.yaml", around)] == [
        "jane.doe", "alex.cho", "glass", "svc-em",
    ]  # fmt: skip


# ---- the tasks, step by step


def test_trying_it(tmp_path: Path, simulator: StartSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    sim = simulator()
    make(tmp_path / "stacks", {"dev": sim})
    for name, one in sim.connections().items():  # on free ports, not on those of `make sim`
        monkeypatch.setenv(f"VEEAM_{name.upper()}_URL", one["url"])
        monkeypatch.setenv(f"VEEAM_{name.upper()}_TLS_CA_FILE", one["tls"]["ca_file"])
    monkeypatch.chdir(tmp_path)
    ((_, text),) = steps("access.md", "Trying it")
    for words in map(shlex.split, text.splitlines()):
        if words[0] == "export":
            monkeypatch.setenv(*words[1].split("=", 1))
            continue
        done = CliRunner().invoke(app, words[1:])
        assert (words[0], done.exit_code) == ("veeam-pulumi", 0), done.output
    assert sim.lookup("vbr", r"EXAMPLE\jdoe") is not None


def steps(name: str, title: str) -> list[tuple[str, str]]:
    """The blocks under a heading of a page: (language, text)."""
    (section,) = re.findall(rf"^## {re.escape(title)}$(.*?)(?=^## |\Z)", page(name).text, re.DOTALL | re.MULTILINE)
    return re.findall(r"^```(\w*)\n(.*?)^```", section, re.DOTALL | re.MULTILINE)


def follow(access: Access, name: str, title: str) -> dict[str, Any]:
    """Does what a section says, on the embedded engine; returns the stack's outputs after it."""
    done: set[str] = set()
    outputs: dict[str, Any] = {}
    for language, text in steps(name, title):
        if language == "yaml":
            whole = yaml.safe_load(access.roster)
            whole["people"] |= yaml.safe_load(text)["people"]
            access.write(yaml.safe_dump(whole, sort_keys=False))
            continue
        if language == "python":
            program = access.folder / "__main__.py"
            program.write_text(f"{program.read_text()}\nimport pulumi\nimport veeam_pulumi as veeam\n{text}")
            continue
        assert language == "sh"
        for line in text.splitlines():
            words = shlex.split(line)
            assert words[0] == "pulumi", line
            assert words[words.index("--stack") + 1] == "dev", line
            done.add(words[1])
            if words[1] in ("preview", "up"):
                outputs = access.run(words[1], diff="--diff" in words).outputs
                assert words[1] == "up" or access.sim.requests() == [], line
            elif words[1:3] == ["config", "set"]:
                key, *value = [one for one in words[3:-2] if not one.startswith("--")]
                access.set(
                    key, value[0] if value else "Prompted-Passw0rd", path="--path" in words, secret="--secret" in words
                )
            else:
                assert words[1:3] == ["stack", "output"], line
                kept = {one["type"]: one.get("outputs") for one in access.engine().export()["deployment"]["resources"]}
                assert words[3] in (kept["pulumi:pulumi:Stack"] or {}), line
    assert done, f"{name}, {title}: nothing to do"
    return outputs


def remove(access: Access, key: str) -> None:
    whole = yaml.safe_load(access.roster)
    del whole["people"][key]
    access.write(yaml.safe_dump(whole, sort_keys=False))


@pytest.fixture
def access(tmp_path: Path, simulator: StartSimulator) -> Access:
    access = make(tmp_path, {"dev": simulator()})
    access.run("up")
    return access


def vbr_roles(access: Access, name: str) -> list[str]:
    return [role["name"] for role in (access.sim.lookup("vbr", rf"EXAMPLE\{name}") or {}).get("roles", [])]


def test_joiner_mover_leaver(access: Access) -> None:
    name = "joiner-mover-leaver.md"
    outputs = follow(access, name, "Joiner")
    assert vbr_roles(access, "kim.ito") == ["Veeam Backup Administrator"]
    assert access.sim.can_login("aws", "kim-ito", outputs["passwords"]["kim.ito"]["aws"])
    follow(access, name, "Mover")
    assert vbr_roles(access, "kim.ito") == ["Veeam Backup Operator", "Veeam Restore Operator"]
    assert access.sim.lookup("aws", "kim-ito") is None
    remove(access, "kim.ito")
    follow(access, name, "Leaver")
    assert access.sim.lookup("vbr", r"EXAMPLE\kim.ito") is None


def test_break_glass(access: Access) -> None:
    name = "break-glass.md"
    first = follow(access, name, "Having one")["passwords"]["glass-2"]["aws"]
    second = follow(access, name, "After it was used")["passwords"]["glass-2"]["aws"]
    assert access.sim.can_login("aws", "glass-2", second)
    assert not access.sim.can_login("aws", "glass-2", first)
    follow(access, name, "Taking one away on purpose")
    remove(access, "glass-2")
    access.run("up")
    assert access.sim.lookup("aws", "glass-2") is None


def test_rotating_passwords(access: Access) -> None:
    name = "rotating-passwords.md"

    def jane(outputs: dict[str, Any]) -> str:
        return str(outputs["passwords"]["jane.doe"]["aws"])

    everybodys = follow(access, name, "Everybody's")
    assert access.sim.can_login("aws", "jane-doe", jane(everybodys))
    ones = follow(access, name, "One person's")
    assert access.sim.can_login("aws", "jane-doe", jane(ones))
    assert jane(everybodys) != jane(ones)
    assert everybodys["passwords"]["glass"] == ones["passwords"]["glass"]
    follow(access, name, "One that was chosen elsewhere")
    assert access.sim.can_login("em", r"EXAMPLE\svc-em", "Prompted-Passw0rd")
    follow(access, name, "A service account in one place")
    assert access.sim.can_login("vbr", r"EXAMPLE\svc-em", "Prompted-Passw0rd")
    follow(access, name, "Reading the new ones")


def test_every_block_of_the_tasks_is_followed_here() -> None:
    code = inspect.getsource(inspect.getmodule(test_every_block_of_the_tasks_is_followed_here) or roster)
    for name in TASKS:
        for title in re.findall(r"^## (.*)$", page(name).text, re.MULTILINE):
            assert not steps(name, title) or f'name, "{title}")' in code, (name, title)
