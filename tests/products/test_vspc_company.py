r"""vspc.Company against a simulated Service Provider Console: an owner, a name that is the organization's, claims, and
deletes that take nothing with them that nobody asked for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pairs import combined
from tests.products.conftest import Servers, ServersOf
from veeam_pulumi.errors import (
    AlreadyExists,
    AnswerLost,
    InvalidInput,
    NotProvenGone,
    Protected,
    ServerRefused,
    UnexpectedAnswer,
    VeeamError,
)
from veeam_pulumi.products import resources
from veeam_pulumi.products.vspc.session import VspcSession
from veeam_pulumi.resource import lifecycle
from veeam_pulumi.resource.fields import UNKNOWN
from veeam_pulumi.simulator.vspc import seeds

SECRET = "Canary-Passw0rd-qzx"
OWNER = {"user_name": "acme.owner", "password": SECRET}
ACME: dict[str, Any] = {"name": "Acme", "owner_credentials": OWNER, "is_rest_access_enabled": True}
OLD: dict[str, Any] = {"name": "Acme", "is_rest_access_enabled": True}
COMPANIES, PERMISSIONS = "/api/v3/organizations/companies", "/api/v3/permissions"


@pytest.fixture
def vspc(servers: ServersOf) -> Servers:
    return servers("vspc.Company")


def ours(vspc: Servers) -> list[str]:
    """The companies beside those that the console was installed with."""
    return sorted({row["name"] for row in vspc.sim.objects("vspc")["companies"]} - {"Alpha", "Beta"})


def sent(vspc: Servers) -> list[tuple[str, str]]:
    return [
        (method, path.removeprefix("/api/v3").partition("/organizations")[2] or path)
        for method, path, _ in vspc.writes()
    ]


def patched(vspc: Servers) -> dict[str, Any]:
    """Path -> value of everything that was patched since the last `forget`."""
    bodies = [body for method, _, body in vspc.writes() if method == "PATCH"]
    return {one["path"]: one["value"] for body in bodies for one in body}


def remote(vspc: Servers) -> dict[str, Any]:
    """The company's remote services on the console."""
    (row,) = [row for row in vspc.sim.objects("vspc")["companies"] if row["name"] == "Acme"]
    found: dict[str, Any] = row["companyServices"]["remoteServices"]
    return found


def user(vspc: Servers, company: str, name: str = "s.smith") -> None:
    vspc.sim.drift("vspc", "add", name, {"organizationUid": company, "role": "CompanyAdministrator"})


def test_create_gives_the_id_and_everything_the_server_says(vspc: Servers) -> None:
    id, state = vspc.create(**ACME, organization={"city": "Prague"}, permissions=["HostedVbrJobEdit"])
    assert state == {
        **ACME,
        "organization": {"city": "Prague"},
        "permissions": ["HostedVbrJobEdit"],
        "status": "Active",
        "is_alarm_detect_enabled": False,
        "company_services": {
            "hosted_services": {"is_vb_public_cloud_management_enabled": False},
            "remote_services": {"is_backup_resources_enabled": True, "is_vb_public_cloud_management_enabled": False},
        },
        "remove_all_agents": False,
        "delete_with_contents": False,
        "connection": "vspc",
        "adopt": False,
        "schema": 1,
        "server": vspc.sim.url("vspc").removeprefix("https://"),
        "adopted": False,
    }
    assert vspc.changed(state) == set()
    assert vspc.read(id, state) == state
    assert vspc.sim.can_login("vspc", "acme.owner", SECRET)
    ((_, _, body), _) = vspc.writes()
    assert body == {
        "organizationInput": {"name": "Acme", "city": "Prague"},
        "ownerCredentials": {"userName": "acme.owner", "password": "[secret]"},
        "isRestAccessEnabled": True,
        "isAlarmDetectEnabled": False,
    }


