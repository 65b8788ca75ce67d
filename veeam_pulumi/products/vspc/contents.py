"""What a company holds that leaves the console with it, or that its deletion leaves behind.

* Users but the owner, and the company's policies, leave with it (guide). Its cloud tenants, and so its backups at the
  provider: no document says. Management agents are taken off its machines where `removeAllAgents` says so.
* REST 3.5.1 (console 8.1) has sites of a company in place of cloud tenants.
"""

from __future__ import annotations

import json
from typing import Any

from ...errors import NotFound, Protected
from ...redaction import quoted
from ...resource.fields import State
from ...resource.identity import path_part
from . import owner
from .session import API, VspcSession

AGENTS = f"{API}/infrastructure/managementAgents"
TENANTS = f"{API}/infrastructure/sites/tenants"
_SHOWN = 5


def require_empty(session: VspcSession, company: str, state: State) -> None:
    """Raises Protected where deleting a company would take more with it than the program said."""
    if state.get("delete_with_contents") is True:
        return
    try:
        agents = [] if state.get("remove_all_agents") is True else _of(session, AGENTS, "organizationUid", company)
        held = [
            _counted(
                "user", " besides its owner", [row for row in owner.users(session, company) if not _is_owner(row)]
            ),
            _counted("management agent", "", agents),
            _counted("cloud tenant", "", _tenants(session, company)),
        ]
    except NotFound:  # of the company: it is gone already, or the answer to the DELETE says more
        return
    if found := [one for one in held if one]:
        only_agents = "; for the agents alone remove_all_agents is enough" if agents else ""
        raise Protected(
            f"it has {', '.join(found)}, which would leave the console with it",
            "take them out first, or set delete_with_contents to true on it and run that before the run that deletes "
            f"it{only_agents}",
        )
    if why := session.sees_a_part():
        raise Protected(
            f"whether it is empty is not known: {why}",
            "use a login that sees them, or set delete_with_contents to true on it and run that first",
        )


def _tenants(session: VspcSession, company: str) -> list[dict[str, Any]]:
    if session.major() > 8:
        return _of(session, TENANTS, "assignedForCompany", company)
    path = f"{API}/organizations/companies/{path_part(company)}/sites"
    return list(session.rows(path, key="siteUid", shape={"siteUid": str}))


def _of(session: VspcSession, path: str, member: str, company: str) -> list[dict[str, Any]]:
    """The rows of a list that are a company's; looked at again, in case a server ignores the filter."""
    rule = [{"property": member, "operation": "equals", "value": company}]
    rows = session.rows(path, shape={"instanceUid": str, member: str}, filter=json.dumps(rule))
    return [row for row in rows if str(row.get(member)).lower() == company.lower()]


def _is_owner(row: dict[str, Any]) -> bool:
    return row.get("role") == owner.ROLE


def _counted(what: str, which: str, rows: list[dict[str, Any]]) -> str:
    """`2 users besides its owner ('s.smith', 'm.jones')`; empty where there are none."""
    if not rows:
        return ""
    names = [name for row in rows if (name := row.get("userName") or row.get("hostName") or row.get("name"))]
    shown = ", ".join([quoted(str(name)) for name in names[:_SHOWN]] + ["…"] * (len(names) > _SHOWN))
    return f"{len(rows)} {what}{'s' * (len(rows) > 1)}{which}" + (f" ({shown})" if shown else "")
