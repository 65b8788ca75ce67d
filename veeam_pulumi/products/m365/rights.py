"""What a restore operator role of Backup for Microsoft 365 lets its operators do.

From the guide of version 8: operators restore what their role reaches, through the restore portal, and delete nothing.
Administrators of the console are in no API: they, and the local and domain administrators of the server, may do
everything.
"""

from __future__ import annotations

from ...resource.grant import RoleRights

ROLES: dict[str, RoleRights] = {
    "entireorganization": {"restore": "everything of the organization, through the restore portal (guide)"},
    "specificobjects": {"restore": "the selected objects, through the restore portal (guide)"},
}
"""By the type of the role, in lower case."""
