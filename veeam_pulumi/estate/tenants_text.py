"""tenants.csv: the users of a service provider's companies, adopted; rows that are there stay as they are."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..access import tenants
from ..resource.identity import normal_id
from .census import Census, Item
from .import_file import row

FILE = "tenants.csv"
COMPANY = "veeam:tenants:Company"
HEAD = (*tenants.COLUMNS, "status", "adopt")


def users(census: Census) -> list[Item]:
    """The users of companies that nobody manages; those of the provider and of resellers are for a roster."""
    return [
        one
        for one in census.items
        if one.kind == "vspc.User" and one.standing == "unmanaged" and one.values.get("role") in tenants.ROLES
    ]


def added(file: Path, items: Iterable[Item], names: Mapping[str, str]) -> str:
    """The file's text with a row for each user that it has not; `names` of companies by UUID. Raises Mistaken."""
    text = file.read_text(encoding="utf-8-sig") if file.exists() else ""
    known = tenants.read(file) if text else ()
    there = {(normal_id(one.organization_uid), tenants.alike(user.user_name)) for one in known for user in one.users}
    called = {**names, **{normal_id(one.organization_uid): one.name for one in known}}
    head = [cell.strip() for cell in next(csv.reader([text.partition("\n")[0]]))] if text else list(HEAD)
    out = io.StringIO()
    writer = csv.DictWriter(out, head, extrasaction="ignore", lineterminator="\n")
    if not text:
        writer.writeheader()
    for item in items:
        uid = normal_id(str(item.values["organization_uid"]))
        if (uid, tenants.alike(str(item.values["user_name"]))) in there:
            continue
        profile = item.values.get("profile") or {}
        said = {name: str(profile.get(name) or "") for name in ("first_name", "last_name", "email")}
        said |= {name: str(item.values[name]) for name in ("user_name", "role", "status") if name in item.values}
        writer.writerow({**said, "company": called.get(uid, uid), "organization_uid": uid, "adopt": "true"})
    return text + ("\n" if text and not text.endswith("\n") and out.getvalue() else "") + out.getvalue()


def imported(file: Path, items: Iterable[Item], servers: Mapping[str, str]) -> list[dict[str, Any]]:
    """What an import makes of the users of the file that are on the servers."""
    there = {
        (normal_id(str(one.values["organization_uid"])), tenants.alike(str(one.values["user_name"]))): one
        for one in items
    }
    found: list[dict[str, Any]] = []
    for company in tenants.read(file):
        rows = []
        for user in company.users:
            item = there.get((normal_id(company.organization_uid), tenants.alike(user.user_name)))
            if item is None or not user.adopts:
                continue
            said: dict[str, Any] = {"organization_uid": company.organization_uid, "user_name": user.user_name}
            said |= {"role": user.role, "profile": user.profile, "connection": item.connection, "adopt": True}
            said |= {"status": user.status} if user.status else {}
            name = f"{tenants.alike(user.user_name)}@{company.name}"
            rows.append({**row(item, name, said, servers), "parent": company.name})
        if rows:
            found += [{"type": COMPANY, "name": company.name, "component": True}, *rows]
    return found
