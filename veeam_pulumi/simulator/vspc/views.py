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
    nulls = dict.fromkeys(("email", "country", "state", "alias"))
    empty = ("taxId", "phone", "city", "street", "zipCode", "website", "notes", "veeamTenantId", "companyId")
    place = ("countryName", "regionName", "locationAdmin0Code", "locationAdmin1Code", "locationAdmin2Code")
    known = {**nulls, **dict.fromkeys((*empty, *place), "")}
    own = {key: one[key] for key in ("instanceUid", "name", "type")}
    more = {key: one[key] for key in (*known, "legalName", "domain") if one.get(key) is not None}
    return {**own, **known, **more}


def company(one: Doc, owner: str, rest_access: bool, organization: Any, modern: bool) -> dict[str, Any]:
    """`modern`: from REST 3.6 on. Before, a company showed no owner, and REST access as a permission."""
    shown = ("instanceUid", "name", "status", "resellerUid", "subscriptionPlanUid", "isAlarmDetectEnabled")
    found = {key: one[key] for key in (*shown, "companyServices")}
    found |= {"loginUrl": None, "_embedded": {"organization": organization}}
    if modern:
        return {
            **found,
            "isRestAccessEnabled": rest_access,
            "ownerCredentials": {"userName": owner, "password": None},
        }
    return {**found, "permissions": ["REST"] if rest_access else []}
