"""Veeam Backup & Replication."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi import Input, Output, ResourceOptions
from pulumi.dynamic import Resource

from ..products.vbr.user import AccountType, Type
from . import certificate
from .provider import declares, existing

__all__ = ["ServerCertificate", "User", "get_server_certificate"]


class User(Resource, module="veeam/vbr", name="User"):
    """A user or group of a backup server: roles for an account that exists in Windows or a directory.

    The server never makes the account itself, and never deletes it. Needs VBR 13.0.1 (build 13.0.1.180) for
    `/api/v1/security/users`, the dialect `security`, or a server with `/api/v1/users`, the dialect `users`. The id is
    the server's UUID.
    """

    name: Output[str]
    r"""The account: `DOMAIN\user`, `user@domain.tld`, or `.\user` on an appliance. Case does not matter."""
    roles: Output[Sequence[str]]
    """Names or ids of roles, at least one; in the dialect `users` exactly one. Order, case and a leading `Veeam ` do
    not matter."""
    type: Output[str]
    """Where the account is: internal is Windows or Active Directory, external an identity provider. The dialect `users`
    has internal users only. `InternalUser`, `InternalGroup`, `ExternalUser` or `ExternalGroup`."""
    is_service_account: Output[bool]
    """Logs in without a second factor. Not for groups. Dialect `security` only."""
    description: Output[str]
    """Any text. Dialect `users` only."""
    account_type: Output[str | None]
    """Left out, it follows from the name. Dialect `users` only. `Local` or `ActiveDirectory`."""
    is_enabled: Output[bool]
    """Whether the account can log in. Dialect `users` only."""
    role_ids: Output[dict[str, str]]
    """The server's id of each role, by the role as written."""
    resolved_name: Output[str]
    """The account as the server names it."""
    mfa_enabled: Output[bool | None]
    """Whether the account has a second factor; none before 13.1, which does not say so."""
    server: Output[str]
    """`host:port` of the server."""

    @declares("vbr.User")
    def __init__(
        self,
        resource_name: str,
        *,
        name: Input[str],
        roles: Input[Sequence[Input[str]]],
        type: Input[Type] = "InternalUser",
        is_service_account: Input[bool] = False,
        description: Input[str] = "",
        account_type: Input[AccountType] | None = None,
        is_enabled: Input[bool] = True,
        connection: Input[str] = "vbr",
        adopt: Input[bool] = False,
        opts: ResourceOptions | None = None,
    ) -> None:
        r"""
        :param name: The account: `DOMAIN\user`, `user@domain.tld`, or `.\user` on an appliance. Case does not matter. A
            change replaces the object.
        :param roles: Names or ids of roles, at least one; in the dialect `users` exactly one. Order, case and a leading
            `Veeam ` do not matter.
        :param type: Where the account is: internal is Windows or Active Directory, external an identity provider. The
            dialect `users` has internal users only. `InternalUser`, `InternalGroup`, `ExternalUser` or `ExternalGroup`.
            A change replaces the object.
        :param is_service_account: Logs in without a second factor. Not for groups. Dialect `security` only.
        :param description: Any text. Dialect `users` only.
        :param account_type: Left out, it follows from the name. Dialect `users` only. `Local` or `ActiveDirectory`. A
            change replaces the object.
        :param is_enabled: Whether the account can log in. Dialect `users` only.
        :param connection: The name of the connection to the server.
        :param adopt: Take over an object that the server has already, as it is, and keep whatever is left out here; it
            is never deleted.
        """

    @classmethod
    def get(
        cls, resource_name: str, id: pulumi.Input[str], connection: str = "vbr", opts: ResourceOptions | None = None
    ) -> User:
        """Reads the existing user with the UUID `id`; never writes it. One that is absent is an error."""
        return existing(cls, "vbr.User", resource_name, id, connection, opts)


class ServerCertificate(Resource, module="veeam/vbr", name="ServerCertificate"):
    """The certificate that a backup server shows, as the server tells it over the connection, which checks it.

    Read at the first `up` and by every refresh, remembered in state: a preview sends no request, and a renewed
    certificate is seen by `--refresh`. Nothing is ever written to the server. The id is the server's `host:port`.
    """

    thumbprint: Output[str]
    """SHA-1, 40 upper-case hexadecimal digits: what `em.BackupServer` takes as `vbr_certificate_thumbprint`."""
    subject: Output[str | None]
    """The distinguished name of the server."""
    issued_to: Output[str | None]
    """To whom it was issued."""
    issued_by: Output[str | None]
    """Who issued it."""
    valid_from: Output[str | None]
    """The beginning of its validity, ISO 8601."""
    valid_to: Output[str | None]
    """The end of its validity, ISO 8601."""
    serial_number: Output[str | None]
    """Its serial number."""
    server: Output[str]
    """`host:port` of the backup server."""

    def __init__(
        self, resource_name: str, *, connection: Input[str] = "vbr", opts: ResourceOptions | None = None
    ) -> None:
        """
        :param connection: The connection of the backup server.
        """
        certificate.declare(self, resource_name, connection, opts)


def get_server_certificate(connection: str = "vbr", opts: ResourceOptions | None = None) -> ServerCertificate:
    """The certificate of a connection's backup server: a `ServerCertificate`, declared once however often it is asked.

    The resource is called `certificate-of-` and the connection; `opts` count where it is asked first.
    """
    run = pulumi.runtime.get_root_resource()  # one process may run several programs, one after another
    known: dict[str, ServerCertificate] = vars(run).setdefault("_veeam_certificates", {}) if run else {}
    if connection not in known:
        known[connection] = ServerCertificate(f"certificate-of-{connection}", connection=connection, opts=opts)
    return known[connection]
