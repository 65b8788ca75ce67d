"""`veeam-pulumi review`: what a preview means for access, as a comment for a pull request."""

from __future__ import annotations

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
            help="Exit with 1 on any of these: new-admin, foreign-code, drift, protected, error, create>N, update>N,"
            " replace>N, delete>N.",
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The policies' configuration: who is approved in it passes new-admin."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Write the comment to a file, and the verdict to the terminal.", dir_okay=False
        ),
    ] = None,
) -> None:
    """Say in Markdown who gains, loses and changes access by a preview.

    Asks no server. Exit code 1 if a gate is violated, or the preview failed or cannot be read.
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
    if out is None:
        typer.echo(comment.text(), nl=False)
    else:
        out.write_text(comment.text(), encoding="utf-8")
        typer.echo(comment.verdict)
    raise typer.Exit(0 if comment.passed else 1)
