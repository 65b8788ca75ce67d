"""Reading a roster: what it means in an environment, and every kind of mistake with its line."""

from __future__ import annotations

import datetime
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.access.stack import make
from tests.conftest import StartSimulator
from veeam_pulumi.access import roster
from veeam_pulumi.access.accounts import Account
from veeam_pulumi.access.entries import Entry, Surroundings
from veeam_pulumi.access.located import Book, Mistaken, load
from veeam_pulumi.access.roster import read
from veeam_pulumi.estate import roster_text

NORTHWIND = "79817d6d-4b00-4e22-b673-8758f02fa0ef"
AROUND = Surroundings(
    environment="prod",
    connections={"vbr": "vbr", "vbr-dr": "vbr", "aws": "aws", "vspc": "vspc", "em": "em"},
    elsewhere={"vbr-lab"},
    companies={"northwind": NORTHWIND},
    passwords={"svc-em"},
    today=datetime.date(2026, 11, 22),
)
GOOD = r"""
environments: [dev, prod]
profiles:
  admin: {vbr: {roles: [Veeam Backup Administrator]}, aws: {}}
  dr: {vbr-dr: {roles: [Veeam Backup Viewer]}, vbr-lab: {roles: [Veeam Backup Viewer]}}
  customer: {vspc: {role: CompanyAdministrator, company: northwind}}
  collector: {em: {servers: [vbr01.example.com, vbr02.example.com], port: 443}}
names: {vbr: 'EXAMPLE\{key}'}
people:
  jane.doe: {name: Jane Doe, email: jane@example.com, profile: {dev: dr, prod: admin}, until: 2026-11-22}
  sam: {name: Sam, profile: {dev: admin}}
  kim: {name: Kim Lee Ito, profile: customer, accounts: {vspc: k.ito}}
  li: {name: Li, profile: dr, accounts: {vbr-dr: li@example.com}, break_glass: true, rotation: 2}
service_accounts:
  svc-em: {description: Collects, profile: collector, password: config}
"""


def entries(tmp_path: Path, text: str = GOOD, **around: Any) -> list[Entry]:
    file = tmp_path / "roster.yaml"
    file.write_text(text)
    return read(file, Surroundings(**{**vars(AROUND), **around}))


def mistakes(tmp_path: Path, text: str, **around: Any) -> list[str]:
    with pytest.raises(Mistaken) as caught:
        entries(tmp_path, text, **around)
    assert str(caught.value).splitlines() == caught.value.mistakes
    return caught.value.mistakes


def test_two_spellings_of_one_letter_are_one_account(tmp_path: Path) -> None:
    text = GOOD.replace("accounts: {vspc: k.ito}", 'accounts: {vspc: "jos\\u00e9"}')
    text = text.replace("people:\n", 'people:\n  jo: {name: Jo, profile: customer, accounts: {vspc: "jose\\u0301"}}\n')
    (said,) = mistakes(tmp_path, text)
    assert "account 'jose\u0301' on vspc belongs to people.jo (line" in said


def test_what_a_roster_means_in_an_environment(tmp_path: Path) -> None:
    found = {one.key: one for one in entries(tmp_path)}
    assert [*found] == ["jane.doe", "kim", "li", "svc-em"]
    jane = {one.connection: one for one in found["jane.doe"].accounts}
    assert {name: one.name for name, one in jane.items()} == {
        "vbr": r"EXAMPLE\jane.doe", "vbr-dr": r"EXAMPLE\jane.doe", "aws": "jane-doe",
    }  # fmt: skip
    assert jane["aws"].arguments == {"connection": "aws", "name": "jane-doe", "description": "Jane Doe"}
    (kim,) = found["kim"].accounts
    assert kim.arguments == {
        "connection": "vspc",
        "organization_uid": NORTHWIND,
        "user_name": "k.ito",
        "role": "CompanyAdministrator",
        "profile": {"first_name": "Kim", "last_name": "Lee Ito"},
    }
    assert [one.name for one in found["li"].accounts] == ["li@example.com"]
    assert (found["li"].break_glass, found["li"].rotation, found["li"].labels) == (True, "2", ["li@vbr-dr"])
    assert found["svc-em"].labels == ["svc-em@em:vbr01.example.com", "svc-em@em:vbr02.example.com"]
    assert found["svc-em"].password == "config"
    assert {one.arguments["username"] for one in found["svc-em"].accounts} == {r"EXAMPLE\svc-em"}
    assert {one.arguments["port"] for one in found["svc-em"].accounts} == {443}


