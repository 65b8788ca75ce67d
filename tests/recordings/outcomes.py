"""What the products must make of each recorded answer: how it is asked for, and what comes out.

Operations: `request` sends the request as it is and reads the answer; `login` has it answer a login; `rows` reads it as
the resource's list, `row` as one object; `version` as what the server says of itself.
"""

from __future__ import annotations

GET_USERS, GET_USER = "/api/v1/security/users", "/api/v1/security/users/1cc300d4-c356-46d6-a1b8-ccd0b23cc08e"
GET_GROUP = "/api/v1/security/users/38e4b8df-65b5-4d3c-9a26-86f9142ae26f"
TIME, INFO, CERTIFICATE = "/api/v1/serverTime", "/api/v1/serverInfo", "/api/v1/serverCertificate"
ROLES = "/api/v1/security/roles"

# name: (operation, path, outcome)
OUTCOMES: dict[str, tuple[str, str, str]] = {
    "aws-01": ("request", "/api/v1/users", "object"),
    "aws-02": ("login", "/api/v1/token", "logged in"),
    "aws-03": ("rows", "/api/v1/users", "svc-peer"),
    # A list under another name is read; one under none is no list: taken as empty, every user would be gone.
    "aws-04": ("rows", "/api/v1/users", "svc-peer"),
    "aws-05": ("row", "/api/v1/users/nobody", "NotFound"),  # which the complete list confirms
    "aws-06": ("request", "/api/v1/users", "ServerRefused 400"),
    "em-01": ("request", "/api/", "object"),
    "em-02": ("request", "/api/", "object"),
    "em-03": ("login", "/api/sessionMngr/", "logged in"),
    "em-04": ("rows", "/api/backupServers", "veeam01.mydomain.org, veeam02.mydomain.org"),
    "em-05": ("rows", "/api/backupServers", "myhost.mydomain.org, myhost.mydomain.org"),
    "em-06": ("request", "/api/query", "object"),
    "em-07": ("request", "/api/query", "object"),
    "em-08": ("request", "/api/query", "object"),
    "em-09": ("request", "/api/repositories", "object"),
    "em-10": ("request", "/api/agents/discoveredComputers", "object"),
    "em-11": ("request", "/api/reports/summary/overview", "object"),
    "em-12": ("request", "/api/reports/summary/job_statistics", "object"),
    "em-13": ("request", "/api/cloud/tenants", "ServerRefused 400: Node [root] does not exist."),
    "em-14": ("request", "/api/cloud/tenants/7", "AnswerLost"),
    "em-15": ("request", "/api/backupServers", "ServerRefused 400: Node [root] does not exist."),
    "em-16": ("request", "/api/tasks/task-1", "object"),
    "em-17": ("login", "/api/sessionMngr/", "LoginRefused"),
    "em-18": (
        "request",
        "/api/logonSessions/7",
        "ServerRefused 500: Object reference not set to an instance of an object.",
    ),
    "vbr-01": ("login", "/api/oauth2/token", "LoginRefused"),
    "vbr-02": ("request", TIME, "ServerRefused 400"),
    "vbr-03": ("request", TIME, "object"),
    "vbr-04": ("login", "/api/oauth2/token", "LoginRefused"),
    "vbr-05": ("request", GET_USERS, "ServerRefused 401"),
    "vbr-06": ("version", INFO, "13.0.1.1071"),
    "vbr-07": ("version", INFO, "12.3.2.3617"),
    "vbr-08": ("request", TIME, "object"),
    "vbr-09": ("request", CERTIFICATE, "object"),
    "vbr-10": ("version", INFO, "13.0.0.4883"),
    "vbr-11": ("login", "/api/oauth2/token", "logged in"),
    "vbr-12": (
        "rows",
        GET_USERS,
        "BUILTIN\\Administrators, TECH\\michael.wells, TECH\\sheila.d.cory, TECH\\william.fox",
    ),
    "vbr-13": ("row", GET_USER, "TECH\\sheila.d.cory"),
    "vbr-14": ("row", GET_GROUP, "BUILTIN\\Administrators"),
    "vbr-15": ("request", TIME, "object"),
    "vbr-16": ("request", TIME, "ServerRefused 500"),
    "vbr-17": ("request", CERTIFICATE, "object"),
    "vbr-18": ("version", INFO, "13.0.0.4883"),
    "vbr-19": ("request", INFO, "ServerRefused 401"),
    "vbr-20": ("request", INFO, "ServerRefused 403"),
    "vbr-21": ("login", "/api/oauth2/token", "logged in"),
    "vbr-22": ("login", "/api/oauth2/token", "LoginRefused"),
    "vbr-23": ("login", "/api/oauth2/token", "LoginRefused"),
    "vbr-24": ("login", "/api/oauth2/token", "LoginRefused"),
    "vbr-25": ("login", "/api/oauth2/token", "LoginRefused"),
    "vbr-26": (
        "rows",
        GET_USERS,
        "BUILTIN\\Administrators, TECH\\michael.wells, TECH\\sheila.d.cory, TECH\\william.fox",
    ),
    "vbr-27": ("request", GET_USERS, "object"),
    "vbr-28": ("row", GET_USER, "TECH\\sheila.d.cory"),
    "vbr-29": ("row", GET_GROUP, "BUILTIN\\Administrators"),
    "vbr-30": ("row", GET_USER, "NotFound"),
    "vbr-31": ("request", f"{GET_USER}/roles", "object"),
    "vbr-32": ("request", f"{GET_USER}/roles", "object"),
    "vbr-33": ("request", f"{GET_USER}/changeServiceAccountMode", "object"),
    "vbr-34": ("request", ROLES, "object"),
    "vbr-35": ("request", ROLES, "object"),
    "vbr-36": ("request", "/api/v1/security/settings", "object"),
    "vbr-37": ("request", "/api/v1/security/settings", "object"),
    "vspc-01": ("request", "/api/v3/organizations/companies", "object"),
    "vspc-02": ("request", "/api/v3/organizations", "object"),
    "vspc-03": ("request", "/api/v3/protectedWorkloads/virtualMachines", "ServerRefused 400"),
    "vspc-04": ("request", "/api/v3/protectedWorkloads/virtualMachines", "object"),
    "vspc-05": ("request", "/api/v3/infrastructure/backupServers/jobs/backupVmJobs", "object"),
    "vspc-06": ("request", "/api/v3/infrastructure/vb365Servers/organizations", "object"),
    "vspc-07": ("request", "/api/v3/protectedWorkloads/computers", "UnexpectedAnswer"),
    "vspc-08": ("request", "/api/v3", "UnexpectedAnswer"),
    "vspc-09": ("request", "/swagger/v3/swagger.json", "UnexpectedAnswer"),
    "vspc-10": ("request", "/api/v3/infrastructure/backupAgents", "object"),
    "vspc-11": ("request", "/api/v3/licensing/sites/usage/companies", "ServerRefused 400"),
    # A page that claims another offset than was asked for, and is empty although more is there: no complete list.
    "vspc-12": ("rows", "/api/v3/users", "IncompleteList"),
}
