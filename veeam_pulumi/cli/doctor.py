"""`veeam-pulumi doctor`: can each connection be used, and if not, what to do about it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from .current_stack import Stack, current
from .progress import counted

HERE = Path()


def doctor(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="The connections to look at. Default: all.")
    ] = None,
    stack: Stack = None,
    cwd: Annotated[
        Path, typer.Option("--cwd", "-C", help="The folder of Pulumi.yaml.", file_okay=False, exists=True)
    ] = (HERE),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Check whether each connection can be used.

    Looks at network, certificate, login, version and API, and whether the account may manage users.

    Changes nothing on any server. Exit code 1 if a connection cannot be used.

    \b
    Examples:
      veeam-pulumi doctor --stack prod
      veeam-pulumi doctor --stack prod --json vbr
    """
    from rich.console import Console

    from ..doctor import report
    from ..doctor.checks import examine_all, wanted
    from ..dynamic.vocabulary import words
    from ..errors import VeeamError
    from ..products import sessions
    from ..server import log
    from ..stack_connections import connections

    log.configure()
    stack = current(stack, cwd)
    try:
        words.stack = lambda: stack or ""
        known = connections(stack, cwd, lambda text: None)
        asked = wanted(known, names or [], stack)
        with counted(len(asked), "checking") as progress:
            found = examine_all(known, sessions(), asked, in_stack=stack is not None, progress=progress)
    except VeeamError as error:
        if as_json:
            _print_json({"ok": False, "error": str(error), "connections": []})
        else:
            typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from None
    if as_json:
        _print_json({"ok": all(one.ok for one in found), "connections": [report.as_json(one) for one in found]})
    else:
        report.show(found, Console(file=sys.stdout), everything=bool(names))
    raise typer.Exit(0 if all(one.ok for one in found) else 1)


def _print_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
