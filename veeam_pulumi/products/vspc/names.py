"""Looking for users of a Service Provider Console by name, and what a refused name or organization comes from.

* The filter is a JSON array of rules; `collation: ignorecase` compares names without case.
* Names may be taken in another organization: no document says how far a name has to be unique.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any

from ...errors import AlreadyExists, InvalidInput, NotFound, ServerRefused, VeeamError
from ...resource.identity import normal_id, path_part, same_id
from ...server.names import same_name
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
                "check organization_uid: the console shows it, and GET /api/v3/organizations lists them all",
            )
    return error
