"""A user as a Backup for Azure appliance answers it, by field name."""

from __future__ import annotations

from typing import Any

from ...errors import UnexpectedAnswer
from ...resource.fields import State

ROW = {
    "id": (str, int), "name": str, "description": str, "type": str, "identityProviderEntityId": str,
    "mfaEnabled": bool, "isDefault": bool,
}  # fmt: skip


def values_of(row: dict[str, Any]) -> State:
    """A row by field name. Raises UnexpectedAnswer where it has no role."""
    role = row.get("role")
    role = role[0] if isinstance(role, list) and len(role) == 1 else role  # version 3 has a list of one
    if not isinstance(role, str):
        raise UnexpectedAnswer("the server answered with a user without a role")
    return {
        "name": row.get("name"),
        "role": role,
        "description": row.get("description") or "",
        "type": row.get("type"),
        "identity_provider_entity_id": row.get("identityProviderEntityId"),
        "mfa_enabled": row.get("mfaEnabled"),
        "is_default": row.get("isDefault"),
    }
