"""`nohup make test &` starts processes that ignore ^C; what the tests start hears it all the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CODE = """
import signal, subprocess, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
from tests.conftest import hear_interrupts
hear_interrupts()
subprocess.run([sys.executable, "-c", "import signal; print(signal.getsignal(signal.SIGINT).__name__)"], check=True)
"""


def test_what_a_test_starts_can_be_interrupted() -> None:
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", CODE], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "default_int_handler\n"
