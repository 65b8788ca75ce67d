"""Credentials: user names and secrets for other machines. Several may have one user name; secrets never come back."""

from __future__ import annotations

import base64
import binascii
import datetime
import uuid
from typing import Any

from ..credentials import hash_password
from ..routing import Call, Reply
from ..store import Doc
from . import bodies, lists, revisions
from .errors import refusal
from .server import Server

TYPES = ("Standard", "Linux", "ManagedService")
AUTHENTICATION = ("Password", "SshKey")
LINUX = {"SSHPort": 22, "elevateToRoot": False, "addToSudoers": False, "useSu": False}
"""assumed: what the server sets where a client says nothing."""
SECRETS = ("password", "privateKey", "passphrase", "rootPassword")
IN_USE = "Unable to delete selected credentials because they are currently in use"  # assumed, between known ends
_V13 = "1.3-rev0"


def list_all(server: Server, call: Call) -> Reply:
    with_preset = lists.flag(call, "includeDefaultApplianceCreds") or server.settings.text("preset") == "listed"
    types = call.every("typeFilter")
    rows = [
        shown(server, one, call.revision)
        for one in server.credentials.all()
        if (with_preset or not one["isDefaultAppliance"])
        and (not types or one["type"] in types)
        and any(lists.name_matches(call.first("nameFilter"), one[key]) for key in ("username", "description", "type"))
    ]
    columns = {key[0].upper() + key[1:]: _column(key) for key in ("username", "description", "type", "creationTime")}
    found, pagination = lists.page(call, lists.ordered(call, rows, columns, "Username"), *server.settings.page(False))
    return Reply(200, {"data": found, "pagination": pagination})


def _column(key: str) -> Any:
    return lambda row: row[key]


def read(server: Server, call: Call) -> Reply:
    return Reply(200, shown(server, _of(server, call), call.revision))


def create(server: Server, call: Call) -> Reply:
    body = bodies.read(call)
    fields = _fields(body, call.revision)
    if fields["type"] == "Standard" and revisions.at_least(call.revision, _V13) and "password" not in body:
        raise refusal(400, "The field 'password' is required.")
    made = add(server, {**fields, **_secrets(server, body)})
    return Reply(201, shown(server, made, call.revision))


def update(server: Server, call: Call) -> Reply:
    """The body is the whole model, without secrets."""
    known, body = _of(server, call), bodies.read(call)
    fields = _fields(body, call.revision)
    if str(body.get("id") or "").lower() != known["id"] or not isinstance(body.get("description"), str):
        raise refusal(400, "The fields 'id' and 'description' are required.")
    _require_time(body)
    if fields["type"] != known["type"]:
        raise refusal(400, "The type of credentials cannot be changed.")  # assumed
    kept = {key: known[key] for key in LINUX} if server.settings.text("credential_put") == "merges" else {}
    own = {key: known[key] for key in ("id", "creationTime", "isDefaultAppliance", "uniqueId", "secrets", "usedBy")}
    method = {} if revisions.at_least(call.revision, _V13) else {"authenticationType": known["authenticationType"]}
    changed = {**known, **LINUX, **kept, **fields, **own, **method}
    server.credentials.put(known["id"], changed)
    return Reply(200, shown(server, changed, call.revision))


def delete(server: Server, call: Call) -> Reply:
    known = _of(server, call)
    if known["isDefaultAppliance"]:
        raise refusal(400, "Default credentials cannot be deleted.", "UnknownError")  # assumed
    status = int(server.settings.text("credential_in_use"))
    hosts = [str(host.get("credentialsId") or "").lower() for host in server.managed.all()]
    if known["usedBy"] or known["id"] in hosts:
        raise refusal(status, IN_USE, "UnknownError")
    if known["refusals"] > 0:
        server.credentials.put(known["id"], {**known, "refusals": known["refusals"] - 1})
        raise refusal(status, IN_USE, "UnknownError")
    server.credentials.remove(known["id"])
    return Reply(204)


def change_password(server: Server, call: Call) -> Reply:
    return _changed(server, call, "password", "password")


def change_root_password(server: Server, call: Call) -> Reply:
    return _changed(server, call, "password", "rootPassword", "Linux")


def change_private_key(server: Server, call: Call) -> Reply:
    """assumed: one without a passphrase takes the former passphrase away."""
    return _changed(server, call, "privateKey", "privateKey", "Linux")


