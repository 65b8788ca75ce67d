"""What a console is installed with. The UIDs never change: the README lists them."""

from __future__ import annotations

ADMIN, ADMIN_PASSWORD = "VSPC\\svc-backup", "Simulated-C0nsole"
OWNER_PASSWORD = "Simulated-0wner"
API_KEY, READ_ONLY_API_KEY = "simulated-console-key-full-4f1c", "simulated-console-key-read-9b7e"

PROVIDER = "1a6c5d0e-40cb-4f5c-8d63-2f0a9b6d7c11"
ALPHA = "79817d6d-4b00-4e22-b673-8758f02fa0ef"
BETA = "5b0d3c58-6f0e-4f2b-9d3b-2c1f4c9a7e22"
GAMMA = "c3f7e1a4-7d52-4f7e-8a0f-6b4d5e3f2a33"
ADMIN_UID = "0f8d6a52-93b1-4f8e-9c27-5e1d3b7a4c44"
ALPHA_LOCATION = "2d4b8f63-1c7a-4e95-b6d0-8f3e5a9c1b55"
BETA_LOCATION = "8e1f5c74-2a9b-4d06-a7e3-9c4f6b0d2e66"
SITE = "c1380870-637a-4ad5-a5a3-5636ac836372"
TENANT_RESOURCE = "36b5f43f-c740-454f-8ac3-eb284b636460"
AGENT = "d5420895-3c97-44d3-b767-24797d879c06"
BACKUP_SERVER = "6c9e2b15-7d4f-4a83-8e01-3b5a7c9d1f77"

ORGANIZATIONS = (
    (PROVIDER, "Provider", "provider", "Provider", None),
    (GAMMA, "Gamma", "gamma", "Reseller", None),
    (ALPHA, "Alpha", "alpha", "Company", None),
    (BETA, "Beta", "beta", "Company", GAMMA),
)
RULES: tuple[tuple[str, str, str, dict[str, str | None]], ...] = (
    ("S-1-0-0", "Administrators", "portalAdministrator", {"type": "all", "objectUid": None}),
    ("S-1-0-1", "Site Administrators", "siteAdministrator", {"type": "cloudConnect", "objectUid": SITE}),
)
"""Rules that a console has from its installation, with SIDs that no directory gives."""
OWNERS = (
    ("3e7a9d26-5b1c-4c48-9f02-7d6e8a0b4c88", ALPHA, "alpha.owner", "CompanyOwner"),
    ("4f8b0e37-6c2d-4d59-8a13-8e7f9b1c5d99", BETA, "beta.owner", "CompanyOwner"),
    ("5a9c1f48-7d3e-4e6a-9b24-9f80ac2d6eaa", GAMMA, "gamma.owner", "ResellerOwner"),
)
