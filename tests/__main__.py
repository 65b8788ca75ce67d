"""`python -m tests`: what `make test` runs, and what it took. Other arguments go to pytest.

Coverage is measured, which makes tests slower, only where it is reported: for the tests of those rooms, but without
those that do the same many times, see measured.py. The longest tests start first, see order.py. With `--all`, which is
`make test-all`, products of many settings are tried whole that are otherwise tried in pairs, and each form of a kind in
every example. With `--costs` it ends with the CPU seconds of each folder and of each kind of resource, see costs.py.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests import costs
from tests import measured as few_cases

MEASURED = [
    *(f"tests/{room}" for room in ("server", "resource", "products", "dynamic")),
    # What these alone reach of the four rooms: what a server tells of itself and of events, what each right is.
    *("tests/doctor", "tests/docs/test_docs.py", "tests/estate/test_attribution.py"),
    *("tests/policy/test_rules.py", "tests/stacks/test_rights.py"),
]
REPEATING = [f"tests/products/test_{name}.py" for name in ("accepted", "fuzz", "many", "stateful")]
"""Tests that do the same a hundred times: measuring takes three times their time and finds no other line."""


def runs() -> tuple[list[str], list[str]]:
    """What pytest is told of the measured run, and of the other one: each test is in one of them."""
    others = [path for path in sorted(Path("tests").iterdir()) if path.is_dir() or path.match("test_*.py")]
    rest = [str(path) for path in others if str(path) not in MEASURED and not path.name.startswith(("_", "."))]
    return (
        [*MEASURED, *(f"--ignore={file}" for file in REPEATING)],
        [*REPEATING, *rest, *(f"--ignore={file}" for file in MEASURED if file.endswith(".py"))],
    )


def main(words: list[str]) -> int:
    began, environ = time.monotonic(), dict(os.environ)
    environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each of hundreds of processes would compile the package for itself
    if "--all" in words:
        words.remove("--all")
        environ["TEST_ALL"] = "1"
    pytest, each = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "worksteal"], "--costs" in words
    if each:
        words.remove("--costs")
        pytest += ["-p", costs.__name__]
    measured, others = runs()
    measured += ["--cov", "--cov-report=term", "-p", few_cases.__name__]
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as found:
        environ[costs.FILE] = found.name
        parts = [[*pytest, *words, *part] for part in (measured, others)]
        codes = [subprocess.run(part, env=environ, check=False).returncode for part in parts]
        if each:
            print(costs.tables(found))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu, wall = used.ru_utime + used.ru_stime, time.monotonic() - began
    print(f"{cpu:.0f} seconds of CPU in all processes, {wall:.0f} seconds on the clock", flush=True)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
