"""stacks/tenants on an engine: a component per company, joiners, movers, leavers, and passwords that rotate."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.stacks.conftest import Stack, plain
from veeam_pulumi.simulator import Simulator

BETA = "5b0d3c58-6f0e-4f2b-9d3b-2c1f4c9a7e22"


@pytest.fixture
def tenants(open_stack: Callable[..., Stack]) -> Stack:
    return open_stack("tenants", vspc="vspc")


def people(sim: Simulator) -> dict[str, tuple[str, str]]:
    """Who has which role and status, those apart that the console has from the beginning."""
    users = sim.objects("vspc")["users"]
    return {
        one["userName"]: (one["role"], one["status"])
        for one in users
        if not one["userName"].endswith(".owner") and "svc-backup" not in one["userName"]
    }


def test_joiner_mover_leaver(tenants: Stack) -> None:
    sim = tenants.sim
    tenants.run("preview")
    assert sim.requests() == []
    assert re.search(r"\+ +[├└]─ veeam:tenants:Company Alpha", tenants.text)
    assert "+ 11 to create" in tenants.text  # the stack, two companies, four people, a password each

    outputs = plain(tenants.run("up").outputs)
    assert people(sim) == {
        "s.smith": ("CompanyAdministrator", "Enabled"),
        "m.jones": ("CompanyInvoiceAuditor", "Enabled"),
        "r.roe": ("CompanyAdministrator", "Enabled"),
        "l.loe": ("CompanyLocationUser", "Disabled"),
    }
    first = outputs["passwords"]
    assert {company: set(users) for company, users in first.items()} == {
        "Alpha": {"s.smith", "m.jones"},
        "Beta": {"r.roe", "l.loe"},
    }
    assert outputs["accounts"]["Alpha"].keys() == {"s.smith", "m.jones"}
    assert sim.can_login("vspc", "s.smith", first["Alpha"]["s.smith"])
    assert first["Alpha"]["s.smith"] not in tenants.state() + tenants.text

    for operation in ("preview", "up"):
        tenants.run(operation, expect_no_changes=True)
        assert sim.requests() == []

    joiner = f"Beta,{BETA},n.new,Nora,New,n.new@beta.example.com,CompanyLocationUser,Enabled\n"
    with (tenants.folder / "tenants.csv").open("a") as file:
        file.write(joiner)
    tenants.run("up")
    assert tenants.sent() == ["vspc POST"]
    assert people(sim)["n.new"] == ("CompanyLocationUser", "Enabled")

    tenants.changed("CompanyInvoiceAuditor", "CompanyAdministrator", "tenants.csv")
    tenants.run("preview")
    assert "~role" in tenants.text
    assert sim.requests() == []
    tenants.run("up")
    assert tenants.sent() == ["vspc PATCH"]
    assert people(sim)["m.jones"] == ("CompanyAdministrator", "Enabled")

    tenants.changed(joiner, "", "tenants.csv")
    tenants.run("up")
    assert tenants.sent() == ["vspc DELETE"]
    assert "n.new" not in people(sim)

    # The console ignores the case of user names.
    tenants.changed("s.smith,", "S.Smith,", "tenants.csv")
    tenants.run("up")
    assert tenants.sent() == []

    # Everybody's password, in one place: one request each, and the old ones are no longer good.
    tenants.config().set("veeam:rotation", "2027-01")
    second = plain(tenants.run("up").outputs)["passwords"]
    assert tenants.sent() == ["vspc PATCH"] * 4
    assert not sim.can_login("vspc", "s.smith", first["Alpha"]["s.smith"])
    assert sim.can_login("vspc", "s.smith", second["Alpha"]["S.Smith"])


def test_given_passwords(tenants: Stack) -> None:
    tenants.config().set('veeam:passwords["s.smith@Alpha"]', "Given-Passw0rd", path=True, secret=True)
    outputs = plain(tenants.run("up").outputs)
    assert tenants.sim.can_login("vspc", "s.smith", "Given-Passw0rd")
    assert set(outputs["passwords"]["Alpha"]) == {"m.jones"}
    assert "Given-Passw0rd" not in tenants.state() + tenants.text

    tenants.config().set('veeam:passwords["s.smith@Alpha"]', "Given-Passw0rd-2", path=True, secret=True)
    tenants.config().set('veeam:passwords["nobody@Alpha"]', "Given-Passw0rd-3", path=True, secret=True)
    tenants.run("preview", expect=1)
    assert "veeam:passwords.nobody@Alpha: is nobody in tenants.csv" in tenants.text
    assert "Given-Passw0rd" not in tenants.text
    assert tenants.sim.requests() == []


def test_mistakes_end_the_run_before_any_request(tenants: Stack) -> None:
    tenants.changed("CompanyLocationUser,Disabled", "LocationUser,off", "tenants.csv")
    tenants.changed("m.jones,Mary", "S.Smith,Mary", "tenants.csv")
    tenants.run("up", expect=1)
    for line in (
        "tenants.csv:3: user_name: 'S.Smith' of this company is in line 2 already",
        "tenants.csv:5: role: unknown role 'LocationUser' of a company's user; known roles: CompanyAdministrator,",
        "tenants.csv:5: status: must be one of 'Enabled', 'Disabled'",
    ):
        assert line in " ".join(tenants.text.split())  # long lines are wrapped
    assert "Traceback" not in tenants.text
    assert tenants.sim.requests() == []


@pytest.mark.parametrize(("stack", "users"), [("staging", 1), ("prod", 3)])
def test_other_environments_have_other_tenants_and_a_preview_needs_no_server(
    open_stack: Callable[..., Stack], stack: str, users: int
) -> None:
    one = open_stack("tenants", stack)
    one.config().set("veeam:connections.vspc.token", "a-token", path=True, secret=True)
    one.run("preview")
    assert one.text.count("veeam/vspc:User") == users
