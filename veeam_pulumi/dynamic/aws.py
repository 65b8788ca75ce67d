"""Veeam Backup for AWS."""

from __future__ import annotations

import pulumi
from pulumi import Input, Output, ResourceOptions
from pulumi.dynamic import Resource

from .provider import declares, existing

__all__ = ["User"]


class User(Resource, module="veeam/aws", name="User"):
    """A user of a Backup for AWS appliance, with the server's default role.

    The API revision that is known whole (1.0-rev0) has no role to choose: a user made by it gets the server's default,
    **probably full administration**. The id is the name. Passwords are never returned by the server: a password that
    somebody else changed cannot be seen.
    """

    name: Output[str]
    """The user name."""
    description: Output[str]
    """The description."""
    mfa_enabled: Output[bool]
    """Whether the user has a second factor."""
    is_default: Output[bool]
    """Whether this is the appliance's default administrator."""
    role: Output[str | None]
    """The role as the server names it, where it does."""
    server: Output[str]
    """`host:port` of the server that the user is on."""

    @declares("aws.User")
    def __init__(
        self,
        resource_name: str,
        *,
        name: Input[str],
        password: Input[str] | None = None,
        description: Input[str] = "",
        current_password: Input[str] | None = None,
        connection: Input[str] = "aws",
        adopt: Input[bool] = False,
        opts: ResourceOptions | None = None,
    ) -> None:
        r"""
        :param name: The user name: lower-case Latin letters, digits, `_`, `-`, and `$` at the end; at most 32
            characters. A change replaces the user.
        :param password: Required unless `adopt`. The password; the server's rules for it depend on its version. A
            change is one request.
        :param description: At most 255 characters.
        :param current_password: The password that an adopted user has now; needed once, to set the first new one.
        :param connection: The connection of the appliance.
        :param adopt: Take over a user of that name as it is, and keep whatever is left out here; it is never deleted.
        """

    @classmethod
    def get(
        cls, resource_name: str, id: pulumi.Input[str], connection: str = "aws", opts: ResourceOptions | None = None
    ) -> User:
        """Reads the existing user whose name is `id`; never writes it. One that is absent is an error."""
        return existing(cls, "aws.User", resource_name, id, connection, opts)
