"""`veeam-pulumi engine`: runs Pulumi programs where there is no Pulumi CLI, with its commands, flags and exit codes.

The commands below `config`, `stack` and `state` are in files of their own.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from . import engine_config, engine_stack, engine_state
from .current_stack import HERE, Cwd
from .engine_options import Json, Secrets, Stack, Yes, agree, asking, opened
from .plain_help import Commands

HELP = """Run Pulumi programs without Pulumi.

For trying and testing.

\b
Examples:
  veeam-pulumi engine stack init dev
  veeam-pulumi engine preview --stack dev
  veeam-pulumi engine up --stack dev --yes
"""
app = Commands(no_args_is_help=True, help=HELP)
app.add_typer(engine_stack.app, name="stack")
app.add_typer(engine_config.app, name="config")
app.add_typer(engine_state.app, name="state")

Refresh = Annotated[bool, typer.Option("--refresh", help="Read every object first.")]
Expect = Annotated[bool, typer.Option("--expect-no-changes", help="Exit with 7 if there is any change.")]
Diff = Annotated[bool, typer.Option("--diff", help="Show the properties that change.")]
Run = Annotated[
    bool | None,
    typer.Option(
        "--run-program/--no-run-program",
        help="Give providers the configuration of today, not that of the last `up`. Default: PULUMI_RUN_PROGRAM.",
    ),
]
Targets = Annotated[
    list[str] | None,
    typer.Option(
        "--target", "-t", metavar="URN", help="Only this URN (`*`: any part of one, `**`: any parts); may be repeated."
    ),
]
Dependents = Annotated[
    bool, typer.Option("--target-dependents", help="With --target: also everything that depends on it.")
]
Replace = Annotated[
    list[str] | None, typer.Option("--replace", metavar="URN", help="Replace this URN; may be repeated.")
]
Parallel = Annotated[int, typer.Option("--parallel", "-p", metavar="N", min=1, help="How many operations at once.")]
GoOn = Annotated[
    bool, typer.Option("--continue-on-error", help="After a failure, continue with what does not depend on it.")
]


def _operate(context: typer.Context) -> None:
    """Does what the command says, after the user has agreed."""
    from ..engine.consent import carry_out

    flags = {name.removeprefix("as_"): value for name, value in context.params.items() if value is not None}
    yes = flags.pop("yes", context.info_name == "preview")
    with opened(flags.pop("cwd"), flags.pop("stack", None)) as engine:
        raise typer.Exit(carry_out(engine, str(context.info_name), yes, asking(), **flags).exit_code)


@app.command()
def preview(
    context: typer.Context,
    stack: Stack = None,
    cwd: Cwd = HERE,
    refresh: Refresh = False,
    expect_no_changes: Expect = False,
    diff: Diff = False,
    as_json: Json = False,
    run_program: Run = None,
    target: Targets = None,
    target_dependents: Dependents = False,
    replace: Replace = None,
    parallel: Parallel = 16,
) -> None:
    """Show what `up` would do. Writes nothing.

    \b
    Examples:
      veeam-pulumi engine preview --stack dev --diff
      veeam-pulumi engine preview --stack dev --json > preview.json
    """
    _operate(context)


@app.command()
def up(
    context: typer.Context,
    stack: Stack = None,
    cwd: Cwd = HERE,
    yes: Yes = False,
    refresh: Refresh = False,
    expect_no_changes: Expect = False,
    diff: Diff = False,
    run_program: Run = None,
    target: Targets = None,
    target_dependents: Dependents = False,
    replace: Replace = None,
    continue_on_error: GoOn = False,
    parallel: Parallel = 16,
) -> None:
    """Change the servers to match the program.

    Creates, updates and deletes objects. Shows what it would do and asks first, unless --yes.

    \b
    Examples:
      veeam-pulumi engine up --stack dev
      veeam-pulumi engine up --stack dev --yes --refresh
    """
    _operate(context)


@app.command()
def refresh(
    context: typer.Context,
    stack: Stack = None,
    cwd: Cwd = HERE,
    yes: Yes = False,
    expect_no_changes: Expect = False,
    diff: Diff = False,
    run_program: Run = None,
    clear_pending_creates: Annotated[
        bool, typer.Option("--clear-pending-creates", help="Remove interrupted creations from the state.")
    ] = False,
    target: Targets = None,
    target_dependents: Dependents = False,
    parallel: Parallel = 16,
) -> None:
    """Update the state to match the servers.

    \b
    Examples:
      veeam-pulumi engine refresh --stack dev
      veeam-pulumi engine refresh --stack dev --yes --expect-no-changes
    """
    _operate(context)


@app.command()
def destroy(
    context: typer.Context,
    stack: Stack = None,
    cwd: Cwd = HERE,
    yes: Yes = False,
    refresh: Refresh = False,
    diff: Diff = False,
    run_program: Run = None,
    target: Targets = None,
    target_dependents: Dependents = False,
    continue_on_error: GoOn = False,
    parallel: Parallel = 16,
) -> None:
    """Delete everything that the stack manages.

    \b
    Examples:
      veeam-pulumi engine destroy --stack dev
      veeam-pulumi engine destroy --stack dev --yes --target '**::john'
    """
    _operate(context)


@app.command()
def cancel(stack: Stack = None, cwd: Cwd = HERE, yes: Yes = False) -> None:
    """Remove the lock of a run that was killed.

    It does not stop a run.

    \b
    Examples:
      veeam-pulumi engine cancel --stack dev
    """
    with opened(cwd, stack) as engine:
        agree("cancel", yes)
        engine.cancel()
    typer.echo(f"The lock of stack '{engine.stack}' has been removed!")


@app.command()
def export(
    stack: Stack = None,
    cwd: Cwd = HERE,
    show_secrets: Secrets = False,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="Write to a file.", dir_okay=False)
    ] = None,
) -> None:
    """Print the state of a stack as JSON.

    As `pulumi stack export` does; `pulumi stack import` takes it.

    \b
    Examples:
      veeam-pulumi engine export --stack dev --file state.json
    """
    with opened(cwd, stack) as engine:
        from ..engine.files import write_atomically

        text = json.dumps(engine.export(show_secrets), indent=4)
        if file is None:
            typer.echo(text)
        else:
            write_atomically(file, text + "\n")


@app.command("import")
def import_(
    stack: Stack = None,
    cwd: Cwd = HERE,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="Read from a file.", dir_okay=False, exists=True)
    ] = None,
) -> None:
    """Replace the state with an exported one.

    Takes what `export` or `pulumi stack export` wrote; from standard input without --file.

    \b
    Examples:
      veeam-pulumi engine import --stack dev --file state.json
    """
    with opened(cwd, stack) as engine:
        from ..engine.files import read_exported, read_text

        for operation in engine.import_(read_exported(read_text(file) if file else sys.stdin.read())):
            typer.echo(f"warning: removing pending operation {operation}", err=True)
    typer.echo("Import complete.")


@app.command("import-resources")
def import_resources(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="What `veeam-pulumi discover` wrote.", dir_okay=False, exists=True)
    ],
    stack: Stack = None,
    cwd: Cwd = HERE,
    yes: Yes = False,
) -> None:
    """Add resources to the state from a file.

    As `pulumi import --file` does. Asks no server; objects stay as they are.

    \b
    Examples:
      veeam-pulumi engine import-resources import.json --stack dev --yes
    """
    with opened(cwd, stack) as engine:
        from ..engine.files import read_import

        content = read_import(file)
        agree("import", yes)
        added = engine.import_resources(content)
    typer.echo(f"{len(added)} resources imported")
