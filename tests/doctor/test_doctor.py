"""`veeam-pulumi doctor` against healthy and sick servers: everything it prints, as text and as JSON.

What a case prints is in tests/golden/doctor/CASE.txt and CASE.json, with ports, dates, fingerprints and folders made
the same for every run. To write them anew, then read the difference before it is committed:

    GOLDEN=write .venv/bin/pytest -q tests/cli/test_doctor.py; git diff tests/golden/doctor

A product that comes is one more name in PRODUCTS and, where it can be sick in a way of its own, one more case.
"""

from __future__ import annotations

import json
import os
import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from rich.console import Console
from typer.testing import CliRunner, Result

from veeam_pulumi import redaction
from veeam_pulumi.cli.main import app
from veeam_pulumi.doctor import checks, report
from veeam_pulumi.engine.config import Config, Project
from veeam_pulumi.server import log
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.vspc import seeds

GOLDEN = Path(__file__).parents[1] / "golden" / "doctor"
PRODUCTS = ("aws", "em", "vbr", "vspc")
LOGIN = {
    "aws": "POST /api/v1/token",
    "em": "POST /api/sessionMngr/",
    "vbr": "POST /api/oauth2/token",
    "vspc": "POST /api/v3/token",
}
LOGOUT = {  # ending a session of vspc would end all of the account
    "aws": "DELETE /api/v1/token",
    "em": "DELETE /api/logonSessions/ID",
    "vbr": "POST /api/oauth2/logout",
}
Connection = dict[str, Any]


def unused_port() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


@dataclass(frozen=True)
class Case:
    """What is wrong: `knobs` of the servers, `settings` of a product's connection ("*": of each), and what `change`
    does with servers and connections once they are there. `args` go to the command."""

    exit_code: int
    knobs: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Connection] = field(default_factory=dict)
    change: Callable[[Simulator, dict[str, Connection]], None] = lambda sim, connections: None
    args: tuple[str, ...] = ()


def pin(sim: Simulator, connections: dict[str, Connection]) -> None:
    for product, connection in connections.items():
        connection["tls"] = {"thumbprint": sim.thumbprint(product, "sha1" if product == "vbr" else "sha256")}


def pin_and_renew(sim: Simulator, connections: dict[str, Connection]) -> None:
    pin(sim, connections)
    sim.set(**{f"{product}.tls": "self_signed" for product in connections})


def take_roles_away(sim: Simulator, connections: dict[str, Connection]) -> None:
    lesser: dict[str, Any] = {
        "aws": {"role": "Portal Operator"},
        "em": {"role": "Portal User"},
        "vbr": {"roles": ["Veeam Backup Viewer"]},
        "vspc": {"role": "PortalReadonlyOperator"},
    }
    for product in connections:
        sim.drift(product, "update", sim.username(product), lesser[product])


def cut_off(sim: Simulator, connections: dict[str, Connection]) -> None:
    for product in ("em", "vbr", "vspc"):
        connections[product]["url"] = f"https://127.0.0.1:{unused_port()}"


def point_to_another_product(sim: Simulator, connections: dict[str, Connection]) -> None:
    for product, other in {"em": "vspc", "vbr": "aws", "vspc": "em"}.items():
        connections[product]["url"] = sim.url(other)


def forget_the_password(sim: Simulator, connections: dict[str, Connection]) -> None:
    del connections["vbr"]["password"]
    del connections["vspc"]["username"], connections["vspc"]["password"]


def use_key(connections: dict[str, Connection], key: str) -> None:
    del connections["vspc"]["username"], connections["vspc"]["password"]
    connections["vspc"]["token"] = key


def use_one_of_two_keys(sim: Simulator, connections: dict[str, Connection]) -> None:
    use_key(connections, seeds.API_KEY)


def use_the_only_key(sim: Simulator, connections: dict[str, Connection], *, read_only: bool = False) -> None:
    """A key of an account that has no other."""
    sim.drift("vspc", "add", "a.admin", {"role": "CompanyAdministrator"})
    uid = (sim.lookup("vspc", "a.admin") or {})["instanceUid"]
    with httpx.Client(base_url=sim.url("vspc"), verify=ssl.create_default_context(cafile=str(sim.ca_file))) as client:
        made = client.post(
            f"/api/v3/users/{uid}/logins/apikey",
            params={"description": "pulumi", "scopes": "rest", "isReadAccessOnly": str(read_only).lower()},
            headers={"Authorization": f"Bearer {seeds.API_KEY}"},
        )
    sim.clear_requests()
    use_key(connections, made.json()["data"]["parameters"])


