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
    """What to log in with: at most 32 Latin letters, digits, `_` and `-`; of a user of an identity provider what that
    calls them."""
    role: Output[str]
    """What the user may do; the first two can delete backups. `PortalAdmin`, `PortalOperator`, `RestoreOperator` or
    `ReadOnlyUser`."""
    description: Output[str]
    """Letters, digits, dots, commas and spaces."""
    type: Output[str]
    """Who keeps the password: the appliance or an identity provider. `Internal` or `IdentityProvider`."""
    identity_provider_entity_id: Output[str | None]
    """The identity provider of a user of the type IdentityProvider, by its entity id."""
    mfa_enabled: Output[bool]
    """Whether the user has a second factor."""
    is_default: Output[bool]
    """Whether it is the appliance's default administrator."""
    server: Output[str]
    """`host:port` of the server."""

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
        verify_password: Input[bool] = False,
        connection: Input[str] = "azure",
        adopt: Input[bool] = False,
        opts: ResourceOptions | None = None,
    ) -> None:
        """
        :param name: What to log in with: at most 32 Latin letters, digits, `_` and `-`; of a user of an identity
            provider what that calls them. A change replaces the object.
        :param role: What the user may do; the first two can delete backups. `PortalAdmin`, `PortalOperator`,
            `RestoreOperator` or `ReadOnlyUser`.
        :param password: The password; needed to create a user of the type Internal.
        :param description: Letters, digits, dots, commas and spaces.
        :param type: Who keeps the password: the appliance or an identity provider. `Internal` or `IdentityProvider`. A
            change replaces the object.
        :param identity_provider_entity_id: The identity provider of a user of the type IdentityProvider, by its entity
            id. A change replaces the object.
        :param verify_password: Log in with the password once after it was set, and out again; one that does not let in
            is an error. An account that is disabled, or needs a second factor, is not tried.
        :param connection: The name of the connection to the server.
        :param adopt: Take over an object that the server has already, as it is, and keep whatever is left out here; it
            is never deleted.
        """

    @classmethod
    def get(
        cls, resource_name: str, id: pulumi.Input[str], connection: str = "azure", opts: ResourceOptions | None = None
    ) -> User:
        """Reads the existing user whose id is `id`; never writes it. One that is absent is an error."""
        return existing(cls, "azure.User", resource_name, id, connection, opts)
