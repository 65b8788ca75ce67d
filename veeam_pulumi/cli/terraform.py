"""`veeam-pulumi terraform`: make Terraform and OpenTofu find the provider, and undo it."""

from __future__ import annotations

import shlex
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from ..terraform import answers
from ..terraform import install as places
from .failure import fail
from .plain_help import Commands

HELP = """Install the provider for Terraform or OpenTofu.

\b
Examples:
  veeam-pulumi terraform install
  veeam-pulumi terraform uninstall
"""
app = Commands(no_args_is_help=True, help=HELP)
Mirror = Annotated[
    Path | None,
    typer.Option(
        "--mirror", metavar="DIR", file_okay=False, help="Use this filesystem mirror, not the user's plugins."
    ),
]
Dev = Annotated[bool, typer.Option("--dev", help="A development override: no `terraform init`, no lock file.")]


@app.command()
def install(mirror: Mirror = None, dev: Dev = False) -> None:
    """Install the provider for `terraform init`.

    Writes it where Terraform looks, and prints the configuration to paste.

    \b
    Examples:
      veeam-pulumi terraform install
      veeam-pulumi terraform install --mirror build/mirror
    """
    for package in ("h2", "msgpack"):
        if find_spec(package) is None:
            fail(f"the provider needs {package}: pip install 'WHEEL-OR-CLONE[terraform]'")
    try:
        if dev:
            folder = (mirror or places.override_folder()).resolve()
            written = [places.install_override(folder)]
            needed = places.override_block(folder)
        else:
            folder = (mirror or places.implied_mirror()).resolve()
            written = places.install(folder)
            needed = places.mirror_block(folder) if mirror else ""
    except OSError as error:
        fail(f"{error.filename} cannot be written: {error.strerror}", fix="choose another folder with --mirror")
    for stub in written:
        typer.echo(f"written  {stub}")
    if needed:
        typer.echo(f"\nIn the file that TF_CLI_CONFIG_FILE names, or ~/.terraformrc:\n\n{needed}", nl=False)
    typer.echo(f"\nIn the configuration:\n\n{places.provider_block()}", nl=False)
    where = shlex.quote(str(written[0]))
    typer.echo(f"\nFor Pulumi in TypeScript, Go, C#, Java or YAML: pulumi package add terraform-provider {where}")
    typer.echo(f"\nThen: terraform {'plan' if dev else 'init'}")


@app.command()
def uninstall(mirror: Mirror = None, dev: Dev = False) -> None:
    """Remove what `install` wrote.

    Give the same options. States and configurations stay.

    \b
    Examples:
      veeam-pulumi terraform uninstall
      veeam-pulumi terraform uninstall --mirror build/mirror
    """
    folder = (mirror or (places.override_folder() if dev else places.implied_mirror())).resolve()
    try:
        gone = places.uninstall(folder)
    except OSError as error:
        fail(f"{error.filename} cannot be removed: {error.strerror}")
    answers.forget()
    for stub in gone:
        typer.echo(f"removed  {stub}")
    if not gone:
        typer.echo(f"no provider of this package is in {folder}")
