"""m365.RestoreRole against a simulated server: every version and knob, lists that are never empty, who is looked up."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pairs import combined
from tests.products.conftest import Servers, ServersOf
from tests.specimens import M365_ROLE
from veeam_pulumi.errors import AlreadyExists, InvalidInput, LoginRefused, ServerRefused, VeeamError
from veeam_pulumi.products import grant
from veeam_pulumi.resource.fields import UNKNOWN
from veeam_pulumi.simulator.m365 import seeds

DESK = M365_ROLE.first
JANE, JOHN, GROUP = (
    {"user": "jane@contoso.example"},
    {"user": "john@contoso.example"},
    {"group": "desk@contoso.example"},
)
STAFF, HR, IT = (
    {"group": "staff@contoso.example"},
    {"site": "https://contoso.example/sites/hr"},
    {"site": "https://contoso.example/sites/it"},
)
ENTIRE = {**DESK, "role_type": "EntireOrganization", "selected_items": []}


@pytest.fixture
def m365(servers: ServersOf) -> Servers:
    return servers("m365.RestoreRole")


def held(on: Servers, name: str = "Service desk") -> dict[str, Any]:
    """The server's role, its lists as names."""
    found = on.sim.lookup("m365", name)
    assert found is not None
    keys = {"User": "name", "Group": "name", "Site": "url", "Team": "mail"}
    lists = {
        name: sorted(one[one["type"].lower()][keys[one["type"]]] for one in found[name])
        for name in ("operators", "selectedItems", "excludedItems")
    }
    return {**found, **lists}


@pytest.mark.parametrize(
    ("release", "lists", "nulls", "wrapper", "needs", "errors", "search", "ids"),
    combined(
        ["6", "7", "8"], ["kept", "cleared", "refused"], ["kept", "cleared"], ["made", "echoed", "member"],
        ["off", "on"], ["preset", "message", "empty"], ["contains", "exact"], ["uuid", "long"],
    ),
)  # fmt: skip
def test_a_life_in_every_way_of_answering(
    servers: ServersOf,
    release: str,
    lists: str,
    nulls: str,
    wrapper: str,
    needs: str,
    errors: str,
    search: str,
    ids: str,
) -> None:
    if (needs, errors) == ("on", "empty"):
        errors = "preset"  # nothing would say what is missing
    knobs = {
        "m365.release": release,
        "m365.put_omitted_lists": lists,
        "m365.put_nulls": nulls,
        "m365.wrapper_id": wrapper,
        "m365.wrapper_id_required": needs,
        "m365.error_body": errors,
        "m365.user_search": search,
        "m365.id_form": ids,
    }
    on = servers("m365.RestoreRole", knobs)
    id, state = on.create(**DESK)
    assert (held(on)["operators"], held(on)["roleType"]) == (["desk@contoso.example", JANE["user"]], "SpecificObjects")
    assert on.changed(state) == set()
    state = on.update(id, state, name="Night desk", description="two", operators=[JOHN])
    now = held(on, "Night desk")
    assert (now["operators"], now["description"]) == (["john@contoso.example"], "two")
    assert now["selectedItems"] == ["https://contoso.example/sites/hr", "staff@contoso.example"]
    assert on.read(id, state) == state
    on.delete(id, state)
    assert on.sim.lookup("m365", "Night desk") is None
    assert on.read(id, state) is None
    on.delete(id, state)


@pytest.mark.parametrize(
    "written", [{"user": "jane@contoso.example"}, {"user": "JANE@contoso.example"}, {"user": seeds.object_id(1)}]
)
def test_an_operator_is_named_by_mail_or_id(m365: Servers, written: dict[str, str]) -> None:
    id, state = m365.create(**{**DESK, "operators": [written]})
    assert held(m365)["operators"] == ["jane@contoso.example"]
    assert m365.changed(state) == set()
    live = m365.read(id, state)
    assert live is not None
    assert live["operators"] == [written]
    assert m365.changed(live, operators=[JANE]) == ({"operators"} if "@" not in written["user"] else set())


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ({"group": "Service desk"}, "desk@contoso.example"),
        ({"site": "HR"}, "https://contoso.example/sites/hr"),
        ({"site": "https://contoso.example/sites/HR"}, "https://contoso.example/sites/hr"),
        ({"team": "Projects"}, "projects@contoso.example"),
        ({"team": "projects@contoso.example"}, "projects@contoso.example"),
        ({"user": "sales mailbox"}, "sales@contoso.example"),
    ],
)
def test_items_of_every_kind_are_looked_up(m365: Servers, item: dict[str, str], name: str) -> None:
    id, state = m365.create(**{**DESK, "selected_items": [item]})
    assert held(m365)["selectedItems"] == [name]
    state = m365.update(id, state, selected_items=[JOHN])
    state = m365.update(id, state, selected_items=[item, JOHN])
    assert m365.changed(state, selected_items=[JOHN, item]) == set()
    live = m365.read(id, state)
    assert live == state


