"""The one object that `--write` makes, per product: what it is, what is changed on it, and what its owner has to name.

It has the probe's own name where the product lets one choose. A backup server has users only for accounts that the
directory knows, a restore role needs somebody who restores, a console's user needs a company: those the owner names.
Rights are the least that the product has, but on Backup for AWS, whose server chooses them.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import Any

from ..errors import SettingsError
from ..products.vbr.session import VbrSession
from ..products.vspc.session import VspcSession
from ..server.session import Session

OWN_NAME = "veeam-pulumi-probe-write"
NOWHERE = f"{OWN_NAME}.invalid"
"""An address that no name service resolves (RFC 2606)."""
NEEDS = {
    "vbr": r"an account of the directory that is no user of the server, such as 'LAB\probe'",
    "vspc": "the UID of the company that the user is to belong to",
    "m365": "ORGANIZATION/USER: whose own mailbox may be restored by that user while the probe writes",
}
"""What `--with CONNECTION=…` names, by product; the others need nothing."""
FORMS = {"m365": "[^/]+/.+", "vspc": "[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}"}
WHAT = {
    "aws": f"adds the user {OWN_NAME} with the server's default role (probably full administration) and a password "
    "that nobody sees, logs in with it once, changes description and password, logs in once more",
    "azure": f"adds the user {OWN_NAME} with the role ReadOnlyUser and a password that nobody sees, logs in with it "
    "once, changes description, role (RestoreOperator) and password, logs in once more",
    "em": f"adds the backup server {NOWHERE}, which nobody can reach, with an invented account, and changes its "
    "description",
    "m365": f"adds the restore role {OWN_NAME}, for {{0}}: that user can restore the own mailbox by it; changes its "
    "description",
    "vbr": "adds {0} as a user with the role Backup Operator, and changes that to Backup Viewer",
    "vspc": f"adds the user {OWN_NAME} of company {{0}} with the role CompanyInvoiceAuditor and a password that nobody "
    "sees, logs in with it once, changes profile and password, logs in once more",
}
KINDS = {
    "aws": "aws.User",
    "azure": "azure.User",
    "em": "em.BackupServer",
    "m365": "m365.RestoreRole",
    "vbr": "vbr.User",
    "vspc": "vspc.User",
}


@dataclass(frozen=True)
class Plan:
    """What `--write` does on the server of one connection. `given`: what the owner named for it."""

    product: str
    given: str = ""
    mark: str = field(default_factory=lambda: secrets.token_hex(4))
    """Part of the description of the object: what has it was made by this run."""

    @property
    def says(self) -> str:
        """What it does, in words, before it is done."""
        return f"{WHAT[self.product].format(self.given)}, reads it each time and removes it"

    @property
    def own(self) -> tuple[str, ...]:
        """What of it is somebody's own."""
        return tuple(part for part in (self.given, *self.given.split("/")) if part)


def plan(connection: str, product: str, given: str) -> Plan:
    """The plan for a connection. Raises SettingsError where its owner has to name something, or named it in vain."""
    if product in NEEDS and not given:
        raise SettingsError(
            f"connection {connection}: --write needs {NEEDS[product]}", f"add --with {connection}=…; nothing was sent"
        )
    if product not in NEEDS and given:
        raise SettingsError(
            f"connection {connection}: --write needs nothing named on {product}", f"leave out --with {connection}=…"
        )
    if product in FORMS and not re.fullmatch(FORMS[product], given, re.IGNORECASE):
        raise SettingsError(f"connection {connection}: --with must be {NEEDS[product]}", "nothing was sent")
    return Plan(product, given)


def values(plan: Plan, session: Session) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arguments of the resource, and those that are changed afterwards."""
    text = f"Of a probe, may be deleted, {plan.mark}"
    password, other = (_password() for _ in range(2))
    account: dict[str, Any] = {"name": OWN_NAME, "description": text, "password": password, "verify_password": True}
    if plan.product == "aws":
        return account, {"description": f"{text}, changed", "password": other}
    if plan.product == "azure":
        changed = {"description": f"{text}, changed", "role": "RestoreOperator", "password": other}
        return {**account, "role": "ReadOnlyUser"}, changed
    if plan.product == "em":
        server = {
            "dns_name_or_ip_address": NOWHERE,
            "username": OWN_NAME,
            "password": password,
            "port": 9392,
        }
        return {**server, "description": text}, {"description": f"{text}, changed"}
    if plan.product == "vspc":
        assert isinstance(session, VspcSession)
        profile = {"first_name": "Veeam", "last_name": "Probe", "address": text}
        person = {"organization_uid": plan.given, "user_name": OWN_NAME, "role": "CompanyInvoiceAuditor"}
        other_profile: dict[str, Any] = {"profile": {**profile, "address": f"{text}, changed"}, "password": other}
        return {**person, "profile": profile, "password": password, "verify_password": True}, other_profile
    if plan.product == "m365":
        organization, _, user = plan.given.partition("/")
        members: dict[str, Any] = {"operators": [{"user": user}], "selected_items": [{"user": user}]}
        role: dict[str, Any] = {
            "name": OWN_NAME,
            "organization": organization,
            "role_type": "SpecificObjects",
            **members,
        }
        return {**role, "description": text}, {"description": f"{text}, changed"}
    assert isinstance(session, VbrSession)
    described = {"description": text} if session.dialect == "users" else {}
    return {"name": plan.given, "roles": ["Backup Operator"], **described}, {"roles": ["Backup Viewer"]}


def _password() -> str:
    """One that every product's rules let pass: four kinds of characters, and no three neighbours in a row (`abc`)."""
    return "".join(
        f"{secrets.choice('BDFHKMPRTVXZ')}{secrets.randbelow(10)}{secrets.choice('acegjlnqsuwy')}-" for _ in range(8)
    )
