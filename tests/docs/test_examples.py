"""The examples of the pages: programs run, settings are settings, command lines are understood."""

from __future__ import annotations

import ast
import inspect
import io
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

import veeam_pulumi
from tests.conftest import StartSimulator
from tests.docs.pages import ROOT, Block, codes, page, pages
from veeam_pulumi.cli.main import app
from veeam_pulumi.engine import Engine
from veeam_pulumi.engine.config import Project
from veeam_pulumi.products import resources, sessions
from veeam_pulumi.resource.fields import Marker
from veeam_pulumi.server.connections import Connections
from veeam_pulumi.simulator import PRODUCTS, Simulator

PASSWORD = "Example-Passw0rd"
# The servers that all programs together need, and the connections beside the ones of the products' names.
KNOBS = {"vbr.build": "13.1.0.411", "vbr.dialect": "both", "vbr.users_shape": "model"}
MORE = {"vbr-old": {"product": "vbr", "api": "users"}}


def blocks(*languages: str) -> list[Block]:
    return [block for one in pages() for block in one.blocks(*languages)]


def programs() -> list[str]:
    """The whole programs of docs/."""
    found = [block for block in blocks("python") if "import veeam_pulumi" in block.text]
    return [block.text for block in found if block.page != "README.md"]


def calls(program: str) -> Iterator[tuple[str, str, dict[str, ast.expr]]]:
    """What a program says of our resources: (kind, method, keyword arguments)."""
    for node in ast.walk(ast.parse(program)):
        if isinstance(node, ast.Call) and (
            found := re.fullmatch(r"veeam\.(\w+\.[A-Z]\w*)(\.get)?", ast.unparse(node.func))
        ):
            yield found[1], found[2] or "", {str(one.arg): one.value for one in node.keywords}


def test_there_are_programs_for_every_kind() -> None:
    assert {kind for text in programs() for kind, _, _ in calls(text)} == set(resources())


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_calls_have_the_arguments_that_there_are(block: Block) -> None:
    compile(block.text, str(block), "exec")
    for kind, method, given in calls(block.text):
        product, name = kind.split(".")
        typed = getattr(getattr(veeam_pulumi, product), name)
        assert set(given) <= set(inspect.signature(typed.get if method else typed).parameters), block


def test_programs_live_from_preview_to_destroy(tmp_path: Path, simulator: StartSimulator) -> None:
    """All programs as one, which is quick: so a name of a resource or of a user may be used once on all pages.

    Every request that they send is one that the pages tell of.
    """
    sim = simulator(KNOBS, products=PRODUCTS)
    for text in programs():
        make_what_is_adopted(sim, text)
    before = names(sim)
    run = project(tmp_path, sim, programs())
    run("preview")
    assert sim.requests(writes_only=True) == []
    run("up")
    run("up", expect_no_changes=True)
    run("destroy")
    assert names(sim) == before
    assert {(one.product, one.method, one.path) for one in sim.requests() if not told(one)} == set()


def make_what_is_adopted(sim: Simulator, program: str) -> None:
    for kind, _, given in calls(program):
        resource = resources()[kind]
        name = ast.literal_eval(given.get(resource.marked(Marker.identity)[-1], ast.Constant("")))
        if "adopt" in given and sim.lookup(resource.product, name) is None:
            values = {"password": PASSWORD} if "current_password" in given else {}
            sim.drift(resource.product, "add", name, values)


def names(sim: Simulator) -> set[tuple[str, str, str]]:
    """(product, kind, id or name) of everything that the servers hold."""
    return {
        (product, kind, str(row.get("id") or row.get("instanceUid") or row.get("name") or row))
        for product in sim.products
        for kind, rows in sim.objects(product).items()
        for row in rows
    }


def project(folder: Path, sim: Simulator, programs: list[str]) -> Any:
    """A project with these programs, whose every piece of config is PASSWORD -> run(operation, **flags)."""
    for number, text in enumerate(programs):
        (folder / f"example_{number}.py").write_text(text)
    (folder / "__main__.py").write_text("".join(f"import example_{number}\n" for number in range(len(programs))))
    (folder / "Pulumi.yaml").write_text("name: examples\nruntime: python\n")
    keys = re.findall(r'config\.require(?:_secret)?\("(\w+)"\)', "\n".join(programs))
    connections = sim.connections()
    connections |= {name: connections[more["product"]] | more for name, more in MORE.items()}
    config = {"veeam:connections": connections, **{f"examples:{key}": PASSWORD for key in keys}}
    (folder / "Pulumi.dev.yaml").write_text(json.dumps({"config": config}))
    environ = {"PULUMI_CONFIG_PASSPHRASE": "pw", "PULUMI_BACKEND_URL": f"file://{folder}/state"}
    Engine(folder, "dev", environ=environ).init()

    def run(operation: str, **flags: bool) -> None:
        out = io.StringIO()
        result = getattr(Engine(folder, "dev", environ=environ, out=out), operation)(**flags)
        assert result.exit_code == 0, out.getvalue()

    return run


