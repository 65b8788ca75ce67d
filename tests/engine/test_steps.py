"""What is done in which order, side by side, after failures, and for a part of a stack; on each engine."""

import json
from typing import Any

from tests.engine.conftest import Project

URN = "urn:pulumi:dev::small::pulumi-python:dynamic/own:Thing::"


def faults(project: Project, **refused: list[str]) -> None:
    """From now on the provider refuses these methods for these names."""
    (project.folder / "faults.json").write_text(json.dumps(refused))


def up(project: Project, body: str, code: int = 0, **flags: Any) -> list[str]:
    project.program(body)
    assert project.up(**flags).exit_code == code, project.text
    return project.calls()


def at_once(log: list[str]) -> int:
    """How many creations ran side by side at most."""
    running = most = 0
    for line in log:
        running += {"create": 1, "created": -1}.get(line.split()[0], 0)
        most = max(most, running)
    return most


def test_operations_run_side_by_side(project: Project) -> None:
    body = 'for i in range(6):\n    Thing(f"t{i}", role="slow")\n'
    project.program(body)
    assert project.up().exit_code == 0
    assert 2 <= at_once(project.calls("create", "created")) <= 4  # a provider process has four threads
    assert project.destroy().exit_code == 0
    project.calls()
    assert project.up(parallel=1).exit_code == 0
    assert at_once(project.calls("create", "created")) == 1


def test_what_ran_beside_a_failure_is_finished_and_saved(project: Project) -> None:
    faults(project, bad=["create"])
    body = 'Thing("good", role="slow")\nbad = Thing("bad")\nThing("after", role=bad.uid)\n'
    up(project, body, code=1)
    assert "create of bad is refused" in project.text
    assert "after" not in project.state()
    assert set(project.state()) - {"small-dev"} == set(project.world)
    faults(project)
    up(project, body)
    assert set(project.world) == {"good", "bad", "after"}
    assert up(project, body, expect_no_changes=True) == []


def test_a_failed_update_is_tried_again(project: Project) -> None:
    up(project, 'Thing("a", role="1")\n')
    faults(project, a=["update"])
    assert up(project, 'Thing("a", role="2")\n', code=1) == ["update a"]
    assert project.state()["a"]["outputs"]["role"] == "1"
    faults(project)
    assert up(project, 'Thing("a", role="2")\n') == ["update a"]


def test_a_failed_delete_keeps_what_it_needs(project: Project) -> None:
    up(project, 'a = Thing("a")\nb = Thing("b", role=a.uid)\nThing("c", role=b.uid)\n')
    faults(project, b=["delete"])
    assert up(project, "", code=1) == ["delete c", "delete b"]
    assert set(project.state()) == {"small-dev", "a", "b"}
    faults(project)
    assert up(project, "") == ["delete b", "delete a"]


def test_a_replaced_object_that_cannot_be_deleted_is_deleted_later(project: Project) -> None:
    up(project, 'Thing("a", key="1")\n')
    faults(project, a=["delete"])
    assert up(project, 'Thing("a", key="2")\n', code=1) == ["create a", "delete a"]
    entries = [one for one in project.export()["deployment"]["resources"] if one["urn"] == URN + "a"]
    assert sorted(one.get("delete", False) for one in entries) == [False, True]
    faults(project)
    assert up(project, 'Thing("a", key="2")\n') == ["delete a"]


def test_a_first_deleted_object_is_not_deleted_twice(project: Project) -> None:
    body = 'Thing("a", key="{}", opts=ResourceOptions(delete_before_replace=True))\n'
    up(project, body.format(1))
    faults(project, a=["create"])
    assert up(project, body.format(2), code=1) == ["delete a", "create a"]
    assert project.state()["a"]["pendingReplacement"] is True
    faults(project)
    assert up(project, body.format(2)) == ["create a"]
    assert "pendingReplacement" not in project.state()["a"]


def test_dependents_that_must_be_replaced_are_deleted_first(project: Project) -> None:
    body = 'a = Thing("a", key="{}", opts=ResourceOptions(delete_before_replace=True))\nb = Thing("b", key=a.uid)\n'
    body += 'Thing("c", role=b.uid)\nThing("d", role=a.uid)\n'
    up(project, body.format(1))
    calls = up(project, body.format(2))
    assert calls[:4] == ["delete b", "delete a", "create a", "create b"]
    assert calls[4:] == []  # for c and d nothing has changed


def test_a_protected_dependent_keeps_what_it_needs_from_being_replaced(project: Project) -> None:
    body = 'a = Thing("a", key="{}", opts=ResourceOptions(delete_before_replace=True))\n'
    body += 'Thing("b", key=a.uid, opts=ResourceOptions(protect=True))\n'
    up(project, body.format(1))
    assert up(project, body.format(2), code=1) == []
    assert "protect" in project.text
    assert up(project, body.format(2).replace("protect=True", ""), code=1) == []  # what the state says counts
    assert set(project.world) == {"a", "b"}


