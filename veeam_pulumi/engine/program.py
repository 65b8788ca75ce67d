"""Running the user's program: in this process, through the real SDK, and without a trace of it afterwards."""

import asyncio
import contextlib
import contextvars
import gc
import importlib
import io
import logging
import os
import pickle
import runpy
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pulumi
from pulumi.errors import RunError
from pulumi.runtime import Settings, configure, settings
from pulumi.runtime.config import set_all_config
from pulumi.runtime.stack import run_in_stack

from veeam_pulumi.engine.config import Project

_OURS = __name__.partition(".")[0]
_HIDDEN = (
    str(Path(pulumi.__file__).parent),
    str(Path(__file__).parent),
    "<frozen",
    str(Path(asyncio.__file__).parent.parent),
)


class _Lines(io.TextIOBase):
    """What the program prints is shown as messages of the run."""

    def __init__(self, say: Callable[[str], None]):
        self._say, self._rest = say, ""

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._say(line)
        return len(text)


def run_program(
    project: Project,
    bag: Settings,
    config: dict[str, str],
    secret_keys: list[str],
    environ: Mapping[str, str],
    say: Callable[[str], None],
) -> str | None:
    """Runs the program afresh; returns what went wrong in it, or None."""
    file = project.main / "__main__.py" if project.main.is_dir() else project.main
    if not file.is_file():
        return f"the program was not found: {file}"

    def main() -> None:
        runpy.run_path(str(file), run_name="__main__")

    def body() -> None:
        configure(bag)
        settings.ROOT.set(None)
        set_all_config(config, secret_keys)
        loop = asyncio.new_event_loop()
        # Sixteen threads: more of them fight for the interpreter and make a large program three times slower.
        loop.set_default_executor(ThreadPoolExecutor(16))
        try:
            loop.run_until_complete(run_in_stack(main))
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())  # operations that still run are waited for
            for task in asyncio.all_tasks(loop):
                task.cancel()
            loop.run_until_complete(asyncio.sleep(0))
            loop.close()

    lines = _Lines(say)
    with (
        _sandbox(project.root, project.folder, environ),
        contextlib.redirect_stdout(lines),
        contextlib.redirect_stderr(lines),
    ):
        try:
            contextvars.copy_context().run(body)
        except SystemExit as end:
            return None if end.code in (None, 0) else f"the program ended with exit code {end.code}"
        except RunError as problem:
            return str(problem)
        except Exception as problem:
            frames = [
                frame for frame in traceback.extract_tb(problem.__traceback__) if not frame.filename.startswith(_HIDDEN)
            ]
            last = traceback.format_exception_only(type(problem), problem)
            return (
                "Program failed with an unhandled exception:\n"
                + "".join([*traceback.format_list(frames), *last]).rstrip()
            )
    return None


@contextlib.contextmanager
def _sandbox(root: Path, folder: Path, environ: Mapping[str, str]) -> Iterator[None]:
    """The program's surroundings, and afterwards those of before: modules, paths, folder, arguments, environment."""
    own = {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()} - {
        "__main__"
    }

    def of_project(name: str, module: ModuleType) -> bool:
        top, places = (
            name.partition(".")[0],
            [getattr(module, "__file__", None), *map(str, getattr(module, "__path__", ()))],
        )
        inside = [place for place in map(Path, filter(None, places)) if place.is_relative_to(root)]
        return top not in {_OURS, "__main__", *sys.stdlib_module_names} and (
            top in own or any(not place.is_relative_to(sys.prefix) for place in inside)
        )

    aside = {name: module for name, module in list(sys.modules.items()) if of_project(name, module)}
    interval = sys.getswitchinterval()
    saved = (
        sys.path[:],
        sys.argv[:],
        Path.cwd(),
        dict(os.environ),
        sys.dont_write_bytecode,
        logging.getLogger("asyncio").level,
    )
    # The SDK wraps this method once more for every provider it stores and never unwraps it: it would add up over runs.
    unwrapped = pickle._Pickler._batch_setitems  # type: ignore[attr-defined]
    for name in aside:
        del sys.modules[name]
    try:
        importlib.invalidate_caches()
        # The SDK's waiting for outputs keeps this interpreter busy; provider calls must get their turn in between.
        sys.setswitchinterval(0.0002)
        sys.path[:0], sys.argv[:], sys.dont_write_bytecode = [str(folder)], ["."], True
        os.chdir(folder)
        os.environ.update(environ)
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)
        yield
    finally:
        sys.path[:], sys.argv[:], cwd, variables, sys.dont_write_bytecode, level = saved
        sys.setswitchinterval(interval)
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(variables)
        with (
            warnings.catch_warnings()
        ):  # what an aborted program never awaited complains now, unheard, not some time later
            warnings.simplefilter("ignore")
            gc.collect()
        logging.getLogger("asyncio").setLevel(level)
        pickle._Pickler._batch_setitems = unwrapped  # type: ignore[attr-defined]
        for name in [name for name, module in list(sys.modules.items()) if of_project(name, module)]:
            parent, _, last = name.rpartition(".")
            if getattr(sys.modules.get(parent), last, None) is sys.modules.pop(name):
                delattr(sys.modules[parent], last)
        sys.modules.update(aside)
