"""What a server is installed with."""

from __future__ import annotations

ADMIN, ADMIN_PASSWORD = "LAB\\svc-backup", "Simulated-Serv3r"
APPLIANCE = {"type": "Linux", "username": "root", "description": "Helper appliance credentials"}
"""Credentials that the product brought along."""
ADMINISTRATORS = {"english": "BUILTIN\\Administrators", "german": "VORDEFINIERT\\Administratoren"}
CONSOLE = "LAB\\console"
"""Who is busy in the console where nobody says who."""
