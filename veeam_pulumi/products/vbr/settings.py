"""What a connection to Backup & Replication has beside the common settings."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ...server.settings import Settings


class VbrSettings(Settings):
    """The settings of a connection to Backup & Replication."""

    api: Literal["auto", "security", "users"] = Field(
        "auto",
        description="The dialect of its users API; `auto` asks the server once, 13.0.1 and later have `security`.",
    )
