"""Who made a difference: by whom, where a server tells; by hand, where nobody declared it."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.products.conftest import ServersOf, servers
from tests.specimens import ALL, Specimen
from veeam_pulumi.cli.main import app
from veeam_pulumi.estate import attribution, census
from veeam_pulumi.estate.history import Difference
from veeam_pulumi.estate.managed import Managed
from veeam_pulumi.products import resources, sessions
from veeam_pulumi.server.connections import Connections
from veeam_pulumi.server.events import moment
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.vspc import seeds

__all__ = ["servers"]  # a fixture


def who(*words: str) -> str:
    done = CliRunner().invoke(app, ["who", *words])
    assert done.exit_code == 0, done.output
    return done.stdout


def since(before: Path, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(who("--json", "--since", str(before), *words))
    return found


@pytest.fixture
def before(environment: Simulator, tmp_path: Path) -> Path:
    who("--save", str(tmp_path / "before.json"))
    return tmp_path / "before.json"


def test_two_logs_name_who_did_it_and_the_others_keep_none(environment: Simulator, before: Path) -> None:
    environment.drift("vbr", "add", r"LAB\mallory", {"roles": ["Backup Administrator"], "by": r"LAB\boss"})
    second = {"roles": ["Backup Operator"], "by": r"LAB\boss", "approvedBy": r"LAB\second"}
    environment.drift("vbr", "update", r"LAB\viewer", second)
    environment.drift("vspc", "add", "eve", {"role": "CompanyOwner", "by": "alpha.owner"})
    environment.drift("aws", "delete", "jdoe", {})
    found = since(before)
    told = {(one["change"], one["grant"]["account"]): (one["how"], one["by"]) for one in found["changes"]}
    assert told == {
        ("gained", r"LAB\mallory"): ("by hand", r"LAB\boss"),
        ("changed", r"LAB\viewer"): ("by hand", r"LAB\boss, approved by LAB\second"),
        ("gained", "eve"): ("by hand", "alpha.owner"),
        ("lost", "jdoe"): ("by hand", ""),
    }
    assert all(moment(one["at"]) for one in found["changes"] if one["by"])
    logs = {one["connection"]: one for one in found["logs"]}
    assert {name: one["kept"] for name, one in logs.items()} == {"vbr": True, "vspc": True, "aws": False}
    assert [one["problem"] for one in found["logs"]] == ["", "", ""]
    text = who("--since", str(before))
    assert re.search(r"gained +LAB\\mallory on vbr: can delete.*; by hand, by LAB\\boss at 20\d\d-", text)
    assert "aws: the server keeps no record of who changes access, or shows none" in text


def test_the_latest_entry_counts_and_one_of_another_account_does_not(environment: Simulator, before: Path) -> None:
    environment.drift("vbr", "add", r"LAB\mal", {"roles": ["Backup Viewer"], "by": r"LAB\one"})
    environment.drift("vbr", "add", r"LAB\mallory", {"roles": ["Backup Viewer"], "by": r"LAB\two"})
    environment.drift("vbr", "update", r"LAB\mal", {"roles": ["Backup Administrator"], "by": r"LAB\three"})
    told = {one["grant"]["account"]: one["by"] for one in since(before)["changes"]}
    assert told == {r"LAB\mal": r"LAB\three", r"LAB\mallory": r"LAB\two"}


def test_no_server_is_asked_for_a_log_where_nothing_changed(environment: Simulator, before: Path) -> None:
    environment.drift("vbr", "add", r"LAB\mallory", {"roles": ["Backup Viewer"]})
    environment.clear_requests()
    since(before)
    assert [one.path for one in environment.requests("vbr")].count("/api/v1/authorization/events") == 1
    assert not [one.path for one in environment.requests("vspc") if "eventLogs" in one.path]


def test_every_page_of_a_log_is_read(environment: Simulator, before: Path) -> None:
    environment.set(**{"vbr.page_size": 3, "vspc.page_size": 3})
    environment.drift("vbr", "add", r"LAB\mallory", {"roles": ["Backup Viewer"], "by": r"LAB\boss"})
    environment.drift("vspc", "add", "eve", {"role": "CompanyAdministrator", "by": "alpha.owner"})
    for number in range(7):
        environment.drift("vbr", "add", rf"LAB\u{number}", {"roles": ["Backup Viewer"]})
        environment.drift("vspc", "add", f"u{number}", {"role": "CompanyAdministrator"})
    environment.clear_requests()
    found = since(before)
    told = {one["grant"]["account"]: one["by"] for one in found["changes"]}
    assert (told[r"LAB\mallory"], told["eve"], len(told)) == (r"LAB\boss", "alpha.owner", 16)
    pages = [one.path for one in environment.requests("vbr")].count("/api/v1/authorization/events")
    # What was done before the snapshot is asked for, too: a request may be approved after 30 days.
    assert pages >= 3


def test_a_server_that_does_not_name_the_actor_is_said(environment: Simulator, before: Path) -> None:
    environment.set(**{"vbr.events_actor": "missing", "vspc.activity_user": "missing"})
    environment.drift("vbr", "add", r"LAB\mallory", {"roles": ["Backup Viewer"]})
    environment.drift("vspc", "add", "eve", {"role": "CompanyAdministrator"})
    assert {one["by"] for one in since(before)["changes"]} == {"somebody whom the log does not name"}


def test_a_login_that_may_not_read_the_log_is_said_with_what_it_lacks(sim: Simulator) -> None:
    owner = {**sim.connections()["vspc"], "username": "gamma.owner", "password": seeds.OWNER_PASSWORD}
    known = Connections({"vspc": owner}, sessions=sessions(), warn=lambda text: None, environ={})
    read = {"servers": [{"connection": "vspc", "product": "vspc", "at": "2026-11-27T10:00:00+00:00"}], "at": ""}
    change = Difference("lost", {"connection": "vspc", "kind": "vspc.User", "id": "1", "account": "eve"})
    (log,) = attribution.read(known, [change], read, read)
    known.close()
    assert (log.kept, log.events) == (True, ())
    assert "403" in log.problem
    assert "Portal Administrator" in log.problem
    assert log.says.startswith("who did it could not be read: ")


def test_what_a_login_may_not_read_leaves_the_rest_of_the_server_in_the_answer(
    environment: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEEAM_VSPC_USERNAME", "gamma.owner")
    monkeypatch.setenv("VEEAM_VSPC_PASSWORD", seeds.OWNER_PASSWORD)
    done = CliRunner().invoke(app, ["who", "--on", "vspc", "--can", "anything"])
    assert done.exit_code == 3
    assert done.stdout.startswith("incomplete: vspc could not be read: vspc.LocalUserRule")
    assert "beta.owner" in done.stdout


def test_what_a_state_explains_is_declared_and_what_it_does_not_is_by_hand(
    environment: Simulator, before: Path, tmp_path: Path
) -> None:
    environment.drift("vbr", "add", r"LAB\new", {"roles": ["Backup Viewer"]})
    environment.drift("vbr", "update", r"LAB\viewer", {"roles": ["Restore Operator"]})
    environment.drift("vbr", "update", r"LAB\jdoe", {"roles": ["Backup Operator"]})
    ids = {one["name"]: one["id"] for one in environment.objects("vbr")["users"]}
    roles = {r"LAB\new": "Backup Viewer", r"LAB\viewer": "Restore Operator", r"LAB\jdoe": "Backup Administrator"}
    state = {
        "version": 4,
        "resources": [
            {
                "mode": "managed",
                "type": "veeam_vbr_user",
                "name": f"user{number}",
                "instances": [{"attributes": {"id": ids[name], "name": name, "roles": [role]}}],
            }
            for number, (name, role) in enumerate(roles.items())
        ],
    }
    (tmp_path / "terraform.tfstate").write_text(json.dumps(state))
    found = since(before, "--state", str(tmp_path / "terraform.tfstate"), "--on", "vbr")
    told = {one["grant"]["account"]: one["how"] for one in found["changes"]}
    assert told == {r"LAB\new": "declared", r"LAB\viewer": "declared", r"LAB\jdoe": "by hand"}
    text = who("--state", str(tmp_path / "terraform.tfstate"), "--on", "vbr", "--can", "anything")
    assert "managed; not as declared: roles" in text


@pytest.mark.parametrize("specimen", ALL, ids=[one.label for one in ALL])
def test_what_a_run_left_is_no_drift_and_what_somebody_changed_is(servers: ServersOf, specimen: Specimen) -> None:
    found = servers(specimen.kind, specimen.knobs)
    id, state = found.create(**specimen.inputs(password="Canary-Passw0rd-drift"))

    def drift() -> tuple[str, ...]:
        held = Managed(specimen.kind, specimen.product, id, "urn:here", values=state)
        items = census.take(found.connections, [held], kinds=[specimen.kind]).items
        return next(one.drift for one in items if one.id.casefold() == id.casefold())

    assert drift() == ()
    found.sim.drift(specimen.product, "update", specimen.key, specimen.drift)
    found.connect()
    assert drift() != ()
    assert {*drift()} <= {*resources()[specimen.kind].fields}


@pytest.mark.parametrize(
    ("text", "name", "is_about"),
    [
        (r"LAB\jdoe was added.", r"LAB\jdoe", True),
        (r"lab\JDOE was added.", r"LAB\jdoe", True),
        (r"User jdoe@lab.local was added.", r"LAB\jdoe", True),
        (r"User 'LAB\jdoe'.", "jdoe@lab.local", True),
        (r"TECH\jdoe was added.", r"LAB\jdoe", False),
        (r"LAB\jdoe2 was added.", r"LAB\jdoe", False),
        (r"LAB\jdoe-admin was added.", r"LAB\jdoe", False),
        ("jdoe was added.", r"LAB\jdoe", False),
        (r"TECH\jdoe was added.", "jdoe", False),
        ("user jdoe was added", "jdoe", True),
        ("user mi\u212ae was added", "mike", False),  # the sign for kelvin
        (r"LAB\STRAßE was added.", r"LAB\straße", True),
        (r"strasse@lab was added.", r"LAB\straße", False),
        (r"x@straße.de was added.", r"STRASSE\x", False),
        ("Role Service desk was changed.", "Service desk", True),
        ("", "jdoe", False),
    ],
)
def test_an_entry_is_about_an_account_in_whatever_form_it_is_named(text: str, name: str, is_about: bool) -> None:
    assert attribution.about(text, name) is is_about


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-27T10:00:00Z", datetime(2026, 11, 27, 10, tzinfo=timezone.utc)),
        ("2026-11-27T10:00:00.1234567+02:00", datetime(2026, 11, 27, 8, 0, 0, 123456, tzinfo=timezone.utc)),
        ("2026-11-27 10:00:00+0000", datetime(2026, 11, 27, 10, tzinfo=timezone.utc)),
        ("2026-11-27T10:00:00", datetime(2026, 11, 27, 10, tzinfo=timezone.utc)),
        ("0001-01-01T00:00:00+14:00", None),
        ("2026-13-27T10:00:00", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_times_as_servers_write_them(text: str | None, at: datetime | None) -> None:
    assert moment(text) == at
