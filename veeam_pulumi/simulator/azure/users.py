"""Users: list, create, read, change, delete, passwords, second factors."""

from __future__ import annotations

import json
import re
import secrets
import string
from typing import Any

from ..credentials import hash_password, password_matches
from ..routing import Call, Refusal, Reply
from ..store import Doc
from . import bodies, seeds
from .bodies import refused
from .errors import problem
from .server import Server

ROLES = (
    "PortalAdmin",
    "PortalOperator",
    "RestoreOperator",
    "ReadOnlyUser",
    "VeeamUpdater",
    "IntegrationOperator",
    "Unknown",
)
_ASSIGNABLE = ROLES[:4]
_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
_SAML_NAME = re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}|[A-Za-z0-9_-]{1,32}")
_DESCRIPTION = re.compile(r"[A-Za-z0-9., ]*")
_NEW: bodies.Kinds = {
    "name": str,
    "description": str,
    "role": ROLES,
    "type": ("Internal", "IdentityProvider", "Unknown"),
    "identityProviderEntityId": str,
    "password": str,
}
_CHANGES: bodies.Kinds = {"role": ROLES, "name": str, "description": str, "password": str}


def list_all(server: Server, call: Call) -> Reply:
    """Query names are in Pascal case, and case counts. assumed: Limit=-1 is all."""
    offset, limit = call.whole("Offset", 0, 0), call.whole("Limit", -1, server.settings.number("page_size"))
    if offset is None or limit is None:
        raise refused("limit" if limit is None else "offset", "The value is not valid.")
    name = call.first("NameFilter")
    found = [user for user in server.users.all() if name in (None, user["name"])]
    rows = found[offset:] if limit == -1 else found[offset : offset + limit]
    total = len(found) if server.settings.text("total_count") == "number" else None
    page = {"offset": offset, "limit": limit, "totalCount": total}
    return Reply(200, {**page, "results": [server.shown(user, call) for user in rows], "_links": {}})


def create(server: Server, call: Call) -> Reply:
    """`description` is required, and may be empty (assumed)."""
    spec = bodies.read(server, call, _NEW, ("name", "description"))
    role, kind = spec.get("role", "ReadOnlyUser"), spec.get("type", "Internal")  # assumed: both defaults
    if role not in _ASSIGNABLE:
        raise refused("role", f"The role {role} cannot be assigned.")
    if kind == "Unknown":
        raise refused("type", "The value 'Unknown' is not valid.")
    if not (_SAML_NAME if kind == "IdentityProvider" else _NAME).fullmatch(spec["name"]):
        raise refused("name", "The name holds other characters than letters, digits, - and _, or is too long.")
    _check_description(server, spec["description"])
    if kind == "IdentityProvider":
        _check_identity_provider(server, spec)
    else:
        if not spec.get("password"):
            raise refused("password", "The Password field is required.")
        _check_password(server, spec["password"])
    if server.find(spec["name"]):
        status, text = server.settings.number("duplicate"), f"User '{spec['name']}' already exists."
        raise refused("name", text) if status == 400 else Refusal(problem(409, text))
    more = {"type": kind, "identityProviderEntityId": spec.get("identityProviderEntityId")}
    user = server.add(spec["name"], role, spec.get("password"), description=spec["description"], **more)
    return Reply(201, server.shown(user, call))


def read(server: Server, call: Call) -> Reply:
    return Reply(200, server.shown(_user_of(server, call), call))


def update(server: Server, call: Call) -> Reply:
    """Only what is given changes; nothing is required."""
    user, spec = _user_of(server, call), bodies.read(server, call, _CHANGES)
    raw = json.loads(call.raw)
    if "role" in spec and spec["role"] != user["role"]:
        if spec["role"] not in _ASSIGNABLE:
            raise refused("role", f"The role {spec['role']} cannot be assigned.")
        _keep_an_administrator(server, user)
        user["role"] = spec["role"]
    if "description" in spec:
        _check_description(server, spec["description"])
        user["description"] = spec["description"]
    elif "description" in raw and server.settings.text("put_null") == "clears":
        user["description"] = ""
    if spec.get("name", user["name"]) != user["name"]:
        how = server.settings.text("put_name")
        if how == "refused":
            raise refused("name", "The name cannot be changed.")
        user["name"] = spec["name"] if how == "renames" else user["name"]
    if "password" in spec:
        _check_password(server, spec["password"])
        if user["type"] != "Internal":
            raise refused("password", "The user has no password.")
        if server.settings.text("rotation") == "done":
            user["password"] = hash_password(spec["password"])  # assumed: sessions that exist go on
    server.save(user)
    return Reply(200, server.shown(user, call))


