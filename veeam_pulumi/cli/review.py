"""`veeam-pulumi review`: what a preview means for access, as a comment for a pull request."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer


def review(
    preview: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="What `pulumi preview --json` printed; `-` for standard input."),
    ],
    fail_on: Annotated[
        str | None,
        typer.Option(
            "--fail-on",
            metavar="GATES",
            help="Exit with 1 on any of these: new-admin, adopted-admin, new-role, foreign-code, drift, protected,"
            " error, create>N, update>N, replace>N, delete>N.",
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The policies' configuration: what is approved in it passes new-admin, adopted-admin and new-role.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Write the comment to a file, and the verdict to the terminal.",
            dir_okay=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of Markdown.")] = False,
) -> None:
    """Say who gains and loses access by a preview.

    Prints Markdown for the comment of a pull request.

    Asks no server. Exit code 1 if a gate is violated, or the preview failed or cannot be read.

    \b
    Examples:
      veeam-pulumi review preview.json
      veeam-pulumi review - --fail-on 'new-admin,delete>10' --out comment.md
    """
    from ..policy.command import Unjudged, approvals
    from ..review import comment as comments
    from ..review.gates import parse
    from ..review.preview import Unreadable

    try:
        gates = parse(fail_on or "")
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="--fail-on") from None
    try:
        approved = approvals(config)
    except Unjudged as problem:
        raise typer.BadParameter(str(problem), param_hint="--config") from None
    try:
        given = sys.stdin.buffer.read() if str(preview) == "-" else preview.read_bytes()
        comment = comments.review(given, gates, approved)
    except (OSError, Unreadable) as problem:
        what = f"cannot be read: {problem.strerror}" if isinstance(problem, OSError) else problem
        said = f"{preview if str(preview) != '-' else 'standard input'} {what}"
        if out is not None:
            out.write_text(comments.unreadable(said), encoding="utf-8")
        typer.echo(f"error: {said}", err=True)
        raise typer.Exit(1) from None
    if out is not None:
        out.write_text(comment.text(), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(comment.as_json(), indent=2, ensure_ascii=False))
    else:
        typer.echo(comment.text() if out is None else comment.verdict, nl=out is not None)
    raise typer.Exit(0 if comment.passed else 1)
