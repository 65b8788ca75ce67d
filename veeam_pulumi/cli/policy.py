"""`veeam-pulumi policy`: the rules without a policy engine, for pipelines and the embedded engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def policy(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="The folder that holds the projects, at any depth.", exists=True, file_okay=False
        ),
    ],
    resources: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What `preview --json --show-sames` or `stack export` printed."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The JSON file that --policy-pack-config names.")
    ] = None,
    project: Annotated[str | None, typer.Option(metavar="NAME", help="Only the project of this name.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Check a stack against the policy pack.

    Prints a line for each violation.

    Without --resources it checks the files of the projects alone. Asks no server. Exit code 1 if a mandatory rule is
    broken, 2 if the rules cannot judge what was given: a failed, empty or partial preview, a wrong configuration.

    \b
    Examples:
      veeam-pulumi policy .
      veeam-pulumi policy . --resources preview.json --config policy.json
    """
    from ..policy.command import Unjudged, judge

    try:
        found = judge(folder, resources, config, project or "")
    except Unjudged as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps([vars(one) for one in found], indent=2, ensure_ascii=False))
    else:
        for one in found:
            typer.echo(str(one))
    raise typer.Exit(int(any(one.level == "mandatory" for one in found)))
