"""What somebody may by way of another object: live permissions, a key's user, servers behind a server, the host."""

from __future__ import annotations

from typing import Any

import pytest

from veeam_pulumi.estate import ask, census
from veeam_pulumi.estate.census import Census, Item
from veeam_pulumi.products import sessions
from veeam_pulumi.products.vbr.rights import ROLES, of_built_in
from veeam_pulumi.server.connections import Connections
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.vbr import permissions, roles
from veeam_pulumi.simulator.vspc import seeds


def taken(sim: Simulator, *only: str, **settings: Any) -> Census:
    config = {name: {**one, **settings} for name, one in sim.connections().items() if name in only}
    known = Connections(config, sessions=sessions(), warn=lambda text: None, environ={})
    try:
        return census.take(known)
    finally:
        known.close()


def named(found: Census, name: str) -> Item:
    (item,) = [one for one in found.items if one.name == name]
    return item


# ---- live permissions


def test_a_backup_server_tells_which_permission_of_a_built_in_role_gives_a_right(by_hand: Simulator) -> None:
    grant = named(taken(by_hand, "vbr"), r"LAB\jdoe").grant
    assert [one.by for one in grant.rights["destroy"]] == [
        "DeleteBackups, DeleteRepositories, DeleteScaleOutRepositories (listed by the server)"
    ]
    assert (grant.roles, grant.unknown) == (("Veeam Backup Administrator",), ())


