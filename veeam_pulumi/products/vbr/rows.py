"""A user as a backup server answers it, in either dialect, by field name.

* The dialect `security` has several roles and the service-account mode; `users` has one role, a description, an account
  type and whether the account is enabled, the last three only where they were given (example of the document).
"""

from __future__ import annotations

from typing import Any

from ...resource.fields import State


def is_whole(dialect: str, values: State) -> bool:
    """Whether the answer to a create says all that a read would say."""
    own = ("type", "is_service_account") if dialect == "security" else ("account_type",)
    return bool(values["role_ids"]) and None not in [values[name] for name in ("resolved_name", *own)]


def values(dialect: str, row: dict[str, Any]) -> State:
    """A row of either dialect by field name."""
    if dialect == "security":
        live, server_name = row.get("roles") or [], row.get("name")
        found = {"type": row.get("type"), "is_service_account": row.get("isServiceAccount")}
    else:
        live, server_name = [{"id": row.get("roleId"), "name": row.get("roleName")}], row.get("username")
        found = {"description": row.get("description"), "account_type": row.get("accountType")}
        found["is_enabled"] = row.get("isEnabled")
    ids = {str(one.get("name")): str(one.get("id")) for one in live}
    return {
        **found,
        "name": server_name,
        "roles": list(ids),
        "role_ids": ids,
        "resolved_name": server_name,
        "mfa_enabled": row.get("mfaEnabled"),
    }
