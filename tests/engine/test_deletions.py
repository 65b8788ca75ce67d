"""How much a run may delete: whose number counts in which run, and where a preview says that it would be too much."""

from __future__ import annotations

import gc
import re
from typing import Any

import pytest
from pulumi.runtime.stack import Stack as Root

from tests.engine.test_lives import SECURITY, Stack, stack
from veeam_pulumi.review.preview import read

__all__ = ["stack"]

USERS = (
    "for number in range({}):\n"
    '    veeam.vbr.User(f"u{{number}}", name=rf"TECH\\u{{number}}", roles=["Veeam Backup Viewer"]{})\n'
)


def users(count: int, more: str = "") -> str:
    return USERS.format(count, more)


@pytest.fixture
def one(stack: Any) -> Stack:
    """A stack whose runs get the settings that each engine gives them: nothing says that the program is to run."""
    made: Stack = stack(SECURITY)
    del made.project.environ["PULUMI_RUN_PROGRAM"]
    return made


def left(one: Stack) -> int:
    """How many of the users are there; the state has them all."""
    there = [user for user in one.sim.objects("vbr")["users"] if user["name"].startswith("TECH")]
    listed = [entry for entry in one.project.export()["deployment"].get("resources", []) if "vbr:User" in entry["type"]]
    assert len(there) == len(listed)
    return len(there)


def test_the_number_of_today_counts_in_every_run(one: Stack) -> None:
    """Whatever the state remembers of the last `up`, and whether the program runs or not."""
    one.project.set("veeam:maxDeletes", "4")
    one.up(users(9))
    one.project.set("veeam:maxDeletes", "1")
    one.run("refresh")
    one.run("destroy", expect=1)
    assert left(one) == 8
    assert "this run has deleted 1 objects on this connection" in one.project.said
    one.run("up", "", expect=1)  # a program that declares nothing
    assert left(one) == 7
    one.project.set("veeam:maxDeletes", "2")
    one.run("destroy", run_program=True, expect=1)
    assert left(one) == 5
    one.run("destroy", users(4), run_program=True, expect=1)
    assert left(one) == 3
    one.run("up", 'veeam.vbr.User("other", name=r"TECH\\other", roles=["Veeam Backup Viewer"])\n', expect=1)
    assert left(one) == 2


def test_the_json_of_a_preview_has_the_number(one: Stack) -> None:
    one.up(users(2))
    for number, said in (("1", 1), ("none", None)):
        one.project.set("veeam:maxDeletes", number)
        one.run("preview", "", json=True)
        preview = read(one.project.text.encode())
        assert preview.most_deletes == said
        assert [change.op for change in preview.changes if change.kind == "vbr.User"] == ["delete", "delete"]


def said(one: Stack) -> list[str]:
    """What a preview warns of."""
    return re.findall(r"warning: (.* would be deleted.*)", one.project.text)


def test_a_preview_that_would_delete_too_much_says_so_with_the_numbers(one: Stack) -> None:
    one.project.set("veeam:maxDeletes", "2")
    one.up(users(4))
    one.up(users(4), expect_no_changes=True)
    assert said(one) == []
    one.run("preview", users(2), expect_no_changes=True, expect=7)
    assert said(one) == []
    command = "`pulumi {} --stack dev`" if one.project.kind == "pulumi" else "`veeam-pulumi engine {}`"
    for body, count in (
        (users(1), 3),
        (users(4).replace('u{number}", name', 'v{number}", name'), 4),  # other entries, so that the old ones go
        (users(4).replace("TECH", "LAB"), 4),  # what is replaced is deleted first
    ):
        one.run("preview", body)
        assert said(one)[0] == (
            f"{count} objects on the connection vbr would be deleted, and a run deletes at most 2 (veeam:maxDeletes): "
            "the others are kept, until another run or a higher limit: "
            + command.format(f"config set veeam:maxDeletes {count}")
        )
        assert one.sim.requests() == []
    one.run("preview", users(1), json=True)
    assert [text for text in read(one.project.text.encode()).diagnostics if "3 objects" in text.text]
    renamed = users(4, ', opts=ResourceOptions(aliases=[pulumi.Alias(name=f"u{number}")])')
    one.run("preview", renamed.replace('f"u{number}", name', 'f"w{number}", name'))
    assert said(one) == []
    one.project.environ["VEEAM_MAX_DELETES"] = "none"
    one.run("preview", users(1))
    assert said(one) == []
    assert one.run("up", users(1)).exit_code == 0
    assert left(one) == 1


def test_a_preview_of_a_part_warns_of_the_whole(one: Stack) -> None:
    """A program is not told of targets. The run deletes no more than they are."""
    one.project.set("veeam:maxDeletes", "1")
    one.up(users(4))
    target = ["urn:pulumi:dev::small::pulumi-python:dynamic/veeam/vbr:User::u3"]
    one.run("preview", users(2), target=target)
    assert [text[:9] for text in said(one)[:1]] == ["2 objects"]
    one.up(users(2), target=target)
    assert left(one) == 3


def test_an_up_does_what_a_saved_plan_says(one: Stack) -> None:
    """A preview asks the engine for the state, which its plan holds too: `up` fails if it lacks anything of a plan."""
    if one.project.kind == "embedded":
        pytest.skip("only the CLI keeps plans")
    for body in (users(2), users(1).replace("Viewer", "Operator"), users(1).replace("TECH", "LAB")):
        one.run("preview", body, save_plan="plan.json")
        one.up(body, plan="plan.json")
        one.run("preview", expect_no_changes=True)
    one.run("up", users(3), plan="plan.json", expect=1)
    assert "is not allowed by the plan" in one.project.said
    one.run("destroy", users(1), run_program=True)
    assert one.project.export()["deployment"].get("resources", []) == []


def test_what_is_adopted_or_only_read_counts_for_nothing(one: Stack) -> None:
    for number in range(3):
        one.sim.drift("vbr", "add", rf"TECH\u{number}", {"roles": ["Backup Viewer"]})
    id = str((one.sim.lookup("vbr", r"TECH\u0") or {})["id"])
    one.project.set("veeam:maxDeletes", "1")
    reads = f'veeam.vbr.User.get("read", {id!r})\n'
    one.up(users(3, ", adopt=True") + reads)
    one.run("preview", reads)
    assert said(one) == []


def test_a_roster_in_which_nobody_is_left_says_it_too(one: Stack) -> None:
    roster = "from veeam_pulumi.access.person import declare\ndeclare()\n"
    file = one.project.folder / "roster.yaml"
    head = "profiles: {viewer: {vbr: {roles: [Veeam Backup Viewer]}}}\nnames: {vbr: 'TECH\\{key}'}\npeople: "
    file.write_text(head + "{ann: {name: Ann, profile: viewer}, bob: {name: Bob, profile: viewer}}")
    one.project.set("veeam:maxDeletes", "1")
    one.up(roster)
    file.write_text(head + "{}")
    one.run("preview", roster)
    assert [text[:9] for text in said(one)[:1]] == ["2 objects"]


def test_a_run_leaves_nothing_of_its_program_behind(one: Stack) -> None:
    """In a process of many runs, each would be slower than the one before."""
    if one.project.kind == "pulumi":
        pytest.skip("the CLI starts a process for each program")
    for count in (1, 2, 3):
        one.up(users(count))
    gc.collect()
    roots = [found for found in gc.get_objects() if isinstance(found, Root)]
    assert len(roots) <= 1, "the settings of the SDK know the last one"