def test_a_server_that_lists_other_permissions_is_believed(by_hand: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(permissions.BY_NAME, "Backup Viewer", ["DeleteBackups", "ViewCredentials"])
    monkeypatch.setitem(permissions.BY_NAME, "Restore Operator", ["StartFlrRestore"])
    found = taken(by_hand, "vbr")
    assert [*named(found, r"LAB\viewer").grant.rights] == ["destroy"]
    assert [*named(found, r"LAB\ops").grant.rights] == ["restore"]


def test_every_role_is_asked_for_once_and_a_refusal_leaves_the_table(by_hand: Simulator) -> None:
    for number in range(20):
        by_hand.drift("vbr", "add", rf"LAB\u{number}", {"roles": ["Backup Viewer"]})
    by_hand.clear_requests()
    taken(by_hand, "vbr")
    asked = [one.path for one in by_hand.requests("vbr") if one.path.endswith("/permissions")]
    assert len(asked) == len(set(asked)) == 3  # Backup Administrator, Backup Viewer, Restore Operator
    by_hand.fault("vbr", "status", status=403, path="/api/v1/security/roles/*/permissions", times=0)
    by_hand.clear_requests()
    grant = named(taken(by_hand, "vbr"), r"LAB\jdoe").grant
    assert [one.by for one in grant.rights["destroy"]] == [ROLES["backup administrator"]["destroy"]]
    assert len([one for one in by_hand.requests("vbr") if one.path.endswith("/permissions")]) == 3


def test_a_dialect_without_permissions_has_the_table(by_hand: Simulator) -> None:
    by_hand.set(**{"vbr.dialect": "users"})
    grant = named(taken(by_hand, "vbr"), r"LAB\jdoe").grant
    assert [one.by for one in grant.rights["destroy"]] == [ROLES["backup administrator"]["destroy"]]


@pytest.mark.parametrize("name", [name for _, name, _ in roles.BUILT_IN])
def test_what_the_simulator_lists_of_a_role_is_what_the_table_says(name: str) -> None:
    listed = of_built_in(name.lower(), permissions.BY_NAME[name])
    # Storing credentials as a Tape Operator and as a Backup Operator was possible in older revisions only.
    older = {"Tape Operator": {"weaken", "secrets"}}.get(name, set())
    assert {*listed} == {*ROLES[name.lower()]} - older


def test_a_permission_that_nobody_knows_leaves_all_of_the_table() -> None:
    found = of_built_in("restore operator", ["StartFlrRestore", "PaintTheServerBlue"])
    assert {*found} == {*ROLES["restore operator"]}
    assert found["restore"] == "StartFlrRestore (listed by the server)"


# ---- keys


def test_an_api_key_may_what_its_user_may_and_no_more(sim: Simulator) -> None:
    sim.drift("vspc", "add", "helper", {"role": "CompanyInvoiceAuditor"})
    sim.drift("vspc", "add", "helper's key", {"scopes": ["rest"], "userName": "helper"})
    found = taken(sim, "vspc")
    key = next(one for one in found.items if one.values.get("description") == "helper's key")
    assert ([*key.grant.rights], key.grant.unknown) == (["own_key"], ())
    assert key.grant.roles == ("API key", "CompanyInvoiceAuditor")
    full = next(one for one in found.items if one.values.get("description") == "full access")
    assert full.grant.may("destroy")
    reading = next(one for one in found.items if one.values.get("description") == "read-only access")
    assert (reading.grant.rights, reading.grant.beyond) == ({}, ())
    sim.drift("vspc", "update", "helper", {"status": "Disabled"})
    key = next(one for one in taken(sim, "vspc").items if one.values.get("description") == "helper's key")
    assert not key.grant.enabled


# ---- elsewhere


def escalations(sim: Simulator, *only: str) -> list[tuple[str, str]]:
    config = {name: one for name, one in sim.connections().items() if name in only}
    known = Connections(config, sessions=sessions(), warn=lambda text: None, environ={})
    found = ask.answers(ask.Estate(known), ask.Question()).asked["findings"]
    return [(one["about"], one["message"]) for one in found if one["rule"] == "ESC-1"]


def test_a_portal_administrator_of_enterprise_manager_is_one_of_every_server_below(sim: Simulator) -> None:
    for name in ("vbr01.lab.local", "vbr02.lab.local"):
        sim.drift("em", "add", name, {})
    sim.drift("em", "add", r"LAB\boss", {"role": "Portal Administrator"})
    sim.drift("em", "add", r"LAB\user", {"role": "Portal User"})
    found = dict(escalations(sim, "em"))
    assert found[r"LAB\boss"] == (
        "is administrator of every backup server below, by the account that is stored for it "
        "(2 now: vbr01.lab.local, vbr02.lab.local)"
    )
    assert r"LAB\user" not in found


def test_a_portal_administrator_of_a_console_reaches_its_backup_servers_through_the_proxy(sim: Simulator) -> None:
    sim.drift("vspc", "add", "auditor", {"role": "CompanyInvoiceAuditor"})
    found = escalations(sim, "vspc")
    through = [about for about, message in found if message.endswith("/proxy/{agent}/vbr (1 now: vbr01.alpha.local)")]
    assert through == ["Administrators", r"VSPC\svc-backup", r"key 'full access' of VSPC\svc-backup"]
    assert "auditor" not in dict(found)


def test_groups_that_an_installation_made_administrators_are_those_of_the_host(sim: Simulator) -> None:
    for product in ("em", "vbr"):
        of_host = [about for about, message in escalations(sim, product) if "administrators of the host" in message]
        assert of_host == [r"BUILTIN\Administrators"]
    sim.drift("vbr", "add", r"LAB\Domain Admins", {"type": "InternalGroup", "roles": ["Backup Administrator"]})
    assert len([one for one in escalations(sim, "vbr") if "administrators of the host" in one[1]]) == 1


def test_a_login_that_sees_no_backup_servers_of_the_console_leaves_none_out_silently(sim: Simulator) -> None:
    owner = {"username": "gamma.owner", "password": seeds.OWNER_PASSWORD}
    assert [one.below for one in taken(sim, "vspc", **owner).servers] == [[]]
    assert [one.below for one in taken(sim, "vspc").servers] == [["vbr01.alpha.local"]]


def test_administrators_that_no_api_shows_are_said(microsoft_365: Simulator) -> None:
    config = microsoft_365.connections()
    known = Connections(config, sessions=sessions(), warn=lambda text: None, environ={})
    found = ask.answers(ask.Estate(known), ask.Question()).asked["findings"]
    assert [(one["rule"], one["about"]) for one in found] == [("UNK-1", "m365")]
