"""What a gate believes: a provider and no type, nothing that is not known, and no preview that does not show all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from tests.review.previews import (
    PROJECT,
    STACK,
    aws,
    create,
    delete,
    em,
    looked,
    preview,
    provider,
    same,
    state,
    step,
    update,
    vbr,
    vspc,
)
from tests.review.test_review import review
from veeam_pulumi.pulumi_state import MASKED, UNKNOWN
from veeam_pulumi.resource.grant import Grant, Right, Source, every_right
from veeam_pulumi.review.comment import Comment
from veeam_pulumi.review.gates import gained, parse, refused_protected
from veeam_pulumi.review.preview import read

ADMIN, OPERATOR, VIEWER = "Backup Administrator", "Backup Operator", "Backup Viewer"
EVE = vbr(r"TECH\eve", ADMIN)


def trips(gate: str, *steps: dict[str, Any], **more: Any) -> bool:
    comment = Comment(read(json.dumps(preview(*steps, **more)).encode()), parse(gate))
    assert comment.text()
    return [str(one) for one in comment.violated] == [gate]


def dynamic(op: str, token: str, code: Any, values: dict[str, Any], old_code: Any = None) -> dict[str, Any]:
    """A step of a dynamic resource of any type, with any provider."""

    def entry(stored: Any) -> dict[str, Any]:
        inputs = {"__provider": stored, **values}
        made = {"urn": f"{PROJECT}::{token}::thing", "custom": True, "type": token, "parent": STACK}
        return {**made, "inputs": inputs, "outputs": inputs}

    return step(op, None if op == "create" else entry(old_code or code), None if op == "delete" else entry(code))


# ---- kinds come from the provider

NOTE = "pulumi-python:dynamic/notes:Note"
USER = "pulumi-python:dynamic/veeam/vbr:User"


def test_a_provider_of_ours_under_another_type_is_what_it_is() -> None:
    note = dynamic("create", NOTE, provider("vbr.User"), EVE)
    done = review(preview(note), "--fail-on", "new-admin,foreign-code")
    assert done.exit_code == 1
    assert r"**Refused by `new-admin`:** access gained by 1 account." in done.output
    assert rf"- `TECH\eve` on `vbr` becomes administrator: {ADMIN}" in done.output
    assert "Foreign code" not in done.output


FOREIGN = [
    MASKED,
    "",
    None,
    "gASVAA==",
    provider("vbr.User")[:-4],
    f"{provider('vbr.User')}AAAA",
    "not base64",
    UNKNOWN,
]


@pytest.mark.parametrize("code", FOREIGN, ids=str)
def test_code_of_others_has_its_own_section_and_gate(code: Any) -> None:
    note = dynamic("create", NOTE, code, {"name": "x"})
    done = review(preview(note), "--fail-on", "new-admin,foreign-code")
    assert done.exit_code == 1
    verdict = "no access changes that a preview can tell; foreign code runs for one resource."
    assert f"**Refused by `foreign-code`:** {verdict}" in done.output
    assert "### Foreign code: nobody can tell from a preview what it does\n" in done.output
    assert f"- one resource created: `{NOTE}` brings its own code along" in done.output


@pytest.mark.parametrize("code", FOREIGN, ids=str)
def test_what_only_calls_itself_ours_counts_as_every_right(code: Any) -> None:
    steps = dynamic("create", USER, code, vbr("ann", VIEWER))
    assert trips("new-admin", steps)
    assert trips("foreign-code", steps)


@pytest.mark.parametrize(
    "token",
    [
        "pulumi-nodejs:dynamic:Resource",
        "pulumi-nodejs:iam/user:User",
        "pulumi-python:iam:User",
        "pulumi-python:dynamicx:Note",
        "pulumi-python:dynamic",
        "Pulumi-Python:dynamic:Note",
    ],
)
def test_the_package_of_a_type_says_that_code_comes_along(token: str) -> None:
    """The engine takes the plugin of the package, whatever follows."""
    assert trips("foreign-code", dynamic("create", token, "exports.handler = 1", {}))
    assert trips("new-admin", dynamic("create", token, provider("vbr.User"), EVE))


# ---- resources of Pulumi's bridge over the Terraform provider


def bridged(op: str, token: str, values: dict[str, Any], old: dict[str, Any] | None = None) -> dict[str, Any]:
    """A step of a resource of Pulumi's bridge, as TypeScript, Go, C# and YAML have them."""

    def entry(said: dict[str, Any]) -> dict[str, Any]:
        made = {"urn": f"{PROJECT}::{token}::thing", "custom": True, "type": token, "parent": STACK}
        return {**made, "inputs": {"__defaults": [], **said}, "outputs": {**said, "id": "1"}}

    return step(op, None if op == "create" else entry(old or values), None if op == "delete" else entry(values))


BRIDGED: dict[str, dict[str, Any]] = {
    "veeam:index/vbrUser:VbrUser": {"name": r"TECH\eve", "roles": [ADMIN], "isServiceAccount": False},
    "veeam:index/awsUser:AwsUser": {"name": "eve", "password": MASKED},
    "veeam:index/azureUser:AzureUser": {"name": "eve", "role": "PortalAdministrator"},
    "veeam:index/emAccount:EmAccount": {"name": r"TECH\eve", "roles": ["Portal Administrator"]},
    "veeam:index/vspcUser:VspcUser": {"userName": "eve", "role": "CompanyOwner", "organizationUid": UNKNOWN},
    "veeam:index/vspcApiKey:VspcApiKey": {"description": "key", "user": UNKNOWN},
    "veeam:index/vspcLocalUserRule:VspcLocalUserRule": {
        "name": "eve",
        "roleType": "PortalAdministrator",
        "type": "User",
    },
    "veeam:index/vbrRobot:VbrRobot": {"name": "eve"},
    "veeam:index/thing:Thing": {"name": "eve"},
    "veeam:index/vbruser:Vbruser": {"name": "eve", "roles": [VIEWER]},
    "veeam:vbr/user:User": {"name": "eve", "roles": [VIEWER]},
}


