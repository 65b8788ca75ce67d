"""`veeam-pulumi doctor`: can each connection be used, and if not, what to do about it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from .current_stack import HERE, Cwd, Stack, current
from .failure import fail
from .progress import counted


def doctor(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="The connections to look at. Default: all.")
    ] = None,
    stack: Stack = None,
    cwd: Cwd = HERE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
    probe: Annotated[
        bool, typer.Option("--probe", help="Ask each server what this package assumes, by at most 40 reads.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where --probe keeps the answers; a new folder.")
    ] = None,
    write: Annotated[
        bool,
        typer.Option(
            "--write",
            help="With --probe: also make one object on each server, change it and remove it; says what first.",
        ),
    ] = False,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="NAME=WHAT",
            help="What --write needs on a server: an account (vbr), a company's UID (vspc), ORGANIZATION/USER (m365).",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --write: do not ask.")] = False,
    replay: Annotated[
        Path | None,
        typer.Option(
            "--replay", metavar="DIR", help="Compare kept answers with those of the simulator; asks no server."
        ),
    ] = None,
) -> None:
    """Check whether each connection can be used.

    Looks at network, certificate, login, version and API, and whether the account may manage users.

    Changes nothing on any server, except with --write. Exit code 1 if a connection cannot be used.

    \b
    Examples:
      veeam-pulumi doctor --stack prod
      veeam-pulumi doctor --stack prod --json vbr
      veeam-pulumi doctor --stack prod --probe --out answers vbr
      veeam-pulumi doctor --stack prod --probe --write --with 'vbr=LAB\\probe' --out answers vbr
      veeam-pulumi doctor --replay answers/vbr-13.0.1.1071
    """
    from rich.console import Console

    if probe or out or replay or write or given:
        raise typer.Exit(_probed(names or [], stack, cwd, probe, out, replay, write, given or [], yes))
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
            raise typer.Exit(1) from None
        fail(error)
    if as_json:
        _print_json({"ok": all(one.ok for one in found), "connections": [report.as_json(one) for one in found]})
    else:
        report.show(found, Console(file=sys.stdout), everything=bool(names))
    raise typer.Exit(0 if all(one.ok for one in found) else 1)


def _probed(
    names: list[str],
    stack: str | None,
    cwd: Path,
    probe: bool,
    out: Path | None,
    replay: Path | None,
    write: bool,
    given: list[str],
    yes: bool,
) -> int:
    """`--probe` and `--replay` -> the exit code."""
    from ..dynamic.vocabulary import words
    from ..errors import VeeamError
    from ..probe import command

    try:
        if replay is not None:
            if probe or out or write or given:
                raise typer.BadParameter("--replay stands alone: it asks no server")
            return command.replayed(replay, typer.echo)
        if not probe or out is None:
            raise typer.BadParameter("--probe and --out DIR belong together")
        if given and not write:
            raise typer.BadParameter("--with is for --write")
        stack = current(stack, cwd)
        words.stack = lambda: stack or ""
        from ..stack_connections import connections

        known = connections(stack, cwd, lambda text: None)
        plans = command.plans(known, names, stack, given, typer.echo) if write else None
        if plans and not yes:
            typer.confirm("Go on?", abort=True)
        return command.probed(known, names, stack, out, typer.echo, plans)
    except VeeamError as error:
        fail(error)


def _print_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
