"""Calls the methods of veeam-em that the simulator covers. Runs in that client's environment; see generated.py."""

from __future__ import annotations

import json
import sys
from typing import Any

from veeam_em.manager import VeeamEm  # type: ignore[import-not-found,unused-ignore]


def main() -> None:
    told = json.load(sys.stdin)
    em = VeeamEm(api_endpoint=told["url"])
    em._ssl_verify = told["ca_file"]  # whose switch knows only on and off
    found: dict[str, Any] = {}

    def call(name: str, *given: Any, **more: Any) -> Any:
        try:
            answer = getattr(em, name)(*given, **more)
            print(json.dumps({"op": name, "outcome": "ok" if answer is not None else "None"}))
            return answer
        except Exception as error:  # whatever the client says is the finding
            print(json.dumps({"op": name, "outcome": f"{type(error).__name__}: {error}"[:300]}))
            return None

    call("get_token", told["username"], told["password"])
    call("whoami")
    sessions = call("get_logon_sessions") or [{}]
    call("get_logon_session", sessions[0].get("SessionId") or sessions[0].get("sessionId") or "none")
    roles = call("get_roles") or []
    found = {str(one.get("name") or one.get("Name")): one for one in roles}
    user, operator = (_id(found.get(name, {})) for name in ("Portal User", "VM Restore Operator"))
    call("get_role", user)
    call("get_roles_by_name", "Portal User")
    call("get_accounts")
    call("create_account", "LAB\\third", "User", [user], restore_all_vms=True)
    named = call("get_accounts_by_name", "LAB\\third") or [{}]
    account = _id(named[0])
    call("get_account", account)
    call("get_account_roles", account)
    call("add_role_to_account", operator, account)
    call("remove_role_from_account", operator, account)
    call("disable_all_vms_restore_scope_account", account)
    call("get_account_scopes", account)
    call("enable_all_vms_restore_scope_account", account)
    call("delete_account", account)


def _id(row: dict[str, Any]) -> str:
    return str(row.get("uid") or row.get("UID") or row.get("Uid") or row.get("uuid") or "none").rpartition(":")[2]


if __name__ == "__main__":
    main()