@pytest.mark.parametrize("token", BRIDGED)
def test_administrators_made_by_the_bridge_trip_the_gate(token: str) -> None:
    assert trips("new-admin", bridged("create", token, BRIDGED[token]))
    assert not trips("foreign-code", bridged("create", token, BRIDGED[token]))


def test_what_the_bridge_makes_is_shown_by_our_names() -> None:
    token, values = next(iter(BRIDGED.items()))
    made = review(preview(bridged("create", token, {**values, "connectionName": "vbr-b"}))).output
    assert rf"- `TECH\eve` on `vbr-b` becomes administrator: {ADMIN}" in made
    now = {**values, "roles": [VIEWER]}
    changed = bridged("update", token, {**now, "isServiceAccount": True}, now)
    assert not trips("new-admin", changed)
    assert "is_service_account" in review(preview(changed)).output
    assert trips("new-admin", bridged("update", token, values, now))
    assert trips("delete>0", bridged("delete", token, values))


def test_a_role_and_a_backup_server_of_the_bridge() -> None:
    role = {
        "name": "Night",
        "manageBackups": True,
        "manageRestores": False,
        "inventoryScope": {"entireInventory": True},
    }
    assert trips("new-role", bridged("create", "veeam:index/vbrRole:VbrRole", role))
    server = {"dnsNameOrIpAddress": "vbr01", "username": "svc", "password": MASKED}
    made = bridged("create", "veeam:index/emBackupServer:EmBackupServer", server)
    assert not trips("new-admin", made)
    assert "- **added** `em.BackupServer` `vbr01` on `em`: with the login `svc`" in review(preview(made)).output


@pytest.mark.parametrize("op", ["create", "update", "replace", "delete", "read", "import", "somethingNew"])
def test_foreign_code_that_runs_trips_the_gate(op: str) -> None:
    assert trips("foreign-code", dynamic(op, NOTE, "c29tZQ==", {"a": 1}))


def test_foreign_code_that_stays_as_it_is_is_said_and_passes() -> None:
    done = review(preview(dynamic("same", NOTE, "c29tZQ==", {"a": 1})), "--fail-on", "foreign-code")
    assert (done.exit_code, f"- one resource unchanged: `{NOTE}` brings" in done.output) == (0, True)
    assert trips("foreign-code", dynamic("same", NOTE, "b3RoZXI=", {"a": 1}, old_code="c29tZQ=="))
    assert trips("foreign-code", dynamic("update", USER, provider("vbr.User"), EVE, old_code="c29tZQ=="))


@pytest.mark.parametrize("kind", ["Password", "BreakGlass", "vbr.ServerCertificate"])
def test_what_is_ours_and_on_no_server_is_no_account_and_not_foreign(kind: str) -> None:
    token = f"pulumi-python:dynamic/veeam{'/vbr' if '.' in kind else ''}:{kind.rpartition('.')[2]}"
    one = dynamic("create", token, provider(kind), {"name": "x", "connection": "vbr"})
    for gate in ("new-admin", "foreign-code", "create>0"):
        assert not trips(gate, one)


def test_a_kind_that_nobody_knows_counts_as_every_right() -> None:
    account = {"name": "TECH\\eve", "roles": ["Portal Administrator"], "connection": "em"}
    steps = dynamic("create", "pulumi-python:dynamic/veeam/em:Robot", provider("em.Robot"), account)
    done = review(preview(steps), "--fail-on", "new-admin,foreign-code")
    assert "**Refused by `new-admin`:** access gained by 1 account." in done.output
    assert r"- `TECH\eve` on `em` may become administrator: nobody knows what a `em.Robot` may do" in done.output
    changed = dynamic("update", "pulumi-python:dynamic/veeam/em:Robot", provider("em.Robot"), account)
    assert trips("new-admin", changed)


def test_an_operation_that_nobody_knows_counts_as_a_change() -> None:
    assert trips("new-admin", update("vbr.User", "a", vbr("a", VIEWER), vbr("a", ADMIN), "somethingNew"))
    assert trips("update>0", update("vbr.User", "a", vbr("a", VIEWER), vbr("a", VIEWER), "somethingNew"))


# ---- new-admin