def delete(server: Server, call: Call) -> Reply:
    user = _user_of(server, call)
    if user["isDefault"] or user["id"] == call.account:
        raise Refusal(problem(server.settings.number("delete_protected"), "The user cannot be deleted."))
    _keep_an_administrator(server, user)
    server.forget(user)
    return Reply(204)


def change_password(server: Server, call: Call) -> Reply:
    """Of somebody else: with the default administrator's password, whoever asks."""
    names: bodies.Kinds = {"newPassword": str, "adminsPassword": str}
    spec = bodies.read(server, call, names, ("newPassword", "adminsPassword"))
    user = server.users.get(call.params["id"])
    default = next((one for one in server.users.all() if one["isDefault"]), None)
    if user is None:
        raise refused("userId", "There is no such user.")  # no 404 is declared here
    if default is None or not password_matches(spec["adminsPassword"], default["password"]):
        raise refused("adminsPassword", "The password is incorrect.")
    _check_password(server, spec["newPassword"])
    server.save({**user, "password": hash_password(spec["newPassword"])})
    return Reply(204)


def change_own_password(server: Server, call: Call) -> Reply:
    names: bodies.Kinds = {"currentPassword": str, "newPassword": str}
    spec = bodies.read(server, call, names, ("currentPassword", "newPassword"))
    user = server.users.get(call.account) or {}
    if not password_matches(spec["currentPassword"], user["password"]):
        raise refused("currentPassword", "The password is incorrect.")
    _check_password(server, spec["newPassword"])
    server.save({**user, "password": hash_password(spec["newPassword"])})
    return Reply(204)


def export(server: Server, call: Call) -> Reply:
    rows = "\n".join(f"{user['name']},{user['role']}" for user in server.users.all())
    return Reply(200, f"Name,Role\n{rows}\n", "application/octet-stream")


# -- second factors


def enable_mfa(server: Server, call: Call) -> Reply:
    """Secret, and shown once. Nothing changes until acceptMfa."""
    user = _user_of(server, call)
    bodies.read(server, call, {"recreate": bool})
    key = secrets.token_hex(10).upper()
    return Reply(
        200,
        {
            "userId": user["id"],
            "qrString": f"otpauth://totp/Veeam:{user['name']}?secret={key}",
            "secretKey": key,
            "scratchCodes": [f"{secrets.randbelow(10**8):08d}" for _ in range(5)],
            "token": server.tokens.ticket(f"accept:{user['id']}", 600),
        },
    )


def accept_mfa(server: Server, call: Call) -> Reply:
    """assumed: the code of every second factor is 000000 here."""
    user = _user_of(server, call)
    spec = bodies.read(server, call, {"code": str, "token": str}, ("code", "token"))
    if server.tokens.peek(spec["token"]) != f"accept:{user['id']}" or spec["code"] != "000000":
        raise refused("code", "The code or the token is not valid.")
    server.tokens.spend(spec["token"])
    server.save({**user, "mfaEnabled": True})
    return Reply(204)


def disable_mfa(server: Server, call: Call) -> Reply:
    server.save({**_user_of(server, call), "mfaEnabled": False})
    return Reply(204)


def _user_of(server: Server, call: Call) -> Doc:
    user = server.users.get(call.params["id"])
    if user is None:
        text = f"User '{call.params['id']}' does not exist."
        raise Refusal(problem(404, text)) if server.settings.number("unknown_id") == 404 else refused("id", text)
    return user


def _check_description(server: Server, text: str) -> None:
    if server.settings.on("description_rule") and not _DESCRIPTION.fullmatch(text):
        raise refused("description", "The description may hold letters, digits, dots, commas and spaces only.")


def _check_password(server: Server, text: str) -> None:
    kinds = (str.islower, str.isupper, str.isdigit, lambda char: char in string.punctuation)
    weak = len(text) < 12 or sum(any(kind(char) for char in text) for kind in kinds) < 3
    if not text or (weak and server.settings.text("weak_passwords") == "refused"):
        raise refused("password", "The password does not meet the requirements.")


def _check_identity_provider(server: Server, spec: dict[str, Any]) -> None:
    if spec.get("password"):
        raise refused("password", "A user of an identity provider has no password.")  # assumed
    known = server.settings.text("idp") == "saml" and spec.get("identityProviderEntityId") == seeds.IDENTITY_PROVIDER
    if not known:
        raise refused("identityProviderEntityId", "There is no such identity provider.")


def _keep_an_administrator(server: Server, user: Doc) -> None:
    """assumed: 400 for the last portal administrator with a password."""
    admins = [one["id"] for one in server.users.all() if one["role"] == "PortalAdmin" and one["type"] == "Internal"]
    if admins == [user["id"]]:
        raise refused("role", "The last portal administrator must remain.")
