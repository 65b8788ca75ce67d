"""Veeam Service Provider Console."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypedDict

import pulumi
from pulumi import Input, Output, ResourceOptions
from pulumi.dynamic import Resource

from ..products.vspc.profile import Title
from ..products.vspc.roles import Role
from ..products.vspc.user import Switch
from .provider import declares, existing

__all__ = ["ApiKey", "BackupResource", "LocalUserRule", "Profile", "User"]


class Profile(TypedDict, total=False):
    """Who a user is. Texts of at most 2048 characters, `phone` of 512."""

    first_name: Input[str]
    last_name: Input[str]
    title: Input[Title]
    """`Unknown` is what a console shows where nobody gave one."""
    email: Input[str]
    """Consoles from 9.0 want two to six letters after its last dot."""
    address: Input[str]
    phone: Input[str]


class _BackupResourceNeeds(TypedDict):
    tenant_backup_resource_uid: Input[str]
    """UUID of the company's cloud repository that the share is of."""
    resource_friendly_name: Input[str]
    """What the subtenant sees it as."""


class BackupResource(_BackupResourceNeeds, total=False):
    """A subtenant's share of a company's cloud repository; what is left out is the console's to choose."""

    site_uid: Input[str]
    """UUID of the cloud connect site."""
    description: Input[str]
    storage_quota: Input[int]
    """Bytes, at least 1 GiB."""
    is_storage_quota_unlimited: Input[bool]
    """True when left out: no quota."""


class User(Resource, module="veeam/vspc", name="User"):
    """A user of a company, a reseller or the provider on a Service Provider Console.

    The id is the console's UUID of the user. Passwords are never returned: a password that somebody else changed
    cannot be seen.
    """

    organization_uid: Output[str]
    """The company, reseller or provider that the user belongs to."""
    user_name: Output[str]
    """The user name as the program writes it."""
    role: Output[str]
    """The role."""
    profile: Output[dict[str, str]]
    """Who the user is: what is set of `first_name`, `last_name`, `title`, `email`, `address`, `phone`."""
    status: Output[str]
    """`Enabled` or `Disabled`."""
    mfa_policy_status: Output[str]
    """`Enabled` or `Disabled`: the user's own setting, which a company's rule may overrule."""
    backup_resource: Output[dict[str, Any] | None]
    """A subtenant's share of a cloud repository, as far as the program says it."""
    mfa_policy_configuration_status: Output[str | None]
    """`Configured` once the user has enrolled a second factor, else `NotConfigured`."""
    server: Output[str]
    """`host:port` of the console."""

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
        connection: Input[str] = "vspc",
        adopt: Input[bool] = False,
        opts: ResourceOptions | None = None,
    ) -> None:
        """
        :param organization_uid: UUID of the company, reseller or provider. A change replaces the user.
        :param user_name: The name to log in with; case does not matter. A change replaces the user.
        :param password: Required unless `adopt`. The password, 1 to 128 characters. A change is one request.
        :param role: `CompanyAdministrator`, `CompanyLocationAdministrator`,
            `CompanyLocationUser`, `CompanySubtenant`, `CompanyInvoiceAuditor`, `ResellerAdministrator`,
            `ResellerOperator`, `ResellerUser` or `ResellerInvoiceAuditor`; with a warning also `CompanyOwner`,
            `CompanyTenant`, `ResellerOwner`, `PortalAdministrator`, `PortalOperator`, `PortalReadonlyOperator` and
            `SiteAdministrator`, which a console is likely to refuse.
        :param profile: Any of `first_name`, `last_name`, `title` (`Mr`, `Miss`, `Mrs`, `Ms`),
            `email`, `address`, `phone`.
        :param status: `Enabled` or `Disabled`.
        :param mfa_policy_status: `Enabled` or `Disabled`: whether the user has to enrol a second factor.
        :param backup_resource: Only for `CompanySubtenant`: `tenant_backup_resource_uid` and `resource_friendly_name`,
            and any of `site_uid`, `description`, `storage_quota` (bytes, at least 1 GiB) and
            `is_storage_quota_unlimited` (default true).
        :param connection: The connection of the console.
        :param adopt: Take over a user of that name in that organization as it is, and keep whatever is left out here;
            it is never deleted.
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
    """The Windows name as the program writes it."""
    type: Output[str]
    """What the name stands for."""
    role_type: Output[str]
    """The portal role."""
    sid: Output[str]
    """The SID of the user or group."""
    description: Output[str]
    """The description."""
    enabled: Output[bool]
    """Whether the rule counts."""
    company_uids: Output[list[str]]
    """The companies that an operator reaches; none: all."""
    site_uids: Output[list[str]]
    """The Cloud Connect sites that a site administrator reaches; none: all."""
    context_type: Output[str]
    """Where the name is known."""
    mfa_policy_status: Output[str]
    """Whether a second factor is asked for."""
    has_access_to_provider: Output[bool | None]
    """Whether the provider's own resources are shown."""
    server: Output[str]
    """`host:port` of the console."""

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
        :param name: `DOMAIN\name` or `HOST\name`. A change replaces the rule.
        :param type: What the name stands for; `user` is `winNTUser`, `group` is `winNTGroup`. A change replaces the
            rule.
        :param role_type: The portal role; `portalOperator` is `operator`, `portalReadonlyOperator` is
            `readonlyOperator`.
        :param sid: The SID of the user or group; needed for a new rule. A change replaces the rule.
        :param description: A description.
        :param enabled: Whether the rule counts. Disabling cuts access at once.
        :param company_uids: The companies that an operator reaches; all if empty.
        :param site_uids: The Cloud Connect sites that a site administrator reaches; all if empty.
        :param context_type: Where the name is known. A change replaces the rule.
        :param mfa_policy_status: Whether a second factor is asked for.
        :param has_access_to_provider: Whether the provider's own resources are shown; the server decides when left out.
        :param connection: The connection of the console.
        :param adopt: Take over a rule of that user or group instead of refusing; such a rule is never deleted.
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
    """The UID of the user."""
    description: Output[str]
    """What the key is for."""
    is_read_access_only: Output[bool]
    """Whether it may only read."""
    scopes: Output[list[str]]
    """What it is for: REST, integrations, the web interface."""
    status: Output[str]
    """Whether it counts."""
    secret: Output[str | None]
    """The key itself, a secret; nothing for a key that was made elsewhere."""
    user_name: Output[str | None]
    """The name of the user."""
    creation_date: Output[str | None]
    """When it was made, as the server writes it."""
    server: Output[str]
    """`host:port` of the console."""

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
        :param user: The UID of the user: the `id` of a `vspc.User`. A change makes another key.
        :param description: What the key is for, at most 100 characters; tells it from other keys of the user.
        :param is_read_access_only: Whether it may only read. A change makes another key.
        :param scopes: What it is for. A change makes another key.
        :param status: Whether it counts.
        :param connection: The connection of the console.
        :param adopt: Take over a key of that description instead of refusing; such a key is never deleted, and its
            secret is not known.
        """

    @classmethod
    def get(
        cls, resource_name: str, id: pulumi.Input[str], connection: str = "vspc", opts: ResourceOptions | None = None
    ) -> ApiKey:
        """Reads the existing key whose id is `id`; never writes it. One that is absent is an error."""
        return existing(cls, "vspc.ApiKey", resource_name, id, connection, opts)
