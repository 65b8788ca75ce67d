"""`veeam-pulumi review`: what a preview means for access, as a comment for a pull request."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..review.comment import Comment
    from ..review.gates import Gate


def review(
    preview: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="What `pulumi preview --json` printed; `-` for standard input."),
    ],
    fail_on: Annotated[
        str | None,
        typer.Option(
            "--fail-on",
            help="Exit with 1 on any of these: new-admin, drift, protected, error, create>N, update>N, replace>N,"
            " delete>N.",
        ),
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
    from ..review.comment import unreadable
    from ..review.proposal import Unreadable

    gates = _gates(fail_on or "")
    try:
        comment = _comment(_content(preview), gates)
    except Unreadable as problem:
        said = f"{preview if str(preview) != '-' else 'standard input'} {problem}"
        if out is not None:
            out.write_text(unreadable(said), encoding="utf-8")
        typer.echo(f"error: {said}", err=True)
        raise typer.Exit(1) from None
    text = comment.text()
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        typer.echo(comment.verdict)
    raise typer.Exit(0 if comment.passed else 1)


def _comment(text: str, gates: list[Gate]) -> Comment:
    """The comment, with all that it says read once: whatever the file holds, it is said in one line."""
    from ..review.comment import Comment
    from ..review.proposal import Unreadable, read

    try:
        comment = Comment(read(text), gates)
        comment.text()
        return comment
    except (AttributeError, LookupError, TypeError, ValueError):
        raise Unreadable("is not the JSON of `pulumi preview --json`: a value in it has another form") from None


def _gates(text: str) -> list[Gate]:
    from ..review.gates import parse

    try:
        return parse(text)
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="--fail-on") from None


def _content(file: Path) -> str:
    from ..review.proposal import Unreadable

    try:
        return (sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()).decode("utf-8-sig")
    except OSError as problem:
        raise Unreadable(f"cannot be read: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise Unreadable("is not the JSON of `pulumi preview --json`: it is no UTF-8 text") from None
