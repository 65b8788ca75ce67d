"""Veeam Backup Enterprise Manager."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pulumi
from pulumi import Input, Output, ResourceOptions
from pulumi.dynamic import Resource

from .provider import declares, existing

__all__ = ["Account", "BackupServer"]

Type = Literal["User", "Group", "ExternalUser", "ExternalGroup"]
Role = Literal[
    "Portal Administrator",
    "Portal User",
    "VM Restore Operator",
    "File Restore Operator",
    "Exchange Restore Operator",
    "Oracle Restore Operator",
    "SQL Restore Operator",
]


class Account(Resource, module="veeam/em", name="Account"):
    """An account of Enterprise Manager: a person or group of a directory, and what they may do there.

    A Portal Administrator of Enterprise Manager acts on every backup server below it. The id is the account's GUID.
    Enterprise Manager keeps no password: it asks Windows or the directory.
    """

    name: Output[str]
    r"""`DOMAIN\name`; `name@DOMAIN` where Enterprise Manager runs on Linux; `name@suffix` for an external user. Case
    does not matter."""
    roles: Output[list[str]]
    """One or more of the roles. `Portal Administrator`, `Portal User`, `VM Restore Operator`, `File Restore Operator`,
    `Exchange Restore Operator`, `Oracle Restore Operator` or `SQL Restore Operator`."""
    type: Output[str]
    """What the name stands for. `User`, `Group`, `ExternalUser` or `ExternalGroup`."""
    allow_restore_all_vms: Output[bool]
    """Whether every machine may be restored."""
    restore_scopes: Output[list[str]]
    """What may be restored where not everything may: references of hierarchy objects. The server never shows them
    again: what somebody else changes there cannot be seen. Needs Enterprise Plus."""
    flr_in_place_only: Output[bool]
    """Whether files may only be restored to where they were."""
    flr_extensions: Output[str]
    """The extensions that file restores are limited to, with commas between them: `doc,pptx`."""
    sql_deny_in_place: Output[bool]
    """Whether databases may not be restored to where they were."""
    resolved_name: Output[str]
    """The name as Enterprise Manager shows it, which may be in another form."""
    uid: Output[str]
    """`urn:veeam:EnterpriseAccount:` and the id, as other requests want it."""
    server: Output[str]
    """`host:port` of the server."""

    @declares("em.Account")
    def __init__(
        self,
        resource_name: str,
        *,
        name: Input[str],
        roles: Input[Sequence[Input[Role]]],
        type: Input[Type] = "User",
        allow_restore_all_vms: Input[bool] = True,
        restore_scopes: Input[Sequence[Input[str]]] = (),
        flr_in_place_only: Input[bool] = False,
        flr_extensions: Input[str] = "",
        sql_deny_in_place: Input[bool] = False,
        connection: Input[str] = "em",
        adopt: Input[bool] = False,
        opts: ResourceOptions | None = None,
    ) -> None:
        r"""
        :param name: `DOMAIN\name`; `name@DOMAIN` where Enterprise Manager runs on Linux; `name@suffix` for an external
            user. Case does not matter. A change replaces the object.
        :param roles: One or more of the roles. `Portal Administrator`, `Portal User`, `VM Restore Operator`, `File
            Restore Operator`, `Exchange Restore Operator`, `Oracle Restore Operator` or `SQL Restore Operator`.
        :param type: What the name stands for. `User`, `Group`, `ExternalUser` or `ExternalGroup`. A change replaces the
            object.
        :param allow_restore_all_vms: Whether every machine may be restored.
        :param restore_scopes: What may be restored where not everything may: references of hierarchy objects. The
            server never shows them again: what somebody else changes there cannot be seen. Needs Enterprise Plus.
        :param flr_in_place_only: Whether files may only be restored to where they were. A change replaces the object.
        :param flr_extensions: The extensions that file restores are limited to, with commas between them: `doc,pptx`. A
            change replaces the object.
        :param sql_deny_in_place: Whether databases may not be restored to where they were. A change replaces the
            object.
        :param connection: The name of the connection to the server.
        :param adopt: Take over an object that the server has already, as it is, and keep whatever is left out here; it
            is never deleted.
        """

    @classmethod
    def get(
        cls, resource_name: str, id: pulumi.Input[str], connection: str = "em", opts: ResourceOptions | None = None
    ) -> Account:
        """Reads the existing account whose GUID is `id`; never writes it. One that is absent is an error."""
        return existing(cls, "em.Account", resource_name, id, connection, opts)


class BackupServer(Resource, module="veeam/em", name="BackupServer"):
    """A backup server that an Enterprise Manager collects data from.

    The id is the server's GUID. Enterprise Manager never returns the address, the user name or the password: what
    somebody else changed there cannot be seen. Removing it from Enterprise Manager leaves the backup server itself as
    it is.
    """

    dns_name_or_ip_address: Output[str]
    """DNS name, IPv4 or IPv6 address of the backup server; of a cluster its virtual one. Case does not matter."""
    username: Output[str]
    r"""An administrator of the backup server: `DOMAIN\name`, `HOST\name`, or `name@DOMAIN` where Enterprise Manager or
    the backup server runs on Linux."""
    description: Output[str]
    """Any text."""
    port: Output[int | None]
    """The port for connecting: 9392 on Windows, **443 on an appliance**. Left out, 9392 is sent at create, and what the
    server has is kept."""
    wcf_port: Output[int | None]
    """The port for collecting data, such as 9405; the server chooses when left out."""
    vbr_certificate_thumbprint: Output[str | None]
    """SHA-1 fingerprint of the backup server's certificate: 40 hexadecimal digits; colons, blanks and case do not
    matter. Left out, the server stores what it was shown."""
    name: Output[str]
    """The name that Enterprise Manager shows: the address as a rule."""
    uid: Output[str]
    """`urn:veeam:BackupServer:` and the id, as other requests want it."""
    version: Output[str | None]
    """The build of the backup server; none until Enterprise Manager has reached it."""
    server: Output[str]
    """`host:port` of the server."""

    @declares("em.BackupServer")
    def __init__(
        self,
        resource_name: str,
        *,
        dns_name_or_ip_address: Input[str],
        username: Input[str],
        password: Input[str] | None = None,
        description: Input[str] = "",
        port: Input[int] | None = None,
        wcf_port: Input[int] | None = None,
        vbr_certificate_thumbprint: Input[str] | None = None,
        connection: Input[str] = "em",
        adopt: Input[bool] = False,
        opts: ResourceOptions | None = None,
    ) -> None:
        r"""
        :param dns_name_or_ip_address: DNS name, IPv4 or IPv6 address of the backup server; of a cluster its virtual
            one. Case does not matter.
        :param username: An administrator of the backup server: `DOMAIN\name`, `HOST\name`, or `name@DOMAIN` where
            Enterprise Manager or the backup server runs on Linux.
        :param password: Required unless `adopt`. That account's password. It is sent when the server is added, and when
            it or the user name changes.
        :param description: Any text.
        :param port: The port for connecting: 9392 on Windows, **443 on an appliance**. Left out, 9392 is sent at
            create, and what the server has is kept.
        :param wcf_port: The port for collecting data, such as 9405; the server chooses when left out.
        :param vbr_certificate_thumbprint: SHA-1 fingerprint of the backup server's certificate: 40 hexadecimal digits;
            colons, blanks and case do not matter. Left out, the server stores what it was shown.
        :param connection: The name of the connection to the server.
        :param adopt: Take over an object that the server has already, as it is, and keep whatever is left out here; it
            is never deleted.
        """

    @classmethod
    def get(
        cls, resource_name: str, id: pulumi.Input[str], connection: str = "em", opts: ResourceOptions | None = None
    ) -> BackupServer:
        """Reads the existing backup server whose GUID is `id`; never writes it. One that is absent is an error."""
        return existing(cls, "em.BackupServer", resource_name, id, connection, opts)
