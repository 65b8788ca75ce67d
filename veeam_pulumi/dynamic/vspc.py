"""Veeam Service Provider Console."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypedDict

import pulumi
from pulumi import Input, Output, ResourceOptions
from pulumi.dynamic import Resource

from ..products.vspc.company import Status
from ..products.vspc.profile import Title
from ..products.vspc.roles import Role
from ..products.vspc.user import Switch
from .provider import declares, existing

__all__ = [
    "AgentsManagement",
    "ApiKey",
    "BackupResource",
    "Company",
    "CompanyServices",
    "HostedServices",
    "LocalUserRule",
    "Organization",
    "OwnerCredentials",
    "Profile",
    "RemoteServices",
    "ServersManagement",
    "User",
]


class Profile(TypedDict, total=False):
    """Who a user is. Texts of at most 2048 characters, `phone` of 512."""

    first_name: Input[str]
    """At most 2048 characters."""
    last_name: Input[str]
    """At most 2048 characters."""
    title: Input[Title]
    """`Unknown` is what a console shows where nobody gave one. `Mr`, `Miss`, `Mrs`, `Ms` or `Unknown`."""
    email: Input[str]
    """An address; consoles from 9.0 want two to six letters after its last dot."""
    address: Input[str]
    """At most 2048 characters."""
    phone: Input[str]
    """At most 512 characters."""


class _BackupResourceNeeds(TypedDict):
    tenant_backup_resource_uid: Input[str]
    """UID of the company's cloud repository that the share is of."""
    resource_friendly_name: Input[str]
    """What the subtenant sees it as."""


class BackupResource(_BackupResourceNeeds, total=False):
    """A subtenant's share of a company's cloud repository; what is left out is the console's to choose."""

    site_uid: Input[str]
    """UID of the Cloud Connect site; needed where the company has several tenants."""
    description: Input[str]
    """Any text; left out, the server writes one."""
    storage_quota: Input[int]
    """Bytes, at least 1 GiB."""
    is_storage_quota_unlimited: Input[bool]
    """Whether there is no quota."""