def test_a_mailbox_has_another_word_for_its_type_in_a_role(m365: Servers) -> None:
    m365.create(**{**DESK, "excluded_items": [{"user": "sales@contoso.example"}]})
    (sent,) = [body for method, _, body in m365.writes() if method == "POST" and "excludedItems" in (body or {})]
    assert sent["excludedItems"][0]["user"]["type"] == "SharedMailbox"


def test_a_name_that_two_people_have_is_not_guessed(m365: Servers) -> None:
    with pytest.raises(InvalidInput, match="has 2 of the name 'Jane Doe'.*jane.doe@contoso.example, jane@contoso"):
        m365.create(**{**DESK, "operators": [{"user": "Jane Doe"}]})
    assert [path for method, path, _ in m365.writes()] == []


def test_a_name_that_is_not_there_is_refused_before_any_write(m365: Servers) -> None:
    with pytest.raises(InvalidInput, match="the organization has no user 'jan@contoso.example'"):
        m365.create(**{**DESK, "operators": [{"user": "jan@contoso.example"}]})
    id, state = m365.create(**DESK)
    m365.forget()
    with pytest.raises(InvalidInput, match="has no site"):
        m365.update(id, state, description="two", excluded_items=[{"site": "https://contoso.example/sites/no"}])
    assert m365.writes() == []


@pytest.mark.parametrize("written", ["contoso.onmicrosoft.com", "CONTOSO.onmicrosoft.com", seeds.CONTOSO])
def test_an_organization_is_named_by_name_or_id(m365: Servers, written: str) -> None:
    _, state = m365.create(**{**DESK, "organization": written})
    assert (state["organization"], state["organization_id"]) == (written, seeds.CONTOSO)
    for other in ("contoso.onmicrosoft.com", seeds.CONTOSO):
        assert m365.changed(state, organization=other) == set()
    assert m365.resource.diff(state, {**DESK, "organization": seeds.FABRIKAM}).replaces == ("organization",)


def test_an_organization_that_is_not_there_lists_the_others(m365: Servers) -> None:
    with pytest.raises(InvalidInput, match="no organization 'x'; its organizations are: contoso.*, fabrikam"):
        m365.create(**{**DESK, "organization": "x"})


# ---- lists


def seen(on: Servers) -> list[str]:
    return [f"{method} {path.rpartition('/')[2]}" for method, path, _ in on.writes()]


def test_lists_alone_never_send_a_put(m365: Servers) -> None:
    id, state = m365.create(**DESK)
    m365.forget()
    state = m365.update(id, state, operators=[GROUP, JOHN], selected_items=[HR, IT], excluded_items=[JANE])
    assert seen(m365) == [
        "DELETE selectedItems", "POST excludedItems", "DELETE operators", "POST operators", "POST selectedItems",
    ]  # fmt: skip
    assert held(m365)["operators"] == ["desk@contoso.example", "john@contoso.example"]


def test_all_operators_at_once_never_leave_a_role_without_one(servers: ServersOf) -> None:
    on = servers("m365.RestoreRole", {"m365.empty_operators": "400"})
    id, state = on.create(**{**DESK, "operators": [JANE]})
    on.forget()
    on.update(id, state, operators=[JOHN])
    assert seen(on) == ["POST operators", "DELETE operators"]


