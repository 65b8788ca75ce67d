"""A generated password in a whole program: kept, never shown, rotated by a keeper with one request to its server."""

from __future__ import annotations

from tests.conftest import StartSimulator
from tests.engine.conftest import Project
from veeam_pulumi.simulator import Simulator

PROGRAM = """
import pulumi
import veeam_pulumi as veeam

made = veeam.Password("operator", keepers={"rotation": pulumi.Config().require("rotation")})
user = veeam.aws.User("operator", name="operator", password=made.result)
pulumi.export("password", made.result)
"""


def on(project: Project, sim: Simulator) -> Project:
    aws = sim.connections()["aws"]
    project.environ |= {f"VEEAM_AWS_{key.upper()}": aws[key] for key in ("url", "username", "password")}
    project.environ["VEEAM_AWS_TLS_CA_FILE"] = aws["tls"]["ca_file"]
    (project.folder / "__main__.py").write_text(PROGRAM)
    return project


def test_the_life_of_a_password(project: Project, simulator: StartSimulator) -> None:
    sim = simulator({"aws.password_rules": "v10"})
    stack, seen = on(project, sim), []

    def run(operation: str, **flags: bool) -> str:
        result = getattr(stack, operation)(**flags)
        assert result.exit_code == 0, stack.text
        seen.append(stack.text)
        return str(result.outputs.get("password"))

    stack.set("rotation", "1")
    run("preview")
    first = run("up")
    assert sim.can_login("aws", "operator", first)
    assert run("up", expect_no_changes=True) == first
    assert run("refresh", expect_no_changes=True) == first

    stack.set("rotation", "2")
    sim.clear_requests()
    run("preview", diff=True)
    assert sim.requests() == []
    second = run("up")
    assert second != first
    assert sim.can_login("aws", "operator", second)
    assert not sim.can_login("aws", "operator", first)
    assert [one.method for one in sim.requests("aws", writes_only=True)] == ["PUT"]
    assert run("up", expect_no_changes=True) == second

    stored = stack.file.read_text()
    for secret in (first, second):
        assert secret not in stored
        assert [text for text in seen if secret in text] == []
    run("destroy")


def test_a_mistake_is_said_before_anything_is_made(project: Project, simulator: StartSimulator) -> None:
    stack = on(project, simulator())
    (stack.folder / "__main__.py").write_text("import veeam_pulumi\nveeam_pulumi.Password('one', length=4)\n")
    assert stack.preview().exit_code == 1
    assert "must be a whole number from 8 to 128" in stack.text
