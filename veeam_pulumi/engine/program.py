"""Running the user's program: in this process, through the real SDK, and without a trace of it afterwards."""

import asyncio
import contextlib
import contextvars
import gc
import importlib
import io
import os
import pickle
import re
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

from .config import Project
from .values import EngineError, unsupported

_HIDDEN = ("<frozen", *(str(Path(str(module.__file__)).parent) for module in (pulumi, asyncio, runpy)), __file__)


class _Lines(io.TextIOBase):
    """What the program prints is shown as messages of the run."""

    def __init__(self, message: Callable[[str, str], None]):
        self._message = message
        self._rest = ""

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._message("info", line)
        return len(text)


def run(
    project: Project,
    bag: Settings,
    config: dict[str, str],
    secret_keys: list[str],
    environ: Mapping[str, str],
    message: Callable[[str, str], None],
    parallel: int,
) -> str | None:
    """Runs the program afresh, with as many operations at once as `parallel`; returns what went wrong, or None."""
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
        loop.set_default_executor(ThreadPoolExecutor(parallel))
        loop.set_exception_handler(lambda loop, context: None)  # what an aborted program awaits no more, complains late
        try:
            loop.run_until_complete(run_in_stack(main))
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())  # operations that still run are waited for
            for task in asyncio.all_tasks(loop):
                task.cancel()
            loop.run_until_complete(asyncio.sleep(0))
            loop.close()

    lines = _Lines(message)
    with _sandbox(project, environ), contextlib.redirect_stdout(lines), contextlib.redirect_stderr(lines):
        try:
            contextvars.copy_context().run(body)
        except SystemExit as end:
            return None if end.code in (None, 0) else f"the program ended with exit code {end.code}"
        except (RunError, EngineError) as error:
            return str(error)
        except Exception as error:
            if missing := re.match(r"The Pulumi CLI does not support (.+)\. Please update", str(error)):
                return str(unsupported(f"the feature {missing[1]!r}"))
            frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame[0].startswith(_HIDDEN)]
            text = "".join([*traceback.format_list(frames), *traceback.format_exception_only(error)])
            return f"Program failed with an unhandled exception:\n{text.rstrip()}"
    return None


@contextlib.contextmanager
def _sandbox(project: Project, environ: Mapping[str, str]) -> Iterator[None]:
    """The program's surroundings, and afterwards those of before: modules, paths, folder, arguments, environment."""
    mine = {path.stem for path in project.folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    mine -= {"__main__"}

    usual = {__name__.partition(".")[0], "__main__", *sys.stdlib_module_names}
    inside, outside = f"{project.root}{os.sep}", f"{sys.prefix}{os.sep}"

    def is_inside(module: ModuleType) -> bool:
        places = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
        found = [f"{place}{os.sep}" for place in places if place]
        return any(place.startswith(inside) and not place.startswith(outside) for place in found)

    def taken(apart_from: Mapping[str, ModuleType]) -> dict[str, ModuleType]:
        loaded = [(name, module) for name, module in list(sys.modules.items()) if apart_from.get(name) is not module]
        found, elsewhere = dict[str, ModuleType](), set[str]()
        for name, module in loaded:
            top = name.partition(".")[0]
            if top in usual or top in elsewhere:
                continue
            if top in mine or is_inside(module):
                found[name] = module
            elif getattr(sys.modules.get(top), "__file__", None) and not is_inside(sys.modules[top]):
                elsewhere.add(top)  # its modules are not looked at, of which there are thousands; but a namespace's are
        for name in found:
            del sys.modules[name]
        return found

    with contextlib.ExitStack() as before:
        before.callback(sys.modules.update, taken({}))
        before.callback(taken, dict(sys.modules))  # what the program has loaded
        # The SDK wraps this method once more for every provider it stores and never unwraps it: that would add up.
        before.callback(setattr, pickle._Pickler, "_batch_setitems", pickle._Pickler._batch_setitems)  # type: ignore[attr-defined]
        before.callback(_collect)
        before.callback(os.environ.update, dict(os.environ))
        before.callback(os.environ.clear)
        before.callback(os.chdir, Path.cwd())
        before.callback(sys.setswitchinterval, sys.getswitchinterval())
        for name in ("path", "argv", "dont_write_bytecode"):
            before.callback(setattr, sys, name, getattr(sys, name))
        importlib.invalidate_caches()
        # The SDK's waiting for outputs keeps this interpreter busy; provider calls must get their turn in between.
        sys.setswitchinterval(0.0002)
        sys.path = [str(project.folder), *sys.path]
        sys.argv = ["."]
        sys.dont_write_bytecode = True
        os.chdir(project.folder)
        os.environ.update(environ)
        yield


def _collect() -> None:
    """What an aborted program never awaited complains now, unheard, not some time later."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()
