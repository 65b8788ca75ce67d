"""What the roles of Veeam Backup for Microsoft Azure let their holders do.

From the guide of version 8; the contract of users has the names and no rights. Of `VeeamUpdater` and
`IntegrationOperator` nobody says what they may.
"""

from __future__ import annotations

from ...resource.grant import RoleRights

ROLES: dict[str, RoleRights] = {
    "portaladmin": {
        "destroy": "removes backups",
        "weaken": "policies, templates, repositories, sessions",
        "grant": "users, identity provider",
        "secrets": "accounts",
        "restore": "everything",
    },
    "portaloperator": {
        "destroy": "removes backups",
        "weaken": "policies, SLA and storage templates, stops sessions",
        "restore": "everything",
    },
    "restoreoperator": {"weaken": "stops sessions", "restore": "everything"},
    "readonlyuser": {},
}
"""By name, in lower case."""
