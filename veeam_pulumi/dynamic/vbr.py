"""Veeam Backup & Replication."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

import pulumi
from pulumi import Input, Output, ResourceOptions
from pulumi.dynamic import Resource

from ..products.vbr.credential import AuthenticationType, Encoding
from ..products.vbr.credential import Type as CredentialType
from ..products.vbr.scopes import WorkloadType
from ..products.vbr.server_types import StorageType
from ..products.vbr.server_types import Type as ServerType
from ..products.vbr.user import AccountType, Type
from . import certificate
from .provider import declares, existing

__all__ = [
    "Backup",
    "Computer",
    "Credential",
    "InventoryObject",
    "InventoryScope",
    "Job",
    "ManagedServer",
    "NetworkSettings",
    "Repository",
    "RepositoryScope",
    "RestoreBackupScope",
    "RestoreOptions",
    "RestorePermissionsScope",
    "RestoreTargetScope",
    "RestoreTargets",
    "Role",
    "ServerCertificate",
    "Share",
    "SingleUseCredentials",
    "SshSettings",
    "User",
    "Workload",
    "get_server_certificate",
]


class _BackupNeeds(TypedDict):
    backup_id: Input[str]
    """UUID of the backup."""


class Backup(_BackupNeeds, total=False):
    """A backup that a role reaches."""

    backup_name: Input[str]
    """Its name, for people: not compared."""


class _JobNeeds(TypedDict):
    job_id: Input[str]
    """UUID of the job."""


class Job(_JobNeeds, total=False):
    """A job that a role reaches."""

    job_name: Input[str]
    """Its name, for people: not compared."""


class _ShareNeeds(TypedDict):
    server_id: Input[str]
    """UUID of the server."""
    folder: Input[str]
    """The folder, share or bucket."""


class Share(_ShareNeeds, total=False):
    """Unstructured data, or object storage, that a role reaches."""

    server_name: Input[str]
    """Its name, for people: not compared."""


class Computer(TypedDict):
    """A computer, group or container that a role reaches."""

    id: Input[str]
    """UUID of the computer, group or container."""
    name: Input[str]
    """Its name, for people: not compared."""
    type: Input[str]
    """What it is: `WindowsComputer`, `ProtectionGroup` and so on, as in the contract."""
    protection_group_id: Input[str]
    """UUID of its protection group."""


class InventoryObject(TypedDict, total=False):
    """An object of a virtual infrastructure, or an Entra ID tenant, that a role reaches. Its workload's type says what
    is needed."""

    name: Input[str]
    """The name in the inventory."""
    type: Input[str]
    """What it is: `VirtualMachine`, `Cluster` and so on, as in the contract."""
    host_name: Input[str]
    """The server that shows it, such as a vCenter."""
    object_id: Input[str]
    """Its id on that server; none of a host itself."""
    cluster_id: Input[str]
    """The cluster, of Nutanix and Proxmox."""
    node_id: Input[str]
    """The node, of Proxmox."""
    prism_central_id: Input[str]
    """The Prism Central, of Nutanix."""
    id: Input[str]
    """UUID of an Entra ID tenant."""
    cache_repository_id: Input[str]
    """Its cache repository, of an Entra ID tenant."""


class _WorkloadNeeds(TypedDict):
    type: Input[WorkloadType]
    """Which of the lists counts. `Backups`, `VSphere`, `HyperV`, `Computers`, `UnstructuredData`, `ObjectStorage`,
    `Jobs`, `EntraIdTenant`, `Nutanix` or `Proxmox`."""


class Workload(_WorkloadNeeds, total=False):
    """Objects of one type. Ids tell them apart; names beside ids are for people, and not compared."""

    backups: Input[Sequence[Input[Backup]]]
    """Of the type `Backups`."""
    inventory_objects: Input[Sequence[Input[InventoryObject]]]
    """Of the types `VSphere`, `HyperV`, `Nutanix`, `Proxmox` and `EntraIdTenant`."""
    computers: Input[Sequence[Input[Computer]]]
    """Of the type `Computers`."""
    file_shares: Input[Sequence[Input[Share]]]
    """Of the type `UnstructuredData`."""
    object_storage_server: Input[Sequence[Input[Share]]]
    """Of the type `ObjectStorage`."""
    jobs: Input[Sequence[Input[Job]]]
    """Of the type `Jobs`."""


class _InventoryScopeNeeds(TypedDict):
    entire_inventory: Input[bool]
    """Everything in the inventory."""


class InventoryScope(_InventoryScopeNeeds, total=False):
    """What may be backed up."""

    workloads: Input[Sequence[Input[Workload]]]
    """Needed where `entire_inventory` is False."""


class _RepositoryNeeds(TypedDict):
    repository_id: Input[str]
    """UUID of the repository."""


class Repository(_RepositoryNeeds, total=False):
    """A repository that a role writes to."""

    repository_name: Input[str]
    """Its name, for people: not compared."""


class _RepositoryScopeNeeds(TypedDict):
    all_repositories: Input[bool]
    """Every repository."""


class RepositoryScope(_RepositoryScopeNeeds, total=False):
    """Where backups may be written to."""

    repositories: Input[Sequence[Input[Repository]]]
    """Needed where `all_repositories` is False."""


class _RestoreBackupScopeNeeds(TypedDict):
    entire_backup_scope: Input[bool]
    """Every backup; else the role's own, and `backup_sources`."""


