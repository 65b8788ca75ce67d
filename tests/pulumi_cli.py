"""The Pulumi CLI, where it is on PATH: commands as they are typed, in a home and a backend of the test's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pytest


def require() -> None:
    """Skips the test, aloud, where there is no CLI."""
    if shutil.which("pulumi") is None:
        print("skipped: there is no `pulumi` on PATH")
        pytest.skip("there is no `pulumi` on PATH")


def variables(folder: Path) -> dict[str, str]:
    """What keeps a run in its folder: the state, the CLI's home, this interpreter and the commands beside it."""
    (folder / "state").mkdir(exist_ok=True)  # which the CLI does not make
    return {
        "PULUMI_BACKEND_URL": f"file://{folder}/state",
        "PULUMI_HOME": f"{folder}/home",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_PYTHON_CMD": sys.executable,
        "NO_COLOR": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }


def link_environment(folder: Path) -> None:
    """The virtual environment that the pages make in a project, `.venv`, is the one that runs the tests."""
    (folder / ".venv").symlink_to(sys.prefix)


def run(
    words: Sequence[str],
    folder: Path,
    environ: Mapping[str, str] | None = None,
    stdin: str = "",
    codes: Collection[int] = (0,),
) -> subprocess.CompletedProcess[str]:
    """A command whose exit code has to be one of `codes`; nobody is asked, and what it reads is `stdin`."""
    done = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, **(environ or {})},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode in codes, f"{' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done
