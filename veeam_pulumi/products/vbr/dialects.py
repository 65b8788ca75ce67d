"""What the two users APIs of a backup server want, and what each does not know.

* `security` has no description, no account type and no way to disable a user.
* `users` has one role for each user, users only, and no service accounts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import InvalidInput
from . import roles as role
from .session import USERS

if TYPE_CHECKING:
    from .user import UserInputs


def account_type(name: str) -> str:
    r"""What the dialect `users` calls an account of that name: `Local` (`.\x`, or no domain) or `ActiveDirectory`."""
    local = name.startswith(".\\") or not {"\\", "@"} & set(name)
    return "Local" if local else "ActiveDirectory"


def name_of(row: dict[str, Any]) -> str:
    """The name in a row of either dialect."""
    return str(row.get("name") or row.get("username"))


def refuse_foreign(dialect: str, inputs: UserInputs) -> None:
    """Raises InvalidInput for arguments that the server's dialect does not know; never drops one."""
    if dialect == "security":
        foreign = {
            "description": inputs.description != "",
            "account_type": inputs.account_type not in (None, account_type(inputs.name)),
            "is_enabled": not inputs.is_enabled,
        }
    else:
        foreign = {
            "roles with more than one role": len(inputs.roles) > 1,
            "type other than InternalUser": inputs.type != "InternalUser",
            "is_service_account": inputs.is_service_account,
        }
    if names := [name for name, is_foreign in foreign.items() if is_foreign]:
        raise InvalidInput(
            f"the dialect {dialect!r} of this server's users API ({USERS[dialect]}) does not know {', '.join(names)}",
            "leave it out for this server",
        )


def new_user(dialect: str, inputs: UserInputs, roles: dict[str, role.Role]) -> dict[str, Any]:
    """The body of a create; the roles as the server has them. What is not said keeps the server's default."""
    if dialect == "security":
        return {
            "name": inputs.name,
            "type": inputs.type,
            "roles": role.references(roles),
            "isServiceAccount": inputs.is_service_account,
        }
    (only,) = roles.values()
    return {
        "username": inputs.name,
        "roleId": only["id"],
        "accountType": inputs.account_type or account_type(inputs.name),
        **({"description": inputs.description} if inputs.description else {}),
        **({} if inputs.is_enabled else {"isEnabled": False}),
    }
