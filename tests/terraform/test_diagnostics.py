"""What a person reads when Terraform fails: the cause as the summary, where and what to do below it, each once."""

from __future__ import annotations

import json
import re

from tests.terraform.conftest import Folder
from tests.terraform.test_runs import JOHN
from veeam_pulumi.simulator import Simulator


def said(folder: Folder, *command: str, **environ: str) -> tuple[str, str]:
    """Summary and detail of the only error of a command; no clause of the one is in the other."""
    done = folder._done(*command, "-json", "-input=false", **environ)
    found = [one["diagnostic"] for one in map(json.loads, done.stdout.splitlines()) if one["type"] == "diagnostic"]
    (error,) = [one for one in found if one["severity"] == "error"]
    summary, detail = error["summary"], error["detail"]
    assert [clause for clause in re.split("[:;] ", summary) if clause in " ".join(detail.split())] == []
    assert max(map(len, detail.splitlines())) <= 100
    return summary, detail


def where(sim: Simulator) -> str:
    return f"vbr.User 'TECH\\john' on {sim.url('vbr').removeprefix('https://')} (connection vbr)\n"


def test_a_wrong_password(folder: Folder, sim: Simulator) -> None:
    folder.write(JOHN).apply()
    assert said(folder, "plan", VEEAM_VBR_PASSWORD="Canary-Not-Th1s") == (
        "the server refuses the login of 'LAB\\svc-backup' (401 AccessDenied)",
        where(sim) + "  a wrong password, or an account with MFA that is not a service account, which gets the\n"
        "  same answer\n  check the account, or set the environment variable VEEAM_VBR_PASSWORD",
    )


def test_a_login_with_too_few_rights(folder: Folder, sim: Simulator) -> None:
    folder.write(JOHN).apply()
    id = folder.state("veeam_vbr_user.john")["id"]
    for path in ("/api/v1/security/users", f"/api/v1/security/users/{id}"):
        sim.fault("vbr", "status", status=403, path=path, times=0)
    summary, detail = said(folder, "plan")
    assert summary.startswith(f"GET /api/v1/security/users/{id} was refused with 403")
    assert detail == where(sim) + "  the account 'LAB\\\\svc-backup' needs the role Backup Administrator"


def test_a_wrong_role(folder: Folder, sim: Simulator) -> None:
    folder.write(JOHN.replace("Backup Operator", "Backup Operatr"))
    summary, detail = said(folder, "apply", "-auto-approve")
    assert summary == "the server has no role 'Veeam Backup Operatr', did you mean 'Veeam Backup Operator'?"
    assert detail.startswith(where(sim) + "  its roles are: ")


def test_a_misspelt_connection(folder: Folder, sim: Simulator) -> None:
    known = ", ".join(sorted(sim.products))
    steps = (
        '  add it: `url = "https://HOST:PORT"` in connections.vrb of the provider block (or set\n  VEEAM_VRB_URL)\n'
        '  renamed? add `aliases = ["vrb"]` in connections.NEW-NAME of the provider block\n'
        "  decommissioned for good? forget its resources, no server is touched:\n    terraform state rm ADDRESS"
    )
    cause = f"there is no connection 'vrb', did you mean 'vbr'? (known: {known})"
    folder.write(JOHN.replace("roles", 'connection_name = "vrb"\n  roles'))
    assert said(folder, "plan") == (cause, steps)
    folder.write('data "veeam_vbr_users" "all" {\n  connection_name = "vrb"\n}\n')
    assert said(folder, "plan") == (cause, f"vbr.User\n{steps}")


def test_a_certificate_that_is_not_trusted(folder: Folder, sim: Simulator) -> None:
    folder.write(JOHN).apply()
    del folder.environ["VEEAM_VBR_TLS_CA_FILE"]
    summary, detail = said(folder, "plan")
    assert summary == "its certificate is not trusted: its issuer is not trusted here; nothing was sent"
    assert detail.startswith(where(sim) + "  it has CN=localhost, SHA-1 ")
    assert f'`thumbprint =\n  "{sim.thumbprint("vbr")}"`' in detail