def use_the_only_key_which_reads(sim: Simulator, connections: dict[str, Connection]) -> None:
    use_the_only_key(sim, connections, read_only=True)


def log_in_as_an_auditor(sim: Simulator, connections: dict[str, Connection]) -> None:
    sim.drift("vspc", "add", "a.auditor", {"role": "CompanyInvoiceAuditor", "password": "not-the-password"})
    connections["vspc"] |= {"username": "a.auditor", "password": "not-the-password"}


def read_only_as_somebody_who_may_not_read(sim: Simulator, connections: dict[str, Connection]) -> None:
    log_in_as_an_auditor(sim, connections)
    connections["vspc"]["read_only"] = True


CASES = {
    "healthy": Case(0),
    "pinned": Case(0, change=pin),
    "users-dialect": Case(0, {"vbr.dialect": "users", "aws.release": "8.0"}, args=("aws", "vbr")),
    "insecure": Case(0, {"aws.tls": "self_signed"}, {"aws": {"tls": {"insecure": True}}}, args=("aws", "vbr")),
    "untrusted": Case(
        1, {"aws.tls": "self_signed", "em.tls": "self_signed"}, {"vbr": {"tls": {}}, "vspc": {"tls": {}}}
    ),
    "wrong-host-and-expired": Case(
        1, {"aws.tls": "wrong_host", "em.tls": "wrong_host", "vbr.tls": "expired", "vspc.tls": "expired"}
    ),
    "pinned-but-changed": Case(1, change=pin_and_renew),
    "pinned-and-expired": Case(0, {f"{product}.tls": "expired" for product in PRODUCTS}, change=pin),
    "wrong-password": Case(1, settings={"*": {"password": "not-the-password"}}),
    "no-password": Case(1, change=forget_the_password),
    "unreachable": Case(1, change=cut_off),
    "second-factor": Case(
        1, {"aws.mfa": "pending", "vbr.mfa": "on", "vspc.mfa": "pending"}, args=("aws", "vbr", "vspc")
    ),
    "second-factor-refused": Case(1, {"vspc.mfa": "refused"}, args=("vspc",)),
    "without-users-api": Case(1, {"vbr.build": "12.3.1.1139"}, args=("vbr",)),
    "without-any-dialect": Case(1, {"vbr.dialect": "none"}, args=("vbr",)),
    "too-old": Case(
        1, {"vbr.build": "11.0.1.1261", "aws.versions": "0.9-rev0", "em.release": "9.5", "vspc.release": "7.0"}
    ),
    "no-such-revision": Case(
        1,
        settings={
            "aws": {"api_version": "9.9-rev9"},
            "em": {"api_version": "v9_9"},
            "vbr": {"api_version": "9.9-rev9"},
            "vspc": {"api_version": "3.0"},
        },
    ),
    "xml": Case(0, settings={"em": {"format": "xml"}}, args=("em",)),
    "older-releases": Case(0, {"em.release": "12", "vspc.release": "8.1"}, args=("em", "vspc")),
    "without-the-role": Case(1, change=take_roles_away),
    "another-product": Case(1, change=point_to_another_product),
    "not-an-administrator": Case(1, change=log_in_as_an_auditor, args=("vspc",)),
    "read-only": Case(0, settings={"vspc": {"read_only": True}}, args=("vspc",)),
    "read-only-before-9.0": Case(0, {"vspc.release": "8.1"}, {"vspc": {"read_only": True}}, args=("vspc",)),
    "read-only-and-without-the-role": Case(1, change=read_only_as_somebody_who_may_not_read, args=("vspc",)),
    "api-key": Case(0, change=use_the_only_key, args=("vspc",)),
    "api-key-of-two": Case(0, change=use_one_of_two_keys, args=("vspc",)),
    "api-key-that-reads": Case(1, change=use_the_only_key_which_reads, args=("vspc",)),
    "api-key-that-is-wrong": Case(
        1, change=lambda sim, connections: use_key(connections, "not-the-password"), args=("vspc",)
    ),
    "no-rest-access": Case(1, {"vspc.rest_access": "off"}, change=log_in_as_an_auditor, args=("vspc",)),
    "wrong-settings": Case(
        1,
        settings={"aws": {"pasword": "typed-wrong"}, "em": {"token": "typed-wrong"}, "vspc": {"format": "xml"}},
    ),
    "one-of-them": Case(0, change=cut_off, args=("aws",)),
    "no-such-connection": Case(1, args=("vbr", "tape")),
}


