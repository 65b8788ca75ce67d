"""The operations: preview, up, refresh, destroy, and what surrounds them (lock, config, state, text)."""

import contextlib
import json as jsonlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from pulumi.runtime import Settings

from veeam_pulumi.engine.config import Config, Project
from veeam_pulumi.engine.display import NOUNS, Display
from veeam_pulumi.engine.monitor import Monitor
from veeam_pulumi.engine.plugin import EngineService, Plugins
from veeam_pulumi.engine.program import run_program
from veeam_pulumi.engine.secrets import passphrase
from veeam_pulumi.engine.state import Backend, Deployment, closed, header
from veeam_pulumi.engine.steps import ROOT, Steps
from veeam_pulumi.engine.values import UNKNOWN, EngineError, contains, plain, secret

Outputs = dict[str, Any]
_one_run = threading.Lock()  # working folder, arguments and modules belong to the process: one run at a time


@dataclass(frozen=True)
class Result:
    """What a run came to: Pulumi's exit code, how many of what (`{"create": 2, "same": 1}`), the stack's outputs in
    plain (unknown ones left out), and the error if there was one."""

    exit_code: int
    changes: dict[str, int] = field(default_factory=dict)
    outputs: Outputs = field(default_factory=dict, repr=False)
    error: str | None = None


