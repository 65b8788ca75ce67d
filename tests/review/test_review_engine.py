"""Reviews of previews that an engine made, against simulated servers with drift by hand."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.review.test_review import compare
from veeam_pulumi.cli.main import app
from veeam_pulumi.engine import Engine
from veeam_pulumi.simulator import Simulator

PROGRAM = r"""
import pulumi
import veeam_pulumi as veeam

secret = pulumi.Config().require_secret

class Person(pulumi.ComponentResource):
    def __init__(self, name, **more):
        super().__init__("veeam:access:Person", name, None, pulumi.ResourceOptions())
        self.below = pulumi.ResourceOptions(parent=self, **more)

def vbr(person, name, *roles):
    veeam.vbr.User(f"{name}@vbr", name=f"TECH\\{name}", roles=roles, opts=person.below)

def vspc(person, name, role, password="password"):
    profile = {"first_name": name, "last_name": "Smith"}
    veeam.vspc.User(f"{name}@vspc", organization_uid="%s", user_name=name, password=secret(password),
                    role=role, profile=profile, opts=person.below)

mary, glass = Person("mary"), Person("glass", protect=True)
vbr(glass, "glass", "Veeam Backup Administrator")
veeam.aws.User("mary@aws", name="mary", password=secret("password"), opts=mary.below)
"""
BEFORE = """
john, leaver = Person("john"), Person("leaver")
vbr(mary, "mary", "Veeam Backup Operator")
vspc(mary, "mary", "CompanyAdministrator")
vbr(john, "john", "Veeam Backup Operator")
vbr(leaver, "leaver", "Veeam Tape Operator")
vspc(leaver, "leaver", "CompanyLocationUser")
veeam.em.BackupServer("vbr01", dns_name_or_ip_address="172.17.53.48", username="svc", password=secret("password"))
"""
AFTER = """
john, joiner = Person("john"), Person("joiner")
vbr(mary, "mary", "Veeam Restore Operator")
vspc(mary, "mary", "CompanyAdministrator", "other")
vbr(john, "john", "Veeam Backup Operator")
vbr(joiner, "joiner", "Veeam Backup Viewer", "Veeam Backup Administrator")
veeam.em.BackupServer("vbr01", dns_name_or_ip_address="172.17.53.48", username="svc", password=secret("password"),
                      description="Columbus")
"""


class Stack:
    """A stack that is up, with people on four products, and the command that reviews its previews."""

    def __init__(self, folder: Path, sim: Simulator) -> None:
        company = next(row["instanceUid"] for row in sim.objects("vspc")["organizations"] if row["type"] == "Company")
        self.company, self.folder, self.sim = company, folder, sim
        (folder / "Pulumi.yaml").write_text("name: access\nruntime: python\n")
        passwords = {"access:password": "Reviewed-Passw0rd", "access:other": "Rotated-Passw0rd"}
        config = {"veeam:connections": sim.connections(), **passwords}
        (folder / "Pulumi.dev.yaml").write_text(json.dumps({"config": config}))
        self.environ = {"PULUMI_CONFIG_PASSPHRASE": "pw", "PULUMI_BACKEND_URL": f"file://{folder}/state"}
        self.program(BEFORE)
        Engine(folder, "dev", environ=self.environ).init()
        code, text = self.run("up")
        assert code == 0, text

    def program(self, text: str, head: str = PROGRAM) -> None:
        (self.folder / "__main__.py").write_text(head % self.company + text)

    def run(self, operation: str, **flags: bool) -> tuple[int, str]:
        out = io.StringIO()
        result = getattr(Engine(self.folder, "dev", environ=self.environ, out=out), operation)(**flags)
        return result.exit_code, out.getvalue()

    def review(self, *words: str, **flags: bool) -> tuple[int, str]:
        _, document = self.run("preview", json=True, **flags)
        done = CliRunner().invoke(app, ["review", "-", *words], input=document)
        assert "Passw0rd" not in done.output
        return done.exit_code, re.sub(r"127\.0\.0\.1:\d+", lambda found: self.named(found[0]), done.output)

    def named(self, address: str) -> str:
        return next(f"{name}.example.com" for name in self.sim.products if address in self.sim.url(name))


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One for all: previews change nothing, and the drift comes last."""
    with Simulator() as sim:
        yield Stack(tmp_path_factory.mktemp("access"), sim)


def test_what_a_pull_request_changes(stack: Stack) -> None:
    stack.program(BEFORE)
    stack.sim.clear_requests()
    assert stack.review()[1].splitlines()[2] == "**No access changes.**"
    stack.program(AFTER)
    code, text = stack.review("--fail-on", "new-admin,delete>2")
    assert (code, stack.sim.requests()) == (1, [])
    compare("engine-pull-request.md", text)


def test_a_preview_that_pulumi_refuses(stack: Stack) -> None:
    stack.program(BEFORE, PROGRAM.replace('vbr(glass, "glass", "Veeam Backup Administrator")', ""))
    code, text = stack.review("--fail-on", "protected")
    assert code == 1
    compare("engine-refused.md", text)


def test_a_program_that_fails(stack: Stack) -> None:
    stack.program("raise ValueError('roster.yaml:7: no such profile')")
    code, text = stack.review()
    assert (code, "roster.yaml:7: no such profile" in text) == (1, True)


def test_drift_apart_from_what_the_program_changes(stack: Stack) -> None:
    stack.program(BEFORE)
    code, text = stack.review("--fail-on", "drift", refresh=True)
    assert (code, text.splitlines()[2]) == (0, "**No access changes.** No gate is violated (`drift`).")
    stack.sim.drift("vbr", "update", r"TECH\john", {"roles": ["Veeam Backup Administrator"]})
    stack.sim.drift("vspc", "update", "mary", {"role": "CompanyOwner"})
    stack.sim.drift("aws", "delete", "mary")
    stack.sim.drift("vbr", "delete", r"TECH\leaver")
    code, text = stack.review("--fail-on", "drift", refresh=True)
    assert code == 1
    compare("engine-drift.md", text)
    stack.program(AFTER)
    compare("engine-drift-and-pull-request.md", stack.review("--fail-on", "drift", refresh=True)[1])
