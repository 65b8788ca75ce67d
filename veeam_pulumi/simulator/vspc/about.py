"""What the console says about itself."""

from __future__ import annotations

from ..routing import Call, Reply
from . import answers
from .server import Server


def about(server: Server, call: Call) -> Reply:
    body = {
        "installationId": "57b3a6f8-64ee-495e-ad69-5aee5776f0f8",
        "installationDate": "2025-01-15T09:00:00.0000000+00:00",
        "actualVawVersion": None,
        "actualValVersion": None,
        "actualVamVersion": None,
        "serverVersion": server.settings.release.build,
    }
    agents = dict.fromkeys(f"{kind}ManagementAgentVersion" for kind in ("windows", "linux", "mac"))
    return answers.data(server, call, {**body, **dict.fromkeys(agents, server.settings.release.build)})