class User(Resource, module="veeam/vspc", name="User"):
    """A user of a company, a reseller or the provider on a Service Provider Console.

    The id is the console's UUID of the user. Passwords are never returned: a password that somebody else changed
    cannot be seen.
    """

    organization_uid: Output[str]
    """UID of the company, reseller or provider: the console shows it, `GET /api/v3/organizations` lists them."""
    user_name: Output[str]
    """What to log in with; case does not matter."""
    role: Output[str]
    """What the user may do. Owners, CompanyTenant and roles of the portal are given in other ways: with a warning, and
    a console is likely to refuse them. `CompanyAdministrator`, `CompanyLocationAdministrator`, `CompanyLocationUser`,
    `CompanySubtenant`, `CompanyInvoiceAuditor`, `CompanyOwner`, `CompanyTenant`, `ResellerAdministrator`,
    `ResellerOperator`, `ResellerUser`, `ResellerInvoiceAuditor`, `ResellerOwner`, `PortalAdministrator`,
    `PortalOperator`, `PortalReadonlyOperator` or `SiteAdministrator`."""
    profile: Output[dict[str, str]]
    """Who the user is; `{}` is fine."""
    status: Output[str]
    """Whether the user may log in. `Enabled` or `Disabled`."""
    mfa_policy_status: Output[str]
    """Whether the user has to enrol a second factor. `Enabled` or `Disabled`."""
    backup_resource: Output[dict[str, Any] | None]
    """Only for the role CompanySubtenant: the share of a cloud repository."""
    mfa_policy_configuration_status: Output[str | None]
    """`Configured` once the user has enrolled a second factor, else `NotConfigured`."""
    server: Output[str]
    """`host:port` of the server."""

    @declares("vspc.User")
    def __init__(
        self,
        resource_name: str,
        *,
        organization_uid: Input[str],
        user_name: Input[str],
        role: Input[Role],
        profile: Input[Profile],
        password: Input[str] | None = None,
        status: Input[Switch] = "Enabled",
        mfa_policy_status: Input[Switch] = "Disabled",
        backup_resource: Input[BackupResource] | None = None,
        verify_password: Input[bool] = False,
        connection: Input[str] = "vspc",
        adopt: Input[bool] = False,
        opts: ResourceOptions | None = None,
    ) -> None:
        """
        :param organization_uid: UID of the company, reseller or provider: the console shows it, `GET
            /api/v3/organizations` lists them. A change replaces the object.
        :param user_name: What to log in with; case does not matter. A change replaces the object.
        :param role: What the user may do. Owners, CompanyTenant and roles of the portal are given in other ways: with a
            warning, and a console is likely to refuse them. `CompanyAdministrator`, `CompanyLocationAdministrator`,
            `CompanyLocationUser`, `CompanySubtenant`, `CompanyInvoiceAuditor`, `CompanyOwner`, `CompanyTenant`,
            `ResellerAdministrator`, `ResellerOperator`, `ResellerUser`, `ResellerInvoiceAuditor`, `ResellerOwner`,
            `PortalAdministrator`, `PortalOperator`, `PortalReadonlyOperator` or `SiteAdministrator`.
        :param profile: Who the user is; `{}` is fine.
        :param password: Required unless `adopt`. The password, 1 to 128 characters; the console may ask for more.
        :param status: Whether the user may log in. `Enabled` or `Disabled`.
        :param mfa_policy_status: Whether the user has to enrol a second factor. `Enabled` or `Disabled`.
        :param backup_resource: Only for the role CompanySubtenant: the share of a cloud repository.
        :param verify_password: Log in with the password once after it was set, and out again; one that does not let in
            is an error. An account that is disabled, or needs a second factor, is not tried.
        :param connection: The name of the connection to the server.
        :param adopt: Take over an object that the server has already, as it is, and keep whatever is left out here; it
            is never deleted.
        """

    @classmethod
    def get(
        cls, resource_name: str, id: pulumi.Input[str], connection: str = "vspc", opts: ResourceOptions | None = None
    ) -> User:
        """Reads the existing user whose UUID is `id`; never writes it. One that is absent is an error."""
        return existing(cls, "vspc.User", resource_name, id, connection, opts)


RuleType = Literal["winNTUser", "winNTGroup", "user", "group"]
RuleRole = Literal[
    "portalAdministrator", "siteAdministrator", "operator", "readonlyOperator", "portalOperator",
    "portalReadonlyOperator",
]  # fmt: skip
RuleContext = Literal["machine", "domain", "applicationDirectory"]
KeyScope = Literal["integration", "rest", "ui"]
OnOff = Literal["enabled", "disabled"]