def test_a_failed_program_deletes_nothing(project: Project) -> None:
    up(project, 'Thing("a")\npulumi.export("one", 1)\n')
    assert up(project, 'Thing("b")\nraise ValueError("no such thing")\n', code=1) == ["create b"]
    assert "ValueError: no such thing" in project.text
    assert set(project.world) == {"a", "b"}


def test_a_refresh_takes_what_is_there(project: Project) -> None:
    body = 'a = Thing("a", role="1")\nThing("b", role=a.uid)\n'
    up(project, body)
    (project.folder / "world.json").write_text(json.dumps({"b": {"name": "b", "role": "by hand"}}))
    assert project.preview(refresh=True, expect_no_changes=True).exit_code == 7
    assert set(project.state()) == {"small-dev", "a", "b"}  # a preview saves nothing
    assert project.refresh(expect_no_changes=True).exit_code == 7
    assert set(project.state()) == {"small-dev", "b"}
    assert "dependencies" not in project.state()["b"]
    assert project.state()["b"]["outputs"]["role"] == "by hand"
    project.calls()
    assert up(project, body) == ["create a", "update b"]
    (project.folder / "world.json").write_text("{}")
    assert sorted(up(project, body, refresh=True)) == ["create a", "create b", "read a", "read b"]


def test_a_failed_read_leaves_the_others(project: Project) -> None:
    up(project, 'Thing("a", role="1")\nThing("b", role="1")\n')
    (project.folder / "world.json").write_text(json.dumps({"b": {"name": "b", "role": "by hand"}}))
    faults(project, a=["read"])
    assert project.refresh().exit_code == 1
    assert project.state()["a"]["outputs"]["role"] == "1"
    assert project.state()["b"]["outputs"]["role"] == "by hand"


def test_changes_of_outputs_alone_are_expected(project: Project) -> None:
    up(project, 'pulumi.export("one", 1)\n')
    up(project, 'pulumi.export("one", 2)\n', expect_no_changes=True)
    assert up(project, 'Thing("a")\n', code=7, expect_no_changes=True) == ["create a"]


def test_going_on_after_an_error(project: Project) -> None:
    body = 'a = Thing("a", role="1")\nThing("b", role=a.uid, tags={"n": "1"})\nx = Thing("x", role="1")\n'
    up(project, body)
    faults(project, a=["update"])
    body = body.replace('"1"', '"2"') + 'Thing("c", role=x.uid)\nThing("d", role=a.uid)\n'
    calls = up(project, body, code=1, continue_on_error=True)
    assert sorted(calls) == ["create c", "update a", "update x"]  # not b and d, which need a
    assert project.state()["b"]["outputs"]["tags"] == {"n": "1"}
    assert set(project.state()) == {"small-dev", "a", "b", "c", "x"}
    faults(project)
    assert sorted(up(project, body)) == ["create d", "update a", "update b"]
    faults(project, b=["delete"])
    assert project.destroy(continue_on_error=True).exit_code == 1
    assert set(project.state()) == {"small-dev", "a", "b"}  # b is still there, and needs a
    faults(project)
    assert project.destroy().exit_code == 0


def test_a_part_of_a_stack(project: Project) -> None:
    up(project, 'a = Thing("a", role="1")\nThing("b", role=a.uid)\nThing("c", role="1")\n')
    body = 'a = Thing("a", role="2")\nThing("b", role=a.uid)\nThing("c", role="2")\nThing("n")\n'
    assert up(project, body, target=[URN + "a"]) == ["update a"]
    assert sorted(up(project, body, target=[URN + "c", URN + "n"])) == ["create n", "update c"]
    assert project.destroy(target=[URN + "a"]).exit_code == 1
    assert f"Resource '{URN}b' will be destroyed but was not specified in --target list" in project.text
    assert project.calls() == []
    assert project.destroy(target=[URN + "a"], target_dependents=True).exit_code == 0
    assert project.calls() == ["delete b", "delete a"]
    assert set(project.state()) == {"small-dev", "c", "n"}
    (project.folder / "world.json").write_text("{}")
    assert project.refresh(target=[URN + "n"]).exit_code == 0
    assert project.calls() == ["read n"]
    assert set(project.state()) == {"small-dev", "c"}


def test_a_target_that_is_not_there(project: Project) -> None:
    up(project, 'Thing("a")\n')
    assert project.destroy(target=[URN + "nope"]).exit_code == 1
    assert f"no resource named '{URN}nope' found" in project.text
    assert project.up(target=[URN + "nope"]).exit_code == 1
    assert project.calls() == []


def test_replacing_on_demand(project: Project) -> None:
    body = 'a = Thing("a", opts=ResourceOptions(delete_before_replace=True))\nThing("b", role=a.uid)\n'
    up(project, body)
    project.program(body)
    assert project.preview(replace=[URN + "a"]).exit_code == 0
    assert project.calls() == []
    assert up(project, body, replace=[URN + "a"]) == ["delete a", "create a"]
