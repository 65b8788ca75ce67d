"""A repository from its first day on: who joins, moves and leaves, a rotation, drift by hand, a pull request that is
refused, a second environment. Every comment is a golden file; what was merged is asserted on the servers.

To write the comments anew:

    GOLDEN=write .venv/bin/pytest -q tests/access/test_story.py; git diff tests/golden/story
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from tests.access.stack import Access
from tests.conftest import StartSimulator
from tests.policy.command import policies
from veeam_pulumi.cli.main import app
from veeam_pulumi.simulator import Simulator

GOLDEN = Path(__file__).parents[1] / "golden" / "story"
KIM = """
  kim.ito:
    name: Kim Ito
    profile: {dev: operator, staging: operator}
"""
SAM = """
  sam.lee:
    name: Sam Lee
    profile: {dev: operator, prod: restore}
    until: 2039-06-30"""
ADMINISTRATOR, OPERATOR = ["Veeam Backup Administrator"], ["Veeam Backup Operator", "Veeam Restore Operator"]


class Repository:
    """What `veeam-pulumi new` wrote, with its pipeline's gates and policies, and the servers of two environments."""

    def __init__(self, folder: Path, sims: dict[str, Simulator], said: Callable[[], str]) -> None:
        done = CliRunner().invoke(app, ["new", str(folder), "--ci", "github"])
        assert done.exit_code == 0, done.output
        self.folder, self.sims, self._said = folder, sims, said
        self.access = Access(folder, sims)
        self.passwords: dict[str, dict[str, str]] = {}
        (self.gates,) = re.findall(r"FAIL_ON: (.*)", (folder / ".github/workflows/review.yml").read_text())

    def approve(self, *accounts: tuple[str, str]) -> None:
        file = self.folder / "policy.json"
        config = json.loads(file.read_text())
        approvals = config["no-unapproved-administrators"]["approvals"]
        approvals += [{"account": name, "connection": connection, "by": "Ann Lee"} for name, connection in accounts]
        file.write_text(json.dumps(config))

    def pull_request(self, golden: str, stack: str = "dev") -> tuple[bool, bool]:
        """Whether its gates and its policies let it pass. No server hears of it."""
        passed = self.comment(golden, self.gates, stack)
        assert [one for sim in self.sims.values() for one in sim.requests()] == []
        return passed

    def comment(self, golden: str, gates: str, stack: str = "dev", **flags: bool) -> tuple[bool, bool]:
        for sim in self.sims.values():
            sim.clear_requests()
        self.access.run("preview", stack, json=True, **flags)
        (self.folder / "preview.json").write_text(self.access.text)
        config = ["--config", str(self.folder / "policy.json")]
        done = CliRunner().invoke(app, ["review", str(self.folder / "preview.json"), "--fail-on", gates, *config])
        config += ["--project", self.folder.name]
        code = policies([str(self.folder), "--resources", str(self.folder / "preview.json"), *config])
        found = self._said()
        text = done.output + (f"\n### Policies\n\n~~~\n{found}~~~\n" if found else "")
        assert not [secret for secret in self.secrets() if secret in text]
        self.compare(golden, self.named(text, stack))
        return done.exit_code == 0, code == 0

    def compare(self, golden: str, text: str) -> None:
        file = GOLDEN / f"{golden}.md"
        if os.environ.get("GOLDEN") == "write":
            file.write_text(text, encoding="utf-8")
        assert text == file.read_text(encoding="utf-8")

    def named(self, text: str, stack: str) -> str:
        """A comment with names of servers in place of free ports."""
        for product in self.sims[stack].products:
            text = text.replace(self.sims[stack].url(product).removeprefix("https://"), f"{product}.example.com")
        return text

    def merge(self, stack: str = "dev", **flags: bool) -> Any:
        """Brings it to the servers -> what the stack exports."""
        found = self.access.run("up", stack, **flags).outputs
        self.passwords = found["passwords"]
        self.access.run("preview", stack, expect_no_changes=True)
        return found

    def secrets(self) -> list[str]:
        given = [one["password"] for sim in self.sims.values() for one in sim.connections().values()]
        return [*given, *(text for one in self.passwords.values() for text in one.values())]

    def roles(self, name: str, stack: str = "dev") -> list[str] | None:
        user = self.sims[stack].lookup("vbr", rf"EXAMPLE\{name}")
        return None if user is None else [str(role["name"]) for role in user["roles"]]


