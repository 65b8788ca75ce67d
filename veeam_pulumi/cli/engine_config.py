"""`veeam-pulumi engine config`: shows and sets the configuration of a stack."""

import json
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..redaction import looks_secret
from .current_stack import HERE, Cwd
from .engine_options import Json, Secrets, Stack, opened
from .plain_help import Commands

app = Commands(invoke_without_command=True)
Key = Annotated[str, typer.Argument(metavar="KEY", help="namespace:name; without a namespace the project's.")]


@app.callback()
def show(
    context: typer.Context,
    stack: Stack = None,
    cwd: Cwd = HERE,
    show_secrets: Secrets = False,
    as_json: Json = False,
) -> None:
    """Show the configuration of a stack.

    Or set, get or remove one value.

    \b
    Examples:
      veeam-pulumi engine config --stack dev
      veeam-pulumi engine config set --stack dev --path veeam:connections.vbr.url https://vbr01.example.com:9419
      veeam-pulumi engine config get --stack dev --path veeam:connections.vbr.url
    """
    context.obj = (cwd, stack)
    if context.invoked_subcommand is None:
        with opened(*_place(context, stack, HERE)) as engine:
            shown = engine.config().shown(show_secrets)
        if as_json:
            typer.echo(json.dumps(shown, indent=2))
            return
        for key, one in shown.items():
            typer.echo(f"{key}  {one.get('value', '[secret]')}")


def _place(context: typer.Context, stack: str | None, cwd: Path) -> tuple[Path, str | None]:
    """Folder and stack, which may be named before or after `set`, `get` and `rm`."""
    return cwd if cwd != HERE else context.obj[0], stack or context.obj[1]


@app.command("set")
def set(
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
    with opened(*_place(context, stack, cwd)) as engine:
        engine.config().set(key, value, secret=secret, path=path)
        if not secret and value and _is_secret(key):
            again = f"config set {'--path ' * path}--secret '{key}' --stack {engine.stack}"
            typer.echo(
                f"warning: {key} looks like a secret, and is in plain text in Pulumi.{engine.stack}.yaml now\n"
                f"  set it again with:\n    veeam-pulumi engine {again}",
                err=True,
            )


def _is_secret(key: str) -> bool:
    """Whether the last part of a key is the name of a secret, or it leads into a map of passwords."""
    last = re.split(r"[.:\[\]\"']+", key.rstrip("]\"'"))[-1]
    return looks_secret(last) or re.match(r"veeam:(p|currentP)asswords\b", key) is not None


@app.command("get")
def get(
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
    with opened(*_place(context, stack, cwd)) as engine:
        if (value := engine.config().get(key, path)) is None:
            typer.echo(f"error: configuration key '{key}' not found for stack '{engine.stack}'", err=True)
            raise typer.Exit(1)
    typer.echo(json.dumps({"value": value}) if as_json else value)


@app.command("rm")
def rm(
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
    with opened(*_place(context, stack, cwd)) as engine:
        engine.config().remove(key, path=path)
