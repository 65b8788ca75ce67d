"""The operations: preview, up, refresh, destroy, and what surrounds them (lock, config, state, text)."""

import contextlib
import dataclasses
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from pulumi.runtime import Settings

from ..pulumi_state import ENGINE_COMMAND, UNKNOWN, contains
from . import edit, program, workspace
from .backend import Backend
from .config import Config, Project
from .display import Display
from .monitor import Monitor
from .plan import Flags, stack_outputs
from .plugin import Plugins
from .secrets import passphrase
from .state import Deployment, closed, document
from .steps import Steps
from .values import EngineError, State, command, masked, plain, secret, unsupported

_one_run = threading.Lock()  # working folder, arguments and modules belong to the process: one run at a time


@dataclass(frozen=True)
class Result:
    """What a run came to: Pulumi's exit code, how many of what (`{"create": 2, "same": 1}`), the stack's outputs in
    plain (unknown ones left out), and the error if there was one."""

    exit_code: int
    changes: dict[str, int] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict, repr=False)
    error: str | None = None


class Engine:
    """Runs the Pulumi program of a folder against one of its stacks, without the Pulumi CLI.

    `environ` holds extra variables for program and provider; PULUMI_CONFIG_PASSPHRASE, PULUMI_BACKEND_URL and
    PULUMI_RUN_PROGRAM are looked up there first, then in the environment. Text goes to `out` (default: stdout).

    Flags of all operations: `refresh` (look at the world first), `expect_no_changes` (else exit code 7), `diff` (show
    changed properties), `run_program` (providers get today's configuration, not that of the last `up`), `target` (only
    these URNs), `target_dependents`, `replace` (these URNs in any case) and `continue_on_error`."""

    def __init__(self, cwd: Path, stack: str, *, environ: Mapping[str, str] | None = None, out: TextIO | None = None):
        self.cwd = Path(cwd).resolve()
        self.stack = stack
        self._out = out
        self._environ = {**os.environ, ENGINE_COMMAND: "veeam-pulumi engine", **(environ or {})}

    def preview(self, **flags: Any) -> Result:
        """Shows what `up` would do; nothing is written. `json` prints Pulumi's JSON form instead of text."""
        return self._run("preview", Flags(**flags), preview=True)

    def up(self, **flags: Any) -> Result:
        """Creates, updates and deletes objects to match the program."""
        return self._run("up", Flags(**flags))

    def refresh(self, **flags: Any) -> Result:
        """Updates the state to match the servers; `clear_pending_creates` forgets creations that were interrupted."""
        return self._run("refresh", Flags(**{**flags, "refresh": True}))

    def destroy(self, **flags: Any) -> Result:
        """Deletes everything that the stack manages."""
        return self._run("destroy", Flags(**flags))

    def preview_destroy(self, **flags: Any) -> Result:
        """Shows what `destroy` would do, and fails where something of it is protected; nothing is written."""
        return self._run("destroy", Flags(**flags), preview=True)

    def init(self) -> None:
        if self.stack in self.stacks():
            raise EngineError(f"stack '{self.stack}' already exists")
        self._open()[1].writer(self.stack, self.config().crypter)([], [])

    def remove(self, force: bool = False) -> None:
        """Forgets the stack; one that still has resources only with `force` (they are not deleted)."""
        backend = self._open()[1]
        with backend.lock(self.stack):
            if backend.load(self.stack, self._passphrase())[0] and not force:
                raise EngineError(
                    f"stack '{self.stack}' still has resources; destroy them first, or remove it with "
                    f"`veeam-pulumi engine stack rm {self.stack} --force`"
                )
            backend.remove(self.stack)

    def stacks(self) -> list[str]:
        return self._open()[1].stacks()

    def selected(self) -> str | None:
        """The stack that PULUMI_STACK names, or that `select` or `pulumi stack select` has chosen for the project."""
        if name := self._environ.get("PULUMI_STACK"):
            return name.rpartition("/")[2]
        project, backend = self._open()
        return workspace.selected(project, backend.url, self._environ)

    def select(self) -> None:
        """Makes this stack the selected one, also for `pulumi`."""
        workspace.select(*self._open(), self._environ, self.stack)

    def outputs(self, show_secrets: bool = False) -> dict[str, Any]:
        """The outputs of the stack as the last run left them."""
        found = stack_outputs(self._open()[1].load(self.stack, self._passphrase())[0])
        return {key: plain(value) if show_secrets else masked(value) for key, value in found.items()}

    def output(self, name: str, show_secrets: bool = False) -> Any:
        """One of them. Raises EngineError where there is none of that name."""
        outputs = self.outputs(show_secrets)
        if name not in outputs:
            raise EngineError(f"current stack does not have output property '{name}'")
        return outputs[name]

    def config(self) -> Config:
        return Config(self._open()[0], self.stack, self._passphrase())

    def export(self, show_secrets: bool = False) -> dict[str, Any]:
        """The deployment as `pulumi stack export` gives it."""
        resources, pending = self._open()[1].load(self.stack, self._passphrase())
        crypter = self.config().crypter
        deployment = closed(document(resources, pending, crypter), None if show_secrets else crypter)
        return {"version": 3, "deployment": deployment}

    def import_(self, content: dict[str, Any]) -> list[str]:
        """Replaces the state by an exported one, which is held to the rules of every state; pending operations are
        dropped, as `pulumi stack import` does it, and named in the answer."""
        if content.get("version") != 3 or not isinstance(content.get("deployment"), dict):
            raise unsupported(f"a deployment of version {content.get('version')!r} (only 3)")
        (project, backend) = self._open()
        crypter = self.config().crypter
        resources, pending = backend.read(content["deployment"], self._passphrase(), self.stack)
        for urn in (entry["urn"] for entry in resources):
            if not urn.startswith(f"urn:pulumi:{self.stack}::{project.name}::"):
                raise EngineError(f"resource '{urn}' is not of the stack '{self.stack}' of {project.name}")
        with backend.lock(self.stack):
            backend.existing(self.stack)
            backend.writer(self.stack, crypter)(resources, [])
        return [f"{entry['type']} {entry['resource']['urn']}" for entry in pending]

    def rename(self, urn: str, name: str) -> None:
        """Calls a resource of the state otherwise, as `pulumi state rename` does: its object stays what it is."""
        self._edit(lambda resources: edit.rename(resources, urn, name))

    def forget(self, *urns: str, force: bool = False, target_dependents: bool = False) -> None:
        """Takes resources out of the state, as `pulumi state delete` does: their objects stay where they are."""
        self._edit(lambda resources: edit.delete(resources, urns, force=force, dependents=target_dependents))

    def unprotect(self, *urns: str) -> None:
        """Takes the protection of these resources away, of all of them without any URN."""
        self._edit(lambda resources: edit.unprotect(resources, urns or [one["urn"] for one in resources]))

    def import_resources(self, content: Any) -> list[str]:
        """Adds the resources of an import file to the state, as `pulumi import --file` does; nothing is read.

        -> the URNs of those that were not there already."""
        added: list[str] = []
        project = self._open()[0].name
        values, hidden = self.config().values()
        config = {key: secret(value) if key in hidden else value for key, value in values.items()}

        def change(resources: list[State]) -> list[State]:
            found, new = edit.import_resources(resources, content, project, self.stack, config)
            added.extend(new)
            return found

        self._edit(change)
        return added

    def _edit(self, change: Callable[[list[State]], list[State]]) -> None:
        """Edits the state without a run; interrupted operations stay noted."""
        backend = self._open()[1]
        crypter = self.config().crypter
        with backend.lock(self.stack):
            resources, pending = backend.load(self.stack, self._passphrase())
            backend.writer(self.stack, crypter)(change(resources), pending)

    def cancel(self) -> None:
        """Takes the lock of a run that was killed away. One that still runs is not ended by it."""
        self._open()[1].unlock(self.stack)

    def _passphrase(self) -> str:
        return passphrase(self._environ, self.cwd)

    def _open(self) -> tuple[Project, Backend]:
        project = Project.load(self.cwd)
        url = self._environ.get("PULUMI_BACKEND_URL") or project.backend or f"file://{project.root}/.veeam/state"
        return project, Backend(url, project.root, project.name)

    def _run(self, operation: str, flags: Flags, preview: bool = False) -> Result:
        out = self._out or sys.stdout
        programs = operation in ("up", "preview")
        if flags.run_program is None:
            wanted = self._environ.get("PULUMI_RUN_PROGRAM", "").lower() in ("1", "true")
            flags = dataclasses.replace(flags, run_program=wanted)
        try:
            (project, backend) = self._open()
            phrase = self._passphrase()
            with _one_run, contextlib.nullcontext() if preview else backend.lock(self.stack):
                olds, pending = backend.load(self.stack, phrase)
                config = self.config()
                values, hidden = config.values() if programs or flags.run_program else ({}, [])
                display = Display(out, operation, self.stack, preview=preview, diff=flags.diff, silent=flags.json)
                display.learn(*config.secrets())
                display.learn_from(*olds)
                if not preview:
                    pending = _warned(display, pending, self.stack, flags.clear_pending_creates)
                deployment = Deployment(olds, pending, None if preview else backend.writer(self.stack, config.crypter))
                plugins = Plugins(project.folder, project.name, self._environ, display.message)
                inputs = {key: secret(value) if key in hidden else value for key, value in values.items()}
                steps = Steps(
                    project.name,
                    self.stack,
                    deployment,
                    plugins,
                    display,
                    inputs,
                    flags,
                    read_stack=lambda name: _stack(backend, name, phrase),
                )
                bag = Settings(
                    project.name,
                    self.stack,
                    Monitor(steps),
                    plugins,
                    dry_run=preview,
                    organization="organization",
                    root_directory=str(project.root),
                )
                with contextlib.ExitStack() as ending:
                    ending.enter_context(_interruptible(steps, plugins))
                    for last in (deployment.save, plugins.close, display.close):  # the other way round
                        ending.callback(last)
                    if flags.refresh:
                        steps.refresh()
                    before = steps.found.get(steps.root, {}).get("outputs", {})
                    if (programs or flags.run_program) and not steps.stopped:
                        error = program.run(
                            project, bag, values, hidden, self._environ, display.message, flags.parallel
                        )
                        if error and not (steps.stopped and "monitor has terminated" in error):
                            steps.fail(error)
                    if not steps.stopped:
                        steps.check_targets()
                    if operation != "refresh" and not steps.stopped:
                        steps.remove()
                    steps.close()
        except EngineError as error:
            out.write(f"error: {error}\n")
            return Result(error.exit_code, error=str(error))

        code, failure = _verdict(steps, display, flags.expect_no_changes)
        failure = failure and display.hide(failure)
        if flags.json:
            out.write(display.json(config.masked()) + "\n")
        elif programs:
            display.finish(steps.root, before if steps.root in steps.found else None, steps.outputs or {})
        elif operation == "refresh" or flags.run_program:
            display.finish(steps.root, before, before)
        else:
            display.finish(steps.root, before if flags.refresh else {}, {})
        if operation == "destroy" and not code and not preview:
            display.line(
                "\nThe resources in the stack have been deleted, but the history and configuration associated with the"
                " stack are still maintained.\nIf you want to remove the stack completely, run "
                f"`veeam-pulumi engine stack rm {self.stack}`."
            )
        if code == 7:
            display.line(f"error: {failure}", "bold red")
        outputs = stack_outputs(deployment.resources()).items()
        known = {key: plain(out) for key, out in outputs if not contains(out, lambda part: part == UNKNOWN)}
        return Result(code, display.changes(), known, failure)


