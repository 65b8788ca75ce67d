"""Every path that Enterprise Manager answers. The last column is the action that a POST must name in its query."""

from __future__ import annotations

from ..routing import Op
from . import about, accounts, backup_servers, query, sessions, task_list
from .server import Server

_SERVER, _SESSION, _TASK = "/api/backupServers/{id}", "/api/logonSessions/{id}", "/api/tasks/{id}"
_ACCOUNT = "/api/security/accounts/{id}"

TABLE: tuple[Op[Server], ...] = (
    Op("GET", "/api", "open", about.about),
    Op("POST", "/api/sessionMngr", "open", sessions.log_on),
    Op("GET", "/api/logonSessions", "user", sessions.list_sessions),
    Op("GET", _SESSION, "user", sessions.read),
    Op("DELETE", _SESSION, "user", sessions.log_off),
    Op("GET", "/api/backupServers", "user", backup_servers.list_servers),
    Op("POST", "/api/backupServers", "admin", backup_servers.create, "create"),
    Op("GET", _SERVER, "user", backup_servers.read),
    Op("PUT", _SERVER, "admin", backup_servers.update),
    Op("DELETE", _SERVER, "admin", backup_servers.delete),
    Op("POST", _SERVER, "user", backup_servers.collect, "collect"),
    Op("GET", "/api/query", "user", query.query),
    Op("GET", "/api/tasks", "user", task_list.list_tasks),
    Op("GET", _TASK, "user", task_list.read),
    Op("DELETE", _TASK, "user", task_list.delete),
    Op("GET", "/api/security", "admin", accounts.settings),
    Op("GET", "/api/security/accounts", "admin", accounts.list_all),
    Op("POST", "/api/security/accounts", "admin", accounts.create),
    Op("GET", _ACCOUNT, "admin", accounts.read),
    Op("POST", _ACCOUNT, "admin", accounts.toggle),
    Op("DELETE", _ACCOUNT, "admin", accounts.delete),
    Op("GET", f"{_ACCOUNT}/roles", "admin", accounts.list_account_roles),
    Op("POST", f"{_ACCOUNT}/roles", "admin", accounts.add_role),
    Op("GET", f"{_ACCOUNT}/roles/{{role}}", "admin", accounts.read_account_role),
    Op("DELETE", f"{_ACCOUNT}/roles/{{role}}", "admin", accounts.take_role),
    Op("GET", f"{_ACCOUNT}/scopes", "admin", accounts.list_scopes),
    Op("POST", f"{_ACCOUNT}/scopes", "admin", accounts.add_scopes),
    Op("GET", f"{_ACCOUNT}/scopes/{{scope}}", "admin", accounts.read_scope),
    Op("DELETE", f"{_ACCOUNT}/scopes/{{scope}}", "admin", accounts.take_scope),
    Op("GET", "/api/security/roles", "admin", accounts.list_roles),
    Op("GET", "/api/security/roles/{id}", "admin", accounts.read_role),
)
