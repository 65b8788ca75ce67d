"""What nobody knows of the servers: both sides of each knob, and a life that ends well on each.

No live answer of these products to a refused login, a missing right, or a change that is not done has been published.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.products.conftest import Servers, ServersOf
from veeam_pulumi import errors

LIVES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "azure.User": (
        {"name": "mary", "password": "Operator-5ecret", "role": "RestoreOperator"},
        {"description": "two"},
    ),
    "m365.RestoreRole": (
        {
            "name": "Desk",
            "organization": "contoso.onmicrosoft.com",
            "role_type": "EntireOrganization",
            "operators": [{"user": "jane@contoso.example"}],
        },
        {"description": "two"},
    ),
    "aws.User": ({"name": "operator", "password": "Operator-5ecret"}, {"description": "two"}),
    "em.BackupServer": (
        {"dns_name_or_ip_address": "vbr01.example.com", "username": r"EXAMPLE\svc", "password": "Serv3r-5ecret"},
        {"description": "two"},
    ),
    "vbr.User": ({"name": r"TECH\john", "roles": ["Backup Operator"]}, {"roles": ["Backup Viewer"]}),
    "vspc.User": (
        {
            "organization_uid": "79817d6d-4b00-4e22-b673-8758f02fa0ef",
            "user_name": "s.smith",
            "password": "Smith-5ecret",
            "role": "CompanyAdministrator",
            "profile": {"first_name": "Sue"},
        },
        {"profile": {"first_name": "Susan"}},
    ),
}
WITHOUT_RIGHTS: dict[str, dict[str, Any]] = {
    "azure": {"role": "ReadOnlyUser"},
    "aws": {"role": "Portal Operator"},
    "em": {"role": "Portal User"},
    "vbr": {"roles": ["Backup Viewer"]},
    "vspc": {"role": "PortalReadonlyOperator"},
}
KINDS = sorted(LIVES)


def live(servers: Servers) -> None:
    """Create, change, look, again nothing to change, delete, gone."""
    inputs, changes = LIVES[servers.resource.kind]
    before = servers.names()
    id, state = servers.create(**inputs)
    state = servers.update(id, state, **changes)
    found = servers.read(id, state)
    assert found is not None
    assert servers.changed(found, **changes) == set()
    servers.delete(id, state)
    assert servers.read(id, state) is None
    assert servers.names() == before


def logins(servers: Servers) -> int:
    return sum(one.path.endswith(("/token", "/sessionMngr/")) for one in servers.sim.requests(servers.product, "POST"))


@pytest.mark.parametrize(
    "knobs",
    [{}, {"refusals": "empty"}, {"login_errors": "oauth"}],
    ids=str,
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_login_is_one_attempt_however_it_is_worded(
    servers: ServersOf, kind: str, knobs: dict[str, str]
) -> None:
    product = kind.partition(".")[0]
    if product == "em" and "login_errors" in knobs:
        knobs = {"refusals": "empty"}  # it has no token endpoint
    there = servers(kind, {f"{product}.{name}": value for name, value in knobs.items()}, password="not-this-one")
    for _ in range(2):
        with pytest.raises(errors.LoginRefused):
            there.create(**LIVES[kind][0])
    assert logins(there) == 1


@pytest.mark.parametrize("refusals", ["body", "empty"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_dead_token_is_one_new_login_with_or_without_a_body(servers: ServersOf, kind: str, refusals: str) -> None:
    product = kind.partition(".")[0]
    there = servers(kind, {f"{product}.refusals": refusals})
    id, state = there.create(**LIVES[kind][0])
    there.forget()
    there.sim.fault(product, "expire_token")
    there.update(id, state, **LIVES[kind][1])
    assert logins(there) == 1


@pytest.mark.parametrize("refusals", ["body", "empty"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_right_is_said_and_removes_nothing(servers: ServersOf, kind: str, refusals: str) -> None:
    product = kind.partition(".")[0]
    there = servers(kind, {f"{product}.refusals": refusals})
    id, state = there.create(**LIVES[kind][0])
    if product == "m365":  # its administrators are in no API
        there.sim.set(**{"m365.operator_only": "on"})
    else:
        there.sim.drift(product, "update", there.sim.username(product), WITHOUT_RIGHTS[product])
    with pytest.raises(errors.ServerRefused) as refused:
        there.delete(id, state)
    assert refused.value.status == 403
    assert there.sim.objects(product)


@pytest.mark.parametrize("how", ["own", "empty", "framework"])
def test_aws_an_unknown_name_is_gone_once_the_complete_list_lacks_it(servers: ServersOf, how: str) -> None:
    live(servers("aws.User", {"aws.not_found": how}))


@pytest.mark.parametrize("how", ["own", "framework"])
def test_aws_a_password_that_breaks_the_rules_is_said_in_the_servers_words(servers: ServersOf, how: str) -> None:
    aws = servers("aws.User", {"aws.invalid": how})
    with pytest.raises(errors.VeeamError, match="uppercase"):
        aws.create(name="operator", password="all-lower-9")
    assert aws.names() == ["Admin"]


@pytest.mark.parametrize("dates", ["plain", "z", "offset"])
def test_aws_dates_of_a_token_in_every_form(servers: ServersOf, dates: str) -> None:
    aws = servers("aws.User", {"aws.dates": dates, "aws.token_life": "600"})
    live(aws)
    aws.sim.advance(590)
    live(aws)


@pytest.mark.parametrize(("kind", "name"), [("aws.User", "operator"), ("vspc.User", "s.smith")])
def test_a_rotation_that_is_accepted_and_ignored_shows_in_nothing_but_a_login(
    servers: ServersOf, kind: str, name: str
) -> None:
    """The reason for `verify_password`: neither the answer nor a later read tells."""
    product = kind.partition(".")[0]
    there = servers(kind, {f"{product}.rotation": "ignored"})
    id, state = there.create(**LIVES[kind][0])
    after = there.update(id, state, password="An0ther-Word!")
    assert there.read(id, after) == after
    assert not there.sim.can_login(product, name, "An0ther-Word!")
    there.sim.set(**{f"{product}.rotation": "done"})
    if product == "aws":  # asks for the old password, and so says it at the next rotation
        with pytest.raises(errors.ServerRefused, match="current password is incorrect"):
            there.update(id, after, password="Th1rd-Word!")
    else:
        there.update(id, after, password="Th1rd-Word!")
        assert there.sim.can_login(product, name, "Th1rd-Word!")


@pytest.mark.parametrize("knobs", [{"vbr.rejected_token": "body"}, {"vbr.server_time": "missing"}], ids=str)
def test_vbr_lives_on_either_side(servers: ServersOf, knobs: dict[str, str]) -> None:
    live(servers("vbr.User", knobs))


@pytest.mark.parametrize("build", ["12.3.1.1139", "13.0.1.180", "13.1.0.411"])
def test_vbr_finds_the_revision_whatever_the_words_of_a_refusal(servers: ServersOf, build: str) -> None:
    vbr = servers("vbr.User", {"vbr.build": build, "vbr.dialect": "both"}, api_version="auto")
    live(vbr)


@pytest.mark.parametrize("language", ["english", "german"])
def test_vbr_the_administrators_of_the_machine_are_never_deleted(servers: ServersOf, language: str) -> None:
    vbr = servers("vbr.User", {"vbr.administrators": language})
    name = next(name for name in vbr.names() if "Administrator" in name)
    id, state = vbr.create(name=name, type="InternalGroup", roles=["Backup Administrator"], adopt=True)
    with pytest.raises(errors.Protected):
        vbr.delete(id, {**state, "adopted": False, "adopt": False})
    assert name in vbr.names()


@pytest.mark.parametrize("mode", ["on", "pending"])
def test_vbr_four_eyes_leaves_nothing_and_duplicates_nothing(servers: ServersOf, mode: str) -> None:
    vbr = servers("vbr.User", {"vbr.four_eyes": mode}, deadline=2)
    with pytest.raises(errors.VeeamError):
        vbr.create(**LIVES["vbr.User"][0])
    assert len(vbr.sim.requests("vbr", "POST", writes_only=True)) == 1
    vbr.sim.set(**{"vbr.four_eyes": "off"})
    live(vbr)


@pytest.mark.parametrize("port", ["given", "443"])
def test_em_a_port_that_the_program_names_is_what_the_server_is_asked_for(servers: ServersOf, port: str) -> None:
    em = servers("em.BackupServer", {"em.stored_port": port})
    id, state = em.create(**LIVES["em.BackupServer"][0], port=443)
    found = em.read(id, state)
    assert found is not None
    assert em.changed(found) == set()


@pytest.mark.parametrize("credentials", ["kept", "dropped"])
def test_em_a_new_password_is_sent_whole_whatever_a_put_did_before(servers: ServersOf, credentials: str) -> None:
    """What a PUT without credentials does to them no answer shows; the next rotation sends both again."""
    em = servers("em.BackupServer", {"em.put_credentials": credentials})
    id, state = em.create(**LIVES["em.BackupServer"][0])
    state = em.update(id, state, description="two")
    assert em.sim.can_login("em", r"EXAMPLE\svc", "Serv3r-5ecret") is (credentials == "kept")
    em.update(id, state, password="N3xt-Word")
    assert em.sim.can_login("em", r"EXAMPLE\svc", "N3xt-Word")


@pytest.mark.parametrize("knob", ["page", "404"])
def test_vspc_a_console_without_users_is_no_proof_of_absence(servers: ServersOf, knob: str) -> None:
    vspc = servers("vspc.User", {"vspc.unknown_path": knob})
    live(vspc)


@pytest.mark.parametrize("required", ["optional", "required"])
def test_vspc_names_its_version(servers: ServersOf, required: str) -> None:
    live(servers("vspc.User", {"vspc.client_version": required}))


@pytest.mark.parametrize("how", ["empty", "framework"])
def test_aws_a_404_that_the_list_contradicts_removes_nothing(servers: ServersOf, how: str) -> None:
    aws = servers("aws.User", {"aws.not_found": how})
    id, state = aws.create(name="operator", password="Operator-2026")
    aws.sim.fault("aws", "empty", method="GET", path="/api/v1/users/operator", times=0, status=404)
    with pytest.raises(errors.UnexpectedAnswer):
        aws.read(id, state)
    aws.sim.fault("aws", "status", method="GET", path="/api/v1/users", times=0, status=403)
    aws.sim.drift("aws", "delete", "operator")
    with pytest.raises(errors.ServerRefused):  # and where the list is not shown, neither
        aws.read(id, state)