class RestoreBackupScope(_RestoreBackupScopeNeeds, total=False):
    """Which backups may be restored."""

    backup_sources: Input[Sequence[Input[Workload]]]
    """What else may be restored."""


class _RestoreOptionsNeeds(TypedDict):
    all_options: Input[bool]
    """Every way of restoring."""


class RestoreOptions(_RestoreOptionsNeeds, total=False):
    """How may be restored."""

    restore_options: Input[Sequence[Input[str]]]
    """Needed where `all_options` is False: names that `GET /api/v1/security/restoreOptions` shows. Case does not
    matter."""


class RestorePermissionsScope(TypedDict):
    """What may be restored, and how."""

    restore_backup_scope: Input[RestoreBackupScope]
    """Which backups."""
    restore_options: Input[RestoreOptions]
    """How."""


class _RestoreTargetsNeeds(TypedDict):
    original_location: Input[bool]
    """Where it came from, and nowhere else."""


class RestoreTargets(_RestoreTargetsNeeds, total=False):
    """Where may be restored to, where not everywhere."""

    workloads: Input[Sequence[Input[Workload]]]
    """Needed where `original_location` is False."""


class _RestoreTargetScopeNeeds(TypedDict):
    entire_backup_scope: Input[bool]
    """Everywhere."""


class RestoreTargetScope(_RestoreTargetScopeNeeds, total=False):
    """Where may be restored to."""

    restore_targets: Input[RestoreTargets]
    """Needed where `entire_backup_scope` is False."""


class Role(Resource, module="veeam/vbr", name="Role"):
    """A custom role of a backup server: what its holders may back up and restore, from where and to where.

    Needs VBR 13.1 (build 13.1.0.411). A `vbr.User` takes it by its name or by its id, the server's UUID. A role that
    somebody holds is never deleted.
    """

    name: Output[str]
    """No other role of the server may have it, a built-in one neither. Case does not matter."""
    manage_backups: Output[bool]
    """Whether holders create and manage backup jobs."""
    manage_restores: Output[bool]
    """Whether holders restore."""
    inventory_scope: Output[dict[str, Any]]
    """What may be backed up."""
    repository_scope: Output[dict[str, Any]]
    """Where backups may be written to."""
    restore_permissions_scope: Output[dict[str, Any]]
    """What may be restored, and how."""
    restore_target_scope: Output[dict[str, Any]]
    """Where may be restored to."""
    description: Output[str]
    """Any text."""
    permissions: Output[Sequence[str]]
    """What the server says that the role may, in alphabetical order."""
    server: Output[str]
    """`host:port` of the server."""

    @declares("vbr.Role")
    def __init__(
        self,
        resource_name: str,
        *,
        name: Input[str],
        manage_backups: Input[bool],
        manage_restores: Input[bool],
        inventory_scope: Input[InventoryScope],
        repository_scope: Input[RepositoryScope],
        restore_permissions_scope: Input[RestorePermissionsScope],
        restore_target_scope: Input[RestoreTargetScope],
        description: Input[str] = "",
        connection: Input[str] = "vbr",
        adopt: Input[bool] = False,
        opts: ResourceOptions | None = None,
    ) -> None:
        """
        :param name: No other role of the server may have it, a built-in one neither. Case does not matter.
        :param manage_backups: Whether holders create and manage backup jobs.
        :param manage_restores: Whether holders restore.
        :param inventory_scope: What may be backed up.
        :param repository_scope: Where backups may be written to.
        :param restore_permissions_scope: What may be restored, and how.
        :param restore_target_scope: Where may be restored to.
        :param description: Any text.
        :param connection: The name of the connection to the server.
        :param adopt: Take over an object that the server has already, as it is, and keep whatever is left out here; it
            is never deleted.
        """

    @classmethod
    def get(
        cls, resource_name: str, id: pulumi.Input[str], connection: str = "vbr", opts: ResourceOptions | None = None
    ) -> Role:
        """Reads the existing custom role with the UUID `id`; never writes it. One that is absent is an error."""
        return existing(cls, "vbr.Role", resource_name, id, connection, opts)


