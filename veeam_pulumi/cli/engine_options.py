"""What the commands of `veeam-pulumi engine` share: common options, the engine of a folder, and the question before."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..engine import Engine

Stack = Annotated[
    str | None,
    typer.Option("--stack", "-s", metavar="STACK", help="The stack. Default: PULUMI_STACK, else the selected one."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Secrets = Annotated[bool, typer.Option("--show-secrets", help="Secrets in plain text.")]


@contextmanager
def opened(cwd: Path, stack: str | None) -> Iterator[Engine]:
    """The engine; what the user has to act on becomes one line and Pulumi's exit code."""
    from ..engine import Engine, EngineError

    try:
        if stack is None and (stack := Engine(cwd, "").selected()) is None:
            how = "name it with --stack or PULUMI_STACK, or select it: `veeam-pulumi engine stack select NAME`"
            raise EngineError(f"no stack is selected; {how}", 2)
        yield Engine(cwd, stack)
    except EngineError as problem:
        typer.echo(f"error: {problem}", err=True)
        raise typer.Exit(problem.exit_code) from None


def asking() -> Callable[[str], bool] | None:
    """How to put a question to the user; None where nobody is there to ask."""
    return typer.confirm if sys.stdin.isatty() and sys.stdout.isatty() else None


def agree(operation: str, yes: bool) -> None:
    """Raises EngineError unless the user agrees."""
    from ..engine.consent import require

    require(operation, yes, asking())
