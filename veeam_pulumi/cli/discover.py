"""`veeam-pulumi discover`: what is on the servers, and taking it over without changing it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from .current_stack import Stack, current
from .progress import counted

HERE = Path()


def discover(
    connections: Annotated[
        list[str] | None, typer.Argument(metavar="CONNECTION", help="Only these connections.")
    ] = None,
    stack: Stack = None,
    cwd: Annotated[
        Path, typer.Option("--cwd", "-C", help="The folder of Pulumi.yaml.", file_okay=False, exists=True)
    ] = HERE,
    state: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A Terraform state: what it manages.", exists=True, dir_okay=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List what is on the servers, and what manages it.

    Reads only. Exit code 0: complete; 2: nothing could be asked; 3: a server could not be read whole.

    \b
    Examples:
      veeam-pulumi discover --stack prod
      veeam-pulumi discover --stack prod vbr01 --json
    """
    from ..errors import VeeamError
    from ..estate import ask, census, inventory
    from ..server import log

    log.configure()
    try:
        estate = ask.open_estate(current(stack, cwd) if state is None else stack, cwd, terraform=state)
        only = connections or []
        try:
            with counted(len(only or estate.connections.names)) as progress:
                found = census.take(estate.connections, estate.managed, only=only, progress=progress)
        finally:
            estate.connections.close()
    except (VeeamError, OSError) as problem:
        typer.echo(f"error: {problem}", err=True)
        raise typer.Exit(2) from None
    document = inventory.inventory(found)
    if as_json:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        from rich.console import Console

        inventory.show(document, Console(file=sys.stdout))
    raise typer.Exit(0 if found.complete else 3)
