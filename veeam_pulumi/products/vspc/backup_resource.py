"""The backup resource of a subtenant: its share of a company's cloud repository.

* Given with the user (POST /users, `backupResource`), read and patched at /users/{uid}/backupResource.
* REST 3.5.1 (console 8.1) and older call `tenantBackupResourceUid` `companySiteBackupResourceUid`.
* The server fills in a description, and shows a quota beside `isStorageQuotaUnlimited`: only what the program says is
  compared.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from ...errors import NotFound
from ...resource.fields import State, computed, input_fields
from ...resource.identity import path_part
from ...resource.types import Guid, Name, Number, Switch, Text
from ...server.body import fitting
from .session import API, VspcSession

NAMES = {
    "tenant_backup_resource_uid": "tenantBackupResourceUid",
    "resource_friendly_name": "resourceFriendlyName",
    "site_uid": "siteUid",
    "description": "description",
    "storage_quota": "storageQuota",
    "is_storage_quota_unlimited": "isStorageQuotaUnlimited",
}


ROW = dict.fromkeys([*NAMES.values(), "companySiteBackupResourceUid"], str) | {
    "storageQuota": int,
    "isStorageQuotaUnlimited": bool,
}


class BackupResource(BaseModel):
    """A subtenant's share of a company's cloud repository; what is left out is the console's to choose."""

    model_config = ConfigDict(extra="forbid")

    tenant_backup_resource_uid: Guid = Field(description="UID of the company's cloud repository that the share is of.")
    resource_friendly_name: Name = Field(description="What the subtenant sees it as.")
    site_uid: Annotated[Guid | None, computed] = Field(
        None, description="UID of the Cloud Connect site; needed where the company has several tenants."
    )
    description: Annotated[Text | None, computed] = Field(
        None, description="Any text; left out, the server writes one."
    )
    storage_quota: Annotated[Number | None, Field(ge=1 << 30, le=1124774006935781400), computed] = Field(
        None, description="Bytes, at least 1 GiB."
    )
    is_storage_quota_unlimited: Switch = Field(True, description="Whether there is no quota.")


_FIELDS = input_fields(BackupResource)


def body(session: VspcSession, given: BackupResource | None) -> State | None:
    """A backup resource as POST /users has it, in the words of the server's release."""
    if given is None:
        return None
    values = {NAMES[key]: value for key, value in given.model_dump().items() if value is not None}
    if session.major() <= 8:
        values["companySiteBackupResourceUid"] = values.pop("tenantBackupResourceUid")
    return values


def read(session: VspcSession, id: str) -> State | None:
    """The backup resource of a user who is there; None where they have none."""
    try:
        answer = session.get(f"{API}/users/{path_part(id)}/backupResource")
    except NotFound:  # of the backup resource: the user was just seen
        return None
    row = fitting(answer.get("data"), ROW, "a backup resource")
    if row is None:
        return None
    old_name = {"tenantBackupResourceUid": row.get("companySiteBackupResourceUid")}
    live = {key: {**old_name, **row}.get(name) for key, name in NAMES.items()}
    return {key: value for key, value in live.items() if value is not None}


def changes(old: State, new: State) -> dict[str, Any]:
    """Path -> value of what the program says and the server has not; what it leaves out is the server's."""
    default = {"is_storage_quota_unlimited": True} if "is_storage_quota_unlimited" in old else {}
    new = {key: value for key, value in {**default, **new}.items() if value is not None}
    return {f"/{NAMES[key]}": value for key, value in new.items() if not _FIELDS[key].same(old.get(key), value)}
