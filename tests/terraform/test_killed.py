"""What a kill in the middle, or two runs at once, leave behind: no second object, and a next run that goes on."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terraform.conftest import BINARY, Folder, writes
from veeam_pulumi.simulator import Simulator

USER = 'resource "veeam_vbr_user" "john" {\n  name  = "TECH\\\\john"\n  roles = ["Veeam Backup Operator"]\n}\n'
USERS = "/api/v1/security/users"


@contextlib.contextmanager
def applying(folder: Folder) -> Iterator[subprocess.Popen[str]]:
    """Terraform, at work."""
    command = [str(BINARY), "apply", "-auto-approve", "-no-color", "-input=false"]
    pipe, both = subprocess.PIPE, subprocess.STDOUT
    with subprocess.Popen(
        command, cwd=folder.path, env=folder.environ, stdout=pipe, stderr=both, text=True, start_new_session=True
    ) as run:
        try:
            yield run
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGKILL)


def said(run: subprocess.Popen[str]) -> str:
    text, _ = run.communicate(timeout=60)
    return " ".join(text.replace("│", " ").split())


def kill(folder: Folder, sim: Simulator, method: str, *, everything: bool = False) -> None:
    """Kills the provider, or Terraform with it, once the server has done what the apply asks, and has not said so."""
    sim.fault("vbr", "delay", seconds=20, handled=True, method=method, path=f"{USERS}*")
    sim.clear_requests()
    with applying(folder) as run:
        end = time.monotonic() + 60
        while not any(one.handled and one.method == method and USERS in one.path for one in sim.requests("vbr")):
            assert time.monotonic() < end
            time.sleep(0.05)
        for file in Path(f"/proc/{run.pid}/task").glob("*/children"):
            for one in file.read_text().split():
                os.kill(int(one), signal.SIGKILL)
        if everything:
            os.killpg(run.pid, signal.SIGKILL)
        text = said(run)
        assert run.returncode != 0, text
    sim.clear_faults()


@pytest.mark.real_start
@pytest.mark.parametrize("everything", [False, True], ids=["the provider", "Terraform too"])
def test_a_create_that_is_killed_is_taken_over_and_not_done_again(
    folder: Folder, sim: Simulator, everything: bool, tmp_path: Path
) -> None:
    (temporary := tmp_path / "t").mkdir()
    folder.environ["TMPDIR"] = str(temporary)
    folder.write(USER)
    kill(folder, sim, "POST", everything=everything)
    there = sim.lookup("vbr", r"TECH\john")
    assert there is not None
    folder.starts = False
    block = f'import {{ to = veeam_vbr_user.NAME id = "{there["id"]}" }}'
    sim.clear_requests()
    assert block in folder.apply(code=1)
    folder.write(USER + block.replace("NAME", "john").replace("{ ", "{\n").replace(" id", "\nid").replace(" }", "\n}"))
    folder.apply()
    folder.plan()
    assert writes(sim, "vbr") == []
    folder.starts = True
    folder.plan()
    assert [*temporary.glob("veeam-provider-*")] == []  # the next start takes away what a killed one left


@pytest.mark.real_start
def test_after_a_change_or_a_delete_that_is_killed_the_next_run_goes_on(folder: Folder, sim: Simulator) -> None:
    folder.starts = False
    folder.write(USER).apply()
    for method, text in (("PUT", USER.replace("Operator", "Viewer")), ("DELETE", "")):
        folder.write(text)
        kill(folder, sim, method)
        folder.apply()
        folder.plan()
        there = sim.lookup("vbr", r"TECH\john")
        assert there is None if method == "DELETE" else there and len(there["roles"]) == 1


def test_what_somebody_made_between_plan_and_apply_is_not_taken(folder: Folder, sim: Simulator) -> None:
    folder.write(USER)
    folder.run("plan", "-out=kept.plan")
    sim.drift("vbr", "add", r"TECH\john", {"roles": ["Veeam Backup Viewer"]})
    sim.clear_requests()
    assert "veeam_vbr_user exists already" in folder.run("apply", "kept.plan", code=1)
    assert writes(sim, "vbr") == []


@pytest.mark.real_start
def test_two_runs_at_once_make_each_object_once(folder: Folder, sim: Simulator, tmp_path: Path) -> None:
    text = (
        'resource "veeam_vbr_user" "all" {\n  count = 8\n  name  = "TWICE\\\\u${count.index}"\n'
        '  roles = ["Veeam Backup Viewer"]\n}\n'
        'resource "veeam_aws_user" "all" {\n  count = 8\n  name = "twice${count.index}"\n'
        '  password_wo = "Canary-Twice-2kX"\n}\n'
    )
    (there := tmp_path / "other").mkdir()
    folders = [one.write(text) for one in (folder, Folder(there, folder.environ))]
    with applying(folders[0]) as first, applying(folders[1]) as second:
        texts = [said(first), said(second)]
    names = [row["name"] for product in ("vbr", "aws") for row in sim.objects(product)["users"]]
    assert len([name for name in names if "twice" in name.lower()]) == 16
    owned = [len(one["instances"]) for each in folders for one in each.resources()]
    assert sum(owned) == 16, texts
    assert any("exists already" in text for text in texts)
