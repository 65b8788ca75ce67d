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
    """Lower-case Latin letters, digits, `_`, `-`, and `$` at the end; at most 32 characters; not `admin` since 5a."""
    description: Output[str]
    """Any text, at most 255 characters."""
    mfa_enabled: Output[bool]
    """Whether the user has a second factor."""
    is_default: Output[bool]
    """Whether it is the appliance's default administrator."""
    role: Output[str | None]
    """The role, where an answer names it; else the one that the user got when it was created; none where nothing
    told."""
    server: Output[str]
    """`host:port` of the server."""

    @declares("aws.User")
    def __init__(
        self,
        resource_name: str,
        *,
        name: Input[str],
        password: Input[str] | None = None,
        description: Input[str] = "",
        current_password: Input[str] | None = None,
        verify_password: Input[bool] = False,
        connection: Input[str] = "aws",
        adopt: Input[bool] = False,
        opts: ResourceOptions | None = None,
    ) -> None:
        """
        :param name: Lower-case Latin letters, digits, `_`, `-`, and `$` at the end; at most 32 characters; not `admin`
            since 5a. A change replaces the object.
        :param password: Required unless `adopt`. The password; the server's rules for it depend on its version.
        :param description: Any text, at most 255 characters.
        :param current_password: The password that the server has now, where the state does not know it: to set the
            first one.
        :param verify_password: Log in with the password once after it was set, and out again; one that does not let in
            is an error. An account that is disabled, or needs a second factor, is not tried.
        :param connection: The name of the connection to the server.
        :param adopt: Take over an object that the server has already, as it is, and keep whatever is left out here; it
            is never deleted.
        """

    @classmethod
    def get(
        cls, resource_name: str, id: pulumi.Input[str], connection: str = "aws", opts: ResourceOptions | None = None
    ) -> User:
        """Reads the existing user whose name is `id`; never writes it. One that is absent is an error."""
        return existing(cls, "aws.User", resource_name, id, connection, opts)
