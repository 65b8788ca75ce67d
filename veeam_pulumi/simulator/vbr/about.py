"""What the server says about itself, and the switch for multi-factor authentication."""

from __future__ import annotations

import datetime
from typing import Any

from ..routing import Call, Reply
from . import bodies, revisions, user_changes
from .errors import error, refusal
from .server import Server


def server_time(server: Server, call: Call) -> Reply:
    if server.settings.text("server_time") == "missing":
        return error(404)
    now = datetime.datetime.fromtimestamp(server.clock.now(), datetime.timezone.utc)
    body = {"serverTime": now.isoformat()}
    if revisions.at_least(call.revision, "1.2-rev0"):  # a recorded answer under 1.1-rev2 has none; assumed: since then
        body["timeZone"] = "(UTC) Coordinated Universal Time"
    if revisions.at_least(call.revision, "1.3-rev2"):
        body["ianaTimeZoneId"] = "Etc/UTC"
    return Reply(200, body)


def server_certificate(server: Server, call: Call) -> Reply:
    """The thumbprint is SHA-1, upper-case, without separators; the end of validity is called validBy."""
    identity = server.identity()
    shown = identity.certificate
    body: dict[str, Any] = {
        "thumbprint": identity.thumbprint("sha1"),
        "serialNumber": f"{shown.serial_number:X}",
        "keyAlgorithm": "ECC",
        "keySize": str(identity.key.key_size),
        "subject": shown.subject.rfc4514_string(),
        "issuedTo": shown.subject.rfc4514_string(),
        "issuedBy": shown.issuer.rfc4514_string(),
        "validFrom": shown.not_valid_before_utc.isoformat(),
        "validBy": shown.not_valid_after_utc.isoformat(),
    }
    if revisions.at_least(call.revision, "1.3-rev0"):
        body["isTrusted"] = True
    return Reply(200, body)


def server_info(server: Server, call: Call) -> Reply:
    body: dict[str, Any] = {
        "vbrId": "7c2f4f0e-5f5b-4a36-9b1c-0c7f3a1d2e44",
        "name": "vbr01.lab.local",
        "buildVersion": server.settings.text("build"),
        "patches": [],
        "databaseVendor": "PostgreSQL",
        "sqlServerEdition": "",
        "sqlServerVersion": "15.0",
        "databaseSchemaVersion": "1.0",
        "databaseContentVersion": "1.0",
    }
    if server.settings.version[0] >= 13:  # 12.3 was seen without both
        body.update(veeamRegistration={"isRegistered": True}, platform="Windows")
    return Reply(200, body)


def read_settings(server: Server, call: Call) -> Reply:
    return Reply(200, {"mfaEnabled": server.settings.mfa})


def write_settings(server: Server, call: Call) -> Reply:
    on = bodies.read(call).get("mfaEnabled")
    if not isinstance(on, bool):
        raise refusal(400, "The field 'mfaEnabled' is required.")
    if on and any(user["type"].endswith("Group") for user in server.users.all()):
        # Documented: groups must be removed first. assumed: 400.
        raise refusal(400, "Remove all groups before multi-factor authentication is enabled.")
    if not user_changes.four_eyes(server):
        server.settings.switch_mfa(on)
    return Reply(200, {"mfaEnabled": on})


def swagger(server: Server, call: Call) -> Reply:
    """Clients find out without credentials which revisions there are: 200 or 404. The document itself is a stub."""
    revision = call.params["revision"]
    if revision not in server.settings.revisions:
        return error(404)
    info = {"title": "Veeam Backup & Replication REST API", "version": revision}
    return Reply(200, {"openapi": "3.0.1", "info": info, "paths": {}})
