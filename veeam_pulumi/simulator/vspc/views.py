"""Objects as answers show them."""

from __future__ import annotations

from typing import Any

from ..store import Doc
from . import knobs


def user(user: Doc, revision: str, inherited: bool) -> dict[str, Any]:
    """A password is null in every answer. A role that the client's version does not know is Unknown."""
    new_role = user["role"] == "CompanyTenant" and not knobs.at_least(revision, "3.6")
    return {
        "instanceUid": user["instanceUid"],
        "organizationUid": user["organizationUid"],
        "userName": user["userName"],
        "status": user["status"],
        "mfaPolicyStatus": "EnabledByInheritance" if inherited else user["mfaPolicyStatus"],
        "mfaPolicyConfigurationStatus": user["mfaPolicyConfigurationStatus"],
        "role": "Unknown" if new_role else user["role"],
        "profile": user["profile"],
        "credentials": {"userName": user["userName"], "password": None},
    }


def backup_resource(user: Doc, revision: str) -> dict[str, Any]:
    """Up to REST 3.5.1 the tenant's resource went by another name."""
    held = dict(user["backupResource"])
    tenant = held.pop("tenant")
    return {"userUid": user["instanceUid"], tenant_field(revision): tenant, **held}


def tenant_field(revision: str) -> str:
    return "tenantBackupResourceUid" if knobs.at_least(revision, "3.6") else "companySiteBackupResourceUid"


def login(login: Doc, holder: Doc, home: Doc, key: str = "") -> dict[str, Any]:
    """`key`: the API key itself, which only the answer that created it shows."""
    shown = {name: value for name, value in login.items() if name != "digest"}
    return {
        **shown,
        "userName": holder["userName"],
        "companyId": home["instanceUid"],
        "companyName": home["name"],
        "status": login["status"] if holder["status"] == "Enabled" else "disabledDueToUser",
        "parameters": key,
    }


def organization(one: Doc) -> dict[str, Any]:
    """Every member that a live server was seen to send; most are empty, some of them null."""
    own = {key: one[key] for key in ("instanceUid", "name", "alias", "type")}
    nulls = dict.fromkeys(("email", "country", "state"))
    empty = ("taxId", "phone", "city", "street", "zipCode", "website", "notes", "veeamTenantId", "companyId")
    place = ("countryName", "regionName", "locationAdmin0Code", "locationAdmin1Code", "locationAdmin2Code")
    return {**own, **nulls, **dict.fromkeys((*empty, *place), "")}


def company(one: Doc, owner: str, rest_access: bool) -> dict[str, Any]:
    return {
        "instanceUid": one["instanceUid"],
        "name": one["name"],
        "status": "Active",
        "resellerUid": one["resellerUid"],
        "subscriptionPlanUid": None,
        "isAlarmDetectEnabled": False,
        "isRestAccessEnabled": rest_access,
        "companyServices": {
            "hostedServices": {"isVbPublicCloudManagementEnabled": False},
            "remoteServices": {
                "isBackupResourcesEnabled": False,
                "backupAgentsManagement": None,
                "backupServersManagement": None,
                "vb365ServersManagement": None,
                "isVbPublicCloudManagementEnabled": False,
            },
        },
        "loginUrl": None,
        "_embedded": {"organization": None},
        "ownerCredentials": {"userName": owner, "password": None},
    }
