"""What a user reads after a mistake: at most five lines of 100 characters that say what is wrong and what to do next.

All of it is in tests/golden/mistakes.txt, with ports, fingerprints and folders made the same for every run. To write it
anew, then read the difference as a user would:

    GOLDEN=write .venv/bin/pytest -q tests/test_mistakes.py; git diff tests/golden/mistakes.txt
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pulumi.dynamic.dynamic import serialize_provider
from typer.testing import CliRunner

from tests.access.stack import SOURCE
from tests.doctor.test_doctor import unused_port
from tests.dynamic.plugin import Plugin
from veeam_pulumi.cli.main import app
from veeam_pulumi.dynamic import load
from veeam_pulumi.engine import Engine
from veeam_pulumi.simulator import Simulator

GOLDEN = Path(__file__).parent / "golden" / "mistakes.txt"
WIDEST, MOST_LINES = 100, 5
Said = dict[str, str]
"""By mistake."""
FAR = "0" * 64

OPERATOR = {"name": "TECH\\ann", "roles": ["Veeam Backup Operator"]}
SERVER = {"dns_name_or_ip_address": "vbr02", "username": "LAB\\svc", "password": "Collect-2026"}
RESTORER = {"name": "ann", "password": "Restore-2026"}
OWNER = {
    "organization_uid": "79817d6d-4b00-4e22-b673-8758f02fa0ef",
    "user_name": "ann",
    "password": "Restore-2026",
    "role": "CompanyOwner",
    "profile": {"first_name": "Ann"},
}
ARGUMENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "a name that ends with a blank": ("vbr.User", {**OPERATOR, "name": "TECH\\ann "}),
    "no role": ("vbr.User", {**OPERATOR, "roles": []}),
    "a type that does not exist": ("vbr.User", {**OPERATOR, "type": "InternlUser"}),
    "a misspelt connection": ("vbr.User", {**OPERATOR, "connection": "vrb"}),
    "a connection of another product": ("vbr.User", {**OPERATOR, "connection": "aws"}),
    "a port as text": ("em.BackupServer", {**SERVER, "port": "9393"}),
    "a URL for a host": ("em.BackupServer", {**SERVER, "dns_name_or_ip_address": "https://vbr02"}),
    "an empty password": ("aws.User", {**RESTORER, "password": ""}),
    "an empty name": ("vspc.User", {**OWNER, "user_name": ""}),
    "an organization by its name": ("vspc.User", {**OWNER, "organization_uid": "Northwind"}),
    "a role that does not exist": ("vspc.User", {**OWNER, "role": "CompanyAdmin"}),
    "a profile with a typing error": ("vspc.User", {**OWNER, "profile": {"frist_name": "Ann"}}),
    "an argument with a typing error": ("vspc.User", {**OWNER, "stauts": "Disabled"}),
}
SETTINGS: dict[str, dict[str, Any]] = {
    "misspelt": {"pasword": "x"},
    "twice": {"password_env": "VBR_PASSWORD"},
    "of-another-product": {"format": "xml"},
    "without-tls": {"url": "http://vbr01:9419"},
    "no-scheme": {"url": "vbr01:9419"},
    "short-pin": {"tls": {"thumbprint": "AB:CD"}},
    "not-a-number": {"timeout": "soon"},
    "line-break": {"password": "Restore-2026\n"},
    "unknown-product": {"product": "vmware"},
}
SERVERS = """
import veeam_pulumi as veeam

