"""What the built-in roles of Veeam Backup & Replication let their holders do.

From the role lists of the REST contracts 1.2-rev1, 1.3-rev0, 1.3-rev1 and 1.3-rev2, any revision counting, and from the
vendor's guide where it says so: what only the console can do is in no contract. Paths are below /api/v1/.

Names lost a leading `Veeam ` in 1.3-rev2 and ids stayed; four ids are published. Every other role is one that somebody
made, and what it may is in its permissions, as the server lists them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from ...errors import ServerRefused
from ...resource.fields import State
from ...resource.grant import OF_THE_HOST, Grant, RoleRights, rights_of, text, texts, unreadable
from ...resource.identity import normal_id
from ..account_names import is_default_administrator
from . import permissions
from .roles import normal
from .session import VbrSession

IDS = {
    "5ff0e0eb-45cf-48cc-9677-7613fc79bc11": "backup administrator",
    "3835e9df-cf3e-43e9-8e82-817798b1aee0": "security administrator",
    "b167c3af-2262-4b6c-9861-0606fc0cb6b1": "restore operator",
    "e71bb27e-bd16-47b6-8b1c-98ef2d7a996e": "incident api operator",
}
_RESTORE = "restore/…, failover/…, failback/…, backupBrowser/flr/…, dataIntegration/publish"
ROLES: dict[str, RoleRights] = {
    "backup administrator": {
        "destroy": "DELETE backups/{id}, backups/{id}/objects/{objectId}, repositories with deleteBackups",
        "weaken": "PUT and DELETE jobs/{id}, repositories, managedServers, protectionGroups; configBackup, license",
        "grant": "POST and DELETE security/users, PUT security/users/{id}/roles, security/roles, acl",
        "secrets": "credentials, cloudCredentials, POST automation/credentials/export, recoveryTokens",
        "restore": _RESTORE,
    },
    "security administrator": {
        "weaken": "PUT and DELETE encryptionPasswords/{id}, kmsServers/{id}, securityAnalyzer suppress",
        "grant": "approves what a second administrator must approve, four-eyes (guide)",
        "secrets": "credentials, cloudCredentials, encryptionPasswords, kmsServers",
    },
    "restore operator": {
        "weaken": "POST sessions/{id}/stop (1.3-rev0 and later)",
        "secrets": "POST credentials (1.3-rev0 and later), recoveryTokens, revealBitlockerRecoveryKey (1.3-rev2)",
        "restore": _RESTORE,
    },
    "backup operator": {
        "weaken": "POST jobs/{id}/stop, sessions/{id}/stop",
        "secrets": "POST credentials (1.3-rev0), encryptionPasswords/{id}/verify (1.3-rev1 and later)",
    },
    "tape operator": {  # no operation of 1.3-rev2 names it
        "destroy": "the console erases tapes and marks them free (guide)",
        "weaken": "POST jobs/{id}/stop (1.3-rev0, 1.3-rev1)",
        "secrets": "POST credentials (1.3-rev0, 1.3-rev1), encryptionPasswords (1.3-rev1)",
    },
    "incident api operator": {"weaken": "POST …/markAsClean: hides an infection (1.3-rev0 and later)"},
    "backup viewer": {},
}
"""By name, in lower case and without `Veeam `."""


def is_custom(role: Mapping[str, Any]) -> bool:
    """Whether a role, as a server lists it, is one that somebody made; before 1.3-rev2 no list says so."""
    said = role.get("isBuiltIn")
    if isinstance(said, bool):
        return not said
    return str(role.get("id")).lower() not in IDS and normal(str(role.get("name"))) not in ROLES


def listed(session: VbrSession, row: Mapping[str, Any]) -> State:
    """Of the custom roles of a user, in a row of the dialect `security`: what the server says that they may."""
    custom = [str(one["id"]) for one in row.get("roles") or [] if is_custom(one)]
    with contextlib.suppress(ServerRefused):  # then nobody knows what the role gives
        return {"custom_permissions": {id: session.permissions(id) for id in custom}} if custom else {}
    return {}


def of_built_in(role: str, names: Iterable[str]) -> RoleRights:
    """What a server lists of a built-in role, each right with its permissions.

    Where the list and the contract differ, the list is right. What the guide alone says is not a permission, and stays;
    so does all of the table where the list has a permission that nobody knows.
    """
    listed = [*names]
    kept = {right: by for right, by in ROLES[role].items() if "(guide)" in by or permissions.strange(listed)}
    return {**kept, **{right: f"{by} (listed by the server)" for right, by in permissions.by_right(listed).items()}}


def grant_now(session: VbrSession, values: Mapping[str, Any]) -> Grant:
    """The grant of a user or group, with what the server lists of its built-in roles; refused, the table counts."""
    table: dict[str, RoleRights] = {}
    for id in (values.get("role_ids") or {}).values() if session.dialect == "security" else ():
        role = IDS.get(str(id).lower()) or _built_in(session, str(id))
        if role in ROLES:
            with contextlib.suppress(ServerRefused):
                table[str(id).lower()] = of_built_in(role, session.permissions(str(id)))
    return grant(values, table)


def _built_in(session: VbrSession, id: str) -> str:
    """The name of a built-in role; empty for what somebody made."""
    found = (role for role in session.roles() if normal_id(str(role.get("id"))) == normal_id(id))
    return next((normal(str(role.get("name"))) for role in found if not is_custom(role)), "")


def grant(values: Mapping[str, Any], live: Mapping[str, RoleRights] = MappingProxyType({})) -> Grant:
    """What a user or group with these inputs, or this state, may do. `live`: what a server lists of roles, by id."""
    roles, ids, known = texts(values.get("roles")), values.get("role_ids"), values.get("custom_permissions")
    ids = ids if isinstance(ids, Mapping) else {}
    custom = (
        {str(id).lower(): permissions.rights(names) for id, names in (known or {}).items()} if _known(known) else {}
    )

    def name(written: str) -> str:
        id = str(ids.get(written, written)).lower()
        return id if id in custom or id in live else IDS.get(id) or IDS.get(normal(written)) or normal(written)

    table = {**ROLES, **live, **{id: given for id, given in custom.items() if given is not None}}
    rights, unknown = rights_of(roles, table, name)
    account, kind, service = (
        text(values.get("name")),
        text(values.get("type") or "InternalUser"),
        values.get("is_service_account"),
    )
    of_host = is_default_administrator(account) and kind.endswith("Group")
    return Grant(
        account,
        text(values.get("connection") or "vbr"),
        roles,
        rights,
        unknown,
        role_names=tuple(IDS[id] for id in map(str.lower, roles) if id in IDS),
        principal="account",
        type=kind,
        enabled=values.get("is_enabled") is not False,
        may_be_off=unreadable(values.get("is_enabled"), True, False),
        group=kind.endswith("Group"),
        service_account=service if isinstance(service, bool) else None,
        mfa=mfa if isinstance(mfa := values.get("mfa_enabled"), bool) else None,
        built_in=is_default_administrator(account),
        beyond=(OF_THE_HOST,) if of_host and "grant" in rights else (),
    )


def _known(listed: Any) -> bool:
    """Whether state has the permissions of custom roles."""
    return isinstance(listed, Mapping) and all(isinstance(names, (list, tuple)) for names in listed.values())
