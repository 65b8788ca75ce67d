"""What a subtenant may use of a cloud tenant's repository. It is not part of the user's own answers."""

from __future__ import annotations

import uuid
from typing import Any

from ..exchange import Call, Reply
from ..store import Doc
from . import answers, bodies, rules, users, views
from .room import Console

_FIELDS: dict[str, rules.Check] = {
    "resourceFriendlyName": rules.text(2048, 1, nullable=False),
    "description": rules.text(2048),
    "storageQuota": rules.nullable(rules.quota),
    "isStorageQuotaUnlimited": rules.flag,
}


def from_spec(room: Console, call: Call, spec: Any, role: str, home: Doc) -> Doc:
    """The resource of a user who is created. assumed: refused for every role but CompanySubtenant."""
    where, tenant_name = "backupResource", views.tenant_field(room.settings.release.rest)
    if role != "CompanySubtenant":
        room.fail(400, "Only a company subtenant has a backup resource.", propertyName=where)
    checks = {tenant_name: rules.uid, "siteUid": rules.nullable(rules.uid), "vcdUserId": rules.text(2048), **_FIELDS}
    found = bodies.members(room, spec, checks, where)
    bodies.require(room, found, tenant_name, "resourceFriendlyName", where=f"{where}.")
    tenant = room.tenants.get(found[tenant_name])
    if tenant is None or tenant["organizationUid"] != home["instanceUid"]:
        room.fail(404, f"Backup resource '{found[tenant_name]}' does not exist.")
    return {
        "tenant": tenant["instanceUid"],
        "siteUid": found.get("siteUid") or tenant["siteUid"],
        "subtenantUid": str(uuid.uuid4()),
        "vcdUserId": found.get("vcdUserId"),
        "resourceFriendlyName": found["resourceFriendlyName"],
        "description": found.get("description") or _description(room),
        "storageQuota": found.get("storageQuota"),
        "storageQuotaUsage": 0,
        "isStorageQuotaUnlimited": found.get("isStorageQuotaUnlimited", True),
    }


def list_all(room: Console, call: Call) -> Reply:
    holders = [user for user in users.visible(room, call) if user["backupResource"]]
    return answers.listing(room, call, [_wire(room, user) for user in holders])


def read(room: Console, call: Call) -> Reply:
    return answers.data(room, call, _wire(room, _holder_of(room, call)))


def update(room: Console, call: Call) -> Reply:
    """assumed: neither the tenant's resource nor the site can change."""
    user = _holder_of(room, call)
    user["backupResource"] = bodies.patched(room, call, user["backupResource"], _FIELDS)
    room.save(user)
    return answers.data(room, call, _wire(room, user))


def _holder_of(room: Console, call: Call) -> Doc:
    user = users.user_of(room, call)
    if not user["backupResource"]:
        room.fail(404, f"User '{user['userName']}' has no backup resource.")  # assumed
    return user


def _wire(room: Console, user: Doc) -> dict[str, Any]:
    return views.backup_resource(user, room.settings.release.rest)


def _description(room: Console) -> str | None:
    if not room.settings.on("autofill_description"):
        return None
    moment = room.now()
    clock = f"{moment:%I:%M:%S %p}".lstrip("0")
    return f"Created by Veeam Service Provider Console at {moment.month}/{moment.day}/{moment.year} {clock}"
