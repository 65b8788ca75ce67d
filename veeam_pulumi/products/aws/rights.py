"""What the roles of Veeam Backup for AWS let their holders do.

From the role lists of REST 1.0-rev0 and the guide of version 10. Users of 1.0-rev0 show no role, and one cannot be
chosen there: a user without one counts as having every right. What 1.0-rev0 leaves open to every user (restoring, MFA
of others) is not repeated here: a server that shows roles is a later one, whose guide denies it.
Of `Company Administrator`, which a Service Provider Console makes, nobody says what it may.
"""

from __future__ import annotations

from ...resource.grant import RoleRights

_DESTROY = "POST virtualMachines/{id}/deleteBackups, deleteSnapshots"
ROLES: dict[str, RoleRights] = {
    "portal administrator": {
        "destroy": _DESTROY,
        "weaken": "PUT and DELETE policies, repositories; retentionSettings, license",
        "grant": "POST, PUT and DELETE users",
        "secrets": "accounts, certificates, serviceAccount",
        "restore": "everything (guide of 10)",
    },
    "portal operator": {
        "destroy": _DESTROY,
        "weaken": "PUT, DELETE and disable policies; repositories (1.0-rev0)",
        "secrets": "POST repositories/{id}/checkPassword",
        "restore": "everything (guide of 10)",
    },
    "restore operator": {"restore": "everything (guide of 10)"},
    "read-only user": {},
}
"""By name, in lower case."""
