"""`veeam-pulumi doctor`: can each connection be used, and if not, what to do about it."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

HERE = Path()


def doctor(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="The connections to look at. Default: all.")
    ] = None,
    stack: Annotated[
        str | None,
        typer.Option("--stack", "-s", help="The stack whose connections to look at. Default: the environment's."),
    ] = None,
    cwd: Annotated[
        Path, typer.Option("--cwd", "-C", help="The folder of Pulumi.yaml.", file_okay=False, exists=True)
    ] = (HERE),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Check connections: reachable, certificate, login, version, API, and whether the account may manage users.

    Changes nothing on any server. Exit code 1 if a connection cannot be used.
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
    screen = Console(stderr=True)
    waiting = screen.status("asking the servers …") if screen.is_terminal and not as_json else contextlib.nullcontext()
    try:
        words.stack = lambda: stack or ""
        known = connections(stack, cwd, lambda text: None)
        with waiting:
            found = examine_all(known, sessions(), wanted(known, names or [], stack), in_stack=stack is not None)
    except VeeamError as error:
        if as_json:
            _print_json({"ok": False, "error": str(error), "connections": []})
        else:
            typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from None
    if as_json:
        _print_json({"ok": all(one.ok for one in found), "connections": [report.as_json(one) for one in found]})
    else:
        report.show(found, Console(file=sys.stdout))
    raise typer.Exit(0 if all(one.ok for one in found) else 1)


def _print_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
