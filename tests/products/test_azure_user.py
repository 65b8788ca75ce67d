"""azure.User against a simulated appliance: every knob, every version, and who is never locked out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pairs import combined
from tests.products.conftest import Servers, ServersOf
from veeam_pulumi.errors import (
    AlreadyExists,
    InvalidInput,
    LoginRefused,
    MfaRequired,
    Protected,
    ServerRefused,
    VeeamError,
)
from veeam_pulumi.simulator.azure import seeds

SECRET = "Canary-Passw0rd-qzx"
MARY = {"name": "mary", "role": "RestoreOperator", "password": SECRET, "description": "Service desk"}


@pytest.fixture
def azure(servers: ServersOf) -> Servers:
    return servers("azure.User")


def held(azure: Servers, name: str = "mary") -> dict[str, Any]:
    found = azure.sim.lookup("azure", name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("id_form", "total", "unknown"), combined(["number", "uuid"], ["number", "null"], ["404", "400"])
)
def test_a_life_in_every_way_of_answering(servers: ServersOf, id_form: str, total: str, unknown: str) -> None:
    on = servers("azure.User", {"azure.id_form": id_form, "azure.total_count": total, "azure.unknown_id": unknown})
    id, state = on.create(**MARY)
    assert (state["role"], state["mfa_enabled"], state["is_default"]) == ("RestoreOperator", False, False)
    state = on.update(id, state, role="ReadOnlyUser", description="Reads")
    assert (held(on)["role"], held(on)["description"]) == ("ReadOnlyUser", "Reads")
    assert on.read(id, state) == state
    on.delete(id, state)
    assert on.sim.lookup("azure", "mary") is None
    assert on.read(id, state) is None


@pytest.mark.parametrize(("release", "version"), [("6", "v6"), ("7", "v7"), ("8", "v8"), ("8.1", "v8.1")])
def test_the_newest_version_that_both_know_is_used(servers: ServersOf, release: str, version: str) -> None:
    on = servers("azure.User", {"azure.release": release})
    on.create(**MARY)
    assert {path.split("/")[2] for _, path, _ in on.writes() if "oauth2" not in path} == {version}
    logins = [one for one in on.sim.requests("azure") if one.path.endswith("/token") and one.method == "POST"]
    assert len(logins) == 1


def test_a_version_of_the_connection_is_not_asked_for(servers: ServersOf) -> None:
    on = servers("azure.User", api_version="v7")
    on.create(**MARY)
    assert {one.path.split("/")[2] for one in on.sim.requests("azure") if "oauth2" not in one.path} == {"v7"}


def test_only_what_changes_is_sent(azure: Servers) -> None:
    id, state = azure.create(**MARY)
    azure.forget()
    azure.update(id, state, description="Reads")
    ((method, path, body),) = azure.writes()
    assert (method, path, body) == ("PUT", f"/api/v8.1/users/{id}", {"description": "Reads"})
    azure.forget()
    azure.update(id, state, description="Service desk")
    assert azure.writes() == []


def test_a_rotated_password_logs_in(azure: Servers) -> None:
    id, state = azure.create(**MARY)
    azure.update(id, state, password="Another-Passw0rd-1")
    assert azure.sim.can_login("azure", "mary", "Another-Passw0rd-1")


def test_a_user_that_is_there_is_not_made_twice(azure: Servers) -> None:
    azure.sim.drift("azure", "add", "mary", {})
    with pytest.raises(AlreadyExists):
        azure.create(**MARY)


def test_a_name_that_differs_in_case_alone_is_refused(azure: Servers) -> None:
    azure.sim.drift("azure", "add", "Mary", {})
    with pytest.raises(InvalidInput, match="there is a user 'Mary', which differs in case alone"):
        azure.create(**MARY)
    assert azure.writes() == []


def test_a_user_of_an_identity_provider_has_no_password(servers: ServersOf) -> None:
    on = servers("azure.User", {"azure.idp": "saml"})
    external = {"type": "IdentityProvider", "identity_provider_entity_id": seeds.IDENTITY_PROVIDER}
    on.create(name="mary@example.com", role="ReadOnlyUser", **external)
    assert held(on, "mary@example.com")["type"] == "IdentityProvider"


@pytest.mark.parametrize(
    "inputs",
    [
        {"name": "mary smith"},
        {"name": "m" * 33},
        {"role": "VeeamUpdater"},
        {"type": "IdentityProvider"},
        {"identity_provider_entity_id": "x"},
    ],
)
def test_what_cannot_be_is_refused_before_any_request(azure: Servers, inputs: dict[str, Any]) -> None:
    _, problems = azure.resource.check({**MARY, **inputs})
    assert problems
    assert SECRET not in str(problems)


def test_a_new_user_needs_a_password_and_an_old_one_does_not(azure: Servers) -> None:
    wanted = {key: value for key, value in MARY.items() if key != "password"}
    with pytest.raises(InvalidInput, match="is required to create a user of the type Internal"):
        azure.create_unchecked(**wanted)
    azure.sim.drift("azure", "add", "mary", {"role": "RestoreOperator", "description": "Service desk"})
    id, _ = azure.create(**wanted, adopt=True)
    assert held(azure)["id"] == id


def test_what_the_server_refuses_is_said_with_the_field(azure: Servers) -> None:
    with pytest.raises(ServerRefused, match="Description: The description may hold letters"):
        azure.create(**{**MARY, "description": "Managed by (somebody)"})


def test_the_license_agreement_is_named(servers: ServersOf) -> None:
    on = servers("azure.User", {"azure.eula": "open"})
    with pytest.raises(VeeamError, match="accept the license agreement in the web interface"):
        on.create(**MARY)


@pytest.mark.parametrize("status", ["400", "401"])
def test_a_refused_login_is_one_login(servers: ServersOf, status: str) -> None:
    on = servers("azure.User", {"azure.bad_login": status}, password="wrong-passw0rd")
    for _ in range(3):
        with pytest.raises(LoginRefused):
            on.create(**MARY)
    assert len([one for one in on.sim.requests("azure") if one.path.endswith("/token")]) == 1


def test_a_login_with_a_second_factor_says_so(servers: ServersOf) -> None:
    on = servers("azure.User", {"azure.mfa": "pending"})
    with pytest.raises(MfaRequired, match="use an account without MFA"):
        on.create(**MARY)


def ours(azure: Servers, name: str) -> tuple[str, dict[str, Any]]:
    row = held(azure, name)
    state = azure.read(str(row["id"]), {"connection": "azure"})
    assert state is not None
    return str(row["id"]), {**state, "adopted": False}


def test_the_default_administrator_and_the_own_login_stay(azure: Servers) -> None:
    id, state = ours(azure, seeds.ADMIN)
    with pytest.raises(Protected):
        azure.delete(id, state)
    with pytest.raises(Protected):
        azure.update(id, state, role="ReadOnlyUser")


def test_the_last_portal_administrator_stays(azure: Servers) -> None:
    azure.sim.drift("azure", "add", "boss", {"role": "PortalAdmin"})
    id, state = ours(azure, "boss")
    azure.sim.drift("azure", "update", seeds.ADMIN, {"isDefault": False})
    azure.update(id, state, role="ReadOnlyUser")  # the login's own account is one too
    assert held(azure, "boss")["role"] == "ReadOnlyUser"


def test_a_rotation_that_is_accepted_and_ignored_is_no_error_here(servers: ServersOf) -> None:
    """No answer shows a password: what became of it, a login of that user tells, and nothing else."""
    on = servers("azure.User", {"azure.rotation": "ignored"})
    id, state = on.create(**MARY)
    on.update(id, state, password="Another-Passw0rd-1")
    assert not on.sim.can_login("azure", "mary", "Another-Passw0rd-1")


def test_members_that_the_model_does_not_have_are_never_sent(azure: Servers) -> None:
    id, state = azure.create(**MARY)
    azure.update(id, state, role="ReadOnlyUser", password="Another-Passw0rd-1")
    sent = [body for method, path, body in azure.writes() if "users" in path and body]
    assert set().union(*sent) <= {"name", "description", "role", "type", "password"}
