"""Whose accounts are whose."""

from __future__ import annotations

import dataclasses

import pytest

from veeam_pulumi.access.accounts import Account
from veeam_pulumi.access.entries import Entry
from veeam_pulumi.estate.census import Item
from veeam_pulumi.estate.managed import Managed
from veeam_pulumi.estate.people import join, login
from veeam_pulumi.products import resources


def on(connection: str, kind: str, name: str, **values: object) -> Item:
    """An account on a server."""
    fields = {"user_name" if kind == "vspc.User" else "name": name, **values}
    grant = resources()[kind].grant({**fields, "connection": connection})
    return Item(connection, kind, f"{connection}-{name}", fields, grant, "unmanaged")


def entry(key: str, name: str, **accounts: str) -> Entry:
    """An entry of a roster with accounts of Backup & Replication, by connection."""
    found = [Account(where, "vbr.User", one, {"name": one, "connection": where}) for where, one in accounts.items()]
    return Entry(key, name, tuple(found))


@pytest.mark.parametrize("account", [r"LAB\JDoe", "jdoe@lab.local", r".\jdoe", "jdoe", " jdoe "])
def test_a_login_is_what_stays_without_a_domain(account: str) -> None:
    assert login(account) == "jdoe"


def test_the_roster_says_whose_an_account_is() -> None:
    item = on("vbr01", "vbr.User", r"lab\jdoe", roles=["Backup Viewer"])
    (jane,) = join([item], [entry("jane.doe", "Jane Doe", vbr01=r"LAB\jdoe")])
    assert (jane.key, jane.items, jane.guesses) == ("jane.doe", [item], {})


def test_state_says_it_before_any_name_does() -> None:
    item = on("vbr01", "vbr.User", r"LAB\x", roles=["Backup Viewer"])
    state = Managed("vbr.User", "vbr01", item.id, "urn", entry="jane.doe")
    held = dataclasses.replace(item, standing="managed", managed=state)
    (jane,) = join([held], [entry("jane.doe", "Jane Doe", vbr01=r"LAB\other")])
    assert jane.items == [held]
    assert jane.guesses == {}


def test_an_account_of_the_same_login_elsewhere_is_a_guess_and_says_so() -> None:
    item = on("aws", "aws.User", "jdoe")
    (jane,) = join([item], [entry("jane.doe", "Jane Doe", vbr01=r"LAB\jdoe")])
    assert jane.items == [item]
    assert jane.guessed(item) == "the login 'jdoe' is that of an account in the roster"


def test_a_login_that_two_people_have_is_nobody_s() -> None:
    item = on("aws", "aws.User", "jdoe")
    found = join([item], [entry("jane", "Jane", vbr01=r"LAB\jdoe"), entry("john", "John", vbr02=r"TECH\jdoe")])
    assert [one.key for one in found if one.items] == ["jdoe"]


def test_namesakes_of_two_domains_without_a_roster_are_joined_as_a_guess() -> None:
    one = on("vbr01", "vbr.User", r"LAB\jdoe", roles=["Backup Viewer"])
    other = on("vbr02", "vbr.User", r"TECH\jdoe", roles=["Backup Viewer"])
    (found,) = join([one, other], [])
    assert found.guessed(one) == ""
    assert found.guessed(other) == "the login 'jdoe' is the same on two servers"


def test_a_group_is_never_joined_to_a_person() -> None:
    group = on("vbr01", "vbr.User", r"LAB\jdoe", roles=["Backup Viewer"], type="InternalGroup")
    found = join([group], [entry("jane", "Jane", vbr02=r"LAB\jdoe")])
    assert {one.key: len(one.items) for one in found} == {"jane": 0, r"LAB\jdoe": 1}


def test_a_backup_server_in_enterprise_manager_is_nobody_s() -> None:
    values = {"dns_name_or_ip_address": "vbr01", "username": r"LAB\svc"}
    item = Item("em", "em.BackupServer", "1", values, resources()["em.BackupServer"].grant(values), "unmanaged")
    assert join([item], []) == []


def test_whom_a_role_names_holds_what_it_gives_and_has_an_e_mail_in_the_roster() -> None:
    values = {
        "organization": "contoso",
        "name": "Desk",
        "role_type": "EntireOrganization",
        "operators": [{"user": "Jane@contoso.example"}, {"group": "staff@contoso.example"}, {"user": "john"}],
    }
    role = Item("m365", "m365.RestoreRole", "1", values, resources()["m365.RestoreRole"].grant(values), "managed")
    jane = dataclasses.replace(entry("jane.doe", "Jane Doe"), email="jane@contoso.example")
    found = {one.key: one for one in join([role], [jane])}
    assert found.keys() == {"jane.doe", "staff@contoso.example", "john"}
    (own,) = found["jane.doe"].items
    assert (own.grant.account, own.grant.roles, [*own.grant.rights]) == ("Jane@contoso.example", ("Desk",), ["restore"])
    assert found["jane.doe"].guessed(own) == ""
    assert [one.grant.group for one in found["staff@contoso.example"].items] == [True]
    assert own.id == "1/user:Jane@contoso.example"
