"""`veeam-pulumi engine`: runs Pulumi programs where there is no Pulumi CLI, with its commands, flags and exit codes."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ..engine import Engine

app = typer.Typer(no_args_is_help=True, help="Run Pulumi programs without the Pulumi CLI, for trying and testing.")
stack_app = typer.Typer(no_args_is_help=True, help="Create, list, select and remove stacks.")
config_app = typer.Typer(help="Show and set the configuration of a stack.", invoke_without_command=True)
app.add_typer(stack_app, name="stack")
state_app = typer.Typer(no_args_is_help=True, help="Edit the state; no object is touched.")
app.add_typer(config_app, name="config")
app.add_typer(state_app, name="state")

Stack = Annotated[str | None, typer.Option("--stack", "-s", help="The stack to work on; default: the selected one.")]
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


Targets = Annotated[
    list[str] | None,
    typer.Option("--target", "-t", help="Only this URN (`*`: any part of one, `**`: any parts); may be repeated."),
]
Dependents = Annotated[bool, typer.Option("--target-dependents", help="With --target: and all that depends on it.")]
Replace = Annotated[list[str] | None, typer.Option("--replace", help="Replace this URN; may be repeated.")]
Parallel = Annotated[int, typer.Option("--parallel", "-p", min=1, help="How many operations at once.")]
GoOn = Annotated[bool, typer.Option("--continue-on-error", help="Go on with what does not depend on a failure.")]
HERE = Path()


@contextmanager
def _engine(cwd: Path, stack: str | None) -> Iterator["Engine"]:
    """The engine; what the user has to act on becomes one line and Pulumi's exit code."""
    from ..engine import Engine, EngineError

    try:
        if stack is None and (stack := Engine(cwd, "").selected()) is None:
            how = "name it with --stack, or select it: `veeam-pulumi engine stack select NAME`"
            raise EngineError(f"no stack is selected; {how}", 2)
        yield Engine(cwd, stack)
    except EngineError as problem:
        typer.echo(f"error: {problem}", err=True)
        raise typer.Exit(problem.exit_code) from None


def _confirm(engine: "Engine", operation: str, yes: bool, **flags: Any) -> None:
    """Shows what would be done and asks, as Pulumi does; without a terminal --yes is required."""
    if yes:
        return
    if not _asks():
        typer.echo(
            "error: --yes or --skip-preview must be passed in to proceed when running in non-interactive mode", err=True
        )
        raise typer.Exit(2)
    if operation == "up" and (code := engine.preview(**flags).exit_code):
        raise typer.Exit(code)
    if not typer.confirm(f"Do you want to perform this {'update' if operation == 'up' else operation}?"):
        typer.echo("error: confirmation declined, not proceeding", err=True)
        raise typer.Exit(1)