@pytest.mark.parametrize(
    "one",
    [
        create("vbr.User", "a", vbr("a", "Auditors of the north")),
        create("vbr.User", "a", vbr("a", MASKED)),
        create("vbr.User", "a", {**vbr("a"), "roles": UNKNOWN}),
        create("vbr.User", "a", {**vbr("a"), "roles": None}),
        create("vspc.User", "a", vspc("a", "PortalOperator")),
        create("vspc.User", "a", vspc("a", "ResellerOperator")),
        create("vspc.User", "a", vspc("a", "CompanyLocationAdministrator")),
        create("vspc.User", "a", vspc("a", "CompanyTenant")),
        create("aws.User", "a", aws("a")),
        create("vbr.User", "a", vbr("a", ADMIN, adopt=UNKNOWN)),
        create("vbr.User", "a", vbr("a", ADMIN, is_enabled=UNKNOWN)),
        update("vbr.User", "a", vbr("a", ADMIN, is_enabled=False), vbr("a", ADMIN)),
        update("vbr.User", "a", vbr("a", ADMIN), vbr("b", ADMIN), "replace"),
        update("vbr.User", "a", vbr("a", ADMIN), vbr("a", ADMIN, type="InternalGroup"), "replace"),
        update("vbr.User", "a", vbr("a", ADMIN), vbr("a", ADMIN, connection="vbr-b")),
        update("vspc.User", "a", vspc("a", "CompanyOwner"), vspc("a", "CompanyOwner", organization_uid="b"), "replace"),
        update("vbr.User", "a", vbr("mike", ADMIN), vbr("mi\u212ae", ADMIN), "replace"),  # the Kelvin sign
        update("vbr.User", "a", vbr("a", "Custom"), vbr("a", ADMIN)),  # what was not known, nobody had
        update("vbr.User", "a", vbr("a", "Custom"), vbr("a", "Custom 2")),
        update("vbr.User", "a", vbr("a", MASKED), vbr("a", MASKED)),
        update("vbr.User", "a", vbr(MASKED, ADMIN), vbr(MASKED, ADMIN)),
        update("vbr.User", "a", vbr("a", "Tape Operator"), vbr("a", "Security Administrator")),
        update("vbr.User", "a", vbr("a", VIEWER), vbr("a", "Tape Operator")),
    ],
)
def test_new_administrators(one: dict[str, Any]) -> None:
    assert trips("new-admin", one)


RULE = {"name": "eve", "type": "winNTUser", "role_type": "portalAdministrator", "sid": "S-1-5-21-1"}
KEY = {"description": "key", "user": "u1", "is_read_access_only": False}
GUEST = {"name": "eve", "role": "PortalAdmin", "type": "IdentityProvider", "identity_provider_entity_id": "e1"}
HIDDEN_GUEST = {**GUEST, "identity_provider_entity_id": MASKED}
OWNER = vspc("eve", "CompanyOwner")


def again(kind: str, old: dict[str, Any], new: dict[str, Any], op: str = "replace", **decided: Any) -> dict[str, Any]:
    """A step that makes what is recorded anew; `decided`: what the server added to the old object."""
    return step(op, state(kind, "a", old, outputs=decided), state(kind, "a", new, known=False))


@pytest.mark.parametrize(
    "one",
    [
        again("aws.User", aws("eve"), aws("eve2"), role="Read-Only User"),
        again("aws.User", aws("eve"), aws("eve"), "create", role="Read-Only User"),
        again("vspc.ApiKey", KEY, {**KEY, "user": "u2"}, user_name="alice"),
        again("vspc.ApiKey", {**KEY, "is_read_access_only": MASKED}, KEY, user_name="alice"),
        again("azure.User", GUEST, {**GUEST, "identity_provider_entity_id": "e2"}),
        again("azure.User", GUEST, {**GUEST, "identity_provider_entity_id": UNKNOWN}),
        again("azure.User", HIDDEN_GUEST, HIDDEN_GUEST),
        again("vspc.LocalUserRule", RULE, {**RULE, "sid": "S-1-5-21-2"}),
        again("vspc.LocalUserRule", RULE, {**RULE, "sid": "S-1-5-21-2"}, "create"),
        dynamic("replace", "pulumi-python:dynamic/veeam/vbr:Robot", provider("vbr.Robot"), {"name": "eve"}),
    ],
)
def test_what_is_made_anew_and_may_stand_for_somebody_else(one: dict[str, Any]) -> None:
    assert trips("new-admin", one)


@pytest.mark.parametrize(
    "one",
    [
        again("vbr.User", vbr("a", ADMIN), vbr("A", ADMIN)),
        again("vbr.User", vbr("a", ADMIN), vbr("a", ADMIN), "create"),
        again("azure.User", GUEST, GUEST),
        again("vspc.LocalUserRule", RULE, RULE, "create"),
    ],
)
def test_who_is_made_anew_as_recorded_is_nobody_new(one: dict[str, Any]) -> None:
    assert not trips("new-admin", one)


@pytest.mark.parametrize("before", [MASKED, UNKNOWN])
@pytest.mark.parametrize(
    ("kind", "values", "switch", "on"),
    [
        ("vbr.User", vbr("eve", ADMIN), "is_enabled", True),
        ("vspc.User", OWNER, "status", "Enabled"),
        ("vspc.LocalUserRule", RULE, "enabled", True),
        ("vspc.ApiKey", {**KEY, "user_name": "alice"}, "status", "enabled"),
        ("vspc.ApiKey", {**KEY, "user_name": "alice"}, "is_read_access_only", False),
    ],
)
def test_what_may_have_been_off_was_never_seen_on(
    kind: str, values: dict[str, Any], switch: str, on: Any, before: str
) -> None:
    hidden = {**values, switch: before}
    assert trips("new-admin", update(kind, "a", hidden, {**values, switch: on}))
    assert trips("new-admin", update(kind, "a", hidden, {**hidden, "description": "x"}))
    assert not trips("new-admin", update(kind, "a", {**values, switch: on}, {**values, switch: on, "description": "x"}))


