"""What the appliance says about itself."""

from __future__ import annotations

from ..routing import Call, Reply
from . import seeds
from .server import Server


def about(server: Server, call: Call) -> Reply:
    body = {
        "serverVersion": server.settings.release.build,
        "workerVersion": server.settings.release.build,
        "flrVersion": server.settings.release.build,
        "databaseId": "5d9d1c8e-0b7f-4b6f-9e55-7f0b8c2a4d10",
        "copyright": None,
        "deploymentSubscriptionId": "c7a1f9d2-3b60-4f3e-8a51-2f6d0e9b7c33",
    }
    return Reply(200, body)


def service_is_up(server: Server, call: Call) -> Reply:
    return Reply(200)


def identity_provider(server: Server, call: Call) -> Reply:
    """assumed: nulls where none is set up (the contract declares 200 alone; elsewhere 204 is named)."""
    if server.settings.text("idp") == "none":
        return Reply(200, {"entityId": None, "loginUrl": None, "enabled": None})
    login = f"{seeds.IDENTITY_PROVIDER}/login"
    return Reply(200, {"entityId": seeds.IDENTITY_PROVIDER, "loginUrl": login, "enabled": True})