class Folder:
    """A project folder with a stack `dev`, and the command run in it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._patch = folder, monkeypatch
        (folder / "Pulumi.yaml").write_text("name: small\nruntime: python\n")

    def stack(self, connections: dict[str, Connection] | None, **more: Any) -> None:
        config = {} if connections is None else {"veeam:connections": connections}
        self.file.write_text(yaml.safe_dump({"config": config, **more}))

    @property
    def file(self) -> Path:
        return self.folder / "Pulumi.dev.yaml"

    def environment(self, connections: dict[str, Connection]) -> None:
        for name, connection in connections.items():
            for key in ("url", "username", "password"):
                self._patch.setenv(f"VEEAM_{name.upper()}_{key.upper()}", connection[key])
            self._patch.setenv(f"VEEAM_{name.upper()}_TLS_CA_FILE", connection["tls"]["ca_file"])

    def run(self, *args: str, stack: str | None = "dev") -> Result:
        chosen = [] if stack is None else ["--stack", stack]
        return CliRunner().invoke(app, ["doctor", *args, *chosen, "--cwd", str(self.folder)])


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "project"
    folder.mkdir()
    return Folder(folder, monkeypatch)


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator(products=PRODUCTS) as simulator:
        yield simulator


@pytest.fixture
def sim(running: Simulator) -> Simulator:
    running.reset()
    return running


def same_every_time(text: str, folder: Path, ca_file: Path) -> str:
    """Without what differs from run to run; the columns of the table keep their widths."""
    text = text.replace(str(ca_file), "ca.pem").replace(str(folder), "/project")
    text = re.sub(r"127\.0\.0\.1:\d{5}\b", "127.0.0.1:PPPPP", text)
    text = re.sub(r"\b[0-9A-F]{64}\b", "<SHA-256>", re.sub(r"\b\d{4}-\d\d-\d\d\b", "<date>", text))
    return re.sub(r"\b[0-9A-F]{40}\b", "<SHA-1>", text)


def compare(name: str, text: str) -> None:
    file = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def connections_of(sim: Simulator, case: Case) -> dict[str, Connection]:
    connections = sim.connections()
    for product in connections:
        connections[product] |= case.settings.get("*", {}) | case.settings.get(product, {})
    return connections


@pytest.mark.parametrize("name", CASES)
def test_all_that_it_says(sim: Simulator, project: Folder, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES[name]
    learned: set[str] = {"not-the-password", "typed-wrong", seeds.API_KEY, *map(sim.password, PRODUCTS)}
    learn = redaction.learn

    def learning(secret: str) -> None:
        learned.add(secret)
        learn(secret)

    monkeypatch.setattr(redaction, "learn", learning)
    sim.set(**case.knobs)
    connections = connections_of(sim, case)
    case.change(sim, connections)
    project.stack(connections)
    for form in ("txt", "json"):
        done = project.run(*case.args, *(["--json"] if form == "json" else []))
        assert done.exit_code == case.exit_code, done.output
        compare(f"{name}.{form}", same_every_time(done.output, project.folder, sim.ca_file))
        assert [secret for secret in learned if secret and secret in done.output] == []
        assert form == "txt" or json.loads(done.output)["ok"] is (case.exit_code == 0)
    for product in PRODUCTS:  # one login and its end at most, as text and as JSON; beside that only reads
        asked = [f"{one.method} {one.path}" for one in sim.requests(product) if one.method != "GET"]
        asked = [re.sub("(?<=logonSessions/).+", "ID", one) for one in asked]
        asked = [one for one in asked if one == LOGIN[product] or one not in LOGIN.values()]  # not of another product
        assert asked in ([], [LOGIN[product]] * 2, [LOGIN[product], LOGOUT.get(product)] * 2)
    assert yaml.safe_load(project.file.read_text()) == {"config": {"veeam:connections": connections}}


def test_every_golden_file_has_a_case() -> None:
    found = {file.stem for file in GOLDEN.iterdir()}
    assert found == {*CASES, "environment", "no-connection", "terminal"}


def test_the_environment_alone(sim: Simulator, project: Folder) -> None:
    project.environment(sim.connections())
    for form, args in (("txt", ()), ("json", ("--json",))):
        done = project.run(*args, stack=None)
        assert done.exit_code == 0
        compare(f"environment.{form}", same_every_time(done.output, project.folder, sim.ca_file))


def test_no_connection_at_all_says_how_to_add_one(project: Folder) -> None:
    project.stack(None)
    said = [project.run(*args, stack=stack) for args in ((), ("--json",)) for stack in ("dev", None)]
    assert [one.exit_code for one in said] == [1, 1, 1, 1]
    compare("no-connection.txt", said[0].output + said[1].output)
    compare("no-connection.json", said[2].output + said[3].output)


def test_the_environment_wins_over_the_stack(sim: Simulator, project: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    connections = sim.connections()
    connections["aws"]["password"] = "an-old-one"
    project.stack(connections)
    monkeypatch.setenv("VEEAM_AWS_PASSWORD", sim.password("aws"))
    assert project.run("aws").exit_code == 0


def test_an_encrypted_password(sim: Simulator, project: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    project.stack({})
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "open sesame")
    crypter = Config(Project.load(project.folder), "dev", "open sesame").crypter
    connections = sim.connections()
    for connection in connections.values():
        connection["password"] = {"secure": crypter.encrypt(connection["password"])}
    project.stack(connections, encryptionsalt=crypter.salt)
    before = project.file.read_bytes()
    done = project.run()
    assert same_every_time(done.output, project.folder, sim.ca_file) == (GOLDEN / "healthy.txt").read_text()
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "of-another-stack")
    done = project.run()
    assert (done.exit_code, done.output.partition(":")[2][:21]) == (1, " incorrect passphrase")
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE")
    assert project.run().output.startswith("error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE ")
    assert project.file.read_bytes() == before


class StandIn:
    """An executable `pulumi` that answers `config` as the real one does, and notes how it was called."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls, self.answer, self._file = folder / "calls", folder / "answer", folder / "pulumi"
        self.says('cat "$(dirname "$0")/answer"')
        monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)

    def says(self, script: str) -> None:
        self._file.write_text(f'#!/bin/sh\necho "$@" >> "{self.calls}"\n{script}\n')
        self._file.chmod(0o755)


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    (tmp_path / "bin").mkdir()
    return StandIn(tmp_path / "bin", monkeypatch)


