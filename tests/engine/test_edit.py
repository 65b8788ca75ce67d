"""Editing the state: an object keeps its entry under another name, or leaves the state and stays where it is."""

from __future__ import annotations

from tests.engine.conftest import Project

THINGS = 'first = Thing("first")\nThing("other", role=first.uid, opts=ResourceOptions(protect=True))\n'


def urn(name: str) -> str:
    return f"urn:pulumi:dev::small::pulumi-python:dynamic/own:Thing::{name}"


def test_a_renamed_entry_keeps_its_object_and_whoever_needs_it(project: Project) -> None:
    project.program(THINGS)
    assert project.up().exit_code == 0
    project.calls()
    assert project.edit("rename", urn("first"), "second") == ""
    state = project.state()
    assert set(state) == {"small-dev", "second", "other"}
    assert state["second"]["id"] == "first"
    assert state["other"]["dependencies"] == [urn("second")]
    assert state["other"]["propertyDependencies"]["role"] == [urn("second")]

    project.program(THINGS.replace('Thing("first")', 'Thing("second", name="first")'))
    assert project.up(expect_no_changes=True).exit_code == 0
    assert project.calls() == []


def test_a_name_that_is_taken_or_unknown_is_refused(project: Project) -> None:
    project.program(THINGS)
    assert project.up().exit_code == 0
    before = project.state()
    assert "corresponds to an already existing resource" in project.edit("rename", urn("first"), "other")
    assert f'No such resource "{urn("frist")}" exists' in project.edit("rename", urn("frist"), "second")
    assert urn("first") in project.edit("rename", urn("frist"), "second")
    assert project.state() == before


def test_what_is_forgotten_stays_where_it_is(project: Project) -> None:
    project.program(THINGS)
    assert project.up().exit_code == 0
    project.calls()
    assert "can't be safely deleted because" in project.edit("delete", urn("first"))
    assert "it is protected" in project.edit("delete", urn("other"))
    assert project.edit("delete", "--force", urn("other")) == ""
    assert project.edit("delete", urn("first")) == ""
    assert set(project.state()) == {"small-dev"}
    assert set(project.world) == {"first", "other"}
    assert project.calls() == []


def test_everything_that_needs_it_goes_with_it(project: Project) -> None:
    project.program(THINGS)
    assert project.up().exit_code == 0
    assert "it is protected" in project.edit("delete", "--target-dependents", urn("first"))
    assert project.edit("unprotect", "--all") == ""
    assert project.edit("delete", "--target-dependents", urn("first")) == ""
    assert set(project.state()) == {"small-dev"}
    assert set(project.world) == {"first", "other"}


def test_a_component_is_renamed_and_its_children_stay_its_children(project: Project) -> None:
    body = "class Group(pulumi.ComponentResource):\n    pass\n"
    body += 'group = Group("own:Group", "one", None)\nThing("inner", opts=ResourceOptions(parent=group))\n'
    project.program(body)
    assert project.up().exit_code == 0
    project.calls()
    assert project.edit("rename", "urn:pulumi:dev::small::own:Group::one", "two") == ""
    project.program(body.replace('"one"', '"two"'))
    assert project.up(expect_no_changes=True).exit_code == 0
    assert project.calls() == []