@pytest.mark.parametrize(
    "one",
    [
        create("vbr.User", "a", vbr("a", OPERATOR, VIEWER, "Restore Operator", "Incident API Operator")),
        create("vspc.User", "a", vspc("a", "PortalReadonlyOperator")),
        create("vbr.User", "a", vbr("a", ADMIN, is_enabled=False)),
        create("em.BackupServer", "a", em("vbr01", "svc")),
        update("vbr.User", "a", vbr("a", ADMIN), vbr("A", "Veeam Backup Administrator", OPERATOR)),
        update("vbr.User", "a", vbr("a", ADMIN), vbr("a", "Security Administrator")),
        update("vbr.User", "a", vbr("a", "Custom"), vbr("a", "Custom", description="x")),
        update("vbr.User", "a", vbr("a", ADMIN), vbr("a", VIEWER)),
        create("vbr.User", "a", vbr("a", ADMIN, adopt=True)),
        delete("vbr.User", "a", vbr("a", ADMIN)),
        same("vbr.User", "a", vbr("a", ADMIN)),
        step("read", None, state("vbr.User", "a", vbr("a", ADMIN))),
    ],
)
def test_nobody_new(one: dict[str, Any]) -> None:
    assert not trips("new-admin", one)


def test_an_adopted_administrator_is_not_new_and_has_a_gate_of_its_own(tmp_path: Path) -> None:
    """Who is not there would be created: `adopt` in an entry must not be a way around every gate."""
    boss = create("vbr.User", "a", {**EVE, "adopt": True})
    assert not trips("new-admin", boss)
    assert trips("adopted-admin", boss)
    assert not trips("adopted-admin", create("vbr.User", "a", vbr("a", OPERATOR, adopt=True)))
    assert not trips("adopted-admin", create("vbr.User", "a", EVE))
    raised = update("vbr.User", "a", vbr("a", VIEWER, adopt=True), vbr("a", ADMIN, adopt=True))
    assert (trips("new-admin", raised), trips("adopted-admin", raised)) == (True, False)
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"no-unapproved-administrators": {"approvals": [APPROVAL]}}))
    done = review(preview(boss), "--fail-on", "adopted-admin", "--config", str(file))
    assert (done.exit_code, "approved by Ann" in done.output) == (0, True)


def test_who_can_delete_backups_is_named_as_such() -> None:
    text = review(preview(create("vbr.User", "a", vbr("a", "Tape Operator")))).output
    assert "- `a` on `vbr` becomes able to delete backups: Tape Operator\n" in text
    assert "- **gains** `a` on `vbr`: Tape Operator; can delete backups\n" in text


APPROVAL = {"account": r"tech\EVE", "connection": "vbr", "by": "Ann <b>Lee</b>"}


@pytest.mark.parametrize(
    ("approval", "exit_code"),
    [
        ({}, 0),
        ({"until": "2099-01-01"}, 0),
        ({"until": "2001-01-01"}, 1),
        ({"account": "eve@tech.evil.org"}, 1),
        ({"connection": "vbr-b"}, 1),
        ({"type": "InternalGroup"}, 1),
        ({"account": "TECH\\ev*"}, 1),
        ({"account": "eve"}, 1),
        ({"account": "TECH\\\u0435ve"}, 1),
    ],
)
def test_an_approved_administrator_passes(tmp_path: Path, approval: dict[str, str], exit_code: int) -> None:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"no-unapproved-administrators": {"approvals": [APPROVAL | approval]}}))
    words = ["--fail-on", "new-admin", "--config", str(file)]
    done = review(preview(create("vbr.User", "eve", EVE)), *words)
    assert done.exit_code == exit_code
    assert (f"becomes administrator: {ADMIN}; `approved by Ann <b>Lee</b>`" in done.output) is (exit_code == 0)
    # A second one, that nobody approved, is refused all the same.
    two = preview(create("vbr.User", "eve", EVE), create("vbr.User", "bob", vbr("bob", ADMIN)))
    assert review(two, *words).exit_code == 1


def test_roles_that_need_no_approval_pass(tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    rule = {"enforcementLevel": "advisory", "roles": ["CompanyAdministrator"]}
    file.write_text(json.dumps({"no-unapproved-administrators": rule}))
    words = ["--fail-on", "new-admin", "--config", str(file)]
    assert review(preview(create("vspc.User", "a", vspc("a", "CompanyAdministrator"))), *words).exit_code == 0
    assert review(preview(create("vspc.User", "a", vspc("a", "CompanyOwner"))), *words).exit_code == 1


@pytest.mark.parametrize(
    ("account", "approved"),
    [("mi\u212ae", "mike"), ("\u0130an", "i\u0307an"), ("stra\u00dfe", "strasse"), ("x\u017f", "xs")],
)
def test_an_approval_is_of_the_name_that_the_server_takes_for_the_same(
    tmp_path: Path, account: str, approved: str
) -> None:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"no-unapproved-administrators": {"approvals": [{**APPROVAL, "account": approved}]}}))
    for name, exit_code in ((account, 1), (approved.upper() if approved.isascii() else approved, 0)):
        done = review(
            preview(create("vbr.User", "a", vbr(name, ADMIN))), "--fail-on", "new-admin", "--config", str(file)
        )
        assert done.exit_code == exit_code


@pytest.mark.parametrize("hidden", [MASKED, "(unknown)", UNKNOWN])
def test_roles_that_cannot_be_read_are_not_harmless(tmp_path: Path, hidden: str) -> None:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"no-unapproved-administrators": {"roles": [MASKED, "(unknown)"]}}))
    eve = preview(create("vbr.User", "eve", vbr("eve", hidden)))
    assert review(eve, "--fail-on", "new-admin", "--config", str(file)).exit_code == 1


