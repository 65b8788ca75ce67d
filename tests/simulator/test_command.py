"""`veeam-pulumi simulator` as a process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

# The command as the command line mounts it, without the rest of the command line.
MOUNT = """
import sys, typer
from veeam_pulumi.cli.simulator import simulator
loaded = {"starlette", "uvicorn", "cryptography"} & set(sys.modules)
assert not [name for name in loaded if sys.modules[name]], "the command line would start slowly"
app = typer.Typer(add_completion=False)
app.command("simulator")(simulator)
app.command("other")(lambda: None)
app()
"""


def start(*arguments: str, before: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", before + MOUNT, "simulator", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    )


@pytest.mark.prints_secrets
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_until_it_is_stopped(tmp_path: Path, number: signal.Signals) -> None:
    process = start("--out", str(tmp_path), "--state", str(tmp_path / "state.db"), "vbr.dialect=users")
    deadline = time.monotonic() + 20
    while not (tmp_path / "control.json").exists() or not (tmp_path / "control.json").read_text():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    control = json.loads((tmp_path / "control.json").read_text())["url"]
    assert httpx.get(f"{control}/knobs").json()["vbr.dialect"] == "users"
    urls = httpx.get(control).json()["products"]
    process.send_signal(number)
    output, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")
    for name, url in urls.items():
        assert f"export VEEAM_{name.upper()}_URL='{url}'" in output
    assert f"export VEEAM_VBR_TLS_CA_FILE='{tmp_path / 'ca.pem'}'" in output
    assert f"curl -s {control}/requests" in output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["vbr.dialect=old"], "error: vbr.dialect=old: allowed are security, users, both, none\n"),
        (["dialect"], "error: dialect: a knob is given as NAME=VALUE, for example vbr.dialect=users\n"),
    ],
)
def test_mistakes_are_one_line(arguments: list[str], says: str) -> None:
    output, errors = start(*arguments).communicate(timeout=20)
    assert (output, errors) == ("", says)


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_a_missing_extra_is_named(missing: str) -> None:
    process = start(before=f"import sys; sys.modules[{missing!r}] = None\n")
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert errors == (f"error: the simulator needs {missing}, which is not installed: install this package again\n")