def test_an_adopted_entry_says_nothing_that_only_follows_from_it(tmp_path: Path) -> None:
    (jane, *_) = entries(tmp_path, GOOD.replace("jane.doe: {", "jane.doe: {adopt: true, "))
    assert (jane.adopt, jane.password) == (True, "keep")
    by = {one.connection: one.arguments for one in jane.accounts}
    assert by["aws"] == {"connection": "aws", "name": "jane-doe"}


@pytest.mark.parametrize("word", ["on", "No", "yes", "true", "007", "1e3", "0x10", "1_000", "2027-01-31", "2027-99-99"])
def test_who_is_called_like_a_word_of_yaml_is_called_that(tmp_path: Path, word: str) -> None:
    text = f"""
environments: [{word}]
profiles:
  {word}: {{{word}: {{roles: [Backup Viewer]}}, vspc: {{role: CompanyOwner, company: {word}}}}}
people:
  {word}: {{name: {word}, profile: {{{word}: [{word}]}}, accounts: {{vspc: {word}}}, rotation: {word}, owner: {word}}}
"""
    around = {"environment": word, "connections": {word: "vbr", "vspc": "vspc"}, "companies": {word: NORTHWIND}}
    (found,) = entries(tmp_path, text, **around)
    assert (found.key, found.name, found.rotation, found.owner) == (word, word, word, word)
    by = {one.connection: one for one in found.accounts}
    assert by.keys() == {word, "vspc"}
    assert (by["vspc"].name, by["vspc"].arguments["organization_uid"]) == (word, NORTHWIND)
    profiles = roster_text.profiles_of(roster_text.parsed(text))
    assert profiles.keys() == {word}
    assert profiles[word].keys() == {word, "vspc"}


@pytest.mark.parametrize(
    ("said", "mistake"),
    [
        ("adopt: true, password: generated", "beside adopt an account keeps its password: take out 'password"),
        ("adopt: true, password: config", "take out 'password: config', or adopt to make it ours"),
        ("password: keep", "keep is for accounts that are adopted: write generated or config"),
        ("current_password: Hunter2-x", "current_password: must be config; a password itself never stands here"),
        ("current_password: config", "there is none in the config: `pulumi config set --path --secret "
         "'veeam:currentPasswords"),
    ],
)  # fmt: skip
def test_passwords_of_adopted_entries(tmp_path: Path, said: str, mistake: str) -> None:
    with pytest.raises(Mistaken) as caught:
        entries(tmp_path, GOOD.replace("jane.doe: {", f"jane.doe: {{{said}, "))
    assert mistake in str(caught.value)
    assert "Hunter2" not in str(caught.value)


def test_in_another_environment_somebody_else_has_access(tmp_path: Path) -> None:
    found = entries(tmp_path, environment="dev", connections={"vbr-lab": "vbr"}, elsewhere={"vbr-dr"})
    assert [label for one in found for label in one.labels] == ["jane.doe@vbr-lab", "sam@vbr-lab", "li@vbr-lab"]


