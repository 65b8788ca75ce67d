"""What the server says about itself, and the switch for multi-factor authentication."""

from __future__ import annotations

import datetime
from typing import Any

from ..exchange import Call, Reply
from . import changes, revisions
from .errors import error, refusal
from .room import Server


def server_time(room: Server, call: Call) -> Reply:
    now = datetime.datetime.fromtimestamp(room.clock.now(), datetime.timezone.utc)
    body = {"serverTime": now.isoformat(), "timeZone": "(UTC) Coordinated Universal Time"}
    if revisions.at_least(call.revision, "1.3-rev2"):
        body["ianaTimeZoneId"] = "Etc/UTC"
    return Reply(200, body)


def server_certificate(room: Server, call: Call) -> Reply:
    """The thumbprint is SHA-1, upper-case, without separators; the end of validity is called validBy."""
    identity = room.identity()
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


def server_info(room: Server, call: Call) -> Reply:
    return Reply(
        200,
        {
            "vbrId": "7c2f4f0e-5f5b-4a36-9b1c-0c7f3a1d2e44",
            "name": "vbr01.lab.local",
            "buildVersion": room.settings.text("build"),
            "patches": [],
            "databaseVendor": "PostgreSQL",
            "sqlServerEdition": "",
            "sqlServerVersion": "15.0",
            "databaseSchemaVersion": "1.0",
            "databaseContentVersion": "1.0",
            "veeamRegistration": {"isRegistered": True},
            "platform": "Windows",
        },
    )


def read_settings(room: Server, call: Call) -> Reply:
    return Reply(200, {"mfaEnabled": room.settings.mfa})


def write_settings(room: Server, call: Call) -> Reply:
    on = changes.body_of(call).get("mfaEnabled")
    if not isinstance(on, bool):
        raise refusal(400, "The field 'mfaEnabled' is required.")
    if on and any(user["type"].endswith("Group") for user in room.users.all()):
        # Documented: groups must be removed first. assumed: 400.
        raise refusal(400, "Remove all groups before multi-factor authentication is enabled.")
    if not changes.four_eyes(room):
        room.settings.switch_mfa(on)
    return Reply(200, {"mfaEnabled": on})


def swagger(room: Server, call: Call) -> Reply:
    """Clients find out without credentials which revisions there are: 200 or 404. The document itself is a stub."""
    revision = call.params["revision"]
    if revision not in room.settings.revisions:
        return error(404)
    info = {"title": "Veeam Backup & Replication REST API", "version": revision}
    return Reply(200, {"openapi": "3.0.1", "info": info, "paths": {}})
