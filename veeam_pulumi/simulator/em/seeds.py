"""What a server is installed with."""

from __future__ import annotations

ADMIN, ADMIN_PASSWORD = "LAB\\svc-backup", "Simulated-M4nager"
ADMINISTRATORS = "BUILTIN\\Administrators"