@pytest.mark.parametrize(
    "kept", [{"secretsprovider": "awskms://alias/key", "encryptedkey": "AQ=="}, {}, {"environment": ["team/shared"]}]
)
def test_secrets_that_only_pulumi_can_read(
    sim: Simulator, project: Folder, pulumi: StandIn, kept: dict[str, Any]
) -> None:
    connections = sim.connections()
    project.stack({**connections, "vbr": {**connections["vbr"], "password": {"secure": "AAAB"}}}, **kept)
    text = json.dumps(connections)
    found = {"veeam:connections": {"value": text, "objectValue": connections, "secret": True}}
    pulumi.answer.write_text(json.dumps(found))
    done = project.run(stack="acme/small/dev")
    said = same_every_time(done.output, project.folder, sim.ca_file).replace("--stack acme/small/dev", "--stack dev")
    assert said == (GOLDEN / "healthy.txt").read_text()
    asked = f"config --show-secrets --json --non-interactive --stack acme/small/dev --cwd {project.folder}\n"
    assert pulumi.calls.read_text() == asked


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo 'error: no such key' >&2; exit 255", "`pulumi config` failed: no such key"),
        ("exit 3", "`pulumi config` failed: exit code 3"),
        ("echo not-json-but-a-secret", "`pulumi config` did not answer with JSON\n  update pulumi"),
    ],
)
def test_a_pulumi_that_fails(project: Folder, pulumi: StandIn, script: str, message: str) -> None:
    project.stack({}, secretsprovider="gcpkms://key")
    pulumi.says(script)
    done = project.run()
    assert (done.exit_code, done.output) == (1, f"error: {message}\n")


def test_without_pulumi_it_says_who_keeps_the_secrets(project: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(project.folder))
    project.stack({}, secretsprovider="awskms://alias/key")
    text = " ".join(project.run().output.split())
    assert text.startswith("error: Pulumi.dev.yaml can only be read by pulumi (secretsprovider awskms://alias/key)")
    assert text.endswith("VEEAM_<NAME>_URL, _USERNAME, _PASSWORD")


def test_a_stack_that_does_not_exist_is_not_made(project: Folder) -> None:
    project.stack({})
    done = project.run(stack="prod")
    said = f"error: there is no Pulumi.prod.yaml in {project.folder} name one of the stacks dev"
    assert (done.exit_code, " ".join(done.output.split())) == (1, said)
    assert sorted(file.name for file in project.folder.iterdir()) == ["Pulumi.dev.yaml", "Pulumi.yaml"]


