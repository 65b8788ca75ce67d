"""`veeam-pulumi discover`: what is on the servers, and taking it over without changing it."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .current_stack import HERE, Cwd, Stack, current
from .failure import fail
from .progress import counted

if TYPE_CHECKING:
    from ..estate.census import Census
    from ..estate.take_over import Report


def discover(
    connections: Annotated[
        list[str] | None, typer.Argument(metavar="CONNECTION", help="Only these connections.")
    ] = None,
    stack: Stack = None,
    cwd: Cwd = HERE,
    state: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A Terraform state: what is in it counts as managed.", exists=True, dir_okay=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write the files that take it over; existing files are added to.", file_okay=False
        ),
    ] = None,
    program: Annotated[bool, typer.Option("--program", help="With --out: typed Python, and no roster.")] = False,
    tenants: Annotated[
        bool, typer.Option("--tenants", help="With --out: only tenants.csv, the users of a provider's companies.")
    ] = False,
    terraform: Annotated[
        bool, typer.Option("--terraform", help="With --out: resources with import blocks, and list blocks.")
    ] = False,
    own: Annotated[
        bool,
        typer.Option("--own", help="With --out: entries without adopt; the next preview says what changes."),
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Prove that taking over changes nothing, as --out does at its end.")
    ] = False,
) -> None:
    """List what is on the servers, and what manages it.

    Reads only. Exit code 0: complete; 2: nothing could be asked; 3: a server could not be read whole.

    \b
    Examples:
      veeam-pulumi discover --stack prod
      veeam-pulumi discover --stack prod vbr01 --json
      veeam-pulumi discover --out access
    """
    from ..engine import EngineError
    from ..errors import VeeamError
    from ..estate import ask, census, import_file, inventory, proof, take_over
    from ..server import log

    if tenants and (program or own or terraform):
        raise typer.BadParameter("--tenants goes without --program, --own and --terraform")
    if terraform and (program or own or check):
        raise typer.BadParameter("--terraform goes without --program, --own and --check: `terraform plan` is the proof")
    log.configure()
    only = connections or []
    with contextlib.ExitStack() as ending:
        folder = out
        if check and out is None:
            folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="veeam-check-")))
        try:
            estate = ask.open_estate(current(stack, cwd) if state is None else stack, cwd, terraform=state)
            ending.callback(estate.connections.close)
            with counted(len(only or estate.connections.names)) as progress:
                found = census.take(estate.connections, estate.managed, only=only, progress=progress)
            if folder is not None and tenants:
                report = take_over.tenants_only(estate, found, folder)
            elif folder is not None:
                report = take_over.take_over(
                    estate, found, folder, program=program, terraform=terraform, own=own, partial=bool(only)
                )
        except (VeeamError, OSError) as problem:
            fail(problem, 2)
        if folder is not None:
            _tell(report, found, shown=out is not None)
            if terraform:
                typer.echo("`terraform plan` imports them and changes nothing: it is the proof.")
                raise typer.Exit(0 if found.complete else 3)
            if own:
                typer.echo("These accounts will be the program's own: import, then review what the next preview says.")
                raise typer.Exit(0 if found.complete else 3)
            try:
                changes = proof.check(
                    estate,
                    folder,
                    report.companies,
                    report.rows,
                    report.changing,
                    report.connection,
                    report.elsewhere,
                )
            except EngineError as problem:
                changes = [str(problem)]
            for change in changes:
                typer.echo(f"error: {change}", err=True)
            if not changes:
                read = import_file.objects(report.rows)
                number = f"{read} of " if report.elsewhere and read < report.accounts else ""
                typer.echo(
                    f"Checked: {number}{report.accounts} objects imported, each read again, and a preview: no changes."
                )
            raise typer.Exit(1 if changes else 0 if found.complete else 3)
    document = inventory.inventory(found)
    if as_json:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        from rich.console import Console

        inventory.show(document, Console(file=sys.stdout))
    raise typer.Exit(0 if found.complete else 3)


def _tell(report: Report, found: Census, *, shown: bool) -> None:
    """What was written, and what a person has to look at."""
    for server in found.servers:
        if server.problem:
            typer.echo(f"incomplete: {server.connection}: {server.problem}", err=True)
    if not shown:
        return
    typer.echo(f"{report.folder}: {', '.join(report.written)}")
    what = f"{report.accounts} objects to import"
    if report.entries:
        what += f", {report.entries} new entries, {report.profiles} new profiles"
    typer.echo(what)
    for name, uid in report.companies.items():
        typer.echo(f"company {name}: {uid}")
    for note in report.notes:
        typer.echo(note)
