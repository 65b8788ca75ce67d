"""Which engine tells the story: the Pulumi CLI where there is one, else the one that comes with this package."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

from . import hcl
from .story import KNOBS, Failed, Runner, Story, tell

if TYPE_CHECKING:
    from rich.console import Console

    from ..simulator import Simulator

QUICKSTART = Path(__file__).parent / "quickstart"
"""The stack of the repository, in the package: the demo needs no clone."""
STACK = "dev"
PASSPHRASE = "quickstart"  # the one of Pulumi.dev.yaml, which holds nothing worth protecting
COLOURS = {"+-": "magenta", "++": "green", "--": "red", "+": "green", "~": "yellow", "-": "red", ">": "cyan"}
NEXT = """
What to try next:
  veeam-pulumi new backup-access    a repository of your own: who can log in where, previews, policies, pipelines
  veeam-pulumi simulator            these servers, until Ctrl-C, for programs of yours
  veeam-pulumi doctor               whether your own servers can be used; docs/first-stack.md goes on from there"""


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

    def __init__(self, project: Path, environ: dict[str, str], out: Quote) -> None:
        from ..engine import Engine

        self._engine = Engine(project, STACK, environ=environ, out=cast(TextIO, out))
        self._engine.init()

    def command(self, operation: str, diff: bool) -> str:
        options = ["--yes"] * (operation != "preview") + ["--diff"] * diff
        return " ".join(["veeam-pulumi engine", operation, f"--stack {STACK}", *options])

    def run(self, operation: str, diff: bool) -> dict[str, int]:
        result = getattr(self._engine, operation)(diff=diff)
        if result.exit_code:
            raise Failed(f"{self.command(operation, diff)} ended with exit code {result.exit_code}")
        return dict(result.changes)

    def set_secret(self, key: str, value: str) -> None:
        self._engine.config().set(key, value, secret=True)


class RealPulumi:
    """The Pulumi CLI, through the Automation API."""

    def __init__(self, project: Path, environ: dict[str, str], out: Quote) -> None:
        from pulumi import automation as auto

        options = auto.LocalWorkspaceOptions(env_vars=environ)
        self._problems = (auto.CommandError, auto.InvalidVersionError)
        try:
            self._stack = auto.create_or_select_stack(STACK, work_dir=str(project), opts=options)
        except self._problems as error:
            raise Failed(f"the pulumi on PATH cannot be used: {error}") from None
        self._secret: Callable[[str], Any] = lambda value: auto.ConfigValue(value, secret=True)
        self._out = out
        self.name = "pulumi"
        with contextlib.suppress(auto.InvalidVersionError):  # of one that somebody built
            self.name = f"pulumi {self._stack.workspace.pulumi_version}"

    def command(self, operation: str, diff: bool) -> str:
        options = ["--yes", "--skip-preview"] * (operation != "preview") + ["--diff"] * diff
        return " ".join(["pulumi", operation, f"--stack {STACK}", *options])

    def run(self, operation: str, diff: bool) -> dict[str, int]:
        def show(line: str) -> None:
            self._out.write(line.rstrip("\n") + "\n")

        try:
            done = getattr(self._stack, operation)(on_output=show, diff=diff)
        except self._problems as error:
            raise Failed(f"{self.command(operation, diff)} failed: {error}") from None
        found = done.change_summary if operation == "preview" else done.summary.resource_changes
        return {str(getattr(kind, "value", kind)): count for kind, count in (found or {}).items()}

    def set_secret(self, key: str, value: str) -> None:
        self._stack.set_config(key, self._secret(value))


@contextmanager
def workplace() -> Iterator[Path]:
    """A project with the quickstart stack in a folder of its own, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="veeam-demo-") as name:
        project = Path(name) / "project"
        stack = project / "stacks" / "quickstart"
        shutil.copytree(QUICKSTART, stack, ignore=shutil.ignore_patterns("__pycache__"))
        (project / "stacks" / "__init__.py").touch()
        (project / "__main__.py").write_text("import stacks.quickstart  # noqa: F401\n", encoding="utf-8")
        (project / "Pulumi.yaml").write_text(
            "name: veeam-quickstart\nruntime: {name: python, options: {toolchain: pip, virtualenv: "
            f"{sys.prefix!r}}}}}\nstackConfigDir: stacks/quickstart\n",
            encoding="utf-8",
        )
        (Path(name) / "state").mkdir()
        yield project


def environment(sim: Simulator, project: Path) -> dict[str, str]:
    """What points the stack at the simulated servers: the environment wins over the config."""
    return {
        "PULUMI_BACKEND_URL": f"file://{project.parent / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        **connected(sim),
    }


def connected(sim: Simulator) -> dict[str, str]:
    """The settings of the connections to the simulated servers, as variables."""
    return {"NO_PROXY": "127.0.0.1", **sim.variables()}


def run(terraform: bool) -> None:
    """Tells the story on stdout. Raises Failed, EngineError; ModuleNotFoundError without the simulator's packages."""
    from rich.console import Console

    from ..simulator import Simulator

    # The real stdout, by name: while a program runs, the engine takes sys.stdout for what the program prints.
    console = Console(file=sys.stdout)
    program = hcl.binary() if terraform else ""
    with (
        hcl.workplace() if terraform else workplace() as project,
        Simulator(KNOBS, out=project.parent / "simulator") as sim,
    ):
        engine: Runner
        if terraform:
            engine = hcl.Terraform(program, project, connected(sim), cast(TextIO, Quote(console)))
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
        story.say(NEXT)