class LocalUserRule(Resource, module="veeam/vspc", name="LocalUserRule"):
    """A rule that lets a Windows user or group into the Administrator Portal.

    The only way to a portal role. The id is the rule's UID.
    """

    name: Output[str]
    r"""`DOMAIN\name` or `HOST\name`. Case does not matter."""
    type: Output[str]
    """What the name stands for; `user` is `winNTUser`, `group` is `winNTGroup`. `winNTUser`, `winNTGroup`, `user` or
    `group`."""
    role_type: Output[str]
    """The portal role; `portalOperator` is `operator`, `portalReadonlyOperator` is `readonlyOperator`.
    `portalAdministrator`, `siteAdministrator`, `operator`, `readonlyOperator`, `portalOperator` or
    `portalReadonlyOperator`."""
    sid: Output[str]
    """The SID of the user or group; needed for a new rule."""
    description: Output[str]
    """Any text, at most 2048 characters."""
    enabled: Output[bool]
    """Whether the rule counts. Disabling cuts access at once."""
    company_uids: Output[list[str]]
    """The companies that an operator reaches; all if empty."""
    site_uids: Output[list[str]]
    """The Cloud Connect sites that a site administrator reaches; all if empty."""
    context_type: Output[str]
    """Where the name is known. `machine`, `domain` or `applicationDirectory`."""
    mfa_policy_status: Output[str]
    """Whether a second factor is asked for. `enabled` or `disabled`."""
    has_access_to_provider: Output[bool | None]
    """Whether the provider's own resources are shown; the server decides when left out."""
    server: Output[str]
    """`host:port` of the server."""

    @declares("vspc.LocalUserRule")
    def __init__(
        self,
        resource_name: str,
        *,
        name: Input[str],
        type: Input[RuleType],
        role_type: Input[RuleRole],
        sid: Input[str] | None = None,
        description: Input[str] = "",
        enabled: Input[bool] = True,
        company_uids: Input[Sequence[Input[str]]] = (),
        site_uids: Input[Sequence[Input[str]]] = (),
        context_type: Input[RuleContext] = "domain",
        mfa_policy_status: Input[OnOff] = "disabled",
        has_access_to_provider: Input[bool] | None = None,
        connection: Input[str] = "vspc",
        adopt: Input[bool] = False,
        opts: ResourceOptions | None = None,
    ) -> None:
        r"""
        :param name: `DOMAIN\name` or `HOST\name`. Case does not matter. A change replaces the object.
        :param type: What the name stands for; `user` is `winNTUser`, `group` is `winNTGroup`. `winNTUser`,
            `winNTGroup`, `user` or `group`. A change replaces the object.
        :param role_type: The portal role; `portalOperator` is `operator`, `portalReadonlyOperator` is
            `readonlyOperator`. `portalAdministrator`, `siteAdministrator`, `operator`, `readonlyOperator`,
            `portalOperator` or `portalReadonlyOperator`.
        :param sid: The SID of the user or group; needed for a new rule. A change replaces the object.
        :param description: Any text, at most 2048 characters.
        :param enabled: Whether the rule counts. Disabling cuts access at once.
        :param company_uids: The companies that an operator reaches; all if empty.
        :param site_uids: The Cloud Connect sites that a site administrator reaches; all if empty.
        :param context_type: Where the name is known. `machine`, `domain` or `applicationDirectory`. A change replaces
            the object.
        :param mfa_policy_status: Whether a second factor is asked for. `enabled` or `disabled`.
        :param has_access_to_provider: Whether the provider's own resources are shown; the server decides when left out.
        :param connection: The name of the connection to the server.
        :param adopt: Take over an object that the server has already, as it is, and keep whatever is left out here; it
            is never deleted.
        """

    @classmethod
    def get(
        cls, resource_name: str, id: pulumi.Input[str], connection: str = "vspc", opts: ResourceOptions | None = None
    ) -> LocalUserRule:
        """Reads the existing rule whose UID is `id`; never writes it. One that is absent is an error."""
        return existing(cls, "vspc.LocalUserRule", resource_name, id, connection, opts)


class ApiKey(Resource, module="veeam/vspc", name="ApiKey"):
    """An API key of a user: a machine's way in, as that user.

    The id is a number. The key is shown once, when it is made: `secret` keeps it, as a secret.
    """

    user: Output[str]
    """The UID of the user: the `id` of a `vspc.User`."""
    description: Output[str]
    """What the key is for: 1 to 100 characters without `<`, `>` and `=`; tells it from other keys of the user."""
    is_read_access_only: Output[bool]
    """Whether it may only read."""
    scopes: Output[list[str]]
    """What it is for, one or more. `integration`, `rest` or `ui`."""
    status: Output[str]
    """Whether it counts. `enabled` or `disabled`."""
    secret: Output[str | None]
    """The key itself, a secret; none for a key that was made elsewhere."""
    user_name: Output[str | None]
    """The name of the user."""
    creation_date: Output[str | None]
    """When it was made, as the server writes it."""
    server: Output[str]
    """`host:port` of the server."""

    @declares("vspc.ApiKey")
    def __init__(
        self,
        resource_name: str,
        *,
        user: Input[str],
        description: Input[str],
        is_read_access_only: Input[bool] = False,
        scopes: Input[Sequence[Input[KeyScope]]] = ("rest",),
        status: Input[OnOff] = "enabled",
        connection: Input[str] = "vspc",
        adopt: Input[bool] = False,
        opts: ResourceOptions | None = None,
    ) -> None:
        """
        :param user: The UID of the user: the `id` of a `vspc.User`. A change replaces the object.
        :param description: What the key is for: 1 to 100 characters without `<`, `>` and `=`; tells it from other keys
            of the user.
        :param is_read_access_only: Whether it may only read. A change replaces the object.
        :param scopes: What it is for, one or more. `integration`, `rest` or `ui`. A change replaces the object.
        :param status: Whether it counts. `enabled` or `disabled`.
        :param connection: The name of the connection to the server.
        :param adopt: Take over an object that the server has already, as it is, and keep whatever is left out here; it
            is never deleted.
        """

    @classmethod
    def get(
        cls, resource_name: str, id: pulumi.Input[str], connection: str = "vspc", opts: ResourceOptions | None = None
    ) -> ApiKey:
        """Reads the existing key whose id is `id`; never writes it. One that is absent is an error."""
        return existing(cls, "vspc.ApiKey", resource_name, id, connection, opts)