def test_a_connection_says_more_than_its_product(tmp_path: Path) -> None:
    text = GOOD.replace("{vbr-dr: {roles: [Veeam Backup Viewer]}", "{vbr: {roles: [A]}, vbr-dr: {roles: [B]}")
    (li,) = [one for one in entries(tmp_path, text) if one.key == "li"]
    assert {one.connection: one.arguments["roles"] for one in li.accounts} == {"vbr": ["A"], "vbr-dr": ["B"]}


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("people:", "peoples:", "9: peoples: unknown field; known fields: environments, profiles, names, people, "
         "service_accounts"),
        ("[dev, prod]", "prod", "2: environments: must be a list of names"),
        ("  admin: {", "  admin: {tape: {}, ", "4: profiles.admin.tape: unknown product or connection 'tape'; "
         "known ones: aws, azure, em, m365, vbr, vbr-dr, vbr-lab, vspc"),
        ("admin: {vbr: {roles", "admin: {vbr: {role: x, roles", "4: profiles.admin.vbr.role: unknown field; "
         "known fields: roles, type, is_service_account, description, account_type, is_enabled"),
        ("roles: [Veeam Backup Administrator]", "roles: []", "4: profiles.admin.vbr.roles: must not be empty"),
        ("aws: {}", "aws: {role: Operator}", "4: profiles.admin.aws.role: unknown field; known fields: none"),
        ("CompanyAdministrator", "CompanyAdmin", "6: profiles.customer.vspc.role: must be one of "
         "'CompanyAdministrator', 'CompanyLocationAdministrator'"),
        ("company: northwind", "company: southwind", "6: profiles.customer.vspc.company: unknown company 'southwind'; "
         "known companies: northwind; add it: `pulumi config set --path 'veeam:companies.southwind' UUID`"),
        (", company: northwind", "", "6: profiles.customer.vspc: Service Provider Console needs 'company'"),
        ("servers: [vbr01.example.com, vbr02.example.com]", "servers: vbr01", "7: profiles.collector.em.servers: "
         "Enterprise Manager needs 'servers', a list of backup servers"),
        ("port: 443", "port: 99999", "7: profiles.collector.em.port: Input should be less than or equal to 65535"),
        (r"EXAMPLE\{key}", r"EXAMPLE\svc", r"8: names.vbr: must have {key} in it once"),
        ("names: {vbr:", "names: {vbrr:", "8: names.vbrr: unknown product or connection 'vbrr'"),
        ("sam: {name", "sam: {nick: S, name", "11: people.sam.nick: unknown field; known fields: "
         "name, email, profile, accounts, until, break_glass, password, rotation, adopt"),
        ("sam: {name: Sam, profile: {dev: admin}}", "sam: {name: Sam}", "11: people.sam: has no profile; profiles are "
         "admin, collector, customer, dr"),
        ("prod: admin}", "prod: operatr}", "10: people.jane.doe.profile.prod: unknown profile 'operatr'; "
         "known profiles: admin, collector, customer, dr"),
        ("{dev: admin}", "{lab: admin}", "11: people.sam.profile.lab: unknown environment 'lab'; "
         "known environments: dev, prod"),
        ("profile: customer,", "profile: [customer, nobody],", "12: people.kim.profile[1]: unknown profile 'nobody'"),
        ("name: Sam,", "", "11: people.sam: has no name"),
        ("name: Sam,", "name: ~,", "11: people.sam.name: must be a text that is not empty"),
        ("jane@example.com", "jane@example.company", "10: people.jane.doe.email: must be an address like"),
        ("2026-11-22", "2026-11-21", "10: people.jane.doe.until: was 2026-11-21: remove the entry, or give it a later"),
        ("2026-11-22", "next year", "10: people.jane.doe.until: 'next year' is not a date; write it as 2027-06-30"),
        ("2026-11-22", "2026-02-30", "10: people.jane.doe.until: '2026-02-30' is not a date"),
        ("{vspc: k.ito}", "{vspcs: k.ito}", "12: people.kim.accounts.vspcs: unknown product or connection 'vspcs'"),
        ("{vspc: k.ito}", "{vspc: ''}", "12: people.kim.accounts.vspc: must be a text that is not empty"),
        ("{vspc: k.ito}", "k.ito", "12: people.kim.accounts: must be a map of accounts"),
        ("until: 2026-11-22", "accounts: {aws: Jane}", "10: people.jane.doe.accounts.aws: aws cannot have an account "
         "'Jane': 1 to 32 lower-case Latin letters, digits, _ and -, and $ at the end; not admin"),
        ("li@example.com", "EX:AMP/li", "13: people.li.accounts.vbr-dr: vbr-dr cannot have an account 'EX:AMP/li'"),
        ("li@example.com", r"example\Jane.Doe", r"13: people.li.accounts.vbr-dr: account 'EXAMPLE\\jane.doe' on vbr-dr "
         r"belongs to people.jane.doe (line 10) already"),
        ("break_glass: true", "break_glass: sometimes", "13: people.li.break_glass: must be true or false"),
        ("password: config", "password: hunter2", "15: service_accounts.svc-em.password: must be generated or "
         "config; a password itself never stands here"),
        ("  svc-em: {description: Collects, profile: collector, password: config}",
         "  svc-x: {description: Collects, profile: collector, password: config}",
         "15: service_accounts.svc-x.password: there is none in the config: `pulumi config set --path --secret "
         "'veeam:passwords.svc-x'`"),
        ("  svc-em:", "  sam: {description: Twice, profile: dr, accounts: {vbr: 'x\\y'}}\n  svc-em:",
         "15: service_accounts.sam: duplicate key; already defined at line 11 (people.sam)"),
        ("  sam: {name", "  jane.doe: {name: J, profile: {dev: dr}}\n  sam: {name",
         "11: people.jane.doe: duplicate key; already defined at line 10"),
        ("  svc-em:", "  other: {description: Too, profile: collector}\n  svc-em:", "16: service_accounts.svc-em: "
         "backup server vbr01.example.com on em belongs to service_accounts.other (line 15) already"),
        ("  sam: {", "  sam@home: {", "11: people.sam@home: a key must be of Latin letters, digits, ., _ and -"),
    ],
)  # fmt: skip
def test_each_kind_of_mistake_is_one_line_with_what_is_allowed(
    tmp_path: Path, old: str, new: str, mistake: str
) -> None:
    assert GOOD.count(old) == 1, old
    found = mistakes(tmp_path, GOOD.replace(old, new))
    assert found[0].startswith(f"roster.yaml:{mistake}"), found
    assert len(found) == 1 or "belongs to" in found[1], found  # a pair of servers, of names: each says so


