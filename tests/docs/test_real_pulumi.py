"""The page on the Pulumi CLI, typed there as it is written: the first run, imports, renaming, taking a stack down.

Its other tests are beside the engines' own: tests/engine/test_import.py, test_entries.py and test_crash.py.
"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests import pulumi_cli
from tests.conftest import StartSimulator
from tests.docs.pages import page
from veeam_pulumi.simulator import Simulator

PAGE = page("real-pulumi.md")
TYPED = {"pip", "python3", "pulumi"}
ELSEWHERE = ("What does not work", "Moving between the embedded engine and the CLI")


def blocks(title: str, language: str = "sh") -> list[str]:
    """The blocks of a section, also those inside of a list."""
    (section,) = re.findall(rf"^## {re.escape(title)}$(.*?)(?=^## |\Z)", PAGE.text, re.DOTALL | re.MULTILINE)
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```$", section, re.DOTALL | re.MULTILINE)
    return [re.sub(r"^  (?=\S)", "", text, flags=re.MULTILINE) if language == "sh" else text for text in found]


class Terminal:
    """Somebody who types it, in a project of the page's name; who is asked says yes, or the password."""

    def __init__(self, folder: Path, sim: Simulator) -> None:
        self.folder, self.sim, self.said = folder, sim, ""

    def program(self, *lines: str) -> None:
        (self.folder / "__main__.py").write_text("\n".join(["import pulumi", "import veeam_pulumi as veeam", *lines]))

    def type(self, text: str, **codes: int) -> None:
        """Every line; `codes`: exit codes that are not 0, by the word after `pulumi`."""
        for line in text.splitlines():
            self.line(line, codes.get(shlex.split(line)[1], 0))

    def line(self, line: str, code: int = 0) -> None:
        words = shlex.split(line)
        if words[0] != "pulumi":
            assert Path(words[0]).name in TYPED, line  # what the virtual environment of the tests stands for
            return
        asks = words[1] in ("up", "destroy", "refresh", "cancel") or words[1:3] == ["stack", "rm"]
        given = [*words, *(["--yes"] if asks and "--yes" not in words else [])]
        stdin = f"{self.sim.password('vbr')}\n"
        self.sim.clear_requests()
        done = pulumi_cli.run(given, self.folder, stdin=stdin, codes=[code])
        self.said = done.stdout + done.stderr

    def state(self) -> dict[str, Any]:
        done = pulumi_cli.run(["pulumi", "stack", "export", "--stack", "prod"], self.folder)
        found = json.loads(done.stdout)["deployment"].get("resources", [])
        return {one["urn"].rpartition("::")[2]: one for one in found if "veeam" in one["type"]}


