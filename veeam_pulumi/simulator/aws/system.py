"""What the appliance says about itself."""

from __future__ import annotations

from ..exchange import Call, Reply
from .room import Appliance


def version(room: Appliance, call: Call) -> Reply:
    """Documented since 2.0, with both fields. assumed: their texts; that every role may ask."""
    return Reply(200, {"about": "Veeam Backup for AWS", "version": room.settings.text("release")})
