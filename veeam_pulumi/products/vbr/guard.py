"""Who of a backup server is never deleted, disabled or demoted, so that nobody is locked out.

* The local administrators' group (Windows) and the account veeamadmin (appliance) are there from the installation.
  Where the group's name is not known, it is an internal group with the administrator's role that is of no directory, or
  the only such group.
* Servers refuse to lose their last administrator, with 400 or 403; asked here before anything is sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...errors import Protected
from ...resource.fields import State
from ...server.names import fold
from ..account_names import BUILT_IN_DOMAINS, is_default_administrator, may_be_account
from .roles import Role, normal
from .session import USERS, VbrSession

ADMINISTRATOR = "Backup Administrator"


def administrator(session: VbrSession) -> str | None:
    """The id of the role that may manage users; None on a server that has none of its name."""
    ids = [str(one.get("id")) for one in session.roles() if normal(str(one.get("name"))) == normal(ADMINISTRATOR)]
    return next(iter(ids), None)


def _names(state: State) -> set[str]:
    """The name as it was typed, and as the server shows it."""
    return {str(state[key]) for key in ("name", "resolved_name") if state.get(key)}


def is_own_login(session: VbrSession, state: State) -> bool:
    """Whether an account may be the one that the connection logs in with, in any form of its name."""
    return any(may_be_account(name, session.settings.username or "") for name in _names(state))


def refuse_lockout(session: VbrSession, id: str, state: State) -> None:
    """Raises Protected for an account that must stay what it is."""
    if any(is_default_administrator(name) for name in _names(state)):
        raise Protected.default_administrator("server")
    if is_own_login(session, state):
        raise Protected.own_login(session.connection.how_to_set("username", "NAME"))
    role = administrator(session)
    if role not in (state.get("role_ids") or {}).values():
        return
    if _is_default_group(session, id, role, state):
        raise Protected.default_administrator("server")

    def administrators() -> set[str]:
        rows = session.rows(USERS[session.dialect])
        return {str(row["id"]) for row in rows if has_role(row, role) and row.get("isEnabled") is not False}

    if not session.may_leave(id, administrators):
        raise Protected.last_administrator(ADMINISTRATOR)


def refuse_demotion(session: VbrSession, id: str, old: State, wanted: Iterable[Role] | None, disabled: bool) -> None:
    """Raises Protected where new roles (None: they stay), or being disabled, take an account's administration away."""
    had = set((old.get("role_ids") or {}).values())
    lost = had - {str(one["id"]) for one in wanted} if wanted is not None else set()
    if disabled or administrator(session) in lost:
        refuse_lockout(session, id, old)


def _is_default_group(session: VbrSession, id: str, role: str | None, state: State) -> bool:
    """Whether an administrators' account is the group that Windows came with; the dialect `users` shows no type."""
    kind = state.get("type")
    if any("\\" in name and fold(name.partition("\\")[0]) in BUILT_IN_DOMAINS for name in _names(state)):
        return kind == "InternalGroup" or session.dialect == "users"
    if kind != "InternalGroup" or session.dialect == "users":
        return False
    rows = session.rows(USERS[session.dialect])
    return {str(row["id"]) for row in rows if row.get("type") == kind and has_role(row, role)} == {id}


def has_role(row: dict[str, Any], role: str | None) -> bool:
    """Whether a user of either dialect has a role."""
    return role in [row.get("roleId"), *(one.get("id") for one in row.get("roles") or [])]
