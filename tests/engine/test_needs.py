"""What only creating needs: a preview says that it is missing, and a run deletes nothing to find it out."""

from __future__ import annotations

import pytest

from tests.conftest import StartSimulator
from tests.engine.conftest import Project
from veeam_pulumi.simulator import Simulator

PASSWORD = "Canary-Mary-5yz"
MISSING = "password: is required to create a user of the type Internal"


class Mary:
    """A program with one user of Backup for Azure, and what its runs ask of the appliance."""

    def __init__(self, project: Project, sim: Simulator) -> None:
        self.project, self.sim = project, sim
        project.environ |= {name: value for name, value in sim.variables().items() if name.startswith("VEEAM_AZURE_")}
        project.set("mary", PASSWORD, secret=True)

    def run(self, operation: str, *, expect: int = 0, name: str = "mary", more: str = "") -> list[str]:
        """One operation -> the methods of what it wrote."""
        (self.project.folder / "__main__.py").write_text(
            "import pulumi\nimport veeam_pulumi as veeam\n"
            f"veeam.azure.User('mary', name={name!r}, role='RestoreOperator', {more})\n"
        )
        self.sim.clear_requests()
        result = getattr(self.project, operation)()
        assert bool(result.exit_code) is bool(expect), self.project.text
        return [one.method for one in self.sim.requests("azure", writes_only=True) if "oauth2" not in one.path]


@pytest.fixture
def mary(project: Project, simulator: StartSimulator) -> Mary:
    return Mary(project, simulator(products=("azure",)))


def test_a_preview_says_that_a_new_user_lacks_a_password(mary: Mary) -> None:
    assert mary.run("preview", expect=1) == []
    assert MISSING in " ".join(mary.project.text.split())
    mary.run("up", expect=1)
    assert mary.sim.requests("azure") == []


def test_a_user_that_is_taken_over_needs_none(mary: Mary) -> None:
    mary.sim.drift("azure", "add", "mary", {"role": "RestoreOperator"})
    assert mary.run("up", more="adopt=True") == []
    assert mary.run("preview", more="adopt=True") == []


def test_another_name_without_a_password_does_not_delete_the_user_first(mary: Mary) -> None:
    own = "password=pulumi.Config().require_secret('mary')"
    assert mary.run("up", more=own) == ["POST"]
    assert mary.run("up") == [], "the password may leave the program: it stays as it is"
    for operation in ("preview", "up"):
        assert mary.run(operation, name="maria", expect=1) == []
        assert MISSING in " ".join(mary.project.text.split())
    assert mary.sim.can_login("azure", "mary", PASSWORD)
