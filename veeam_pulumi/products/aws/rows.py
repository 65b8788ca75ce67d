"""What a user of the appliance is, as it answers one."""

from __future__ import annotations

from typing import Any

from ...resource.fields import State

ROW = {"name": str, "description": str, "mfaEnabled": bool, "isDefault": bool}


def values_of(row: dict[str, Any]) -> State:
    """A user as the appliance answers it, by field name."""
    return {
        "name": row.get("name"),
        "description": row.get("description"),
        "mfa_enabled": row.get("mfaEnabled"),
        "is_default": row.get("isDefault"),
        # In no document of 1.0-rev0: taken where it is a name.
        "role": next((name for name in (row.get("role"), row.get("roleName")) if isinstance(name, str)), None),
    }
