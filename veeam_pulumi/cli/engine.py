"""`veeam-pulumi engine`: runs Pulumi programs where there is no Pulumi CLI, with its commands, flags and exit codes."""

import json
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ..engine import Engine

HELP = """Run Pulumi programs without Pulumi.

For trying and testing.

\b
Examples:
  veeam-pulumi engine stack init dev
  veeam-pulumi engine preview --stack dev
  veeam-pulumi engine up --stack dev --yes
"""
STACK_HELP = """Create, list, select and remove stacks.

\b
Examples:
  veeam-pulumi engine stack init dev
  veeam-pulumi engine stack select dev
"""
STATE_HELP = """Edit the state. Objects on servers stay as they are.

\b
Examples:
  veeam-pulumi engine state unprotect --stack dev --all
"""
app = typer.Typer(no_args_is_help=True, help=HELP)
stack_app = typer.Typer(no_args_is_help=True, help=STACK_HELP)
config_app = typer.Typer(invoke_without_command=True)
app.add_typer(stack_app, name="stack")
state_app = typer.Typer(no_args_is_help=True, help=STATE_HELP)
app.add_typer(config_app, name="config")
app.add_typer(state_app, name="state")

Stack = Annotated[
    str | None, typer.Option("--stack", "-s", help="The stack. Default: PULUMI_STACK, else the selected one.")
]
Cwd = Annotated[Path, typer.Option("--cwd", "-C", help="The folder of Pulumi.yaml.", file_okay=False, exists=True)]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
Refresh = Annotated[bool, typer.Option("--refresh", help="Read every object first.")]
Expect = Annotated[bool, typer.Option("--expect-no-changes", help="Exit with 7 if there is any change.")]
Diff = Annotated[bool, typer.Option("--diff", help="Show the properties that change.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Key = Annotated[str, typer.Argument(metavar="KEY", help="namespace:name; without a namespace the project's.")]
StackName = Annotated[str, typer.Argument(metavar="NAME", help="The stack.")]
Run = Annotated[
    bool | None,
    typer.Option(
        "--run-program/--no-run-program",
        help="Give providers the configuration of today, not that of the last `up`. Default: PULUMI_RUN_PROGRAM.",
    ),
]


Targets = Annotated[
    list[str] | None,
    typer.Option("--target", "-t", help="Only this URN (`*`: any part of one, `**`: any parts); may be repeated."),
]
Dependents = Annotated[
    bool, typer.Option("--target-dependents", help="With --target: also everything that depends on it.")
]
Replace = Annotated[list[str] | None, typer.Option("--replace", help="Replace this URN; may be repeated.")]
Parallel = Annotated[int, typer.Option("--parallel", "-p", min=1, help="How many operations at once.")]
GoOn = Annotated[
    bool, typer.Option("--continue-on-error", help="After a failure, continue with what does not depend on it.")
]
HERE = Path()


@contextmanager
def _engine(cwd: Path, stack: str | None) -> Iterator["Engine"]:
    """The engine; what the user has to act on becomes one line and Pulumi's exit code."""
    from ..engine import Engine, EngineError

    try:
        if stack is None and (stack := Engine(cwd, "").selected()) is None:
            how = "name it with --stack or PULUMI_STACK, or select it: `veeam-pulumi engine stack select NAME`"
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
    with _engine(cwd, stack) as engine:
        _confirm(engine, "cancel", yes)
        engine.cancel()
    typer.echo(f"The lock of stack '{engine.stack}' has been removed!")


@app.command()
def export(
    stack: Stack = None,
    cwd: Cwd = HERE,
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Secrets in plain text.")] = False,
    file: Annotated[Path | None, typer.Option("--file", help="Write to a file.", dir_okay=False)] = None,
) -> None:
    """Print the state of a stack as JSON.

    As `pulumi stack export` does; `pulumi stack import` takes it.

    \b
    Examples:
      veeam-pulumi engine export --stack dev --file state.json
    """
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
    """Replace the state with an exported one.

    That is what `export` or `pulumi stack export` wrote; from standard input without --file.

    \b
    Examples:
      veeam-pulumi engine import --stack dev --file state.json
    """
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


@app.command("import-resources")
def import_resources(
    file: Annotated[Path, typer.Argument(help="What `veeam-pulumi discover` wrote.", dir_okay=False, exists=True)],
    stack: Stack = None,
    cwd: Cwd = HERE,
    yes: Yes = False,
) -> None:
    """Add resources to the state by a file.

    As `pulumi import --file` does; nothing is read, and no object is touched.

    \b
    Examples:
      veeam-pulumi engine import-resources import.json --stack dev --yes
    """
    with _engine(cwd, stack) as engine:
        from ..engine import EngineError
        from ..engine.files import read_text

        try:
            content = json.loads(read_text(file))
        except (ValueError, RecursionError):
            raise EngineError(f"{file} is not an import file: it is not JSON") from None
        _confirm(engine, "import", yes)
        added = engine.import_resources(content)
    typer.echo(f"{len(added)} resources imported")


@stack_app.command("init")
def stack_init(name: StackName, cwd: Cwd = HERE) -> None:
    """Create a stack.

    \b
    Examples:
      veeam-pulumi engine stack init dev
    """
    with _engine(cwd, name) as engine:
        engine.init()
    typer.echo(f"Created stack '{name}'")


@stack_app.command("ls")
def stack_ls(cwd: Cwd = HERE, as_json: Json = False) -> None:
    """List the stacks of the project.

    \b
    Examples:
      veeam-pulumi engine stack ls
      veeam-pulumi engine stack ls --json
    """
    with _engine(cwd, "") as engine:
        names, selected = engine.stacks(), engine.selected()
    if as_json:
        typer.echo(json.dumps([{"name": name, "current": name == selected} for name in names], indent=2))
    else:
        typer.echo("\n".join(["NAME", *names]))


@stack_app.command("select")
def stack_select(name: StackName, cwd: Cwd = HERE) -> None:
    """Choose the current stack.

    Commands without --stack work on it, those of `pulumi` too.

    \b
    Examples:
      veeam-pulumi engine stack select dev
    """
    with _engine(cwd, name) as engine:
        engine.select()


@stack_app.command("output")
def stack_output(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="One output. Default: all of them.")] = None,
    stack: Stack = None,
    cwd: Cwd = HERE,
    as_json: Json = False,
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Secrets in plain text.")] = False,
) -> None:
    """Show the outputs of the program.

    As the last run left them.

    \b
    Examples:
      veeam-pulumi engine stack output --stack dev
      veeam-pulumi engine stack output --stack dev john --show-secrets
    """
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
    with _engine(cwd, name) as engine:
        _confirm(engine, "removal", yes)
        engine.remove(force)
    typer.echo(f"Stack '{name}' has been removed!")


