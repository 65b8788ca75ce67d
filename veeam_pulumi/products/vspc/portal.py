"""How rules for the Administrator Portal write roles, types and scopes, and what a row of one looks like.

Roles and types have other names here than users have them (`operator` for `PortalOperator`); both are taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...resource.fields import State
from ...server.names import fold
from .rights import ROLES

if TYPE_CHECKING:
    from .local_user_rule import LocalUserRuleInputs

ROW = {
    "instanceUid": str, "sid": str, "name": str, "description": str, "roleType": str, "contextType": str, "type": str,
    "mfaPolicyStatus": str, "enabled": bool, "hasAccessToProvider": bool,
    "scope": [{"type": str, "objectUid": str}],
}  # fmt: skip
TYPES = {"user": "winNTUser", "group": "winNTGroup"}
_ROLES = {"portaloperator": "operator", "portalreadonlyoperator": "readonlyOperator"}
_GRANTED = {"operator": "portaloperator", "readonlyoperator": "portalreadonlyoperator"}
"""Role of a rule -> the role that its holders have in the portal, where that has another name."""


def role(written: str) -> str:
    """The role as requests write it; `portalOperator`, as users have it, is `operator` here."""
    return _ROLES.get(fold(written), written)


def kind(written: str) -> str:
    """The type as requests write it: `group` is `winNTGroup`."""
    return TYPES.get(written, written)


RIGHTS = {
    written: ROLES[_GRANTED.get(written, written)]
    for written in ("portaladministrator", "siteadministrator", "operator", "readonlyoperator")
}
"""What the roles of rules let their holders do, by name in lower case."""


def is_preset(sid: str) -> bool:
    """Whether it is a row of the installation."""
    return sid.upper().startswith("S-1-0-")


def administers(state: State) -> bool:
    """Whether a rule makes somebody portal administrator."""
    return fold(str(state.get("role_type"))) == "portaladministrator" and state.get("enabled") is not False


def scope(company_uids: Sequence[str], site_uids: Sequence[str]) -> list[dict[str, Any]]:
    """What a rule reaches: companies, sites, or everything."""
    found = [{"type": "company", "objectUid": uid} for uid in company_uids]
    found += [{"type": "cloudConnect", "objectUid": uid} for uid in site_uids]
    return found or [{"type": "all", "objectUid": None}]


def body(inputs: LocalUserRuleInputs) -> dict[str, Any]:
    """A rule as a create has it; what of the provider's own it shows is the server's to say where left out."""
    shown = inputs.has_access_to_provider
    return {
        "sid": inputs.sid,
        "name": inputs.name,
        "description": inputs.description,
        "enabled": inputs.enabled,
        "roleType": role(inputs.role_type),
        "contextType": inputs.context_type,
        "scope": scope(inputs.company_uids, inputs.site_uids),
        "type": kind(inputs.type),
        "mfaPolicyStatus": inputs.mfa_policy_status,
        **({} if shown is None else {"hasAccessToProvider": shown}),
    }


def values(row: dict[str, Any]) -> State:
    """A row by field name."""
    reached = [(str(one.get("type")).lower(), str(one.get("objectUid"))) for one in row.get("scope") or []]
    return {
        "name": row.get("name"),
        "type": row.get("type"),
        "role_type": row.get("roleType"),
        "sid": row.get("sid"),
        "description": row.get("description") or "",
        "enabled": row.get("enabled"),
        "company_uids": [uid for what, uid in reached if what == "company"],
        "site_uids": [uid for what, uid in reached if what == "cloudconnect"],
        "context_type": row.get("contextType"),
        "mfa_policy_status": row.get("mfaPolicyStatus"),
        "has_access_to_provider": row.get("hasAccessToProvider"),
    }
