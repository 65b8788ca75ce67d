"""Every path that the server answers. Its first step is the version; the last column is the list that is meant."""

from __future__ import annotations

from ..routing import Op
from . import about, organizations, roles, sessions
from .server import Server

_API = "/v{version}"
_ORGANIZATION = f"{_API}/Organizations/{{organization}}"
_ROLE = f"{_API}/RbacRoles/{{id}}"

TABLE: tuple[Op[Server], ...] = (
    Op("POST", f"{_API}/token", "page", sessions.log_in),
    Op("POST", f"{_API}/token/logout", "admin", sessions.log_out),
    Op("GET", f"{_API}/ServiceInstance", "admin", about.service_instance),
    Op("GET", f"{_API}/Health", "admin", about.health),
    Op("GET", f"{_API}/Organizations", "admin", organizations.list_all),
    Op("GET", _ORGANIZATION, "admin", organizations.read),
    Op("GET", f"{_ORGANIZATION}/RbacRoles", "admin", roles.of_organization),
    Op("POST", f"{_ORGANIZATION}/RbacRoles", "admin", roles.create),
    *(
        op
        for kind in ("Users", "Groups", "Sites", "Teams")
        for op in (
            Op("GET", f"{_ORGANIZATION}/{kind}", "admin", organizations.look_up, kind),
            Op("GET", f"{_ORGANIZATION}/{kind}/{{id}}", "admin", organizations.look_at, kind),
        )
    ),
    Op("GET", f"{_API}/RbacRoles", "admin", roles.list_all),
    Op("GET", _ROLE, "admin", roles.read),
    Op("PUT", _ROLE, "admin", roles.update),
    Op("DELETE", _ROLE, "admin", roles.delete),
    *(
        op
        for name in ("operators", "selectedItems", "excludedItems")
        for op in (
            Op("GET", f"{_ROLE}/{name}", "admin", roles.list_items, name),
            Op("POST", f"{_ROLE}/{name}", "admin", roles.add_items, name),
            Op("DELETE", f"{_ROLE}/{name}", "admin", roles.take_items, name),
            Op("GET", f"{_ROLE}/{name}/{{item}}", "admin", roles.read_item, name),
        )
    ),
)