@pytest.mark.parametrize(
    ("release", "late", "shape", "expand"),
    combined(["9.0", "9.1", "9.2", "9.3"], ["off", "writes", "all"], ["enveloped", "bare"], ["honoured", "ignored"]),
)
def test_a_whole_life_on_every_version(vspc: Servers, release: str, late: str, shape: str, expand: str) -> None:
    vspc.sim.set(**{"vspc.release": release, "vspc.async": late, "vspc.result_shape": shape, "vspc.expand": expand})
    vspc.sim.set(**{"vspc.async_host": "foreign"})
    id, state = vspc.create(**ACME, status="Disabled", permissions=["HostedVbrJobEdit"])
    assert (state["status"], state["permissions"]) == ("Disabled", ["HostedVbrJobEdit"])
    assert vspc.read(id, state) == state
    changes = {"name": "Acme Holding", "status": "Active", "permissions": [], "organization": {"phone": "555"}}
    state = vspc.update(id, state, **changes, owner_credentials={**OWNER, "password": "New-" + SECRET})
    assert {name: state[name] for name in changes} == changes
    assert vspc.sim.can_login("vspc", "acme.owner", "New-" + SECRET)
    assert dict(resources()["vspc.Company"].list(vspc.connections.open("vspc", "vspc")))[id]["name"] == "Acme Holding"
    vspc.delete(id, state)
    assert ours(vspc) == []
    assert vspc.read(id, state) is None
    vspc.delete(id, state)


def test_a_life_on_console_8_1(vspc: Servers) -> None:
    """No owner, no claims, services of another form; and deleting backups is never asked for."""
    vspc.sim.set(**{"vspc.release": "8.1"})
    for name, value in (("owner_credentials", OWNER), ("permissions", []), ("company_services", {})):
        with pytest.raises(InvalidInput, match=rf"consoles before 9.0 have no {name}; this one is 8.1.*; leave it out"):
            vspc.create(**{**OLD, name: value})
    assert vspc.writes() == []
    id, state = vspc.create(**OLD)
    assert vspc.writes()[0][2]["permissions"] == ["REST"]
    assert vspc.read(id, state) == state
    vspc.forget()
    state = vspc.update(id, state, is_rest_access_enabled=False)
    assert (sent(vspc), patched(vspc)) == ([("PATCH", f"/companies/{id}/permissions")], {"/permissions": []})
    with pytest.raises(InvalidInput, match="consoles before 9.0 have no permissions"):
        vspc.update(id, state, permissions=["HostedVbrJobEdit"])
    vspc.forget()
    vspc.delete(id, {**state, "remove_all_agents": True})
    (request,) = vspc.sim.requests("vspc", writes_only=True)
    assert request.query == {"removeAllAgents": "true", "removeBackups": "false"}
    assert ours(vspc) == []


def test_what_a_change_sends_and_where(vspc: Servers) -> None:
    id, state = vspc.create(**ACME, organization={"city": "Prague", "notes": "one"})
    vspc.forget()
    state = vspc.update(id, state, name="Acme Holding", organization={"city": "Brno"})
    assert sent(vspc) == [("PATCH", f"/{id}")]
    assert patched(vspc) == {"/name": "Acme Holding", "/city": "Brno", "/notes": None}
    vspc.forget()
    services = {"remote_services": {"backup_agents_management": {"server_agents_quota": 3}}}
    state = vspc.update(id, state, is_alarm_detect_enabled=True, company_services=services, status="Disabled")
    assert sent(vspc) == [("PATCH", f"/companies/{id}")]
    assert patched(vspc) == {
        "/status": "Disabled",
        "/isAlarmDetectEnabled": True,
        "/companyServices/remoteServices/backupAgentsManagement": {
            "serverAgentsQuota": 3,
            "workstationAgentsQuota": None,
        },
    }
    vspc.forget()
    state = vspc.update(id, state, permissions=["HostedVbrJobStartStop", "HostedVbrJobEdit"])
    (request,) = vspc.sim.requests("vspc", writes_only=True)
    assert (request.path, request.query) == (f"{PERMISSIONS}/{id}", {"entityType": "Company"})
    assert patched(vspc) == {"/claims": ["HostedVbrJobStartStop", "HostedVbrJobEdit"]}
    vspc.forget()
    vspc.update(id, state, remove_all_agents=True, delete_with_contents=True)
    assert vspc.writes() == []


