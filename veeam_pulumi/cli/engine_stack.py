"""`veeam-pulumi engine stack`: creates, lists, selects and removes stacks, and shows their outputs."""

import json
from typing import Annotated

import typer

from .current_stack import HERE, Cwd
from .engine_options import Json, Secrets, Stack, Yes, agree, opened
from .plain_help import Commands

HELP = """Create, list, select and remove stacks.

\b
Examples:
  veeam-pulumi engine stack init dev
  veeam-pulumi engine stack select dev
"""
app = Commands(no_args_is_help=True, help=HELP)
StackName = Annotated[str, typer.Argument(metavar="NAME", help="The stack.")]


@app.command("init")
def init(name: StackName, cwd: Cwd = HERE) -> None:
    """Create a stack.

    \b
    Examples:
      veeam-pulumi engine stack init dev
    """
    with opened(cwd, name) as engine:
        engine.init()
    typer.echo(f"Created stack '{name}'")


@app.command("ls")
def ls(cwd: Cwd = HERE, as_json: Json = False) -> None:
    """List the stacks of the project.

    \b
    Examples:
      veeam-pulumi engine stack ls
      veeam-pulumi engine stack ls --json
    """
    with opened(cwd, "") as engine:
        names, selected = engine.stacks(), engine.selected()
    if as_json:
        typer.echo(json.dumps([{"name": name, "current": name == selected} for name in names], indent=2))
    else:
        typer.echo("\n".join(["NAME", *names]))


@app.command("select")
def select(name: StackName, cwd: Cwd = HERE) -> None:
    """Choose the current stack.

    Commands without --stack work on it, those of `pulumi` too.

    \b
    Examples:
      veeam-pulumi engine stack select dev
    """
    with opened(cwd, name) as engine:
        engine.select()


@app.command("output")
def output(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="One output. Default: all of them.")] = None,
    stack: Stack = None,
    cwd: Cwd = HERE,
    as_json: Json = False,
    show_secrets: Secrets = False,
) -> None:
    """Show the outputs of the program.

    As the last run left them.

    \b
    Examples:
      veeam-pulumi engine stack output --stack dev
      veeam-pulumi engine stack output --stack dev john --show-secrets
    """
    with opened(cwd, stack) as engine:
        from ..engine.display import output_as_text, outputs_as_text

        found = engine.outputs(show_secrets) if name is None else engine.output(name, show_secrets)
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        typer.echo(outputs_as_text(found) if name is None else output_as_text(found))


@app.command("rm")
def rm(
    name: StackName,
    cwd: Cwd = HERE,
    yes: Yes = False,
    force: Annotated[
        bool, typer.Option("--force", help="Also if it has resources; they stay on their servers.")
    ] = False,
) -> None:
    """Remove a stack and its state.

    \b
    Examples:
      veeam-pulumi engine stack rm dev
    """
    with opened(cwd, name) as engine:
        agree("removal", yes)
        engine.remove(force)
    typer.echo(f"Stack '{name}' has been removed!")