def _changed(server: Server, call: Call, key: str, secret: str, only: str = "") -> Reply:
    known, body = _of(server, call), bodies.read(call)
    if not isinstance(body.get(key), str):
        raise refusal(400, f"The field '{key}' is required.")
    fits = known["type"] == only if only else known["type"] != "ManagedService"
    if not fits or (secret == "privateKey" and known["authenticationType"] != "SshKey"):
        raise refusal(400, f"These credentials have no {secret}.")  # assumed
    with_it = ["passphrase"] if secret == "privateKey" and "passphrase" in body else []
    given = {secret: body[key], **{name: body[name] for name in with_it}}
    kept = {name: value for name, value in known["secrets"].items() if secret != "privateKey" or name != "passphrase"}
    secrets = {**kept, **_secrets(server, given)["secrets"]}
    server.credentials.put(known["id"], {**known, "secrets": secrets})
    return Reply(200, {})


def add(server: Server, values: Doc) -> Doc:
    """Credentials as they are kept, with what nobody said."""
    own = server.settings.text("credential_unique_id") == "own" or not values.get("uniqueId")
    made: Doc = {
        "id": str(uuid.uuid4()),
        "description": "",
        "authenticationType": "Password",
        **LINUX,
        "creationTime": datetime.datetime.fromtimestamp(server.clock.now(), datetime.timezone.utc).isoformat(),
        "isDefaultAppliance": False,
        "secrets": {},
        "usedBy": [],
        "refusals": 0,
        **values,
        **({"uniqueId": str(uuid.uuid4())} if own else {}),
    }
    server.credentials.put(made["id"], made)
    return made


def freed(server: Server, known: Doc) -> Doc:
    """Credentials that nothing uses any more: for a while they are still taken for used."""
    return {**known, "usedBy": [], "refusals": server.settings.number("credential_lag")}


def shown(server: Server, one: Doc, revision: str) -> dict[str, Any]:
    keys = ["id", "username", "description", "type", "creationTime"]
    keys += ["uniqueId"] if server.settings.text("credential_unique_id") != "hidden" else []
    if one["type"] == "Linux":
        keys += [*LINUX, *(["authenticationType"] if revisions.at_least(revision, _V13) else [])]
    keys += ["isDefaultAppliance"] if revisions.at_least(revision, "1.3-rev2") else []
    return {key: one[key] for key in keys}


def hashed(secrets: dict[str, str]) -> dict[str, str]:
    return {name: hash_password(value) for name, value in secrets.items()}


def _of(server: Server, call: Call) -> Doc:
    found = server.credentials.get(call.params["id"].lower())
    if found is None:
        raise refusal(404)
    return found


def _fields(body: dict[str, Any], revision: str) -> Doc:
    """What of a body the server shows again."""
    newer = revisions.at_least(revision, _V13)
    for key, allowed in {"type": TYPES if newer else TYPES[:2], "authenticationType": AUTHENTICATION}.items():
        if key == "authenticationType" and (body.get("type") != "Linux" or not newer):
            continue
        if body.get(key) not in allowed:
            raise refusal(400, f"The field '{key}' must be one of {', '.join(allowed)}.")
    if not isinstance(body.get("username"), str) or not body["username"]:
        raise refusal(400, "The field 'username' is required.")
    kinds: dict[str, Any] = {"description": str, "uniqueId": str, "isDefaultAppliance": bool}
    kinds |= {key: type(value) for key, value in LINUX.items()} if body["type"] == "Linux" else {}
    for key, kind in kinds.items():
        if key in body and type(body[key]) is not kind:
            raise refusal(400, f"The field '{key}' is of the wrong type.")
    known = ["type", "username", "description", "uniqueId"]
    known += [*LINUX, *(["authenticationType"] if newer else [])] if body["type"] == "Linux" else []
    return {key: body[key] for key in known if key in body}


def _secrets(server: Server, body: dict[str, Any]) -> Doc:
    """The secrets of a body, as they are kept."""
    given = {key: body[key] for key in SECRETS if key in body}
    for key, value in given.items():
        if not isinstance(value, str):
            raise refusal(400, f"The field '{key}' is of the wrong type.")
    if "privateKey" in given:
        _check_key(given["privateKey"], server.settings.text("credential_key"))
    return {"secrets": hashed(given)}


def _check_key(key: str, how: str) -> None:
    """The contract's example is in base64; whether a PEM is taken as it is, no document says."""
    try:
        base64.b64decode(key, validate=True)
        form = "base64"
    except (binascii.Error, ValueError):
        form = "pem"
    if how not in (form, "both"):
        raise refusal(400, "The private key is not valid.")


def _require_time(body: dict[str, Any]) -> None:
    try:
        datetime.datetime.fromisoformat(str(body.get("creationTime")).replace("Z", "+00:00"))
    except ValueError:
        raise refusal(400, "The field 'creationTime' is required.") from None