Urn = Annotated[str, typer.Argument(metavar="URN", help="The URN of a resource; `engine export` shows them.")]
Urns = Annotated[list[str], typer.Argument(metavar="URNS", help="The URN of a resource; may be repeated.")]
AnyUrns = Annotated[list[str] | None, typer.Argument(metavar="URNS", help="The URN of a resource; may be repeated.")]


@state_app.command("rename")
def state_rename(
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
    as_json: Json = False,
) -> None:
    """Show the configuration of a stack.

    Or set or get one value of it.

    \b
    Examples:
      veeam-pulumi engine config --stack dev
      veeam-pulumi engine config set --stack dev --path veeam:connections.vbr.url https://vbr01.example.com:9419
      veeam-pulumi engine config get --stack dev --path veeam:connections.vbr.url
    """
    context.obj = (cwd, stack)
    if context.invoked_subcommand is None:
        with _engine(*_place(context, stack, HERE)) as engine:
            values, secrets = engine.config().values()
        if as_json:
            typer.echo(json.dumps(_as_pulumi(values, () if show_secrets else secrets, secrets), indent=2))
            return
        for key, value in values.items():
            typer.echo(f"{key}  {'[secret]' if key in secrets and not show_secrets else value}")


def _as_pulumi(values: Mapping[str, Any], hidden: Collection[str], secrets: Collection[str]) -> dict[str, Any]:
    """What `pulumi config --json` prints: a secret without `value` unless it is to be shown."""
    return {
        key: {"secret": key in secrets} if key in hidden else {"value": value, "secret": key in secrets}
        for key, value in values.items()
    }


def _place(context: typer.Context, stack: str | None, cwd: Path) -> tuple[Path, str | None]:
    """Folder and stack, which may be named before or after `set`, `get` and `rm`."""
    return cwd if cwd != HERE else context.obj[0], stack or context.obj[1]


@config_app.command("set")
def config_set(
    context: typer.Context,
    key: Key,
    value: Annotated[str | None, typer.Argument(metavar="VALUE", help="Default: a line from standard input.")] = None,
    stack: Stack = None,
    cwd: Cwd = HERE,
    secret: Annotated[bool, typer.Option("--secret", help="Encrypt the value.")] = False,
    path: Annotated[bool, typer.Option("--path", help="The key is a path into a structure.")] = False,
) -> None:
    """Set a configuration value.

    \b
    Examples:
      veeam-pulumi engine config set --stack dev --path veeam:connections.vbr.url https://vbr01.example.com:9419
      veeam-pulumi engine config set --stack dev --path --secret veeam:connections.vbr.password
    """
    if value is None:
        value = typer.prompt("value", hide_input=secret) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    with _engine(*_place(context, stack, cwd)) as engine:
        engine.config().set(key, value, secret=secret, path=path)


@config_app.command("get")
def config_get(
    context: typer.Context,
    key: Key,
    stack: Stack = None,
    cwd: Cwd = HERE,
    path: Annotated[bool, typer.Option("--path", help="The key is a path into a structure.")] = False,
    as_json: Json = False,
) -> None:
    """Print one value, also a secret one.

    \b
    Examples:
      veeam-pulumi engine config get --stack dev --path veeam:connections.vbr.url
    """
    with _engine(*_place(context, stack, cwd)) as engine:
        if (value := engine.config().get(key, path)) is None:
            typer.echo(f"error: configuration key '{key}' not found for stack '{engine.stack}'", err=True)
            raise typer.Exit(1)
    typer.echo(json.dumps({"value": value}) if as_json else value)


@config_app.command("rm")
def config_rm(
    context: typer.Context,
    key: Key,
    stack: Stack = None,
    cwd: Cwd = HERE,
    path: Annotated[bool, typer.Option("--path", help="The key is a path into a structure.")] = False,
) -> None:
    """Remove a configuration value.

    \b
    Examples:
      veeam-pulumi engine config rm --stack dev --path veeam:connections.vbr.url
    """
    with _engine(*_place(context, stack, cwd)) as engine:
        engine.config().remove(key, path=path)
