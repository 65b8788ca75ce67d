"""`new --from`: a repository made of what `discover` wrote, for each template and host; its preview changes nothing."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.estate.test_take_over import ALPHA, grown, run, servers  # noqa: F401 - fixtures
from veeam_pulumi.simulator import Simulator

VARIABLES = {f"VEEAM_{name}_PASSWORD" for name in ("AWS", "VBR", "EM", "VSPC", "AZURE", "M365")}


def unchanged(sim: Simulator, folder: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Takes the repository into a state and previews it, as its README says."""
    monkeypatch.chdir(folder)
    run("engine", "stack", "init", "prod")
    run("engine", "import-resources", "import.json", "--stack", "prod", "--yes")
    said = run("engine", "preview", "--stack", "prod", "--refresh", "--expect-no-changes").stdout
    assert sim.requests(writes_only=True) == []
    return said


def test_the_users_of_companies(grown: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    run("discover", "vspc", "--out", "taken", "--tenants")
    run("new", "customers", "--template", "tenants", "--from", "taken")
    there = {file.name for file in Path("customers").iterdir()}
    assert {"tenants.csv", "Pulumi.prod.yaml", "import.json"} <= there
    assert not there & {"tenants.prod.csv", "tenants.staging.csv", "roster.yaml", "Pulumi.dev.yaml", "policy.json"}
    assert f"Alpha,{ALPHA},pavel" in Path("customers/tenants.csv").read_text()
    about = Path("customers/README.md").read_text()
    assert ("| `tenants.csv` |" in about, "| `roster.yaml` |" in about, "In a pipeline" in about) == (
        True,
        False,
        False,
    )
    assert "The users of a service provider's companies, as found" in about
    assert "7 unchanged" in unchanged(grown, "customers", monkeypatch)  # the stack, a company, five users


def test_the_backup_servers_of_enterprise_manager(grown: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    grown.drift("em", "add", "172.17.53.48", {"description": "an appliance"})
    run("discover", "em", "--out", "taken")
    run("new", "collected", "--template", "servers", "--from", "taken")
    text = Path("collected/servers.yaml").read_text()
    assert "  vbr01: {address: vbr01.lab.local," in text
    assert re.search(
        r"  server-172-17-53-48: \{address: 172.17.53.48, description: an appliance, .*adopt: true\}", text
    )
    assert not Path("collected/roster.yaml").exists()
    assert "3 unchanged" in unchanged(grown, "collected", monkeypatch)


def test_a_folder_is_of_one_kind_of_run(grown: Simulator) -> None:  # noqa: F811
    """Its import file is written anew by each run, and could not hold what the other one needs."""
    run("discover", "vspc", "--out", "tenants", "--tenants")
    run("discover", "vbr", "--out", "access")
    before = {file: file.read_bytes() for folder in ("tenants", "access") for file in Path(folder).iterdir()}
    said = run("discover", "vbr", "--out", "tenants", code=2).stderr
    assert "tenants has a tenants.csv, which this would not go with\n  add --tenants, or name another DIR" in said
    said = run("discover", "vspc", "--out", "access", "--tenants", code=2).stderr
    assert "access has a roster.yaml, which this would not go with\n  leave --tenants out, or name another DIR" in said
    assert {file: file.read_bytes() for folder in ("tenants", "access") for file in Path(folder).iterdir()} == before


def test_a_connection_of_another_name(grown: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    for product in ("vspc", "em"):
        for setting in ("URL", "USERNAME", "PASSWORD", "TLS_CA_FILE"):
            monkeypatch.setenv(
                f"VEEAM_{product}_EU_{setting}".upper(), os.environ[f"VEEAM_{product.upper()}_{setting}"]
            )
            monkeypatch.delenv(f"VEEAM_{product.upper()}_{setting}")
        monkeypatch.setenv(f"VEEAM_{product.upper()}_EU_PRODUCT", product)
    here = Path.cwd()
    for words, template in ((["vspc-eu", "--tenants"], "tenants"), (["em-eu"], "servers")):
        run("discover", *words, "--out", f"taken-{template}")
        run("new", template, "--template", template, "--from", f"taken-{template}")
        assert yaml.safe_load(Path(template, "Pulumi.prod.yaml").read_text())["config"]["veeam:connection"] == words[0]
        unchanged(grown, template, monkeypatch)
        monkeypatch.chdir(here)


def test_what_is_not_there_is_said(grown: Simulator) -> None:  # noqa: F811
    run("discover", "vbr", "--out", "taken")
    said = run("new", "x", "--template", "tenants", "--from", "taken", code=1).stderr
    assert "taken has no tenants.csv\n  write it first: veeam-pulumi discover --tenants --out taken, then name" in said
    said = run("new", "x", "--template", "servers", "--from", "taken", code=1).stderr
    assert "is for the backup servers of one Enterprise Manager, and import.json has none" in " ".join(said.split())
    assert not Path("x").exists()


# ---- pipelines


def settings_of(text: str) -> list[dict[str, Any]]:
    """Every `env` of a pipeline."""
    found: list[dict[str, Any]] = []

    def look(one: Any) -> None:
        if isinstance(one, dict):
            found.extend([one["env"]] if isinstance(one.get("env"), dict) else [])
            for value in one.values():
                look(value)
        elif isinstance(one, list):
            for value in one:
                look(value)

    look(yaml.safe_load(text))
    return found


PLACES = {"github": ".github/workflows", "gitlab": ".gitlab-ci.yml", "azure": "azure-pipelines.yml"}


def test_pipelines_are_for_the_one_stack_and_hand_passwords_to_what_asks_servers(grown: Simulator) -> None:  # noqa: F811
    run("discover", "--out", "taken")
    for host, file in PLACES.items():
        run("new", host, "--from", "taken", "--ci", host)
        about = Path(host, "README.md").read_text()
        assert {*re.findall(r"`(VEEAM_\w+)`", about)} == VARIABLES
        place = Path(host, file)
        texts = {one.name: one.read_text() for one in ([place] if place.is_file() else place.iterdir())}
        for name, text in texts.items():
            assert not re.search(r"\b(staging|dev)\b(?!/)", text), name
            assert yaml.safe_load(text), name
        if host == "github":
            assert set(yaml.safe_load(texts["up.yml"])["jobs"]) == {"prod"}
            assert "needs" not in yaml.safe_load(texts["up.yml"])["jobs"]["prod"]
            for name in ("preview.yml", "review.yml", "drift.yml"):
                (job,) = yaml.safe_load(texts[name])["jobs"].values()
                assert job["strategy"]["matrix"] == {"stack": ["prod"]}
            told = {name for name, text in texts.items() if any({*env} >= VARIABLES for env in settings_of(text))}
            assert told == {"up-stack.yml", "drift.yml"}