def test_all_items_at_once_never_leave_a_role_without_one(m365: Servers) -> None:
    id, state = m365.create(**{**DESK, "selected_items": [HR]})
    m365.forget()
    m365.update(id, state, selected_items=[IT])
    assert seen(m365) == ["POST selectedItems", "DELETE selectedItems"]
    assert held(m365)["selectedItems"] == ["https://contoso.example/sites/it"]


def test_what_moves_between_selected_and_excluded_is_never_both(m365: Servers) -> None:
    id, state = m365.create(**{**DESK, "selected_items": [HR, STAFF], "excluded_items": [IT]})
    state = m365.update(id, state, selected_items=[IT, STAFF], excluded_items=[HR])
    assert held(m365)["excludedItems"] == ["https://contoso.example/sites/hr"]
    m365.update(id, state, selected_items=[HR], excluded_items=[IT, STAFF])
    assert held(m365)["selectedItems"] == ["https://contoso.example/sites/hr"]


@pytest.mark.parametrize("lists", ["kept", "cleared", "refused"])
def test_a_put_names_every_list_whole(servers: ServersOf, lists: str) -> None:
    on = servers("m365.RestoreRole", {"m365.put_omitted_lists": lists})
    id, state = on.create(**{**DESK, "excluded_items": [IT]})
    on.forget()
    on.update(id, state, description="two")
    ((method, _, body),) = on.writes()
    assert method == "PUT"
    assert [len(body[name]) for name in ("operators", "selectedItems", "excludedItems")] == [2, 2, 1]
    assert held(on)["excludedItems"] == ["https://contoso.example/sites/it"]


def test_narrowing_names_the_objects_first(m365: Servers) -> None:
    id, state = m365.create(**ENTIRE)
    m365.forget()
    m365.update(id, state, role_type="SpecificObjects", selected_items=[HR], excluded_items=[IT])
    assert seen(m365) == ["POST selectedItems", "POST excludedItems", f"PUT {id}"]
    assert held(m365)["roleType"] == "SpecificObjects"


def test_widening_comes_before_the_objects_go(m365: Servers) -> None:
    id, state = m365.create(**DESK)
    m365.forget()
    m365.update(id, state, role_type="EntireOrganization", selected_items=[])
    assert seen(m365) == [f"PUT {id}", "DELETE selectedItems"]
    assert (held(m365)["roleType"], held(m365)["selectedItems"]) == ("EntireOrganization", [])


def test_an_operator_that_somebody_added_is_drift_and_goes(m365: Servers) -> None:
    id, state = m365.create(**DESK)
    people = ["User:jane@contoso.example", "Group:desk@contoso.example", "User:john@contoso.example"]
    m365.sim.drift("m365", "update", "Service desk", {"operators": people})
    live = m365.read(id, state)
    assert live is not None
    assert live["operators"] == [JANE, GROUP, JOHN]
    assert m365.resource.diff(live, DESK).changed == ("operators",)
    m365.update(id, live, **DESK)
    assert held(m365)["operators"] == ["desk@contoso.example", "jane@contoso.example"]


def test_a_kind_that_no_contract_names_is_shown_and_stays(servers: ServersOf) -> None:
    on = servers("m365.RestoreRole", {"m365.unknown_kind": "on"})
    id, state = on.create(**DESK)
    assert state["other_items"]
    assert all(one.startswith("PersonalSites ") for one in state["other_items"])
    on.forget()
    on.update(id, state, operators=[JANE])
    assert seen(on) == ["DELETE operators"]


# ---- what cannot be


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"selected_items": []}, "selected_items: is needed for the type SpecificObjects"),
        ({"role_type": "EntireOrganization"}, "selected_items: is for the type SpecificObjects"),
        ({"operators": []}, "operators: "),
        ({"operators": [{}]}, "needs exactly one of user, group"),
        ({"operators": [{**JANE, **GROUP}]}, "needs exactly one of user, group"),
        ({"operators": [HR]}, "operators"),
        ({"excluded_items": [HR]}, "excluded_items: site:https://contoso.example/sites/hr is selected too"),
    ],
)
def test_what_cannot_be_is_refused_before_any_request(m365: Servers, changes: dict[str, Any], reason: str) -> None:
    _, problems = m365.resource.check({**DESK, **changes})
    assert reason in "; ".join(map(str, problems))