class User(Resource, module="veeam/vbr", name="User"):
    """A user or group of a backup server: roles for an account that exists in Windows or a directory.

    The server never makes the account itself, and never deletes it. Needs VBR 13.0.1 (build 13.0.1.180) for
    `/api/v1/security/users`, the dialect `security`, or a server with `/api/v1/users`, the dialect `users`. The id is
    the server's UUID.
    """

    name: Output[str]
    r"""The account: `DOMAIN\name`, `name@domain.tld`, or `.\name` on an appliance. Case does not matter."""
    roles: Output[Sequence[str]]
    """Names or ids of roles, at least one, a `vbr.Role` by its id; in the dialect `users` exactly one. Order, case and
    a leading `Veeam ` do not matter."""
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
    custom_permissions: Output[dict[str, list[str]] | None]
    """Of custom roles that the account has: what the server says that they may, by the role's id."""
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
        :param name: The account: `DOMAIN\name`, `name@domain.tld`, or `.\name` on an appliance. Case does not matter. A
            change replaces the object.
        :param roles: Names or ids of roles, at least one, a `vbr.Role` by its id; in the dialect `users` exactly one.
            Order, case and a leading `Veeam ` do not matter.
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


class Credential(Resource, module="veeam/vbr", name="Credential"):
    """A credential that a backup server keeps: the account that it logs in to other machines with.

    It lets nobody log in to the backup server. The id is the server's UUID, which managed servers and jobs refer to.
    Secrets are never returned: what somebody else changed there cannot be seen. One that is in use is not deleted.
    """

    username: Output[str]
    r"""The account: `DOMAIN\name`, `name@domain.tld`, a local user, or `DOMAIN\account$` of the type `ManagedService`.
    Case does not matter, but for the type `Linux`."""
    type: Output[str]
    """What it is for: Windows, hypervisors and whatever else takes a password; Linux; or a managed service account,
    whose password the directory keeps (13.0 and later). `Standard`, `Linux` or `ManagedService`."""
    description: Output[str]
    """Any text. It tells credentials with the same user name and type apart."""
    authentication_type: Output[str]
    """How to log in to a Linux machine. Type `Linux` only. `Password` or `SshKey`."""
    ssh_port: Output[int]
    """The port of the SSH server. Type `Linux` only."""
    elevate_to_root: Output[bool]
    """Whether to work as root, with sudo. Type `Linux` only."""
    add_to_sudoers: Output[bool]
    """Whether to add the account to the sudoers file. Type `Linux` only."""
    use_su: Output[bool]
    """Whether to use `su` where sudo fails. Type `Linux` only."""
    unique_id: Output[str | None]
    """The text that the credential was created under."""
    creation_time: Output[str | None]
    """When it was made, as the server writes it."""
    server: Output[str]
    """`host:port` of the server."""

    @declares("vbr.Credential")
    def __init__(
        self,
        resource_name: str,
        *,
        username: Input[str],
        type: Input[CredentialType] = "Standard",
        description: Input[str] = "",
        password: Input[str] | None = None,
        authentication_type: Input[AuthenticationType] = "Password",
        private_key: Input[str] | None = None,
        passphrase: Input[str] | None = None,
        private_key_encoding: Input[Encoding] = "base64",
        ssh_port: Input[int] = 22,
        elevate_to_root: Input[bool] = False,
        add_to_sudoers: Input[bool] = False,
        use_su: Input[bool] = False,
        root_password: Input[str] | None = None,
        connection: Input[str] = "vbr",
        adopt: Input[bool] = False,
        opts: ResourceOptions | None = None,
    ) -> None:
        r"""
        :param username: The account: `DOMAIN\name`, `name@domain.tld`, a local user, or `DOMAIN\account$` of the type
            `ManagedService`. Case does not matter, but for the type `Linux`.
        :param type: What it is for: Windows, hypervisors and whatever else takes a password; Linux; or a managed
            service account, whose password the directory keeps (13.0 and later). `Standard`, `Linux` or
            `ManagedService`. A change replaces the object.
        :param description: Any text. It tells credentials with the same user name and type apart.
        :param password: Needed by the type `Standard`, and by `Linux` with the authentication type `Password`; with
            `SshKey` it is the account's for sudo. Not for `ManagedService`.
        :param authentication_type: How to log in to a Linux machine. Type `Linux` only. `Password` or `SshKey`.
        :param private_key: The text of the key file (PEM), or its base64. Authentication type `SshKey` only.
        :param passphrase: What the private key is encrypted with. It is sent with the key.
        :param private_key_encoding: How the text of a key file is sent: in base64, as in the contract's example, or as
            it is. `base64` or `pem`.
        :param ssh_port: The port of the SSH server. Type `Linux` only.
        :param elevate_to_root: Whether to work as root, with sudo. Type `Linux` only.
        :param add_to_sudoers: Whether to add the account to the sudoers file. Type `Linux` only.
        :param use_su: Whether to use `su` where sudo fails. Type `Linux` only.
        :param root_password: The password of root, for `add_to_sudoers` and `use_su`. Type `Linux` only.
        :param connection: The name of the connection to the server.
        :param adopt: Take over an object that the server has already, as it is, and keep whatever is left out here; it
            is never deleted.
        """

    @classmethod
    def get(
        cls, resource_name: str, id: pulumi.Input[str], connection: str = "vbr", opts: ResourceOptions | None = None
    ) -> Credential:
        """Reads the existing credential with the UUID `id`; never writes it. One that is absent is an error."""
        return existing(cls, "vbr.Credential", resource_name, id, connection, opts)


