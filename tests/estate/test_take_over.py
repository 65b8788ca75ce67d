"""Taking over a running estate: six servers, sixty accounts of twenty-five people, and nothing changes anywhere."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from tests.specimens import of_every_kind
from veeam_pulumi.access import located
from veeam_pulumi.cli.main import app
from veeam_pulumi.estate import take_over
from veeam_pulumi.simulator import Simulator

PRODUCTS = ("aws", "vbr", "em", "vspc", "azure", "m365")
ALPHA = "79817d6d-4b00-4e22-b673-8758f02fa0ef"
PEOPLE = [
    "ahmed", "alice", "anton", "bea", "bruno", "carla", "chen", "dana", "david", "elif", "emil", "fatima", "felix",
    "greta", "hugo", "ines", "ivan", "jane", "jdoe", "kim", "lena", "marco", "nina", "olga", "pavel",
]  # fmt: skip
assert len(PEOPLE) == 25


@pytest.fixture(scope="module")
def servers() -> Iterator[Simulator]:
    with Simulator(products=PRODUCTS) as simulator:
        yield simulator


@pytest.fixture
def grown(servers: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Simulator:
    """The servers after years of work in their consoles; the environment names them."""
    servers.reset()
    populate(servers)
    for name, value in {**servers.variables(), "NO_PROXY": "127.0.0.1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "take over")
    monkeypatch.chdir(tmp_path)
    servers.clear_requests()
    return servers


def populate(sim: Simulator) -> None:
    """Mixed spellings, namesakes, groups, service accounts, disabled users, custom roles: 60 accounts."""
    sim.drift("vbr", "add", "Tape crew", {"manageBackups": True})
    for place, name in enumerate(PEOPLE):
        account = f"{name}@lab.local" if place % 7 == 3 else rf"LAB\{name}"
        sim.drift("vbr", "add", account, {"roles": ["Backup Operator" if place % 3 else "Restore Operator"]})
    for name in PEOPLE[:12]:
        sim.drift("aws", "add", name, {"description": f"{name} by hand"})
    for name in PEOPLE[5:12]:
        sim.drift("azure", "add", name, {"role": "RestoreOperator"})
    for name in PEOPLE[18:22]:
        sim.drift("em", "add", rf"LAB\{name}", {"role": "Portal User"})
    for name in PEOPLE[20:25]:
        profile = {"firstName": name.title(), "lastName": "Example", "email": f"{name}@alpha.example.com"}
        status = "Disabled" if name == "pavel" else "Enabled"
        values = {"organizationUid": ALPHA, "role": "CompanyAdministrator", "status": status, **profile}
        sim.drift("vspc", "add", name, values)
    sim.drift("vbr", "add", r"OTHER\jdoe", {"roles": ["Backup Viewer"]})  # another person with the same login
    sim.drift("vbr", "add", r"LAB\boss", {"roles": ["Backup Administrator"]})
    sim.drift("vbr", "add", r"LAB\tape", {"roles": ["Tape crew"]})
    sim.drift("vbr", "add", r"LAB\ops", {"type": "InternalGroup", "roles": ["Restore Operator"]})
    sim.drift("vbr", "add", r"LAB\svc-monitor", {"roles": ["Backup Viewer"]})
    sim.drift("vbr", "add", r"LAB\gmsa01$", {"roles": ["Backup Viewer"], "isServiceAccount": True})
    sim.drift("em", "add", r"LAB\ops", {"role": "Portal User", "type": "Group"})  # the sixtieth account
    sim.drift("em", "add", "vbr01.lab.local", {})
    sim.drift("m365", "add", "Service desk", {"operators": ["User:jane@contoso.example"]})


def run(*words: str, code: int = 0) -> Result:
    done = CliRunner().invoke(app, [*words])
    assert done.exit_code == code, done.output
    return done


def entries(folder: Path) -> dict[str, dict[str, Any]]:
    found = yaml.safe_load((folder / "roster.yaml").read_text())
    return {key: one for section in ("people", "service_accounts", "groups") for key, one in found[section].items()}


def accounts_of(sim: Simulator) -> str:
    return json.dumps({name: sim.objects(name) for name in sim.products}, sort_keys=True, default=str)


def test_what_was_found_is_written_as_a_team_would_have_and_proven(grown: Simulator) -> None:
    before = accounts_of(grown)
    listed = json.loads(run("discover", "--json").stdout)["objects"]
    kinds = ("aws.User", "azure.User", "em.Account", "vbr.User", "vspc.User")
    assert len([one for one in listed if one["standing"] == "unmanaged" and one["kind"] in kinds]) == 60
    assert {one["standing"] for one in listed} == {"unmanaged", "built in", "own login"}
    said = run("discover", "--out", "take").stdout
    assert re.search(r"\nChecked: \d+ objects imported, each read again, and a preview: no changes", said)
    assert grown.requests(writes_only=True) == []
    assert accounts_of(grown) == before
    found, text = entries(Path("take")), (Path("take") / "roster.yaml").read_text()
    assert len(yaml.safe_load(text)["profiles"]) < 12
    assert all(one["adopt"] and one["password"] == "keep" for one in found.values())
    assert yaml.safe_load(text)["names"]["vbr"] == r"LAB\{key}"
    groups = yaml.safe_load(text)["groups"]
    assert set(groups) == {"ops"}
    assert set(yaml.safe_load(text)["service_accounts"]) == {"svc-monitor", "gmsa01"}
    assert found["tape"]["grants"] == {"vbr": {"roles": ["Tape crew"]}}  # a role that somebody made
    # One account with its domain is one person on every server.
    imported = json.loads((Path("take") / "import.json").read_text())["resources"]
    assert {"jdoe@vbr", "jdoe@em"} <= {one["name"] for one in imported if one.get("parent") == "jdoe"}
    # A namesake, and the same login without its domain, stand apart and say why.
    for key in ("jdoe-vbr", "ahmed-aws"):
        (line,) = [line for line in text.splitlines() if line.startswith(f"  {key}:")]
        assert f"# perhaps {key.partition('-')[0]}, who is" in line
    assert "disabled on vspc" in text
    for kind in ("em.BackupServer", "m365.RestoreRole"):  # what no roster can say
        assert f"veeam.{kind}(" in (Path("take") / "objects.py").read_text()
    for product in PRODUCTS:
        for file in Path("take").iterdir():
            assert grown.password(product) not in file.read_text()


def test_a_group_and_a_rule_of_one_name_have_two_in_the_import_file(grown: Simulator) -> None:
    """The CLI takes names for URNs in it, and refuses a parent whose name two resources have (3.260)."""
    next(one for one in of_every_kind() if one.kind == "vspc.LocalUserRule").add(grown, "")
    run("discover", "--out", "take")
    rows = json.loads((Path("take") / "import.json").read_text())["resources"]
    named = {one["name"]: one for one in rows}
    assert len(named) == len(rows)
    assert named["ops"]["component"]
    assert named["ops (vspc:LocalUserRule)"]["logicalName"] == "ops"


def test_names_come_from_the_objects_and_stay(grown: Simulator) -> None:
    run("discover", "--out", "take")
    first = {file.name: file.read_bytes() for file in Path("take").iterdir()}
    run("discover", "--out", "take")
    assert {file.name: file.read_bytes() for file in Path("take").iterdir()} == first
    shutil.rmtree("take")
    run("discover", "--out", "take")
    assert {file.name: file.read_bytes() for file in Path("take").iterdir()} == first
    names = [one["name"] for one in yaml.safe_load(first["estate.yaml"])["objects"].values() if "name" in one]
    assert not [name for name in names if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", name) or "_0" in name]


def test_people_are_joined_in_the_mapping_and_edits_of_a_roster_stay(grown: Simulator) -> None:
    run("discover", "--out", "take")
    mapping, roster = Path("take/estate.yaml"), Path("take/roster.yaml")
    mapping.write_text(mapping.read_text().replace("entry: ahmed-aws,", "entry: ahmed,"))
    run("discover", "--out", "take")
    assert "ahmed-aws" not in roster.read_text()
    imported = json.loads(Path("take/import.json").read_text())["resources"]
    assert {"ahmed@vbr", "ahmed@aws"} <= {one["name"] for one in imported if one.get("parent") == "ahmed"}
    roster.write_text(roster.read_text().replace("name: kim,", "name: Kim Lee,") + "# ours\n")
    edited = roster.read_text()
    grown.drift("vbr", "add", r"LAB\intruder", {"roles": ["Backup Administrator"]})
    grown.drift("vbr", "delete", r"LAB\carla")
    said = run("discover", "--out", "take", code=0).stdout
    assert r"left: LAB\carla is no longer on vbr: take carla out of roster.yaml" in said
    lines = roster.read_text().splitlines()
    (new,) = [line for line in lines if line not in edited.splitlines()]
    assert new.startswith("  intruder: ")
    assert "can grant access on vbr" in new
    assert [line for line in lines if line != new] == edited.splitlines()


def test_a_look_at_one_server_applies_the_edits_and_keeps_what_is_of_the_others(
    grown: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("discover", "--out", "taken")
    estate = Path("taken/estate.yaml")
    text = re.sub(r"entry: ahmed(?=[,}])", "entry: ahmed-k", estate.read_text())  # renamed
    text = text.replace("entry: alice-aws,", "entry: alice,")  # joined with the one on the backup server
    text = re.sub(r"(account: LAB.carla), entry: carla, name: [\w-]+", r"\1, skip: true", text)
    estate.write_text(text)
    shutil.copytree("taken", "whole")
    run("discover", "--out", "whole")

    grown.clear_requests()
    others = {name for name in grown.products if name != "vbr"}
    for name in others:
        monkeypatch.setenv(f"VEEAM_{name.upper()}_URL", "https://127.0.0.1:1")  # it need not even answer
    said = run("discover", "vbr", "--out", "taken").stdout
    assert re.search(r"\nChecked: \d+ of \d+ objects imported, each read again, and a preview: no changes", said)
    assert [name for name in others if grown.requests(name)] == []
    for file in ("roster.yaml", "estate.yaml", "objects.py"):
        assert Path("taken", file).read_text() == Path("whole", file).read_text()
    assert imported("taken") == imported("whole")
    assert {"ahmed-k", "alice", "carla-aws"} <= entries(Path("taken")).keys()
    assert not {"ahmed", "alice-aws", "carla"} & entries(Path("taken")).keys()

    # What is new on the one is added to the same.
    grown.drift("vbr", "add", r"LAB\new", {"roles": ["Backup Viewer"]})
    run("discover", "vbr", "--out", "taken")
    assert entries(Path("taken")).keys() - entries(Path("whole")).keys() == {"new"}


def imported(folder: str) -> list[tuple[str, str, str]]:
    rows = json.loads(Path(folder, "import.json").read_text())["resources"]
    return sorted((row["type"], row["name"], json.dumps(row.get("outputs"), sort_keys=True)) for row in rows)


def test_a_program_instead_of_a_roster(grown: Simulator) -> None:
    said = run("discover", "vbr", "em", "--out", "take", "--program").stdout
    assert "no changes" in said
    assert not Path("take/roster.yaml").exists()
    assert 'veeam.vbr.User(\n    "jdoe",\n    name="LAB\\\\jdoe",\n' in Path("take/objects.py").read_text()


def test_what_is_not_as_it_was_written_is_an_error_with_the_object(grown: Simulator) -> None:
    run("discover", "--out", "take")
    roster = Path("take/roster.yaml")
    roster.write_text(roster.read_text().replace("roles: [Veeam Backup Administrator]", "roles: [Veeam Backup Viewer]"))
    done = run("discover", "--out", "take", code=1)
    assert "error: vbr.User 'boss@vbr': the preview says update" in done.stderr
    assert "no changes" not in done.stdout
    assert grown.requests(writes_only=True) == []


def test_a_server_on_which_nobody_is_changes_nothing(servers: Simulator, grown: Simulator) -> None:
    servers.reset()
    said = run("discover", "m365", "--out", "take").stdout
    assert "Checked: 0 objects imported, each read again, and a preview: no changes." in said


def test_the_check_alone_writes_no_file(grown: Simulator, tmp_path: Path) -> None:
    assert "no changes" in run("discover", "--check").stdout
    assert list(tmp_path.iterdir()) == []


def test_from_the_servers_to_a_stack_a_joiner_a_leaver_and_an_account_of_our_own(
    grown: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("discover", "--out", "taken")
    run("new", "access", "--from", "taken")
    monkeypatch.chdir("access")
    assert {one.name for one in Path().glob("Pulumi.*")} == {"Pulumi.yaml", "Pulumi.prod.yaml"}
    run("engine", "stack", "init", "prod")
    run("engine", "import-resources", "import.json", "--stack", "prod", "--yes")
    assert "unchanged" in run("engine", "preview", "--stack", "prod", "--refresh", "--expect-no-changes").stdout
    assert grown.requests(writes_only=True) == []

    roster = Path("roster.yaml")
    text = roster.read_text()
    (alice,) = [line for line in text.splitlines() if line.startswith("  alice: ")]
    (ours,) = [line for line in text.splitlines() if line.startswith("  chen-aws: ")]
    own = ours.replace(", adopt: true, password: keep", "")
    joiner = "  zoe: {name: Zoe, profile: backup-operator, accounts: {vbr: 'LAB\\zoe'}}"
    roster.write_text(text.replace(f"{alice}\n", f"{joiner}\n").replace(ours, own))
    run("engine", "up", "--stack", "prod", "--yes")
    assert grown.lookup("vbr", r"LAB\zoe") is not None
    assert grown.lookup("vbr", r"LAB\alice") is not None  # adopted: it leaves the state, not the server
    password = json.loads(
        run("engine", "stack", "output", "passwords", "--stack", "prod", "--json", "--show-secrets").stdout
    )
    assert grown.can_login("aws", "chen", password["chen-aws"]["aws"])
    run("engine", "up", "--stack", "prod", "--yes", "--expect-no-changes")

    grown.drift("vbr", "add", r"LAB\intruder", {"roles": ["Backup Administrator"]})
    grown.clear_requests()
    before = roster.read_text()
    said = run("discover", "--stack", "prod", "--out", ".").stdout
    assert "no changes" in said
    assert "not in roster.yaml: LAB\\alice on vbr, whose entry was alice" in said
    assert [line.partition(":")[0] for line in set(roster.read_text().splitlines()) - {*before.splitlines()}] == [
        "  intruder"
    ]
    assert grown.requests(writes_only=True) == []
    (found,) = [
        one for one in json.loads(run("discover", "--stack", "prod", "--json").stdout)["objects"]
        if one["name"] == r"LAB\zoe"
    ]  # fmt: skip
    assert (found["standing"], found["entry"]) == ("managed", "zoe")


def test_the_users_of_a_providers_companies_are_a_csv(grown: Simulator) -> None:
    assert "no changes" in run("discover", "vspc", "--out", "taken", "--tenants").stdout
    file = Path("taken/tenants.csv")
    head, *rows = file.read_text().splitlines()
    assert head == "company,organization_uid,user_name,first_name,last_name,email,role,status,adopt"
    assert f"Alpha,{ALPHA},pavel,Pavel,Example,pavel@alpha.example.com,CompanyAdministrator,Disabled,true" in rows
    assert len(rows) == 5
    file.write_text(file.read_text().replace("Lena", "Leonie"))
    edited = file.read_text()
    grown.drift("vspc", "add", "later", {"organizationUid": ALPHA, "role": "CompanyAdministrator"})
    run("discover", "vspc", "--out", "taken", "--tenants", code=1)  # Leonie is not what the server says
    assert file.read_text().startswith(edited)
    assert f"Alpha,{ALPHA},later,," in file.read_text()
    assert grown.requests(writes_only=True) == []


def test_a_roster_is_read_once_for_all_the_companies_that_it_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of hundreds of tenants would read all of it again."""
    file, read, parse = tmp_path / "roster.yaml", list[str](), located.parsed
    assert take_over._companies_of(file) == set()
    file.write_text(
        "profiles:\n  tenant: {vspc: {role: CompanyAdministrator, company: acme}}\n"
        "people:\n  ann:\n    name: Ann\n    profile: tenant\n"
        "    grants: {vspc: {role: CompanyAdministrator, company: beta}, vbr: {roles: [Backup Viewer]}}\n"
    )

    def noted(text: str, book: located.Book) -> Any:
        read.append(text)
        return parse(text, book)

    monkeypatch.setattr(located, "parsed", noted)
    assert take_over._companies_of(file) == {"acme", "beta"}
    assert len(read) == 1