def _asks() -> bool:
    """Whether somebody is there to ask."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _operate(context: typer.Context) -> None:
    """Does what the command says, after the user has agreed."""
    flags = {name.removeprefix("as_"): value for name, value in context.params.items() if value is not None}
    operation, yes = str(context.info_name), flags.pop("yes", True)
    with _engine(flags.pop("cwd"), flags.pop("stack", None)) as engine:
        # Its plan comes first, also with --yes: what is protected is refused before anything is deleted.
        if operation == "destroy" and (yes or _asks()) and (code := engine.preview_destroy(**flags).exit_code):
            raise typer.Exit(code)
        _confirm(engine, operation, yes, **{**flags, "expect_no_changes": False})
        raise typer.Exit(getattr(engine, operation)(**flags).exit_code)


@app.command()
def preview(
    context: typer.Context,
    stack: Stack = None,
    cwd: Cwd = HERE,
    refresh: Refresh = False,
    expect_no_changes: Expect = False,
    diff: Diff = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
    run_program: Run = None,
    target: Targets = None,
    target_dependents: Dependents = False,
    replace: Replace = None,
    parallel: Parallel = 16,
) -> None:
    """Show what `up` would do. Writes nothing."""
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
    """Make the world what the program says."""
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
        bool, typer.Option("--clear-pending-creates", help="Forget creations that were interrupted.")
    ] = False,
    target: Targets = None,
    target_dependents: Dependents = False,
    parallel: Parallel = 16,
) -> None:
    """Make the state what the world is."""
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
    """Delete everything that the stack manages."""
    _operate(context)


@app.command()
def cancel(stack: Stack = None, cwd: Cwd = HERE, yes: Yes = False) -> None:
    """Take away the lock that a killed run left behind. A run that goes on is not ended."""
    with _engine(cwd, stack) as engine:
        _confirm(engine, "cancel", yes)
        engine.cancel()
    typer.echo(f"The lock of stack '{stack}' has been removed!")


@app.command()
def export(
    stack: Stack = None,
    cwd: Cwd = HERE,
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Secrets in plain text.")] = False,
    file: Annotated[Path | None, typer.Option("--file", help="Write to a file.", dir_okay=False)] = None,
) -> None:
    """Write the state as `pulumi stack export` does; `pulumi stack import` takes it."""
    with _engine(cwd, stack) as engine:
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
    file: Annotated[Path | None, typer.Option("--file", help="Read from a file.", dir_okay=False, exists=True)] = None,
) -> None:
    """Replace the state by one that `export` or `pulumi stack export` wrote (from standard input by default)."""
    with _engine(cwd, stack) as engine:
        from ..engine import EngineError
        from ..engine.files import read_text

        try:
            content = dict(json.loads(read_text(file) if file else sys.stdin.read()))
        except (ValueError, TypeError, RecursionError):
            raise EngineError("what was given is not an exported state: it is not a JSON object") from None
        for operation in engine.import_(content):
            typer.echo(f"warning: removing pending operation {operation}", err=True)
    typer.echo("Import complete.")


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


@stack_app.command("select")
def stack_select(name: str, cwd: Cwd = HERE) -> None:
    """Choose the stack that commands work on where they are told no other, those of `pulumi` too."""
    with _engine(cwd, name) as engine:
        engine.select()


@stack_app.command("output")
def stack_output(
    name: Annotated[str | None, typer.Argument(help="One output; left out: all.")] = None,
    stack: Stack = None,
    cwd: Cwd = HERE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Secrets in plain text.")] = False,
) -> None:
    """Show what the program exported, as the last run left it."""
    with _engine(cwd, stack) as engine:
        from ..engine import EngineError

        outputs = engine.outputs(show_secrets)
        if name is not None and name not in outputs:
            raise EngineError(f"current stack does not have output property '{name}'")
        shown = {key: value if isinstance(value, str) else json.dumps(value) for key, value in outputs.items()}
        if as_json:
            typer.echo(json.dumps(outputs if name is None else outputs[name], indent=2))
        elif name is not None:
            typer.echo(shown[name])
        else:
            typer.echo(f"Current stack outputs ({len(outputs)}):")
            width = max(map(len, ["OUTPUT", *shown]))
            for key, text in {"OUTPUT": "VALUE", **shown}.items() if shown else ():
                typer.echo(f"    {key:<{width}}  {text}")


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


Urn = Annotated[str, typer.Argument(help="The URN of a resource; `engine export` shows them.")]
Urns = Annotated[list[str], typer.Argument(help="The URN of a resource; may be several.")]
AnyUrns = Annotated[list[str] | None, typer.Argument(help="The URN of a resource; may be several.")]


@state_app.command("rename")
def state_rename(
    urn: Urn,
    name: Annotated[str, typer.Argument(help="The new name.")],
    stack: Stack = None,
    cwd: Cwd = HERE,
    yes: Yes = False,
) -> None:
    """Change the name of a resource in the state, as it was changed in the program. Its object stays what it is."""
    with _engine(cwd, stack) as engine:
        _confirm(engine, "edit", yes)
        engine.rename(urn, name)
    typer.echo("Resource renamed")


@state_app.command("delete")
def state_delete(
    urns: Urns,
    stack: Stack = None,
    cwd: Cwd = HERE,
    yes: Yes = False,
    force: Annotated[bool, typer.Option("--force", help="Even if it is protected.")] = False,
    target_dependents: Annotated[bool, typer.Option("--target-dependents", help="And all that depends on it.")] = False,
) -> None:
    """Forget a resource. Its object stays where it is."""
    with _engine(cwd, stack) as engine:
        _confirm(engine, "edit", yes)
        engine.forget(*urns, force=force, target_dependents=target_dependents)
    typer.echo("Resource deleted")


@state_app.command("unprotect")
def state_unprotect(
    stack: Stack = None,
    urns: AnyUrns = None,
    cwd: Cwd = HERE,
    yes: Yes = False,
    everything: Annotated[bool, typer.Option("--all", help="Every resource of the stack.")] = False,
) -> None:
    """Take the protection of a resource away, so that it can be deleted."""
    if bool(urns) == everything:
        typer.echo("error: name a resource by its URN, or all of them with --all", err=True)
        raise typer.Exit(2)
    with _engine(cwd, stack) as engine:
        _confirm(engine, "edit", yes)
        engine.unprotect(*urns or ())
    typer.echo(f"{len(urns)} resources unprotected" if urns else "All resources unprotected")


@config_app.callback()
def config_show(
    context: typer.Context,
    stack: Stack = None,
    cwd: Cwd = HERE,
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Secrets in plain text.")] = False,
) -> None:
    """Show configuration (`engine config -s dev`), or set or get a value (`engine config set KEY VALUE -s dev`)."""
    context.obj = (cwd, stack)
    if context.invoked_subcommand is None:
        with _engine(*_place(context, stack, HERE)) as engine:
            values, secrets = engine.config().values()
        for key, value in values.items():
            typer.echo(f"{key}  {'[secret]' if key in secrets and not show_secrets else value}")


def _place(context: typer.Context, stack: str | None, cwd: Path) -> tuple[Path, str | None]:
    """Folder and stack, which may be named before or after `set`, `get` and `rm`."""
    return cwd if cwd != HERE else context.obj[0], stack or context.obj[1]


@config_app.command("set")
def config_set(
    context: typer.Context,
    key: str,
    value: Annotated[str | None, typer.Argument(help="The value; left out: a line from standard input.")] = None,
    stack: Stack = None,
    cwd: Cwd = HERE,
    secret: Annotated[bool, typer.Option("--secret", help="Encrypt the value.")] = False,
    path: Annotated[bool, typer.Option("--path", help="The key is a path into a structure.")] = False,
) -> None:
    """Set a configuration value."""
    if value is None:
        value = typer.prompt("value", hide_input=secret) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    with _engine(*_place(context, stack, cwd)) as engine:
        engine.config().set(key, value, secret=secret, path=path)


@config_app.command("get")
def config_get(
    context: typer.Context,
    key: str,
    stack: Stack = None,
    cwd: Cwd = HERE,
    path: Annotated[bool, typer.Option("--path", help="The key is a path into a structure.")] = False,
) -> None:
    """Print one value, secrets included."""
    with _engine(*_place(context, stack, cwd)) as engine:
        if (value := engine.config().get(key, path)) is None:
            typer.echo(f"error: configuration key '{key}' not found for stack '{engine.stack}'", err=True)
            raise typer.Exit(1)
    typer.echo(value)


@config_app.command("rm")
def config_rm(
    context: typer.Context,
    key: str,
    stack: Stack = None,
    cwd: Cwd = HERE,
    path: Annotated[bool, typer.Option("--path", help="The key is a path into a structure.")] = False,
) -> None:
    """Remove a configuration value."""
    with _engine(*_place(context, stack, cwd)) as engine:
        engine.config().remove(key, path=path)
