"""`veeam-pulumi review`: the comment that a person reads, and the gates.

What a case gives is in tests/golden/review/CASE.md. To write them anew, then read the difference before it is committed:

    GOLDEN=write .venv/bin/pytest -q tests/cli/test_review.py; git diff tests/golden/review
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.testing import CliRunner, Result

from tests.cli.previews import (
    PROJECT,
    aws,
    create,
    delete,
    em,
    gone,
    looked,
    preview,
    same,
    state,
    step,
    update,
    vbr,
    vspc,
)
from veeam_pulumi.cli.main import app
from veeam_pulumi.cli.proposal import SENTINEL

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
    password |= {"type": token, "urn": password["urn"].replace("pulumi-python:dynamic/veeam/vbr:User", token)}
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
            update("vbr.User", "mover@vbr", JANE, vbr(r"EXAMPLE\jdoe", RESTORE, "Veeam Tape Operator"), owner="mover"),
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
                    "message": f'Preview failed: resource "{PROJECT}::veeam:access:Person$pulumi-python:dynamic/veeam/vbr'
                    ':User::glass2@vbr" cannot be deleted\nbecause it is protected. To unprotect the resource, remove the'
                    " `protect` flag from the resource in your Pulumi program and run `pulumi up`.\n",
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
                    "message": "roster.yaml:12: people.jane.doe.profile.prod: 'operatr' is no profile\n```\n@everyone",
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
    "two-hundred-more": Case(
        preview(
            *(
                create(
                    "vbr.User",
                    f"user{number:03}@vbr",
                    vbr(
                        f"EXAMPLE\\a.rather.long.user.name.{number:03}",
                        OPERATOR,
                        RESTORE,
                        "Veeam Tape Operator",
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


@pytest.mark.parametrize("name", CASES)
def test_the_comment(name: str) -> None:
    case = CASES[name]
    done = review(case.preview, *(["--fail-on", case.fail_on] if case.fail_on else []))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    file = GOLDEN / f"{name}.md"
    if os.environ.get("GOLDEN") == "write":
        file.write_text(done.output, encoding="utf-8")
    assert done.output == file.read_text(encoding="utf-8")
    assert done.exit_code == case.exit_code