def test_names_that_only_the_run_will_tell_pass(m365: Servers) -> None:
    later = {"operators": [{"user": UNKNOWN}], "excluded_items": [{"site": UNKNOWN}], "organization": UNKNOWN}
    assert m365.resource.check({**DESK, **later})[1] == []


@pytest.mark.parametrize("duplicates", ["allowed", "409", "400"])
def test_a_name_is_not_taken_twice_in_an_organization(servers: ServersOf, duplicates: str) -> None:
    on = servers("m365.RestoreRole", {"m365.duplicate_name": duplicates})
    on.sim.drift("m365", "add", "SERVICE DESK", {})
    with pytest.raises(AlreadyExists):
        on.create(**DESK)
    id, state = on.create(**{**DESK, "name": "Other"})
    with pytest.raises(AlreadyExists):
        on.update(id, state, name="Service desk")
    on.create(**{**ENTIRE, "organization": "fabrikam.onmicrosoft.com", "operators": [{"user": "ann@fabrikam.example"}]})


def test_adopting_takes_the_role_as_it_is(m365: Servers) -> None:
    m365.sim.drift("m365", "add", "Service desk", {"operators": ["User:jane@contoso.example"]})
    m365.forget()
    id, state = m365.create(organization="contoso.onmicrosoft.com", name="Service desk", adopt=True)
    assert (state["operators"], state["role_type"], m365.writes()) == ([JANE], "EntireOrganization", [])
    m365.delete(id, state)
    assert held(m365)["id"] == id


def test_an_organization_of_the_old_login_says_what_the_server_says(servers: ServersOf) -> None:
    on = servers("m365.RestoreRole", {"m365.app_auth": "basic"})
    with pytest.raises(ServerRefused, match="was not added with modern authentication"):
        on.create(**DESK)


def test_a_server_for_operators_alone_says_so(servers: ServersOf) -> None:
    on = servers("m365.RestoreRole", {"m365.operator_only": "on"})
    with pytest.raises(VeeamError, match="Only restore operators may use this server"):
        on.create(**DESK)


# ---- the session


@pytest.mark.parametrize(("release", "version"), [("6", "v6"), ("7", "v7"), ("8", "v8")])
@pytest.mark.parametrize("expires", ["text", "number"])
def test_the_newest_version_that_both_know_is_used(
    servers: ServersOf, release: str, version: str, expires: str
) -> None:
    on = servers("m365.RestoreRole", {"m365.release": release, "m365.expires_in": expires})
    on.create(**DESK)
    logins = [one for one in on.sim.requests("m365") if one.path.endswith("/token")]
    assert [one.path for one in logins] == [f"/{version}/token"]
    on.sim.advance(3590)  # the token is renewed
    on.create(**{**DESK, "name": "Other"})
    on.connections.close()
    left = [one.path for one in on.sim.requests("m365") if one.path.endswith("/logout")]
    assert left == ([] if version == "v6" else [f"/{version}/token/logout"])


@pytest.mark.parametrize("answer", ["empty", "error"])
def test_an_expired_token_is_one_more_login(servers: ServersOf, answer: str) -> None:
    on = servers("m365.RestoreRole", {"m365.unauthorized": answer})
    id, state = on.create(**DESK)
    on.sim.advance(3_700)
    assert on.read(id, state) == state


def test_a_refused_login_is_one_login(servers: ServersOf) -> None:
    on = servers("m365.RestoreRole", password="wrong-passw0rd")
    for _ in range(3):
        with pytest.raises(LoginRefused, match="that is not a service account"):
            on.create(**DESK)
    assert len([one for one in on.sim.requests("m365") if one.path.endswith("/token")]) == 1


# ---- rights


@pytest.mark.parametrize("kind", ["EntireOrganization", "SpecificObjects"])
def test_operators_restore_and_delete_nothing(kind: str) -> None:
    found = grant("m365.RestoreRole", {"name": "Desk", "role_type": kind})
    assert ([*found.rights], found.unknown, found.principal, found.connection) == (["restore"], (), "role", "m365")


@pytest.mark.parametrize("values", [{}, {"role_type": UNKNOWN}, {"role_type": "Everything"}])
def test_what_nobody_knows_is_every_right(values: dict[str, Any]) -> None:
    assert grant("m365.RestoreRole", values).is_privileged
