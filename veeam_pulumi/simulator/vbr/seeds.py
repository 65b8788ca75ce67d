"""What a server is installed with."""

from __future__ import annotations

ADMIN, ADMIN_PASSWORD = "LAB\\svc-backup", "Simulated-Serv3r"
ADMINISTRATORS = {"english": "BUILTIN\\Administrators", "german": "VORDEFINIERT\\Administratoren"}
CONSOLE = "LAB\\console"
"""Who is busy in the console where nobody says who."""
