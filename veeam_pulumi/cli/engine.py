"""`veeam-pulumi engine`: runs Pulumi programs where there is no Pulumi CLI, with its commands, flags and exit codes."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from veeam_pulumi.engine import Engine

app = typer.Typer(no_args_is_help=True, help="Run Pulumi programs without the Pulumi CLI, for trying and testing.")
stack_app = typer.Typer(no_args_is_help=True, help="Create, list and remove stacks.")
config_app = typer.Typer(help="Show and set the configuration of a stack.", invoke_without_command=True)
app.add_typer(stack_app, name="stack")
app.add_typer(config_app, name="config")

Stack = Annotated[str, typer.Option("--stack", "-s", help="The stack to work on.")]
Cwd = Annotated[Path, typer.Option("--cwd", "-C", help="The folder of Pulumi.yaml.", file_okay=False, exists=True)]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Go ahead without asking.")]
Refresh = Annotated[bool, typer.Option("--refresh", help="Read every object first.")]
Expect = Annotated[bool, typer.Option("--expect-no-changes", help="Exit with 7 if there is any change.")]
Diff = Annotated[bool, typer.Option("--diff", help="Show the properties that change.")]
Run = Annotated[
    bool | None,
    typer.Option(
        "--run-program/--no-run-program", help="Give providers today's configuration. Default: PULUMI_RUN_PROGRAM."
    ),
]


def _refused(parameter: typer.CallbackParam, value: Any) -> Any:
    """Flags of Pulumi that the embedded engine does not have."""
    if value:
        flag = parameter.opts[0]
        typer.echo(f"error: {flag} is not supported by the embedded engine; use `pulumi` for this", err=True)
        raise typer.Exit(2)
    return value


Target = Annotated[list[str] | None, typer.Option("--target", "-t", hidden=True, callback=_refused)]
Replace = Annotated[list[str] | None, typer.Option("--replace", hidden=True, callback=_refused)]
GoOn = Annotated[bool, typer.Option("--continue-on-error", hidden=True, callback=_refused)]
HERE = Path()


@contextmanager
def _engine(cwd: Path, stack: str) -> Iterator["Engine"]:
    """The engine; what the user has to act on becomes one line and Pulumi's exit code."""
    from veeam_pulumi.engine import Engine, EngineError

    try:
        yield Engine(cwd, stack)
    except EngineError as problem:
        typer.echo(f"error: {problem}", err=True)
        raise typer.Exit(problem.exit_code) from None