def told(request: Any) -> bool:
    """Whether a page of the product, or the one on connections, names the request."""
    ours = [one.prose for one in pages() if one.path.name.startswith((f"{request.product}-", "connections."))]
    for code in codes("\n".join(ours)):
        method, _, path = code.partition("?")[0].partition(" ")
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))
        if method == request.method and re.fullmatch(pattern, request.path):
            return True
    return False


@pytest.mark.parametrize("block", blocks("yaml"), ids=str)
def test_configuration_is_accepted(block: Block, tmp_path: Path) -> None:
    data = yaml.safe_load(block.text)
    assert isinstance(data, dict)
    if connections := (data.get("config") or {}).get("veeam:connections"):
        known = Connections(opened(connections), sessions=sessions(), warn=print, environ={})
        assert [known.get(name).name for name in known.names] == sorted(connections)
    if "runtime" in data:
        (tmp_path / "Pulumi.yaml").write_text(block.text)
        assert Project.load(tmp_path).name == data["name"]
        assert "main" not in data  # breaks dynamic providers on the real CLI
        assert "virtualenv" in data["runtime"]["options"]


def opened(value: Any) -> Any:
    """Config with its secrets in clear, as a provider gets it."""
    if isinstance(value, dict):
        return "a-secret" if set(value) == {"secure"} else {key: opened(item) for key, item in value.items()}
    return value


COMMANDS = (
    "pulumi",
    "veeam-pulumi",
    "terraform",
    "python",
    "python3",
    "pip",
    "perl",
    "git",
    "rm",
    "mkdir",
    "cd",
    "uvx",
    "docker",
)


def lines() -> list[tuple[str, list[str]]]:
    """(where, words) of every command line on the pages, without what redirects its output."""
    found = []
    for block in blocks("sh"):
        for line in block.text.splitlines():
            if words := shlex.split(line, comments=True):
                end = words.index(">") if ">" in words else len(words)
                found.append((f"{block}: {line}", words[:end]))
    return found


def understood(words: list[str]) -> None:
    """Parses a command line of `veeam-pulumi` and does nothing. Raises what click says of a wrong one."""
    root: Any = typer.main.get_command(app)

    def mute(command: Any) -> None:
        command.callback = lambda **_: None
        for inner in getattr(command, "commands", {}).values():
            mute(inner)

    mute(root)
    root(words, standalone_mode=False)


OURS = [(where, words[1:]) for where, words in lines() if words[0].endswith("veeam-pulumi")]


@pytest.mark.parametrize("words", [words for _, words in OURS], ids=[where for where, _ in OURS])
def test_command_lines_are_understood(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dev.json").touch()  # the file that an example reads
    Path("stacks/access").mkdir(parents=True)
    Path("import.json").touch()
    Path("taken").mkdir()
    Path("audit").mkdir()
    Path("audit/2026-11-27.json").touch()
    understood(words)


def test_a_wrong_command_line_is_not_understood() -> None:
    for words in (["engine", "export", "--now"], ["engine", "up", "-s", "dev", "--now"], ["engine", "down"], ["demon"]):
        with pytest.raises(Exception, match=r"(?i)missing|no such"):
            understood(words)


def test_other_command_lines_are_of_known_kinds() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for where, words in lines():
        if words[0] == "make":
            assert words[1] in targets, where
        elif words[0] == "export":
            assert re.fullmatch(r"(PULUMI|VEEAM)_\w+=.*", words[1]), where
        else:
            assert Path(words[0]).name in COMMANDS, where
        if words[:3] == ["pulumi", "config", "set"] and "veeam:connections" in where:
            assert "--path" in words, where
            assert ("--secret" in words) == words[-1].endswith(("password", "token")), where


def test_the_page_on_connections_names_login_and_logout_of_every_product() -> None:
    rows = page("connections.md").rows("Products")
    for name, session in sessions().items():
        logout = " ".join(session.logout_request)
        assert logout in rows[name][3] if logout.strip() else re.search(r"`DELETE /|no logout", rows[name][3])