def test_a_server_that_repeats_the_password_and_one_that_is_ill(sim: Simulator, project: Folder) -> None:
    echo = {"errorCode": "UnexpectedContent", "message": f"who is {sim.password('vbr')}?"}
    sim.fault("vbr", "status", "POST", "/api/oauth2/token", status=400, body=echo)
    sim.fault("aws", "status", "GET", "/api/v1/system/version", status=500, times=0)
    project.stack(sim.connections())
    done = project.run()
    assert done.exit_code == 1
    assert "who is" not in done.output  # nothing of what a token endpoint answers is shown
    assert sim.password("vbr") not in done.output
    # The version is nice to know: not knowing it is a warning, and the rest is checked.
    assert "warning      version: GET /api/v1/system/version was refused with 500" in done.output
    assert "3 of 4 can be used; not vbr" in done.output


def test_one_that_does_not_answer_holds_nobody_up(
    sim: Simulator, project: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "CONNECTING", 1.0)
    with socket.socket() as deaf:  # takes connections, never says a word
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(50)
        silent = {"product": "vbr", "url": f"https://127.0.0.1:{deaf.getsockname()[1]}"}
        project.stack({**sim.connections(), **{f"deaf{number}": silent for number in range(20)}})
        began = time.monotonic()
        done = project.run()
    assert time.monotonic() - began < 15  # one after the other would be 20 seconds and more
    assert done.output.count("reachable: no connection (ConnectTimeout") == 20
    assert "4 of 24 can be used" in done.output


def test_a_server_that_hangs_after_the_handshake(
    sim: Simulator, project: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "CHECKING", 0.5)
    sim.fault("aws", "delay", "POST", "/api/v1/token", seconds=30, times=0)
    project.stack({"aws": sim.connections()["aws"]})
    began = time.monotonic()
    done = project.run()
    assert time.monotonic() - began < 20
    assert "failed       login: POST /api/v1/token was sent, but its answer was lost (ReadTimeout" in done.output


def test_a_mistake_of_the_package_hides_nothing_of_the_others(
    sim: Simulator, project: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Any) -> str:
        raise KeyError("buildVersion")

    monkeypatch.setattr("veeam_pulumi.products.vbr.session.VbrSession.speaks", broken)
    project.stack(sim.connections())
    done = project.run()
    assert "failed       api: KeyError: 'buildVersion'; please report this" in done.output
    assert "3 of 4 can be used; not vbr" in done.output


def test_on_a_terminal_it_is_a_table_and_what_is_copied_stays_whole(
    sim: Simulator, project: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    ok, bad = checks.Finding(text="13.0.1.180"), checks.Finding(checks.FAILED, "cause; fix")
    facts = {"subject": "CN=x\x1b[31m", "names": [], "valid_from": "2026-01-01", "valid_until": "2027-01-01"}
    seen = checks.Finding(
        text="why", facts={**facts, "sha256": "A" * 64, "sha1": "B" * 40, "pin": "pulumi " + "C" * 99}
    )
    healthy = dict.fromkeys(checks.CHECKS, ok) | {"certificate": seen}
    healthy |= {"api": checks.Finding(text="1.3-rev1, dialect security"), "manages": checks.Finding(text="users")}
    sick = dict.fromkeys(checks.CHECKS, checks.Finding(checks.NOT_CHECKED)) | {"settings": bad}
    found = [
        checks.Examination("vbr-rome", "vbr", "https://[::1]:9419", healthy),
        checks.Examination("x", "", "", sick),
    ]
    for console in (
        Console(file=sys.stdout, force_terminal=True, color_system=None, width=40, legacy_windows=False),
        Console(file=sys.stdout, force_terminal=True, color_system="standard", width=80, legacy_windows=False),
    ):
        report.show(found, console, everything=True)
    plain, last, coloured = capsys.readouterr().out.partition("can be used; not x\n")
    compare("terminal.txt", plain + last)
    assert "C" * 99 + "\n" in plain
    assert "\x1b[32mok" in coloured


def test_pulumi_is_loaded_for_a_stack_only(tmp_path: Path) -> None:
    code = """
import sys
from veeam_pulumi.cli.main import app
try: app(["doctor"])
except SystemExit as end: print(end.code, sorted(name for name in sys.modules if name in ("pulumi", "grpc")))
"""
    environ = {**os.environ, "VEEAM_VBR_URL": "https://127.0.0.1:1", "NO_PROXY": "*"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ, cwd=tmp_path
    )
    assert done.stdout.endswith("\n1 []\n")
    assert "0 of 1 can be used; not vbr" in done.stdout


def test_a_request_is_shown_on_demand(sim: Simulator, project: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEEAM_LOG", "info")
    project.stack(sim.connections())
    assert f"INFO POST {sim.url('aws')}/api/v1/token status=200" in project.run("aws").stderr
    monkeypatch.delenv("VEEAM_LOG")
    log.configure()
