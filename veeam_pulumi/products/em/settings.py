"""What a connection to Enterprise Manager has beside the common settings."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ...server.settings import Settings


class EmSettings(Settings):
    """The settings of a connection to Enterprise Manager."""

    format: Literal["json", "xml"] = Field(
        "json", description="What is sent and asked for. `xml` is for a server whose JSON does not work."
    )
