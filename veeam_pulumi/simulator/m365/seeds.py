"""What a server is installed with: two organizations, and what their directories hold."""

from __future__ import annotations

ADMIN, ADMIN_PASSWORD = "LAB\\svc-backup", "Simulated-M365-Server"
INSTALLATION = "8a4c1d7e-2b90-4e13-9f6d-5c3b7a1e0d42"
CONTOSO, FABRIKAM = "0f3b6c1a-5d24-4b8e-a7c9-1e2d3f4a5b60", "6d1e9a47-8c35-4f02-b2d8-7a9b0c1d2e71"
ORGANIZATIONS = ((CONTOSO, "contoso.onmicrosoft.com"), (FABRIKAM, "fabrikam.onmicrosoft.com"))
# kind, number (of which the id is made), name, display name, type
PEOPLE = (
    ("User", 1, "jane@contoso.example", "Jane Doe", "User"),
    ("User", 2, "john@contoso.example", "John Roe", "User"),
    ("User", 3, "sales@contoso.example", "Sales mailbox", "Shared"),
    ("User", 4, "jane.doe@contoso.example", "Jane Doe", "User"),
    ("Group", 11, "desk@contoso.example", "Service desk", "Security"),
    ("Group", 12, "staff@contoso.example", "Staff", "Office365"),
    ("Site", 21, "https://contoso.example/sites/hr", "HR", ""),
    ("Site", 22, "https://contoso.example/sites/it", "IT", ""),
    ("Team", 31, "projects@contoso.example", "Projects", ""),
)
"""Of Contoso."""
ELSEWHERE = (("User", 41, "ann@fabrikam.example", "Ann Fox", "User"),)
"""Of Fabrikam."""


def object_id(number: int) -> str:
    return f"b{number:07d}-0000-4000-8000-000000000000"
