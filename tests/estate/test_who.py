"""Who can delete our backups: the command, its forms and its exit codes."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from veeam_pulumi.cli.main import app
from veeam_pulumi.estate import table
from veeam_pulumi.estate.document import COLUMNS
from veeam_pulumi.simulator import Simulator

pytestmark = pytest.mark.usefixtures("environment")


def who(*words: str, code: int = 0) -> Result:
    done = CliRunner().invoke(app, ["who", *words])
    assert done.exit_code == code, done.output
    return done


def answer(*words: str, code: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(who("--json", *words, code=code).stdout)
    return found


def accounts(found: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one["connection"], one["account"]) for one in found["grants"]}


def test_an_administrator_made_by_hand_is_in_the_answer_with_the_reason() -> None:
    found = answer()
    assert ("vbr", r"LAB\jdoe") in accounts(found)
    assert ("vbr", r"LAB\viewer") not in accounts(found)
    (jdoe,) = [one for one in found["grants"] if one["account"] == r"LAB\jdoe"]
    assert jdoe["standing"] == "unmanaged"
    assert jdoe["roles"] == ["Veeam Backup Administrator"]
    assert jdoe["why"].startswith("Veeam Backup Administrator: DeleteBackups, DeleteRepositories, ")


def test_a_role_that_a_server_does_not_show_counts_as_able_and_says_so() -> None:
    (jdoe,) = [one for one in answer()["grants"] if one["connection"] == "aws" and one["account"] == "jdoe"]
    assert jdoe["unknown"]
    assert jdoe["why"].endswith("counts as able")


def test_other_rights_one_person_and_what_nobody_declared() -> None:
    assert ("vbr", r"LAB\ops") in accounts(answer("--can", "restore"))
    assert accounts(answer("--person", "JDOE")) == {("vbr", r"LAB\jdoe"), ("aws", "jdoe")}
    assert {one["standing"] for one in answer("--unmanaged")["grants"]} == {"unmanaged"}
    assert {one["connection"] for one in answer("--on", "vbr", "--can", "anything")["grants"]} == {"vbr"}


def test_operators_of_microsoft_365_are_people_who_can_restore(microsoft_365: Simulator) -> None:
    desk = {"operators": ["User:jane@contoso.example", "Group:desk@contoso.example"]}
    microsoft_365.drift("m365", "add", "Service desk", desk)
    found = answer("--can", "restore", "--on", "m365")
    lines = {one["account"]: one for one in found["grants"]}
    assert lines.keys() == {"jane@contoso.example", "desk@contoso.example"}
    assert [lines[name]["group"] for name in sorted(lines)] == [True, False]
    assert {(*one["roles"], *one["can"], one["standing"]) for one in found["grants"]} == {
        ("Service desk", "restore", "unmanaged")
    }
    assert [(one["principal"], one["name"]) for one in found["objects"]] == [
        ("role", "contoso.onmicrosoft.com Service desk")
    ]
    assert answer("--on", "m365")["grants"] == []


def test_what_lets_nobody_in_is_shown_as_what_it_is_and_never_as_a_person(
    environment: Simulator, microsoft_365: Simulator, tmp_path: Path
) -> None:
    who("--save", str(tmp_path / "1.json"))
    environment.drift("em", "add", "vbr07.lab.local", {})
    microsoft_365.drift("m365", "add", "Service desk", {"operators": ["User:jane@contoso.example"]})
    found = answer("--unmanaged")
    shown = {(one["principal"], one["name"]): one for one in found["objects"]}
    assert shown["server", "vbr07.lab.local"]["can"] == []
    assert "vbr07.lab.local" not in {one["account"] for one in found["grants"]}
    # What gives rights is a finding; a server that is not declared gives none.
    about = {one["about"] for one in found["findings"] if one["rule"] == "ORP-1"}
    assert "role contoso.onmicrosoft.com Service desk" in about
    assert not any("vbr07" in one for one in about)
    text = who("--unmanaged", "--since", str(tmp_path / "1.json")).stdout
    assert "server vbr07.lab.local on em: no rights of its own; unmanaged" in text
    assert re.search(r"gained +server vbr07\.lab\.local on em", text)
    assert re.search(r"gained +jane@contoso\.example on m365: can restore", text)


def test_a_group_says_that_its_members_are_decided_elsewhere() -> None:
    assert "members are decided in the directory" in who("--can", "restore").stdout


def test_the_table_says_whom_and_what_was_read() -> None:
    text = who().stdout
    assert re.search(r"^\d+ people with \d+ accounts.* can delete backups$", text, re.MULTILINE)
    assert re.search(
        r"^vbr  127\.0\.0\.1:\d+  vbr 1\d\.[\d.]+  0 vbr\.Credential, 0 vbr\.ManagedServer, \d+ vbr\.User.*, complete",
        text,
        re.MULTILINE,
    )


def test_a_server_that_cannot_be_read_is_said_first_and_sets_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEEAM_VBR_PASSWORD", "wrong")
    done = who(code=3)
    assert done.stdout.startswith("incomplete: vbr could not be read: ")
    assert answer(code=3)["complete"] is False


def test_the_csv_has_fixed_columns_and_no_formula(environment: Simulator) -> None:
    environment.drift("vbr", "add", "=cmd|' /C calc'!A0", {"roles": ["Backup Administrator"]})
    rows = list(csv.DictReader(io.StringIO(who("--csv").stdout)))
    assert tuple(rows[0]) == COLUMNS
    assert [row["account"] for row in rows if "cmd" in row["account"]] == ["'=cmd|' /C calc'!A0"]


def test_findings_gate_a_nightly_job() -> None:
    who("--fail-on", "ORP-1", code=1)
    who("--fail-on", "GHO-1")
    assert "unknown severity or rule 'ORP-9'" in who("--fail-on", "ORP-9", code=2).output


def test_an_api_key_is_to_be_made_anew_after_a_year(environment: Simulator) -> None:
    def key(description: str, days: int, **more: str) -> None:
        made = (datetime.now(timezone.utc) - timedelta(days=days)).isoformat()
        environment.drift("vspc", "add", description, {"scopes": ["rest"], "creationDate": made, **more})

    key("nightly", 400)
    key("new", 360)
    key("switched off", 400, status="disabled")
    (found,) = [one for one in answer()["findings"] if one["rule"] == "KEY-1"]
    assert (found["severity"], found["connection"]) == ("medium", "vspc")
    assert found["about"] == r"key 'nightly' of VSPC\svc-backup"
    assert found["message"].startswith("is 400 days old, at most 365 are allowed: ")
    who("--fail-on", "KEY-1", code=1)


def test_a_terraform_state_says_what_is_managed(environment: Simulator, tmp_path: Path) -> None:
    user = next(one for one in environment.objects("vbr")["users"] if one["name"] == r"LAB\jdoe")
    state = {
        "version": 4,
        "resources": [
            {
                "mode": "managed",
                "type": "veeam_vbr_user",
                "name": "jdoe",
                "instances": [{"index_key": "a", "attributes": {"id": user["id"], "connection_name": "vbr"}}],
            }
        ],
    }
    file = tmp_path / "terraform.tfstate"
    file.write_text(json.dumps(state))
    (jdoe,) = [one for one in answer("--state", str(file))["grants"] if one["account"] == r"LAB\jdoe"]
    assert (jdoe["standing"], jdoe["source"]) == ("managed", 'veeam_vbr_user.jdoe["a"]')


def test_nothing_is_written_to_any_server(environment: Simulator) -> None:
    who()
    sent = [(one.method, one.path) for name in environment.products for one in environment.requests(name)]
    writes = {path for method, path in sent if method != "GET"}
    assert sent
    assert [path for path in writes if not re.search("token|logout|session", path, re.IGNORECASE)] == []


def test_a_review_page_is_markdown_to_tick(environment: Simulator) -> None:
    environment.drift("vbr", "add", r"LAB\[x](http://evil)<b>", {"roles": ["Backup Viewer"]})
    text = who("--review").stdout
    assert "## `jdoe`" in text
    assert "- [ ] `LAB\\jdoe` on `vbr`; `Veeam Backup Administrator`; can delete backups" in text
    assert r"`LAB\[x](http://evil)<b>`" in text
    assert "NIS2 11.2.2(e)" in text


def test_a_snapshot_a_change_by_hand_and_the_difference(environment: Simulator, tmp_path: Path) -> None:
    first, second = tmp_path / "audit" / "1.json", tmp_path / "audit" / "2.json"
    who("--save", str(first))
    environment.drift("vbr", "add", r"LAB\mallory", {"roles": ["Backup Administrator"]})
    environment.drift("vbr", "update", r"LAB\viewer", {"roles": ["Restore Operator"]})
    environment.drift("aws", "delete", "jdoe", {})
    text = who("--save", str(second), "--since", str(first), "--fail-on", "changed", code=1).stdout
    assert "3 changes since the snapshot" in text
    assert re.search(r"gained +LAB\\mallory on vbr: can delete backups", text)
    assert re.search(r"changed +LAB\\viewer on vbr: roles: Veeam Backup Viewer -> Veeam Restore Operator", text)
    assert re.search(r"lost +jdoe on aws", text)
    assert (
        who("--verify", str(tmp_path / "audit")).stdout
        == "2 snapshots from 1.json to 2.json, none changed or missing\n"
    )


def test_whoever_changes_a_snapshot_breaks_the_chain(environment: Simulator, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        who("--save", str(tmp_path / "audit" / f"{number}.json"))
    second = tmp_path / "audit" / "2.json"
    kept = second.read_text()
    second.write_text(kept.replace("jdoe", "nobody"))
    assert "2.json is not what it was when 3.json was saved" in who("--verify", str(second.parent), code=2).output
    third = second.with_name("3.json")
    last = third.read_text()
    third.write_text("{}")  # nothing follows it, and it is not passed over
    assert "3.json is not a snapshot" in who("--verify", str(second.parent), code=2).output
    third.write_text(last)
    second.unlink()
    assert "3.json follows 2.json, which is not in" in who("--verify", str(second.parent), code=2).output
    assert "exists already" in who("--save", str(tmp_path / "audit" / "1.json"), code=2).output


def test_the_page_holds_no_markup_of_a_server_and_asks_for_nothing(environment: Simulator, tmp_path: Path) -> None:
    environment.drift("vbr", "add", "LAB\\</script><img src=x>", {"roles": ["Backup Administrator"]})
    who("--html", str(tmp_path / "who.html"))
    html = (tmp_path / "who.html").read_text()
    assert "<img" not in html
    assert "default-src 'none'" in html
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)", html) == []


@pytest.mark.parametrize("width", [60, 80, 160])
def test_a_terminal_gets_what_fits_with_colours_and_a_pipe_gets_all(environment: Simulator, width: int) -> None:
    environment.drift("vbr", "add", r"LAB\somebody.with.a.very.long.name.of.the.house", {"roles": ["Restore Operator"]})
    found = answer("--can", "anything")
    text = io.StringIO()
    table.show(
        found, Console(file=text, force_terminal=True, width=width, color_system="standard", legacy_windows=False)
    )
    colours = re.compile(r"\x1b\[([\d;]*)m")
    lines = colours.sub("", text.getvalue()).splitlines()
    start = next(number for number, line in enumerate(lines) if line.split()[:2] == ["person", "account"])
    end = next(number for number, line in enumerate(lines) if line == "Findings")
    assert max(map(len, lines[start:end])) <= width
    assert ("why" in lines[start]) is (width >= 130)
    assert "".join(lines).replace(" ", "").count("unmanaged") >= 4
    red = [line for line in text.getvalue().splitlines() if "\x1b[1;31m" in line]
    assert any("  high   ORP-1" in colours.sub("", line) for line in red)
    pipe = io.StringIO()
    table.show(found, Console(file=pipe))
    assert "\x1b" not in pipe.getvalue()
    assert r"LAB\somebody.with.a.very.long.name.of.the.house" in pipe.getvalue()