def _verdict(steps: Steps, display: Display, expect_no_changes: bool) -> tuple[int, str | None]:
    """The exit code and the error."""
    noun = {"up": "update"}.get(display.operation, display.operation)
    if steps.stopped or steps.failed:
        end = f"{'preview' if noun == 'preview' else 'update'} {'cancelled' if steps.cancelled else 'failed'}"
        error = next((text for _, severity, text in display.messages if severity == "error"), end)
        if steps.cancelled or display.errored > 1:
            display.message("error", end)
        return 1, error
    if expect_no_changes and set(display.changes()) - {"same"}:
        return 7, f"no changes were expected for {noun} but changes were proposed"
    return 0, None


def _stack(backend: Backend, name: str, phrase: str) -> list[State]:
    """The resources of a stack of the same backend, as they are saved."""
    *above, stack = name.split("/")
    project = above[-1] if above else backend.project
    if above[:-1] not in ([], ["organization"]) or not backend.file(stack, project).exists():
        raise EngineError(f'unknown stack "{name}"')
    return backend.load(stack, phrase, project)[0]


def _warned(display: Display, pending: list[State], stack: str, clear: bool) -> list[State]:
    """Warns about operations that never ended. Only interrupted creations are kept: their objects may exist."""
    if pending:
        listed = "".join(f"\n  * {entry['resource']['urn']}, interrupted while {entry['type']}" for entry in pending)
        display.message(
            "warning",
            f"Attempting to deploy or update resources with {len(pending)} pending operations from previous"
            f" deployment.{listed}\nAn object whose creation was interrupted may exist without being in the state: look"
            " for it, delete or adopt it,\nthen forget the entry with "
            + command("refresh --clear-pending-creates", stack)
            + ".",
        )
    return [] if clear else [entry for entry in pending if entry["type"] == "creating"]


@contextlib.contextmanager
def _interruptible(steps: Steps, plugins: Plugins) -> Iterator[None]:
    """^C or SIGTERM: no new operation starts, running ones finish and are saved. A second one kills what
    runs, which stays pending in the state."""

    def interrupted(number: int, frame: Any) -> None:
        if steps.cancelled:
            plugins.kill()
            raise KeyboardInterrupt
        steps.cancelled = True
        os.write(2, b"cancelled: no new operation starts; waiting for those that run\n")  # the display may be in use

    main = threading.current_thread() is threading.main_thread()  # no other one may handle signals
    former = {number: signal.signal(number, interrupted) for number in (signal.SIGINT, signal.SIGTERM) if main}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
