"""`doctor --probe` and `--replay` against simulated servers: what is asked, what is kept, what is said of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.conftest import StartSimulator
from tests.probe.probing import EACH, OWN, known, lines, probed
from veeam_pulumi.cli.main import app
from veeam_pulumi.errors import SettingsError
from veeam_pulumi.probe import command, folder
from veeam_pulumi.probe.counting import MOST_REQUESTS
from veeam_pulumi.probe.replay import differences
from veeam_pulumi.probe.standins import StandIns
from veeam_pulumi.simulator import Simulator

SECRET = "Canary-Pr0be-qzx"
PEOPLE: dict[str, tuple[str, dict[str, Any]]] = {
    "vbr": ("TECH\\wilhelmina.quux", {"roles": ["Veeam Backup Viewer"]}),
    "aws": ("wilhelmina.quux", {"description": "Payroll of Quuxville", "password": SECRET}),
    "azure": ("wilhelmina-quux", {"description": "Payroll of Quuxville", "password": SECRET}),
    "em": ("quuxhost.quuxville.example", {"username": "TECH\\wilhelmina.quux", "password": SECRET}),
}


@EACH
def test_reads_alone_are_sent_and_nobodys_own_is_kept(
    simulator: StartSimulator, tmp_path: Path, product: str, knobs: dict[str, str]
) -> None:
    sim = simulator(knobs, products=(product,))
    if product in PEOPLE:
        name, values = PEOPLE[product]
        sim.drift(product, "add", name, values)
    own = {str(value) for row in rows(sim, product) for value in strings(row) if looks_own(value)}
    sim.clear_requests()
    code, made, said = probed(sim, product, tmp_path / "out")
    sent = sim.requests(product)
    assert len(sent) <= MOST_REQUESTS
    logins = [one for one in sent if one.method == "POST" and not one.path.endswith("/logout")]
    assert len(logins) == 1 and logins[0].path.endswith(("/token", "/sessionMngr/"))
    assert {one.method for one in sent if one is not logins[0]} <= {"GET", "DELETE", "POST"}  # the logout
    text = "\n".join([*said, *(file.name + file.read_text() for file in made.iterdir())])
    assert OWN.findall(text) == []
    for secret in (sim.password(product), sim.username(product), sim.url(product).removeprefix("https://"), *own):
        # A role of the product, PortalAdmin, has the name of the administrator in it.
        assert re.findall(rf"(?<!\w){re.escape(secret)}(?!\w)", text) == []
    assert code == 0, (made / "summary.md").read_text()
    assert "**otherwise**" not in (made / "summary.md").read_text()
    assert {"README.md", "summary.md"} <= {file.name for file in made.iterdir()}


def rows(sim: Simulator, product: str) -> list[Any]:
    return [row for kind in sim.objects(product).values() for row in kind]


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in strings(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in strings(inner)]
    return [value] if isinstance(value, str) else []


def looks_own(text: str) -> bool:
    """An account, an address or an id: what no word of a product looks like."""
    return re.search(r"\\|@|\.(com|local|example)|^[0-9a-f]{8}-[0-9a-f]{4}-", text) is not None


IN_USE: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "vbr": [
        (rf"CONTOSO\{name}", {"roles": ["Backup Viewer"]})
        for name in ("jörg.müller", "Ann", "Anna", "Ann Lee", "users", "o'brien", "zack-admin")
    ],
    "aws": [("payroll_ops", {"description": "Löhne"}), ("notfound", {}), ("data", {}), ("root1", {})],
    "azure": [("kate_k", {"role": "ReadOnlyUser", "description": "Payroll"})],
    "em": [("vbr77.contoso.de", {"username": r"CONTOSO\svc-em7"}), (r"CONTOSO\Łukasz", {"role": "Portal User"})],
    "vspc": [
        ("müller.gmbh", {"firstName": "Gerhild", "lastName": "Öztürk", "title": "Dr", "email": "gerhild@contoso.de"})
    ],
    "m365": [("Nachtdienst Süd", {"operators": ["User:jane@contoso.example"], "description": "für alle"})],
}
THEIRS = re.compile(
    r"contoso|jörg|müller|\bann|\blee\b|o'brien|zack|payroll|löhne|notfound\\b|kate|vbr77|svc-em7|łukasz|gerhild"
    r"|öztürk|nachtdienst|jane@",
    re.IGNORECASE,
)


@pytest.mark.parametrize("product", sorted(IN_USE))
def test_a_server_in_use_shows_nobody_and_differs_from_a_new_one_in_nothing(
    simulator: StartSimulator, tmp_path: Path, product: str
) -> None:
    sim = simulator(products=(product,))
    for name, values in IN_USE[product]:
        sim.drift(product, "add", name, values)
    _, made, said = probed(sim, product, tmp_path / "out")
    text = "\n".join([*said, *(file.read_text() for file in made.iterdir())]).replace('"NotFound"', "")
    text = re.sub(r"\| 404 NotFound", "", text)  # the product's word, not the user of that name
    assert THEIRS.findall(text) == []
    assert differences(folder.read(made)) == []


@EACH
def test_what_was_kept_is_replayed_without_a_difference(
    simulator: StartSimulator, tmp_path: Path, product: str, knobs: dict[str, str]
) -> None:
    sim = simulator(knobs, products=(product,))
    _, made, _ = probed(sim, product, tmp_path / "out")
    assert differences(folder.read(made)) == []


@pytest.mark.parametrize(
    ("product", "fault", "question", "code"),
    [
        ("vspc", {"path": "/api/v3/users", "status": 200, "body": {"data": [{"userName": "x"}]}}, "filter", 1),
        ("vbr", {"path": "/api/v1/security/users/*", "status": 200, "body": {"id": "x"}}, "unknown-id", 1),
        (
            "aws",
            {"path": "/api/v1/veeamPulumiProbe", "status": 200, "body": {"name": "x"}},
            "unknown-path",
            1,
        ),
        (
            "em",
            {
                "path": "/api/query",
                "status": 200,
                "body": {"Entities": {"BackupServers": {"BackupServers": [{"Name": "x"}]}}, "PagingInfo": None},
            },
            "query",
            1,
        ),
        ("m365", {"path": "/v8/Organizations", "status": 200, "body": {"results": [{}, {}, {}, {}]}}, "three-rows", 1),
        ("vbr", {"path": "/api/v1/serverTime", "status": 404, "body": {"errorCode": "NotFound"}}, "time", 0),
    ],
)
def test_a_server_that_answers_otherwise_is_named(
    simulator: StartSimulator, tmp_path: Path, product: str, fault: dict[str, Any], question: str, code: int
) -> None:
    sim = simulator(products=(product,))
    sim.fault(product, "status", method="GET", times=0, **fault)
    found, made, _ = probed(sim, product, tmp_path / "out")
    assert "**otherwise**" in lines(made)[question]
    assert found == code
    assert any(question in line for line in differences(folder.read(made)))


def test_a_login_with_few_rights_is_probed_as_far_as_it_sees(simulator: StartSimulator, tmp_path: Path) -> None:
    sim = simulator(products=("vbr",))
    sim.fault("vbr", "status", method="GET", path="/api/v1/serverInfo", times=0, status=403)
    _, made, _ = probed(sim, "vbr", tmp_path / "out")
    assert made.name == "vbr-unknown"
    assert "| info | the build is shown | 403 AccessDenied JSON | **otherwise** |" in (made / "summary.md").read_text()
    assert "| unknown-id |" in (made / "summary.md").read_text()


def test_a_server_that_cannot_be_asked_is_no_success(simulator: StartSimulator, tmp_path: Path) -> None:
    sim = simulator(products=("aws",))
    sim.fault("aws", "status", method="POST", path="/api/v1/token", times=0, status=401)
    code, made, _ = probed(sim, "aws", tmp_path / "out")
    assert code == 1
    assert "LoginRefused" in (made / "summary.md").read_text()


def test_nothing_is_overwritten(simulator: StartSimulator, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(SettingsError, match="is not empty"):
        command.probed(known(simulator(products=("aws",))), ["aws"], "dev", tmp_path, lambda text: None)


@pytest.mark.parametrize("text", ['{"question": 1}', "[]", "no json"])
def test_a_folder_of_something_else_is_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match="holds no answers"):
        folder.read(tmp_path)
    (tmp_path / "aws-01-login.json").write_text(text)
    with pytest.raises(SettingsError, match="that no probe wrote"):
        folder.read(tmp_path)


def test_stand_ins_have_the_form_of_what_they_stand_for() -> None:
    found = StandIns(["vbr01.lab.local"], ["Backup Viewer"])
    body = {
        "id": "3173b8bf-8c81-4376-8ffd-93d346ad0304",
        "name": "TECH\\ann-01",
        "role": "Backup Viewer",
        "address": "10.1.2.3",
        "created": "2026-11-27T10:00:00+02:00",
        "errorCode": "NotFound",
        "enabled": True,
        "total": 3,
        "message": "User 'TECH\\ann-01' was not found on vbr01.lab.local (10.1.2.3).",
    }
    found.learn(body)
    made = found.body(body)
    assert re.fullmatch(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", made["id"])
    assert re.fullmatch(r"[A-Z]{4}\\[a-z]{3}-\d\d", made["name"])
    assert re.fullmatch(r"192\.0\.2\.\d+", made["address"])
    assert made["name"] in made["message"]  # the same everywhere
    assert made["address"] in made["message"]
    kept = ("role", "created", "errorCode", "enabled", "total")
    assert {name: made[name] for name in kept} == {name: body[name] for name in kept}
    assert not re.search(r"TECH|ann-01|vbr01|lab\.local|10\.1\.2\.3|3173b8bf", json.dumps(made))


def doctor(sim: Simulator, *arguments: str) -> Any:
    return CliRunner(env=sim.variables()).invoke(app, ["doctor", *arguments])


def test_the_command_probes_and_replays(simulator: StartSimulator, tmp_path: Path) -> None:
    sim = simulator(products=("aws",))
    done = doctor(sim, "--cwd", str(tmp_path), "--probe", "--out", str(tmp_path / "out"), "aws")
    assert done.exit_code == 0, done.output
    assert "at most 40 requests a server: aws" in done.output
    assert (
        "| unknown-id | an unknown id is 404, in the words of the product | 404 NotFound JSON | as assumed |"
        in done.output
    )
    (made,) = (tmp_path / "out").iterdir()
    done = doctor(sim, "--replay", str(made))
    assert (done.exit_code, done.output) == (0, "the simulator answers the same\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--probe"],
        ["--out", "x"],
        ["--replay", "x", "--probe"],
        ["--replay", "x", "--out", "y"],
        ["--replay", "x", "--write"],
        ["--write"],
        ["--write", "--out", "x"],
        ["--probe", "--out", "x", "--with", "aws=x"],
    ],
)
def test_options_that_do_not_go_together_are_refused(simulator: StartSimulator, arguments: list[str]) -> None:
    assert doctor(simulator(products=("aws",)), *arguments).exit_code == 2
