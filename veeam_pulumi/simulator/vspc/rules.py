"""What a value must be like. A check answers with the form to keep, or raises ValueError with the reason."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from ..credentials import hash_password

Check = Callable[[Any], Any]

PORTAL_ROLES = ("PortalAdministrator", "PortalOperator", "PortalReadonlyOperator", "SiteAdministrator")
# POST /users cannot give these: Windows accounts have the first four, the others come with their company or reseller.
MANAGED_ROLES = (*PORTAL_ROLES, "CompanyOwner", "CompanyTenant", "ResellerOwner")
ROLES = (
    *MANAGED_ROLES,
    "CompanyAdministrator",
    "CompanyLocationAdministrator",
    "CompanyLocationUser",
    "CompanyInvoiceAuditor",
    "CompanySubtenant",
    "ResellerAdministrator",
    "ResellerOperator",
    "ResellerUser",
    "ResellerInvoiceAuditor",
)
# Who can manage users (x-veeam-vspc-admitted-roles, in the words of the role enumeration); reading adds one.
MANAGERS = (
    "PortalAdministrator",
    "SiteAdministrator",
    "PortalOperator",
    "CompanyOwner",
    "CompanyAdministrator",
    "CompanyTenant",
    "CompanyLocationAdministrator",
    "ResellerOwner",
    "ResellerAdministrator",
    "ResellerOperator",
)
# assumed: of the others (operators, site and location administrators, company tenants) each sees a part.
SEE_ALL = ("PortalAdministrator", "ResellerOwner", "ResellerAdministrator", "CompanyOwner", "CompanyAdministrator")
# Who makes and deletes companies; who changes them, and what their users may do.
PROVIDERS = ("PortalAdministrator", "SiteAdministrator", "ResellerOwner", "ResellerAdministrator")
OPERATORS = (*PROVIDERS, "PortalOperator", "ResellerOperator")
READERS = (*MANAGERS, "PortalReadonlyOperator")

# The pattern of the specification; its \1 means "the quote again, if there was one", which Python writes as (?(1)").
_EMAIL = re.compile(r"""(")?[^."](?:\.?[\w\-!#$%&'*+/=?^_`{|}~])*(?(1)")@(?:\w[\-\w]*\.){1,5}[A-Za-z]{2,6}""")
_QUOTA = (1_073_741_824, 1_124_774_006_935_781_400)  # bytes


def text(most: int, least: int = 0, nullable: bool = True) -> Check:
    def check(value: Any) -> Any:
        if value is None and nullable:
            return None
        if not isinstance(value, str) or not least <= len(value) <= most:
            raise ValueError(f"must be a text of {least} to {most} characters")
        return value

    return check


def choice(*allowed: str, empty: str | None = None) -> Check:
    """One of the values; case is ignored, as the documents' own examples do. `empty` stands for null."""

    def check(value: Any) -> Any:
        if value is None and empty is not None:
            return empty
        found = next((one for one in allowed if isinstance(value, str) and one.lower() == value.lower()), None)
        if found is None:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return found

    return check


def uid(value: Any) -> str:
    try:
        return str(uuid.UUID(value))
    except (ValueError, TypeError, AttributeError):
        raise ValueError("must be a UUID") from None


def nullable(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def anything(value: Any) -> Any:
    return value


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def quota(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not _QUOTA[0] <= value <= _QUOTA[1]:
        raise ValueError(f"must be a whole number of bytes from {_QUOTA[0]} to {_QUOTA[1]}")
    return value


def whole(least: int, most: int = 2**53) -> Check:
    def check(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return value

    return check


def matching(pattern: str, most: int, *, nullable: bool = True) -> Check:
    length = text(most, 1, nullable)

    def check(value: Any) -> Any:
        if length(value) is not None and not re.fullmatch(pattern, value):
            raise ValueError("has a character that it cannot have")
        return value

    return check


owner_name = matching(r"[a-zA-Z0-9!#$%&()\-.^_{}~'` ]+(?<!\.)", 128, nullable=False)


def email(value: Any) -> Any:
    """The top-level domain has two to six letters: `.technology` is refused."""
    if value is not None and not (isinstance(value, str) and len(value) <= 2048 and _EMAIL.fullmatch(value)):
        raise ValueError("is not a valid e-mail address")
    return value


def password(value: Any) -> Any:
    """Kept as a hash. No rule but the length is documented for the API; without one the user cannot log in."""
    return None if value is None else hash_password(text(128, 1)(value))


PROFILE: Mapping[str, Check] = {
    "firstName": text(2048),
    "lastName": text(2048),
    "title": choice("Unknown", "Mr", "Miss", "Mrs", "Ms", empty="Unknown"),
    "email": email,
    "address": text(2048),
    "phone": text(512),
}
EMPTY_PROFILE = {name: check(None) for name, check in PROFILE.items()}
NEWEST = ("legalName", "domain")
ORGANIZATION: Mapping[str, Check] = {
    "name": matching(r"[^<>=%~]+", 128, nullable=False),
    "alias": matching(r"[a-zA-Z\d!#$%&()\-.^\"_{}~' `]+", 32),
    "email": email,
    "taxId": text(100),
    **{
        name: text(128)
        for name in ("phone", "city", "street", "zipCode", "website", "veeamTenantId", "companyId", *NEWEST)
    },
    "country": nullable(whole(1)),
    "state": nullable(whole(1, 51)),
    "countryName": text(2048),
    "regionName": text(2048),
    **{f"locationAdmin{number}Code": text(32) for number in range(3)},
    "notes": text(512),
}
MFA_POLICY = choice("Disabled", "Enabled")
