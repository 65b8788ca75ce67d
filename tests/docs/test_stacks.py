"""The pages on the stacks, played from top to bottom: commands run, files are taken, tables are true."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from tests import pulumi_cli
from tests.conftest import StartSimulator
from tests.docs.pages import ROOT, Block, codes, page
from veeam_pulumi.access import servers, tenants
from veeam_pulumi.cli.engine import app
from veeam_pulumi.simulator import Simulator

ELSEWHERE = re.compile(r"--secrets-provider|change-secrets-provider")
"""What only `pulumi` and a cloud can do; held against the forms that Pulumi documents."""
KEYS = re.compile(
    r"passphrase|default|awskms://alias/[\w-]+\?region=[\w-]+|azurekeyvault://[\w-]+\.vault\.azure\.net/keys/[\w-]+|"
    r"gcpkms://projects/\w+/locations/\w+/keyRings/\w+/cryptoKeys/\w+|hashivault://[\w-]+"
)
DATA = {"stacks/servers": "servers.yaml", "stacks/tenants": "tenants.csv"}


class Terminal:
    """Somebody who types what a page says, in a clone of the repository; a password that is asked for is PASSWORD."""

    PASSWORD = "Typed-Passw0rd-1"

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch, engine: str) -> None:
        self._root, self._patch, self.folder = root, monkeypatch, root
        self._cli = engine == "pulumi"

    def block(self, block: Block) -> None:
        for line in block.text.splitlines():
            self.line(line)

    def line(self, line: str) -> None:
        first, *words = shlex.split(line)
        if ELSEWHERE.search(line):
            assert KEYS.fullmatch(next(word for word in words if "://" in word)), line
        elif first == "cd":
            self.folder = self._root / words[0]
            self._patch.chdir(self.folder)
        elif first == "export":
            self._patch.setenv(*words[0].split("=", 1))
        elif words[:2] == ["stack", "output"] and not self._cli:
            text = self._engine(["export", "--stack", words[-1]], line)
            (stack,) = (one for one in json.loads(text)["deployment"]["resources"] if one["type"].endswith(":Stack"))
            assert words[2] in stack["outputs"], line
        else:
            assert first in ("pulumi", "veeam-pulumi"), line
            self._engine(words[1:] if words[0] == "engine" else words, line)

    def _engine(self, words: list[str], line: str) -> str:
        """The CLI where it is asked for, which the pages name in the place of the embedded engine, or the latter."""
        if self._cli:
            given = ["pulumi", *words, *(["--yes"] if words[0] == "up" and "--yes" not in words else [])]
            return pulumi_cli.run(given, self.folder, stdin=f"{self.PASSWORD}\n").stdout
        done = CliRunner().invoke(app, words, input=f"{self.PASSWORD}\n")
        assert done.exit_code == 0, f"{line}: {done.output}"
        return done.output


@pytest.fixture
def sim(simulator: StartSimulator, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    sim = simulator(products=("em", "vbr", "vspc"))
    second = simulator(products=("vbr",))  # two backup servers have two certificates
    for name, product in {"em": "em", "vbr01": "vbr", "vbr02": "vbr", "vspc": "vspc"}.items():
        one = second if name == "vbr02" else sim
        monkeypatch.setenv(f"VEEAM_{name.upper()}_URL", one.url(product))
        monkeypatch.setenv(f"VEEAM_{name.upper()}_PRODUCT", product)
        monkeypatch.setenv(f"VEEAM_{name.upper()}_TLS_CA_FILE", str(one.ca_file))
    return sim


@pytest.fixture(params=["embedded", "pulumi"])
def terminal(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    for name in DATA:
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}/state")
    if request.param == "pulumi":
        pulumi_cli.require()
        pulumi_cli.link_environment(tmp_path)
        for name, value in pulumi_cli.variables(tmp_path).items():
            monkeypatch.setenv(name, value)
    return Terminal(tmp_path, monkeypatch, request.param)


@pytest.mark.parametrize(
    ("name", "stack", "arrived"),
    [
        ("servers.md", "stacks/servers", lambda sim: sim.can_login("em", r"LAB\svc-em", Terminal.PASSWORD)),
        ("service-providers.md", "stacks/tenants", lambda sim: sim.can_login("vspc", "s.smith", Terminal.PASSWORD)),
    ],
)
def test_a_page_on_a_stack(
    terminal: Terminal, sim: Simulator, tmp_path: Path, name: str, stack: str, arrived: Callable[[Simulator], bool]
) -> None:
    (data,) = (one for one in page(name).blocks("yaml", "csv") if "config:" not in one.text)
    (tmp_path / stack / DATA[stack]).write_text(data.text)
    for block in page(name).blocks("sh"):
        terminal.block(block)
    assert arrived(sim)


def test_the_page_on_environments(terminal: Terminal, sim: Simulator) -> None:
    first, *others = page("environments.md").blocks("sh")
    terminal.block(first)
    assert sim.requests() == []
    terminal.block(page("service-providers.md").blocks("sh")[0])
    sim.clear_requests()
    for block in others:
        terminal.block(block)
    assert sim.requests("vspc", "GET")
    assert sim.requests(writes_only=True) == []


def test_the_program_of_the_page_on_service_providers(terminal: Terminal, sim: Simulator, tmp_path: Path) -> None:
    (program,) = page("service-providers.md").blocks("python")
    (tmp_path / "stacks/tenants/__main__.py").write_text(program.text)
    terminal.block(page("service-providers.md").blocks("sh")[0])
    assert {"s.smith", "m.jones", "r.roe", "l.loe"} <= {one["userName"] for one in sim.objects("vspc")["users"]}


def test_the_tables_on_keys_and_columns() -> None:
    assert tuple(page("servers.md").rows("servers.yaml")) == servers.KEYS
    rows = page("service-providers.md").rows("tenants.csv")
    columns = {name: cells for name, cells in rows.items() if name in (*tenants.COLUMNS, *tenants.OPTIONAL)}
    assert tuple(columns) == (*tenants.COLUMNS, *tenants.OPTIONAL)
    assert {name for name, cells in columns.items() if cells[1] == "no"} == set(tenants.NEEDED)
    assert tuple(codes(columns["role"][2])) == tenants.ROLES


@pytest.mark.parametrize(
    ("name", "title", "spaces", "source"),
    [
        (
            "servers.md",
            "Server settings",
            {"config": "veeam-servers", "veeam_config": "veeam"},
            "stacks/servers/__main__.py",
        ),
        ("service-providers.md", "Tenant settings", {"config": "veeam"}, "veeam_pulumi/access/companies.py"),
    ],
)
def test_the_tables_on_settings(name: str, title: str, spaces: dict[str, str], source: str) -> None:
    code = (ROOT / source).read_text()
    read = re.findall(r'(\w+)\.(?:get|require|require_secret|full_key)\("(\w+)"\)', code)
    assert set(page(name).rows(title)) == {f"{spaces[config]}:{key}" for config, key in read if config in spaces}


def test_the_table_on_keys_for_secrets() -> None:
    urls = [codes(cells[1])[0] for cells in page("environments.md").rows("Keys for secrets").values()]
    assert [url for url in urls if not KEYS.fullmatch(url)] == []
    assert {url.partition(":")[0] for url in urls} == {
        "passphrase", "awskms", "azurekeyvault", "gcpkms", "hashivault", "default",
    }  # fmt: skip


@pytest.mark.parametrize("file", sorted((ROOT / "stacks").glob("*/Pulumi.*.yaml")), ids=lambda one: str(one)[-40:])
def test_how_a_stack_is_made_stands_in_its_file(file: Path) -> None:
    """dev has the public passphrase; the others say how to make them with a key of their own."""
    text = file.read_text()
    assert isinstance(yaml.safe_load(text)["config"]["veeam:connections"], dict)
    if file.name == "Pulumi.dev.yaml":
        assert "export PULUMI_CONFIG_PASSPHRASE=" in text
        return
    assert "secure:" not in text
    for url in re.findall(r"--secrets-provider '(.*)'", text):
        assert KEYS.fullmatch(url)


def test_certificate_outputs_are_those_of_the_class() -> None:
    from veeam_pulumi.products.vbr import certificate

    assert set(page("vbr-server-certificate.md").rows("Certificate outputs")) == set(certificate.FIELDS)