def _approval(**more: Any) -> str:
    return json.dumps({"no-unapproved-administrators": {"approvals": [APPROVAL | more]}})


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"no-unapproved-administrators": {"approvals": [{"account": "a"}]}}',
        _approval(until=4102444800),
        _approval(until="4102444800"),
        _approval(until=True),
        _approval(until=""),
        _approval(by="  "),
        _approval(by="\u200b"),
        _approval(account=r"TECH\eve "),
        _approval(company=""),
        _approval().replace('"connection"', '"account": "bob", "connection"'),
        '{"no-unapproved-administrators": {"roles": []}, "no-unapproved-administrators": {}}',
        '{"no-unapproved-administrators": {"review_days": true}}',
    ],
)
def test_a_wrong_configuration_approves_nobody(tmp_path: Path, content: str) -> None:
    file = tmp_path / "policy.json"
    file.write_text(content)
    assert review(preview(), "--fail-on", "new-admin", "--config", str(file)).exit_code == 2


# ---- protected, drift, error, counts


def test_protection_that_is_only_dropped() -> None:
    kept = state("vbr.User", "glass", vbr("glass", ADMIN), protect=True)
    dropped = {key: value for key, value in kept.items() if key != "protect"}
    assert trips("protected", step("same", kept, dropped))
    assert trips("protected", step("update", kept, dropped))
    assert not trips("protected", step("same", kept, kept))
    assert not trips("protected", step("same", dropped, kept))
    assert not trips("protected", step("update", dropped, state("vbr.User", "glass", vbr("glass", VIEWER))))


def test_a_protected_object_that_is_replaced_as_it_is() -> None:
    kept = state("vbr.User", "glass", vbr("glass", ADMIN), protect=True)
    assert trips("protected", step("replace", kept, kept))


@pytest.mark.parametrize(("severity", "refused"), [("error", True), ("warning", False)])
def test_a_list_of_break_glass_accounts_that_refuses_to_lose_one(severity: str, refused: bool) -> None:
    urn = f"{PROJECT}::pulumi-python:dynamic/veeam:BreakGlass::glass"
    said = [{"severity": severity, "urn": urn, "message": "vbr would lose TECH\\glass"}]
    assert trips("protected", diagnostics=said) is refused


def test_what_is_refused_and_has_a_step_is_named_by_its_step() -> None:
    urn = f"{PROJECT}::{USER}::glass"
    said = [{"severity": "error", "message": f'resource "{urn}" cannot be deleted because it is protected'}]
    found = read(json.dumps(preview(diagnostics=said)).encode())
    assert refused_protected(found) == ["glass"]
    stepped = preview(delete("vbr.User", "glass", vbr("glass", ADMIN), protect=True), diagnostics=said)
    assert refused_protected(read(json.dumps(stepped).encode())) == []


@pytest.mark.parametrize("op", ["delete", "replace", "update"])
def test_protected_objects_that_change(op: str) -> None:
    old = state("vbr.User", "glass", vbr("glass", ADMIN), protect=True)
    new = state("vbr.User", "glass", vbr("glass", VIEWER), protect=True)
    assert trips("protected", step(op, old, None if op == "delete" else new))


def test_protection_alone_is_no_change_of_a_password() -> None:
    kept = state("aws.User", "glass", aws("glass"), protect=True)
    dropped = {key: value for key, value in kept.items() if key != "protect"}
    said = review(preview(step("update", kept, dropped))).output
    assert "no longer protected" in said
    assert "password" not in said.partition("_A preview")[0]


def test_a_password_that_may_change_along_with_drift_of_a_protected_object() -> None:
    secret = aws("glass", password=MASKED, description="x")
    kept, there = (
        state("aws.User", "glass", {**secret, "description": said}, protect=True) for said in ("x", "by hand")
    )
    assert trips("protected", *looked(step("update", there, kept), recorded={"glass": secret}))
    open_, drifted = (state("em.Account", "g", {"name": "g", "roles": [role]}, protect=True) for role in ("a", "b"))
    assert not trips(
        "protected", *looked(step("update", drifted, open_), recorded={"g": {"name": "g", "roles": ["a"]}})
    )


def test_an_engine_that_refused_to_delete_something_protected() -> None:
    urn = f"{PROJECT}::{USER}::glass"
    said = [{"severity": "error", "message": f'resource "{urn}" cannot be deleted because it is protected'}]
    assert trips("protected", diagnostics=said)
    assert not trips("protected", diagnostics=[{**said[0], "severity": "warning"}])
    assert not trips("protected", diagnostics=[{"severity": "error", "message": f'resource "{urn}" cannot be read'}])


def test_drift_is_told_only_by_a_preview_that_looked() -> None:
    ann = same("vbr.User", "a", vbr("a", VIEWER))
    assert trips("drift", ann)  # nobody looked
    assert not trips("drift", *looked(ann))
    assert not trips("drift", create("vbr.User", "a", vbr("a", VIEWER)))  # nothing to look at
    assert trips("drift", *looked(same("vbr.User", "a", vbr("a", ADMIN)), recorded={"a": vbr("a", VIEWER)}))


def test_drift_is_about_managed_objects_of_this_package() -> None:
    bucket = {"urn": f"{PROJECT}::aws:s3/bucket:Bucket::b", "type": "aws:s3/bucket:Bucket", "custom": True}
    bucket |= {"inputs": {"a": 1}, "outputs": {"a": 1}, "parent": STACK}
    vanished = {"op": "refresh", "urn": bucket["urn"], "oldState": bucket, "newState": None}
    assert not trips("drift", *looked(same("vbr.User", "a", vbr("a", VIEWER))), vanished)
    was, now = state("vbr.User", "r", vbr("r", VIEWER)), state("vbr.User", "r", vbr("r", ADMIN))
    read_only = [{"op": "refresh", "urn": was["urn"], "oldState": was, "newState": now}, step("read", now, now)]
    assert not trips("drift", *looked(same("vbr.User", "a", vbr("a", VIEWER))), *read_only)


