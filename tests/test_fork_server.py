"""The processes that tests get instead of fresh ones: each has its own environment, and nothing of another test's."""

from __future__ import annotations

import signal
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
            process = server.address.start("shown", [], tmp_path, environ)
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


def test_a_command_reads_prints_and_ends_as_the_installed_one(tmp_path: Path) -> None:
    forked, installed = fork_server.command(tmp_path), Path(sys.executable).with_name("veeam-pulumi")
    ran = [["--version"], ["policy", "--no-such"], ["review", "-"]]
    for words in ran:
        first, second = (
            subprocess.run([file, *words], input="{}", cwd=tmp_path, capture_output=True, text=True, check=False)
            for file in (forked, installed)
        )
        assert (first.returncode, first.stdout, first.stderr) == (second.returncode, second.stdout, second.stderr)


def test_a_command_ends_by_a_signal_and_with_who_waits_for_it(tmp_path: Path) -> None:
    """The simulator runs until it is stopped, or nobody waits for it any more."""
    for number, code in {signal.SIGINT: 0, signal.SIGKILL: -signal.SIGKILL}.items():
        words = [str(fork_server.command(tmp_path)), "simulator"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            assert process.stdout is not None
            assert process.stdout.readline().startswith(b"aws ")
            process.send_signal(number)
            process.stdout.read()  # it comes to an end
            assert process.wait(30) == code