def test_a_company_moves_between_resellers(vspc: Servers) -> None:
    id, state = vspc.create(**ACME)
    vspc.forget()
    state = vspc.update(id, state, reseller_uid=seeds.GAMMA)
    assert sent(vspc) == [("POST", f"/resellers/{seeds.GAMMA}/companies")]
    assert vspc.update(id, state, reseller_uid=None)["reseller_uid"] == seeds.GAMMA  # left out, it stays whose it is
    with pytest.raises(VeeamError, match="does not exist"):
        vspc.update(id, state, reseller_uid=seeds.ALPHA)


def test_a_service_without_limits_is_not_one_that_is_off(vspc: Servers) -> None:
    id, state = vspc.create(**ACME, company_services={"remote_services": {"backup_agents_management": {}}})
    assert remote(vspc)["backupAgentsManagement"] is not None
    assert vspc.read(id, state) == state
    assert vspc.changed(state, company_services={"remote_services": {}}) == {"company_services"}
    state = vspc.update(id, state, company_services={"remote_services": {}})
    assert remote(vspc)["backupAgentsManagement"] is None
    switched: dict[str, Any] = {"isBackupResourcesEnabled": True, "isVbPublicCloudManagementEnabled": False}
    switched |= {"backupServersManagement": {"backupServerQuota": None}, "vb365ServersManagement": None}
    both = {"hostedServices": None, "remoteServices": {**switched, "backupAgentsManagement": None}}
    vspc.sim.drift("vspc", "update", "Acme", {"companyServices": both})
    live = vspc.read(id, state)
    assert live is not None
    assert vspc.changed(live, company_services={"remote_services": {}}) == {"company_services"}
    vspc.update(id, live, company_services={"remote_services": {}})
    assert remote(vspc)["backupServersManagement"] is None


def test_services_that_are_null_are_off(vspc: Servers) -> None:
    id, state = vspc.create(**ACME, company_services={})
    assert vspc.changed(state, company_services={"remote_services": {}}) == set()
    vspc.sim.drift("vspc", "update", "Acme", {"companyServices": {"hostedServices": None, "remoteServices": None}})
    live = vspc.read(id, state)
    assert live is not None
    assert vspc.changed(live, company_services={}) == {"company_services"}
    off = {"remote_services": {"is_backup_resources_enabled": False}}
    assert vspc.changed(live, company_services=off) == set()
    vspc.forget()
    state = vspc.update(id, live, company_services={})
    assert list(patched(vspc)) == ["/companyServices/remoteServices"]
    assert remote(vspc)["isBackupResourcesEnabled"] is True
    assert vspc.changed(state, company_services={}) == set()


@pytest.mark.parametrize(("release", "known"), [("9.1", False), ("9.2", True)])
def test_a_hard_quota_is_sent_where_it_is_wanted_alone(vspc: Servers, release: str, known: bool) -> None:
    vspc.sim.set(**{"vspc.release": release, "vspc.unknown_members": "refused"})
    agents: dict[str, Any] = {"workstation_agents_quota": 5, "is_hard_quota_enabled": False}
    id, state = vspc.create(**ACME, company_services={"remote_services": {"backup_agents_management": agents}})
    hard = {"remote_services": {"backup_agents_management": {**agents, "is_hard_quota_enabled": True}}}
    if not known:
        with pytest.raises(ServerRefused, match="isHardQuotaEnabled"):
            vspc.update(id, state, company_services=hard)
        return
    assert vspc.changed(vspc.update(id, state, company_services=hard), company_services=hard) == set()
    assert remote(vspc)["backupAgentsManagement"]["isHardQuotaEnabled"] is True