class _OwnerCredentialsNeeds(TypedDict):
    user_name: Input[str]
    """The name, 1 to 128 characters. It never changes; case does not matter."""


class OwnerCredentials(_OwnerCredentialsNeeds, total=False):
    """What the owner of a company logs in with."""

    password: Input[str]
    """The password, 1 to 128 characters; a new company needs it."""


class Organization(TypedDict, total=False):
    """Who a company is. What is left out is empty; the country, the region and the alias are the console's to fill."""

    alias: Input[str]
    r"""Stands before user names at a login, `alias\name`: at most 32 characters."""
    email: Input[str]
    """An address, with two to six letters after its last dot."""
    phone: Input[str]
    """At most 128 characters."""
    tax_id: Input[str]
    """At most 100 characters."""
    website: Input[str]
    """At most 128 characters."""
    street: Input[str]
    """At most 128 characters."""
    city: Input[str]
    """At most 128 characters."""
    zip_code: Input[str]
    """At most 128 characters."""
    country: Input[int]
    """The console's number of it."""
    state: Input[int]
    """Of the USA, by number."""
    country_name: Input[str]
    """The country in words."""
    region_name: Input[str]
    """The region in words."""
    location_admin0_code: Input[str]
    """The code of the country: `br`."""
    location_admin1_code: Input[str]
    """The code of the region: `br-rs`."""
    location_admin2_code: Input[str]
    """The code below the region."""
    notes: Input[str]
    """At most 512 characters."""
    company_id: Input[str]
    """What your own books call the company."""
    veeam_tenant_id: Input[str]
    """The tenant's id at Veeam."""
    legal_name: Input[str]
    """From console 9.3 on."""
    domain: Input[str]
    """From console 9.3 on."""


class AgentsManagement(TypedDict, total=False):
    """Backup agents that the company manages; `{}` is without limits."""

    is_hard_quota_enabled: Input[bool]
    """Whether a quota is a hard limit (console 9.2 and later)."""
    workstation_agents_quota: Input[int]
    """Of workstations. Left out, there is no limit."""
    server_agents_quota: Input[int]
    """Of servers. Left out, there is no limit."""


class ServersManagement(TypedDict, total=False):
    """Servers that the company manages; `{}` is without a limit."""

    backup_server_quota: Input[int]
    """Left out, there is no limit."""


class HostedServices(TypedDict, total=False):
    """What runs at the provider."""

    is_vb_public_cloud_management_enabled: Input[bool]
    """Backup of public clouds."""


class RemoteServices(TypedDict, total=False):
    """What runs at the company; a service that is left out is off."""

    is_backup_resources_enabled: Input[bool]
    """Cloud repositories."""
    backup_agents_management: Input[AgentsManagement]
    """Backup agents."""
    backup_servers_management: Input[ServersManagement]
    """Backup servers."""
    vb365_servers_management: Input[ServersManagement]
    """Servers of Backup for Microsoft 365."""
    is_vb_public_cloud_management_enabled: Input[bool]
    """Backup of public clouds."""


