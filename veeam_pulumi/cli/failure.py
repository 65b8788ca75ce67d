"""How a command ends that cannot do what it was asked: the error on stderr, and an exit code."""

from __future__ import annotations

from typing import NoReturn

import typer

from ..errors import VeeamError, steps


def fail(problem: str | Exception, code: int = 1, *, fix: str = "") -> NoReturn:
    """Prints an error, with the next step in lines of its own, and ends the command."""
    if isinstance(problem, OSError) and problem.filename:
        problem = f"{problem.filename}: {problem.strerror}"
    if isinstance(problem, VeeamError):
        text = problem.shown()
    elif isinstance(problem, str):  # with what somebody typed in it
        text = "\n".join([problem, *steps(fix)])
    else:  # most have the path of a file in them, which is to be copied whole
        cause, _, fix = str(problem).partition("; ")
        text = "\n".join([cause, *steps(fix)])
    typer.echo(f"error: {text}", err=True)
    raise typer.Exit(code)
