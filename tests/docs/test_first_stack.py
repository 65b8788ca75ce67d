"""The page on the first stack, and the README of a new repository: somebody types all of it, from top to bottom."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from tests import pulumi_cli
from tests.access.test_story import GOLDEN
from tests.conftest import StartSimulator
from tests.docs.pages import ROOT, codes, page
from tests.docs.test_stacks import KEYS
from tests.policy.command import policies
from veeam_pulumi.cli.main import app
from veeam_pulumi.repository.files import written
from veeam_pulumi.simulator import Simulator

PAGE = page("first-stack.md")
TYPED = "Typed-Passw0rd\n"


class Shell:
    """A shell whose servers are on free ports. What needs an installation or a cloud is held against what there is."""

    def __init__(self, sim: Simulator, monkeypatch: pytest.MonkeyPatch, engine: str = "embedded") -> None:
        self._sim, self._patch, self.codes, self.said = sim, monkeypatch, list[int](), ""
        self._engine = engine
        for name in ("aws", "em", "vbr", "vspc"):  # the four that the page has
            one = sim.connections()[name]
            monkeypatch.setenv(f"VEEAM_{name.upper()}_URL", one["url"])
            monkeypatch.setenv(f"VEEAM_{name.upper()}_TLS_CA_FILE", one["tls"]["ca_file"])
        for who in ("AUTHOR", "COMMITTER"):
            monkeypatch.setenv(f"GIT_{who}_NAME", "Ann Lee")
            monkeypatch.setenv(f"GIT_{who}_EMAIL", "ann@example.com")

    def type(self, text: str) -> list[int]:
        """Every line of a block -> their exit codes."""
        return [self.line(shlex.split(line)) for line in text.splitlines()]

    def line(self, words: list[str]) -> int:
        out = None
        if ">" in words:
            words, (out,) = words[: words.index(">")], words[words.index(">") + 1 :]
        first, *rest = Path(words[0]).name, *words[1:]
        if first == "cd":
            self._patch.chdir(rest[0])
        elif first == "export":
            self._patch.setenv(*rest[0].split("=", 1))
        elif words[0] == ".":  # in the environment of the tests already
            assert rest == [".venv/bin/activate"]
        elif first == "git":
            subprocess.run(words, check=True, capture_output=True)
        elif (first, *rest[:1]) == ("veeam-pulumi", "policy"):
            return policies(rest[1:])
        elif words[:2] == ["pulumi", "new"]:
            template = ROOT / rest[1].partition("veeam_pulumi/")[2]
            assert "template" in yaml.safe_load((template / "Pulumi.yaml").read_text())
            if self._engine == "pulumi":
                folder = Path.cwd().parent / "elsewhere"
                folder.mkdir()
                pulumi_cli.run(["pulumi", "new", str(template), *rest[2:], "--yes", "--generate-only"], folder)
                assert (folder / rest[-1] / "roster.yaml").exists()
        elif first == "pip" or rest[:2] == ["-m", "venv"]:
            assert {"[policy,simulator]", "requirements.txt", ".venv"} & set(re.findall(r"\[.*\]|[\w.]+$", rest[-1]))
        elif first == "pulumi":
            return self._pulumi(rest)
        elif rest[0] == "simulator":  # runs already, on other ports
            assert rest == [
                "simulator",
                "--port-base",
                "9400",
                "--out",
                ".simulator",
                "--state",
                ".simulator/servers.sqlite",
            ]
        else:
            return self._run(rest, out)
        return 0

    def _pulumi(self, words: list[str]) -> int:
        """The CLI, with a passphrase for the key of a cloud; else the embedded engine in its place, which has no policy
        packs. Nobody answers questions."""
        if self._engine == "pulumi":
            if "--secrets-provider" in words:
                words = words[: words.index("--secrets-provider")]
            given = ["pulumi", *words, *(["--yes"] if words[0] == "up" else [])]
            self.said = pulumi_cli.run(given, Path.cwd(), stdin=TYPED).stdout
            return 0
        for option, values in (("--policy-pack", r"policy"), ("--policy-pack-config", r"policy\.json")):
            if option in words:
                at = words.index(option)
                assert re.fullmatch(values, words[at + 1])
                assert Path(words[at + 1]).exists()
                del words[at : at + 2]
        if "--secrets-provider" in words:
            *words, _, key = words
            assert KEYS.fullmatch(key)
        return self._run(["engine", *words, *(["--yes"] if words[0] == "up" else [])], None)

    def _run(self, words: list[str], out: str | None) -> int:
        done = CliRunner().invoke(app, words, input=TYPED)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        self.said = done.stdout
        if out:
            Path(out).write_text(done.stdout)
        return done.exit_code


@pytest.fixture
def sim(simulator: StartSimulator) -> Simulator:
    return simulator()


def blocks(title: str) -> list[tuple[str, str]]:
    """The blocks under a heading: (language, text)."""
    (section,) = re.findall(
        rf"^## {re.escape(title)}$(.*?)(?=^## (?!Access review)|\Z)", PAGE.text, re.DOTALL | re.MULTILINE
    )
    return re.findall(r"^```+(\w*)\n(.*?)^```+$", section, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("engine", ["embedded", "pulumi"])
def test_the_page_from_top_to_bottom(
    engine: str, tmp_path: Path, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if engine == "pulumi":
        pulumi_cli.require()
        for name, value in pulumi_cli.variables(tmp_path).items():
            monkeypatch.setenv(name, value)
    shell, roster, policy = Shell(sim, monkeypatch, engine), Path("roster.yaml"), Path("policy.json")

    for _, text in blocks("A repository"):
        assert set(shell.type(text)) == {0}
    there = {path.name + "/" * path.is_dir() for path in Path().iterdir()}
    named = {code for cells in PAGE.rows("A repository").values() for code in codes(cells[0])}
    assert {name.partition("/")[0] for name in named} == {name.rstrip("/") for name in there}

    first, simulated, up = (text for _, text in blocks("The first preview"))
    assert set(shell.type(first)) == {0}
    assert "veeam:access:Person jane.doe" in shell.said
    assert (sim.requests(), shell.type(simulated)) == ([], [0])
    assert shell.type(up) == [0]
    assert sim.lookup("vbr", r"EXAMPLE\jdoe") is not None

    (_, entry), (_, by_hand), (_, comment) = blocks("A pull request")
    text = roster.read_text()
    roster.write_text(text.replace("people:\n", entry))
    assert shell.type(by_hand) == [0, 0, 0]
    assert comment == (GOLDEN / "2-joiner.md").read_text()
    assert comment.splitlines()[2] in shell.said

    other = re.findall(r"profile `(\{.*?\})`", PAGE.sections["One that is refused"])
    roster.write_text(roster.read_text().replace("{dev: operator, staging: operator}", *other))
    assert shell.type(by_hand) == [0, 1, 1]
    ((_, approvals),) = blocks("One that is refused")
    config = json.loads(policy.read_text())
    config["no-unapproved-administrators"]["approvals"] += json.loads(approvals)
    policy.write_text(json.dumps(config))
    assert shell.type(by_hand) == [0, 0, 0]

    pulumi_cli.link_environment(Path())
    fill_in(sim, Path("Pulumi.prod.yaml"))
    made, doctor, packages, bring = (text for _, text in blocks("Your servers"))
    assert shell.type(made) == [0, 0]
    for key in re.findall(r"--secret '([\w:.-]+)'", written("backup-access", "none")["Pulumi.prod.yaml"]):
        name = key.removeprefix("veeam:connections.").partition(".")[0]
        value = sim.connections()[name]["password"] if name in sim.products else "Collect-2027"
        # The simulated console is logged in to with a password.
        words = ["config", "set", "--stack", "prod", "--path", "--secret", key.replace("token", "password"), value]
        assert shell.line(["pulumi", *words]) == 0
    assert shell.type(doctor) == [0], shell.said
    assert shell.type(packages) == [0, 0]
    assert set(shell.type(bring)) == {0}
    assert [role["name"] for role in (sim.lookup("vbr", r"EXAMPLE\sam.lee") or {})["roles"]] == [
        "Veeam Restore Operator"
    ]

    ((_, text),) = blocks("Onto the host")
    Path(".venv").unlink()  # which git ignores where it is a folder
    assert set(shell.type(text)) == {0}
    kept = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True).stdout.split()
    assert set(kept) == set(written("backup-access", "github"))


def fill_in(sim: Simulator, file: Path) -> None:
    """What the page says of Pulumi.prod.yaml, with the passphrase for a key; dev's accounts are on other servers."""
    sim.reset()
    text: dict[str, Any] = yaml.safe_load(file.read_text())
    del text["secretsprovider"]
    named = set(text["config"]["veeam:connections"])
    connections = {name: one for name, one in sim.connections().items() if name in named}
    assert named == set(connections)
    for one in connections.values():
        del one["password"]
    text["config"]["veeam:connections"] = connections
    text["config"]["veeam:companies"] = {"northwind": "79817d6d-4b00-4e22-b673-8758f02fa0ef"}
    file.write_text(yaml.safe_dump(text))


def test_the_readme_of_a_new_repository(tmp_path: Path, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shell = Shell(sim, monkeypatch)
    assert shell.line(["veeam-pulumi", "new", ".", "--name", "backup-access"]) == 0
    texts = re.findall(r"^```sh\n(.*?)^```$", Path("README.md").read_text(), re.DOTALL | re.MULTILINE)
    assert [shell.type(text) for text in texts] == [[0] * 3, [0] * 3, [0], [0], [0] * 3]
    assert sim.lookup("aws", "jane-doe") is not None