@pytest.fixture
def terminal(tmp_path: Path, simulator: StartSimulator, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A stack `prod` as the page's first section and its first run leave it, with the simulator's address."""
    pulumi_cli.require()
    sim = simulator(products=("vbr",))
    for name, value in {**pulumi_cli.variables(tmp_path), **sim.variables()}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "a passphrase")
    (project,) = (text for text in blocks("Project files", "yaml"))
    (tmp_path / "Pulumi.yaml").write_text(project.replace("backup-access", "access"))
    pulumi_cli.link_environment(tmp_path)
    made = Terminal(tmp_path, sim)
    made.program('veeam.vbr.User("first", name=r"EXAMPLE\\alice", roles=["Veeam Backup Viewer"])')
    for text in [*blocks("Project files"), *blocks("First run")]:
        made.type(text)
    assert sim.lookup("vbr", r"EXAMPLE\alice")
    return made


def test_every_command_of_the_page_is_typed_here_or_where_it_is_said() -> None:
    source = Path(__file__).read_text()
    titles = re.findall(r"^## (.*)$", PAGE.text, re.MULTILINE)
    typed = [title for title in titles if f'blocks("{title}")' in source or title in ELSEWHERE]
    with_commands = [title for title in titles if blocks(title)]
    assert [title for title in with_commands if title not in typed and title != "Importing what is there"] == []
    assert blocks("Importing what is there") == [
        "pulumi import --file import.json --generate-code=false --protect=false --yes\n"
    ]


def test_a_stack_from_its_first_run_over_drift_and_an_upgrade_to_another_name(terminal: Terminal) -> None:
    (nightly,) = blocks("Previews in pull requests")
    terminal.type(nightly)
    terminal.sim.drift("vbr", "update", r"EXAMPLE\alice", {"roles": ["Backup Administrator"]})
    terminal.line(nightly, code=7)
    assert "Veeam Backup Viewer" in terminal.said
    terminal.line("pulumi up")

    (upgrade,) = blocks("Upgrading the package")
    terminal.type(upgrade)
    assert terminal.sim.requests() == []

    (rename,) = blocks("Renaming a resource")
    terminal.line(f"{rename.strip()} --yes")
    (program,) = blocks("Renaming a resource", "python")
    terminal.program(*program.splitlines()[2:])
    terminal.line("pulumi up --expect-no-changes")
    assert terminal.sim.requests(writes_only=True) == []
    assert set(terminal.state()) == {"second"}

    (automation,) = blocks("Automation API", "python")
    (terminal.folder / "automate.py").write_text(automation)
    pulumi_cli.run([".venv/bin/python", "automate.py"], terminal.folder)
    assert terminal.sim.lookup("vbr", r"EXAMPLE\alice") is None


PROTECTED = (
    'veeam.vbr.User("first", name=r"EXAMPLE\\alice", roles=["Veeam Backup Viewer"])',
    'veeam.vbr.User("glass", name=r"EXAMPLE\\glass", roles=["Veeam Backup Viewer"],',
    "    opts=pulumi.ResourceOptions(protect=True))",
)


def test_taking_a_stack_down_leaves_its_protected_accounts(terminal: Terminal) -> None:
    terminal.program(*PROTECTED)
    terminal.line("pulumi up")
    terminal.line("pulumi destroy --stack prod", code=1)
    assert "protect" in terminal.said
    assert terminal.sim.requests(writes_only=True) == []  # refused before anything is deleted
    (stays,) = blocks("Taking a stack down")
    terminal.type(stays)
    assert terminal.sim.lookup("vbr", r"EXAMPLE\alice") is None
    assert terminal.sim.lookup("vbr", r"EXAMPLE\glass")
    assert "prod" not in pulumi_cli.run(["pulumi", "stack", "ls"], terminal.folder).stdout


def test_taking_a_stack_down_with_its_protected_accounts(terminal: Terminal) -> None:
    """As the page says it in words: drop `protect=True`, up, destroy; `stack rm` takes what is left."""
    terminal.program(*PROTECTED)
    terminal.line("pulumi up")
    terminal.program(*PROTECTED[:2], "    opts=None)")
    for line in ("pulumi up", "pulumi destroy --stack prod", "pulumi stack rm prod"):
        terminal.line(line)
    assert terminal.sim.lookup("vbr", r"EXAMPLE\glass") is None


def test_what_an_interrupted_run_left_is_cleaned_up_as_the_page_says(terminal: Terminal) -> None:
    """A lock, an empty file beside the state, and a creation that nobody knows the end of."""
    said = " ".join(PAGE.sections["Interrupted runs"].split())
    file = terminal.folder / "state/.pulumi/stacks/access/prod.json"
    lock = terminal.folder / "state/.pulumi/locks/organization/access/prod/1.json"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text("{}")
    terminal.line("pulumi up", code=1)
    assert "A killed run leaves its lock: `pulumi cancel`." in said
    terminal.line("pulumi cancel")

    attributes = file.with_name("prod.json.attrs")
    assert attributes.exists()
    attributes.write_text("")
    terminal.line("pulumi preview", code=1)
    assert re.findall(r"`(failed to load checkpoint: EOF)`", said)[0] in terminal.said
    attributes.unlink()

    name = r"EXAMPLE\bob"
    done = pulumi_cli.run(["pulumi", "stack", "export", "--stack", "prod"], terminal.folder)
    content = json.loads(done.stdout)
    made = next(one for one in content["deployment"]["resources"] if one["urn"].endswith("::first"))
    kept = ("type", "custom", "parent", "provider")
    pending = {key: made[key] for key in kept} | {"urn": made["urn"].replace("first", "bob"), "inputs": {"name": name}}
    stored = json.loads(file.read_text())
    stored["checkpoint"]["latest"]["pending_operations"] = [{"resource": pending, "type": "creating"}]
    file.write_text(json.dumps(stored))
    attributes.unlink(missing_ok=True)
    terminal.sim.drift("vbr", "add", name, {"roles": ["Backup Viewer"]})
    bob = 'veeam.vbr.User("bob", name=r"EXAMPLE\\bob", roles=["Veeam Backup Viewer"]{})'
    terminal.program(*PROTECTED[:1], bob.format(""))
    terminal.line("pulumi up", code=1)
    assert "interrupted while creating" in terminal.said
    assert "exists already" in terminal.said
    for more in (", adopt=True", ""):
        terminal.program(*PROTECTED[:1], bob.format(more))
        terminal.line("pulumi up")
    (clear,) = re.findall(r"`(pulumi refresh --clear-pending-creates)`", said)
    terminal.line(clear)
    terminal.line("pulumi up --expect-no-changes")
    assert "interrupted while creating" not in terminal.said
    assert set(terminal.state()) == {"first", "bob"}