def test_a_file_that_is_no_roster(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "people: {") == [
        "roster.yaml:1: is not YAML (expected the node content, but found '<stream end>')"
    ]
    assert mistakes(tmp_path, "- people") == [
        "roster.yaml:1: must be a map of environments, profiles, names, people, service_accounts, groups"
    ]
    assert mistakes(tmp_path, "people:\n  ? [a, b]\n  : {name: A}\n")[0] == (
        "roster.yaml:2: people: a key must be a text, not a list or a map"
    )
    # Nothing of a file acts on the terminal that shows its mistakes.
    for text in (
        '"\\e[31m\\u202e": {}',
        'people: {"\\e]0;x\\a": {name: A}}',
        'people: {a: {name: A, profile: "\\e[2J"}}',
    ):
        assert all(line.isprintable() for line in mistakes(tmp_path, text))
    with pytest.raises(Mistaken, match="^nobody.yaml: cannot be read"):
        read(tmp_path / "nobody.yaml", AROUND)
    assert entries(tmp_path, "") == []


def test_an_environment_in_which_nobody_has_access_is_a_mistake(tmp_path: Path) -> None:
    """As where the stack's name has a typo: everybody would be deleted."""
    text = GOOD.replace("environments: [dev, prod]", "").replace("profile: customer", "profile: {prod: customer}")
    text = text.replace("profile: dr,", "profile: {prod: dr},").replace("profile: coll", "profile: {prod: coll")
    text = text.replace("collector, password", "collector}, password")
    assert mistakes(tmp_path, text, environment="pord") == [
        "roster.yaml:1: nobody has a profile in the environment 'pord' of this stack"
    ]


