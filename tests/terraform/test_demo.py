"""`veeam-pulumi demo --terraform`: the quickstart's whole life, believed by the servers alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.terraform.attached import attached
from tests.terraform.conftest import BINARY
from veeam_pulumi.cli.main import app
from veeam_pulumi.demo import hcl
from veeam_pulumi.demo.story import SECRETS
from veeam_pulumi.simulator import PRODUCTS

ROOT = Path(__file__).parents[2]


def attach(one: hcl.Terraform, operation: str, diff: bool = False) -> dict[str, int]:
    """Runs a command with the provider attached; `init` installs it from the mirror, and the plan starts it."""
    if operation in ("init", "preview"):
        return run(one, operation, diff)
    with attached(one._work, one._environ) as providers:
        one._environ["TF_REATTACH_PROVIDERS"] = providers
        return run(one, operation, diff)


run = hcl.Terraform.run


@pytest.mark.skipif(BINARY is None, reason="there is neither terraform nor tofu on PATH")
def test_the_quickstart_lives_from_plan_to_destroy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(hcl.Terraform, "run", attach)
    done = CliRunner().invoke(app, ["demo", "--terraform"], env={"NO_COLOR": "1", "COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    for line in (
        "has been successfully initialized",
        "ok no server was even connected to",
        "Apply complete! Resources: 12 added, 0 changed, 0 destroyed.",
        "No changes. Your infrastructure matches the configuration.",
        "has been deleted",
        "ok six requests did it: aws POST /api/v1/users, azure PUT /api/v8.1/users/",
        "ok the requests: aws PUT /api/v1/users/operator, azure PUT /api/v8.1/users/",
        "ok all servers are as they were before",
        "Every step did what it says.",
    ):
        assert line in done.output
    for secret in (
        *(text for one in SECRETS for text in (one.first, one.second)),
        *(p.password for p in PRODUCTS.values()),
    ):
        assert secret not in done.output
    assert not (ROOT / "examples" / "terraform" / "quickstart" / "terraform.tfstate").exists()


def test_without_terraform_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PATH", "/nowhere")
    done = CliRunner().invoke(app, ["demo", "--terraform"])
    assert done.exit_code == 1
    assert " ".join(done.output.split()).startswith(
        "error: there is neither terraform nor tofu on PATH: install Terraform 1.11 or later (https://"
    )
