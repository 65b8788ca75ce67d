"""What an appliance is installed with."""

from __future__ import annotations

ADMIN, ADMIN_PASSWORD = "Admin", "Simulated-Appl1ance"
