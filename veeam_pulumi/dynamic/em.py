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
    """The name as the program writes it."""
    roles: Output[list[str]]
    """The names of the roles."""
    type: Output[str]
    """What the name stands for."""
    allow_restore_all_vms: Output[bool]
    """Whether every machine may be restored."""
    restore_scopes: Output[list[str]]
    """What may be restored where not everything may, as of the last apply."""
    flr_in_place_only: Output[bool]
    """Whether files may only be restored to where they were."""
    flr_extensions: Output[str]
    """The extensions that file restores are limited to."""
    sql_deny_in_place: Output[bool]
    """Whether databases may not be restored to where they were."""
    resolved_name: Output[str]
    """The name as Enterprise Manager shows it."""
    uid: Output[str]
    """`urn:veeam:EnterpriseAccount:` and the id, as other requests want it."""
    server: Output[str]
    """`host:port` of the Enterprise Manager."""

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
            user. Another name is another account: the old one is deleted first.
        :param roles: The names of one or more roles, such as `Portal User`.
        :param type: What the name stands for. Another type replaces the account.
        :param allow_restore_all_vms: Whether every machine may be restored.
        :param restore_scopes: What may be restored where not everything may: references of hierarchy objects. The
            server never shows them again: what somebody else changes there cannot be seen. Needs Enterprise Plus.
        :param flr_in_place_only: Whether files may only be restored to where they were. A change replaces the account.
        :param flr_extensions: The extensions that file restores are limited to: `doc,pptx`. A change replaces the
            account.
        :param sql_deny_in_place: Whether databases may not be restored to where they were. A change replaces the
            account.
        :param connection: The connection of the Enterprise Manager.
        :param adopt: Take over an account of that name as it is, and keep whatever is left out here; it is never
            deleted.
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
    """The address as the program writes it."""
    username: Output[str]
    """The account that Enterprise Manager connects with, as of the last apply."""
    description: Output[str]
    """The description."""
    port: Output[int | None]
    """The port for connecting."""
    wcf_port: Output[int | None]
    """The port for collecting data."""
    vbr_certificate_thumbprint: Output[str | None]
    """The SHA-1 fingerprint of the backup server's certificate."""
    name: Output[str]
    """The name that Enterprise Manager shows: the address as a rule."""
    uid: Output[str]
    """`urn:veeam:BackupServer:` and the id, as other requests want it."""
    version: Output[str | None]
    """The build of the backup server; nothing while Enterprise Manager has not reached it."""
    server: Output[str]
    """`host:port` of the Enterprise Manager."""

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
        :param dns_name_or_ip_address: DNS name or IP address of the backup server; of a cluster its virtual one.
        :param username: An administrator of the backup server: `DOMAIN\user`, `HOST\user`, or
            `user@DOMAIN` where Enterprise Manager or the backup server runs on Linux.
        :param password: Required unless `adopt`. That account's password. It is sent when the server is added, and when
            it or the user name changes.
        :param description: A description.
        :param port: The port for connecting, 443 on an appliance. Left out, 9392 is sent at create, and what the
            server has is kept.
        :param wcf_port: The port for collecting data, such as 9405; the server chooses when left out.
        :param vbr_certificate_thumbprint: SHA-1 fingerprint of the backup server's certificate, 40 hexadecimal digits;
            the server stores what it was shown when left out.
        :param connection: The connection of the Enterprise Manager.
        :param adopt: Take over a server of that address as it is, and keep whatever is left out here; it is never
            removed.
        """

    @classmethod
    def get(
        cls, resource_name: str, id: pulumi.Input[str], connection: str = "em", opts: ResourceOptions | None = None
    ) -> BackupServer:
        """Reads the existing backup server whose GUID is `id`; never writes it. One that is absent is an error."""
        return existing(cls, "em.BackupServer", resource_name, id, connection, opts)
