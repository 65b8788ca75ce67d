"""What the server says about itself."""

from __future__ import annotations

from ..routing import Call, Reply
from . import seeds
from .server import Server


def service_instance(server: Server, call: Call) -> Reply:
    return Reply(200, {"installationId": seeds.INSTALLATION, "version": server.settings.release.build})


def health(server: Server, call: Call) -> Reply:
    """Since v8."""
    if call.revision != "v8":
        return Reply(404)
    return Reply(200, {"status": "Healthy", "entries": {"PostgreSql": {"status": "Healthy", "description": None}}})
