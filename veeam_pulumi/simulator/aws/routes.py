"""Every path that the appliance answers, as in revision 1.0-rev0."""

from __future__ import annotations

from ..routing import Op
from . import about, first_run, mfa, sessions, users
from .server import Server

_USER = "/api/v1/users/{userId}"

# Fixed names stand before {userId}: a user who is called like one of them cannot be reached, on the appliance either.
TABLE: tuple[Op[Server], ...] = (
    Op("POST", "/api/v1/token", "open", sessions.log_in),
    Op("DELETE", "/api/v1/token", "user", sessions.log_out),
    Op("POST", "/api/v1/token/authorizationCode", "user", sessions.authorization_code),
    Op("GET", "/api/v1/users/isFirstLogin", "open", first_run.is_first_login),
    Op("POST", "/api/v1/users/checkInstanceId", "open", first_run.check_instance),
    Op("POST", "/api/v1/users/createDefaultUser", "open", first_run.create_default_user),
    Op("POST", "/api/v1/users/validateName", "admin", users.validate_name),
    Op("POST", "/api/v1/users/validateDescription", "admin", users.validate_description),
    Op("POST", "/api/v1/users/validatePassword", "admin", users.validate_password),
    Op("POST", "/api/v1/users/export", "admin", first_run.export),
    Op("GET", "/api/v1/users", "admin", users.list_users),
    Op("POST", "/api/v1/users", "admin", users.create),
    Op("GET", _USER, "admin", users.read),
    Op("PUT", _USER, "admin", users.update),
    Op("DELETE", _USER, "admin", users.delete),
    # No role is documented for these three.
    Op("POST", f"{_USER}/enableMfa", "user", mfa.enable),
    Op("POST", f"{_USER}/acceptMfa", "user", mfa.accept),
    Op("POST", f"{_USER}/disableMfa", "user", mfa.disable),
    Op("GET", "/api/v1/system/version", "user", about.version),
    Op("GET", "/api/v1/problems/{kind}", "page", first_run.problem_page),
)
