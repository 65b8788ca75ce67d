"""The stack that a command works on: the one that --stack names, else PULUMI_STACK, else the selected one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

Stack = Annotated[
    str | None,
    typer.Option(
        "--stack",
        "-s",
        metavar="STACK",
        help="The stack whose connections, state and roster count. Default: PULUMI_STACK, else the selected stack;"
        " in neither case the connections that the environment names, as with --stack ''.",
    ),
]
Cwd = Annotated[
    Path,
    typer.Option("--cwd", "-C", metavar="DIR", help="The folder of Pulumi.yaml.", file_okay=False, exists=True),
]
HERE = Path()


def current(named: str | None, cwd: Path) -> str | None:
    """The stack, None for the environment alone. One that was not named is said on stderr."""
    if named is not None:
        return named or None
    here = cwd.resolve()
    project = any((at / file).is_file() for at in (here, *here.parents) for file in ("Pulumi.yaml", "Pulumi.yml"))
    if not project and "PULUMI_STACK" not in os.environ:
        return None
    from ..engine import EngineError
    from ..engine.stack import current_stack

    try:
        name, why = current_stack(cwd)
    except EngineError:  # a project that the engine does not know has no selected stack
        return None
    if name:
        typer.echo(f"stack {name} ({why}; --stack names another one)", err=True)
    return name