def test_an_environment_that_the_roster_does_not_know(tmp_path: Path) -> None:
    assert mistakes(tmp_path, GOOD, environment="lab") == [
        "roster.yaml:2: environments: the stack's environment 'lab' is none of dev, prod"
    ]


def test_a_company_without_a_uuid_is_the_profiles_mistake(tmp_path: Path) -> None:
    (one,) = mistakes(tmp_path, GOOD, companies={"northwind": "Northwind Ltd"})
    assert one.startswith("roster.yaml:6: profiles.customer.vspc.company: ")


BROKEN = r"""
environments: [dev, staging]
teams: {}
profiles:
  admin: {vbr: {roles: Veeam Backup Administrator}}
  operator: {vbr: {role: [Veeam Backup Operator], roles: [Veeam Backup Operator]}}
  viewer: {vbrr: {roles: [Veeam Backup Viewer]}}
  customer: {vspc: {role: Boss, company: northwind}}
  tenant: {vspc: {role: CompanyAdministrator, company: southwind}}
  collector: {em: {servers: []}}
  desk: {vbr: {roles: [Veeam Restore Operator]}, aws: {}}
names: {vbr: 'EXAMPLE\fixed'}
people:
  jane: {name: Jane, profile: operatr}
  sam: {name: Sam, profile: {dev: operator}, until: 2020-01-31}
  kim: {name: Kim, profile: {dev: desk}, until: soon}
  li: {name: Li, profile: {dve: operator}}
  max: {profile: {staging: desk}}
  ann: {name: Ann, profile: {dev: desk}, accounts: {aws: Ann Lee}}
  bob: {name: Bob, profile: {dev: desk}, accounts: {aws: kim}}
  eve: {name: Eve, profile: {staging: desk}, break_glass: maybe}
  joe: {name: Joe, profile: {staging: desk}, email: nobody}
  pat: {name: Pat, profile: {staging: desk}}
  pat: {name: Pat, profile: {staging: desk}}
service_accounts:
  svc-a: {description: A, profile: {dev: desk}, password: config}
  svc b: {description: B, profile: {staging: desk}}
"""


def test_twenty_mistakes_are_all_said_in_one_run_and_no_server_is_touched(
    tmp_path: Path, simulator: StartSimulator
) -> None:
    access = make(tmp_path, {"dev": simulator()})
    access.write(BROKEN)
    for operation in ("preview", "up"):
        result = access.run(operation, expect=1)
        lines = str(result.error).replace("\n  ", " ").splitlines()
        assert [int(line.split(":")[1]) for line in lines] == [
            3, 5, 6, 7, 8, 9, 10, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 24, 26, 27,
        ]  # fmt: skip
        assert all(line in access.text for line in lines)
        assert access.sim.requests() == []
        assert not any(access.sim.traffic(name).connections for name in access.sim.products)


REPEATED = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
"""Aliases of aliases: some 300 bytes that stand for 400 million values."""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (REPEATED, "more than 100000 values, with all that aliases repeat"),
        ("people: [" + "x," * 200_000 + "]", "more than 100000 values"),
        ("people: " + "[" * 30_000, "is not YAML (too many levels)"),
        ("people: " + "{a: " * 30_000, "is not YAML (too many levels)"),
        ("people: &a {b: *a}", "an anchor in it leads to itself"),
        ("a: b\n" * 900_000, "is 4 MiB long"),
        ("people: !!python/name:os.system x", "is not YAML (could not determine a constructor"),
    ],
    ids=["aliases", "many", "brackets", "braces", "itself", "long", "code"],
)
def test_a_file_that_is_made_to_be_expensive_is_one_line(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "roster.yaml"
    file.write_text(text, encoding="utf-8")
    began = time.process_time()
    with pytest.raises(Mistaken) as caught:
        load(file, Book("roster.yaml"))
    (line,) = caught.value.mistakes
    assert why in line
    assert len(line) < 300
    assert time.process_time() - began < 15


def test_a_file_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "roster.yaml").write_bytes(b"\xef\xbb\xbfpeople: {}\r\n")
    assert load(tmp_path / "roster.yaml", Book("roster.yaml")).plain() == {"people": {}}


