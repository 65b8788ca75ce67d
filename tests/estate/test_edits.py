"""Later runs of `discover --out`: odd names, edits of estate.yaml, what vanishes and returns, a server read alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.estate.conftest import at
from tests.estate.test_take_over import run
from veeam_pulumi.simulator import Simulator

CHECKED = re.compile(r"\nChecked: .*: no changes\.\n")
FORMS = pytest.mark.parametrize("form", [[], ["--program"]], ids=["roster", "program"])


@pytest.fixture(scope="module")
def small() -> Iterator[Simulator]:
    with Simulator(products=("vbr", "aws", "em")) as simulator:
        yield simulator


@pytest.fixture
def servers(small: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Simulator:
    small.reset()
    for name in ("ann", "bob", "carl", "dora"):
        small.drift("vbr", "add", rf"LAB\{name}", {"roles": ["Backup Viewer"]})
    for name in ("ann", "bob"):
        small.drift("aws", "add", name, {})
    for name in ("vbr01.lab.local", "vbr02.lab.local"):
        small.drift("em", "add", name, {})
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "later runs")
    monkeypatch.chdir(tmp_path)
    return at(small, monkeypatch)


def discovered(*words: str) -> str:
    """What is said by a run that proves that nothing changes; the run after it changes no file."""
    said = run("discover", "--out", "take", *words).stdout
    files = {file.name: file.read_bytes() for file in Path("take").iterdir()}
    again = run("discover", "--out", "take", *words).stdout
    assert {file.name: file.read_bytes() for file in Path("take").iterdir()} == files
    for one in (said, again):
        assert "--terraform" in words or CHECKED.search(one), one
    assert " new entries" not in again
    return said


def edit(name: str, *changes: tuple[str, str]) -> None:
    file = Path("take", name)
    text = file.read_text()
    for pattern, new in changes:
        text, count = re.subn(pattern, new, text)
        assert count == 1, pattern
    file.write_text(text)


RENAMED = (
    (r"(account: LAB.bob), entry: bob, name: bob\b", r"\1, entry: robert, name: robert"),
    (r"name: vbr01\.lab\.local", "name: backup1"),
    (r"(account: LAB.carl), entry: carl, name: carl", r"\1, skip: true"),
    (r"entry: ann-aws", "entry: ann"),
)


@FORMS
def test_what_is_renamed_joined_or_skipped_shows_in_files_that_nobody_edited(
    servers: Simulator, form: list[str]
) -> None:
    discovered(*form)
    edit("estate.yaml", *RENAMED)
    discovered(*form)
    declared = re.findall(r'^veeam\.(\S+)\(\n    "(.+)",', Path("take/objects.py").read_text(), re.MULTILINE)
    assert ("em.BackupServer", "backup1") in declared
    assert len(declared) == len(set(declared)) == (7 if form else 2)
    if form:
        assert ("vbr.User", "robert") in declared
        assert not {("vbr.User", "bob"), ("vbr.User", "carl")} & {*declared}
    else:
        people = yaml.safe_load(Path("take/roster.yaml").read_text())["people"]
        assert people.keys() == {"ann", "bob-aws", "robert", "dora"}


def test_files_that_somebody_edited_are_added_to_and_the_rest_is_said(servers: Simulator) -> None:
    discovered()
    for name in ("roster.yaml", "objects.py"):
        file = Path("take", name)
        file.write_text(f"{file.read_text()}# ours\n")
    edit("estate.yaml", *RENAMED, (r"(account: vbr02.lab.local), entry: \S+ name: [\w.]+", r"\1, skip: true"))
    before = {name: Path("take", name).read_text() for name in ("roster.yaml", "objects.py")}
    said = discovered()
    assert {name: Path("take", name).read_text() for name in before} == before
    for line in (
        r"LAB\bob on vbr is bob in roster.yaml and robert in estate.yaml: rename one of the two",
        r"skipped: take LAB\carl on vbr out of carl in roster.yaml",
        "objects.py calls vbr01.lab.local on em vbr01.lab.local: rename it to backup1 by hand",
        "skipped: take vbr02.lab.local (vbr02.lab.local) out of objects.py",
    ):
        assert f"\n{line}\n" in said
    servers.drift("em", "add", "vbr03.lab.local", {})
    discovered()
    assert Path("take/objects.py").read_text().startswith(before["objects.py"])
    assert '"vbr03.lab.local"' in Path("take/objects.py").read_text()


@FORMS
def test_what_vanishes_is_named_and_keeps_its_name_when_it_returns(servers: Simulator, form: list[str]) -> None:
    discovered(*form)
    first = {name: Path("take", name).read_text() for name in ("objects.py", "estate.yaml")}
    servers.drift("vbr", "delete", r"LAB\dora")
    servers.drift("aws", "delete", "bob")
    said = discovered(*form)
    where = "objects.py" if form else "roster.yaml"
    assert rf"left: LAB\dora is no longer on vbr: take dora out of {where}, and its line out of estate.yaml" in said
    assert f"left: bob is no longer on aws: take {'bob' if form else 'bob-aws'} out of {where}" in said
    servers.drift("vbr", "add", r"LAB\dora", {"roles": ["Backup Viewer"]})  # under a new id
    servers.drift("aws", "add", "bob", {})
    assert "left: " not in discovered(*form)
    assert Path("take/objects.py").read_text() == first["objects.py"]
    known = yaml.safe_load(Path("take/estate.yaml").read_text())["objects"]
    before = yaml.safe_load(first["estate.yaml"])["objects"]
    assert list(known.values()) == list(before.values())
    (new,) = known.keys() - before.keys()
    assert known[new]["name"] == "dora"


def test_who_comes_does_not_take_the_line_of_whoever_only_looks_alike(servers: Simulator) -> None:
    servers.drift("vbr", "add", r"LAB\strasse", {"roles": ["Backup Viewer"]})
    run("discover", "vbr", "--out", "take")
    servers.drift("vbr", "delete", r"LAB\strasse")
    servers.drift("vbr", "add", r"LAB\straße", {"roles": ["Backup Viewer"]})
    assert r"left: LAB\strasse is no longer on vbr" in run("discover", "vbr", "--out", "take").stdout
    objects = yaml.safe_load(Path("take/estate.yaml").read_text())["objects"]
    assert {r"LAB\strasse", r"LAB\straße"} <= {one["account"] for one in objects.values()}
    assert len({one["entry"] for one in objects.values() if "entry" in one}) == 6


def test_terraforms_blocks_are_never_rewritten(servers: Simulator) -> None:
    """Without its block an object is deleted on its server."""
    servers.drift("vbr", "add", r"LAB\a.b", {"roles": ["Backup Viewer"]})
    servers.drift("vbr", "add", r"LAB\a_b", {"roles": ["Backup Viewer"]})
    discovered("--terraform")
    text = Path("take/estate.tf").read_text()
    labels = re.findall(r'^resource "(\S+)" "(\S+)"', text, re.MULTILINE)
    assert len(labels) == len(set(labels)) == 10
    assert re.findall(r" a_b-\w{6}\b", " ".join(label for _, label in labels))
    edit("estate.yaml", *RENAMED)
    servers.drift("vbr", "delete", r"LAB\dora")
    servers.drift("vbr", "add", r"LAB\dora", {"roles": ["Backup Viewer"]})
    said = discovered("--terraform")
    assert Path("take/estate.tf").read_text() == text
    for line in (
        r"estate.tf calls LAB\bob on vbr bob: rename it to robert by hand, with a moved block",
        r"skipped: take carl (LAB\carl) out of estate.tf, with a removed block that keeps it",
        r"estate.tf imports dora by an id that is gone: LAB\dora on vbr has the id ",
    ):
        assert f"\n{line}" in said


ODD = [
    r"LAB\Jörg.Müller", r"LAB\Łukasz", r"LAB\北京", r"LAB\~", r"LAB\JDoe", r"OTHER\jdoe",
    r"LAB\yes", r"LAB\null", r"LAB\1e3", r"LAB\0x10", r"LAB\2026-01-01", r"LAB\class", r"LAB\1st", r"LAB\a.b",
    r"LAB\a-b", r"LAB\a_b", r"LAB\o'brien", r"LAB\{key}", r"LAB\Straße", r"LAB\strasse", r"LAB\break-glass",
    r"LAB\veeam", r"LAB\-dash", r"LAB\Ann Lee",
]  # fmt: skip


@FORMS
def test_odd_names_are_taken_over_by_two_connections_to_one_server(
    servers: Simulator, monkeypatch: pytest.MonkeyPatch, form: list[str]
) -> None:
    servers.set(**{"vbr.build": "13.1.0.411"})
    for name in ODD:
        servers.drift("vbr", "add", name, {"roles": ["Backup Viewer"]})
    for name in ("null", "yes: no", '"; import os', "${x}", "{{x}}", "#1"):
        servers.drift("vbr", "add", name, {"manageRestores": True, "description": name})
        servers.drift("em", "add", f"{name}.lab", {"description": name})
    servers.drift("vbr", "add", r"LAB\g a: b #x", {"type": "InternalGroup", "roles": ["null"]})
    for name in ("null", "yes", "true", "1e3", "jdoe"):
        servers.drift("aws", "add", name, {"description": "a: b #x"})
    for name, value in servers.variables().items():  # the same host, under another name
        if name.startswith("VEEAM_VBR_"):
            monkeypatch.setenv(name.replace("_VBR_", "_VBR2_"), value)
    monkeypatch.setenv("VEEAM_VBR2_PRODUCT", "vbr")
    discovered(*form)
    objects = yaml.safe_load(Path("take/estate.yaml").read_text())["objects"]
    named = [(one["kind"], one["name"]) for one in objects.values() if "name" in one]
    assert len(named) == len(set(named))
    assert {name for _, name in named} >= {"jorg.muller", "lukasz", "jdoe", "jdoe-vbr", "null", "yes", "1e3", "strasse"}
    assert not [name for _, name in named if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", name)]
    rows = json.loads(Path("take/import.json").read_text())["resources"]
    assert len({row["name"] for row in rows}) == len(rows)
    groups = [row for row in rows if row["type"].endswith("vbr:User") and "null" in row["inputs"].get("roles", ())]
    assert len(groups) == 2
    assert len([row for row in rows if row["type"].endswith("vbr:Role")]) == 12


def test_one_server_alone_with_a_stack_that_holds_the_others(
    servers: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is of the others comes from the stack's state: the folder of a repository has no import.json of them."""
    run("discover", "--out", "taken")
    run("new", "access", "--from", "taken")
    monkeypatch.chdir("access")
    run("engine", "stack", "init", "prod")
    run("engine", "import-resources", "import.json", "--stack", "prod", "--yes")
    Path("import.json").unlink()
    files = {name: Path(name).read_text() for name in ("roster.yaml", "objects.py", "estate.yaml")}
    monkeypatch.setenv("VEEAM_EM_URL", "https://127.0.0.1:1")  # they need not even answer
    monkeypatch.setenv("VEEAM_AWS_URL", "https://127.0.0.1:1")
    servers.clear_requests()

    said = run("discover", "vbr", "--stack", "prod", "--out", ".").stdout
    assert CHECKED.search(said), said
    assert {name: Path(name).read_text() for name in files} == files
    assert (servers.requests("em"), servers.requests("aws")) == ([], [])
    assert json.loads(Path("import.json").read_text())["resources"] == []

    # A new object there, a rename of one elsewhere: both show, and nothing of the others is lost.
    servers.drift("vbr", "add", r"LAB\eve", {"roles": ["Backup Viewer"]})
    text = Path("estate.yaml").read_text()
    Path("estate.yaml").write_text(text.replace("name: vbr01.lab.local", "name: backup1"))
    said = run("discover", "vbr", "--stack", "prod", "--out", ".").stdout
    assert CHECKED.search(said), said
    people = yaml.safe_load(Path("roster.yaml").read_text())["people"]
    assert people.keys() == {*yaml.safe_load(files["roster.yaml"])["people"], "eve"}
    assert Path("objects.py").read_text().count("veeam.em.BackupServer(") == 2
    assert '    "backup1",\n' in Path("objects.py").read_text()
    rows = json.loads(Path("import.json").read_text())["resources"]
    assert [row["name"] for row in rows] == ["eve", "eve@vbr"]
    run("engine", "import-resources", "import.json", "--stack", "prod", "--yes")


def test_a_server_that_cannot_be_read_loses_nothing(servers: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    discovered()
    files = {file.name: file.read_text() for file in Path("take").iterdir()}
    servers.fault("em", "status", "GET", "*", times=0, status=503)
    servers.drift("vbr", "add", r"LAB\eve", {"roles": ["Backup Viewer"]})
    done = run("discover", "--out", "take", code=3)
    assert "incomplete: em: " in done.stderr
    assert "left: " not in done.stdout
    assert "no changes" in done.stdout
    assert Path("take/objects.py").read_text() == files["objects.py"]
    rows = [json.loads(text)["resources"] for text in (files["import.json"], Path("take/import.json").read_text())]
    before, now = ({(row["type"], row["name"]) for row in one} for one in rows)
    assert {name for _, name in now - before} == {"eve", "eve@vbr"} and not before - now
    added = Path("take/roster.yaml").read_text()
    assert "  eve: {" in added and added.replace("\n", "").find("ann") > 0
    servers.clear_faults()
    discovered()