class NetworkSettings(TypedDict, total=False):
    """Ports of a Windows or Hyper-V host; what is left out is up to the server."""

    port_range_start: Input[int]
    """The first port for transferring data."""
    port_range_end: Input[int]
    """The last port for transferring data."""
    server_side: Input[bool]
    """Whether the host, and not the backup server, waits for connections."""


class SshSettings(TypedDict, total=False):
    """Ports and patience of a Linux host; what is left out is up to the server."""

    ssh_time_out_ms: Input[int]
    """How long an answer over SSH is waited for, in milliseconds: 200 to 100000."""
    port_range_start: Input[int]
    """The first port for transferring data."""
    port_range_end: Input[int]
    """The last port for transferring data."""
    server_side: Input[bool]
    """Whether the host, and not the backup server, waits for connections."""


class _SingleUseCredentialsNeeds(TypedDict):
    username: Input[str]
    """The account on the host."""


class SingleUseCredentials(_SingleUseCredentialsNeeds, total=False):
    """An account on a Linux host that is used once and not kept; its secrets are arguments of their own."""

    ssh_port: Input[int]
    """The port of SSH; 22 where it is left out."""
    elevate_to_root: Input[bool]
    """Whether the account gets root's rights with sudo."""
    add_to_sudoers: Input[bool]
    """Whether the account is added to the sudoers file."""
    use_su: Input[bool]
    """Whether su is tried where sudo fails; needs `single_use_root_password`."""