class CompanyServices(TypedDict, total=False):
    """What a company may use. What is left out of a half is off, but cloud repositories."""

    hosted_services: Input[HostedServices]
    """What runs at the provider."""
    remote_services: Input[RemoteServices]
    """What runs at the company."""


class Company(Resource, module="veeam/vspc", name="Company"):
    """A company on a Service Provider Console: a customer, with its owner and what it may use.

    The id is the console's UUID of it, which is the `organization_uid` of its users. A company that holds anything is
    not deleted unless the program says so.
    """

    name: Output[str]
    """1 to 128 characters without `<>=%~`. Case does not matter."""
    owner_credentials: Output[dict[str, str] | None]
    """The owner, a Company Owner; needed for a new company on consoles from 9.0."""
    organization: Output[dict[str, Any] | None]
    """Who the company is; left out, it stays as it is."""
    reseller_uid: Output[str | None]
    """UID of the reseller that it belongs to; left out, it stays whose it is."""
    subscription_plan_uid: Output[str | None]
    """UID of its subscription plan; left out, it stays as it is."""
    status: Output[str]
    """Whether its users may log in. `Active` or `Disabled`."""
    is_rest_access_enabled: Output[bool]
    """Whether its users may use the REST API."""
    is_alarm_detect_enabled: Output[bool]
    """Whether it is told of its alarms."""
    company_services: Output[dict[str, Any] | None]
    """What it may use; left out, it stays as it is. Consoles from 9.0."""
    permissions: Output[list[str] | None]
    """What its users may do with jobs, as claims such as `HostedVbrJobStartStop`; left out, they stay as they are.
    Consoles from 9.0."""
    login_url: Output[str | None]
    """Where its users log in, where it has an address of its own."""
    server: Output[str]
    """`host:port` of the server."""

    @declares("vspc.Company")
    def __init__(
        self,
        resource_name: str,
        *,
        name: Input[str],
        owner_credentials: Input[OwnerCredentials] | None = None,
        organization: Input[Organization] | None = None,
        reseller_uid: Input[str] | None = None,
        subscription_plan_uid: Input[str] | None = None,
        status: Input[Status] = "Active",
        is_rest_access_enabled: Input[bool] = False,
        is_alarm_detect_enabled: Input[bool] = False,
        company_services: Input[CompanyServices] | None = None,
        permissions: Input[Sequence[Input[str]]] | None = None,
        remove_all_agents: Input[bool] = False,
        delete_with_contents: Input[bool] = False,
        connection: Input[str] = "vspc",
        adopt: Input[bool] = False,
        opts: ResourceOptions | None = None,
    ) -> None:
        """
        :param name: 1 to 128 characters without `<>=%~`. Case does not matter.
        :param owner_credentials: The owner, a Company Owner; needed for a new company on consoles from 9.0.
        :param organization: Who the company is; left out, it stays as it is.
        :param reseller_uid: UID of the reseller that it belongs to; left out, it stays whose it is.
        :param subscription_plan_uid: UID of its subscription plan; left out, it stays as it is.
        :param status: Whether its users may log in. `Active` or `Disabled`.
        :param is_rest_access_enabled: Whether its users may use the REST API.
        :param is_alarm_detect_enabled: Whether it is told of its alarms.
        :param company_services: What it may use; left out, it stays as it is. Consoles from 9.0.
        :param permissions: What its users may do with jobs, as claims such as `HostedVbrJobStartStop`; left out, they
            stay as they are. Consoles from 9.0.
        :param remove_all_agents: Whether deleting the company takes the management agents off its machines. A company
            with agents is not deleted without it.
        :param delete_with_contents: Whether the company is deleted although it has agents, cloud tenants, or users
            besides its owner.
        :param connection: The name of the connection to the server.
        :param adopt: Take over an object that the server has already, as it is, and keep whatever is left out here; it
            is never deleted.
        """

    @classmethod
    def get(
        cls, resource_name: str, id: pulumi.Input[str], connection: str = "vspc", opts: ResourceOptions | None = None
    ) -> Company:
        """Reads the existing company whose UUID is `id`; never writes it. One that is absent is an error."""
        return existing(cls, "vspc.Company", resource_name, id, connection, opts)