def test_what_a_console_fills_in_is_no_drift_and_what_somebody_changes_is(vspc: Servers) -> None:
    id, state = vspc.create(**ACME, organization={"city": "Prague"}, permissions=["HostedVbrJobEdit"])
    # As a live console showed it.
    filled = {"countryName": "Brazil", "regionName": "Rio Grande do Sul", "locationAdmin0Code": "br", "alias": "acme"}
    vspc.sim.drift("vspc", "update", "Acme", filled)
    live = vspc.read(id, state)
    assert live == state
    vspc.sim.drift(
        "vspc", "update", "Acme", {"phone": "666", "permissions": ["HostedVbrJobEdit", "HostedVbrJobDelete"]}
    )
    live = vspc.read(id, state)
    assert live is not None
    wanted = {"organization": {"city": "Prague"}, "permissions": ["HostedVbrJobEdit"]}
    assert vspc.changed(live, **wanted) == {"organization", "permissions"}
    vspc.forget()
    vspc.update(id, live, **wanted)
    assert patched(vspc) == {"/phone": None, "/claims": ["HostedVbrJobEdit"]}


def test_claims_of_an_unknown_name_are_kept_and_compared(vspc: Servers) -> None:
    id, state = vspc.create(**ACME, permissions=["HostedVbrJobEdit"])
    vspc.sim.drift("vspc", "update", "Acme", {"permissions": ["HostedVbrJobEdit", "SomethingOf10"]})
    live = vspc.read(id, state)
    assert live is not None
    assert sorted(live["permissions"]) == ["HostedVbrJobEdit", "SomethingOf10"]
    with pytest.raises(ServerRefused, match="SomethingElse"):
        vspc.update(id, state, permissions=["SomethingElse"])


def test_claims_that_the_login_may_not_see_are_not_compared(vspc: Servers) -> None:
    id, state = vspc.create(**ACME, permissions=["HostedVbrJobEdit"])
    vspc.connect(username="acme.owner", password=SECRET)
    assert vspc.read(id, state) == state
    rows = dict(vspc.resource.list(vspc.connections.open("vspc", "vspc")))
    assert [(row["name"], row["permissions"]) for row in rows.values()] == [("Acme", None)]


def test_the_owner_is_not_renamed_and_nothing_is_sent(vspc: Servers) -> None:
    id, state = vspc.create(**ACME)
    vspc.forget()
    with pytest.raises(InvalidInput, match="its owner is 'acme.owner', and no request gives it another one"):
        vspc.update(id, state, name="Acme 2", owner_credentials={"user_name": "other"})
    assert vspc.writes() == []
    assert vspc.changed(state, owner_credentials={"user_name": "ACME.Owner"}) == set()
    assert vspc.changed(state, owner_credentials={**OWNER, "password": "other"}) == {"owner_credentials"}


@pytest.mark.parametrize("choice", ["works", "1001"])
def test_the_owners_password_is_changed_on_the_company_or_on_the_user(vspc: Servers, choice: str) -> None:
    vspc.sim.set(**{"vspc.owner_password": choice})
    id, state = vspc.create(**ACME)
    vspc.forget()
    state = vspc.update(id, state, owner_credentials={**OWNER, "password": "New-" + SECRET})
    assert vspc.sim.can_login("vspc", "acme.owner", "New-" + SECRET)
    assert state["owner_credentials"]["password"] == "New-" + SECRET
    owner = vspc.sim.lookup("vspc", "acme.owner") or {}
    paths = [("PATCH", f"/companies/{id}"), ("PATCH", f"/api/v3/users/{owner['instanceUid']}")]
    assert sent(vspc) == paths[: 1 if choice == "works" else 2]
    assert SECRET not in str(vspc.sim.requests("vspc"))


