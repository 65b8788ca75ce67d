"""A secret that is a part of an argument: what `owner_credentials.password` of a company is under Terraform."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from veeam_pulumi.products import resources
from veeam_pulumi.resource.fields import UNKNOWN
from veeam_pulumi.server.connections import Connections
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.terraform.data import Sources
from veeam_pulumi.terraform.managed import Managed, Refused, Values
from veeam_pulumi.terraform.schema import Attribute, filled

SECRET, OTHER = "Canary-Nested-1qz", "Canary-Nested-2wv"


@pytest.fixture
def company() -> Managed:
    return Managed(resources()["vspc.Company"])


@pytest.fixture
def connections(sim: Simulator) -> Iterator[Connections]:
    from veeam_pulumi.products import sessions

    found = Connections(sim.connections(), sessions=sessions(), warn=print, environ={})
    yield found
    found.close()


def parts(company: Managed) -> dict[str, Attribute]:
    return {one.name: one for one in company.attributes["owner_credentials"].nested}


def config(company: Managed, **login: Any) -> Values:
    login = {"user_name": "acme.owner", **login}
    given = {"name": "Acme", "is_rest_access_enabled": True, "owner_credentials": login}
    return filled(company.attributes.values(), given)


def applied(company: Managed, connections: Connections, prior: Values | None, given: Values) -> Values:
    """Plan and apply; Terraform itself would refuse a result that is not as planned."""
    plan = company.plan(prior, given)
    assert plan.replaces == []
    if prior is None:
        found = company.create(connections, given, plan.values)
    else:
        found = company.update(connections, prior, given, plan.values)
    assert company.short_of(plan.values, found) == []
    assert found["owner_credentials"] == plan.values["owner_credentials"]
    return found


def test_both_forms_are_in_the_schema(company: Managed) -> None:
    found = parts(company)
    assert sorted(found) == ["password", "password_wo", "password_wo_version", "user_name"]
    assert (found["password"].sensitive, found["password"].write_only) == (True, False)
    assert (found["password_wo"].sensitive, found["password_wo"].write_only) == (True, True)
    assert (found["user_name"].required, found["user_name"].sensitive) == (True, False)
    items = Sources()["veeam_vspc_companies"].items.nested
    (login,) = [one for one in items if one.name == "owner_credentials"]
    assert [one.name for one in login.nested] == ["user_name"]


def test_a_write_only_password_is_in_no_state_and_changes_by_its_version(
    company: Managed, connections: Connections, sim: Simulator
) -> None:
    given = config(company, password_wo=SECRET, password_wo_version=1)
    state = applied(company, connections, None, given)
    login = {"user_name": "acme.owner", "password": None, "password_wo": None, "password_wo_version": 1}
    assert state["owner_credentials"] == login
    assert sim.can_login("vspc", "acme.owner", SECRET)
    assert SECRET not in str(state)
    read = company.read(connections, state)
    assert read is not None and read["owner_credentials"] == login

    same = company.plan(state, config(company, password_wo=OTHER, password_wo_version=1))
    assert same.values == state
    sim.clear_requests()
    state = applied(company, connections, state, config(company, password_wo=OTHER, password_wo_version=2))
    assert state["owner_credentials"]["password_wo_version"] == 2
    assert [one.method for one in sim.requests("vspc", writes_only=True)] == ["PATCH"]
    assert sim.can_login("vspc", "acme.owner", OTHER)
    unversioned = company.plan(state, config(company, password_wo=OTHER)).values
    assert unversioned["owner_credentials"] == {**login, "password_wo_version": None}


def test_a_password_in_the_state_changes_with_itself(
    company: Managed, connections: Connections, sim: Simulator
) -> None:
    state = applied(company, connections, None, config(company, password=SECRET))
    assert state["owner_credentials"]["password"] == SECRET
    assert company.plan(state, config(company, password=SECRET)).values == state
    state = applied(company, connections, state, config(company, password=OTHER))
    assert sim.can_login("vspc", "acme.owner", OTHER)
    left_out = company.plan(state, config(company)).values
    assert left_out["owner_credentials"]["password"] is None


def test_what_is_there_is_taken_over_without_it(company: Managed, connections: Connections, sim: Simulator) -> None:
    id = applied(company, connections, None, config(company, password=SECRET))["id"]
    sim.clear_requests()
    state = company.read(connections, company.beginning(id))
    assert state is not None
    plan = company.plan(state, config(company))
    assert plan.values == {**state, "owner_credentials": plan.values["owner_credentials"]}
    assert sim.requests("vspc", writes_only=True) == []


def test_mistakes_name_the_part(company: Managed) -> None:
    both = config(company, password=SECRET, password_wo=SECRET)
    (refused,) = company.validate(both)
    assert refused.summary == "owner_credentials.password and owner_credentials.password_wo are both set"
    assert refused.path == ("owner_credentials",)
    (refused,) = company.validate(config(company, user_name="a/b", password=SECRET))
    assert SECRET not in refused.detail
    prior = {**config(company, password_wo_version=1), "id": "x", "server": "s:1"}
    with pytest.raises(Refused, match="password_wo_version changed, but there is no owner_credentials.password_wo"):
        company.plan(prior, config(company, password_wo_version=2))


def test_a_password_that_the_run_has_to_find_out(company: Managed) -> None:
    plan = company.plan(None, config(company, password_wo=UNKNOWN, password_wo_version=1))
    assert plan.values["owner_credentials"]["password_wo"] is None
    prior = {**config(company, password_wo_version=1), "id": "x", "server": "s:1"}
    same = company.plan(prior, config(company, password_wo=UNKNOWN, password_wo_version=1))
    assert same.values["owner_credentials"] == prior["owner_credentials"]
