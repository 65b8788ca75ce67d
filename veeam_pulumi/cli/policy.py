"""`veeam-pulumi policy`: the rules without a policy engine, for pipelines and the embedded engine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def policy(
    folder: Annotated[
        Path, typer.Argument(help="Where projects are, with everything below.", exists=True, file_okay=False)
    ],
    resources: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What `preview --json --show-sames` or `stack export` printed."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The JSON file that --policy-pack-config names.")
    ] = None,
    project: Annotated[str | None, typer.Option(metavar="NAME", help="Only the project of this name.")] = None,
) -> None:
    """Hold a stack to the rules of the policy pack, a line for each violation.

    Without --resources the projects' files alone are looked at. Asks no server. Exit code 1 if a mandatory rule is
    broken, 2 if the rules cannot judge what was given: a failed, empty or partial preview, a wrong configuration.
    """
    from ..policy.command import Unjudged, judge

    try:
        found = judge(folder, resources, config, project or "")
    except Unjudged as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    for one in found:
        typer.echo(str(one))
    raise typer.Exit(int(any(one.level == "mandatory" for one in found)))
