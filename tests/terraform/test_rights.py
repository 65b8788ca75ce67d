"""Data sources say of every object what it lets its holder do."""

from __future__ import annotations

import pytest

from tests.products.conftest import ServersOf, servers
from tests.specimens import ALL, Specimen
from veeam_pulumi.products import resources
from veeam_pulumi.resource import lifecycle
from veeam_pulumi.resource.grant import RIGHTS
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.vbr import permissions
from veeam_pulumi.terraform.data import Sources, source_name

__all__ = ["servers"]  # a fixture
ONE_OF_EACH = list({one.kind: one for one in ALL}.values())


def test_every_kind_has_a_source_that_says_rights() -> None:
    found = Sources()
    assert {source_name(kind) for kind in resources()} == {*found} - {"veeam_vbr_roles"}
    for kind in resources():
        nested = {one.name for one in found[source_name(kind)].items.nested or ()}
        assert {"rights", "is_administrator"} <= nested, kind


@pytest.mark.parametrize("specimen", ONE_OF_EACH, ids=[one.kind for one in ONE_OF_EACH])
def test_a_row_has_the_rights_of_the_object(servers: ServersOf, specimen: Specimen) -> None:
    found = servers(specimen.kind, specimen.knobs)
    id, state = found.create(**specimen.inputs(password="Canary-Passw0rd-rights"))
    source = Sources()[source_name(specimen.kind)]
    rows = source.read(found.connections, {})[source.items.name]
    (row,) = [one for one in rows if one["id"] == id]
    grant = found.resource.grant(state)
    if found.resource.owner_kind:  # a key of the console's administrator
        owner = resources()[found.resource.owner_kind]
        grant = grant.as_owner(owner.grant(lifecycle.read(owner, found.connections, grant.same_as, {}) or {}))
    assert (row["rights"], row["is_administrator"]) == ([*grant.rights], grant.is_administrator)


@pytest.mark.parametrize("build", ["13.0.1.180", "13.1.0.411"])
def test_administrators_are_found_whatever_the_revision_calls_their_role(servers: ServersOf, build: str) -> None:
    found = servers("vbr.User", {"vbr.build": build})
    sim: Simulator = found.sim
    sim.drift("vbr", "add", r"LAB\boss", {"roles": ["Backup Administrator"]})
    sim.drift("vbr", "add", r"LAB\viewer", {"roles": ["Backup Viewer"]})
    rows = Sources()["veeam_vbr_users"].read(found.connections, {})["users"]
    administrators = {one["name"] for one in rows if one["is_administrator"]}
    assert administrators == {r"LAB\boss", r"LAB\svc-backup", r"BUILTIN\Administrators"}


def test_an_api_key_may_what_its_user_may(servers: ServersOf) -> None:
    found = servers("vspc.ApiKey")
    found.sim.drift("vspc", "add", "auditor", {"role": "CompanyInvoiceAuditor"})
    found.sim.drift("vspc", "add", "auditor's key", {"scopes": ["rest"], "userName": "auditor"})

    def keys() -> dict[str, tuple[list[str], bool]]:
        rows = Sources()["veeam_vspc_api_keys"].read(found.connections, {})["api_keys"]
        return {one["description"]: (one["rights"], one["is_administrator"]) for one in rows}

    told = keys()
    assert told["auditor's key"] == (["own_key"], False)
    assert told["read-only access"] == ([], False)
    assert told["full access"][1]
    found.sim.fault("vspc", "status", status=403, path="/api/v3/users", times=0)
    assert keys()["auditor's key"] == (list(RIGHTS), True)  # nobody can say less


def test_what_a_server_lists_of_a_role_counts(servers: ServersOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(permissions.BY_NAME, "Backup Viewer", ["DeleteBackups"])
    found = servers("vbr.User", {"vbr.build": "13.1.0.411"})
    for name in ("one", "two"):
        found.sim.drift("vbr", "add", rf"LAB\{name}", {"roles": ["Backup Viewer"]})
    rows = Sources()["veeam_vbr_users"].read(found.connections, {})["users"]
    assert [one["rights"] for one in rows if one["roles"] == ["Backup Viewer"]] == [["destroy"], ["destroy"]]
    asked = [one.path for one in found.sim.requests("vbr") if one.path.endswith("/permissions")]
    assert len(asked) == len({*asked})  # once for each role


def test_a_company_has_its_owners_rights(servers: ServersOf) -> None:
    found = servers("vspc.Company")
    found.create(
        **next(one for one in ONE_OF_EACH if one.kind == "vspc.Company").inputs(password="Canary-Passw0rd-rights")
    )
    rows = Sources()["veeam_vspc_companies"].read(found.connections, {})["companies"]
    assert [bool(one["rights"]) for one in rows] == [True] * len(rows)