def _confirm(engine: "Engine", operation: str, yes: bool, **flags: Any) -> None:
    """Shows what would be done and asks, as Pulumi does; without a terminal --yes is required."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        typer.echo(
            "error: --yes or --skip-preview must be passed in to proceed when running in non-interactive mode", err=True
        )
        raise typer.Exit(2)
    if operation == "up" and (code := engine.preview(**flags).exit_code):
        raise typer.Exit(code)
    if not typer.confirm(f"Do you want to perform this {'update' if operation == 'up' else operation}?"):
        typer.echo("error: confirmation declined, not proceeding", err=True)
        raise typer.Exit(1)


@app.command()
def preview(
    stack: Stack,
    cwd: Cwd = HERE,
    refresh: Refresh = False,
    expect_no_changes: Expect = False,
    diff: Diff = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
    target: Target = None,
    replace: Replace = None,
) -> None:
    """Show what `up` would do. Writes nothing."""
    with _engine(cwd, stack) as engine:
        raise typer.Exit(
            engine.preview(refresh=refresh, expect_no_changes=expect_no_changes, diff=diff, json=as_json).exit_code
        )


@app.command()
def up(
    stack: Stack,
    cwd: Cwd = HERE,
    yes: Yes = False,
    refresh: Refresh = False,
    expect_no_changes: Expect = False,
    diff: Diff = False,
    target: Target = None,
    replace: Replace = None,
    continue_on_error: GoOn = False,
) -> None:
    """Make the world what the program says."""
    with _engine(cwd, stack) as engine:
        _confirm(engine, "up", yes, refresh=refresh, diff=diff)
        raise typer.Exit(engine.up(refresh=refresh, expect_no_changes=expect_no_changes, diff=diff).exit_code)


@app.command()
def refresh(
    stack: Stack,
    cwd: Cwd = HERE,
    yes: Yes = False,
    expect_no_changes: Expect = False,
    diff: Diff = False,
    run_program: Run = None,
    clear_pending_creates: Annotated[
        bool, typer.Option("--clear-pending-creates", help="Forget creations that were interrupted.")
    ] = False,
    target: Target = None,
) -> None:
    """Make the state what the world is."""
    with _engine(cwd, stack) as engine:
        _confirm(engine, "refresh", yes)
        raise typer.Exit(
            engine.refresh(
                expect_no_changes=expect_no_changes,
                diff=diff,
                run_program=run_program,
                clear_pending_creates=clear_pending_creates,
            ).exit_code
        )


@app.command()
def destroy(
    stack: Stack,
    cwd: Cwd = HERE,
    yes: Yes = False,
    refresh: Refresh = False,
    diff: Diff = False,
    run_program: Run = None,
    target: Target = None,
    continue_on_error: GoOn = False,
) -> None:
    """Delete everything that the stack manages."""
    with _engine(cwd, stack) as engine:
        _confirm(engine, "destroy", yes)
        raise typer.Exit(engine.destroy(refresh=refresh, diff=diff, run_program=run_program).exit_code)


@app.command()
def export(
    stack: Stack,
    cwd: Cwd = HERE,
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Secrets in plain text.")] = False,
    file: Annotated[Path | None, typer.Option("--file", help="Write to a file.", dir_okay=False)] = None,
) -> None:
    """Write the state as `pulumi stack export` does; `pulumi stack import` takes it."""
    with _engine(cwd, stack) as engine:
        text = json.dumps(engine.export(show_secrets), indent=4)
    if file is None:
        typer.echo(text)
    else:
        file.write_text(text + "\n", encoding="utf-8")


@stack_app.command("init")
def stack_init(name: str, cwd: Cwd = HERE) -> None:
    """Create a stack."""
    with _engine(cwd, name) as engine:
        engine.init()
    typer.echo(f"Created stack '{name}'")


@stack_app.command("ls")
def stack_ls(cwd: Cwd = HERE) -> None:
    """List the stacks of the project."""
    with _engine(cwd, "") as engine:
        typer.echo("\n".join(["NAME", *engine.stacks()]))


@stack_app.command("rm")
def stack_rm(
    name: str,
    cwd: Cwd = HERE,
    yes: Yes = False,
    force: Annotated[
        bool, typer.Option("--force", help="Even if it has resources, which are left as they are.")
    ] = False,
) -> None:
    """Remove a stack and its state."""
    with _engine(cwd, name) as engine:
        _confirm(engine, "removal", yes)
        engine.remove(force)
    typer.echo(f"Stack '{name}' has been removed!")


@config_app.callback()
def config_show(
    context: typer.Context,
    stack: Stack,
    cwd: Cwd = HERE,
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Secrets in plain text.")] = False,
) -> None:
    """Show configuration (`engine config -s dev`), or set or get a value (`engine config -s dev set KEY VALUE`)."""
    context.obj = (cwd, stack)
    if context.invoked_subcommand is None:
        with _engine(cwd, stack) as engine:
            values, secrets = engine.config().values()
        for key, value in values.items():
            typer.echo(f"{key}  {'[secret]' if key in secrets and not show_secrets else value}")


@config_app.command("set")
def config_set(
    context: typer.Context,
    key: str,
    value: Annotated[str | None, typer.Argument(help="The value; left out: a line from standard input.")] = None,
    secret: Annotated[bool, typer.Option("--secret", help="Encrypt the value.")] = False,
    path: Annotated[bool, typer.Option("--path", help="The key is a path into a structure.")] = False,
) -> None:
    """Set a configuration value."""
    if value is None:
        value = typer.prompt("value", hide_input=secret) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    with _engine(*context.obj) as engine:
        engine.config().set(key, value, secret=secret, path=path)


@config_app.command("get")
def config_get(
    context: typer.Context,
    key: str,
    path: Annotated[bool, typer.Option("--path", help="The key is a path into a structure.")] = False,
) -> None:
    """Print one value, secrets included."""
    with _engine(*context.obj) as engine:
        if (value := engine.config().get(key, path)) is None:
            typer.echo(f"error: configuration key '{key}' not found for stack '{engine.stack}'", err=True)
            raise typer.Exit(1)
    typer.echo(value)