def test_an_object_that_is_gone_has_drifted() -> None:
    gone = create("vbr.User", "a", vbr("a", VIEWER))
    was = state("vbr.User", "a", vbr("a", VIEWER))
    refreshed = {"op": "refresh", "urn": was["urn"], "oldState": was, "newState": None}
    assert trips("drift", refreshed, gone)


def test_what_is_on_no_server_is_not_counted_when_it_is_deleted() -> None:
    token = "pulumi-python:dynamic/veeam:Password"
    assert not trips("delete>0", dynamic("delete", token, provider("Password"), {"length": 20}))
    assert trips("delete>0", dynamic("delete", USER, provider("vbr.User"), EVE))


RIGHT: dict[Right, tuple[Source, ...]] = {"destroy": (Source("Owner", "DeleteBackups"),)}
GUESS = every_right("nobody knows what the role 'Owner' lets its holder do", "Owner")


@pytest.mark.parametrize(
    ("before", "after", "gains"),
    [
        ({"rights": RIGHT}, {"rights": RIGHT}, False),
        ({}, {"rights": RIGHT}, True),  # a role that is the same by its name may more than is recorded
        ({"rights": GUESS, "unknown": ("why",)}, {"rights": GUESS, "unknown": ("why",)}, False),
        ({"unknown": ("why",)}, {"rights": GUESS | RIGHT, "unknown": ("why",)}, True),
        ({"rights": GUESS}, {"rights": GUESS, "unknown": ("why",)}, True),
        ({"rights": GUESS, "roles": ("Other",)}, {"rights": GUESS}, True),
        ({}, {"rights": every_right("why")}, True),  # by no role that could stay the same
    ],
)
def test_what_an_account_gains_where_its_roles_keep_their_names(
    before: dict[str, Any], after: dict[str, Any], gains: bool
) -> None:
    had, has = (Grant("ann", "vbr", principal="account", **{"roles": ("Owner",), **one}) for one in (before, after))
    assert bool(gained(had, has)) is gains


def test_components_and_providers_are_not_counted() -> None:
    person = {"urn": f"{PROJECT}::veeam:access:Person::ann", "custom": False, "type": "veeam:access:Person"}
    default = {"urn": f"{PROJECT}::pulumi:providers:aws::d", "custom": True, "type": "pulumi:providers:aws"}
    assert not trips("create>0", *(step("create", None, {**one, "parent": STACK}) for one in (person, default)))


def test_a_preview_that_failed() -> None:
    assert trips("error", diagnostics=[{"severity": "error", "message": "no"}])
    assert not trips("error", diagnostics=[{"severity": "warning", "message": "no"}])


@pytest.mark.parametrize(("op", "counted"), [("create", "create"), ("delete", "delete"), ("replace", "replace")])
def test_counts_stop_at_their_number(op: str, counted: str) -> None:
    made: Callable[[str], dict[str, Any]] = {
        "create": lambda name: create("vbr.User", name, vbr(name, VIEWER)),
        "delete": lambda name: delete("vbr.User", name, vbr(name, VIEWER)),
        "replace": lambda name: update("vbr.User", name, vbr(name, VIEWER), vbr(f"{name}2", VIEWER), "replace"),
    }[op]
    assert trips(f"{counted}>1", made("a"), made("b"))
    assert not trips(f"{counted}>2", made("a"), made("b"))


@pytest.mark.parametrize(
    "document", [{"steps": []}, {"steps": None, "duration": 3}, {"changeSummary": {}, "steps": []}]
)
def test_a_preview_with_nothing_in_it_is_none(document: dict[str, Any]) -> None:
    done = review(document)
    assert done.exit_code == 1
    said = "has nothing in it, not even the stack: the preview did not run; its own output says why"
    assert done.output == f"error: standard input {said}\n"


# ---- what is said


def test_drift_that_the_program_ignores_is_said_as_that() -> None:
    found = same("vbr.User", "a", vbr("a", ADMIN), ignoreChanges=["roles"])
    text = review(preview(*looked(found, recorded={"a": vbr("a", VIEWER)}))).output
    ignored = "`up` leaves it: the program ignores changes of `roles` (`ignore_changes`)"
    assert f"was made administrator by hand: {ADMIN}; {ignored}" in text
    assert "the program says the same by now" not in text


@pytest.mark.parametrize("path", ["roles[0]", "roles", "*"])
def test_whichever_way_a_path_is_ignored(path: str) -> None:
    found = same("vbr.User", "a", vbr("a", ADMIN), ignoreChanges=[path])
    assert "the program ignores" in review(preview(*looked(found, recorded={"a": vbr("a", VIEWER)}))).output


def test_drift_that_is_ignored_in_part() -> None:
    now = vbr("a", ADMIN, description="by hand")
    found = update("vbr.User", "a", now, vbr("a", ADMIN), ignoreChanges=["roles"])
    text = review(preview(*looked(found, recorded={"a": vbr("a", VIEWER)}))).output
    assert "`up` sets what the program says, but ignores changes of `roles` (`ignore_changes`)" in text
    other = same("vbr.User", "a", vbr("a", ADMIN), ignoreChanges=["description"])
    text = review(preview(*looked(other, recorded={"a": vbr("a", VIEWER)}))).output
    assert "`up` leaves it: the program says the same by now" in text


def test_an_adopted_account_is_adopted_and_gains_nothing() -> None:
    text = review(preview(create("vbr.User", "a", vbr("ann", OPERATOR, adopt=True)))).output
    assert "**Adopts one account as it is, changes nothing.**" in text
    said = "stays as it is if it is there already, else it is created"
    assert f"- **adopts** `ann` on `vbr`: {OPERATOR}; {said}\n" in text
    assert "gains" not in text
    server = review(preview(create("em.BackupServer", "e", em("vbr01", "svc", adopt=True)))).output
    assert "- **adopts** `em.BackupServer` `vbr01` on `em`: stays as it is if it is there already, else it is" in server