@pytest.mark.parametrize("login", [None, {"user_name": "acme.owner"}])
def test_a_new_company_needs_an_owner_with_a_password(vspc: Servers, login: Any) -> None:
    said = (
        "password: is required to create a company" if login else "needs an owner, who needs a password; set user_name"
    )
    with pytest.raises(InvalidInput, match=said):
        vspc.create_unchecked(name="Acme", owner_credentials=login)
    assert vspc.writes() == []


def test_names_are_one_whatever_their_case(vspc: Servers) -> None:
    id, state = vspc.create(**ACME)
    with pytest.raises(AlreadyExists, match=rf"it exists already \(id {id}\)"):
        vspc.create(**{**ACME, "name": "ACME"})
    assert vspc.changed(state, name="aCME") == set()
    for code in ("409", "400"):
        vspc.sim.set(**{"vspc.duplicate_company": code})
        with pytest.raises(ServerRefused, match="'Alpha' already exists"):
            vspc.update(id, state, name="Alpha")


@pytest.mark.parametrize("wrong", ["Acme<1>", "a=b", "x" * 129, ""])
def test_names_that_no_console_takes(vspc: Servers, wrong: str) -> None:
    assert {one.property for one in vspc.resource.check({**ACME, "name": wrong})[1]} == {"name"}


@pytest.mark.parametrize("login", [{"user_name": "a/b"}, {"user_name": "dot."}, {"user_name": "a", "password": ""}])
def test_owners_that_no_console_takes_and_no_password_is_told(vspc: Servers, login: Any) -> None:
    ((problem),) = vspc.resource.check({**ACME, "owner_credentials": {"password": SECRET, **login}})[1]
    assert (problem.property, problem.secret) == ("owner_credentials", True)
    assert SECRET not in str(problem)


# Deleting.


def test_a_company_with_users_is_not_deleted_unless_the_program_says_so(vspc: Servers) -> None:
    id, state = vspc.create(**ACME)
    user(vspc, id)
    user(vspc, id, "m.jones")
    vspc.forget()
    with pytest.raises(Protected) as caught:
        vspc.delete(id, state)
    assert "2 users besides its owner ('s.smith', 'm.jones')" in str(caught.value)
    assert "set delete_with_contents to true" in str(caught.value)
    assert (ours(vspc), vspc.writes()) == (["Acme"], [])
    with pytest.raises(Protected):
        vspc.delete(id, {**state, "remove_all_agents": True})
    state = vspc.update(id, state, delete_with_contents=True)
    vspc.delete(id, state)
    assert ours(vspc) == []
    assert vspc.sim.lookup("vspc", "s.smith") is None


def test_a_company_with_agents_is_not_deleted_unless_they_may_be_removed(vspc: Servers) -> None:
    id, state = vspc.create(**ACME)
    vspc.sim.drift("vspc", "update", "Acme", {"agents": ["srv01", "srv02"]})
    with pytest.raises(Protected, match=r"2 management agents \('srv01', 'srv02'\).* remove_all_agents is enough"):
        vspc.delete(id, state)
    vspc.forget()
    vspc.delete(id, vspc.update(id, state, remove_all_agents=True))
    (request,) = vspc.sim.requests("vspc", writes_only=True)
    assert (request.method, request.query) == ("DELETE", {"removeAllAgents": "true"})
    assert ours(vspc) == []


@pytest.mark.parametrize("release", ["8.1", "9.2"])
def test_a_company_with_a_cloud_tenant_is_not_deleted(vspc: Servers, release: str) -> None:
    vspc.sim.set(**{"vspc.release": release})
    id, state = vspc.create(name="Alpha", adopt=True)
    with pytest.raises(Protected, match="1 management agent .*1 cloud tenant"):
        vspc.delete(id, {**state, "adopted": False})
    vspc.delete(id, {**state, "adopted": False, "delete_with_contents": True})
    assert vspc.sim.lookup("vspc", "Alpha") is None