class Engine:
    """Runs the Pulumi program of a folder against one of its stacks, without the Pulumi CLI.

    `environ` holds extra variables for program and provider; PULUMI_CONFIG_PASSPHRASE, PULUMI_BACKEND_URL and
    PULUMI_RUN_PROGRAM are looked up there first, then in the environment. Text goes to `out` (default: stdout)."""

    def __init__(self, cwd: Path, stack: str, *, environ: Mapping[str, str] | None = None, out: TextIO | None = None):
        self.cwd, self.stack, self._out, self._extra = Path(cwd).resolve(), stack, out, dict(environ or {})

    def preview(
        self,
        *,
        refresh: bool = False,
        expect_no_changes: bool = False,
        diff: bool = False,
        json: bool = False,
        run_program: bool | None = None,
    ) -> Result:
        """Shows what `up` would do; nothing is written. `json` prints Pulumi's JSON form instead of text."""
        return self._run("preview", refresh, expect_no_changes, diff, run_program, as_json=json)

    def up(
        self,
        *,
        refresh: bool = False,
        expect_no_changes: bool = False,
        diff: bool = False,
        run_program: bool | None = None,
    ) -> Result:
        """Makes the world what the program says."""
        return self._run("up", refresh, expect_no_changes, diff, run_program)

    def refresh(
        self,
        *,
        expect_no_changes: bool = False,
        diff: bool = False,
        run_program: bool | None = None,
        clear_pending_creates: bool = False,
    ) -> Result:
        """Makes the state what the world is. Providers get the configuration of the last `up`, unless `run_program`."""
        return self._run("refresh", True, expect_no_changes, diff, run_program, clear=clear_pending_creates)

    def destroy(
        self,
        *,
        refresh: bool = False,
        expect_no_changes: bool = False,
        diff: bool = False,
        run_program: bool | None = None,
    ) -> Result:
        """Deletes everything that the stack manages."""
        return self._run("destroy", refresh, expect_no_changes, diff, run_program)

    def init(self) -> None:
        """Creates the stack."""
        backend = self._open()[1]
        if backend.file(self.stack).exists():
            raise EngineError(f"stack '{self.stack}' already exists")
        backend.writer(self.stack, self.config().crypter)([], [], durable=True)

    def remove(self, force: bool = False) -> None:
        """Forgets the stack; one that still has resources only with `force` (they are not deleted)."""
        backend = self._open()[1]
        with backend.lock(self.stack):
            if backend.load(self.stack, self._passphrase())[0] and not force:
                raise EngineError(
                    f"stack '{self.stack}' still has resources; destroy them first, or remove it with --force"
                )
            backend.remove(self.stack)

    def stacks(self) -> list[str]:
        """The names of the project's stacks."""
        return self._open()[1].stacks()

    def config(self) -> Config:
        """The configuration of the stack."""
        return Config(self._open()[0], self.stack, self._passphrase())

    def export(self, show_secrets: bool = False) -> dict[str, Any]:
        """The deployment as `pulumi stack export` gives it."""
        held = self._open()[1].load(self.stack, self._passphrase())
        crypter = self.config().crypter
        parts = zip(
            ("resources", "pending_operations"),
            (closed(part, None if show_secrets else crypter) for part in held),
            strict=True,
        )
        return {
            "version": 3,
            "deployment": {**header(crypter), **{key: part for key, part in parts if part}, "metadata": {}},
        }

    def _environ(self) -> dict[str, str]:
        return {**os.environ, **self._extra}

    def _passphrase(self) -> str:
        return passphrase(self._environ(), self.cwd)

    def _open(self) -> tuple[Project, Backend]:
        project = Project.load(self.cwd)
        url = self._environ().get("PULUMI_BACKEND_URL") or project.backend or f"file://{project.root}/.veeam/state"
        return project, Backend(url, project.root, project.name)

    def _run(
        self,
        operation: str,
        refresh: bool,
        expect: bool,
        diff: bool,
        run: bool | None,
        *,
        as_json: bool = False,
        clear: bool = False,
    ) -> Result:
        out, environ, preview = self._out or sys.stdout, self._environ(), operation == "preview"
        run = environ.get("PULUMI_RUN_PROGRAM", "").lower() in ("1", "true") if run is None else run
        try:
            project, backend = self._open()
            if not backend.file(self.stack).exists():
                raise EngineError(f"no stack named '{self.stack}' found; create it with `stack init {self.stack}`", 6)
            phrase, config = self._passphrase(), self.config()
            values, hidden = config.values() if operation in ("up", "preview") or run else ({}, [])
            with _one_run, contextlib.nullcontext() if preview else backend.lock(self.stack):
                olds, pending = backend.load(self.stack, phrase)
                display = Display(out, operation, self.stack, diff=diff, silent=as_json)
                if not preview:
                    pending = _warned(display, pending, clear)
                deployment = Deployment(olds, pending, None if preview else backend.writer(self.stack, config.crypter))
                plugins = Plugins(project.folder, project.name, environ, display.message)
                inputs = {key: secret(value) if key in hidden else value for key, value in values.items()}

                def make(answering: bool) -> Steps:
                    return Steps(
                        project.name,
                        self.stack,
                        deployment,
                        plugins,
                        display,
                        inputs,
                        lambda name: _stack_outputs(backend, name, phrase),
                        answering=answering,
                        today=bool(run),
                    )

                def program(steps: Steps) -> str | None:
                    bag = Settings(
                        project.name,
                        self.stack,
                        Monitor(steps),
                        EngineService(display.message),
                        dry_run=preview,
                        organization="organization",
                        root_directory=str(project.root),
                    )
                    return run_program(
                        project, bag, values, hidden, self._extra, lambda line: display.message("info", line)
                    )

                try:
                    steps, old, new = _phases(operation, refresh, run, make, program, deployment, display)
                finally:
                    plugins.close()
                    deployment.close()
        except EngineError as problem:
            out.write(f"error: {problem}\n")
            return Result(problem.exit_code, error=str(problem))
        return _report(steps, display, deployment, old, new, expect, out if as_json else None)


def _phases(
    operation: str,
    refresh: bool,
    run: bool,
    make: Callable[[bool], Steps],
    program: Callable[[Steps], str | None],
    deployment: Deployment,
    display: Display,
) -> tuple[Steps, Outputs | None, Outputs]:
    """Refresh, program, deletes; returns the last steps, and the stack outputs before and after as they are shown."""
    programs = operation in ("up", "preview")
    steps = make(run and not programs and not refresh)
    with _interruptible(lambda: steps, display):
        if refresh:
            deployment.reset(steps.refresh(count=operation == "refresh"))
            if not steps.failed and not steps.cancelled:
                steps = make(run and not programs)  # plans against what the refresh has found
        before = steps.found.get(steps.root, {}).get("outputs", {})
        if (programs or run) and not steps.failed and not steps.cancelled:
            problem = program(steps)
            if problem and not (steps.cancelled or (steps.failed and "monitor has terminated" in problem)):
                steps.fail(problem)
        if operation != "refresh" and not steps.failed and not steps.cancelled:
            steps.remove(everything=operation == "destroy")
        steps.close()
    if operation == "refresh" or (operation == "destroy" and run):
        return steps, before, before
    if operation == "destroy":
        return steps, before if refresh else {}, {}
    return steps, before if steps.root in steps.found else None, steps.outputs or {}


