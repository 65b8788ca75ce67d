"""The processes that tests get instead of fresh ones: each has its own environment, and nothing of another test's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import fork_server

pytestmark = pytest.mark.skipif(not fork_server.AVAILABLE, reason="processes are started in full here")


def test_what_one_test_puts_on_the_path_is_not_loaded_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that starts while a program runs sees that program's environment, as chaos has one."""
    (tmp_path / "sitecustomize.py").write_text("import builtins\nbuiltins.loaded = True\n")
    (tmp_path / "shown.py").write_text("import builtins\nprint(hasattr(builtins, 'loaded'))\n")
    with monkeypatch.context() as program:
        program.setenv("PYTHONPATH", str(tmp_path))
        server = fork_server.ForkServer()
    try:
        said = []
        for environ in ({}, {"PYTHONPATH": str(tmp_path)}, {}):
            process = server.start("shown", [], tmp_path, environ)
            with process.stdout:
                said.append(process.stdout.read().strip())
            process.wait()
    finally:
        server._end()
    assert said == ["False", "True", "False"]


@pytest.mark.parametrize("last", ["1 / 0", "sys.exit('a reason')", "sys.exit(3)"])
def test_a_process_says_at_its_end_what_one_of_a_fresh_interpreter_says(tmp_path: Path, last: str) -> None:
    """Threads are waited for, handlers run, what is buffered comes out."""
    (tmp_path / "ending.py").write_text(
        "import atexit, sys, threading, time\n"
        "sys.stdout.reconfigure(line_buffering=False, write_through=False)\n"
        "atexit.register(print, 'handler')\n"
        "threading.Thread(target=lambda: (time.sleep(0.1), print('thread'))).start()\n"
        f"print('module')\n{last}\n"
    )
    command = [sys.executable, "-u", "-m", "ending"]
    fresh = subprocess.run(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    process = fork_server.running().start("ending", [], tmp_path, {})
    with process.stdout:
        said = process.stdout.read()
    process.wait()
    assert said.splitlines()[-3:] == ["module", "thread", "handler"]
    assert said == fresh.stdout
