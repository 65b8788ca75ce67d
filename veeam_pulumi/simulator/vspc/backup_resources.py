"""What a subtenant may use of a cloud tenant's repository. It is not part of the user's own answers."""

from __future__ import annotations

import uuid
from typing import Any

from ..routing import Call, Reply
from ..store import Doc
from . import answers, bodies, rules, views
from .server import Server

_FIELDS: dict[str, rules.Check] = {
    "resourceFriendlyName": rules.text(2048, 1, nullable=False),
    "description": rules.text(2048),
    "storageQuota": rules.nullable(rules.quota),
    "isStorageQuotaUnlimited": rules.flag,
}


def from_spec(server: Server, call: Call, spec: Any, role: str, home: Doc) -> Doc:
    """The resource of a user who is created. assumed: refused for every role but CompanySubtenant."""
    where, tenant_name = "backupResource", views.tenant_field(server.settings.release.rest)
    if role != "CompanySubtenant":
        server.fail(400, "Only a company subtenant has a backup resource.", propertyName=where)
    checks = {tenant_name: rules.uid, "siteUid": rules.nullable(rules.uid), "vcdUserId": rules.text(2048), **_FIELDS}
    found = bodies.members(server, spec, checks, where)
    bodies.require(server, found, tenant_name, "resourceFriendlyName", where=f"{where}.")
    tenant = server.tenants.get(found[tenant_name])
    if tenant is None or tenant["organizationUid"] != home["instanceUid"]:
        server.fail(404, f"Backup resource '{found[tenant_name]}' does not exist.")
    return {
        "tenant": tenant["instanceUid"],
        "siteUid": found.get("siteUid") or tenant["siteUid"],
        "subtenantUid": str(uuid.uuid4()),
        "vcdUserId": found.get("vcdUserId"),
        "resourceFriendlyName": found["resourceFriendlyName"],
        "description": found.get("description") or _description(server),
        "storageQuota": found.get("storageQuota"),
        "storageQuotaUsage": 0,
        "isStorageQuotaUnlimited": found.get("isStorageQuotaUnlimited", True),
    }


def list_all(server: Server, call: Call) -> Reply:
    holders = [user for user in server.visible_users(call) if user["backupResource"]]
    return answers.listing(server, call, [_wire(server, user) for user in holders])


def read(server: Server, call: Call) -> Reply:
    return answers.data(server, call, _wire(server, _holder_of(server, call)))


def update(server: Server, call: Call) -> Reply:
    """assumed: neither the tenant's resource nor the site can change."""
    user = _holder_of(server, call)
    user["backupResource"] = bodies.patched(server, call, user["backupResource"], _FIELDS)
    server.save(user)
    return answers.data(server, call, _wire(server, user))


def _holder_of(server: Server, call: Call) -> Doc:
    user = server.user_of(call)
    if not user["backupResource"]:
        server.fail(404, f"User '{user['userName']}' has no backup resource.")  # assumed
    return user


def _wire(server: Server, user: Doc) -> dict[str, Any]:
    return views.backup_resource(user, server.settings.release.rest)


def _description(server: Server) -> str | None:
    if not server.settings.on("autofill_description"):
        return None
    moment = server.now()
    clock = f"{moment:%I:%M:%S %p}".lstrip("0")
    return f"Created by Veeam Service Provider Console at {moment.month}/{moment.day}/{moment.year} {clock}"
