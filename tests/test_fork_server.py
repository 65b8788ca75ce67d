"""The processes that tests get instead of fresh ones: each has its own environment, and nothing of another test's."""

from __future__ import annotations

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
