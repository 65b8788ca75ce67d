"""`veeam-pulumi who`: who can delete our backups?"""

from __future__ import annotations

import json
import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .current_stack import HERE, Cwd, Stack, current
from .failure import fail
from .progress import counted

if TYPE_CHECKING:
    from rich.console import Console


class Can(str, Enum):
    """What can be asked. (An Enum: typer before 0.19 knows no Literal.)"""

    delete_backups = "delete-backups"
    weaken = "weaken"
    grant_access = "grant-access"
    read_secrets = "read-secrets"
    restore = "restore"
    anything = "anything"


def who(
    stack: Stack = None,
    cwd: Cwd = HERE,
    can: Annotated[
        Can | None, typer.Option(help="What to ask. Default: delete-backups; anything with --person or --unmanaged.")
    ] = None,
    person: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only people whose name, key or login contains this.")
    ] = None,
    unmanaged: Annotated[bool, typer.Option("--unmanaged", help="Only accounts that nobody declared.")] = False,
    on: Annotated[
        list[str] | None, typer.Option("--on", metavar="CONNECTION", help="Only this connection; may be repeated.")
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A Terraform state: what is in it counts as managed.", exists=True, dir_okay=False
        ),
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV: one line for each grant.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page that needs nothing else.", dir_okay=False)
    ] = None,
    review: Annotated[bool, typer.Option("--review", help="Print Markdown to confirm, by person.")] = False,
    save: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep a snapshot of everything.", dir_okay=False)
    ] = None,
    since: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Say what changed since a snapshot.", exists=True, dir_okay=False),
    ] = None,
    verify: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Check a chain of snapshots, ask no server.", exists=True, file_okay=False),
    ] = None,
    fail_on: Annotated[
        str | None,
        typer.Option(
            "--fail-on",
            metavar="RULES",
            help="Exit with 1 on findings of these severities or rules: high, medium, low, ORP-1, …, changed.",
        ),
    ] = None,
) -> None:
    """Say who can delete your backups, and why.

    On every server, as it is now.

    Reads only. Exit code 0: answered; 1: a --fail-on is met; 2: nothing could be asked; 3: the answer is incomplete.

    \b
    Examples:
      veeam-pulumi who --stack prod
      veeam-pulumi who --stack prod --unmanaged --fail-on high
      veeam-pulumi who --stack prod --html who.html
    """
    from ..errors import VeeamError
    from ..estate import ask, attribution, findings, history, page, table
    from ..server import log

    log.configure()
    try:
        gates = findings.fail_on(fail_on or "")
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="--fail-on") from None
    if as_csv + as_json + review > 1:
        raise typer.BadParameter("choose one of --csv, --json and --review")
    try:
        if verify is not None:
            chain = history.verify(verify)
            whole = f"{len(chain)} snapshots from {chain[0]} to {chain[-1]}, none changed or missing"
            typer.echo(json.dumps({"snapshots": list(chain)}, indent=2) if as_json else whole)
            return
        question = ask.Question(
            can=(can or (Can.anything if person or unmanaged or review else Can.delete_backups)).value,
            person=person or "",
            unmanaged=unmanaged,
            only=on or [],
        )
        earlier = history.load(since) if since else None
        estate = ask.open_estate(current(stack, cwd) if state is None else stack, cwd, terraform=state)
        with counted(len(on or estate.connections.names)) as progress:
            answers = ask.answers(estate, question, since=earlier, progress=progress)
        if html is not None:
            html.write_text(page.page(answers.asked), encoding="utf-8")
        if save is not None:
            history.save(answers.everything, save, roster=estate.roster)
    except (VeeamError, history.BadSnapshot, OSError) as problem:
        fail(problem, 2)
    if since and as_json:
        answers.asked["changes"] = [vars(one) for one in answers.changes]
        answers.asked["logs"] = [attribution.as_data(one) for one in answers.logs]
    _print(answers.asked, as_csv=as_csv, as_json=as_json, review=review)
    if since and not (as_csv or as_json or review):
        table.show_changes(answers.changes, answers.logs, _console())
    raise typer.Exit(ask.exit_code(answers.asked, gates, changed=bool(answers.changes)))


def _print(answer: dict[str, Any], *, as_csv: bool, as_json: bool, review: bool) -> None:
    from ..estate import evidence, table

    if as_json:
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    elif as_csv:
        typer.echo(table.as_csv(answer), nl=False)
    elif review:
        typer.echo(evidence.evidence(answer), nl=False)
    else:
        table.show(answer, _console())


def _console() -> Console:
    from rich.console import Console

    return Console(file=sys.stdout)
