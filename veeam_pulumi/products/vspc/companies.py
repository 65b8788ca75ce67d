"""Companies as requests write them and as answers show them; what consoles before 9.0 have not (REST 3.5.1).

* The list shows organizations with `expand=Organization`, else null in their place (seen). One company alone has no
  such parameter: its organization is another request.
* The reseller of a company changes at /organizations/resellers/{uid}/companies?companyUid, for portal administrators.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ...errors import InvalidInput, NotFound
from ...resource.fields import State, plain
from ...resource.identity import path_part, same_id
from ...server.body import require_row
from . import claims, members, organization, services
from .organization import Organization
from .services import CompanyServices
from .session import API, VspcSession

if TYPE_CHECKING:
    from .company import CompanyInputs

COMPANIES = f"{API}/organizations/companies"
EXPAND = {"expand": "Organization"}
ROW = {
    **dict.fromkeys(("instanceUid", "name", "status", "resellerUid", "subscriptionPlanUid", "loginUrl"), str),
    **dict.fromkeys(("isRestAccessEnabled", "isAlarmDetectEnabled"), bool),
    "permissions": [str],
    "ownerCredentials": {"userName": str},
    "companyServices": {**members.shape(CompanyServices)},
    "_embedded": {"organization": organization.ROW},
}
SIMPLE = {
    "status": "/status",
    "is_rest_access_enabled": "/isRestAccessEnabled",
    "is_alarm_detect_enabled": "/isAlarmDetectEnabled",
    "subscription_plan_uid": "/subscriptionPlanUid",
}
"""Field -> where a patch of a company has it."""
FOLLOWS = {
    "login_url": ("name", "organization"),
    "subscription_plan_uid": ("reseller_uid",),
    "company_services": ("subscription_plan_uid", "reseller_uid"),
    "permissions": ("company_services", "subscription_plan_uid", "reseller_uid", "is_rest_access_enabled"),
}
"""What the console may change along with something else, by that."""
SINCE_9 = ("owner_credentials", "company_services", "permissions")


def path(id: str) -> str:
    return f"{COMPANIES}/{path_part(id)}"


def is_modern(session: VspcSession, inputs: CompanyInputs, names: Iterable[str] = SINCE_9) -> bool:
    """Whether the console is of 9.0 or later. Raises InvalidInput where an older one is asked for what it has not."""
    if session.major() > 8:
        return True
    lacking = [name for name in SINCE_9 if name in names and getattr(inputs, name) is not None]
    if lacking:
        more = "; add the owner as a vspc.User with the role CompanyOwner" if "owner_credentials" in lacking else ""
        raise InvalidInput(
            f"consoles before 9.0 have no {', '.join(lacking)}; this one is {session.version()}",
            f"leave {'them' if lacking[1:] else 'it'} out{more}",
        )
    return False


def create(session: VspcSession, inputs: CompanyInputs, modern: bool) -> Any:
    try:
        return session.write("POST", COMPANIES, body(inputs, modern))
    except NotFound as error:
        raise InvalidInput(
            f"the server does not know its reseller or its subscription plan ({error.cause})",
            "check reseller_uid and subscription_plan_uid",
        ) from None


def body(inputs: CompanyInputs, modern: bool) -> dict[str, Any]:
    """A company as a create has it."""
    said, login = plain(inputs), inputs.owner_credentials
    found: dict[str, Any] = {
        "organizationInput": {"name": inputs.name, **members.wire(said.get("organization", {}))},
        "resellerUid": inputs.reseller_uid,
        "subscriptionPlanUid": inputs.subscription_plan_uid,
        "isAlarmDetectEnabled": inputs.is_alarm_detect_enabled,
    }
    if login is not None:
        found["ownerCredentials"] = {"userName": login.user_name, "password": login.password}
    if "company_services" in said:
        found["companyServices"] = services.body(said["company_services"])
    if modern:
        found["isRestAccessEnabled"] = inputs.is_rest_access_enabled
    elif inputs.is_rest_access_enabled:
        found["permissions"] = ["REST"]
    return {name: value for name, value in found.items() if value is not None}


def values(session: VspcSession, row: dict[str, Any]) -> State:
    """A company by field name, with its claims, which cost a request."""
    id, status = str(row["instanceUid"]), row.get("status")
    about = (row.get("_embedded") or {}).get("organization")
    if about is None:
        about = require_row(session.get(organization.path(id)).get("data"), organization.ROW, "instanceUid", id)
    owner = (row.get("ownerCredentials") or {}).get("userName")
    rest = row.get("isRestAccessEnabled")
    if rest is None and row.get("permissions") is not None:
        rest = "REST" in row["permissions"]
    modern = session.major() > 8
    return {
        "name": row.get("name"),
        "owner_credentials": {"user_name": owner} if owner else None,
        "organization": members.read(Organization, about),
        "reseller_uid": row.get("resellerUid"),
        "subscription_plan_uid": row.get("subscriptionPlanUid"),
        # What passes, or is deprecated (Creating, Expired, …), is not for a program to set.
        "status": status if status in ("Active", "Disabled") else None,
        "is_rest_access_enabled": rest,
        "is_alarm_detect_enabled": row.get("isAlarmDetectEnabled"),
        "company_services": services.read(row.get("companyServices")) if modern else None,
        "permissions": claims.read(session, id),
        "login_url": row.get("loginUrl") or None,
    }


def move(session: VspcSession, id: str, old: str | None, new: str | None) -> None:
    """From one reseller to another; repeatable, as both say where the company ends."""
    for method, reseller in (("DELETE", old), ("POST", new)):
        if reseller and not (old and new and same_id(old, new)):
            way = f"{API}/organizations/resellers/{path_part(reseller)}/companies"
            session.gave(session.request(method, way, params={"companyUid": id}, repeat=False))
