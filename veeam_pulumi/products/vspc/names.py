"""Users of a Service Provider Console: looking for them by name, what a refused name comes from, what a row says.

* The filter is a JSON array of rules; `collation: ignorecase` compares names without case.
* Names may be taken in another organization: no document says how far a name has to be unique.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any

from ...errors import AlreadyExists, AnswerLost, InvalidInput, NotFound, ServerRefused, VeeamError
from ...resource.fields import State
from ...resource.identity import normal_id, path_part, same_id
from ...server.names import same_name
from . import profile as who
from .session import API, VspcSession

USERS = f"{API}/users"


def named(session: VspcSession, name: str, organization: str = "") -> list[dict[str, Any]]:
    """The users of that name, of one organization or of all; looked at again, in case a server ignores the filter."""
    rules: list[dict[str, Any]] = [
        {"property": "userName", "operation": "equals", "collation": "ignorecase", "value": name}
    ]
    if organization:
        by_organization = {"property": "organizationUid", "operation": "equals", "value": normal_id(organization)}
        rules = [{"operation": "and", "items": [*rules, by_organization]}]
    return [row for row in session.rows(USERS, filter=json.dumps(rules)) if is_user(row, name, organization)]


def appeared(session: VspcSession, name: str, organization: str) -> str:
    """The id of a user that the server says it made, without saying which."""
    for seconds in (0.5, 1, 2, 4, 8):
        if found := named(session, name, organization):
            return str(found[0]["instanceUid"])
        session.transport.wait(seconds)
    raise AnswerLost("the server accepted the user, but has none of that name in the organization")


def is_user(row: dict[str, Any], name: str, organization: str = "") -> bool:
    """Whether a row is the user of that name, in that organization or in any."""
    return same_name(str(row.get("userName")), name) and (
        not organization or same_id(str(row.get("organizationUid")), organization)
    )


def explained(session: VspcSession, name: str, organization: str, error: ServerRefused) -> VeeamError:
    """What a refusal to create comes from, where a look at the server tells."""
    if error.status in (401, 403):
        return error
    with contextlib.suppress(VeeamError):
        others = named(session, name)
        if others and error.code in ("400", "409"):
            return AlreadyExists(
                f"{error.cause}; the user name is taken in the organization {others[0].get('organizationUid')}",
                "choose another user_name",
            )
        try:
            session.get(f"{API}/organizations/{path_part(organization)}")
        except NotFound:
            return InvalidInput(
                f"the server has no organization {organization} ({error.cause})",
                "check organization_uid: GET /api/v3/organizations lists them all",
            )
    return error


def values_of(row: dict[str, Any]) -> State:
    """A user by field name, without the backup resource."""
    mfa = row.get("mfaPolicyStatus")
    return {
        "organization_uid": row.get("organizationUid"),
        "user_name": row.get("userName"),
        "role": row.get("role"),
        "profile": who.read(row.get("profile")),
        "status": row.get("status"),
        # The company's rule, not the user's setting, which it hides.
        "mfa_policy_status": None if mfa == "EnabledByInheritance" else mfa,
        "mfa_policy_configuration_status": row.get("mfaPolicyConfigurationStatus"),
    }


def needs_password_alone(live: State) -> bool:
    """Whether a password lets a user in: an enabled one, whom neither a setting nor a company's rule asks for more."""
    asked = (live.get("mfa_policy_status"), live.get("mfa_policy_configuration_status"))
    return live.get("status") == "Enabled" and asked[0] == "Disabled" and asked[1] != "Configured"
