"""`python -m tests`: what `make test` runs, and what it took. Other arguments go to pytest.

Coverage is measured, which makes tests slower, only where it is reported: for the tests of those rooms. With `--all`,
which is `make test-all`, products of many settings are tried whole that are otherwise tried in pairs.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time

MEASURED = [f"tests/{room}" for room in ("server", "resource", "products", "dynamic")]


def main(words: list[str]) -> int:
    began, environ = time.monotonic(), dict(os.environ)
    if "--all" in words:
        words.remove("--all")
        environ["TEST_ALL"] = "1"
    pytest = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "worksteal", *words]
    others = [word for room in MEASURED for word in ("--ignore", room)]
    codes = [
        subprocess.run([*pytest, *rest], env=environ, check=False).returncode
        for rest in ([*MEASURED, "--cov", "--cov-report=term"], ["tests", *others])
    ]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu, wall = used.ru_utime + used.ru_stime, time.monotonic() - began
    print(f"{cpu:.0f} seconds of CPU in all processes, {wall:.0f} seconds on the clock", flush=True)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