def test_an_empty_company_is_deleted_without_its_agents_being_asked_for(vspc: Servers) -> None:
    id, state = vspc.create(**ACME)
    vspc.forget()
    vspc.delete(id, state)
    (request,) = vspc.sim.requests("vspc", writes_only=True)
    assert (request.method, request.query) == ("DELETE", {"removeAllAgents": "false"})
    assert vspc.sim.lookup("vspc", "acme.owner") is None


def test_a_login_that_sees_a_part_of_the_users_cannot_say_that_a_company_is_empty(vspc: Servers) -> None:
    id, state = vspc.create(**ACME)
    vspc.sim.drift("vspc", "update", vspc.sim.username("vspc"), {"role": "SiteAdministrator"})
    vspc.connect()
    with pytest.raises(Protected, match="whether it is empty is not known: the login's role SiteAdministrator"):
        vspc.delete(id, state)
    vspc.delete(id, {**state, "delete_with_contents": True})
    assert ours(vspc) == []


def test_the_company_of_the_own_login_is_neither_deleted_nor_shut_out(vspc: Servers) -> None:
    id, state = vspc.create(**ACME)
    vspc.connect(username="acme.owner", password=SECRET)
    vspc.forget()
    for change in ({"status": "Disabled"}, {"is_rest_access_enabled": False}):
        with pytest.raises(Protected, match="the account that this connection logs in with"):
            vspc.update(id, state, **change)
    with pytest.raises(Protected, match="the account that this connection logs in with"):
        vspc.delete(id, {**state, "delete_with_contents": True})
    assert vspc.writes() == []


def test_an_adopted_company_stays(vspc: Servers) -> None:
    with pytest.raises(InvalidInput) as caught:
        vspc.create(**{**ACME, "name": "Alpha"}, adopt=True)
    assert (
        "owner_credentials is declared as {user_name: 'acme.owner'}, the server has {user_name: 'alpha.owner'}"
        in str(caught.value)
    )
    assert SECRET not in str(caught.value)
    owner = {"user_name": "Alpha.Owner", "password": SECRET}
    id, state = vspc.create(name="alpha", owner_credentials=owner, adopt=True)
    assert vspc.writes() == []
    assert (id, state["adopted"], state["owner_credentials"]) == (seeds.ALPHA, True, owner)
    assert vspc.read(id, state) == state
    said = {"name": "alpha", "owner_credentials": owner, "adopt": True, "connection": "vspc"}
    assert vspc.resource.diff(state, said).changed == ()
    vspc.delete(id, state)
    assert vspc.sim.lookup("vspc", "Alpha") is not None
    assert vspc.sim.can_login("vspc", "alpha.owner", seeds.OWNER_PASSWORD)
    # Ours from now on: the password that its owner knows stops working, and somebody is told.
    new = {**said, "adopt": False, "is_rest_access_enabled": True}
    lifecycle.planned(vspc.resource, vspc.connections, id, state, new)
    assert "gets a password of the program's" in vspc.warnings[-1]
    lifecycle.update(vspc.resource, vspc.connections, id, state, new)
    assert vspc.sim.can_login("vspc", "alpha.owner", SECRET)


# What is gone, and what is not seen.


@pytest.mark.parametrize("code", ["404", "1100"])
def test_gone_is_the_products_own_word_to_who_sees_all(vspc: Servers, code: str) -> None:
    vspc.sim.set(**{"vspc.unknown_user": code})
    id, state = vspc.create(**ACME)
    vspc.sim.drift("vspc", "delete", "Acme", {})
    assert vspc.read(id, state) is None
    vspc.delete(id, state)


