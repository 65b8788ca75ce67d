"""Every path that the console answers. `tracked` marks what may be answered with 202, with the action's name."""

from __future__ import annotations

from ..routing import Op
from . import (
    about,
    actions,
    activity,
    backup_resources,
    companies,
    local_user_rules,
    locations,
    logins,
    organizations,
    sessions,
    users,
)
from .actions import tracked
from .server import Server

_API = "/api/v3"
_USERS, _ORGANIZATIONS, _ACTIONS = f"{_API}/users", f"{_API}/organizations", f"{_API}/asyncActions"
_RULES = f"{_USERS}/serviceProvider/localUserRule"
_COMPANIES, _RESELLER = f"{_ORGANIZATIONS}/companies", f"{_ORGANIZATIONS}/resellers/{{uid}}"
_USER, _ACTION = f"{_USERS}/{{userUid}}", f"{_ACTIONS}/{{id}}"

# Fixed names stand before {userUid}, {uid} and {id}.
TABLE: tuple[Op[Server], ...] = (
    Op("POST", f"{_API}/token", "open", sessions.log_in),
    Op("GET", f"{_API}/about", "any", tracked("GetAbout", about.about)),
    Op("GET", _USERS, "read", tracked("GetUsers", users.list_all)),
    Op("POST", _USERS, "manage", tracked("CreateUser", users.create)),
    Op("GET", f"{_USERS}/me", "any", tracked("GetCurrentUser", users.me)),
    Op("GET", f"{_USERS}/logins", "any", tracked("GetLogins", logins.list_all)),
    Op("GET", f"{_USERS}/backupResources", "read", tracked("GetUserBackupResources", backup_resources.list_all)),
    Op("GET", _RULES, "portal", tracked("GetLocalUserRules", local_user_rules.list_all)),
    Op("POST", _RULES, "portal", tracked("CreateLocalUserRule", local_user_rules.create)),
    Op("POST", f"{_RULES}/discovery", "portal", tracked("DiscoverPrincipals", local_user_rules.discover)),
    Op("GET", f"{_RULES}/{{uid}}", "portal", tracked("GetLocalUserRule", local_user_rules.read)),
    Op("PATCH", f"{_RULES}/{{uid}}", "portal", tracked("PatchLocalUserRule", local_user_rules.update)),
    Op("DELETE", f"{_RULES}/{{uid}}", "portal", tracked("DeleteLocalUserRule", local_user_rules.delete)),
    Op("GET", _USER, "read", tracked("GetUser", users.read)),
    Op("PATCH", _USER, "manage", tracked("PatchUser", users.update)),
    Op("DELETE", _USER, "manage", tracked("DeleteUser", users.delete)),
    Op("GET", f"{_USER}/logins", "any", tracked("GetUserLogins", logins.of_user)),
    Op("POST", f"{_USER}/logins/apikey", "any", tracked("CreateApiKey", logins.create_key)),
    Op("GET", f"{_USER}/logins/{{login}}", "any", tracked("GetUserLogin", logins.read)),
    Op("PATCH", f"{_USER}/logins/{{login}}", "any", tracked("PatchUserLogin", logins.update)),
    Op("DELETE", f"{_USER}/logins/{{login}}", "any", tracked("DeleteUserLogin", logins.delete)),
    Op("DELETE", f"{_USER}/tokens", "any", tracked("RevokeTokens", logins.end_sessions)),
    Op("GET", f"{_USER}/backupResource", "read", tracked("GetUserBackupResource", backup_resources.read)),
    Op("PATCH", f"{_USER}/backupResource", "manage", tracked("PatchUserBackupResource", backup_resources.update)),
    Op("GET", f"{_USER}/locations", "read", tracked("GetUserLocations", locations.list_all)),
    Op("POST", f"{_USER}/locations", "manage", tracked("AssignUserLocation", locations.assign)),
    Op("DELETE", f"{_USER}/locations", "manage", tracked("UnassignUserLocation", locations.take_away)),
    Op("GET", f"{_API}/eventLogs/activityLogs", "portal", tracked("GetActivityLogs", activity.list_all)),
    Op("GET", _ORGANIZATIONS, "any", tracked("GetOrganizations", organizations.list_all)),
    Op("GET", f"{_ORGANIZATIONS}/provider", "any", tracked("GetProvider", organizations.provider)),
    Op("GET", _COMPANIES, "any", tracked("GetCompanies", companies.list_all)),
    Op("POST", _COMPANIES, "companies", tracked("CreateCompany", companies.create)),
    Op("GET", f"{_COMPANIES}/{{uid}}", "any", tracked("GetCompany", companies.read)),
    Op("PATCH", f"{_COMPANIES}/{{uid}}", "company", tracked("PatchCompany", companies.update)),
    Op("DELETE", f"{_COMPANIES}/{{uid}}", "companies", tracked("DeleteCompany", companies.delete)),
    Op("GET", f"{_COMPANIES}/{{uid}}/permissions", "any", tracked("GetRest", companies.read_rest_permission)),
    Op("PATCH", f"{_COMPANIES}/{{uid}}/permissions", "company", tracked("PatchRest", companies.update_rest_permission)),
    Op("GET", f"{_COMPANIES}/{{uid}}/sites", "any", tracked("GetCompanySites", organizations.sites)),
    Op("GET", f"{_API}/permissions/{{uid}}", "company", tracked("GetEntityPermissions", companies.read_permissions)),
    Op(
        "PATCH",
        f"{_API}/permissions/{{uid}}",
        "company",
        tracked("PatchEntityPermissions", companies.update_permissions),
    ),
    Op("POST", f"{_RESELLER}/companies", "portal", tracked("AssignCompanyToReseller", companies.assign)),
    Op("DELETE", f"{_RESELLER}/companies", "portal", tracked("UnassignCompany", companies.take_away)),
    Op("GET", f"{_ORGANIZATIONS}/{{uid}}", "any", tracked("GetOrganization", organizations.read)),
    Op("PATCH", f"{_ORGANIZATIONS}/{{uid}}", "organization", tracked("PatchOrganization", organizations.update)),
    Op("GET", f"{_ORGANIZATIONS}/{{uid}}/keys", "read", tracked("GetOrganizationKeys", logins.of_organization)),
    Op("GET", f"{_ORGANIZATIONS}/{{uid}}/users", "read", tracked("GetOrganizationUsers", users.of_organization)),
    Op("GET", f"{_API}/infrastructure/backupServers", "any", tracked("GetServers", organizations.backup_servers)),
    Op("GET", f"{_API}/infrastructure/managementAgents", "any", tracked("GetAgents", organizations.agents)),
    Op("GET", f"{_API}/infrastructure/sites/tenants", "any", tracked("GetTenants", organizations.tenants)),
    Op("GET", _ACTIONS, "any", actions.list_all),
    Op("GET", f"{_ACTIONS}/config", "any", actions.config),
    Op("GET", _ACTION, "any", actions.read),
    Op("DELETE", _ACTION, "any", actions.cancel),
    Op("GET", f"{_ACTION}/result", "any", actions.result),
    Op("DELETE", f"{_ACTION}/result", "any", actions.delete_result),
)
