"""Every path that the server answers. The last column is the dialect, or the revision that brought the path."""

from __future__ import annotations

from ..routing import Op
from . import (
    about,
    credentials,
    events,
    job_sessions,
    legacy_users,
    managed_servers,
    security_roles,
    security_users,
    sessions,
)
from .server import Server

_USER, _ROLE = "/api/v1/security/users/{id}", "/api/v1/security/roles/{id}"
_CREDENTIAL = "/api/v1/credentials/{id}"
_MANAGED = "/api/v1/backupInfrastructure/managedServers"
_R1, _R2 = "1.3-rev1", "1.3-rev2"

TABLE: tuple[Op[Server], ...] = (
    Op("POST", "/api/oauth2/token", "open", sessions.log_in),
    Op("POST", "/api/oauth2/logout", "user", sessions.log_out),
    Op("GET", "/swagger/v{revision}/swagger.json", "page", about.swagger),
    Op("GET", "/api/v1/serverTime", "open", about.server_time),
    Op("GET", "/api/v1/serverCertificate", "open", about.server_certificate),
    Op("GET", "/api/v1/serverInfo", "admin", about.server_info),
    Op("GET", "/api/v1/security/users", "admin", security_users.list_users, _R1),
    Op("POST", "/api/v1/security/users", "admin", security_users.create, _R1),
    Op("GET", _USER, "admin", security_users.read, _R1),
    Op("DELETE", _USER, "admin", security_users.delete, _R1),
    Op("GET", f"{_USER}/roles", "admin", security_users.read_roles, _R1),
    Op("PUT", f"{_USER}/roles", "admin", security_users.replace_roles, _R1),
    Op("POST", f"{_USER}/changeServiceAccountMode", "admin", security_users.change_service_account_mode, _R1),
    Op("POST", f"{_USER}/resetMFA", "admin", security_users.reset_mfa, _R1),
    Op("GET", "/api/v1/security/roles", "admin", security_roles.list_roles, _R1),
    Op("GET", _ROLE, "admin", security_roles.read, _R1),
    Op("GET", f"{_ROLE}/permissions", "admin", security_roles.read_permissions, _R1),
    Op("GET", "/api/v1/security/restoreOptions", "admin", security_roles.restore_options, _R2),
    Op("POST", "/api/v1/security/roles", "admin", security_roles.create, _R2),
    Op("PUT", _ROLE, "admin", security_roles.update, _R2),
    Op("DELETE", _ROLE, "admin", security_roles.delete, _R2),
    Op("GET", f"{_ROLE}/details", "admin", security_roles.read_details, _R2),
    Op("POST", f"{_ROLE}/clone", "admin", security_roles.clone, _R2),
    Op("GET", "/api/v1/security/settings", "admin", about.read_settings, _R1),
    Op("PUT", "/api/v1/security/settings", "admin", about.write_settings, _R1),
    Op("GET", "/api/v1/authorization/events", "security", events.list_all),
    Op("GET", "/api/v1/authorization/events/{id}", "security", events.read),
    Op("GET", "/api/v1/credentials", "security", credentials.list_all),
    Op("POST", "/api/v1/credentials", "store", credentials.create),
    Op("GET", _CREDENTIAL, "security", credentials.read),
    Op("PUT", _CREDENTIAL, "security", credentials.update),
    Op("DELETE", _CREDENTIAL, "security", credentials.delete),
    Op("POST", f"{_CREDENTIAL}/changepassword", "security", credentials.change_password),
    Op("POST", f"{_CREDENTIAL}/changeprivatekey", "security", credentials.change_private_key),
    Op("POST", f"{_CREDENTIAL}/changerootpassword", "security", credentials.change_root_password),
    Op("GET", _MANAGED, "admin", managed_servers.list_all),
    Op("POST", _MANAGED, "admin", managed_servers.create),
    Op("GET", f"{_MANAGED}/{{id}}", "admin", managed_servers.read),
    Op("PUT", f"{_MANAGED}/{{id}}", "admin", managed_servers.update),
    Op("DELETE", f"{_MANAGED}/{{id}}", "admin", managed_servers.delete),
    Op("POST", f"{_MANAGED}/{{id}}/updateSingleUseCredentials", "admin", managed_servers.update_single_use),
    Op("POST", "/api/v1/connectionCertificate", "admin", managed_servers.connection_certificate),
    Op("GET", "/api/v1/sessions", "admin", job_sessions.list_sessions),
    Op("GET", "/api/v1/sessions/{id}", "admin", job_sessions.read),
    Op("GET", "/api/v1/sessions/{id}/logs", "admin", job_sessions.read_logs),
    Op("GET", "/api/v1/users", "admin", legacy_users.list_users, "users"),
    Op("POST", "/api/v1/users", "admin", legacy_users.create, "users"),
    Op("GET", "/api/v1/users/{id}", "admin", legacy_users.read, "users"),
    Op("PUT", "/api/v1/users/{id}", "admin", legacy_users.update, "users"),
    Op("DELETE", "/api/v1/users/{id}", "admin", legacy_users.delete, "users"),
    Op("GET", "/api/v1/roles", "admin", legacy_users.list_roles, "users"),
)
