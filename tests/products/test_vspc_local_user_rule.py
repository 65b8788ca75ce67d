r"""vspc.LocalUserRule against a simulated console: both ways of answering, and who is never locked out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.products.conftest import Servers, ServersOf
from veeam_pulumi.errors import AlreadyExists, InvalidInput, Protected
from veeam_pulumi.simulator.vspc import seeds

OPS = {"name": r"VSPC\ops", "type": "group", "role_type": "portalOperator", "sid": "S-1-5-21-1-2-3-1001"}


def held(on: Servers, name: str = r"VSPC\ops") -> dict[str, Any]:
    found = on.sim.lookup("vspc", name)
    assert found is not None
    return found


def ours(on: Servers, name: str) -> tuple[str, dict[str, Any]]:
    id = str(held(on, name)["instanceUid"])
    state = on.read(id, {"connection": "vspc"})
    assert state is not None
    return id, {**state, "adopted": False}


@pytest.mark.parametrize("answers", ["off", "writes", "all"])
def test_a_life_whether_answered_at_once_or_later(servers: ServersOf, answers: str) -> None:
    on = servers("vspc.LocalUserRule", {"vspc.async": answers})
    id, state = on.create(**OPS, company_uids=[seeds.ALPHA])
    assert held(on)["roleType"] == "operator"
    assert held(on)["scope"] == [{"type": "company", "objectUid": seeds.ALPHA}]
    assert state["role_type"] == "portalOperator"  # as the program writes it
    state = on.update(id, state, company_uids=[seeds.BETA], description="Ops")
    assert held(on)["scope"] == [{"type": "company", "objectUid": seeds.BETA}]
    assert on.read(id, state) == state
    on.delete(id, state)
    assert on.read(id, state) is None


def test_a_change_is_one_request(servers: ServersOf) -> None:
    on = servers("vspc.LocalUserRule")
    id, state = on.create(**OPS)
    on.forget()
    on.update(id, state, role_type="readonlyOperator", enabled=False, description="Ops")
    ((method, _, body),) = on.writes()
    assert method == "PATCH"
    assert {one["path"] for one in body} == {"/roleType", "/enabled", "/description", "/scope"}


def test_both_spellings_of_a_role_and_a_type_are_the_same(servers: ServersOf) -> None:
    on = servers("vspc.LocalUserRule")
    _, state = on.create(**OPS)
    assert on.changed(state, role_type="operator", type="winNTGroup") == set()


def test_a_rule_of_the_same_sid_is_not_made_twice(servers: ServersOf) -> None:
    on = servers("vspc.LocalUserRule")
    on.sim.drift("vspc", "add", r"OTHER\name", {"sid": OPS["sid"].lower()})
    with pytest.raises(AlreadyExists):
        on.create(**OPS)


def test_without_a_sid_there_is_no_rule_but_one_can_be_taken_over(servers: ServersOf) -> None:
    on = servers("vspc.LocalUserRule")
    wanted = {key: value for key, value in OPS.items() if key != "sid"}
    with pytest.raises(InvalidInput, match=r"needs the SID of its user or group; PowerShell shows it: .*VSPC\\ops"):
        on.create_unchecked(**wanted)
    assert not [path for _, path, _ in on.writes() if "token" not in path]
    on.sim.drift("vspc", "add", r"vspc\OPS", {"sid": OPS["sid"], "type": "winNTGroup", "roleType": "operator"})
    id, state = on.create(**wanted, adopt=True)
    assert (id, state["sid"]) == (held(on)["instanceUid"], OPS["sid"])


@pytest.mark.parametrize(
    ("inputs", "property"),
    [
        ({"sid": "ops"}, "sid"),
        ({"site_uids": [seeds.SITE]}, "site_uids"),
        ({"role_type": "portalAdministrator", "company_uids": [seeds.ALPHA]}, "company_uids"),
        ({"role_type": "PortalOperator"}, "role_type"),
    ],
)
def test_what_cannot_be_is_refused_before_any_request(
    servers: ServersOf, inputs: dict[str, Any], property: str
) -> None:
    on = servers("vspc.LocalUserRule")
    _, problems = on.resource.check({**OPS, **inputs})
    assert property in {one.property for one in problems}


def test_a_sid_of_the_installation_is_refused(servers: ServersOf) -> None:
    on = servers("vspc.LocalUserRule")
    with pytest.raises(InvalidInput, match="which are never changed"):
        on.create_unchecked(**{**OPS, "sid": "S-1-0-9"})


@pytest.mark.parametrize("name", ["Administrators", "Site Administrators"])
def test_the_installation_s_own_rules_stay(servers: ServersOf, name: str) -> None:
    on = servers("vspc.LocalUserRule")
    id, state = ours(on, name)
    with pytest.raises(Protected):
        on.delete(id, state)
    with pytest.raises(Protected):
        on.update(id, state, enabled=False)


def test_the_last_portal_administrator_stays(servers: ServersOf) -> None:
    on = servers("vspc.LocalUserRule")
    admin = {"roleType": "portalAdministrator", "sid": "S-1-5-21-1-2-3-7", "type": "winNTUser"}
    on.sim.drift("vspc", "add", r"VSPC\boss", admin)
    on.sim.drift("vspc", "update", "Administrators", {"enabled": False})
    id, state = ours(on, r"VSPC\boss")
    for written in (id, id.upper(), f"{{{id}}}"):  # an import takes an id as somebody typed it
        with pytest.raises(Protected, match="the last account with the role"):
            on.update(written, state, role_type="operator")
        with pytest.raises(Protected, match="the last account with the role"):
            on.delete(written, state)
    on.sim.drift("vspc", "update", "Administrators", {"enabled": True})
    on.update(id, state, role_type="operator")
    assert held(on, r"VSPC\boss")["roleType"] == "operator"
