"""Veeam Backup for Microsoft Azure."""

from __future__ import annotations

from typing import Literal

import pulumi
from pulumi import Input, Output, ResourceOptions
from pulumi.dynamic import Resource

from .provider import declares, existing

__all__ = ["User"]

Role = Literal["PortalAdmin", "PortalOperator", "RestoreOperator", "ReadOnlyUser"]
Type = Literal["Internal", "IdentityProvider"]


class User(Resource, module="veeam/azure", name="User"):
    """A user of a Backup for Azure appliance.

    The id is the server's own. Passwords are never returned: what somebody else changed there cannot be seen.
    """

    name: Output[str]
    """The name to log in with."""
    role: Output[str]
    """The role."""
    description: Output[str]
    """The description."""
    type: Output[str]
    """Who keeps the password."""
    identity_provider_entity_id: Output[str | None]
    """The identity provider of a user of the type IdentityProvider."""
    mfa_enabled: Output[bool]
    """Whether the user has a second factor."""
    is_default: Output[bool]
    """Whether it is the appliance's default administrator."""
    server: Output[str]
    """`host:port` of the appliance."""

    @declares("azure.User")
    def __init__(
        self,
        resource_name: str,
        *,
        name: Input[str],
        role: Input[Role],
        password: Input[str] | None = None,
        description: Input[str] = "",
        type: Input[Type] = "Internal",
        identity_provider_entity_id: Input[str] | None = None,
        connection: Input[str] = "azure",
        adopt: Input[bool] = False,
        opts: ResourceOptions | None = None,
    ) -> None:
        """
        :param name: The name to log in with: at most 32 Latin letters, digits, `_` and `-`; of a user of an identity
            provider what that calls them. A change replaces the user.
        :param role: The role. PortalAdmin and PortalOperator can delete backups.
        :param password: The password; needed to create a user of the type Internal.
        :param description: A description: letters, digits, dots, commas and spaces.
        :param type: Who keeps the password: the appliance or an identity provider. A change replaces the user.
        :param identity_provider_entity_id: The identity provider of a user of the type IdentityProvider. A change
            replaces the user.
        :param connection: The connection of the appliance.
        :param adopt: Take over a user of that name instead of refusing; such a user is never deleted.
        """

    @classmethod
    def get(
        cls, resource_name: str, id: pulumi.Input[str], connection: str = "azure", opts: ResourceOptions | None = None
    ) -> User:
        """Reads the existing user whose id is `id`; never writes it. One that is absent is an error."""
        return existing(cls, "azure.User", resource_name, id, connection, opts)
