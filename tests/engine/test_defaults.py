"""What a program does not say is in no state, and a program that looks at it sees its default all the same."""

from __future__ import annotations

import re

import pytest

from tests.engine.conftest import Project
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.vspc import seeds

SMITH = """
import pulumi
import veeam_pulumi as veeam

def user(name, **more):
    said = {{"password": "Canary-bdFH-9", "role": "CompanyAdministrator", "profile": {{"first_name": name}}}}
    said |= {{"organization_uid": {alpha!r}, "user_name": name}}
    return veeam.vspc.User(name, **said, **more)

one = user("smith"{more})
two = user("jones", status=one.status)
pulumi.export("status", [one.status, two.status, one.connection])
"""
SEEN = ["Enabled", "Enabled", "vspc"]


def on(project: Project, sim: Simulator, more: str = "") -> Project:
    project.environ |= sim.variables()
    (project.folder / "__main__.py").write_text(SMITH.format(alpha=seeds.ALPHA, more=more))
    return project


def seen(stack: Project, operation: str, **flags: bool) -> list[str]:
    """What a run exports. A preview of the CLI shows it in its text alone, and leaves out what is as it was."""
    result = getattr(stack, operation)(**flags)
    assert result.exit_code == 0, stack.text
    if (operation, stack.kind) == ("preview", "pulumi"):
        assert "[unknown]" not in stack.text
        return re.findall(r'\[\d\] *: "(\w+)"', stack.text) or list(result.outputs["status"])
    return list(result.outputs["status"])


def names(project: Project, part: str = "outputs") -> set[str]:
    return set(project.state()["smith"][part]) - {"__provider"}


def test_a_default_is_known_in_previews_and_runs_and_stands_in_no_state(project: Project, sim: Simulator) -> None:
    stack = on(project, sim)
    assert seen(stack, "preview") == SEEN
    assert seen(stack, "up") == SEEN
    said = {"organization_uid", "user_name", "password", "role", "profile"}
    assert names(stack, "inputs") == said
    assert names(stack) == {*said, "mfa_policy_configuration_status", "schema", "server"}
    assert seen(stack, "preview", expect_no_changes=True) == SEEN
    assert seen(stack, "up", expect_no_changes=True) == SEEN

    sim.drift("vspc", "update", "smith", {"status": "Disabled"})
    assert stack.preview(refresh=True, expect_no_changes=True).exit_code != 0
    assert stack.refresh().exit_code == 0
    assert "status" in stack.text
    stack.preview(diff=True)
    assert re.search('~ status *: "Disabled" => "Enabled"', stack.said)
    assert stack.up().outputs["status"] == SEEN
    assert (sim.lookup("vspc", "smith") or {})["status"] == "Enabled"
    for operation in ("up", "refresh"):
        assert getattr(stack, operation)(expect_no_changes=True).exit_code == 0
    assert names(stack, "inputs") == said
    assert names(stack) == {*said, "mfa_policy_configuration_status", "schema", "server"}


@pytest.mark.parametrize(
    "more", ["adopt=True", "status=pulumi.Output.from_input(None)", "adopt=pulumi.Output.from_input(False)"]
)
def test_a_default_that_only_the_run_tells_is_seen_too(project: Project, sim: Simulator, more: str) -> None:
    stack = on(project, sim, f", {more}")
    assert stack.up().outputs["status"] == SEEN
    assert stack.preview(expect_no_changes=True).exit_code == 0
    assert stack.up(expect_no_changes=True).outputs["status"] == SEEN


def test_a_transformation_that_says_what_the_program_does_not_counts(project: Project, sim: Simulator) -> None:
    disabled = 'lambda one: pulumi.ResourceTransformationResult({**one.props, "status": "Disabled"}, one.opts)'
    stack = on(project, sim, f", opts=pulumi.ResourceOptions(transformations=[{disabled}])")
    for operation in ("preview", "up", "preview", "up"):
        assert seen(stack, operation) == ["Disabled", "Disabled", "vspc"]
