"""`veeam-pulumi new`: a repository to start from, with program, data, environments, policies and pipelines."""

from __future__ import annotations

import re
import shlex
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from ..repository.files import KINDS, NAME, OWNERS, TEMPLATES, write, written
from ..repository.pipelines import of_one_stack
from .failure import fail


class Template(str, Enum):
    """What a repository is about. (An Enum: typer before 0.19 knows no Literal.)"""

    access = "access"
    tenants = "tenants"
    servers = "servers"


class Host(str, Enum):
    """Where repositories are kept. (An Enum: typer before 0.19 knows no Literal.)"""

    github = "github"
    gitlab = "gitlab"
    azure = "azure"
    none = "none"


def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is new or empty.")],
    name: Annotated[
        str | None, typer.Option("--name", "-n", metavar="NAME", help="The project's name; default: the folder's.")
    ] = None,
    ci: Annotated[
        Host | None,
        typer.Option(
            help="Whose pipelines to write. Default: github for a new roster; none for other templates and --from."
        ),
    ] = None,
    owner: Annotated[
        str,
        typer.Option(
            metavar="OWNER", help="Who approves changes of roster, approvals and pipelines: a user or team of the host."
        ),
    ] = "@access-owners",
    template: Annotated[
        Template | None,
        typer.Option(
            help="access: people and service accounts by a roster, the default; tenants: the users of many companies;"
            " servers: the backup servers of Enterprise Manager. With --from: only that, of all that was found."
        ),
    ] = None,
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
      veeam-pulumi new backup-access --from taken --ci gitlab
      veeam-pulumi new customers --template tenants
    """
    project = folder.resolve().name if name is None else name
    if not re.fullmatch(NAME, project):
        fail(
            f"{project!r} cannot be a project's name",
            fix="choose with --name: letters, digits, -, _ and ., at most 100",
        )
    try:
        # A fresh clone of an empty repository is empty, too.
        if folder.exists() and any(one.name != ".git" for one in folder.iterdir()):
            fail(f"{folder} is not empty", fix="name a folder that is new or empty")
        kind = template.value if template else ""
        host = (ci or (Host.none if taken or kind not in ("", "access") else Host.github)).value
        content = written(project, host, owner, kind or "access", examples=taken is None)
        if taken is not None:
            content = _taken(content, project, kind, taken)
        write(folder, content)
    except OSError as problem:
        fail(f"{problem.filename or folder} cannot be written: {problem.strerror}")
    enter = "" if folder.resolve() == Path.cwd() else f"cd {shlex.quote(str(folder))} && "
    if taken is not None:
        typer.echo(f"{len(content)} files of project {project} are in {folder}. README.md has the next steps.")
    else:
        typer.echo(f"{len(content)} files of project {project} are in {folder}. See what they would do:\n")
        if kind == "servers":  # its previews look at certificates
            typer.echo("In another shell, in that folder:\n")
            typer.echo("  veeam-pulumi simulator --port-base 9400 --out .simulator\n\nThen:\n")
        typer.echo(f"  {enter}export PULUMI_CONFIG_PASSPHRASE={KINDS[kind or 'access'].passphrase}")
        typer.echo("  veeam-pulumi engine stack init dev\n  veeam-pulumi engine preview --stack dev\n")
    if host in OWNERS and owner == "@access-owners":
        typer.echo(f"{OWNERS[host][0]} names {owner}: make that team, or write another.")
    if taken is None:
        typer.echo("Nothing is asked of any server yet. README.md has the next steps.")


def _taken(content: dict[str, str], project: str, kind: str, taken: Path) -> dict[str, str]:
    """The same with what `discover` wrote; one line where that cannot be."""
    from ..access.located import Mistaken
    from ..errors import VeeamError
    from ..estate import repository
    from ..stack_connections import connections

    readme = (TEMPLATES / "taken" / "README.md").read_text(encoding="utf-8").replace("${PROJECT}", project)
    readme = readme.replace("${ABOUT}", KINDS[kind or "access"].about)
    try:
        known = connections(None, Path(), lambda text: None)
        if not known.names:
            fail("the environment names no connection: set the variables that `discover` ran with")
        found, variables = repository.files(content, readme, kind, taken, known)
        return of_one_stack(found, repository.STACK, variables)
    except (VeeamError, Mistaken) as problem:
        fail(problem)
