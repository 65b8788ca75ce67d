"""The command line: `veeam-pulumi COMMAND`. Commands load what they need when they run, so that --help is quick."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from .. import vocabulary
from ..dynamic.vocabulary import words
from . import demo, discover, doctor, engine, new, policy, review, simulator, terraform, who
from .plain_help import Commands

app = Commands(
    name="veeam-pulumi",
    help="""Users and backup servers of Veeam products as code.

    \b
    Examples:
      veeam-pulumi demo
      veeam-pulumi who --stack prod
      veeam-pulumi new backup-access
    """,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its tables cut names of options off, and break lines that are to be copied
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(demo.demo)
app.command()(discover.discover)
app.command()(doctor.doctor)
app.command()(new.new)
app.command()(policy.policy)
app.command()(review.review)
app.command()(simulator.simulator)
app.command()(who.who)
app.add_typer(engine.app, name="engine")
app.add_typer(terraform.app, name="terraform")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"veeam-pulumi {version('veeam-pulumi')}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    vocabulary.speak(words)


def main() -> None:
    """The console script."""
    app()
