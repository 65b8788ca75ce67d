"""`doctor --probe` and `--replay` as a whole: what is asked, kept and printed -> the exit code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ..doctor.checks import wanted
from ..errors import SettingsError
from ..products import sessions
from ..server.connections import Connections
from . import folder
from .ask import MOST_REQUESTS, probe


def probed(known: Connections, names: Sequence[str], stack: str | None, out: Path, say: Callable[[str], None]) -> int:
    """Probes the connections -> 1 where an assumption is wrong that could delete, duplicate or lock out, or a server
    could not be asked."""
    if out.exists() and any(out.iterdir()):
        raise SettingsError(f"the folder {out} is not empty", "name a new one: nothing is overwritten")
    asked = wanted(known, names, stack)
    say(f"reads only, at most {MOST_REQUESTS} requests a server: {', '.join(asked)}")
    wrong = False
    for name in asked:
        found = probe(known, sessions(), name)
        at = folder.write(found, out)
        say(f"\n{folder.summary(found)}\nkept in {at}")
        wrong |= bool(found.error) or any(one.is_dangerous for one in found.answers)
    return int(wrong)


def replayed(kept: Path, say: Callable[[str], None]) -> int:
    """Compares a kept probe with the simulator -> 1 where it answers otherwise."""
    from .replay import differences  # the simulator is an extra

    found = differences(folder.read(kept))
    for line in found:
        say(line)
    say(f"{len(found)} differences" if found else "the simulator answers the same")
    return int(bool(found))
