"""A company and its users in one program: made and deleted in the order that the console needs, secrets nowhere."""

from __future__ import annotations

from tests.conftest import StartSimulator
from tests.engine.conftest import Project
from veeam_pulumi.simulator import Simulator

PROGRAM = """
import pulumi
import veeam_pulumi as veeam

config = pulumi.Config()
{made}
acme = veeam.vspc.Company(
    "acme",
    name="Acme",
    owner_credentials={owner},
    organization={{"city": "Prague"}},
    is_rest_access_enabled=True,
    permissions=["HostedVbrJobStartStop"],
    delete_with_contents={delete_with_contents},
)
smith = veeam.vspc.User(
    "smith",
    organization_uid=acme.id,
    user_name="s.smith",
    password=config.require_secret("smith"),
    role="CompanyAdministrator",
    profile={{"first_name": "Stan"}},
)
pulumi.export("acme", acme.id)
pulumi.export("owner", acme.owner_credentials)
"""
GIVEN = '{"user_name": "acme.owner", "password": config.require_secret("owner")}'
OWNER, SMITH, OTHER = "Canary-Owner-1qz", "Canary-Smith-2wv", "Canary-Owner-3pg"


class Stack:
    """The project on an engine, led to a simulated console; what it printed."""

    def __init__(self, project: Project, sim: Simulator) -> None:
        self.project, self.sim, self.seen = project, sim, list[str]()
        project.environ |= {name: value for name, value in sim.variables().items() if name.startswith("VEEAM_VSPC_")}
        for name, password in (("owner", OWNER), ("smith", SMITH)):
            project.set(name, password, secret=True)

    def write(self, owner: str = GIVEN, made: str = "", delete_with_contents: bool = False) -> None:
        text = PROGRAM.format(owner=owner, made=made, delete_with_contents=delete_with_contents)
        (self.project.folder / "__main__.py").write_text(text)

    def run(self, operation: str, expect: int = 0, **flags: bool) -> list[str]:
        """One operation -> what it wrote: `DELETE users`."""
        self.sim.clear_requests()
        result = getattr(self.project, operation)(**flags)
        self.seen.append(self.project.text)
        assert result.exit_code == expect, self.project.text
        sent = self.sim.requests("vspc", writes_only=True)
        return [f"{one.method} {one.path.removeprefix('/api/v3/').rpartition('/')[0] or 'users'}" for one in sent]

    def companies(self) -> set[str]:
        return {row["name"] for row in self.sim.objects("vspc")["companies"]} - {"Alpha", "Beta"}

    def has_no_secret(self, *secrets: str) -> None:
        stored = self.project.file.read_text()
        for secret in secrets:
            assert secret not in stored
            assert [text for text in self.seen if secret in text] == []


def test_a_company_and_its_user(project: Project, simulator: StartSimulator) -> None:
    stack = Stack(project, simulator(products=("vspc",)))
    stack.write()
    assert stack.run("preview") == []
    assert stack.run("up") == ["POST organizations", "PATCH permissions", "POST users"]
    assert stack.sim.can_login("vspc", "acme.owner", OWNER)
    assert stack.sim.can_login("vspc", "s.smith", SMITH)
    assert stack.run("up", expect_no_changes=True) == []
    assert stack.run("refresh", expect_no_changes=True) == []

    project.set("owner", OTHER, secret=True)
    assert stack.run("preview", diff=True) == []
    assert stack.run("up") == ["PATCH organizations/companies"]
    assert stack.sim.can_login("vspc", "acme.owner", OTHER)

    assert stack.run("destroy") == ["DELETE users", "DELETE organizations/companies"]
    assert stack.companies() == set()
    stack.has_no_secret(OWNER, OTHER, SMITH)


def test_a_company_with_a_user_of_somebody_else_stays(project: Project, simulator: StartSimulator) -> None:
    stack = Stack(project, simulator(products=("vspc",)))
    stack.write()
    stack.run("up")
    (uid,) = [row["instanceUid"] for row in stack.sim.objects("vspc")["companies"] if row["name"] == "Acme"]
    stack.sim.drift("vspc", "add", "m.jones", {"organizationUid": uid, "role": "CompanyAdministrator"})
    assert stack.run("destroy", expect=1) == ["DELETE users"]
    assert "1 user besides its owner ('m.jones')" in stack.project.said
    assert "set delete_with_contents to true" in stack.project.said
    assert stack.companies() == {"Acme"}
    stack.write(delete_with_contents=True)
    assert stack.run("up") == ["POST users"]
    assert stack.run("destroy") == ["DELETE users", "DELETE organizations/companies"]
    assert stack.companies() == set()
    stack.has_no_secret(OWNER, SMITH)


def test_an_owner_of_whom_only_the_run_knows_the_password(project: Project, simulator: StartSimulator) -> None:
    """Generated, as a part of a map, or in a map that is an output as a whole."""
    stack = Stack(project, simulator(products=("vspc",)))
    made = 'made = veeam.Password("owner")'
    stack.write('{"user_name": "acme.owner", "password": made.result}', made)
    assert stack.run("preview") == []
    stack.run("up")
    assert stack.run("up", expect_no_changes=True) == []
    whole = 'made.result.apply(lambda password: {"user_name": "acme.owner", "password": password})'
    stack.write(whole, made)
    assert stack.run("up") == []
    assert stack.run("destroy") == ["DELETE users", "DELETE organizations/companies"]
    stack.has_no_secret(SMITH)
