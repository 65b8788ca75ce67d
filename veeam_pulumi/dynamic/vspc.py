"""Veeam Service Provider Console."""

from __future__ import annotations

from typing import Any, TypedDict

import pulumi
from pulumi import Input, Output, ResourceOptions
from pulumi.dynamic import Resource

from ..products.vspc.profile import Title
from ..products.vspc.roles import Role
from ..products.vspc.user import Switch
from .provider import declares, existing

__all__ = ["BackupResource", "Profile", "User"]


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
