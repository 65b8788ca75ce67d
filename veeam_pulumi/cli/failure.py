"""How a command ends that cannot do what it was asked: the error on stderr, and an exit code."""

from __future__ import annotations

from typing import NoReturn

import typer

from ..errors import VeeamError


def fail(problem: str | Exception, code: int = 1) -> NoReturn:
    """Prints an error and ends the command."""
    if isinstance(problem, OSError) and problem.filename:
        problem = f"{problem.filename}: {problem.strerror}"
    if not isinstance(problem, VeeamError):
        cause, _, fix = str(problem).partition("; ")
        problem = VeeamError(cause, fix)
    typer.echo(f"error: {problem.shown()}", err=True)
    raise typer.Exit(code)
