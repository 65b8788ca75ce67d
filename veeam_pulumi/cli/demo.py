"""`veeam-pulumi demo`: the quickstart stack against simulated servers, every step checked on the servers themselves."""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO, cast

import typer

from ..demo import hcl as terraform_demo
from ..demo.story import Failed, Runner, Story, pulumi_command, tell

if TYPE_CHECKING:
    from rich.console import Console

    from ..simulator import Simulator

STACK = "dev"
PASSPHRASE = "quickstart"  # the one of stacks/quickstart/Pulumi.dev.yaml, which holds nothing worth protecting
COLOURS = {"+-": "magenta", "++": "green", "--": "red", "+": "green", "~": "yellow", "-": "red", ">": "cyan"}


class Quote(io.TextIOBase):
    """What the engine prints, indented and, on a terminal, coloured as Pulumi colours its rows."""

    def __init__(self, console: Console) -> None:
        self._console, self._rest = console, ""

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            colour = COLOURS.get(line.split()[0], "") if line.strip() else ""
            self._console.print(f"  | {line}".rstrip(), style=colour, markup=False, highlight=False, soft_wrap=True)
        return len(text)


class Embedded:
    """The engine that comes with this package."""

    name = "the embedded engine (there is no pulumi on PATH)"
    command = staticmethod(pulumi_command)

    def __init__(self, project: Path, environ: dict[str, str], out: Quote) -> None:
        from ..engine import Engine

        self._engine = Engine(project, STACK, environ=environ, out=cast(TextIO, out))
        self._engine.init()

    def run(self, operation: str, diff: bool) -> dict[str, int]:
        result = getattr(self._engine, operation)(diff=diff)
        if result.exit_code:
            raise Failed(f"{operation} ended with exit code {result.exit_code}")
        return dict(result.changes)

    def set_secret(self, key: str, value: str) -> None:
        self._engine.config().set(key, value, secret=True)


class RealPulumi:
    """The Pulumi CLI, through the Automation API."""

    command = staticmethod(pulumi_command)

    def __init__(self, project: Path, environ: dict[str, str], out: Quote) -> None:
        from pulumi import automation as auto

        options = auto.LocalWorkspaceOptions(env_vars=environ)
        self._stack = auto.create_or_select_stack(STACK, work_dir=str(project), opts=options)
        self._secret: Callable[[str], Any] = lambda value: auto.ConfigValue(value, secret=True)
        self._out = out
        self.name = f"pulumi {self._stack.workspace.pulumi_version}"

    def run(self, operation: str, diff: bool) -> dict[str, int]:
        def show(line: str) -> None:
            self._out.write(line.rstrip("\n") + "\n")

        # Today's config counts for refresh and destroy, not the one of the last up.
        today = {"run_program": True} if operation in ("refresh", "destroy") else {}
        done = getattr(self._stack, operation)(on_output=show, diff=diff, **today)
        found = done.change_summary if operation == "preview" else done.summary.resource_changes
        return {str(getattr(kind, "value", kind)): count for kind, count in (found or {}).items()}

    def set_secret(self, key: str, value: str) -> None:
        self._stack.set_config(key, self._secret(value))


def project_folder() -> Path:
    """The clone that this runs in. Raises Failed elsewhere."""
    for folder in (Path.cwd(), *Path.cwd().parents):
        if (folder / "stacks" / "quickstart" / "__init__.py").exists():
            return folder
    raise Failed("the demo runs the stack of the repository: run it in a clone of it")


@contextmanager
def workplace(source: Path) -> Iterator[Path]:
    """A copy of the project, so that neither state nor config of the clone changes."""
    with tempfile.TemporaryDirectory(prefix="veeam-demo-") as name:
        project = Path(name) / "project"
        shutil.copytree(source / "stacks", project / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(source / "__main__.py", project)
        text = (source / "Pulumi.yaml").read_text(encoding="utf-8")
        (project / "Pulumi.yaml").write_text(text.replace("virtualenv: .venv", f"virtualenv: {sys.prefix}"))
        (Path(name) / "state").mkdir()
        yield project


def environment(sim: Simulator, project: Path) -> dict[str, str]:
    """What points the stack at the simulated servers: the environment wins over the config."""
    return {
        "PULUMI_BACKEND_URL": f"file://{project.parent / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_RUN_PROGRAM": "true",
        **connected(sim),
    }


def connected(sim: Simulator) -> dict[str, str]:
    """The settings of the connections to the simulated servers, as variables."""
    return {"NO_PROXY": "127.0.0.1", **sim.variables()}


Hcl = Annotated[bool, typer.Option("--terraform", help="Let Terraform or OpenTofu tell the story.")]


def demo(terraform: Hcl = False) -> None:
    """Run the quickstart stack against simulated servers: preview, up, drift, refresh, rotation, destroy.

    Exit code 0 only if every step left the servers as it should.
    """
    from rich.console import Console

    from ..engine import EngineError

    try:
        from ..simulator import Simulator
    except ModuleNotFoundError as error:
        typer.echo(f'error: the demo needs {error.name}: pip install "veeam-pulumi[simulator]"', err=True)
        raise typer.Exit(1) from None

    # The real stdout, by name: while a program runs, the engine takes sys.stdout for what the program prints.
    console = Console(file=sys.stdout)
    try:
        program = terraform_demo.binary() if terraform else ""
        place = terraform_demo.workplace if terraform else workplace
        with place(project_folder()) as project, Simulator(out=project.parent / "simulator") as sim:
            engine: Runner
            if terraform:
                engine = terraform_demo.Terraform(program, project, connected(sim), cast(TextIO, Quote(console)))
            else:
                make = RealPulumi if shutil.which("pulumi", path=os.environ.get("PATH")) else Embedded
                engine = make(project, environment(sim, project), Quote(console))
            story = Story(sim, engine, console)
            story.say(f"Servers: {', '.join(f'{name} {sim.url(name)}' for name in sim.products)} (simulated)")
            story.say(f"Engine:  {engine.name}")
            if terraform:
                story.run("init", "The provider comes from this installation, not from a registry.")
            tell(story)
            story.say("\nEvery step did what it says.", style="bold green")
    except (Failed, EngineError) as failure:
        typer.echo(f"error: {failure}", err=True)
        raise typer.Exit(1) from None