def test_an_entry_has_what_all_of_its_profiles_say(tmp_path: Path) -> None:
    entry = entries(
        tmp_path, GOOD.replace("sam: {name: Sam, profile: {dev: admin}}", "sam: {name: Sam, profile: [dr, customer]}")
    )
    (sam,) = [one for one in entry if one.key == "sam"]
    assert [(one.connection, one.kind) for one in sam.accounts] == [("vbr-dr", "vbr.User"), ("vspc", "vspc.User")]
    both = GOOD.replace("sam: {name: Sam, profile: {dev: admin}}", "sam: {name: Sam, profile: {prod: [admin, dr]}}")
    assert mistakes(tmp_path, both) == [
        "roster.yaml:11: people.sam: the profiles admin and dr both say what it has on vbr-dr: keep one of them"
    ]


def test_grants_of_an_entry_go_over_its_profiles_and_need_none(tmp_path: Path) -> None:
    said = "sam: {name: Sam, profile: {prod: admin}, grants: {vbr-dr: {roles: [Veeam Backup Viewer]}}}"
    found = entries(tmp_path, GOOD.replace("sam: {name: Sam, profile: {dev: admin}}", said))
    (sam,) = [one for one in found if one.key == "sam"]
    roles = {one.connection: one.arguments.get("roles") for one in sam.accounts}
    assert roles == {"vbr": ["Veeam Backup Administrator"], "vbr-dr": ["Veeam Backup Viewer"], "aws": None}
    alone = GOOD.replace("sam: {name: Sam, profile: {dev: admin}}", "sam: {name: Sam, grants: {aws: {}}}")
    (sam,) = [one for one in entries(tmp_path, alone) if one.key == "sam"]
    assert [one.connection for one in sam.accounts] == ["aws"]
    wrong = alone.replace("grants: {aws: {}}", "grants: {aws: {role: x}, tape: {}}")
    assert [one.partition(": ")[2].partition(":")[0] for one in mistakes(tmp_path, wrong)] == [
        "people.sam.grants.aws.role", "people.sam.grants.tape",
    ]  # fmt: skip


def test_a_product_may_have_several_kinds_of_account(tmp_path: Path) -> None:
    said = r"sam: {name: Sam, accounts: {em: 'LAB\sam'}, grants: {em: {kind: em.Account, roles: [Portal User]}}}"
    text = GOOD.replace("sam: {name: Sam, profile: {dev: admin}}", said)
    (sam,) = [one for one in entries(tmp_path, text) if one.key == "sam"]
    (account,) = sam.accounts
    assert (account.kind, account.arguments) == (
        "em.Account", {"connection": "em", "name": r"LAB\sam", "roles": ["Portal User"]}
    )  # fmt: skip
    (line,) = mistakes(tmp_path, text.replace("em.Account", "em.User"))
    assert line == (
        "roster.yaml:11: people.sam.grants.em.kind: unknown kind of account 'em.User'; "
        "known kinds of account: em.Account, em.BackupServer"
    )


