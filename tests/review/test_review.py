"""`veeam-pulumi review`: the comment that a person reads, and the gates.

What a case gives is in tests/golden/review/CASE.md. To write them anew, then read the difference before committing it:

    GOLDEN=write .venv/bin/pytest -q tests/cli/test_review*.py; git diff tests/golden/review
"""

from __future__ import annotations

import json
import os
import random
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from markdown_it import MarkdownIt
from typer.testing import CliRunner, Result

from tests.review.previews import (
    PROJECT,
    aws,
    create,
    delete,
    em,
    gone,
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
from veeam_pulumi.cli.main import app
from veeam_pulumi.pulumi_state import UNKNOWN as SENTINEL

GOLDEN = Path(__file__).parents[1] / "golden" / "review"
ADMIN, OPERATOR, RESTORE = "Veeam Backup Administrator", "Veeam Backup Operator", "Veeam Restore Operator"
JANE, JOHN = vbr(r"EXAMPLE\jdoe", OPERATOR, RESTORE), vbr(r"TECH\john", OPERATOR)
GLASS: dict[str, Any] = {"owner": "glass", "protect": True}


class Case(NamedTuple):
    preview: dict[str, Any]
    fail_on: str = ""
    exit_code: int = 0


def generated(op: str, name: str, owner: str) -> dict[str, Any]:
    """A step of a generated password."""
    password = state("vbr.User", name, {"length": 24, "result": "[secret]"}, owner=owner)
    token = "pulumi-python:dynamic/veeam:Password"
    password["inputs"] = {**password["inputs"], "__provider": provider("Password")}
    password |= {
        "outputs": password["inputs"],
        "type": token,
        "urn": password["urn"].replace("pulumi-python:dynamic/veeam/vbr:User", token),
    }
    return step(op, None if op == "create" else password, password)


PASSWORD = generated("update", "mover@vspc", "mover")
CASES = {
    "no-change": Case(
        preview(same("vbr.User", "jane@vbr", JANE, owner="jane.doe"), same("aws.User", "ops@aws", aws("ops"))),
        "new-admin,drift",
        1,  # drift is asked for, and nobody looked
    ),
    "joiner-mover-leaver": Case(
        preview(
            generated("create", "joiner@vspc", "joiner"),
            create("vbr.User", "joiner@vbr", vbr(r"EXAMPLE\joiner", RESTORE), owner="joiner"),
            create("vspc.User", "joiner@vspc", vspc("joiner", "CompanyInvoiceAuditor"), owner="joiner"),
            PASSWORD,
            update("vbr.User", "mover@vbr", JANE, vbr(r"EXAMPLE\jdoe", RESTORE, "Veeam Backup Viewer"), owner="mover"),
            update(
                "vspc.User",
                "mover@vspc",
                vspc("mover", "CompanyLocationUser"),
                vspc("mover", "CompanyLocationUser", status="Disabled", password=SENTINEL),
                owner="mover",
                propertyDependencies={"password": [PASSWORD["urn"]]},
            ),
            update("aws.User", "mover@aws", aws("mover"), aws("mover"), owner="mover"),
            delete("vbr.User", "leaver@vbr", vbr(r"EXAMPLE\leaver", ADMIN), owner="leaver"),
            delete("aws.User", "leaver@aws", aws("leaver"), owner="leaver", outputs={"adopted": True}),
            update(
                "vbr.User",
                "team",
                vbr(r"TECH\old", OPERATOR, type="InternalGroup"),
                vbr(r"TECH\new", OPERATOR, type="InternalGroup"),
                "replace",
            ),
            create("em.BackupServer", "svc-em@em:vbr02", em("vbr02.example.com", r"EXAMPLE\svc-em"), owner="svc-em"),
            update(
                "em.BackupServer",
                "svc-em@em:vbr01",
                em("vbr01.example.com", r"EXAMPLE\svc-em"),
                em("vbr01.example.com", r"EXAMPLE\svc-em", port=443),
                owner="svc-em",
            ),
            same("vspc.User", "still@vspc", vspc("still", "CompanyOwner"), owner="still"),
        ),
        "new-admin,delete>10",
    ),
    "new-admin": Case(
        preview(
            create("aws.User", "ann@aws", aws("ann"), owner="ann"),
            create("vbr.User", "ben@vbr", vbr(r"TECH\ben", SENTINEL), owner="ben"),
            update("vbr.User", "john@vbr", JOHN, vbr(r"TECH\john", ADMIN, OPERATOR), owner="john"),
            update(
                "vspc.User",
                "sue@vspc",
                vspc("sue", "CompanyOwner", status="Disabled"),
                vspc("sue", "CompanyOwner"),
                owner="sue",
            ),
            create("vbr.User", "late@vbr", vbr(r"TECH\late", ADMIN, is_enabled=False), owner="late"),
            update(
                "vbr.User",
                "tim@vbr",
                vbr(r"TECH\tim", ADMIN),
                vbr(r"TECH\tim", "backup administrator", RESTORE),
                owner="tim",
            ),
        ),
        "new-admin,create>3",
        1,
    ),
    "drift": Case(
        preview(
            *looked(
                update("vbr.User", "john@vbr", vbr(r"TECH\john", ADMIN, OPERATOR), JOHN, owner="john"),
                same("vspc.User", "sue@vspc", vspc("sue", "CompanyOwner"), owner="sue"),
                same("vbr.User", "jane@vbr", JANE, owner="jane.doe"),
                update(
                    "em.BackupServer",
                    "vbr01",
                    em("vbr01.example.com", "svc", port=9999),
                    em("vbr01.example.com", "svc"),
                ),
                update("vbr.User", "tim@vbr", vbr(r"TECH\tim", ADMIN), vbr(r"TECH\tim", RESTORE), owner="tim"),
                recorded={
                    "john@vbr": JOHN,
                    "sue@vspc": vspc("sue", "CompanyLocationUser"),
                    "vbr01": em("vbr01.example.com", "svc"),
                    "tim@vbr": vbr(r"TECH\tim", OPERATOR),
                },
            ),
            gone(state("aws.User", "ops@aws", aws("ops"), owner="ops")),
            create("aws.User", "ops@aws", aws("ops"), owner="ops"),
            gone(state("vbr.User", "old@vbr", vbr(r"TECH\old", OPERATOR), owner="old")),
        ),
        "drift,new-admin",
        1,
    ),
    "protected-removal": Case(
        preview(
            same("vbr.User", "jane@vbr", JANE, owner="jane.doe"),
            delete("vbr.User", "glass@vbr", vbr(r"EXAMPLE\glass", ADMIN), **GLASS),
            update("aws.User", "glass@aws", aws("glass"), aws("glass", description="x"), **GLASS),
            step(
                "same",
                state("vspc.User", "glass@vspc", vspc("glass", "CompanyOwner"), **GLASS),
                state("vspc.User", "glass@vspc", vspc("glass", "CompanyOwner"), owner="glass"),
            ),
            diagnostics=[
                {
                    "urn": f"{PROJECT}::veeam:access:Person$pulumi-python:dynamic/veeam/vbr:User::glass2@vbr",
                    "severity": "error",
                    "message": f'Preview failed: resource "{PROJECT}::veeam:access:Person$pulumi-python:dynamic/veeam/'
                    'vbr:User::glass2@vbr" cannot be deleted\nbecause it is protected. To unprotect the resource, '
                    "remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`.\n",
                }
            ],
        ),
        "protected,error",
        1,
    ),
    "failed": Case(
        preview(
            same("vbr.User", "jane@vbr", JANE, owner="jane.doe"),
            diagnostics=[
                {"severity": "info", "message": "checking"},
                {"urn": f"{PROJECT}::t::jane@vbr", "severity": "warning", "message": "the certificate has expired"},
                {
                    "urn": f"{PROJECT}::pulumi-python:dynamic/veeam/aws:User::ann@aws",
                    "severity": "error",
                    "message": "roster.yaml:12: people.jane.doe.profile.prod: unknown profile 'operatr'"
                    "\n```\n@everyone",
                },
                {"severity": "error", "message": "preview failed"},
            ],
        ),
        "",
        1,
    ),
    "nasty-names": Case(
        preview(
            create(
                "vbr.User",
                "x",
                vbr("a|b`c``d\n# <script>alert(1)</script> @octocat #1 \u202egro.elgoog", "**`@admins`**"),
                owner="</details>\n@team [x](http://x)",
            ),
            update(
                "vspc.User",
                "y",
                vspc("y", "CompanyOwner"),
                vspc("y", "CompanyOwner", profile={"first_name": "`", "email": "@all | <b>"}),
                owner="-->",
            ),
        )
    ),
    "three-hundred-and-cut": Case(
        preview(
            *(
                create(
                    "vbr.User",
                    f"user{number:03}@vbr",
                    vbr(
                        f"EXAMPLE\\a.rather.long.user.name.{number:03}",
                        OPERATOR,
                        RESTORE,
                        "Veeam Backup Viewer",
                        "Incident API Operator",
                        "b167c3af-2262-4b6c-9861-0606fc0cb6b1",
                        description="x" * 40,
                    ),
                    owner=f"a.rather.long.user.name.{number:03}",
                )
                for number in range(300)
            ),
            delete("em.BackupServer", "vbr01", em("vbr01.example.com", "svc")),
        ),
        "create>100",
        1,
    ),
}


def review(document: Any, *words: str) -> Result:
    text = document if isinstance(document, str) else json.dumps(document)
    return CliRunner().invoke(app, ["review", "-", *words], input=text)


def compare(name: str, text: str) -> None:
    file = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_the_comment(name: str) -> None:
    case = CASES[name]
    done = review(case.preview, *(["--fail-on", case.fail_on] if case.fail_on else []))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    compare(f"{name}.md", done.output)
    assert done.exit_code == case.exit_code


def test_every_golden_comment_has_a_case() -> None:
    names = {file.stem for file in GOLDEN.glob("*.md")}
    assert {name for name in names if not name.startswith("engine-")} == set(CASES)


def test_a_long_comment_is_cut_where_github_would_refuse_it() -> None:
    many = [
        create("vbr.User", f"u{n:04}@vbr", vbr(f"EXAMPLE\\u{n:04}é", OPERATOR), owner=f"u{n:04}") for n in range(2000)
    ]
    text = review(preview(*many)).output
    assert 59_000 < len(text.encode()) <= 60_000
    shown = len(re.findall(r"^- \*\*gains", text, re.MULTILINE))
    assert text.endswith(
        f"---\n**Cut here: {2000 - shown} more entries do not fit into a comment.** Read them in the preview itself.\n"
    )


def test_a_cut_within_a_message_ends_the_block() -> None:
    many = [create("aws.User", f"u{n:03}", aws(f"u{n:03}")) for n in range(3)]
    said = [{"severity": "error", "message": f"`````\n{'x' * 299}\n" * 30} for _ in range(10)]
    text = review(preview(*many, diagnostics=said)).output
    assert len(text.encode()) <= 60_000
    assert [token.type for token in MarkdownIt().parse(text)][-5:-3] == ["fence", "hr"]
    assert "Cut here: " in MarkdownIt().parse(text)[-2].content


def test_of_a_long_message_both_ends_are_shown() -> None:
    lines = [f"roster.yaml:{n}: no such profile" for n in range(100)]
    text = review(preview(diagnostics=[{"severity": "error", "message": "\n".join(lines)}])).output
    assert [line for line in text.splitlines() if line in [*lines, "…"]] == [*lines[:10], "…", *lines[70:]]


def test_names_from_elsewhere_are_never_markup() -> None:
    """Read as a forge reads it: outside of code there is no HTML, no link and nobody's name."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(review(CASES["nasty-names"].preview).output)
    inline = [part for token in tokens for part in token.children or []]
    kinds = {token.type for token in tokens} | {part.type for part in inline}
    assert kinds & {"html_block", "html_inline", "link_open", "image", "table_open"} == set()
    words = " ".join(part.content for part in inline if part.type == "text")
    assert [char for char in "@<>|#[" if char in words] == []
    assert "@octocat" in "".join(part.content for part in inline if part.type == "code_inline")


def test_the_order_of_the_steps_does_not_matter() -> None:
    document = CASES["joiner-mover-leaver"].preview
    turned = {**document, "steps": document["steps"][::-1]}
    assert review(turned).output == review(document).output


@pytest.mark.parametrize(
    ("fail_on", "exit_code"),
    [
        ("create>3", 0),
        ("create>2", 1),
        ("update>4", 0),
        ("update>3", 1),
        ("replace>0", 1),
        ("delete>2", 0),
        ("delete>1", 1),
        ("delete>10,replace>1,new-admin,protected,error", 0),
        (" replace > 0 , delete>1,", 1),
    ],
)
def test_gates_count_objects_on_servers(fail_on: str, exit_code: int) -> None:
    done = review(CASES["joiner-mover-leaver"].preview, "--fail-on", fail_on)
    assert done.exit_code == exit_code
    assert ("Refused by" in done.output) is bool(exit_code)


@pytest.mark.parametrize("fail_on", ["admins", "delete", "delete>", "delete>x", "delete>-1", "drift>1", "new_admin"])
def test_what_is_no_gate_is_a_wrong_call(fail_on: str) -> None:
    done = review(CASES["no-change"].preview, "--fail-on", f"error,{fail_on}")
    assert done.exit_code == 2
    assert f"unknown gate {fail_on!r}" in re.sub(r"[\s│]+", " ", done.output)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty: the preview wrote nothing"),
        ("error: no stack named 'prod' found\n", "it says `error: no stack named 'prod' found`"),
        ('{"steps": [', "is not the JSON of `pulumi preview --json`"),
        ("[1]", "it has no steps and no diagnostics"),
        ('{"version": 3, "deployment": {}}', "it has no steps and no diagnostics"),
        ('{"steps": {"a": 1}}', "its steps are not a list"),
        ('{"steps": [{"op": "same"}]}', "a step has no op or no urn"),
        ('{"steps": [{"op": "same", "urn": "u", "newState": 1}]}', "newState of a step is not an object"),
    ],
)
def test_what_is_no_preview_is_one_clear_line(text: str, said: str, tmp_path: Path) -> None:
    done = review(text, "--out", str(tmp_path / "comment.md"))
    assert done.exit_code == 1
    assert done.output.startswith("error: standard input is ")
    assert said in done.output
    assert done.output.count("\n") == 1
    assert "**Failed: there is no preview to review.**" in (tmp_path / "comment.md").read_text()


def spoiled(document: Any, chance: random.Random) -> Any:
    """The same with something else in one place."""
    text = json.dumps(document)
    places = [
        found.span() for found in re.finditer(r"(?<=: )(\"[^\"]*\"|true|false|null|\d+)|\[[^][{}]*\]|\{[^{}]*\}", text)
    ]
    start, end = chance.choice(places)
    return (
        text[:start] + chance.choice(["null", "7", '"x"', "[1]", '{"a": 1}', "true", "[[]]", '"[secret]"']) + text[end:]
    )


def test_whatever_a_file_holds_there_is_an_answer() -> None:
    chance = random.Random(7)
    for name in ("joiner-mover-leaver", "drift", "protected-removal"):
        for _ in range(50):
            text = spoiled(CASES[name].preview, chance)
            done = review(text, "--fail-on", "new-admin,drift,protected,delete>1")
            assert done.exit_code in (0, 1), text
            assert done.exception is None or isinstance(done.exception, SystemExit), (text, done.exception)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["review", str(tmp_path / "preview.json")])
    assert (done.exit_code, done.output) == (
        1,
        f"error: {tmp_path}/preview.json cannot be read: No such file or directory\n",
    )


def test_the_comment_in_a_file_and_the_verdict_on_the_terminal(tmp_path: Path) -> None:
    file = tmp_path / "preview.json"
    file.write_text("\ufeff" + json.dumps(CASES["new-admin"].preview), encoding="utf-8")
    words = ["review", str(file), "--fail-on", "new-admin", "--out", str(tmp_path / "comment.md")]
    done = CliRunner().invoke(app, words)
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert done.output.startswith("**Refused by `new-admin`:**")
    assert done.output in (tmp_path / "comment.md").read_text()


def company(password: str = "[secret]", **more: Any) -> dict[str, Any]:
    login = {"user_name": "acme.owner", "password": password}
    return {
        "name": "Acme",
        "owner_credentials": login,
        "status": "Active",
        "connection": "vspc",
        "adopt": False,
        **more,
    }


def test_a_password_inside_of_an_argument_is_rotated() -> None:
    text = review(preview(update("vspc.Company", "acme", company(), company()))).output
    assert "owner_credentials.password changes ([secret])" in text
    clear = review(preview(update("vspc.Company", "acme", company("hunter2-a"), company("hunter2-b")))).output
    assert "owner_credentials.password" in clear
    assert "hunter2" not in clear
    named = review(preview(update("vspc.Company", "acme", company(), company(name="Acme 2")))).output
    assert "name `Acme` → `Acme 2`" in named
    assert "owner_credentials" not in named
    adopted = review(
        preview(update("vspc.Company", "acme", company(adopt=True), company(), outputs={"adopted": True}))
    ).output
    assert "the password that the account has now stops working" in adopted


def test_a_new_company_shows_what_its_owner_may() -> None:
    text = review(preview(create("vspc.Company", "acme", company()))).output
    assert "`vspc.Company` `Acme` on `vspc`" in text
    assert "CompanyOwner" in text


def test_no_secret_is_repeated_even_where_the_preview_has_it_in_clear() -> None:
    """As `--show-secrets` prints it, or a program that forgot to make it one."""
    words = ("first-hunter2", "second-hunter2", "third-hunter2", "fourth-hunter2")
    document = preview(
        create("aws.User", "ann@aws", aws("ann", password=words[0], current_password=words[1])),
        update("vspc.User", "sue", vspc("sue", "CompanyOwner", password=words[0]),
               vspc("sue", "CompanyOwner", password=words[2])),
        update("em.BackupServer", "e", em("vbr01", "svc", password=words[2]),
               em("vbr01", "svc", password=words[3])),
        diagnostics=[{"severity": "error", "message": f"cannot log in with {words[0]} or {words[3]}"}],
    )  # fmt: skip
    text = review(document).output
    assert [word for word in words if word in text] == []
    assert text.count("password rotated") == 2
    assert "cannot log in with [secret] or [secret]" in text


def test_secret_and_unknown_values_are_said_as_such() -> None:
    old = vbr("TECH\\ann", OPERATOR)
    text = review(
        preview(
            update("vbr.User", "a", old, {**old, "roles": "[secret]"}),
            update("vbr.User", "b", old, {**old, "description": SENTINEL}),
            create("vbr.User", "c", {**old, "name": SENTINEL}),
            create("vbr.User", "d", {**old, "name": "[secret]", "connection": SENTINEL}),
        ),
        "--fail-on",
        "new-admin",
    )
    assert "roles: Veeam Backup Operator → [secret]" in text.output
    assert "description known only after `up`" in text.output
    assert "**gains** known only after `up` on `vbr`" in text.output
    assert "**gains** [secret] on known only after `up`" in text.output
    assert SENTINEL not in text.output
    assert (text.exit_code, "may become administrator: its roles are [secret]" in text.output) == (1, True)


def test_a_role_whose_name_only_looks_alike_is_another_role() -> None:
    old = vbr("TECH\\ann", "Straße", "Veeam Backup Viewer")
    text = review(preview(update("vbr.User", "a", old, {**old, "roles": ["Strasse", "backup viewer"]}))).output
    assert "gains Strasse; loses `Straße`" in text


def test_unchanged_objects_that_the_preview_leaves_out_are_not_taken_for_vanished() -> None:
    """The CLI writes no step for what is unchanged, unless --show-sames."""
    changed = update("vbr.User", "john@vbr", vbr(r"TECH\john", ADMIN), JOHN)
    document = preview(*looked(changed, same("vbr.User", "jane@vbr", JANE), recorded={"john@vbr": JOHN}))
    document["steps"] = [one for one in document["steps"] if one["op"] != "same" or "Stack" in one["urn"]]
    text = review(document, "--fail-on", "drift").output
    assert r"`TECH\john` on `vbr` (`vbr01.example.com:9419`): gains Veeam Backup Administrator" in text
    assert "gone from the server" not in text
    assert "make it with `--show-sames`" in text


def test_a_protected_account_that_is_left_out_has_not_lost_its_protection() -> None:
    glass = state("vbr.User", "glass@vbr", vbr("glass", ADMIN), owner="glass", protect=True)
    document = preview(gone(glass)) | {"changeSummary": {"same": 3}}
    done = review(document, "--fail-on", "protected,drift")
    assert (done.exit_code, "Protected" in done.output) == (0, False)


def test_a_refused_removal_is_told_once() -> None:
    step = delete("vbr.User", "glass@vbr", vbr("glass", ADMIN), **GLASS)
    said = f'resource "{step["urn"]}" cannot be deleted\nbecause it is protected'
    text = review(preview(step, diagnostics=[{"severity": "error", "message": said}])).output
    assert text.count("but is protected: `up` stops there") == 1


def test_break_glass_accounts_that_a_roster_refuses_to_lose() -> None:
    said = (
        "Protected: roster.yaml: glass@aws, glass@vbr would be deleted, but is a break-glass account; nothing changed"
    )
    roster = f"{PROJECT}::pulumi-python:dynamic/veeam:BreakGlass::break-glass"
    refusal = {"severity": "error", "message": said, "urn": roster}
    text = review(preview(diagnostics=[refusal]), "--fail-on", "protected").output
    assert "It also violates `protected`." in text
    assert "- `break-glass` refuses to lose or to change a break-glass account (see the error)" in text


def test_drift_that_a_refresh_step_itself_shows() -> None:
    was, now = state("vbr.User", "john@vbr", JOHN), state("vbr.User", "john@vbr", vbr(r"TECH\john", ADMIN))
    for found, said in ((now, "gains Veeam Backup Administrator"), (None, "is gone from the server")):
        looked_at = {"op": "refresh", "urn": was["urn"], "oldState": was, "newState": found}
        assert said in review({"steps": [looked_at], "changeSummary": {}}).output


def test_what_other_providers_manage_is_counted_and_held_by_the_gates() -> None:
    bucket = {"urn": f"{PROJECT}::aws:s3/bucket:Bucket::b|`", "type": "aws:s3/bucket:Bucket", "custom": True}
    bucket |= {"parent": f"{PROJECT}::pulumi:pulumi:Stack::veeam-access-prod"}
    done = review(preview(step("delete", bucket, None)), "--fail-on", "delete>0")
    assert done.exit_code == 1
    assert "- `aws:s3/bucket:Bucket`: 1 deleted" in done.output
