"""`veeam-pulumi new`: a repository to start from, with program, roster, environments, policies and pipelines."""

from __future__ import annotations

import re
import shlex
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from ..repository.files import (
    NAME,
    OWNERS,
    PASSPHRASE,
    TEMPLATES,
    TENANTS_PASSPHRASE,
    of_tenants,
    write,
    written,
)
from .failure import fail


class Kind(str, Enum):
    """What a repository is about. (An Enum: typer before 0.19 knows no Literal.)"""

    access = "access"
    tenants = "tenants"


class Host(str, Enum):
    """Where repositories are kept. (An Enum: typer before 0.19 knows no Literal.)"""

    github = "github"
    gitlab = "gitlab"
    azure = "azure"
    none = "none"


def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is new or empty.")],
    name: Annotated[str | None, typer.Option("--name", "-n", help="The project's name; default: the folder's.")] = None,
    ci: Annotated[
        Host | None, typer.Option(help="Whose pipelines. Default: github; --from and --kind tenants have none.")
    ] = None,
    owner: Annotated[
        str, typer.Option(help="Who approves changes of roster, approvals and pipelines: a user or team of the host.")
    ] = "@access-owners",
    kind: Annotated[
        Kind,
        typer.Option(help="access: people and service accounts by a roster; tenants: the users of many companies."),
    ] = Kind.access,
    taken: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="DIR",
            help="Start from what `veeam-pulumi discover --out DIR` wrote, with the environment's connections.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
) -> None:
    """Write a repository to start from.

    It says who can log in where, for three environments, with previews, reviews and policies.

    Its dev stack needs nothing but `veeam-pulumi simulator`.

    \b
    Examples:
      veeam-pulumi new backup-access
      veeam-pulumi new . --name acme-access --ci gitlab
      veeam-pulumi new backup-access --from taken
      veeam-pulumi new customers --kind tenants
    """
    project = folder.resolve().name if name is None else name
    if not re.fullmatch(NAME, project):
        fail(f"{project!r} cannot be a project's name (letters, digits, -, _ and ., at most 100): choose with --name")
    try:
        # A fresh clone of an empty repository is empty, too.
        if folder.exists() and any(one.name != ".git" for one in folder.iterdir()):
            fail(f"{folder} is not empty: name a folder that is new or empty")
        if taken is not None and ci not in (None, Host.none):
            fail("the pipelines are for the stacks dev, staging and prod, and --from makes one: leave --ci out")
        tenants = kind is Kind.tenants
        if tenants and (taken is not None or ci not in (None, Host.none)):
            fail("--kind tenants has neither pipelines nor a roster: leave --ci and --from out")
        content = written(project, (ci or (Host.none if taken or tenants else Host.github)).value, owner)
        if tenants:
            content = of_tenants(content, project)
        if taken is not None:
            content = _taken(content, project, taken)
        write(folder, content)
    except OSError as problem:
        fail(f"{problem.filename or folder} cannot be written: {problem.strerror}")
    enter = "" if folder.resolve() == Path.cwd() else f"cd {shlex.quote(str(folder))} && "
    if taken is not None:
        typer.echo(f"{len(content)} files of project {project} are in {folder}. README.md has the next steps.")
        return
    typer.echo(f"{len(content)} files of project {project} are in {folder}. See what they would do:\n")
    typer.echo(f"  {enter}export PULUMI_CONFIG_PASSPHRASE={TENANTS_PASSPHRASE if tenants else PASSPHRASE}")
    typer.echo("  veeam-pulumi engine stack init dev\n  veeam-pulumi engine preview --stack dev\n")
    host = (ci or (Host.none if tenants else Host.github)).value
    if host in OWNERS and owner == "@access-owners":
        typer.echo(f"{OWNERS[host][0]} names {owner}: make that team, or write another.")
    typer.echo("Nothing is asked of any server yet. README.md has the next steps.")


def _taken(content: dict[str, str], project: str, taken: Path) -> dict[str, str]:
    """The same with what `discover` wrote; one line where that cannot be."""
    from ..access.located import Mistaken
    from ..errors import VeeamError
    from ..estate import repository
    from ..stack_connections import connections

    readme = (TEMPLATES / "taken" / "README.md").read_text(encoding="utf-8").replace("${PROJECT}", project)
    try:
        known = connections(None, Path(), lambda text: None)
        if not known.names:
            fail("the environment names no connection: set the variables that `discover` ran with")
        return repository.files(content, readme, taken, known)
    except (VeeamError, Mistaken) as problem:
        fail(str(problem))
