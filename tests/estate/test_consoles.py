"""Several users of one login, in companies of one console and on two: each has an entry, or it is said how to do it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from tests.conftest import StartSimulator
from tests.estate.test_take_over import ALPHA, run
from veeam_pulumi.products import resources, sessions
from veeam_pulumi.resource import lifecycle
from veeam_pulumi.server.connections import Connections
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.vspc.seeds import BETA


def made_in_beta(sim: Simulator) -> None:
    """A second user of that name: a console tells users of a name apart by their company."""
    known = Connections(sim.connections(), sessions=sessions(), warn=print, environ={})
    inputs = {"organization_uid": BETA, "user_name": "desk", "role": "CompanyInvoiceAuditor", "password": "Desk-2031-x"}
    checked, problems = resources()["vspc.User"].check({**inputs, "profile": {"first_name": "Desk"}})
    assert not problems
    lifecycle.create(resources()["vspc.User"], known, checked)
    known.close()
    sim.clear_requests()


@pytest.fixture
def consoles(simulator: StartSimulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Simulator, Simulator]:
    """`vspc-a` has desk in two companies, `vspc-b` in one; their companies have the same UIDs."""
    pair = simulator(products=("vspc",)), simulator(products=("vspc",))
    for name, sim in zip("AB", pair, strict=True):
        for key, value in sim.variables().items():
            monkeypatch.setenv(key.replace("VEEAM_VSPC_", f"VEEAM_VSPC_{name}_"), value)
        monkeypatch.setenv(f"VEEAM_VSPC_{name}_PRODUCT", "vspc")
        sim.drift("vspc", "add", "desk", {"organizationUid": ALPHA, "role": "CompanyAdministrator"})
    made_in_beta(pair[0])
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "consoles")
    monkeypatch.chdir(tmp_path)
    assert not [name for name in os.environ if name.startswith("VEEAM_VSPC_URL")]
    return pair


def test_one_login_in_two_companies_and_on_two_consoles(consoles: tuple[Simulator, Simulator]) -> None:
    said = run("discover", "--out", "taken").stdout
    assert "no changes" in said
    roster = yaml.safe_load(Path("taken/roster.yaml").read_text())
    found = {key: one for key, one in roster["people"].items() if key.startswith("desk")}
    assert len(found) == 3  # nobody is joined without a word: three people, perhaps
    assert "# perhaps desk, who is desk" in Path("taken/roster.yaml").read_text()
    # One person on two consoles: one entry, an account on each.
    mapping = Path("taken/estate.yaml")
    lines = mapping.read_text().splitlines(True)
    (other,) = [line for line in lines if line.startswith("  vspc-b/") and "account: desk," in line]
    (first,) = [line for line in lines if line.startswith("  vspc-a/") and "entry: desk," in line]
    assert first
    entry = other.partition("entry: ")[2].partition(",")[0]
    mapping.write_text("".join(lines).replace(other, other.replace(f"entry: {entry},", "entry: desk,")))
    assert "no changes" in run("discover", "--out", "taken").stdout
    roster = yaml.safe_load(Path("taken/roster.yaml").read_text())
    assert len([key for key in roster["people"] if key.startswith("desk")]) == 2
    assert not any(sim.requests(writes_only=True) for sim in consoles)


def test_two_companies_of_one_console_cannot_be_one_entry_and_that_is_said(
    consoles: tuple[Simulator, Simulator], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("VEEAM_VSPC_B_")]:
        monkeypatch.delenv(name)
    run("discover", "--out", "taken")
    mapping = Path("taken/estate.yaml")
    lines = mapping.read_text().splitlines(True)
    (other,) = [line for line in lines if "account: desk," in line and "entry: desk," not in line]
    entry = other.partition("entry: ")[2].partition(",")[0]
    mapping.write_text("".join(lines).replace(other, other.replace(f"entry: {entry},", "entry: desk,")))
    said = run("discover", "--out", "taken").stdout
    assert "no changes" in said
    assert "an entry has one account on vspc-a: desk of desk is declared in objects.py" in said
    assert "veeam.vspc.User(" in Path("taken/objects.py").read_text()


def test_tenants_of_two_consoles_are_two_folders(consoles: tuple[Simulator, Simulator]) -> None:
    said = run("discover", "--out", "taken", "--tenants", code=2).stderr
    said = " ".join(said.split())  # long lines are wrapped
    assert "tenants.csv is for the users of one console, and there are some on vspc-a and on vspc-b" in said
    assert "veeam-pulumi discover vspc-a --tenants --out DIR" in said
    assert not Path("taken").exists()
    for name, rows in (("vspc-a", 2), ("vspc-b", 1)):
        assert "no changes" in run("discover", name, "--out", name, "--tenants").stdout
        text = (Path(name) / "tenants.csv").read_text()
        assert text.count(",desk,") == rows
