"""Veeam Backup for Microsoft 365."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import pulumi
from pulumi import Input, Output, ResourceOptions
from pulumi.dynamic import Resource

from ..products.m365.restore_role import Type
from .provider import declares, existing

__all__ = ["Operator", "RestoreRole", "RoleItem"]


class Operator(TypedDict, total=False):
    """Who can restore: exactly one of these."""

    user: Input[str]
    """E-mail address, display name or id of a user."""
    group: Input[str]
    """E-mail address, display name or id of a group: its members."""


class RoleItem(TypedDict, total=False):
    """What may be restored, or not: exactly one of these."""

    user: Input[str]
    """E-mail address, display name or id of a user."""
    group: Input[str]
    """E-mail address, display name or id of a group: its members alone."""
    site: Input[str]
    """URL, title or id of a site."""
    team: Input[str]
    """E-mail address, display name or id of a team; since v7."""


class RestoreRole(Resource, module="veeam/m365", name="RestoreRole"):
    """A restore operator role of an organization: who can restore whose mailboxes, sites and teams.

    Operators and items are looked up in the organization. The id is the server's UUID.
    """

    organization: Output[str]
    """The organization, by its name or id. Case does not matter."""
    name: Output[str]
    """No other role of the organization may have it. Case does not matter."""
    role_type: Output[str]
    """What may be restored: all that the organization has, or `selected_items`. `EntireOrganization` or
    `SpecificObjects`."""
    operators: Output[Sequence[dict[str, str]]]
    """Who can restore, at least one. The order does not matter."""
    selected_items: Output[Sequence[dict[str, str]]]
    """What may be restored; needed for `SpecificObjects`, and only there."""
    excluded_items: Output[Sequence[dict[str, str]]]
    """What may not be restored, whatever else says so."""
    description: Output[str]
    """Any text."""
    organization_id: Output[str]
    """UUID of the organization."""
    organization_name: Output[str]
    """The organization as the server names it."""
    member_ids: Output[dict[str, str]]
    """The ids of operators and items, by how they are written: `user:jane@contoso.example`."""
    other_items: Output[Sequence[str]]
    """Operators and items of kinds that no contract names: never touched."""
    server: Output[str]
    """`host:port` of the server."""

    @declares("m365.RestoreRole")
    def __init__(
        self,
        resource_name: str,
        *,
        organization: Input[str],
        name: Input[str],
        role_type: Input[Type],
        operators: Input[Sequence[Input[Operator]]],
        selected_items: Input[Sequence[Input[RoleItem]]] = (),
        excluded_items: Input[Sequence[Input[RoleItem]]] = (),
        description: Input[str] = "",
        connection: Input[str] = "m365",
        adopt: Input[bool] = False,
        opts: ResourceOptions | None = None,
    ) -> None:
        """
        :param organization: The organization, by its name or id. Case does not matter. A change replaces the object.
        :param name: No other role of the organization may have it. Case does not matter.
        :param role_type: What may be restored: all that the organization has, or `selected_items`. `EntireOrganization`
            or `SpecificObjects`.
        :param operators: Who can restore, at least one. The order does not matter.
        :param selected_items: What may be restored; needed for `SpecificObjects`, and only there.
        :param excluded_items: What may not be restored, whatever else says so.
        :param description: Any text.
        :param connection: The name of the connection to the server.
        :param adopt: Take over an object that the server has already, as it is, and keep whatever is left out here; it
            is never deleted.
        """

    @classmethod
    def get(
        cls, resource_name: str, id: pulumi.Input[str], connection: str = "m365", opts: ResourceOptions | None = None
    ) -> RestoreRole:
        """Reads the existing role with the UUID `id`; never writes it. One that is absent is an error."""
        return existing(cls, "m365.RestoreRole", resource_name, id, connection, opts)