@pytest.fixture
def repository(tmp_path: Path, simulator: StartSimulator, capsys: pytest.CaptureFixture[str]) -> Repository:
    sims = {"dev": simulator(), "staging": simulator()}
    return Repository(tmp_path / "backup-access", sims, lambda: str(capsys.readouterr().out))


def test_the_story(repository: Repository) -> None:
    access, dev = repository.access, repository.sims["dev"]

    # The first pull request: everybody is new, and every administrator is approved in policy.json.
    gates, policy = repository.pull_request("1-first")
    assert (gates, policy) == (True, True)
    first = repository.merge()
    assert repository.roles("jdoe") == ADMINISTRATOR
    assert repository.roles("sam.lee") == OPERATOR
    assert dev.lookup("vspc", "alex.cho") is not None
    assert dev.lookup("em", "vbr01.example.com") is not None
    assert dev.can_login("aws", "glass", first["passwords"]["glass"]["aws"])

    # A joiner.
    access.edit("\n  alex.cho:", f"{KIM}  alex.cho:")
    assert repository.pull_request("2-joiner") == (True, True)
    repository.merge()
    assert repository.roles("kim.ito") == OPERATOR

    # Nobody approved that: refused, and not merged.
    access.edit("{dev: operator, staging: operator}", "{dev: backup-admin, staging: operator}")
    assert repository.pull_request("3-refused") == (False, False)
    assert repository.roles("kim.ito") == OPERATOR

    # Once the approval is merged she moves.
    repository.approve((r"EXAMPLE\kim.ito", "vbr"), ("kim-ito", "aws"))
    assert repository.pull_request("4-mover") == (True, True)
    second = repository.merge()
    assert repository.roles("kim.ito") == ADMINISTRATOR
    assert dev.can_login("aws", "kim-ito", second["passwords"]["kim.ito"]["aws"])

    # A rotation of every generated password.
    access.set("veeam:rotation", "2026-12")
    assert repository.pull_request("5-rotation") == (False, True)  # of a protected account, too
    third = repository.merge()
    for name, account, product in (("kim.ito", "kim-ito", "aws"), ("alex.cho", "alex.cho", "vspc")):
        old, new = second["passwords"][name][product], third["passwords"][name][product]
        assert (dev.can_login(product, account, old), dev.can_login(product, account, new)) == (False, True)
    assert dev.can_login("em", r"EXAMPLE\svc-em", "Collect-2026")  # a given one

    # Somebody changes the servers by hand; the nightly look finds it, and an update puts it right.
    dev.drift("vbr", "update", r"EXAMPLE\sam.lee", {"roles": ADMINISTRATOR})
    dev.drift("aws", "delete", "kim-ito")
    assert repository.comment("6-drift", "drift", refresh=True)[0] is False
    assert dev.requests(writes_only=True) == []
    repository.merge(refresh=True)
    assert repository.roles("sam.lee") == OPERATOR
    assert dev.can_login("aws", "kim-ito", third["passwords"]["kim.ito"]["aws"])

    # A leaver.
    access.edit(SAM, "")
    assert repository.pull_request("7-leaver") == (True, True)
    repository.merge()
    assert repository.roles("sam.lee") is None

    # The second environment: the same roster, other profiles, other servers, another key.
    configure_staging(repository)
    assert repository.pull_request("8-staging", "staging") == (True, True)
    repository.merge("staging")
    assert (repository.roles("jdoe", "staging"), repository.roles("kim.ito", "staging")) == (ADMINISTRATOR, OPERATOR)
    assert repository.sims["staging"].lookup("aws", "kim-ito") is None
    assert dev.requests() == []


def configure_staging(repository: Repository) -> None:
    """What the top of Pulumi.staging.yaml says, with a passphrase for the key service."""
    file = repository.folder / "Pulumi.staging.yaml"
    text = file.read_text()
    said = re.findall(r"--secret '([\w:.-]+)'", text)
    content = yaml.safe_load(text)
    assert content.pop("secretsprovider").startswith("azurekeyvault://")
    file.write_text(yaml.safe_dump(content))
    connections = repository.sims["staging"].connections()
    for key in said:
        name, _, setting = key.removeprefix("veeam:connections.").partition(".")
        if setting != "token":  # the simulated console is logged in to with name and password
            value = connections[name]["password"] if name in connections else "Collect-2027"
            repository.access.set(key, value, "staging", path=True, secret=True)
    company = "79817d6d-4b00-4e22-b673-8758f02fa0ef"
    repository.access.set("veeam:companies.northwind", company, "staging", path=True)