@pytest.mark.parametrize("role", ["PortalOperator", "SiteAdministrator", "PortalReadonlyOperator"])
def test_a_login_that_sees_less_proves_nothing(vspc: Servers, role: str) -> None:
    id, state = vspc.create(**ACME, delete_with_contents=True)
    vspc.sim.set(**{"vspc.unseen": ["Acme"]})
    vspc.sim.drift("vspc", "update", vspc.sim.username("vspc"), {"role": role})
    vspc.connect()
    words = f"but the login's role {role} does not see all companies, .*state keeps it"
    with pytest.raises(NotProvenGone, match=words):
        vspc.read(id, state)
    if role == "SiteAdministrator":
        with pytest.raises(NotProvenGone, match=words):
            vspc.delete(id, state)
    assert ours(vspc) == ["Acme"]


def test_a_reseller_sees_its_companies_and_proves_nothing_of_others(vspc: Servers) -> None:
    id, state = vspc.create(**ACME)
    vspc.connect(username="gamma.owner", password=seeds.OWNER_PASSWORD)
    with pytest.raises(NotProvenGone, match="ResellerOwner does not see all companies"):
        vspc.read(id, state)
    own, state = vspc.create(**{**ACME, "name": "Delta", "owner_credentials": {**OWNER, "user_name": "d"}})
    assert state["reseller_uid"] == seeds.GAMMA
    vspc.delete(own, state)
    assert ours(vspc) == ["Acme"]


# Lost answers, and what cannot be completed.


@pytest.mark.parametrize("fault", ["reset_before", "reset_after", "half_body", "html", "empty"])
def test_a_lost_answer_to_create_makes_no_second_company(vspc: Servers, fault: str) -> None:
    settings = {"status": 200, "handled": True} if fault == "html" else {}
    vspc.sim.fault("vspc", fault, method="POST", path=COMPANIES, **settings)
    id, state = vspc.create(**ACME, status="Disabled", permissions=["HostedVbrJobEdit"])
    assert ours(vspc) == ["Acme"]
    assert (state["status"], state["permissions"]) == ("Disabled", ["HostedVbrJobEdit"])
    assert vspc.read(id, state) == state


@pytest.mark.parametrize("fault", ["reset_before", "reset_after"])
def test_a_lost_answer_to_delete(vspc: Servers, fault: str) -> None:
    id, state = vspc.create(**ACME)
    vspc.sim.fault("vspc", fault, method="DELETE")
    vspc.delete(id, state)
    assert ours(vspc) == []


def test_a_lost_answer_to_a_change_leaves_nothing_undone(vspc: Servers) -> None:
    id, state = vspc.create(**ACME)
    for fault in ("reset_before", "reset_after"):
        vspc.sim.fault("vspc", fault, method="PATCH", path=f"{COMPANIES}/{id}", times=2)
        login = {**OWNER, "password": f"{fault}-{SECRET}"}
        state = vspc.update(id, state, name=f"Acme {fault}", owner_credentials=login, is_alarm_detect_enabled=True)
        assert vspc.changed(state, name=f"Acme {fault}", owner_credentials=login) == set()
        assert vspc.sim.can_login("vspc", "acme.owner", f"{fault}-{SECRET}")


def test_a_company_that_cannot_be_completed_does_not_stay(vspc: Servers) -> None:
    refusal = '{"errors": [{"message": "not now", "type": "logical", "code": 1000}]}'
    vspc.sim.fault("vspc", "status", method="PATCH", status=520, body=refusal)
    with pytest.raises(ServerRefused, match='error 1000: "not now"; the company was not complete, so it was deleted'):
        vspc.create(**ACME, status="Disabled")
    assert ours(vspc) == []
    vspc.sim.fault("vspc", "status", method="PATCH", status=520, body=refusal)
    vspc.sim.fault("vspc", "status", method="DELETE", status=520, body=refusal)
    id, state = vspc.create(**ACME, status="Disabled")
    assert "was created, but is not complete" in vspc.warnings[-1]
    assert vspc.changed(state, status="Disabled") == {"status"}
    assert vspc.update(id, state, status="Disabled")["status"] == "Disabled"


