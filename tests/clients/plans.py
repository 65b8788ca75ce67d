"""What is called: the operations of generated clients that the simulator covers, in an order in which each can work.

`path` fills the parameters of a path in order, `save` keeps parts of the answer as `$name`.
"""

from __future__ import annotations

from typing import Any

from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.vspc import seeds

Steps = list[dict[str, Any]]
PASSWORD = "Third-Party-9"
KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----"
RESOURCE, SITE = "36b5f43f-c740-454f-8ac3-eb284b636460", "c1380870-637a-4ad5-a5a3-5636ac836372"
LOCATION = "2d4b8f63-1c7a-4e95-b6d0-8f3e5a9c1b55"
"""Of the company Alpha, as the console has them from the start."""


def vbr(sim: Simulator) -> Steps:
    user, role = "/api/v1/security/users", "/api/v1/security/roles"
    login = {"grant_type": "Password", "username": sim.username("vbr"), "password": sim.password("vbr")}
    scopes: dict[str, Any] = {
        "inventoryScope": {"entireInventory": True},
        "repositoryScope": {"allRepositories": True},
        "restorePermissionsScope": {
            "restoreBackupScope": {"entireBackupScope": True},
            "restoreOptions": {"allOptions": True},
        },
        "restoreTargetScope": {"entireBackupScope": True},
    }
    custom = {"name": "Night", "description": "", "manageBackups": True, "manageRestores": False, **scopes}
    return [
        {"op": "GET /api/v1/serverTime"},
        {"op": "POST /api/oauth2/token", "body": login},
        {"op": "GET /api/v1/serverCertificate"},
        {"op": "GET /api/v1/serverInfo"},
        {"op": f"GET {user}"},
        {"op": f"GET {role}", "save": {"viewer": "data.1.id", "viewer_name": "data.1.name"}},
        {"op": f"GET {role}/{{}}", "path": ["$viewer"]},
        {"op": f"GET {role}/{{}}/permissions", "path": ["$viewer"]},
        {
            "op": f"POST {user}",
            "body": {
                "name": "LAB\\third",
                "type": "InternalUser",
                "roles": [{"id": "$viewer", "name": "$viewer_name"}],
                "isServiceAccount": False,
            },
            "save": {"user": "id"},
        },
        {"op": f"GET {user}/{{}}", "path": ["$user"]},
        {"op": f"GET {user}/{{}}/roles", "path": ["$user"]},
        {
            "op": f"PUT {user}/{{}}/roles",
            "path": ["$user"],
            "body": {"roles": [{"id": "$viewer", "name": "$viewer_name"}]},
        },
        {
            "op": f"POST {user}/{{}}/changeServiceAccountMode",
            "path": ["$user"],
            "body": {"isServiceAccountEnable": True},
        },
        {"op": f"POST {user}/{{}}/resetMFA", "path": ["$user"]},
        {"op": f"DELETE {user}/{{}}", "path": ["$user"]},
        {"op": "GET /api/v1/security/restoreOptions"},
        {"op": f"POST {role}", "body": custom, "save": {"role": "id"}},
        {"op": f"GET {role}/{{}}/details", "path": ["$role"]},
        {"op": f"PUT {role}/{{}}", "path": ["$role"], "body": {**custom, "id": "$role", "description": "two"}},
        {"op": f"POST {role}/{{}}/clone", "path": ["$role"], "save": {"clone": "id"}},
        {"op": f"DELETE {role}/{{}}", "path": ["$clone"]},
        {"op": "GET /api/v1/security/settings"},
        {"op": "PUT /api/v1/security/settings", "body": {"mfaEnabled": False}},
        {"op": "GET /api/v1/authorization/events", "save": {"event": "data.0.id"}},
        {"op": "GET /api/v1/authorization/events/{}", "path": ["$event"]},
        *_credentials(),
        *_managed_servers(),
        {"op": "POST /api/oauth2/logout"},
    ]


