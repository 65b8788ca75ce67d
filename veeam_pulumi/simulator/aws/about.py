"""What the appliance says about itself."""

from __future__ import annotations

from ..routing import Call, Reply
from .server import Server


def version(server: Server, call: Call) -> Reply:
    """Documented since 2.0, with both fields. assumed: their texts; that every role may ask."""
    return Reply(200, {"about": "Veeam Backup for AWS", "version": server.settings.text("release")})
