"""Every path that the appliance answers, as in version 8.1 of its API; the version is the second step of a path."""

from __future__ import annotations

from ..routing import Op
from . import about, sessions, users
from .server import Server

_API = "/api/{version}"
_USERS, _USER = f"{_API}/users", f"{_API}/users/{{id}}"

# Fixed names stand before {id}.
TABLE: tuple[Op[Server], ...] = (
    Op("POST", "/api/oauth2/token", "page", sessions.log_in),
    Op("DELETE", "/api/oauth2/token", "user", sessions.log_out),
    Op("GET", f"{_API}/system/serviceIsUp", "open", about.service_is_up),
    Op("GET", f"{_API}/system/about", "user", about.about),
    Op("GET", f"{_API}/settings/saml2/idp", "admin", about.identity_provider),
    Op("GET", _USERS, "admin", users.list_all),
    Op("POST", _USERS, "admin", users.create),
    Op("POST", f"{_USERS}/changePassword", "user", users.change_own_password),
    Op("POST", f"{_USERS}/export", "admin", users.export),
    Op("GET", _USER, "admin", users.read),
    Op("PUT", _USER, "admin", users.update),
    Op("DELETE", _USER, "admin", users.delete),
    Op("POST", f"{_USER}/changePassword", "admin", users.change_password),
    Op("POST", f"{_USER}/enableMfa", "admin", users.enable_mfa),
    Op("POST", f"{_USER}/acceptMfa", "admin", users.accept_mfa),
    Op("POST", f"{_USER}/disableMfa", "admin", users.disable_mfa),
)
