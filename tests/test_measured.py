"""Coverage is measured of a few cases of each test, and not of the simulated servers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import measured
from tests.__main__ import runs

ROOT = Path(__file__).parents[1]

TESTS = """
import sys, threading
import pytest
from veeam_pulumi.simulator import Simulator, serve

@pytest.mark.parametrize("number", range(9))
def test_many(number):
    assert (sys.gettrace() is not None) == (number in (0, 4, 8))
    seen = []
    thread = threading.Thread(target=lambda: seen.append(sys.gettrace()))
    thread.start()
    thread.join()
    assert (seen != [None]) == (number in (0, 4, 8))

def test_one(monkeypatch):
    assert sys.gettrace() is not None
    seen, serving = [], serve.Servers._serve
    async def noted(self):
        seen.append(sys.gettrace())
        await serving(self)
    monkeypatch.setattr(serve.Servers, "_serve", noted)
    with Simulator(products=("vbr",)):
        assert seen == [None]
"""


def test_cases_are_spread_over_all() -> None:
    assert measured.spread(9) == {0, 4, 8}
    assert [measured.spread(number) for number in range(1, 4)] == [{0}, {0, 1}, {0, 1, 2}]
    (life, *_) = measured.FEW
    assert measured.left_out([*(f"{life}[{number}]" for number in range(5)), "a::b[1]"]) == {f"{life}[1]", f"{life}[3]"}


@pytest.mark.parametrize("name", sorted(measured.FEW))
def test_each_of_few_is_a_test_of_the_measured_run(name: str) -> None:
    file, _, function = name.partition("::")
    assert f"def {function}(" in (ROOT / file).read_text(encoding="utf-8")
    part, _ = runs()
    assert any(file.startswith(place) for place in part)
    assert f"--ignore={file}" not in part


def test_what_is_not_measured_is_not_traced(tmp_path: Path) -> None:
    """Within a run that is measured, by a worker."""
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "pyproject.toml").write_text("[tool.coverage.run]\nsource = ['.']\n")
    (tmp_path / "some.py").write_text(
        "from tests.measured import FEW, pytest_collection_finish, pytest_runtest_protocol\n"
        'FEW.add("test_some.py::test_many")\n'
    )
    command = [sys.executable, "-m", "pytest", "-q", "--cov", "-p", "some", "test_some.py"]
    found = subprocess.run(
        [*command, "-n", "1"],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout
    assert "10 passed" in found.stdout
