"""Each finding on a census that gives it, and on one that does not; the settings are those of the policy pack."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from tests.estate.test_people import entry, on
from veeam_pulumi.access.entries import Review
from veeam_pulumi.errors import InvalidInput
from veeam_pulumi.estate.census import Census, Item
from veeam_pulumi.estate.findings import RULE_IDS, Case, Finding, Settings, examine, fail_on
from veeam_pulumi.estate.managed import Managed
from veeam_pulumi.estate.people import join

TODAY = date(2026, 11, 27)
ADMIN, SECURITY = "Backup Administrator", "Security Administrator"


def boss(name: str, *roles: str, connection: str = "vbr", **values: Any) -> Item:
    return on(connection, "vbr.User", name, roles=list(roles or [ADMIN]), **values)


def seen(
    items: Sequence[Item], entries: Sequence[Any] = (), missing: Sequence[Managed] = (), **config: Any
) -> list[Finding]:
    case = Case(Census([], [*items], [*missing]), join(items, entries), TODAY, Settings.of(config))
    return examine(case)


def rules(items: Sequence[Item], *args: Any, **config: Any) -> set[str]:
    return {one.rule for one in seen(items, *args, **config)}


def managed(item: Item, standing: Any = "managed") -> Item:
    return dataclasses.replace(item, standing=standing)


TWO = [managed(boss(r"LAB\ann")), managed(boss(r"LAB\bob"))]


def test_two_declared_administrators_are_no_finding() -> None:
    assert seen(TWO) == []


def test_unmanaged_is_high_for_the_privileged_and_medium_for_others() -> None:
    found = [one for one in seen([*TWO, boss(r"LAB\eve"), boss(r"LAB\sue", "Backup Viewer")]) if one.rule == "ORP-1"]
    assert [(one.about, one.severity) for one in found] == [(r"LAB\eve", "high"), (r"LAB\sue", "medium")]


def test_the_limit_of_administrators_is_that_of_the_policy_by_connection() -> None:
    six = [managed(boss(rf"LAB\u{number}")) for number in range(6)]
    (found,) = seen(six)
    assert (found.rule, found.connection) == ("DEL-2", "vbr")
    assert found.message.startswith("6 accounts can delete backups or change who has access, at most 5 are allowed: ")
    assert rules(six, **{"few-administrators": {"limits": {"vbr": 6}}}) == set()
    assert rules(six[:3], **{"few-administrators": {"limit": 2}}) == {"DEL-2"}
    assert rules(six[:3], **{"few-administrators": {"limit": 2, "enforcementLevel": "disabled"}}) == set()


def test_the_last_administrator_is_a_finding_whatever_the_policy_says() -> None:
    assert rules(TWO[:1], all="disabled") == {"DEL-4"}
    assert rules([managed(boss(r"LAB\ops", type="InternalGroup"))]) == {"DEL-3"}


def test_an_administrator_without_a_second_factor_unless_it_is_a_service_account() -> None:
    found = seen([*TWO, managed(boss(r"LAB\eve", mfa_enabled=False))])
    assert [(one.rule, one.severity, one.about) for one in found] == [("DEL-3", "high", r"LAB\eve")]
    assert rules([*TWO, managed(boss(r"LAB\svc", mfa_enabled=False, is_service_account=True))]) == set()
    assert rules([*TWO, managed(boss(r"LAB\sue", "Backup Viewer", mfa_enabled=False))]) == set()


def test_generic_names_are_those_of_the_policy() -> None:
    assert rules([*TWO, managed(boss(r"LAB\admin2", "Backup Viewer"))]) == {"GEN-1"}
    allowed = {"no-generic-names": {"allowed": ["admin*"]}}
    assert rules([*TWO, managed(boss(r"LAB\admin2", "Backup Viewer"))], **allowed) == set()
    named = {"no-generic-names": {"names": ["desk*"]}}
    assert rules([*TWO, managed(boss(r"LAB\desk", "Backup Viewer"))], **named) == {"GEN-1"}
    assert rules([*TWO, managed(boss(r"LAB\admin", "Backup Viewer"), "break-glass")]) == set()


def test_who_was_not_approved_once_there_are_approvals() -> None:
    def approved(**more: str) -> dict[str, Any]:
        both = [{"account": one, "connection": "vbr", "by": "Ann Lee"} for one in (r"LAB\ann", r"lab\BOB")]
        return {"no-unapproved-administrators": {"approvals": [both[0], {**both[1], **more}]}}

    assert rules(TWO, **approved()) == set()
    (found,) = seen(TWO, **approved(until="2026-11-26"))
    assert (found.rule, found.about) == ("APR-1", r"LAB\bob")
    assert "the approval by Ann Lee ended on 2026-11-26" in found.message
    assert rules([*TWO, managed(boss(r"LAB\eve"), "own login")], **approved()) == set()
    assert rules([*TWO, managed(boss(r"LAB\sue", "Backup Viewer"))], **approved()) == set()


def test_an_entry_whose_last_day_is_over() -> None:
    ann = dataclasses.replace(entry("ann", "Ann", vbr=r"LAB\ann"), until=date(2026, 11, 26))
    assert "EXP-1" in rules(TWO, [ann])
    assert "EXP-1" not in rules(TWO, [dataclasses.replace(ann, until=TODAY)])


def test_a_disabled_account_that_keeps_its_rights() -> None:
    assert rules([*TWO, managed(boss(r"LAB\eve", is_enabled=False))]) == {"DIS-1"}
    assert rules([*TWO, managed(boss(r"LAB\sue", "Backup Viewer", is_enabled=False))]) == set()


def test_what_a_state_holds_and_a_server_has_not() -> None:
    for address, about in (
        ("urn:pulumi:prod::access::type::jdoe", "jdoe"),
        ("urn:pulumi:prod::access::type::ops::jdoe", "ops::jdoe"),
        ("veeam_vbr_user.jdoe", "veeam_vbr_user.jdoe"),
    ):
        (found,) = seen(TWO, (), [Managed("vbr.User", "vbr", "1", address)])
        assert (found.rule, found.about) == ("GHO-1", about)


def test_one_person_on_both_sides_by_the_roster_and_by_the_policy() -> None:
    halves = [managed(boss(r"LAB\ann")), managed(boss(r"LAB\ann-sec", SECURITY))]
    ann = dataclasses.replace(entry("ann", "Ann", vbr=r"LAB\ann"), reviewed=Review("Bob", TODAY))
    second = dataclasses.replace(ann, accounts=(*ann.accounts, *entry("ann", "Ann", vbr=r"LAB\ann-sec").accounts))
    assert "SOD-1" not in rules([*TWO, halves[1]], [ann])
    (found,) = [one for one in seen([*TWO, halves[1]], [second]) if one.rule == "SOD-1"]
    assert (found.severity, found.connection, found.about) == ("high", "vbr", "Ann")
    assert rules([*TWO, managed(boss(r"LAB\cy", ADMIN, SECURITY))]) == {"SOD-1"}
    none: dict[str, Any] = {"separated-duties": {"pairs": []}}
    assert rules([*TWO, managed(boss(r"LAB\cy", ADMIN, SECURITY))], **none) == set()
    across = {"separated-duties": {"across": [f"{ADMIN} + {SECURITY}"]}}
    apart = [managed(boss(r"LAB\cy")), managed(boss(r"LAB\cy", SECURITY, connection="vbr-b"))]
    assert "SOD-1" in rules([*TWO, *apart], **across)
    assert "SOD-1" not in rules([*TWO, *apart])


@pytest.mark.parametrize(("days", "is_found"), [(None, True), (366, True), (365, False)])
def test_a_review_counts_for_as_long_as_the_policy_says(days: int | None, is_found: bool) -> None:
    ann = entry("ann", "Ann", vbr=r"LAB\ann")
    if days is not None:
        ann = dataclasses.replace(ann, reviewed=Review("Bob", date.fromordinal(TODAY.toordinal() - days)))
    assert ("REV-1" in rules(TWO, [ann])) is is_found
    half_a_year = {"no-unapproved-administrators": {"review_days": 183}}
    assert "REV-1" in rules(TWO, [ann], **half_a_year)


def test_a_role_that_nobody_knows_counts_as_able_and_is_said() -> None:
    (found,) = seen([*TWO, managed(boss(r"LAB\eve", "Auditors"))])
    assert found.rule == "UNK-1"
    assert "nobody knows what the role 'Auditors' lets its holder do" in found.message


def test_a_key_may_become_as_old_as_the_policy_says() -> None:
    key = managed(on("vspc", "vspc.ApiKey", "ci", user_name="ci", creation_date="2026-10-01T00:00:00Z"))
    assert "KEY-1" not in rules([key])
    assert "KEY-1" in rules([key], **{"keys-renewed": {"days": 30}})
    assert "KEY-1" not in rules([dataclasses.replace(key, grant=dataclasses.replace(key.grant, enabled=False))])


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"few-administrator": {}}, "unknown rule 'few-administrator'"),
        ({"few-administrators": {"limit": -1}}, "few-administrators is wrong: limit: "),
        ({"keys-renewed": "on"}, "unknown enforcement level 'on'"),
        ({"no-unapproved-administrators": {"approvals": [{"account": "x"}]}}, "approvals.0.connection: Field required"),
    ],
)
def test_a_configuration_that_no_rule_understands_is_an_error(config: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Settings.of(config)


def test_every_rule_can_be_a_gate_and_is_on_the_page() -> None:
    from tests.docs.pages import page

    assert fail_on(",".join(RULE_IDS)) == list(RULE_IDS)
    assert {*page("who.md").rows("Findings")} == {*RULE_IDS}
