"""A run that is killed at any moment: the next one goes on, and names what is in doubt."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import PROVIDER, Project
from tests.engine.test_lives import HEAD, SECURITY, Stack, stack  # noqa: F401 - a fixture

real_start = pytest.mark.real_start
EMBEDDED = (
    "import sys; from pathlib import Path; from veeam_pulumi.engine import Engine; "
    "sys.exit(Engine(Path.cwd(), 'dev').up().exit_code)"
)
BEFORE = """
first = Thing("first", role="1")
for n in ("same1", "same2", "same3", "same4"):
    Thing(n, role=first.uid)
Thing("changed1", role="1")
Thing("changed2", role="1", tags={"from": first.uid})
Thing("gone1", opts=ResourceOptions(depends_on=[first]))
Thing("gone2")
Thing("other", key="1", opts=ResourceOptions(delete_before_replace=True))
"""
AFTER = """
first = Thing("first", role="1")
for n in ("same1", "same2", "same3", "same4"):
    Thing(n, role=first.uid)
Thing("changed1", role="2")
Thing("changed2", role="2", tags={"from": first.uid})
new = Thing("new1", role=first.uid)
Thing("new2", role=new.uid)
Thing("other", key="2", opts=ResourceOptions(delete_before_replace=True))
"""
NAMES = {"first", "same1", "same2", "same3", "same4", "changed1", "changed2", "new1", "new2", "other"}
# before and after everything that the change does to a server
MOMENTS = [
    *("update changed1", "updated changed1", "update changed2", "updated changed2"),
    *("create new1", "created new1", "create new2", "created new2"),
    *("delete other", "deleted other", "create other", "created other"),
    *("delete gone1", "deleted gone1", "delete gone2", "deleted gone2"),
]


def descendants(pid: int) -> list[int]:
    try:
        found = [
            int(word) for file in Path(f"/proc/{pid}/task").glob("*/children") for word in file.read_text().split()
        ]
    except OSError:
        return []
    return [*found, *(each for child in found for each in descendants(child))]


def start(project: Project) -> "subprocess.Popen[bytes]":
    """An `up` in a process of its own."""
    up = ["pulumi", "up", "--stack", "dev", "--yes", "--skip-preview", "--non-interactive"]
    return subprocess.Popen(
        up if project.kind == "pulumi" else [sys.executable, "-c", EMBEDDED],
        cwd=project.folder,
        env={**os.environ, **project.variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill(process: "subprocess.Popen[bytes]") -> None:
    children = descendants(process.pid)
    process.kill()
    process.wait(30)
    for pid in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def spare(project: Project) -> None:
    """A CLI that was killed may leave an empty file of attributes beside the state, and then reads the state no more
    ("failed to load checkpoint: EOF", 3.260)."""
    for file in (project.folder / "state").rglob("*.attrs"):
        if not file.stat().st_size:
            file.unlink()


def kill_at(project: Project, moment: str) -> None:
    """Kills an `up` when the provider has written this line of its log, and waits there: it says what it is about to
    do, or what it has just done."""
    project.calls()
    (project.folder / "stop").write_text(moment)
    process = start(project)
    project.logged(moment, process)
    kill(process)
    (project.folder / "stop").unlink()
    for lock in (project.folder / "state" / ".pulumi" / "locks").rglob("*.json"):
        lock.unlink()
    spare(project)


def test_a_run_that_is_killed_at_any_step(project: Project) -> None:
    """Each killed run is started in full, as a user's is; those before and after are not about starting."""
    project.program(BEFORE)
    assert project.up().exit_code == 0, project.text
    before = project.folder.with_suffix(".before")
    shutil.copytree(project.folder, before)
    project.program(AFTER)
    for moment in MOMENTS:
        shutil.copytree(before / "state", project.folder / "state", dirs_exist_ok=True)
        shutil.copy(before / "world.json", project.folder)
        kill_at(project, moment)
        project.calls()
        assert project.up().exit_code == 0, (moment, project.text)
        word, name = moment.split()
        doubted = {each for each in NAMES if f"::{each}, interrupted while creating" in project.text}
        assert name in doubted or not word.startswith("create"), moment
        assert {each.split()[1] for each in project.calls("adopted")} <= doubted, moment  # nothing is a surprise
        assert set(project.world) == NAMES, moment  # no orphan, and none is missing
        assert set(project.state()) == {*NAMES, "small-dev"}, moment
        assert project.world["changed1"]["role"] == project.world["changed2"]["role"] == "2", moment
        assert project.world["other"]["key"] == "2", moment


@real_start
def test_creations_in_doubt_are_named_until_they_are_cleared(project: Project) -> None:
    project.program('Thing("a")\n')
    kill_at(project, "create a")
    for _ in range(2):
        assert project.up().exit_code == 0
        assert "1 pending operations" in project.text
        assert "::a, interrupted while creating" in project.text
    assert project.refresh(clear_pending_creates=True).exit_code == 0
    assert project.up(expect_no_changes=True).exit_code == 0
    assert "pending operations" not in project.text


