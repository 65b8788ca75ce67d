r"""em.Account against a simulated Enterprise Manager: both formats, every knob, and who is never locked out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pairs import combined
from tests.products.conftest import Servers, ServersOf
from veeam_pulumi.errors import (
    AlreadyExists,
    AnswerLost,
    InvalidInput,
    NotFound,
    NotProvenGone,
    Protected,
    ServerUnreachable,
    VeeamError,
)
from veeam_pulumi.simulator.em import seeds

OPS = {"name": r"TECH\ops", "type": "Group", "roles": ["Portal User", "VM Restore Operator"]}
FORMATS = ("json", "xml")


@pytest.fixture
def em(servers: ServersOf) -> Servers:
    return servers("em.Account")


def held(em: Servers, name: str = r"TECH\ops") -> dict[str, Any]:
    found = em.sim.lookup("em", name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("format", "case", "collection", "in_role", "spaces"),
    combined(FORMATS, ("pascal", "camel"), ("honoured", "ignored"), ("preset",), ("off", "on")),
)
def test_a_life_in_every_way_of_answering(
    servers: ServersOf, format: str, case: str, collection: str, in_role: str, spaces: str
) -> None:
    knobs = {"em.case": case, "em.collection_entity": collection, "em.uid_spaces": spaces}
    on = servers("em.Account", knobs, format=format)
    id, state = on.create(**OPS)
    assert (state["resolved_name"], state["uid"]) == (r"TECH\ops", f"urn:veeam:EnterpriseAccount:{id}")
    state = on.update(id, state, roles=["File Restore Operator"])
    assert held(on)["roles"] == ["File Restore Operator"]
    assert on.read(id, state) == state
    on.delete(id, state)
    assert on.sim.lookup("em", r"TECH\ops") is None
    assert on.read(id, state) is None


def test_new_roles_come_before_old_ones_go(em: Servers) -> None:
    id, state = em.create(**OPS)
    em.forget()
    em.update(id, state, roles=["File Restore Operator"])
    assert [method for method, _, _ in em.writes()] == ["POST", "DELETE", "DELETE"]


def test_the_same_roles_in_another_order_send_nothing(em: Servers) -> None:
    id, state = em.create(**OPS)
    em.forget()
    assert em.changed(state, roles=["VM Restore Operator", "Portal User"]) == set()
    em.update(id, state, roles=["VM Restore Operator", "Portal User"])
    assert em.writes() == []


def test_the_switch_is_turned_only_if_it_has_to_be(em: Servers) -> None:
    id, state = em.create(**OPS)
    em.sim.drift("em", "update", r"TECH\ops", {"allowRestoreAllVms": False})  # as the program is about to say
    em.forget()
    scopes = {"allow_restore_all_vms": False, "restore_scopes": ["urn:VMware:Vm:1.vm-1"]}
    state = em.update(id, state, **scopes)
    assert held(em)["allowRestoreAllVms"] is False
    assert f"/api/security/accounts/{id}" not in [path for method, path, _ in em.writes() if method == "POST"]
    em.update(id, state, allow_restore_all_vms=True, restore_scopes=[])
    assert held(em)["allowRestoreAllVms"] is True


def test_a_switch_whose_answer_got_lost_is_waited_for_and_not_sent_again(em: Servers) -> None:
    id, state = em.create(**OPS)
    scopes = {"allow_restore_all_vms": False, "restore_scopes": ["urn:VMware:Vm:1.vm-1"]}
    path = f"/api/security/accounts/{id}"
    em.forget()
    em.sim.fault("em", "status", method="POST", path=path, status=503, handled=False, times=0)
    with pytest.raises(ServerUnreachable, match="allow_restore_all_vms is still True.*two switches would be none"):
        em.update(id, state, **scopes)
    assert [one[:2] for one in em.writes()] == [("POST", path)]
    em.sim.clear_faults()
    em.forget()
    em.sim.fault("em", "status", method="POST", path=path, status=503, late=0.01, times=1)
    em.update(id, state, **scopes)
    assert held(em)["allowRestoreAllVms"] is False
    assert [one[:2] for one in em.writes()].count(("POST", path)) == 1


def test_restore_scopes_are_kept_from_the_last_apply(em: Servers) -> None:
    one, other = "urn:VMware:Vm:1.vm-1", "urn:VMware:Vm:1.vm-2"
    id, state = em.create(**OPS, allow_restore_all_vms=False, restore_scopes=[one])
    assert [scope["reference"] for scope in held(em)["scopes"]] == [one]
    state = em.update(id, state, restore_scopes=[other])
    assert [scope["reference"] for scope in held(em)["scopes"]] == [other]
    again = em.read(id, state)
    assert again is not None
    assert again["restore_scopes"] == [other]


@pytest.mark.parametrize(
    "inputs", [{"allow_restore_all_vms": False}, {"restore_scopes": ["urn:VMware:Vm:1.vm-1"]}, {"roles": ["Boss"]}]
)
def test_what_cannot_be_is_refused_before_any_request(em: Servers, inputs: dict[str, Any]) -> None:
    _, problems = em.resource.check({**OPS, **inputs})
    assert len(problems) == 1


def test_an_account_that_is_there_is_not_made_twice(em: Servers) -> None:
    em.sim.drift("em", "add", r"tech\OPS", {"roles": ["Portal User"]})
    with pytest.raises(AlreadyExists):
        em.create(**OPS)


@pytest.mark.parametrize("form", ["netbios", "upn"])
def test_a_name_that_comes_back_in_another_form_is_found_and_stays_as_typed(servers: ServersOf, form: str) -> None:
    on = servers("em.Account")
    on.sim.set(**{"em.account_name": form})  # after the login's own account was made
    id, state = on.create(**{**OPS, "name": r"tech\ops"})
    assert state["name"] == r"tech\ops"
    assert state["resolved_name"] in (r"TECH\ops", "ops@tech.local")
    assert on.read(id, state) == state
    with pytest.raises(AlreadyExists):
        on.create(**{**OPS, "name": r"tech\ops"})


def test_a_list_that_lags_behind_is_waited_for(servers: ServersOf) -> None:
    on = servers("em.Account", {"em.late_accounts": 3})
    id, _ = on.create(**OPS)
    assert held(on)["id"] == id


def test_an_account_that_no_list_ever_shows_is_an_error_and_is_not_sent_again(servers: ServersOf) -> None:
    on = servers("em.Account", {"em.late_accounts": 1000})
    with pytest.raises(AnswerLost, match=r"no list shows it \(yet\)|may still appear"):
        on.create(**OPS)
    assert [method for method, path, _ in on.writes() if path == "/api/security/accounts"] == ["POST"]


@pytest.mark.parametrize("how", ["404", "400", "500", "empty"])
def test_gone_is_what_a_complete_list_does_not_have(servers: ServersOf, how: str) -> None:
    on = servers("em.Account", {"em.unknown_account": how})
    id, state = on.create(**OPS)
    on.sim.drift("em", "delete", r"TECH\ops")
    assert on.read(id, state) is None
    on.delete(id, state)


def test_a_login_that_lost_its_rights_proves_nothing(em: Servers) -> None:
    id, state = em.create(**OPS)
    em.sim.drift("em", "add", r"LAB\second", {"roles": ["Portal Administrator"]})
    em.sim.drift("em", "update", seeds.ADMIN, {"roles": ["Portal User"]})
    with pytest.raises(VeeamError) as caught:
        em.read(id, state)
    assert not isinstance(caught.value, NotFound)
    assert isinstance(caught.value, NotProvenGone) or "Portal Administrator" in str(caught.value)


@pytest.mark.parametrize("status", ["400", "500"])
def test_a_principal_that_the_directory_lacks_is_the_server_s_own_error(servers: ServersOf, status: str) -> None:
    on = servers("em.Account", {"em.refused_accounts": [r"TECH\ops"], "em.last_role": status})
    with pytest.raises(VeeamError, match="Cannot find user account"):
        on.create(**OPS)


def adopted(em: Servers, name: str, roles: list[str]) -> tuple[str, dict[str, Any]]:
    """An account that is there, as ours."""
    row = held(em, name)
    state = em.read(row["id"], {"connection": "em"})
    assert state is not None
    return row["id"], {**state, "adopted": False}


def test_the_own_login_is_never_deleted_nor_demoted(em: Servers) -> None:
    em.sim.drift("em", "add", r"LAB\second", {"roles": ["Portal Administrator"]})
    id, state = adopted(em, seeds.ADMIN, ["Portal Administrator"])
    with pytest.raises(Protected, match="logs in with"):
        em.delete(id, state)
    with pytest.raises(Protected, match="logs in with"):
        em.update(id, state, roles=["Portal User"])


def test_the_group_of_the_installation_stays(servers: ServersOf) -> None:
    on = servers("em.Account", {"em.preset_accounts": "on"})
    id, state = adopted(on, seeds.ADMINISTRATORS, ["Portal Administrator"])
    with pytest.raises(Protected, match="default administrator"):
        on.delete(id, state)


def test_somebody_else_may_go_and_one_administrator_stays(em: Servers) -> None:
    em.sim.drift("em", "add", r"LAB\second", {"roles": ["Portal Administrator"]})
    id, state = adopted(em, r"LAB\second", ["Portal Administrator"])
    em.update(id, state, roles=["Portal User"])
    assert held(em, r"LAB\second")["roles"] == ["Portal User"]


def test_the_last_administrator_stays_however_its_id_is_written(em: Servers) -> None:
    em.sim.drift("em", "add", r"LAB\second", {"roles": ["Portal Administrator"]})
    id, state = adopted(em, r"LAB\second", ["Portal Administrator"])
    for other in em.sim.objects("em")["accounts"]:  # no other account is one by itself
        if other["id"] != id:
            path = f"/api/security/accounts/{other['id']}/roles"
            em.sim.fault("em", "status", method="GET", path=path, status=200, body={"Roles": []}, times=0)
    for written in (id, id.upper(), f"{{{id}}}"):
        with pytest.raises(Protected, match="the last account with the role"):
            em.delete(written, state)
        with pytest.raises(Protected, match="the last account with the role"):
            em.update(written, state, roles=["Portal User"])
    assert held(em, r"LAB\second")["roles"] == ["Portal Administrator"]


def test_an_unknown_type_is_shown_and_never_managed(servers: ServersOf) -> None:
    on = servers("em.Account", {"em.extra_account_type": "on"})
    from veeam_pulumi.resource import lifecycle

    found = {values["name"]: values["type"] for _, values in lifecycle.listing(on.resource, on.connections, "em")}
    assert found["vsphere-administrators"] == "VSphereRole"


def test_a_role_that_a_server_lacks_is_named(em: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    from veeam_pulumi.simulator.em import directory

    monkeypatch.delitem(directory.ROLES, "SQL Restore Operator")
    with pytest.raises(InvalidInput, match="this server has no role 'SQL Restore Operator'; its roles are"):
        em.create(**{**OPS, "roles": ["SQL Restore Operator"]})