def test_fields_say_which_kinds_of_account_are_meant(tmp_path: Path) -> None:
    """An account of Enterprise Manager, the backup servers that the account serves, or both."""
    both = "{roles: [Portal User], servers: [vbr01.lab.local]}"
    for em, kinds in (
        ("{roles: [Portal User]}", ["em.Account"]),
        ("{servers: [vbr01.lab.local]}", ["em.BackupServer"]),
        (both, ["em.BackupServer", "em.Account"]),
    ):
        said = rf"sam: {{name: Sam, accounts: {{em: 'LAB\sam'}}, grants: {{em: {em}}}}}"
        text = GOOD.replace("sam: {name: Sam, profile: {dev: admin}}", said)
        (sam,) = [one for one in entries(tmp_path, text) if one.key == "sam"]
        assert [one.kind for one in sam.accounts] == kinds
        assert {one.name for one in sam.accounts} == {r"LAB\sam"}
    assert sam.labels == ["sam@em:vbr01.lab.local", "sam@em"]
    (line,) = mistakes(tmp_path, text.replace("[Portal User]", "[Portal Usr]"))
    assert line.startswith("roster.yaml:11: people.sam.grants.em.roles")
    (line,) = mistakes(tmp_path, text.replace("servers: [vbr01.lab", "servrs: [vbr01.lab"))
    assert line == (
        "roster.yaml:11: people.sam.grants.em.servrs: unknown field; known fields: roles, type, allow_restore_all_vms, "
        "restore_scopes, flr_in_place_only, flr_extensions, sql_deny_in_place, kind"
    )


def test_users_of_backup_for_azure(tmp_path: Path) -> None:
    """An identity provider's have any name, and no password of ours."""
    around = replace(AROUND, connections={"azure": "azure"})

    def read(sam: str) -> list[Account]:
        file = tmp_path / "roster.yaml"
        file.write_text(f"people:\n  sam.lee: {{name: Sam, {sam}}}\n")
        return [account for one in roster.read(file, around) for account in one.accounts]

    (own,) = read("grants: {azure: {role: RestoreOperator}}")
    assert (own.name, own.has_password) == ("sam-lee", True)
    external = "type: IdentityProvider, identity_provider_entity_id: 'https://idp'"
    (other,) = read(f"accounts: {{azure: sam@lab.local}}, grants: {{azure: {{role: ReadOnlyUser, {external}}}}}")
    assert (other.name, other.has_password) == ("sam@lab.local", False)
    with pytest.raises(Mistaken, match="azure cannot have an account 'sam@lab.local': 1 to 32 Latin letters"):
        read("accounts: {azure: sam@lab.local}, grants: {azure: {role: ReadOnlyUser}}")


def test_a_restore_role_of_backup_for_microsoft_365(tmp_path: Path) -> None:
    """Which has no accounts: an entry is a role of its own, whose one operator it is."""
    around = replace(AROUND, connections={"m365": "m365"})
    file = tmp_path / "roster.yaml"
    role = "{organization: contoso.onmicrosoft.com, role_type: EntireOrganization}"
    file.write_text(
        "names: {m365: '{key}@contoso.example'}\n"
        f"profiles: {{desk: {{m365: {role}}}}}\n"
        "people: {jane: {name: Jane Doe, profile: desk}}\n"
        "groups: {staff: {description: The desk, profile: desk}}\n"
    )
    jane, staff = roster.read(file, around)
    assert jane.accounts[0].kind == "m365.RestoreRole"
    assert jane.accounts[0].arguments == {
        "connection": "m365",
        "organization": "contoso.onmicrosoft.com",
        "role_type": "EntireOrganization",
        "name": "jane@contoso.example",
        "operators": [{"user": "jane@contoso.example"}],
        "description": "Jane Doe",
    }
    assert staff.accounts[0].arguments["operators"] == [{"group": "staff@contoso.example"}]
    file.write_text(file.read_text().replace(", role_type: EntireOrganization", ""))
    with pytest.raises(Mistaken, match=r"profiles.desk.m365: is required"):
        roster.read(file, around)


def test_a_group_is_an_entry_of_its_own_section(tmp_path: Path) -> None:
    text = GOOD + "groups:\n  ops: {description: Operations, grants: {vbr: {roles: [x], type: InternalGroup}}}\n"
    (ops,) = [one for one in entries(tmp_path, text) if one.key == "ops"]
    assert ops.accounts[0].arguments["type"] == "InternalGroup"