def _report(
    steps: Steps,
    display: Display,
    deployment: Deployment,
    old: Outputs | None,
    new: Outputs,
    expect: bool,
    as_json: TextIO | None,
) -> Result:
    """The end of the text, and the result."""
    code, operation, noun = 0, display.operation, NOUNS[display.operation]
    error = next((text for _, severity, text in display.messages if severity == "error"), f"{noun} cancelled")
    changes = {op: count for op in ("create", "update", "delete", "replace", "same") if (count := display.counts[op])}
    if steps.failed or steps.cancelled:
        code = 1
        if display.errored > 1 or steps.cancelled:
            display.message("error", f"{noun} {'cancelled' if steps.cancelled else 'failed'}")
    elif expect and set(changes) - {"same"}:
        code, error = 7, f"no changes were expected for {noun} but changes were proposed"
    entries = [entry for entry in deployment.resources() if entry["urn"] == steps.root]
    outputs = entries[0].get("outputs", {}) if entries else {}
    known = {key: plain(value) for key, value in outputs.items() if not contains(value, lambda part: part == UNKNOWN)}
    if as_json is not None:
        said = [dict(zip(("urn", "severity", "message"), message, strict=True)) for message in display.messages]
        as_json.write(
            jsonlib.dumps(
                {
                    "steps": display.steps,
                    **({"diagnostics": said} if said else {}),
                    "duration": display.nanoseconds(),
                    "changeSummary": changes,
                },
                indent=4,
            )
            + "\n"
        )
        return Result(code, changes, known, error if code else None)
    display.finish(steps.root, old, new)
    if operation == "destroy" and not code:
        display.line(
            "\nThe resources in the stack have been deleted, but the history and configuration associated with the"
            " stack are still maintained.\nIf you want to remove the stack completely, run `stack rm`."
        )
    if code == 7:
        display.line(f"error: {error}", "bold red")
    return Result(code, changes, known, error if code else None)


def _warned(display: Display, pending: list[Any], clear: bool) -> list[Any]:
    """Warns about operations that never ended. Only interrupted creations are kept: their objects may exist."""
    if pending:
        listed = [f"  * {entry['resource']['urn']}, interrupted while {entry['type']}" for entry in pending]
        display.message(
            "warning",
            "\n".join(
                [
                    f"Attempting to deploy or update resources with {len(pending)} pending operations"
                    " from previous deployment.",
                    *listed,
                    "An object whose creation was interrupted may exist without being in the state: look for it,",
                    "delete or adopt it, then forget the entry with `refresh --clear-pending-creates`.",
                ]
            ),
        )
    return [] if clear else [entry for entry in pending if entry["type"] == "creating"]


def _stack_outputs(backend: Backend, name: str, phrase: str) -> Outputs:
    """The outputs that a StackReference gives."""
    *above, stack = name.split("/")
    project = above[-1] if above else backend.project
    if len(above) > 2 or above[:-1] not in ([], ["organization"]) or not backend.file(stack, project).exists():
        raise EngineError(f'unknown stack "{name}"')
    resources, _ = backend.load(stack, phrase, project)
    return next((dict(entry.get("outputs", {})) for entry in resources if entry["type"] == ROOT), {})


@contextlib.contextmanager
def _interruptible(steps: Callable[[], Steps], display: Display) -> Iterator[None]:
    """^C: no new operation starts, running ones finish and are saved. A second ^C does not wait for the program."""

    def interrupted(number: int, frame: Any) -> None:
        if steps().cancelled:
            raise KeyboardInterrupt
        steps().cancelled = True
        os.write(2, b"^C: no new operation starts; waiting for those that run\n")  # the display may be in use

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
