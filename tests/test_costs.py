"""What tests cost is counted with all that they start, and told by folder and kind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import costs

BURN = "import time\nwhile time.process_time() < 0.3: pass\n"
TESTS = f"""
import subprocess, sys
def test_cheap(): pass
def test_dear(): subprocess.run([sys.executable, "-c", {BURN!r}], check=True)
"""


@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_process_counts_for_the_test_that_started_it(
    workers: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "test_some.py").write_text(TESTS)
    monkeypatch.setenv(costs.FILE, str(tmp_path / "costs"))
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    command = [sys.executable, "-m", "pytest", "-q", "-p", costs.__name__, "-n", workers, "test_some.py"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    lines = [line.split() for line in (tmp_path / "costs").read_text().splitlines()]
    assert [name for _, name in lines] == ["test_some.py::test_cheap", "test_some.py::test_dear"]
    cheap, dear = (float(seconds) for seconds, _ in lines)
    assert dear >= 0.25  # what the process took
    assert dear > cheap


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("tests/products/test_vbr_user.py::test_a[x]", "vbr.User"),
        ("tests/engine/test_lives.py::test_a_life[vbr.User security-embedded]", "vbr.User"),
        ("tests/products/test_fuzz.py::test_b[em.BackupServer]", "em.BackupServer"),
        ("tests/access/test_story.py::test_the_story", ""),
    ],
)
def test_the_kind_is_that_of_the_file_or_of_the_parameters(name: str, kind: str) -> None:
    assert costs.kind_of(name) == kind


def test_the_tables() -> None:
    lines = ["1.500 tests/products/test_vbr_user.py::test_a\n", "2.000 tests/engine/test_b.py::test[vbr.User]\n"]
    assert costs.tables([*lines, "0.250 tests/test_c.py::test_d\n"]).splitlines() == [
        "seconds of CPU by folder",
        "     2.0  tests/engine",
        "     1.5  tests/products",
        "     0.2  tests/test_c.py",
        "seconds of CPU by kind",
        "     3.5  vbr.User",
    ]
