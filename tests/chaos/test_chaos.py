"""The campaign in short, and proof that it would see what it counts."""

from __future__ import annotations

import ssl
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import typer

from tests.chaos import stack
from tests.chaos.__main__ import part_of
from tests.chaos.campaign import Servers, learn, run
from tests.chaos.cases import Case, brief, some
from tests.chaos.faults import FAULTS
from tests.chaos.report import totals
from tests.chaos.subjects import OPERATIONS, SUBJECTS
from tests.chaos.trial import COUNTS, Row, Trial
from tests.simulator.conftest import log_in
from veeam_pulumi.simulator.vspc.seeds import ALPHA


@pytest.fixture
def servers() -> Iterator[Servers]:
    with Servers() as running:
        yield running


def test_every_fault_and_every_resource_once(servers: Servers, tmp_path: Path) -> None:
    cases = some(learn(brief(), servers, tmp_path / "learn"))
    rows = list[Row]()
    for one in ("up", "refresh"):
        rows += run([case for case in cases if case.operation.run == one], servers, tmp_path / one)
    assert [str(row) for row in rows if not row.good] == []
    assert totals(rows) == {"cases": len(cases), **dict.fromkeys(COUNTS, 0)}
    assert [str(row.case) for row in rows if not row.struck] == []
    assert {case.fault_name for case in cases} == set(FAULTS)
    tried = {(case.subject_name, case.operation_name) for case in cases}
    every = {(name, operation) for name, subject in SUBJECTS.items() for operation in subject.operations}
    assert {operation for _, operation in every - tried} <= {operation for _, operation in tried}
    assert all(OPERATIONS[operation].entry or OPERATIONS[operation].address for _, operation in every - tried)


def test_parts_of_the_campaign_make_up_the_whole() -> None:
    cases = [*range(10)]
    parts = [cases[first::step] for first, step in map(part_of, ("1/3", "2/3", "3/3"))]
    assert sorted(case for part in parts for case in part) == cases
    assert part_of("1/1") == (0, 1)


@pytest.mark.parametrize("text", ["", "2", "0/2", "3/2", "1/0", "a/b", "-1/2", "1/2/3"])
def test_what_is_no_part_is_an_error(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="the second of three"):
        part_of(text)


def test_what_the_engine_does_not_know_of_is_counted(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind the engine somebody adds a user, deletes one, and writes a password down where state is."""
    folder, end = tmp_path / "project", Trial.end

    def meddled(trial: Trial) -> None:
        end(trial)
        if trial.case.operation_name == "create":
            trial.sim.drift(trial.product, "add", "stranger")
        elif trial.case.operation_name == "update":
            trial.sim.drift(trial.product, "delete", "operator")
        else:
            (folder / "left").write_text(trial.after()[trial.name][1]["password"])

    monkeypatch.setattr(Trial, "end", meddled)
    cases = [Case("aws.User", operation) for operation in ("create", "update", "rotate")]
    added, deleted, written = run(cases, servers, folder)
    assert (added.orphans, added.duplicates, added.ghosts, added.leaks) == (1, 1, 0, 0)
    assert (deleted.orphans, deleted.ghosts, deleted.leaks) == (0, 1, 0)
    assert (written.orphans, written.duplicates, written.ghosts, written.leaks) == (0, 0, 0, 1)
    assert "a secret is in left" in written.notes
    assert not any(row.good for row in (added, deleted, written))


def test_what_was_to_stay_is_counted_although_it_was_made_again(servers: Servers) -> None:
    (trial,) = servers.trials([Case("aws.User", "renamed entry")])
    sim, secret = trial.sim, {"password": "Canary-Lq8-dfz"}
    sim.drift("aws", "add", "operator", secret)
    trial.begin()
    trust = ssl.create_default_context(cafile=str(sim.ca_file))
    revision = {"x-api-version": "1.0-rev0"}
    with httpx.Client(base_url=sim.url("aws"), verify=trust, headers=revision) as client:
        log_in(client, "aws", sim.username("aws"), sim.password("aws"))
        assert client.delete("/api/v1/users/operator").status_code == 204
    sim.drift("aws", "add", "operator", secret)
    trial.hear()
    trial.compare(["operator"])
    assert {name: getattr(trial.row, name) for name in COUNTS} == {**dict.fromkeys(COUNTS, 0), "lost": 1}


def test_two_entries_of_one_object_that_nobody_is_told_of_are_counted(servers: Servers) -> None:
    (trial,) = servers.trials([Case("aws.User", "second entry")])
    assert set(trial.after()) == {trial.name, trial.other}
    assert trial.once("")
    assert set(trial.after()) == {trial.name}
    assert (trial.row.unrepaired, trial.row.notes) == (1, ["no run said that it is declared twice"])


@pytest.mark.parametrize(("ids", "counted"), [(("one", "one"), 0), (("one", "two"), 1), (("", ""), 1)])
def test_a_create_is_another_unless_it_says_that_it_repeats(
    servers: Servers, ids: tuple[str, str], counted: int
) -> None:
    """Service Provider Console takes requests under one X-Request-id for one."""
    (trial,) = servers.trials([Case("vspc.User direct", "create")])
    sim, form = trial.sim, {"organizationUid": ALPHA, "role": "CompanyAdministrator"}
    trust = ssl.create_default_context(cafile=str(sim.ca_file))
    body = {**form, "profile": {"firstName": "Stan"}, "credentials": {"userName": "s", "password": "Canary-Lq8-dfz"}}
    with httpx.Client(base_url=sim.url("vspc"), verify=trust) as client:
        log_in(client, "vspc", sim.username("vspc"), sim.password("vspc"))
        for id in ids:
            given = {"X-Request-id": str(uuid.uuid5(uuid.NAMESPACE_DNS, id))} if id else {}
            client.post("/api/v3/users", json=body, headers=given)
    trial.hear()
    trial.compare([str(user["instanceUid"]) for user in sim.objects("vspc")["users"]])
    assert trial.row.duplicates == counted


def test_what_a_create_left_is_an_orphan_unless_a_run_names_it(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case("vspc.ApiKey", "create", 3, "POST", "reset after, lasting")
    (named,) = run([case], servers, tmp_path / "named")
    assert named.good
    assert named.struck
    monkeypatch.setattr(Trial, "clears", lambda trial, text: None)
    (silent,) = run([case], servers, tmp_path / "silent")
    assert (silent.orphans, silent.duplicates) == (1, 1)


def test_a_run_that_does_not_end_is_ended_and_counted(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "SECONDS", 1.0)
    monkeypatch.setattr(stack, "PATIENCE", 1.5)
    monkeypatch.setattr(stack, "PROGRAM", "import time\ntime.sleep(600)\n")
    (row,) = run([Case("aws.User", "create")], servers, tmp_path / "hung")
    assert (row.hangs, row.good) == (1, False)


def test_what_is_never_put_right_is_counted(servers: Servers) -> None:
    (trial,) = servers.trials([Case("aws.User", "create")])
    trial.sim.drift("aws", "add", "operator", {"password": "Canary-Xn2-tvz"})
    trial.repaired(["operator"], "", writes=False)
    assert trial.row.notes == ["the server has another password"]
    assert trial.row.unrepaired == 1
