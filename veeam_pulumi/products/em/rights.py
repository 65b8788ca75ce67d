"""What the roles of Enterprise Manager let their holders do.

From the vendor's guide (security roles, and the roles that the REST reference names). An administrator acts on every
connected backup server with the account that is stored for it, which is Backup Administrator there.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...resource.grant import OF_THE_HOST, Beyond, RoleRights
from ...server.names import fold
from ..account_names import is_default_administrator

_PLANS = "failover plans, start and undo"
_APPLICATION: RoleRights = {"restore": f"restoreSessions, {_PLANS}"}
ROLES: dict[str, RoleRights] = {
    "portal administrator": {
        "destroy": "DELETE /cloud/tenants/{id}?includeBackups=true, /vCloud/orgConfigs/{id}?deleteBackupFiles=true",
        "weaken": "DELETE /jobs/{id}, /backupServers/{id}",
        "grant": "/security, tenants; every connected backup server, with the account stored for it",
        "secrets": "/backupServers/{id}/credentials, /passwords",
        "restore": "everything",
    },
    "portal user": {
        "destroy": "DELETE /cloud/tenants/{id}?includeBackups=true",
        "weaken": "/cloud/…, POST /vCloud/orgConfigs/{id}?action=disable",
        "grant": "POST and PUT /cloud/tenants",
        "restore": "POST /vmReplicaPoints/{id}?action=failover",
    },
    "vm restore operator": {"restore": f"POST /vmRestorePoints/{{id}}?action=restore, {_PLANS}"},
    "file restore operator": {"restore": f"mounts, restore and download of files, {_PLANS}"},
    "exchange restore operator": _APPLICATION,
    "oracle restore operator": _APPLICATION,
    "sql restore operator": _APPLICATION,
}
"""By name, in lower case."""
_BELOW = Beyond("is administrator of every backup server below, by the account that is stored for it", servers=True)


def beyond(account: str, type: str, roles: Iterable[str]) -> tuple[Beyond, ...]:
    """What the holder of an account is elsewhere."""
    if "portal administrator" not in [fold(role.strip()) for role in roles]:
        return ()
    return (_BELOW, OF_THE_HOST) if type.endswith("Group") and is_default_administrator(account) else (_BELOW,)