def _credentials() -> Steps:
    account = "/api/v1/credentials"
    one, linux = {"username": "LAB\\svc-third", "type": "Standard"}, {"username": "svc-third", "type": "Linux"}
    by_key = {"authenticationType": "SshKey", "privateKey": KEY}
    return [
        {"op": f"POST {account}", "body": {**one, "password": PASSWORD}, "save": {"one": "id", "made": "creationTime"}},
        {"op": f"GET {account}"},
        {"op": f"GET {account}/{{}}", "path": ["$one"]},
        {
            "op": f"PUT {account}/{{}}",
            "path": ["$one"],
            "body": {**one, "id": "$one", "creationTime": "$made", "description": "3rd"},
        },
        {"op": f"POST {account}/{{}}/changepassword", "path": ["$one"], "body": {"password": f"{PASSWORD}-2"}},
        {"op": f"DELETE {account}/{{}}", "path": ["$one"]},
        {"op": f"POST {account}", "body": {**linux, **by_key}, "save": {"by_key": "id"}},
        {"op": f"POST {account}/{{}}/changeprivatekey", "path": ["$by_key"], "body": {"privateKey": KEY}},
        {
            "op": f"POST {account}",
            "body": {**linux, "authenticationType": "Password", "password": PASSWORD, "rootPassword": PASSWORD},
            "save": {"login": "id"},
        },
        {"op": f"POST {account}/{{}}/changerootpassword", "path": ["$login"], "body": {"password": f"{PASSWORD}-2"}},
    ]


def _managed_servers() -> Steps:
    """Of Linux, by the login of `_credentials`, for which the simulator waits no longer than a moment."""
    server = "/api/v1/backupInfrastructure/managedServers"
    host = {"type": "LinuxHost", "name": "third.lab.local", "description": "third"}
    by_login = {"credentialsStorageType": "Permanent", "credentialsId": "$login"}
    once = {"type": "Linux", "username": "svc-third", "authenticationType": "Password", "password": PASSWORD}
    return [
        {
            "op": "POST /api/v1/connectionCertificate",
            "body": {
                "serverName": "third.lab.local",
                "type": "LinuxHost",
                "credentialsStorageType": "Permanent",
                "credentialsId": "$login",
            },
            "save": {"key": "fingerprint"},
        },
        {"op": f"POST {server}", "body": {**host, **by_login, "sshFingerprint": "$key"}, "save": {"work": "id"}},
        {"op": "GET /api/v1/sessions"},
        {"op": "GET /api/v1/sessions/{}", "path": ["$work"]},
        {"op": "GET /api/v1/sessions/{}/logs", "path": ["$work"]},
        {"op": f"GET {server}", "save": {"host": "data.0.id", "status": "data.0.status"}},
        {"op": f"GET {server}/{{}}", "path": ["$host"]},
        {
            "op": f"PUT {server}/{{}}",
            "path": ["$host"],
            "body": {**host, **by_login, "id": "$host", "status": "$status", "description": "3rd"},
        },
        {"op": f"POST {server}/{{}}/updateSingleUseCredentials", "path": ["$host"], "body": once},
        {"op": f"DELETE {server}/{{}}", "path": ["$host"]},
    ]


