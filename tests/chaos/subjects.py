"""What is managed in the campaign, and what is done with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.bench.objects import COMPANY

Arguments = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """From one program to another: the names of arguments of a Subject, "" for no resource.

    `by_hand`: what somebody else does in between. `run`: what the engine does then.
    """

    before: str
    after: str
    run: str = "up"
    by_hand: str = ""
    adopt: bool = False
    forced: bool = False
    """Replaced because the user says so."""


OPERATIONS = {
    "create": Operation("", "first"),
    "update": Operation("first", "changed"),
    "rotate": Operation("first", "rotated"),
    "replace": Operation("first", "renamed"),
    "move": Operation("first", "renamed"),
    "force": Operation("first", "first", forced=True),
    "delete": Operation("first", ""),
    "adopt": Operation("", "first", by_hand="add", adopt=True),
    "refresh": Operation("first", "first", run="refresh", by_hand="update"),
    "gone": Operation("first", "first", run="refresh", by_hand="delete"),
}
_USUAL = ("create", "update", "replace", "delete", "adopt", "refresh", "gone")


@dataclass(frozen=True)
class Subject:
    """A resource on a server of one kind. `changed` and `renamed` are what differs from `first`.

    `name`: the argument that names the object. `id`: where the server's row has the id. `found` and `drift`: values
    that somebody gives it by hand. `account`: who logs in with the password, where the product keeps one.
    """

    resource: str
    name: str
    id: str
    first: Arguments
    changed: Arguments
    renamed: Arguments
    found: Arguments
    drift: Arguments
    account: str = ""
    knobs: dict[str, str] = field(default_factory=dict)
    operations: tuple[str, ...] = _USUAL

    @property
    def product(self) -> str:
        return self.resource.partition(".")[0]


_VSPC: dict[str, Any] = {
    "resource": "vspc.User",
    "name": "user_name",
    "id": "instanceUid",
    "first": {
        "organization_uid": COMPANY,
        "user_name": "s.smith",
        "role": "CompanyAdministrator",
        "profile": {"first_name": "Stan", "email": "s.smith@alpha.com"},
    },
    "changed": {"profile": {"last_name": "Smith"}, "status": "Disabled"},
    "renamed": {"user_name": "s.jones"},
    "found": {"organizationUid": COMPANY},
    "drift": {"role": "CompanyInvoiceAuditor"},
    "account": "s.smith",
}

SUBJECTS = {
    "aws.User": Subject(
        resource="aws.User",
        name="name",
        id="name",
        first={"name": "operator", "description": "one"},
        changed={"description": "two"},
        renamed={"name": "observer"},
        found={"description": "by hand"},
        drift={"description": "by hand"},
        account="operator",
        operations=(*_USUAL, "rotate"),
    ),
    "em.BackupServer": Subject(
        resource="em.BackupServer",
        name="dns_name_or_ip_address",
        id="uid",
        first={"dns_name_or_ip_address": "172.17.53.48", "username": r"VBR01\Administrator", "description": "one"},
        changed={"description": "two", "port": 9393},
        renamed={"dns_name_or_ip_address": "172.17.53.49"},
        found={"username": r"VBR01\Administrator"},
        drift={"description": "by hand"},
        account=r"VBR01\Administrator",
        operations=("create", "update", "rotate", "move", "force", "delete", "adopt", "refresh", "gone"),
    ),
    "vbr.User security": Subject(
        resource="vbr.User",
        name="name",
        id="id",
        first={"name": r"TECH\john", "roles": ["Veeam Backup Operator", "Veeam Tape Operator"]},
        changed={"roles": ["Veeam Backup Viewer"], "is_service_account": True},
        renamed={"name": r"TECH\jane"},
        found={"roles": ["Veeam Backup Administrator"]},
        drift={"roles": ["Veeam Backup Administrator"]},
        knobs={"vbr.dialect": "security"},
    ),
    "vbr.User users": Subject(
        resource="vbr.User",
        name="name",
        id="id",
        first={"name": r"TECH\john", "roles": ["Veeam Backup Operator"], "description": "one"},
        changed={"roles": ["Veeam Backup Viewer"], "description": "two", "is_enabled": False},
        renamed={"name": r"TECH\jane"},
        found={"roles": ["Veeam Backup Administrator"]},
        drift={"roles": ["Veeam Backup Administrator"], "description": "by hand"},
        knobs={"vbr.dialect": "users", "vbr.users_shape": "model"},
    ),
    "vspc.User direct": Subject(**_VSPC, operations=(*_USUAL, "rotate")),
    "vspc.User async": Subject(**_VSPC, operations=(*_USUAL, "rotate"), knobs={"vspc.async": "writes"}),
    "vspc.User disabled": Subject(  # created enabled, then disabled
        **{**_VSPC, "first": {**_VSPC["first"], "status": "Disabled"}, "account": ""}, operations=("create", "replace")
    ),
}
