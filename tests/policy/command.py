"""`veeam-pulumi policy` as a pipeline calls it."""

from __future__ import annotations

from typer.testing import CliRunner

from veeam_pulumi.cli.main import app


def policies(words: list[str]) -> int:
    """Runs the command, prints what it says -> its exit code."""
    done = CliRunner().invoke(app, ["policy", *words])
    print(done.output, end="")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code
