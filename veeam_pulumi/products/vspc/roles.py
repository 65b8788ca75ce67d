"""Roles of a Service Provider Console (REST 3.6; CompanyTenant is unknown before).

POST /users is likely to refuse some of them, because something else gives them; which, only the server decides.
"""

from __future__ import annotations

from typing import Literal

Role = Literal[
    "CompanyAdministrator", "CompanyLocationAdministrator", "CompanyLocationUser", "CompanySubtenant",
    "CompanyInvoiceAuditor", "CompanyOwner", "CompanyTenant", "ResellerAdministrator", "ResellerOperator",
    "ResellerUser", "ResellerInvoiceAuditor", "ResellerOwner", "PortalAdministrator", "PortalOperator",
    "PortalReadonlyOperator", "SiteAdministrator",
]  # fmt: skip
OWNERS = ("CompanyOwner", "ResellerOwner")

_WINDOWS = "portal roles belong to Windows users and groups"
NOT_BY_POST = {
    "PortalAdministrator": _WINDOWS,
    "PortalOperator": _WINDOWS,
    "PortalReadonlyOperator": _WINDOWS,
    "SiteAdministrator": _WINDOWS,
    "CompanyOwner": "a company's only owner is made with it",
    "ResellerOwner": "a reseller's only owner is made with it",
    "CompanyTenant": "it is made when a cloud tenant becomes a company's",
}
"""Role -> where it comes from."""
