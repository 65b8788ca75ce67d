"""What a server is installed with."""

from __future__ import annotations

ADMIN, ADMIN_PASSWORD = "LAB\\svc-backup", "Simulated-Serv3r"
APPLIANCE = {"type": "Linux", "username": "root", "description": "Helper appliance credentials"}
"""Credentials that the product brought along."""
ADMINISTRATORS = {"english": "BUILTIN\\Administrators", "german": "VORDEFINIERT\\Administratoren"}
CONSOLE = "LAB\\console"
"""Who is busy in the console where nobody says who."""
LISTED = (
    {"type": "WindowsHost", "name": "vbr01.lab.local", "isBackupServer": True, "description": "Backup server"},
    {"type": "ProxmoxNode", "name": "pve01.lab.local"},
)
"""Where it lists itself: its own row, and one of a type that no contract has a model of (1.3-rev2)."""