class ManagedServer(Resource, module="veeam/vbr", name="ManagedServer"):
    """A server that a backup server manages: a Windows, Linux, vSphere or Hyper-V host or cluster.

    The id is the server's UUID. Adding one may install components, which takes minutes: the connection's `deadline`
    has to be long enough. Deleting it removes no backup. What the server trusts a host by is never shown: a refresh
    asks the host again.
    """

    name: Output[str]
    """DNS name or IP address of the host, or of the cluster. Case does not matter."""
    type: Output[str]
    """What it is; `ViHost` is a vCenter Server or an ESXi host. Hyper-V needs 13.0.0. `WindowsHost`, `LinuxHost`,
    `ViHost`, `HvServer`, `HvCluster`, `SCVMM`, `SmbV3Cluster` or `SmbV3StandaloneHost`."""
    description: Output[str]
    """Any text."""
    credentials_id: Output[str | None]
    """The id of credentials that the backup server keeps. Needed where the storage is `Permanent`."""
    credentials_storage_type: Output[str]
    """How to log in to Windows, Linux and Hyper-V hosts: with kept credentials, with some that are used once (Linux),
    or with a certificate that was put on the host. `Permanent`, `SingleUse` or `Certificate`."""
    single_use_credentials: Output[dict[str, Any] | None]
    """The account of credentials that are used once and not kept."""
    ssh_fingerprint: Output[str | None]
    """The SSH key of a Linux host in the server's form, `ssh-rsa 3072 …`. Left out, an error says what the host
    presents, and nothing is added."""
    certificate_thumbprint: Output[str | None]
    """The fingerprint of the certificate of a vCenter Server or an ESXi host, hexadecimal. Left out, an error says what
    the host presents, and nothing is added."""
    port: Output[int | None]
    """The port of vSphere; the server takes 443 when left out."""
    network_settings: Output[dict[str, Any] | None]
    """Of Windows and Hyper-V hosts; what is left out is up to the server."""
    ssh_settings: Output[dict[str, Any] | None]
    """Of Linux hosts; what is left out is up to the server."""
    max_task_count: Output[int | None]
    """Of Hyper-V: tasks at one time."""
    hv_servers: Output[Sequence[str] | None]
    """The hosts of a Hyper-V cluster, in any order; all of them when left out."""
    add_all_servers: Output[bool | None]
    """Of SCVMM: all its hosts are added."""
    status: Output[str | None]
    """`Available` or `Unavailable`, when it was last looked at."""
    vi_host_type: Output[str | None]
    """Of vSphere: `VC`, `ESXi` or `ESX`."""
    is_backup_server: Output[bool]
    """Whether it is the backup server itself, which is never deleted."""
    server: Output[str]
    """`host:port` of the server."""

    @declares("vbr.ManagedServer")
    def __init__(
        self,
        resource_name: str,
        *,
        name: Input[str],
        type: Input[ServerType],
        description: Input[str] = "",
        credentials_id: Input[str] | None = None,
        credentials_storage_type: Input[StorageType] = "Permanent",
        single_use_credentials: Input[SingleUseCredentials] | None = None,
        single_use_password: Input[str] | None = None,
        single_use_private_key: Input[str] | None = None,
        single_use_passphrase: Input[str] | None = None,
        single_use_root_password: Input[str] | None = None,
        handshake_code: Input[str] | None = None,
        ssh_fingerprint: Input[str] | None = None,
        certificate_thumbprint: Input[str] | None = None,
        watch_fingerprint: Input[bool] = True,
        port: Input[int] | None = None,
        network_settings: Input[NetworkSettings] | None = None,
        ssh_settings: Input[SshSettings] | None = None,
        max_task_count: Input[int] | None = None,
        hv_servers: Input[Sequence[Input[str]]] | None = None,
        add_all_servers: Input[bool] | None = None,
        connection: Input[str] = "vbr",
        adopt: Input[bool] = False,
        opts: ResourceOptions | None = None,
    ) -> None:
        """
        :param name: DNS name or IP address of the host, or of the cluster. Case does not matter. A change replaces the
            object.
        :param type: What it is; `ViHost` is a vCenter Server or an ESXi host. Hyper-V needs 13.0.0. `WindowsHost`,
            `LinuxHost`, `ViHost`, `HvServer`, `HvCluster`, `SCVMM`, `SmbV3Cluster` or `SmbV3StandaloneHost`. A change
            replaces the object.
        :param description: Any text.
        :param credentials_id: The id of credentials that the backup server keeps. Needed where the storage is
            `Permanent`.
        :param credentials_storage_type: How to log in to Windows, Linux and Hyper-V hosts: with kept credentials, with
            some that are used once (Linux), or with a certificate that was put on the host. `Permanent`, `SingleUse` or
            `Certificate`.
        :param single_use_credentials: The account of credentials that are used once and not kept.
        :param single_use_password: Its password.
        :param single_use_private_key: Its private key: a PEM file as base64, on one line.
        :param single_use_passphrase: The passphrase of that key.
        :param single_use_root_password: The password of root, for su.
        :param handshake_code: What pairs a Linux host, for the storage `Certificate`.
        :param ssh_fingerprint: The SSH key of a Linux host in the server's form, `ssh-rsa 3072 …`. Left out, an error
            says what the host presents, and nothing is added.
        :param certificate_thumbprint: The fingerprint of the certificate of a vCenter Server or an ESXi host,
            hexadecimal. Left out, an error says what the host presents, and nothing is added.
        :param watch_fingerprint: Whether a refresh asks the host for its fingerprint, and shows another one as a
            change. The backup server connects to the host for that.
        :param port: The port of vSphere; the server takes 443 when left out.
        :param network_settings: Of Windows and Hyper-V hosts; what is left out is up to the server.
        :param ssh_settings: Of Linux hosts; what is left out is up to the server.
        :param max_task_count: Of Hyper-V: tasks at one time.
        :param hv_servers: The hosts of a Hyper-V cluster, in any order; all of them when left out.
        :param add_all_servers: Of SCVMM: all its hosts are added.
        :param connection: The name of the connection to the server.
        :param adopt: Take over an object that the server has already, as it is, and keep whatever is left out here; it
            is never deleted.
        """

    @classmethod
    def get(
        cls, resource_name: str, id: pulumi.Input[str], connection: str = "vbr", opts: ResourceOptions | None = None
    ) -> ManagedServer:
        """Reads the existing managed server with the UUID `id`; never writes it. One that is absent is an error."""
        return existing(cls, "vbr.ManagedServer", resource_name, id, connection, opts)


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
