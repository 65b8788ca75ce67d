"""What an object gives to whom, from its type and inputs."""

from __future__ import annotations

from typing import Any

import pytest

from veeam_pulumi.access.grants import Grant, grant, kind_of
from veeam_pulumi.products import resources


@pytest.mark.parametrize("kind", resources())
def test_every_resource_says_what_it_gives(kind: str) -> None:
    product, name = kind.split(".")
    token = f"pulumi-python:dynamic/veeam/{product}:{name}"
    found = grant(token, {})
    assert found is not None and (found.kind, found.connection) == (kind, product)


@pytest.mark.parametrize(
    "token",
    ["random:index:RandomString", "pulumi:pulumi:Stack", "veeam:access:Person", "pulumi-python:dynamic/veeam:Password"],
)
def test_what_is_not_ours_gives_nothing(token: str) -> None:
    assert (kind_of(token), grant(token, {"name": "x"})) == ("", None)


@pytest.mark.parametrize(
    ("roles", "administrator"),
    [
        (["Veeam Backup Administrator"], True),
        (["backup administrator", "Restore Operator"], True),
        (["Veeam Security Administrator"], True),
        (["5FF0E0EB-45CF-48CC-9677-7613FC79BC11"], True),
        (["Backup Operator"], False),
        ([], False),
    ],
)
def test_administrators_of_a_backup_server(roles: list[str], administrator: bool) -> None:
    found = grant("pulumi-python:dynamic/veeam/vbr:User", {"name": "LAB\\ann", "roles": roles, "connection": "vbr-a"})
    assert found == Grant("vbr.User", "vbr-a", "LAB\\ann", tuple(sorted(roles)), administrator)


@pytest.mark.parametrize(
    ("values", "administrator", "enabled"),
    [
        ({"role": "CompanyAdministrator"}, True, True),
        ({"role": "CompanyOwner", "status": "Disabled"}, True, False),
        ({"role": "CompanyLocationUser", "status": "Enabled"}, False, True),
    ],
)
def test_roles_of_a_service_provider_console(values: dict[str, Any], administrator: bool, enabled: bool) -> None:
    found = grant("pulumi-python:dynamic/veeam/vspc:User", {"user_name": "ann", **values})
    assert found == Grant("vspc.User", "vspc", "ann", (values["role"],), administrator, enabled)


def test_the_role_of_a_user_of_backup_for_aws_is_the_servers_choice() -> None:
    token = "pulumi-python:dynamic/veeam/aws:User"
    assert grant(token, {"name": "ann"}) == Grant("aws.User", "aws", "ann", ("the server's default role",), True)
    found = grant(token, {"name": "ann", "role": "Portal Operator"})
    assert found == Grant("aws.User", "aws", "ann", ("Portal Operator",), False)