@pytest.mark.parametrize(
    ("old", "new", "stops"),
    [
        (aws("ann", adopt=True), aws("ann", adopt=False), True),
        (vspc("ann", "CompanyTenant", adopt=True), vspc("ann", "CompanyTenant", adopt=False, status="Disabled"), True),
        (aws("ann", adopt=True), aws("ann", adopt=True, description="x"), False),
        (vbr("ann", VIEWER, adopt=True), vbr("ann", VIEWER, adopt=False), False),
    ],
)
def test_a_password_of_somebody_that_will_be_replaced(old: dict[str, Any], new: dict[str, Any], stops: bool) -> None:
    kind = "aws.User" if old["connection"] == "aws" else "vspc.User" if old["connection"] == "vspc" else "vbr.User"
    text = review(preview(update(kind, "a", old, new, outputs={"adopted": True}))).output
    assert ("; **the password that the account has now stops working**" in text) is stops
    own = review(preview(update(kind, "a", {**old, "adopt": False}, {**new, "description": "y"}))).output
    assert "stops working" not in own


def test_the_login_of_a_backup_server_is_nobody_s_own_password() -> None:
    old, new = em("vbr01", "svc", adopt=True), em("vbr01", "svc", adopt=False, description="x")
    text = review(preview(update("em.BackupServer", "e", old, new, outputs={"adopted": True}))).output
    assert "- **changes** `em.BackupServer` `vbr01`" in text
    assert "stops working" not in text


def deletions(count: int, config: dict[str, str] | None = None, **more: Any) -> str:
    steps = [delete("vbr.User", f"u{n}", vbr(f"u{n}", VIEWER), **more) for n in range(count)]
    return review({**preview(*steps), **({} if config is None else {"config": config})}).output


def test_more_deletions_than_a_run_may_make() -> None:
    assert "may delete" not in deletions(25)
    said = "- 26 objects on `vbr`, where a run may delete 25 (`veeam:maxDeletes`): `up` stops there"
    assert f"### More deletions than one run may make\n\n{said}" in deletions(26)
    assert "a run may delete 3 " in deletions(4, {"veeam:maxDeletes": "3"})
    assert "may delete" not in deletions(30, {"veeam:maxDeletes": "none"})
    assert "may delete 25 " in deletions(30, {"veeam:maxDeletes": "[secret]"})
    assert "a run may delete 100 " in deletions(101, {"veeam:maxDeletes": "100.0"})  # as `up` reads it
    assert "may delete" not in deletions(30, outputs={"adopted": True})  # these stay on their server


def test_accounts_that_no_program_declares_are_said_to_be_unseen() -> None:
    assert review(preview()).output.endswith("_Accounts on the servers that no program declares are in no preview._\n")


NASTY = [
    "<img src=x>",
    "@octocat",
    "www.evil.org",
    "[x](http://x)",
    "a|b",
    "**b**",
    "`",
    "__b__",
    "#1",
    "a\u202eb",
    "_x_",
]


@pytest.mark.parametrize("key", NASTY)
def test_keys_of_maps_from_elsewhere_are_no_markup(key: str) -> None:
    old = vspc("y", "CompanyLocationUser")
    new = {**old, "profile": {**old["profile"], key: "x"}}
    unknown = dynamic("update", "pulumi-python:dynamic/veeam/em:Robot", provider("em.Robot"), {"name": "a", key: "x"})
    unknown["oldState"]["inputs"][key] = unknown["oldState"]["outputs"][key] = "old"
    text = review(preview(update("vspc.User", "y", old, new), unknown)).output
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    inline = [part for token in tokens for part in token.children or []]
    kinds = {token.type for token in tokens} | {part.type for part in inline}
    assert kinds & {"html_block", "html_inline", "link_open", "image", "table_open", "em_open_"} == set()
    words = " ".join(part.content for part in inline if part.type == "text")
    assert [char for char in ("@", "<", "|", "#", "[", "www.", "\u202e", "__", "`") if char in words] == []
    assert text.isprintable() or "\u202e" not in text


def test_secrets_by_their_name_are_hidden_at_any_depth() -> None:
    old = vspc("y", "CompanyLocationUser")
    new = {**old, "profile": {**old["profile"], "extra": {"pwd": "hunter2-x", "sshKey": "hunter2-y", "n": 1}}}
    text = review(preview(update("vspc.User", "y", old, new), diagnostics=[
        {"severity": "warning", "message": "hunter2-x and hunter2-y"},
    ])).output  # fmt: skip
    assert "hunter2" not in text
    assert "[secret] and [secret]" in text


def test_secrets_that_are_marked_and_open_are_hidden() -> None:
    mark = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"hunter2-x"'}
    document = preview(
        create("aws.User", "a", aws("a", password=mark)),
        diagnostics=[{"severity": "error", "message": "refused: hunter2-x"}],
    )
    text = review(document).output
    assert ("hunter2" in text, "refused: [secret]" in text) == (False, True)


def test_forty_adopted_accounts_gain_nothing_and_their_administrators_are_listed_as_adopted() -> None:
    many = [create("vbr.User", f"u{n}", vbr(f"user{n}", OPERATOR, adopt=True)) for n in range(39)]
    boss = create("vbr.User", "boss", vbr("boss", ADMIN, adopt=True))
    text = review(preview(*many, boss)).output
    assert "**Adopts 40 accounts as they are, changes nothing.**" in text
    assert "New administrators" not in text
    assert text.index("### Adopted administrators") < text.index("- `boss` on `vbr`") < text.index("### Access")
    server = create("em.BackupServer", "e", em("vbr01", "svc", adopt=True))
    gained = create("vbr.User", "new", vbr("new", OPERATOR))
    text = review(preview(*many, boss, server, gained)).output
    assert "**Adopts 40 accounts and one other object as they are; access gained by 1 account.**" in text


