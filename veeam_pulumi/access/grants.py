"""What a managed object gives to whom, read from its type and inputs alone: for rosters, reviews and policies.

* VBR: who holds Backup Administrator may do everything, who holds Security Administrator approves for it (13.0.1);
  names lost their prefix `Veeam ` in 1.3-rev2, ids stayed.
* Backup for AWS 1.0-rev0 has no role to choose: a new user gets the server's default, probably full administration.
* VSPC: administrators and owners of companies, resellers and portals manage users below them.
* Enterprise Manager logs in to a backup server with an account that is Backup Administrator there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_AWS_DEFAULT = "the server's default role"
_TOKEN = "pulumi-python:dynamic/veeam/"
BREAK_GLASS = "pulumi-python:dynamic/veeam:BreakGlass"
"""The type of the resource that lists the break-glass accounts of a roster, and refuses to lose one."""
_VBR_ADMINISTRATORS = {
    "backup administrator",
    "security administrator",
    "5ff0e0eb-45cf-48cc-9677-7613fc79bc11",
    "3835e9df-cf3e-43e9-8e82-817798b1aee0",
}
_VSPC_ADMINISTRATORS = {
    "companyowner",
    "companyadministrator",
    "resellerowner",
    "reselleradministrator",
    "portaladministrator",
    "siteadministrator",
}


@dataclass(frozen=True)
class Grant:
    """An account on a server and what it may do there."""

    kind: str
    """`vbr.User`"""
    connection: str
    account: str
    """The name to log in with."""
    roles: tuple[str, ...]
    """As the program writes them, in alphabetical order; for a backup server in Enterprise Manager none."""
    administrator: bool
    """Whether the account may change who has access, or everything."""
    enabled: bool = True
    """Whether one can log in with it."""


def kind_of(token: str) -> str:
    """`pulumi-python:dynamic/veeam/vbr:User` -> `vbr.User`; nothing for the types of others."""
    return token.removeprefix(_TOKEN).replace(":", ".") if token.startswith(_TOKEN) else ""


def grant(token: str, values: Mapping[str, Any]) -> Grant | None:
    """What an object with these inputs (or this state) gives; None for what is no account of ours."""
    kind = kind_of(token)
    connection = str(values.get("connection") or kind.partition(".")[0])
    if kind == "vbr.User":
        roles = _texts(values.get("roles"))
        enabled = values.get("is_enabled") is not False
        return Grant(kind, connection, str(values.get("name")), roles, _administers(roles), enabled)
    if kind == "aws.User":
        role = str(values.get("role") or _AWS_DEFAULT)
        administrator = role in (_AWS_DEFAULT, "Portal Administrator")
        return Grant(kind, connection, str(values.get("name")), (role,), administrator)
    if kind == "vspc.User":
        roles, enabled = _texts([values.get("role")]), values.get("status") != "Disabled"
        administrator = any(role.casefold() in _VSPC_ADMINISTRATORS for role in roles)
        return Grant(kind, connection, str(values.get("user_name")), roles, administrator, enabled)
    if kind == "em.BackupServer":
        return Grant(kind, connection, str(values.get("username")), (), administrator=False)
    return None


def _administers(roles: tuple[str, ...]) -> bool:
    return any(role.strip().casefold().removeprefix("veeam ") in _VBR_ADMINISTRATORS for role in roles)


def _texts(values: Any) -> tuple[str, ...]:
    """Texts in order; an unknown one (a preview's sentinel) stays what it is, also in place of all of them."""
    given = values if isinstance(values, list | tuple) else [values]
    return tuple(sorted(str(value) for value in given if value))
