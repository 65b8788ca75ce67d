"""Each rule on programs that are right and on programs that are not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.review.previews import provider as stored
from veeam_pulumi.errors import SettingsError
from veeam_pulumi.policy.resources import Resource, of_document
from veeam_pulumi.policy.rule import Case
from veeam_pulumi.policy.rules import RULES, examine
from veeam_pulumi.products import sessions
from veeam_pulumi.pulumi_state import MASKED, kind_of
from veeam_pulumi.resource.fields import UNKNOWN
from veeam_pulumi.server.connections import Connections

TODAY = date(2026, 11, 22)
STACK = "urn:pulumi:prod::access::"
SECRET = "Example-Passw0rd"
PROVIDER = "pulumi:providers:pulumi-python"


def resource(token: str, label: str, /, protect: bool = False, parent: str = "", **values: Any) -> Resource:
    kind = kind_of(token, {}) or token.rpartition(":")[2]
    own = {"__provider": stored(kind)} if token.startswith("pulumi-python:dynamic/veeam") else {}
    return Resource(f"{STACK}{token}::{label}", token, {**own, **values}, protect, parent)


def vbr(name: Any, *roles: Any, resource_name: str = "jane", **more: Any) -> Resource:
    values = {"name": name, "roles": list(roles or ["Veeam Backup Viewer"]), "connection": "vbr", **more}
    return resource("pulumi-python:dynamic/veeam/vbr:User", resource_name, **values)


def vspc(name: str, role: str, company: str = "north", **more: Any) -> Resource:
    values = {"user_name": name, "role": role, "organization_uid": company, "password": SECRET, **more}
    return resource("pulumi-python:dynamic/veeam/vspc:User", name, **values)


def aws(name: str, **more: Any) -> Resource:
    return resource("pulumi-python:dynamic/veeam/aws:User", name, name=name, password=SECRET, **more)


def provider(connections: Any) -> Resource:
    text = connections if isinstance(connections, str) else json.dumps(connections)
    values: dict[str, Any] = {"veeam:connections": text}
    return resource(PROVIDER, "default", **values)


def says(rule: str, resources: list[Resource], folder: Path = Path(), **config: Any) -> list[str]:
    """What one rule says, with the others off."""
    found = examine(resources, {"all": "disabled", rule: {"enforcementLevel": "mandatory", **config}}, folder=folder,
                    today=TODAY)  # fmt: skip
    assert {one.rule for one in found} <= {rule}
    assert [one for one in found if "\n" in one.message or SECRET in one.message] == []
    return [one.message for one in found]


# ---- no-unapproved-administrators

BOSS = vbr(r"EXAMPLE\jdoe", "Veeam Backup Administrator")


def approval(account: str, connection: str = "vbr", **more: Any) -> dict[str, Any]:
    return {"approvals": [{"account": account, "connection": connection, "by": "Ann Lee", **more}]}


def test_an_administrator_that_nobody_approved_is_refused() -> None:
    assert says("no-unapproved-administrators", [BOSS]) == [
        r"jane: EXAMPLE\jdoe on connection vbr is administrator (Veeam Backup Administrator), and nobody has approved "
        "that: give another role, or have it approved and add account, connection and by to the approvals of "
        "no-unapproved-administrators in the policy configuration"
    ]


@pytest.mark.parametrize("account", [r"EXAMPLE\jdoe", r"example\JDoe"])
def test_an_approval_counts_in_whatever_case_the_account_is_written(account: str) -> None:
    assert says("no-unapproved-administrators", [BOSS], **approval(account)) == []


@pytest.mark.parametrize(
    "given",
    [
        approval(r"EXAMPLE\jdoe2"),
        approval(r"OTHER\jdoe"),
        approval("jdoe"),
        approval("jdoe@example.com"),  # who says that the domain of that name is EXAMPLE?
        approval("jdoe@example.evil.org"),
        approval(r"EXAMPLE\jdoe", connection="vbr-lab"),
        approval(r"EXAMPLE\jdoe", connection="VBR"),
        approval(r"EXAMPLE\jdoe", type="InternalGroup"),
        approval(r"EXAMPLE\jdoe", type="ExternalUser"),
    ],
)
def test_an_approval_of_somebody_else_or_elsewhere_does_not_count(given: dict[str, Any]) -> None:
    assert len(says("no-unapproved-administrators", [BOSS], **given)) == 1


@pytest.mark.parametrize("kind", ["InternalGroup", "ExternalUser", "ExternalGroup"])
def test_an_approval_of_a_user_is_none_of_a_group_of_that_name(kind: str) -> None:
    group = vbr(r"EXAMPLE\jdoe", "Veeam Backup Administrator", type=kind)
    (said,) = says("no-unapproved-administrators", [group], **approval(r"EXAMPLE\jdoe"))
    assert said.startswith(rf"jane: EXAMPLE\jdoe on connection vbr, type {kind} is administrator")
    assert "add account, connection, type and by to" in said
    assert says("no-unapproved-administrators", [group], **approval(r"EXAMPLE\jdoe", type=kind)) == []


def test_names_that_only_fold_to_the_same_are_two() -> None:
    road = vbr("straße", "Veeam Backup Administrator")
    assert len(says("no-unapproved-administrators", [road], **approval("strasse"))) == 1


def test_an_approval_counts_up_to_its_last_day() -> None:
    assert says("no-unapproved-administrators", [BOSS], **approval(r"EXAMPLE\jdoe", until="2026-11-22")) == []
    (said,) = says("no-unapproved-administrators", [BOSS], **approval(r"EXAMPLE\jdoe", until="2026-11-21"))
    assert "and the approval by Ann Lee ended on 2026-11-21: " in said


def test_who_is_no_administrator_or_cannot_log_in_needs_no_approval() -> None:
    fine = [
        vbr(r"EXAMPLE\ann", "Veeam Backup Operator"),
        vbr(r"EXAMPLE\bob", "Veeam Backup Administrator", is_enabled=False),
        vspc("carl", "CompanyLocationUser"),
        vspc("dora", "CompanyAdministrator", status="Disabled"),
        resource("pulumi-python:dynamic/veeam/em:BackupServer", "vbr01", username="root", connection="em"),
        resource("random:index/randomPassword:RandomPassword", "p", name="admin"),
    ]
    assert says("no-unapproved-administrators", fine) == []


def test_administrators_of_every_product_need_one() -> None:
    bad = [vbr("a", "Security Administrator"), vspc("b", "PortalAdministrator"), aws("c")]
    said = says("no-unapproved-administrators", bad)
    assert [line.replace("may be", "is").partition(" is administrator")[0] for line in said] == [
        "jane: a on connection vbr",
        "b: b on connection vspc",
        "c: c on connection aws",
    ]
    assert says("no-unapproved-administrators", [aws("C")], **approval("c", "aws")) == []


def test_an_approval_may_be_for_one_company() -> None:
    owners = [vspc("ann", "CompanyOwner", "NORTH"), vspc("ann", "CompanyOwner", "south")]
    assert says("no-unapproved-administrators", owners, **approval("ann", "vspc")) == []
    (said,) = says("no-unapproved-administrators", owners[:1], **approval("ann", "vspc", company="south"))
    assert said.startswith("ann: ann on connection vspc is administrator (CompanyOwner), and nobody has approved that")
    assert says("no-unapproved-administrators", owners[:1], **approval("ann", "vspc", company="north")) == []


def test_roles_that_need_no_approval() -> None:
    roles: dict[str, Any] = {"roles": ["companyadministrator", "the server's default role"]}
    assert says("no-unapproved-administrators", [vspc("b", "CompanyAdministrator"), aws("c")], **roles) == []
    assert len(says("no-unapproved-administrators", [vspc("b", "CompanyOwner")], **roles)) == 1
    both = vbr("a", "Security Administrator", "Backup Administrator")
    assert len(says("no-unapproved-administrators", [both], roles=["Security Administrator"])) == 1


HIDDEN = [UNKNOWN, MASKED]


@pytest.mark.parametrize("hidden", HIDDEN, ids=str)
def test_what_cannot_be_read_counts_as_an_administrator_that_nobody_approved(hidden: Any) -> None:
    token = "pulumi-python:dynamic/veeam/vbr:User"
    admin: dict[str, Any] = {
        "name": "ann",
        "roles": ["Backup Administrator"],
        "connection": "vbr",
        "type": "InternalUser",
    }
    given = approval("ann")
    assert says("no-unapproved-administrators", [resource(token, "j", **admin)], **given) == []
    for key in ("name", "connection", "type"):
        assert len(says("no-unapproved-administrators", [resource(token, "j", **{**admin, key: hidden})], **given)) == 1
    for roles in (hidden, [hidden], ["Backup Viewer", hidden]):
        (said,) = says("no-unapproved-administrators", [resource(token, "j", **{**admin, "roles": roles})])
        assert "ann on connection vbr may be administrator" in said
    tenant = vspc("ann", "CompanyOwner", organization_uid=hidden)
    assert len(says("no-unapproved-administrators", [tenant], **approval("ann", "vspc"))) == 1


def test_a_pack_leaves_what_is_not_known_yet_to_the_update_and_nothing_else() -> None:
    (rule,) = [one for one in RULES if one.name == "no-unapproved-administrators"]

    def said(given: Resource) -> int:
        return len(rule.violations(Case([given], TODAY, Path(), asked_again=True)))

    later = vbr("ann", "Backup Administrator")
    assert said(later) == 1
    assert said(Resource(later.urn, later.type, {**later.values, "roles": [UNKNOWN]})) == 0
    assert said(Resource(later.urn, later.type, {**later.values, "name": UNKNOWN})) == 0
    assert said(Resource(later.urn, later.type, {**later.values, "resolved_name": UNKNOWN})) == 1
    assert said(Resource(later.urn, later.type, {**later.values, "roles": None})) == 1  # missing in the update too
    assert said(Resource(later.urn, later.type, {**later.values, "roles": MASKED})) == 1


@pytest.mark.parametrize(
    ("name", "config"),
    [("no-generic-names", {}), ("break-glass-protected", {"accounts": ["root"]}), ("few-administrators", {"limit": 0})],
)
def test_a_name_that_is_not_known_yet_is_judged_once_it_is(name: str, config: dict[str, Any]) -> None:
    (rule,) = [one for one in RULES if one.name == name]

    def said(again: bool, **values: Any) -> int:
        given = vbr(values.pop("name", "root"), "Backup Administrator", **values)
        return len(rule.violations(Case([given], TODAY, Path(), asked_again=again), config))

    assert (said(True), said(False)) == (1, 1)
    assert (said(True, name=UNKNOWN), said(False, name=UNKNOWN)) == (0, 1)
    assert said(True, name=MASKED) == 1
    assert said(True, resolved_name=UNKNOWN) == 1, "who it is, is known"


@pytest.mark.parametrize(
    "role", ["PortalOperator", "ResellerOperator", "CompanyLocationAdministrator", "CompanyTenant"]
)
def test_operators_and_tenants_of_a_console_write_users_too(role: str) -> None:
    assert len(says("no-unapproved-administrators", [vspc("b", role)])) == 1


def test_custom_roles_and_kinds_that_nobody_knows_need_an_approval() -> None:
    custom = vbr("ann", "Auditors of the north")
    (said,) = says("no-unapproved-administrators", [custom])
    assert "ann on connection vbr may be administrator (Auditors of the north), and nobody has approved that" in said
    assert says("no-unapproved-administrators", [custom], roles=["auditors of the north"]) == []
    account = resource("pulumi-python:dynamic/veeam/em:Robot", "r", name="ann", roles=["Portal User"], connection="em")
    (said,) = says("no-unapproved-administrators", [account], roles=["Portal User"])
    assert said.startswith("r: ann on connection em may be administrator (Portal User), ")
    assert says("no-unapproved-administrators", [account], **approval("ann", "em")) == []


def test_who_can_delete_backups_needs_one_too() -> None:
    (said,) = says("no-unapproved-administrators", [aws("ann", role="Portal Operator")])
    assert said.startswith("ann: ann on connection aws can delete backups (Portal Operator), ")


# ---- no-unapproved-roles


def night(backups: Any, restores: Any = False, **more: Any) -> Resource:
    values = {"name": "Night", "connection": "vbr", "manage_backups": backups, "manage_restores": restores, **more}
    one = resource("pulumi-python:dynamic/veeam/vbr:Role", "night")
    return replace(one, values={**one.values, **values})


def approved(*rights: str, **more: Any) -> dict[str, Any]:
    return {"approvals": [{"role": "night", "connection": "vbr", "rights": list(rights), "by": "Ann Lee", **more}]}


def test_a_role_that_gives_much_needs_an_approval_of_that() -> None:
    assert says("no-unapproved-roles", [night(True)]) == [
        "night: who has the role Night on connection vbr may delete backups and can weaken protection, and nobody has "
        "approved that: give it less, or have it approved and add role, connection, rights (delete-backups, weaken) "
        "and by to the approvals of no-unapproved-roles in the policy configuration"
    ]
    assert says("no-unapproved-roles", [night(False)]) == []
    both, ended = approved("delete-backups", "weaken"), approved("delete-backups", "weaken", until="2026-11-21")
    assert says("no-unapproved-roles", [night(True)], **both) == []
    last_day = approved("delete-backups", "weaken", until=TODAY.isoformat())
    assert says("no-unapproved-roles", [night(True)], **last_day) == []
    for one, given in (
        (night(True), approved("weaken")),
        (night(True), ended),
        (night(UNKNOWN), both),
        (night(True, name=MASKED), both),
    ):
        assert len(says("no-unapproved-roles", [one], **given)) == 1


def test_each_right_of_a_role_is_approved_by_its_own_word() -> None:
    role = night(False, permissions=["DeleteBackups", "CreateUser"])
    (said,) = says("no-unapproved-roles", [role])
    assert "can delete backups" in said and "can grant access" in said
    assert "rights (delete-backups, grant-access)" in said
    assert says("no-unapproved-roles", [role], **approved("delete-backups", "grant-access")) == []
    for part in ("delete-backups", "grant-access"):
        assert len(says("no-unapproved-roles", [role], **approved(part))) == 1


@pytest.mark.parametrize("rule", ["no-unapproved-roles", "no-unapproved-administrators"])
def test_a_word_that_no_approval_has_is_a_mistake(rule: str) -> None:
    given = {"role": "Night", "account": "ann", "connection": "vbr", "rights": ["weaken"], "by": "Ann Lee"}
    known = ("role", "connection", "rights", "by") if rule == "no-unapproved-roles" else ("account", "connection", "by")
    approval = {name: given[name] for name in known}
    (said,) = says(rule, [], approvals=[{**approval, "untill": "2027-01-01"}])
    assert said.startswith(f"the configuration of {rule} is wrong: approvals.0.untill: ")


def test_a_role_whose_name_the_update_will_tell_is_judged_then() -> None:
    (rule,) = [one for one in RULES if one.name == "no-unapproved-roles"]

    def said(given: Resource, again: bool = True) -> int:
        return len(rule.violations(Case([given], TODAY, Path(), asked_again=again)))

    assert (said(night(True, name=UNKNOWN)), said(night(True, connection=UNKNOWN))) == (0, 0)
    assert (said(night(True, name=UNKNOWN), again=False), said(night(True, name=MASKED))) == (1, 1)
    assert said(night(True, description=UNKNOWN)) == 1


@pytest.mark.parametrize(("op", "judged"), [("create-replacement", 1), ("create", 1), ("update", 0)])
def test_what_the_server_said_of_a_replaced_object_is_nothing_about_the_new_one(op: str, judged: int) -> None:
    values = {"__provider": stored("aws.User"), "name": "eve", "connection": "aws", "password": MASKED}
    token = "pulumi-python:dynamic/veeam/aws:User"
    entry = {"urn": f"{STACK}{token}::eve", "type": token, "inputs": values}
    entry["outputs"] = {**values, "role": "Read-Only User"}
    document = {"steps": [{"op": op, "urn": entry["urn"], "newState": entry}], "changeSummary": {op: 1}}
    assert len(says("no-unapproved-administrators", of_document(document))) == judged


def test_an_approval_of_nothing_is_a_mistake() -> None:
    empty = {"role": "Night", "connection": "vbr", "rights": [], "by": "Ann Lee"}
    (said,) = says("no-unapproved-roles", [night(True)], approvals=[empty])
    assert said.startswith("the configuration of no-unapproved-roles is wrong: approvals.0.rights: ")


def test_a_role_is_no_administrator_and_its_holders_are() -> None:
    assert says("no-unapproved-administrators", [night(True)]) == []
    assert says("few-administrators", [night(True)], limit=0) == []
    assert len(says("no-unapproved-administrators", [vbr("ann", "Night")])) == 1


def test_a_widened_role_is_judged_by_what_it_will_be() -> None:
    was: dict[str, Any] = {
        "__provider": stored("vbr.Role"),
        "name": "Night",
        "connection": "vbr",
        "manage_restores": False,
    }
    entry: dict[str, Any] = {
        "urn": f"{STACK}pulumi-python:dynamic/veeam/vbr:Role::night",
        "type": "pulumi-python:dynamic/veeam/vbr:Role",
        "inputs": {**was, "manage_backups": True},
        "outputs": {**was, "manage_backups": False, "permissions": ["ViewJobs"]},
    }
    document = {"steps": [{"op": "update", "urn": entry["urn"], "newState": entry}], "changeSummary": {"update": 1}}
    assert len(says("no-unapproved-roles", of_document(document))) == 1
    entry["outputs"] = {**entry["inputs"], "permissions": ["ViewJobs"]}  # as a state has it afterwards
    assert says("no-unapproved-roles", of_document(document)) == []


# ---- no-foreign-code


def test_a_type_says_nothing_and_the_provider_everything() -> None:
    note = Resource(f"{STACK}pulumi-python:dynamic/notes:Note::n", "pulumi-python:dynamic/notes:Note", {
        "__provider": stored("vbr.User"), "name": "eve", "roles": ["Backup Administrator"],
    })  # fmt: skip
    assert says("no-foreign-code", [note]) == []
    (said,) = says("no-unapproved-administrators", [note])
    assert said.startswith("n: eve on connection vbr is administrator")


@pytest.mark.parametrize("provider", ["", "gASVAA==", MASKED, UNKNOWN, stored("vbr.User")[:-4], None])
@pytest.mark.parametrize("token", ["pulumi-python:dynamic/veeam/vbr:User", "pulumi-nodejs:dynamic:Resource"])
def test_code_of_others_is_refused_whatever_it_calls_itself(token: str, provider: Any) -> None:
    one = Resource(f"{STACK}{token}::n", token, {"__provider": provider, "name": "ann", "roles": ["Backup Viewer"]})
    assert says("no-foreign-code", [one]) == [
        f"n: {token} brings its own code along, so nobody can say what it does: leave it out, or read its code and add "
        "the type to `types` of no-foreign-code in the policy configuration"
    ]
    assert says("no-foreign-code", [one], types=["pulumi-python:dynamic/veeam/*", "pulumi-nodejs:*"]) == []
    if "veeam" in token:  # it calls itself an account, and nobody knows what it is
        assert len(says("no-unapproved-administrators", [one])) == 1


# ---- few-administrators


def crowd(count: int, connection: str = "vbr") -> list[Resource]:
    return [vbr(f"user{number}", "Backup Administrator", connection=connection) for number in range(count)]


def test_five_administrators_are_few_and_six_are_not() -> None:
    assert says("few-administrators", [*crowd(5), *crowd(5, "vbr-b"), vbr("x", "Backup Viewer")]) == []
    assert says("few-administrators", crowd(6)) == [
        "connection vbr: 6 administrators, at most 5 are allowed (user0, user1, user2, user3, user4, user5): give some "
        "of them another role, or raise the limit of few-administrators in the policy configuration"
    ]


def test_an_account_counts_once_and_a_group_of_its_name_apart() -> None:
    twice = [vbr(r"LAB\ann", "Backup Administrator"), vbr(r"lab\Ann", "Security Administrator")]
    assert says("few-administrators", twice, limit=1) == []
    assert len(says("few-administrators", [*twice, vbr("ann@lab.evil.org", "Backup Administrator")], limit=1)) == 1
    group = vbr(r"LAB\ann", "Backup Administrator", type="InternalGroup")
    assert len(says("few-administrators", [*twice, group], limit=1)) == 1


@pytest.mark.parametrize("hidden", HIDDEN, ids=str)
def test_accounts_whose_names_cannot_be_read_are_counted_one_by_one(hidden: Any) -> None:
    two = [vbr(hidden, "Backup Administrator", resource_name=name) for name in ("a", "b")]
    assert len(says("few-administrators", two, limit=1)) == 1
    assert says("few-administrators", two, limit=2) == []


def test_limits_are_per_server_and_on_a_console_per_company() -> None:
    companies = [vspc(f"owner-{name}", "CompanyOwner", name) for name in ("a", "b", "c")]
    assert says("few-administrators", companies, limit=1) == []
    (said,) = says("few-administrators", [*companies, vspc("two", "CompanyAdministrator", "B")], limit=1)
    assert said.startswith("connection vspc, company b: 2 administrators, at most 1 are allowed (owner-b, two)")
    assert says("few-administrators", crowd(6), limits={"vbr": 6}) == []
    assert len(says("few-administrators", crowd(2), limits={"vbr": 1.0})) == 1  # the CLI sends every number so


# ---- tls-verification


@pytest.mark.parametrize("value", [True, "true", "on", 1, 1.0, "yes", "what"])
def test_a_server_that_is_not_verified_is_refused_without_a_word_of_its_password(value: Any) -> None:
    lab = {"product": "vbr", "url": "https://h", "password": SECRET, "tls": {"insecure": value}}
    assert says("tls-verification", [provider({"lab": lab, "vbr": {"password": SECRET}})]) == [
        "connection lab: TLS verification is off (tls.insecure), anybody can pose as this server and gets its "
        "password: `pulumi config rm --path 'veeam:connections.lab.tls.insecure'`, and pin its certificate: "
        "`pulumi config set --path 'veeam:connections.lab.tls.thumbprint' FINGERPRINT`"
    ]
    assert says("tls-verification", [provider({"lab": lab})], allowed=["lab"]) == []


@pytest.mark.parametrize("value", [True, "true", "on", 1.0, "yes", False, "false", 0, "off"])
def test_off_is_what_the_product_takes_for_off(value: Any) -> None:
    lab = {"product": "vbr", "url": "https://h", "tls": {"insecure": value}}
    insecure = Connections({"lab": lab}, sessions=sessions(), warn=print, environ={}).get("lab").settings.tls.insecure
    assert bool(says("tls-verification", [provider({"lab": lab})])) is insecure


def test_what_the_product_refuses_counts_as_off() -> None:
    lab = {"product": "vbr", "url": "https://h", "tls": {"insecure": "what"}}
    with pytest.raises(SettingsError):
        Connections({"lab": lab}, sessions=sessions(), warn=print, environ={}).get("lab")
    assert len(says("tls-verification", [provider({"lab": lab})])) == 1


@pytest.mark.parametrize("tls", [None, {}, {"thumbprint": "00"}, {"ca_file": "ca.pem", "insecure": False}])
def test_pins_authorities_and_the_systems_store_are_fine(tls: Any) -> None:
    assert says("tls-verification", [provider({"vbr": {"url": "https://h", "tls": tls}})]) == []


def test_defaults_for_every_connection_are_looked_at() -> None:
    defaults: dict[str, Any] = {"veeam:defaults": '{"tls": {"insecure": 1}}'}
    (said,) = says("tls-verification", [resource(PROVIDER, "default", **defaults)])
    assert said.startswith("all connections: TLS verification is off (tls.insecure), ")
    assert "`pulumi config rm --path 'veeam:defaults.tls.insecure'`" in said


def test_a_stack_whose_settings_all_come_from_the_environment_is_fine(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: access\nruntime: python\n")
    file = tmp_path / "Pulumi.prod.yaml"
    for text in ("encryptionsalt: v1:x:y\n", "config:\n", "config: {}\n", ""):
        file.write_text(text)
        assert says("tls-verification", [vbr("ann")], folder=tmp_path / "policy") == [], text
    for text in ("config: [1]\n", "config: words\n", "config: [\n", "- 1\n"):
        file.write_text(text)
        (said,) = says("tls-verification", [vbr("ann")], folder=tmp_path / "policy")
        assert said.startswith("there is no Pulumi.prod.yaml of project (any) that can be read, "), text


def test_where_a_preview_hides_the_connections_their_files_are_read(tmp_path: Path) -> None:
    connections: dict[str, Any] = {"veeam:connections": MASKED}
    hidden = resource(PROVIDER, "default", **connections)
    (tmp_path / "Pulumi.yaml").write_text("name: access\nruntime: python\n")

    def said(insecure: Any, stack: str = "prod") -> list[str]:
        config = {"veeam:connections": {"vbr": {"password": {"secure": "v1:x:y"}, "tls": {"insecure": insecure}}}}
        (tmp_path / f"Pulumi.{stack}.yaml").write_text(json.dumps({"config": config}))
        return says("tls-verification", [hidden], folder=tmp_path / "policy")

    assert said(True, "dev")[0].startswith("there is no Pulumi.prod.yaml of project (any) that can be read, ")
    assert said(False) == []
    for insecure in (True, {"secure": "v1:x:y"}):  # a switch that is a secret cannot be judged
        (line,) = said(insecure)
        assert line.startswith("connection vbr: TLS verification is off (tls.insecure), ")
    (line,) = says("tls-verification", [vbr("ann")], folder=tmp_path / "policy")  # no provider in what was given
    assert line.startswith("connection vbr: ")
    (tmp_path / "Pulumi.prod.yaml").write_text("environment: [veeam]\n")  # what is hidden comes from somewhere else
    (line,) = says("tls-verification", [hidden], folder=tmp_path / "policy")
    assert line.startswith("veeam:connections ")


def test_settings_that_cannot_be_read_are_refused_unseen() -> None:
    (said,) = says("tls-verification", [provider('{"vbr": {"password": "' + SECRET)])
    assert said.startswith("veeam:connections is not a map, so nobody can say")
    assert says("tls-verification", [resource("pulumi:providers:pulumi-python", "default")]) == []


@pytest.mark.parametrize("one", [MASKED, {"secure": "v1:x:y"}, {"tls": {"secure": "v1:x:y"}}, {"tls": MASKED}, 5])
def test_a_connection_that_is_secret_as_a_whole_counts_as_not_verified(one: Any, tmp_path: Path) -> None:
    (line,) = says("tls-verification", [provider({"lab": one, "vbr": None})])
    assert line.startswith("connection lab: TLS verification is off (tls.insecure), ")
    (tmp_path / "Pulumi.yaml").write_text("name: access\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text(json.dumps({"config": {"veeam:connections": {"lab": one}}}))
    assert says("tls-verification", [vbr("ann")], folder=tmp_path / "policy") == [line]


def test_connections_that_a_file_keeps_encrypted_cannot_be_judged(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: access\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text('config:\n  "veeam:connections": {secure: "v1:x:y"}\n')
    (line,) = says("tls-verification", [vbr("ann")], folder=tmp_path / "policy")
    assert line.startswith("veeam:connections is not a map, so nobody can say whether servers are verified")


# ---- tls-verification of the bridge's provider


def bridge(connections: Any, name: str = "lab-servers") -> Resource:
    """Its connections are one JSON text, a secret as a whole if a part is one."""
    text = connections if connections in (MASKED, UNKNOWN, "") else json.dumps(connections)
    return resource("pulumi:providers:veeam", name, connections=text, version="0.0.0")


def judged(tmp_path: Path, *resources: Resource, config: Any = None, again: bool = False, **given: Any) -> list[str]:
    """What the rule says, told of a preview, or (`again`) by an engine."""
    (tmp_path / "Pulumi.yaml").write_text("name: access\nruntime: yaml\n")
    (tmp_path / "Pulumi.prod.yaml").write_text(json.dumps({"config": config or {}}))
    (rule,) = [one for one in RULES if one.name == "tls-verification"]
    found = rule.violations(Case(resources, TODAY, tmp_path / "policy", asked_again=again), given)
    assert SECRET not in str(found)
    return [one.message for one in found]


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("value", [True, "true", 1, "what", MASKED, {"4dabf18193072939515e22adb298388d": "else"}])
def test_a_server_that_the_bridges_provider_does_not_verify_is_refused(tmp_path: Path, value: Any, again: bool) -> None:
    lab = {"product": "vbr", "url": "https://h", "password": SECRET, "tls": {"insecure": value}}
    resources = [bridge({"lab": lab, "vbr": {"passwordEnv": "P", "tls": {"caFile": "ca.pem"}}})]
    assert judged(tmp_path, *resources, again=again) == [
        "connection lab of provider lab-servers: TLS verification is off (tls.insecure), anybody can pose as this "
        "server and gets its password: take `insecure` out of the provider's connections, and pin the server's "
        "certificate there: `tls: {thumbprint: FINGERPRINT}`"
    ]
    assert judged(tmp_path, *resources, again=again, allowed=["lab"]) == []


@pytest.mark.parametrize("connections", ["", {}, {"vbr": {}}, {"vbr": {"tls": {"insecure": False}}}])
def test_the_bridges_provider_verifies_where_nothing_else_is_said(tmp_path: Path, connections: Any) -> None:
    assert judged(tmp_path, bridge(connections)) == []
    assert judged(tmp_path, resource("pulumi:providers:veeam", "default_0_0_0")) == []


def test_secrets_that_are_marked_in_the_text_are_looked_into(tmp_path: Path) -> None:
    def secret(value: Any) -> dict[str, Any]:
        return {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": value}

    marked = {"lab": {"password": secret(SECRET), "tls": secret({"insecure": secret(True)})}}
    assert len(judged(tmp_path, bridge(marked))) == 1
    assert judged(tmp_path, bridge({"lab": {"password": secret(SECRET), "tls": secret({"insecure": False})}})) == []


@pytest.mark.parametrize("hidden", [MASKED, UNKNOWN, "{"])
def test_a_provider_of_the_bridge_whose_connections_cannot_be_read_is_refused(tmp_path: Path, hidden: Any) -> None:
    one = resource("pulumi:providers:veeam", "lab-servers", connections=hidden)
    (line,) = judged(tmp_path, one)
    assert line.startswith("provider lab-servers: its connections cannot be read here, so nobody can say whether ")
    # An engine asks again before anything is written, when they are known.
    assert len(judged(tmp_path, one, again=True)) == (hidden is not UNKNOWN)


def test_what_a_stacks_config_gives_the_bridges_default_provider_is_read_in_its_file(tmp_path: Path) -> None:
    hidden = bridge(MASKED, "default_0_0_0")
    (line,) = judged(tmp_path, hidden)  # it is not from the file, whatever it is called
    assert line.startswith("provider default_0_0_0: its connections cannot be read here")

    def config(insecure: Any) -> dict[str, Any]:
        return {"veeam:connections": {"lab": {"password": {"secure": "v1:x:y"}, "tls": {"insecure": insecure}}}}

    assert judged(tmp_path, hidden, config=config(False)) == []
    (line,) = judged(tmp_path, hidden, config=config(True))
    assert "`pulumi config rm --path 'veeam:connections.lab.tls.insecure'`" in line
    # The policy pack is told secrets, and knows of no files.
    assert judged(tmp_path, bridge({"lab": {"tls": {"insecure": True}}}, "default_0_0_0"), again=True) == [line]


# ---- break-glass-protected


def test_break_glass_accounts_are_protected() -> None:
    token = "pulumi-python:dynamic/veeam:BreakGlass"
    marked = resource(token, "break-glass", accounts=["ann@vbr", "glass@vbr"], protected=["glass@vbr"])
    ann = vbr("ann", resource_name="ann@vbr")
    assert says("break-glass-protected", [marked, ann, vbr("glass", resource_name="glass@vbr", protect=True)]) == []
    assert says("break-glass-protected", [marked, ann, vbr("glass", resource_name="glass@vbr")]) == [
        "glass@vbr: glass on connection vbr is a break-glass account and not protected: declare it with "
        "ResourceOptions(protect=True), or take it off the list of break-glass accounts"
    ]


@pytest.mark.parametrize("name", ["glass", r"EXAMPLE\GLASS", "emergency@vbr", "emergency"])
def test_further_ones_are_named_by_account_resource_or_person(name: str) -> None:
    person = f"{STACK}veeam:access:Person::emergency"
    glass = vbr(r"EXAMPLE\glass", resource_name="emergency@vbr", parent=person)
    assert len(says("break-glass-protected", [glass, vbr("ann")], accounts=[name])) == 1
    assert says("break-glass-protected", [glass], accounts=["else"]) == []


# ---- no-generic-names


@pytest.mark.parametrize("name", [MASKED, UNKNOWN])
def test_a_name_that_nobody_can_read_may_be_a_generic_one(name: Any) -> None:
    (said,) = says("no-generic-names", [vbr(name)])
    assert said.startswith("jane: the name of the account on connection vbr cannot be read, so nobody can say whose")


@pytest.mark.parametrize("name", ["admin", r"LAB\Administrator", "test@lab.local", "backup01", r".\user-2", "ROOT"])
def test_generic_names_are_refused(name: str) -> None:
    assert says("no-generic-names", [vbr(name)]) == [
        f"jane: the account {name} on connection vbr belongs to nobody in particular: give each person an account of "
        "their own, name a service's account svc-NAME, or add it to `allowed` of no-generic-names in the policy "
        "configuration"
    ]


@pytest.mark.parametrize("name", ["jdoe", r"LAB\adminson", "svc-backup", r"ADMIN\jdoe", "testa.rossa@lab.local", "7"])
def test_names_of_people_and_services_are_fine(name: str) -> None:
    assert says("no-generic-names", [vbr(name)]) == []


def test_a_name_cannot_forge_a_line() -> None:
    (said,) = says("no-generic-names", [vbr("LAB\n[mandatory] all is well\x1b[2K\\admin")])
    assert "the account LAB [mandatory] all is well\\x1b[2K\\admin on connection vbr belongs to nobody" in said


def test_names_are_configured() -> None:
    assert len(says("no-generic-names", [vbr("svc-test")], names=["svc-*"], allowed=[])) == 1
    assert says("no-generic-names", [vbr("admin"), aws("Test1")], allowed=["admin", "test*"]) == []
    em = resource("pulumi-python:dynamic/veeam/em:BackupServer", "vbr01", username=r"VBR01\Administrator")
    assert says("no-generic-names", [em]) == []


# ---- separated-duties

PERSON = f"{STACK}veeam:access:Person::"
TWO = ("Backup Administrator", "Security Administrator")


def test_one_person_with_both_roles_is_refused_by_account_and_by_entry_of_a_roster() -> None:
    assert says("separated-duties", [vbr(r"LAB\ann", *TWO)]) == [
        r"lab\ann is Backup Administrator and Security Administrator on connection vbr: give one of the roles to "
        "somebody else, or take the pair out of separated-duties in the policy configuration"
    ]
    halves = [vbr(r"LAB\ann", "Veeam Backup Administrator"), vbr(r"LAB\ann-sec", "security administrator")]
    assert says("separated-duties", halves) == []
    (said,) = says(
        "separated-duties", [Resource(one.urn, one.type, one.values, parent=f"{PERSON}ann") for one in halves]
    )
    assert said.startswith("ann is Backup Administrator and Security Administrator on connection vbr: ")


def test_separation_is_by_connection_unless_it_is_across() -> None:
    apart = [vbr("ann", TWO[0]), vbr("ann", TWO[1], connection="vbr-b")]
    assert says("separated-duties", apart) == []
    (said,) = says("separated-duties", apart, pairs=[], across=[" + ".join(TWO)])
    assert "on connection vbr and vbr-b: " in said
    assert says("separated-duties", [vbr("ann", *TWO)], pairs=["Backup Viewer + Tape Operator"]) == []


ADMIN_ID, SECURITY_ID = "5ff0e0eb-45cf-48cc-9677-7613fc79bc11", "3835E9DF-CF3E-43E9-8E82-817798B1AEE0"


@pytest.mark.parametrize("roles", [(ADMIN_ID, TWO[1]), (TWO[0], SECURITY_ID), (ADMIN_ID, SECURITY_ID)])
def test_a_role_written_by_its_id_is_on_its_side(roles: tuple[str, str]) -> None:
    (said,) = says("separated-duties", [vbr("ann", *roles)])
    assert said.startswith("ann is Backup Administrator and Security Administrator on connection vbr: ")
    assert says("separated-duties", [vbr("ann", roles[0]), vbr("bob", roles[1])]) == []
    custom = "0f6c1f0c-7e11-4f8e-9d0a-5d1c0b1e6a57"
    assert says("separated-duties", [vbr("ann", roles[0], custom)]) == []


@pytest.mark.parametrize("roles", [(TWO[0], MASKED), (MASKED,), (TWO[1], UNKNOWN), (UNKNOWN,)], ids=str)
def test_a_role_that_cannot_be_read_may_be_on_either_side(roles: tuple[Any, ...]) -> None:
    (said,) = says("separated-duties", [vbr("ann", *roles)])
    assert said.startswith("ann may be Backup Administrator and Security Administrator, as a role cannot be read, on ")
    (said,) = says("separated-duties", [vbr("ann", *TWO, *roles)])
    assert said.startswith("ann is Backup Administrator and Security Administrator on connection vbr: ")


def test_a_role_that_the_update_will_tell_is_judged_then() -> None:
    (rule,) = [one for one in RULES if one.name == "separated-duties"]
    held = [vbr("ann", TWO[0], UNKNOWN), vbr("bob", UNKNOWN)]
    assert [*rule.violations(Case(held, TODAY, Path(), asked_again=True), {})] == []
    hidden = [*held, vbr("ann", MASKED)]
    assert len([*rule.violations(Case(hidden, TODAY, Path(), asked_again=True), {})]) == 1


def test_groups_and_disabled_accounts_are_on_no_side() -> None:
    assert says("separated-duties", [vbr("g", *TWO, type="InternalGroup"), vbr("b", *TWO, is_enabled=False)]) == []
    (said,) = says("separated-duties", [], pairs=["Backup Administrator"])
    assert "the configuration of separated-duties is wrong: pairs.0: " in said


# ---- keys-renewed


def key(**values: Any) -> Resource:
    return resource("pulumi-python:dynamic/veeam/vspc:ApiKey", "ci", user_name="ann", user="u", **values)


def test_a_key_may_become_so_old() -> None:
    assert says("keys-renewed", [key(creation_date="2025-11-21T10:00:00Z")]) == [
        "ci: the API key is 366 days old, at most 365 are allowed: make a new one, bring it to whoever uses it, then "
        "delete this one"
    ]
    fine = [key(creation_date="2025-11-22T10:00:00Z"), key(), key(creation_date=UNKNOWN), key(creation_date="soon")]
    fine += [key(creation_date="2020-01-01", status="disabled"), vbr("ann", creation_date="2020-01-01")]
    assert says("keys-renewed", fine) == []
    assert len(says("keys-renewed", [key(creation_date="2026-10-22")], days=30)) == 1


# ---- all of them


def test_a_good_program_breaks_no_rule_and_a_bad_one_all(tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    for folder, password in ((good, {"secure": "v1:x:y"}), (bad, SECRET)):
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text("name: access\nruntime: python\n")
        (folder / "Pulumi.prod.yaml").write_text(json.dumps({"config": {"access:password": password}}))
    config: dict[str, Any] = {
        "no-unapproved-administrators": approval(r"EXAMPLE\jdoe"),
        "break-glass-protected": {"accounts": ["glass"]},
        "secrets-as-secrets": {"folder": "."},
    }
    fine = [BOSS, vbr("glass", protect=True), provider({"vbr": {"password": SECRET}})]
    assert examine(fine, config, folder=good, project="access", today=TODAY) == []
    wrong = [*crowd(6), vbr("glass"), provider({"vbr": {"tls": {"insecure": True}}}), vbr("admin")]
    wrong += [night(True), resource("pulumi-python:dynamic/notes:Note", "n")]
    wrong += [vbr("both", *TWO), key(creation_date="2020-01-01")]
    found = examine(wrong, config, folder=bad, project="access", today=TODAY)
    assert {one.rule for one in found} == {rule.name for rule in RULES}
    assert {one.level for one in found} == {"mandatory"}
    assert SECRET not in str(found)


def test_levels_by_rule_and_for_all() -> None:
    def levels(config: dict[str, Any]) -> list[str]:
        return [
            one.level for one in examine([vbr("admin")], {"secrets-as-secrets": "disabled", **config}, folder=Path())
        ]

    assert levels({}) == ["mandatory"]
    assert levels({"all": "advisory"}) == ["advisory"]
    assert levels({"all": "advisory", "no-generic-names": {"enforcementLevel": "mandatory"}}) == ["mandatory"]
    assert levels({"no-generic-names": "disabled"}) == []
    with pytest.raises(ValueError, match="unknown rule 'no-names'; known rules: no-unapproved-administrators, "):
        levels({"no-names": "disabled"})
    with pytest.raises(ValueError, match="unknown enforcement level 'on'; known levels: mandatory, "):
        levels({"all": "on"})


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_wrong_configuration_switches_nothing_off(rule: Any) -> None:
    (said,) = rule.violations(Case([], TODAY, Path()), {"unknown": SECRET})
    assert said.message.startswith(
        f"the configuration of {rule.name} is wrong: unknown: Extra inputs are not permitted"
    )
    assert SECRET not in said.message


@pytest.mark.parametrize("until", ["soon", "2027-6-30", "2027-06-30T10:00:00", 20270630, 1.5, True, ["2027-06-30"]])
def test_a_wrong_date_is_named(until: Any) -> None:
    (said,) = says("no-unapproved-administrators", [BOSS], **approval("x", until=until))
    assert "is wrong: approvals.0.until: must be a day, as 2027-06-30" in said


def test_a_day_that_yaml_has_read_is_one() -> None:
    assert says("no-unapproved-administrators", [BOSS], **approval(r"EXAMPLE\jdoe", until=date(2099, 12, 31))) == []


@pytest.mark.parametrize("days", [True, False, "30", None, [30]])
def test_a_number_is_no_truth_value_and_no_text(days: Any) -> None:
    (said,) = says("keys-renewed", [BOSS], days=days)
    assert "the configuration of keys-renewed is wrong: days: must be a number" in said
    assert says("keys-renewed", [BOSS], days=30.0) == []


def test_a_schema_is_whole_without_references() -> None:
    """The CLI checks a configuration by it, and follows none."""
    found = {rule.name: rule.schema for rule in RULES}
    assert "$ref" not in json.dumps(found)
    shown = found["no-unapproved-administrators"]["approvals"]["items"]["properties"]
    assert {"account", "connection", "by", "until"} <= shown.keys()
    day = [one for one in shown["until"]["anyOf"] if one.get("format") == "date"]
    assert day and day[0]["type"] == "string"


def test_secrets_of_a_state_are_read_where_they_are_open_and_never_left_out() -> None:
    mark = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
    sealed = {
        "a": {**mark, "plaintext": '{"b": 1}'},
        "c": {**mark, "ciphertext": "v1:x:y"},
        "d": "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    }
    (one,) = of_document({"deployment": {"resources": [{"urn": "u", "type": "t", "inputs": sealed}]}})
    assert one.values == {"a": {"b": 1}, "c": MASKED, "d": UNKNOWN}
