"""What a connection to Service Provider Console has beside the common settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr

from ...server.settings import Credential, Settings


class VspcSettings(Settings):
    """The settings of a connection to Service Provider Console."""

    token: Annotated[SecretStr | None, Credential(in_header=True)] = Field(
        None, description="An API key instead of user name and password, as a secret."
    )
    read_only: bool = Field(
        False,
        description="Ask for a token that only reads (consoles from 9.0 on), or say that the API key is one. For a "
        "connection that serves refreshes alone.",
    )