def test_a_company_that_cannot_even_be_read_is_never_taken_for_complete(vspc: Servers) -> None:
    for method, path in (("PATCH", "*"), ("DELETE", "*"), ("GET", f"{COMPANIES}/*"), ("GET", f"{PERMISSIONS}/*")):
        vspc.sim.fault("vspc", "status", method=method, path=path, status=503, times=0)
    id, state = vspc.create(**ACME, status="Disabled", permissions=["HostedVbrJobEdit"])
    wanted = {"status": "Disabled", "permissions": ["HostedVbrJobEdit"]}
    assert vspc.changed(state, **wanted) == {"status", "permissions"}
    vspc.sim.clear_faults()
    vspc.connect()
    state = vspc.update(id, state, **wanted)
    assert (state["status"], state["permissions"]) == ("Disabled", ["HostedVbrJobEdit"])
    assert vspc.read(id, state) == state


@pytest.mark.parametrize(
    "answer", [{"website": {"": {}}}, {"city": 7}, {"instanceUid": "0f6c1f0c"}, [], "", None], ids=str
)
def test_an_organization_of_another_form_gets_into_no_state(
    vspc: Servers, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    id, state = vspc.create(**ACME)
    about = {"instanceUid": id, **answer} if isinstance(answer, dict) else answer
    get = VspcSession.get

    def answered(session: VspcSession, path: str, **params: Any) -> Any:
        return {"data": about} if path == f"/api/v3/organizations/{id}" else get(session, path, **params)

    monkeypatch.setattr(VspcSession, "get", answered)
    with pytest.raises(UnexpectedAnswer, match=r"the server (was asked for|answered with)"):
        vspc.read(id, state)


@pytest.mark.parametrize(("kind", "words"), [("failed", "was refused with 520"), ("canceled", "was cancelled")])
def test_a_write_that_fails_in_the_background(vspc: Servers, kind: str, words: str) -> None:
    vspc.sim.set(**{"vspc.async": "writes", "vspc.async_result": kind})
    with pytest.raises(VeeamError, match=words) as caught:
        vspc.create(**ACME)
    assert SECRET not in str(caught.value)
    assert ours(vspc) == []


def test_a_write_that_does_not_end_within_the_deadline(vspc: Servers) -> None:
    vspc.sim.set(**{"vspc.async": "writes", "vspc.async_latency": 100_000})
    vspc.connect(deadline=1)
    with pytest.raises(AnswerLost, match="did not finish within the connection's deadline"):
        vspc.create(**ACME)


def test_a_reseller_or_plan_that_is_not_there(vspc: Servers) -> None:
    with pytest.raises(
        InvalidInput, match="does not know its reseller or its subscription plan .*; check reseller_uid"
    ):
        vspc.create(**ACME, reseller_uid=seeds.ALPHA)
    assert ours(vspc) == []


# Who may what, and users.


def test_its_owner_is_what_it_lets_in(vspc: Servers) -> None:
    grant = vspc.resource.grant(ACME)
    assert (grant.account, grant.roles, grant.principal) == ("acme.owner", ("CompanyOwner",), "company")
    assert {"destroy", "grant", "secrets"} <= set(grant.rights)
    assert grant.unknown == ()
    assert not vspc.resource.grant({**ACME, "status": "Disabled"}).enabled
    for later in ({}, {"owner_credentials": UNKNOWN}, {"owner_credentials": {"user_name": UNKNOWN}}):
        assert vspc.resource.grant(later).account == "(unknown)"


def test_a_user_of_a_new_company(vspc: Servers) -> None:
    id, state = vspc.create(**ACME)
    users = Servers(vspc.sim, "vspc.User")
    made = {"organization_uid": id, "user_name": "s.smith", "password": SECRET, "role": "CompanyAdministrator"}
    uid, smith = users.create(**made, profile={})
    with pytest.raises(Protected, match="1 user besides its owner"):
        vspc.delete(id, state)
    users.delete(uid, smith)
    vspc.delete(id, state)
    assert ours(vspc) == []
    users.connections.close()
