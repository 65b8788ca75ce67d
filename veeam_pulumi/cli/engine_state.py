"""`veeam-pulumi engine state`: edits the state; objects on servers stay as they are."""

from typing import Annotated

import typer

from .current_stack import HERE, Cwd
from .engine_options import Stack, Yes, agree, opened
from .plain_help import Commands

HELP = """Edit the state. Objects on servers stay as they are.

\b
Examples:
  veeam-pulumi engine state unprotect --stack dev --all
"""
app = Commands(no_args_is_help=True, help=HELP)
Urn = Annotated[str, typer.Argument(metavar="URN", help="The URN of a resource; `engine export` shows them.")]
Urns = Annotated[list[str], typer.Argument(metavar="URNS", help="The URN of a resource; may be repeated.")]
AnyUrns = Annotated[list[str] | None, typer.Argument(metavar="URNS", help="The URN of a resource; may be repeated.")]


@app.command("rename")
def rename(
    urn: Urn,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new name.")],
    stack: Stack = None,
    cwd: Cwd = HERE,
    yes: Yes = False,
) -> None:
    """Rename a resource in the state.

    After it was renamed in the program. Its object stays as it is.

    \b
    Examples:
      veeam-pulumi engine state rename --stack dev 'urn:pulumi:dev::veeam::pulumi-python:dynamic/veeam/vbr:User::j' jdoe
    """
    with opened(cwd, stack) as engine:
        agree("edit", yes)
        engine.rename(urn, name)
    typer.echo("Resource renamed")


@app.command("delete")
def delete(
    urns: Urns,
    stack: Stack = None,
    cwd: Cwd = HERE,
    yes: Yes = False,
    force: Annotated[bool, typer.Option("--force", help="Also if it is protected.")] = False,
    target_dependents: Annotated[
        bool, typer.Option("--target-dependents", help="Also everything that depends on it.")
    ] = False,
) -> None:
    """Remove a resource from the state. Its object stays on its server.

    \b
    Examples:
      veeam-pulumi engine state delete --stack dev 'urn:pulumi:dev::veeam::pulumi-python:dynamic/veeam/vbr:User::j'
    """
    with opened(cwd, stack) as engine:
        agree("edit", yes)
        engine.forget(*urns, force=force, target_dependents=target_dependents)
    typer.echo("Resource deleted")


@app.command("unprotect")
def unprotect(
    stack: Stack = None,
    urns: AnyUrns = None,
    cwd: Cwd = HERE,
    yes: Yes = False,
    everything: Annotated[bool, typer.Option("--all", help="Every resource of the stack.")] = False,
) -> None:
    """Remove the protection of a resource.

    It can be deleted then.

    \b
    Examples:
      veeam-pulumi engine state unprotect --stack dev 'urn:pulumi:dev::veeam::pulumi-python:dynamic/veeam/vbr:User::j'
      veeam-pulumi engine state unprotect --stack dev --all
    """
    if bool(urns) == everything:
        typer.echo("error: name a resource by its URN, or all of them with --all", err=True)
        raise typer.Exit(2)
    with opened(cwd, stack) as engine:
        agree("edit", yes)
        engine.unprotect(*urns or ())
    typer.echo(f"{len(urns)} resources unprotected" if urns else "All resources unprotected")
