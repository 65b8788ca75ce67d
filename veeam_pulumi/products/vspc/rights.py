"""What the roles of a Service Provider Console let their holders do: a gate each, within the role's own scope.

From the admitted roles of the REST contracts 3.5.1, 3.6, 3.6.1, 3.6.2 and 3.7, any version counting; which object
(company, location, reseller) a gate reaches is in no contract. A flag marked * must be given. Paths are below /api/v3.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from ...resource.grant import Beyond, Right, RoleRights
from ...server.names import fold

_EVERYBODY = (
    "PortalAdministrator SiteAdministrator PortalOperator PortalReadonlyOperator CompanyOwner CompanyAdministrator "
    "CompanyTenant CompanyLocationAdministrator CompanyLocationUser CompanyInvoiceAuditor CompanySubtenant "
    "ResellerOwner ResellerAdministrator ResellerOperator ResellerUser ResellerInvoiceAuditor"
)
_WRITERS = (  # CompanyTenant from 3.6
    "PortalAdministrator SiteAdministrator PortalOperator CompanyOwner CompanyAdministrator CompanyTenant "
    "CompanyLocationAdministrator ResellerOwner ResellerAdministrator ResellerOperator"
)
_PROVIDERS = "PortalAdministrator ResellerOwner ResellerAdministrator SiteAdministrator"
_OPERATORS = f"{_PROVIDERS} PortalOperator ResellerOperator"
_OWNERS = "PortalAdministrator CompanyOwner CompanyAdministrator ResellerOwner ResellerAdministrator"
_OPERATIONS: tuple[tuple[Right, str, str], ...] = (
    ("destroy", "DELETE /infrastructure/backupAgents/…/jobs/{job}?removeRestorePoints*", _WRITERS),
    ("destroy", "DELETE …/publicCloud/appliances/{appliance}?withCloudResources*", _WRITERS),
    ("destroy", "DELETE …/repositories/{repository}?deleteBackups (3.6.2 and later)", _WRITERS),
    ("destroy", "DELETE /infrastructure/sites/tenants/{tenant}?deleteBackups* (3.6 and later)", _PROVIDERS),
    ("destroy", "DELETE /organizations/companies/{company}?removeBackups* (3.5.1)", _PROVIDERS),
    ("destroy", "DELETE …/backups/{backup} (3.7)", "PortalAdministrator SiteAdministrator"),
    ("destroy_maybe", "DELETE …/backupResources/{resource}", _PROVIDERS),
    ("destroy_maybe", "DELETE /vdcVault/storageVaults/{vault} (3.6.2 and later)", "PortalAdministrator"),
    ("weaken", "PATCH and DELETE of jobs, DELETE encryptionPasswords, managementAgents, backupAgents", _WRITERS),
    ("weaken", "PATCH and DELETE /configuration/backupPolicies", f"{_OWNERS} SiteAdministrator"),
    ("weaken", "DELETE /alarms/templates, /configuration/webhooks (3.7)", _OWNERS),
    ("weaken", "PATCH of companies and tenants", _OPERATORS),
    ("weaken", "DELETE /licensing/…", _PROVIDERS),
    ("grant", "POST, PATCH and DELETE /users", _WRITERS),
    ("grant", "PATCH /permissions/{company}, POST tenants (3.6 and later)", _OPERATORS),
    ("grant", "POST /organizations/companies", _PROVIDERS),
    ("grant", "identity providers and their rules", _OWNERS),
    ("grant", "/users/serviceProvider/localUserRule, /organizations/resellers", "PortalAdministrator"),
    ("secrets", "credentials and encryptionPasswords of backup servers and agents", _WRITERS),
    ("secrets", "sqlAccounts", f"{_OWNERS} SiteAdministrator"),
    ("secrets", "refreshsecuritytoken", "PortalAdministrator ResellerOwner ResellerAdministrator"),
    ("secrets", "cloud accounts, guestOsCredentials", "PortalAdministrator"),
    ("restore", "PATCH, start and undo of failoverplans", _WRITERS),
    ("own_key", "POST /users/{user}/logins/apikey", _EVERYBODY),
)


def _by_role() -> dict[str, RoleRights]:
    found: dict[str, defaultdict[Right, list[str]]] = {}
    for right, operation, roles in _OPERATIONS:
        for role in roles.split():
            found.setdefault(fold(role), defaultdict(list))[right].append(operation)
    return {role: {right: "; ".join(each) for right, each in rights.items()} for role, rights in found.items()}


ROLES: dict[str, RoleRights] = _by_role()
"""By name, in lower case."""
_PROXY = Beyond(
    "is administrator of every backup server that the console manages, through its proxy /proxy/{agent}/vbr",
    servers=True,
)


def beyond(roles: Iterable[str]) -> tuple[Beyond, ...]:
    """What the holders of roles are elsewhere. Of other roles no document says whether the proxy lets them through."""
    return (_PROXY,) if "portaladministrator" in [fold(role) for role in roles] else ()