operator = {"roles": ["Veeam Backup Operator"]}
veeam.vbr.User("a role that the server lacks", name="TECH\\\\ann", roles=["Veeam Backup Operatr"])
veeam.aws.User("a name that is taken", name="operator", password="Restore-2026")
veeam.aws.User("adopting with differences", name="auditor", description="Auditor", adopt=True)
veeam.vbr.User("a wrong password", name="TECH\\\\bob", connection="wrong-password", **operator)
veeam.vbr.User("the same wrong password", name="TECH\\\\carl", connection="wrong-password", **operator)
veeam.vbr.User("a pin of another server", name="TECH\\\\ann", connection="wrong-pin", **operator)
veeam.vbr.User("a certificate that nobody trusts", name="TECH\\\\ann", connection="untrusted", **operator)
veeam.vbr.User("nobody listens", name="TECH\\\\ann", connection="closed", **operator)
veeam.vbr.User("no such host", name="TECH\\\\ann", connection="no-host", **operator)
veeam.vbr.User("the URL of another product", name="TECH\\\\ann", connection="em-url", **operator)
veeam.vbr.User("a password that is not set", name="TECH\\\\ann", connection="unset", **operator)
veeam.vspc.User(
    "an organization that there is not", organization_uid="11111111-2222-3333-4444-555555555555", user_name="ann",
    password="Restore-2026", role="CompanyOwner", profile={"first_name": "Ann"},
)
"""


def golden() -> Said:
    found = re.findall(r"^# (.*)\n([\s\S]*?)\n(?:\n(?=# )|\Z)", GOLDEN.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(found)


@pytest.fixture
def said() -> Iterator[Said]:
    """What a test heard; at its end it is compared with the golden file."""
    found: Said = {}
    yield found
    if os.environ.get("GOLDEN") == "write":
        every = sorted((golden() | found).items())
        GOLDEN.write_text("\n".join(f"# {name}\n{text}\n" for name, text in every), encoding="utf-8")
    known = golden()
    assert found == {name: known.get(name) for name in found}


@pytest.fixture
def folder() -> Iterator[Path]:
    """One whose path has always the same length: where a line breaks depends on it."""
    made = Path(tempfile.mkdtemp(prefix="m", dir="/tmp"))
    yield made
    shutil.rmtree(made)


@pytest.fixture(autouse=True)
def _no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


def same_every_time(text: str, folder: Path) -> str:
    text = re.sub(r"127\.0\.0\.1:\d{4,5}\b", "127.0.0.1:PPPPP", text.replace(str(folder), "FOLDER"))
    text = re.sub(r"\b[0-9A-F]{64}\b", lambda found: found[0] if found[0] == FAR else "SHA-256 OF IT", text)
    return re.sub(r"\b[0-9A-F]{40}\b", "SHA-1 OF IT", text)


def stack(folder: Path, program: str, connections: dict[str, Any]) -> tuple[Engine, io.StringIO]:
    (folder / "Pulumi.yaml").write_text("name: mistakes\nruntime: python\n")
    (folder / "__main__.py").write_text(program)
    out = io.StringIO()
    environ = {"PULUMI_CONFIG_PASSPHRASE": "x", "PULUMI_BACKEND_URL": f"file://{folder}/state"}
    engine = Engine(folder, "dev", environ=environ, out=out)
    engine.init()
    engine.config().set("veeam:connections", json.dumps(connections), secret=True)
    return engine, out


def diagnostics(text: str, folder: Path) -> dict[str, str]:
    """By resource, from what the engine printed: `  veeam:vbr:User (name):` and the lines below it."""
    found: dict[str, str] = {}
    for block in re.split(r"\n\n", text.partition("Diagnostics:\n")[2]):
        if titled := re.match(r"  \S+ \((.*)\):\n((?:    .*\n?)*)", block + "\n"):
            name, lines = titled.groups()
            text = "\n".join(line[4:] for line in lines.splitlines()).rstrip()
            found[name] = same_every_time(re.sub(r"^warning: .*\n", "", text), folder)
    return found


def judged(text: str) -> None:
    lines = text.splitlines()
    assert 1 <= len(lines) <= MOST_LINES, text
    assert [line for line in lines if len(line) > WIDEST and not re.search(r"pulumi \w+ ", line)] == [], text
    assert "Traceback" not in text


def checked(folder: Path, connections: dict[str, Any], mistakes: dict[str, tuple[str, dict[str, Any]]]) -> Said:
    """What a preview says of arguments, property by property."""
    found = {}
    config = {"veeam:connections": json.dumps(connections)}
    for kind in sorted({kind for kind, _ in mistakes.values()}):
        with Plugin(folder, config, serialize_provider(load(kind))) as plugin:
            for name, arguments in [(name, given) for name, (one, given) in mistakes.items() if one == kind]:
                _, failures = plugin.check({}, arguments)
                assert failures, name
                text = "\n".join(f"{about}: {reason}" if about else reason for about, reason in failures)
                judged(text)
                found[name] = same_every_time(text, folder)
    return found


def test_in_the_arguments_of_a_program(tmp_path: Path, sim: Simulator, said: Said) -> None:
    said |= checked(tmp_path, sim.connections(), ARGUMENTS)
    assert sim.requests() == []


def test_in_the_settings_of_a_connection(tmp_path: Path, sim: Simulator, said: Said) -> None:
    vbr = {**sim.connections()["vbr"], "product": "vbr"}
    connections = {name: {**vbr, **given} for name, given in SETTINGS.items()}
    users = {f"settings: {name}": ("vbr.User", {**OPERATOR, "connection": name}) for name in SETTINGS}
    said |= checked(tmp_path, connections, users)
    assert sim.requests() == []


def test_about_servers(tmp_path: Path, sim: Simulator, said: Said) -> None:
    vbr = {**sim.connections()["vbr"], "product": "vbr", "deadline": 5}
    sim.drift("aws", "add", "operator", {"password": "Somebody-1"})
    sim.drift("aws", "add", "auditor", {"password": "Somebody-1", "description": "Reads"})
    connections = {
        **sim.connections(),
        "wrong-password": {**vbr, "password": "Not-the-passw0rd"},
        "wrong-pin": {**vbr, "tls": {"thumbprint": FAR}},
        "untrusted": {**vbr, "tls": {}},
        "closed": {**vbr, "url": f"https://127.0.0.1:{unused_port()}"},
        "no-host": {**vbr, "url": "https://vbr01.invalid:9419"},
        "em-url": {**vbr, "url": sim.url("em")},
        "unset": {**vbr, "password": None, "password_env": "VBR_PASSWORD"},
    }
    engine, out = stack(tmp_path, SERVERS, connections)
    assert engine.up(continue_on_error=True, parallel=1).exit_code != 0
    found = diagnostics(out.getvalue(), tmp_path)
    for name, text in found.items():
        if name != "mistakes-dev":
            judged(text)
            said[name] = text


ROSTER = {
    "an unknown profile": ("dev: operator,", "dev: operatr,"),
    "an unknown field of a person": ("name: Sam Lee", "name: Sam Lee\n    mail: sam@example.com"),
}


def test_in_a_roster(tmp_path: Path, sim: Simulator, said: Said) -> None:
    for name, (old, new) in ROSTER.items():
        folder = tmp_path / name.replace(" ", "-")
        shutil.copytree(SOURCE, folder)
        roster = folder / "roster.yaml"
        roster.write_text(roster.read_text().replace(old, new, 1))
        out = io.StringIO()
        environ = {"PULUMI_CONFIG_PASSPHRASE": "access", "PULUMI_BACKEND_URL": f"file://{folder}/state"}
        engine = Engine(folder, "dev", environ=environ | sim.variables(), out=out)
        engine.init()
        assert engine.preview().exit_code != 0
        (text,) = diagnostics(out.getvalue(), folder).values()
        judged(text)
        said[name] = text


COMMANDS = {
    "no project": ["engine", "preview", "--stack", "dev", "--cwd", "EMPTY"],
    "no such stack": ["engine", "preview", "--stack", "nope", "--cwd", "PROJECT"],
    "a wrong passphrase": ["engine", "config", "--show-secrets", "--stack", "dev", "--cwd", "PROJECT"],
    "a stack that doctor does not find": ["doctor", "--stack", "nope", "--cwd", "PROJECT"],
    "an environment without connections": ["who", "--cwd", "EMPTY"],
    "no such state file": ["who", "--state", "EMPTY/terraform.tfstate", "--cwd", "EMPTY"],
    "a snapshot that is none": ["who", "--since", "PROJECT/Pulumi.yaml", "--stack", "dev", "--cwd", "PROJECT"],
    "an unknown connection": ["who", "--on", "vrb", "--stack", "dev", "--cwd", "PROJECT"],
    "a folder that is not empty": ["new", "PROJECT"],
    "a name that no project can have": ["new", "EMPTY", "--name", "who may what"],
    "a preview that is none": ["review", "PROJECT/Pulumi.yaml"],
    "a policy without a preview": ["policy", "PROJECT/preview.json"],
    "a port that is taken": ["simulator", "--port-base", "PORT"],
    "a misspelt command": ["docter"],
    "a misspelt option": ["who", "--stak", "dev"],
}
ALONE = {"the extra for Terraform is missing", "a misspelt variable"}


def test_every_text_is_of_a_mistake() -> None:
    servers = re.findall(r'User\(\s*"([^"]+)"', SERVERS)
    settings = [f"settings: {name}" for name in SETTINGS]
    assert set(golden()) == {*ARGUMENTS, *settings, *servers, *ROSTER, *COMMANDS, *ALONE}
    assert len(golden()) >= 30


@pytest.mark.parametrize(("name", "words"), COMMANDS.items())
def test_on_the_command_line(
    name: str, words: list[str], folder: Path, sim: Simulator, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, empty = folder / "project", folder / "empty"
    project.mkdir()
    empty.mkdir()
    engine, _ = stack(project, "", sim.connections())
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{project}/state")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "another" if "passphrase" in name else "x")
    if "passphrase" in name:
        engine.config().set("mistakes:secret", "Restore-2026", secret=True)
        engine.up()
    taken = socket.socket()
    with contextlib.closing(taken):
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        places = {"EMPTY": str(empty), "PROJECT": str(project), "PORT": str(taken.getsockname()[1])}
        done = CliRunner().invoke(app, [re.sub("EMPTY|PROJECT|PORT", lambda one: places[one[0]], w) for w in words])
    assert done.exit_code not in (0, None), done.output
    text = re.sub(r"port \d+", "port PORT", same_every_time(done.output, folder)).strip()
    judged(text)
    said[name] = text


def test_without_an_extra(said: Said, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setitem(sys.modules, "h2", None)
    done = CliRunner().invoke(app, ["terraform", "install", "--mirror", str(folder)])
    assert done.exit_code == 1
    judged(done.output.strip())
    said["the extra for Terraform is missing"] = done.output.strip()


def test_in_the_environment(folder: Path, sim: Simulator, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEEAM_VBR_URL", sim.url("vbr"))
    monkeypatch.setenv("VEEAM_VBR_USERNAME", "svc")
    monkeypatch.setenv("VEEAM_VBR_PASSWROD", "Restore-2026")
    done = CliRunner().invoke(app, ["doctor", "--cwd", str(folder)])
    assert done.exit_code == 1
    text = same_every_time(done.output, folder).strip()
    judged(text)
    said["a misspelt variable"] = text