# ---- new-role

SCOPES = {
    "inventory_scope": {"workloads": ["VMware"]},
    "repository_scope": {"repository_ids": ["88788f9e-d8f5-4eb4-bc4f-9b3f5403bcec"]},
    "restore_permissions_scope": {},
    "restore_target_scope": {},
}


def role(backups: Any, restores: Any, **more: Any) -> dict[str, Any]:
    said = {"name": "Night shift", "description": "", "connection": "vbr", "adopt": False}
    return {**said, "manage_backups": backups, "manage_restores": restores, **SCOPES, **more}


READER, KEEPER, RESTORER = role(False, False), role(True, False), role(False, True)
LISTED = {"permissions": ["ViewJobs"]}
STRONGER = {
    "made with backups": create("vbr.Role", "night", KEEPER),
    "made with restores, which stop sessions": create("vbr.Role", "night", RESTORER),
    "adopted": create("vbr.Role", "night", {**KEEPER, "adopt": True}),
    "switched on": update("vbr.Role", "night", READER, KEEPER, outputs=LISTED),
    "switched on beside another": update("vbr.Role", "night", RESTORER, role(True, True), outputs=LISTED),
    "known only later": create("vbr.Role", "night", role(UNKNOWN, False)),
    "a secret switch": create("vbr.Role", "night", role(MASKED, False)),
    "a secret switch that stays": update(
        "vbr.Role", "night", role(MASKED, False), role(MASKED, False, description="2")
    ),
    "replaced": update("vbr.Role", "night", KEEPER, KEEPER, "replace"),
    "reaches elsewhere": update("vbr.Role", "night", KEEPER, role(True, False, repository_scope={"x": 1})),
    "a word that nobody knows": create("m365.RestoreRole", "desk", {"name": "Desk", "role_type": "Everything"}),
}
NO_STRONGER = {
    "reads": create("vbr.Role", "night", READER),
    "a description": update("vbr.Role", "night", KEEPER, role(True, False, description="two")),
    "another name": update("vbr.Role", "night", KEEPER, role(True, False, name="Day shift")),
    "switched off": update("vbr.Role", "night", role(True, True), RESTORER),
    "unchanged": same("vbr.Role", "night", KEEPER),
    "deleted": delete("vbr.Role", "night", KEEPER),
    "read by .get": step("read", None, state("vbr.Role", "night", KEEPER)),
    "restores alone": create("m365.RestoreRole", "desk", {"name": "Desk", "role_type": "EntireOrganization"}),
    "an account": create("vbr.User", "eve", EVE),
}


@pytest.mark.parametrize("case", STRONGER)
def test_a_role_that_lets_its_holders_do_more_trips_the_gate(case: str) -> None:
    assert trips("new-role", STRONGER[case])


@pytest.mark.parametrize("case", NO_STRONGER)
def test_a_role_that_lets_its_holders_do_no_more_passes(case: str) -> None:
    assert not trips("new-role", NO_STRONGER[case])


def test_a_stronger_role_is_said_once() -> None:
    text = review(preview(STRONGER["switched on"]), "--fail-on", "new-role").output
    assert "**Refused by `new-role`:** one other object on Veeam servers changed." in text
    assert "### Roles that let their holders do more\n" in text
    where = "`vbr` (`vbr01.example.com:9419`)"
    assert f"- `vbr.Role` `Night shift` on {where}: who has it may delete backups, can weaken protection\n" in text
    assert "### New administrators" not in text


def approved_role(tmp_path: Path, *rights: str, **more: Any) -> str:
    one = {"role": "night SHIFT", "connection": "vbr", "rights": list(rights), "by": "Ann Lee", **more}
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"no-unapproved-roles": {"approvals": [one]}}))
    return str(file)


@pytest.mark.parametrize(
    ("rights", "more", "passes"),
    [
        (("delete-backups", "weaken"), {}, True),
        (("delete-backups", "weaken", "grant-access"), {"until": "2999-01-01"}, True),
        (("weaken",), {}, False),  # it may do more
        (("delete-backups", "weaken"), {"until": "2020-01-01"}, False),
        (("delete-backups", "weaken"), {"connection": "vbr-lab"}, False),
        (("delete-backups", "weaken"), {"role": "Night"}, False),
    ],
)
def test_an_approved_role_passes_for_just_what_is_approved(
    tmp_path: Path, rights: tuple[str, ...], more: dict[str, Any], passes: bool
) -> None:
    config = approved_role(tmp_path, *rights, **more)
    done = review(preview(STRONGER["made with backups"]), "--fail-on", "new-role", "--config", config)
    assert done.exit_code == (not passes)
    assert ("; `approved by Ann Lee`" in done.output) == passes


@pytest.mark.parametrize("approvals", [[{"account": "Night shift", "connection": "vbr", "by": "Ann Lee"}], []])
def test_an_approved_account_or_a_harmless_role_is_no_approved_role(tmp_path: Path, approvals: list[Any]) -> None:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"no-unapproved-administrators": {"approvals": approvals, "roles": ["Night shift"]}}))
    done = review(preview(STRONGER["made with backups"]), "--fail-on", "new-role", "--config", str(file))
    assert done.exit_code == 1
