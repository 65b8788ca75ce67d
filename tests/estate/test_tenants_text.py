"""tenants.csv of what is on the servers: names are one where the console takes them for one, and not otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.specimens import specimen
from veeam_pulumi.access import companies, tenants
from veeam_pulumi.estate import tenants_text
from veeam_pulumi.estate.census import Item
from veeam_pulumi.products import resources

NAMES = ("strasse", "Stra\u00dfe", "\u017fmith", "smith")


def item(name: str) -> Item:
    values: dict[str, Any] = {
        **specimen("vspc.User").first,
        "user_name": name,
        "status": "Enabled",
        "connection": "vspc",
    }
    return Item("vspc", "vspc.User", f"id of {name}", values, resources()["vspc.User"].grant(values), "unmanaged")


def test_names_that_only_look_alike_get_a_row_and_an_id_each(tmp_path: Path) -> None:
    file, uid = tmp_path / "tenants.csv", specimen("vspc.User").first["organization_uid"]
    items = [item(name) for name in NAMES]
    file.write_text(tenants_text.added(file, items[:1], {uid: "Alpha"}))
    file.write_text(tenants_text.added(file, items, {uid: "Alpha"}))
    (company,) = tenants.read(file)
    assert [user.user_name for user in company.users] == [*NAMES]
    found = [one for one in tenants_text.imported(file, items, {"vspc": "vspc:1280"}) if "id" in one]
    assert [(one["name"], one["id"]) for one in found] == [
        ("strasse@Alpha", "id of strasse"),
        ("stra\u00dfe@Alpha", "id of Stra\u00dfe"),
        ("\u017fmith@Alpha", "id of \u017fmith"),
        ("smith@Alpha", "id of smith"),
    ]
    assert [companies._name(user, company) for user in company.users] == [one["name"] for one in found]
    assert tenants_text.added(file, [item("STRASSE")], {uid: "Alpha"}) == file.read_text()