@real_start
def test_a_killed_run_leaves_its_lock(project: Project) -> None:
    project.program('Thing("a", role="hang")\n')
    process = start(project)
    project.logged("create a", process)
    assert project.up().exit_code == 1
    kill(process)
    spare(project)
    assert project.up().exit_code == 1
    assert "the stack is currently locked by 1 lock(s)" in project.text
    if project.kind == "embedded":
        assert f"pid {process.pid}" in project.text
    assert project.preview().exit_code == 0  # it writes nothing
    if project.kind == "embedded":
        project.engine().cancel()
    else:
        project._cli("cancel", "--yes", "--stack", "dev")
    project.program('Thing("a")\n')
    assert project.up().exit_code == 0


@real_start
def test_an_interrupt_waits_for_what_runs_and_saves_it(project: Project) -> None:
    interrupt(project, signal.SIGINT)


@real_start
def test_the_end_of_a_job_is_an_interrupt(embedded: Project) -> None:
    interrupt(embedded, signal.SIGTERM)


def interrupt(project: Project, number: int) -> None:
    project.program('a = Thing("a", role="slow")\nThing("b", role=a.uid)\n')
    process = start(project)
    project.logged("create a", process)
    process.send_signal(number)
    assert process.wait(timeout=30) == 1
    assert project.calls("create", "created") == ["create a", "created a"]
    assert set(project.state()) - {"small-dev"} == {"a"}
    assert "pending_operations" not in project.export()["deployment"]
    project.program('a = Thing("a", role="slow")\nThing("b", role=a.uid)\n')
    assert project.up().exit_code == 0  # nothing is locked
    assert project.calls() == ["create b"]


@real_start
def test_a_provider_process_that_dies_leaves_what_it_did_in_doubt(embedded: Project) -> None:
    dying = PROVIDER.replace(
        'log("adopted" if', 'os._exit(1) if props.get("role") == "last" else None\n        log("adopted" if'
    )
    (embedded.folder / "own.py").write_text(dying)
    embedded.program('Thing("a", role="last")\n')
    assert embedded.up().exit_code == 1
    assert "the provider process did not answer Create" in embedded.text
    embedded.program('Thing("b")\n')
    assert embedded.up().exit_code == 0
    assert "::a, interrupted while creating" in embedded.text


def left(project: Project) -> list[int]:
    """The processes that still run in the project's folder: providers run there."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            found += [int(entry.name)] if (entry / "cwd").readlink() == project.folder else []
    return found


@real_start
def test_no_provider_process_outlives_its_run(project: Project) -> None:
    ends = {
        'Thing("a")\n': 0,
        'Thing("b", role="fail")\n': 1,
        'Thing("c")\nraise ValueError("no such thing")\n': 1,
        'Thing("d", secret="weak")\n': 1,
        'Thing("e")\nThing("e")\n': 1,
        'Thing("f")\nraise SystemExit(3)\n': 1,
    }
    for body, code in ends.items():
        project.program(body)
        assert project.up().exit_code == code, body
        assert left(project) == [], body
    for operation in (project.preview, project.refresh, project.destroy):
        operation()
        assert left(project) == []
    (project.folder / "own.py").write_text(PROVIDER.replace('log("configure"', 'raise Wrong("now"); log("configure"'))
    project.program('Thing("a")\n')
    assert project.up().exit_code == 1
    assert left(project) == []


@pytest.mark.parametrize("times", [1, 2, 3])
@real_start
def test_no_provider_process_outlives_an_interrupt(embedded: Project, times: int) -> None:
    embedded.program(f'Thing("a", role="{"slow" if times == 1 else "hang"}")\n')
    process = start(embedded)
    embedded.logged("create a", process)
    assert len(left(embedded)) == 2  # itself, and the provider
    begun = time.monotonic()
    for _ in range(times):
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
    assert process.wait(timeout=40) != 0
    assert left(embedded) == []
    pending = embedded.export()["deployment"].get("pending_operations", [])
    assert [entry["type"] for entry in pending] == ["creating"] * (times > 1)  # nothing is forgotten
    assert not list((embedded.folder / "state").rglob("locks/**/*.json"))
    assert time.monotonic() - begun < 20  # the second one does not wait for the minute that the operation takes


@real_start
def test_what_a_second_interrupt_leaves_behind(stack: Any) -> None:  # noqa: F811
    """As docs/real-pulumi.md says it: the provider process logs out before it ends; a note stays in the state."""
    one: Stack = stack(SECURITY)
    project = one.project
    (project.folder / "__main__.py").write_text(HEAD + SECURITY.program(SECURITY.first))
    one.sim.fault("vbr", "delay", method="POST", path="/api/v1/security/users", seconds=60)
    process = start(project)
    until = time.monotonic() + 120
    while not any(sent.path == "/api/v1/security/users" and sent.write for sent in one.sim.requests()):
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
    assert process.wait(timeout=40) == {"pulumi": 8, "embedded": -signal.SIGINT}[project.kind]
    assert left(project) == []
    assert one.sim.requests()[-1].path == "/api/oauth2/logout"
    (pending,) = project.export()["deployment"]["pending_operations"]
    assert (pending["type"], pending["resource"]["urn"].rpartition("::")[2]) == ("creating", "user")
    assert not list((project.folder / "state").rglob("locks/**/*.json"))
