"""Changes behind everyone's back. No rule is applied, but what nobody could have is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import rules, seeds

if TYPE_CHECKING:
    from .room import Console

_PLAIN = {
    "organizationUid",
    "userName",
    "role",
    "status",
    "mfaPolicyStatus",
    "mfaPolicyConfigurationStatus",
    "inUse",
}


def apply(room: Console, action: str, name: str, values: Mapping[str, Any]) -> None:
    """Values: those of a user, its profile's by their own names, password, inUse. A new user is one of Alpha's."""
    unknown = set(values) - _PLAIN - set(rules.PROFILE) - {"password"}
    if unknown:
        raise ValueError(f"vspc users have no {', '.join(sorted(unknown))}")
    if "organizationUid" in values and room.organizations.get(str(values["organizationUid"])) is None:
        raise ValueError(f"vspc has no organization {values['organizationUid']}")
    if values.get("role", "CompanyOwner") not in rules.ROLES:
        raise ValueError(f"vspc has no role {values['role']}: {', '.join(rules.ROLES)}")
    user = room.one(name)
    if (user is None) != (action == "add"):
        raise ValueError(f"there is {'already' if user else 'no'} user {name} on vspc")
    if action == "delete" and user:
        room.forget(user)
        return
    user = user or room.add(seeds.ALPHA, name, "CompanyAdministrator", None)
    user.update({key: value for key, value in values.items() if key in _PLAIN})
    user["profile"].update({key: value for key, value in values.items() if key in rules.PROFILE})
    if "password" in values:
        user["credentials"]["password"] = rules.password(values["password"])
    room.save(user)