def vspc(sim: Simulator) -> Steps:
    user, rule, company = "/users/{}", "/users/serviceProvider/localUserRule", "/organizations/companies"
    login = {"grant_type": "password", "username": sim.username("vspc"), "password": sim.password("vspc")}
    return [
        {"op": "POST /token", "body": login},
        {"op": "GET /about"},
        {"op": "GET /users"},
        {"op": "GET /users/me", "save": {"me": "data.instanceUid"}},
        {"op": "GET /users/logins"},
        {"op": "GET /users/backupResources"},
        {
            "op": "POST /users",
            "body": {
                "organizationUid": seeds.ALPHA,
                "role": "CompanyAdministrator",
                "profile": {"firstName": "Third", "lastName": "Party", "email": "third@party.com"},
                "credentials": {"userName": "third.party", "password": PASSWORD},
            },
            "save": {"user": "data.instanceUid"},
        },
        {"op": f"GET {user}", "path": ["$user"]},
        {
            "op": f"PATCH {user}",
            "path": ["$user"],
            "body": [{"op": "replace", "path": "/profile/firstName", "value": "3rd"}],
        },
        {"op": f"GET {user}/locations", "path": ["$user"]},
        {"op": f"GET {user}/logins", "path": ["$user"]},
        {
            "op": f"POST {user}/logins/apikey",
            "path": ["$me"],
            "query": {"description": "third", "scopes": ["rest"], "is_read_access_only": True},
            "save": {"login": "data.id"},
        },
        {"op": f"GET {user}/logins/{{}}", "path": ["$me", "$login"]},
        {
            "op": f"PATCH {user}/logins/{{}}",
            "path": ["$me", "$login"],
            "body": [{"op": "replace", "path": "/description", "value": "3rd"}],
        },
        {"op": f"DELETE {user}/logins/{{}}", "path": ["$me", "$login"]},
        {"op": f"POST {user}/locations", "path": ["$user"], "query": {"location_uid": LOCATION}},
        {"op": f"DELETE {user}/locations", "path": ["$user"], "query": {"location_uid": LOCATION}},
        {
            "op": "POST /users",
            "body": {
                "organizationUid": seeds.ALPHA,
                "role": "CompanySubtenant",
                "profile": {"firstName": "Sub", "lastName": "Tenant"},
                "credentials": {"userName": "sub.tenant", "password": PASSWORD},
                "backupResource": {
                    **dict.fromkeys(("tenantBackupResourceUid", "companySiteBackupResourceUid"), RESOURCE),
                    "siteUid": SITE,
                    "resourceFriendlyName": "Cloud",
                    "isStorageQuotaUnlimited": True,
                },
            },
            "save": {"subtenant": "data.instanceUid"},
        },
        {"op": f"GET {user}/backupResource", "path": ["$subtenant"]},
        {
            "op": f"PATCH {user}/backupResource",
            "path": ["$subtenant"],
            "body": [{"op": "replace", "path": "/description", "value": "3rd"}],
        },
        {"op": f"DELETE {user}/tokens", "path": ["$user"]},
        {"op": f"DELETE {user}", "path": ["$user"]},
        {"op": f"GET {rule}"},
        {
            "op": f"POST {rule}/discovery",
            "query": {"domain": "VSPC", "type_": "winNTUser", "user_name": "VSPC\\\\svc", "password": PASSWORD},
        },
        {
            "op": f"POST {rule}",
            "body": {
                "name": "VSPC\\third",
                "sid": "S-1-5-21-1-2-3-1104",
                "type": "winNTUser",
                "roleType": "readonlyOperator",
                "contextType": "machine",
                "enabled": True,
                "mfaPolicyStatus": "disabled",
                "description": "third",
                "scope": [{"type": "all"}],
            },
            "save": {"rule": "data.instanceUid"},
        },
        {"op": f"GET {rule}/{{}}", "path": ["$rule"]},
        {
            "op": f"PATCH {rule}/{{}}",
            "path": ["$rule"],
            "body": [{"op": "replace", "path": "/description", "value": "3rd"}],
        },
        {"op": f"DELETE {rule}/{{}}", "path": ["$rule"]},
        {"op": "GET /organizations", "save": {"organization": "data.0.instanceUid"}},
        {"op": "GET /organizations/provider"},
        {"op": f"GET {company}"},
        {"op": f"GET {company}/{{}}", "path": [seeds.ALPHA]},
        {"op": "GET /organizations/{}", "path": [seeds.ALPHA]},
        {"op": "GET /organizations/{}/keys", "path": [seeds.ALPHA]},
        {"op": "GET /organizations/{}/users", "path": [seeds.ALPHA]},
        {"op": "GET /infrastructure/backupServers"},
        {"op": "GET /eventLogs/activityLogs"},
        {"op": "GET /asyncActions"},
        {"op": "GET /asyncActions/config"},
        *_companies(),
    ]


def _companies() -> Steps:
    company, of_reseller = "/organizations/companies", "/organizations/resellers/{}/companies"
    rights = {"path": ["$company"], "query": {"entity_type": "Company"}}
    return [
        {
            "op": f"POST {company}",
            "body": {
                "organizationInput": {"name": "Third Party", "notes": "third"},
                "ownerCredentials": {"userName": "third.owner", "password": PASSWORD},
            },
            "save": {"company": "data.instanceUid"},
        },
        {"op": f"PATCH {company}/{{}}", "path": ["$company"], "body": [_replaced("/isAlarmDetectEnabled", True)]},
        {"op": "PATCH /organizations/{}", "path": ["$company"], "body": [_replaced("/notes", "3rd")]},
        {"op": "GET /permissions/{}", **rights},
        {"op": "PATCH /permissions/{}", **rights, "body": [_replaced("/claims", ["HostedVbrJobStartStop"])]},
        {"op": f"GET {company}/{{}}/permissions", "path": ["$company"]},
        {
            "op": f"PATCH {company}/{{}}/permissions",
            "path": ["$company"],
            "body": [_replaced("/permissions", ["REST"])],
        },
        {"op": f"GET {company}/{{}}/sites", "path": ["$company"]},
        {"op": f"POST {of_reseller}", "path": [seeds.GAMMA], "query": {"company_uid": "$company"}},
        {"op": f"DELETE {of_reseller}", "path": [seeds.GAMMA], "query": {"company_uid": "$company"}},
        {"op": "GET /infrastructure/managementAgents"},
        {"op": "GET /infrastructure/sites/tenants"},
        {
            "op": f"DELETE {company}/{{}}",
            "path": ["$company"],
            "query": {"remove_all_agents": False, "remove_backups": False},
        },
    ]


def _replaced(path: str, value: Any) -> dict[str, Any]:
    return {"op": "replace", "path": path, "value": value}
